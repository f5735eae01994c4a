// How values are written: the type, and the value in the form that it has in memory. See RDB.swift.

extension RDBWriter {
  /// The type and the value of an entry.
  mutating func value(_ entry: Entry) {
    switch entry.kind {
    case .inline:
      type(.string)
      string(entry.inlineBytes)
    case .integer:
      type(.string)
      string(entry.integer)
    case .buffer:
      type(.string)
      string(entry.buffer.bytes)
    case .list: list(entry.list)
    case .set: set(entry.set)
    case .hash: hash(entry.hash)
    case .sortedSet: sortedSet(entry.sortedSet)
    case .stream: stream(entry.stream)
    // No entry is of this kind: there are no modules.
    case .module: break
    }
  }

  private mutating func list(_ list: ListValue) {
    type(.listOfListpacks)
    length(list.nodeCount)
    for node in 0..<list.nodeCount {
      let pack = list.listpack(node)
      // A listpack of one element may be longer than Redis allows; such an element stands alone.
      let isPlain = pack.byteCount > Listpack.maximumByteCount
      length(isPlain ? RDBNode.plain : RDBNode.packed)
      if isPlain { string(pack.element(at: Listpack.startPosition)) } else { string(pack.bytes) }
    }
  }

  private mutating func set(_ set: SetValue) {
    if let integers = set.packedIntegers {
      type(.setIntset)
      return string(integers.bytes)
    }
    if let pack = set.packed, version >= 11 {
      type(.setListpack)
      return string(pack.bytes)
    }
    type(.set)
    length(set.count)
    set.forEach { string($0) }
  }

  mutating func hash(_ hash: HashValue) {
    if let pack = hash.packed {
      type(.hashListpack)
      return string(pack.bytes)
    }
    if version >= 12, hash.keepsDeadlines, hashWithDeadlines(hash) { return }
    type(.hash)
    length(hash.count)
    hash.forEach { field, value in
      string(field)
      string(value)
    }
  }

  /// A hash whose fields may have deadlines; false if it is large and none has one: it is then written like any other.
  ///
  /// The soonest deadline stands first. The large form gives each field's as the distance from that and one more, so that
  /// 0 means none.
  private mutating func hashWithDeadlines(_ hash: HashValue) -> Bool {
    let soonest = hash.soonestDeadline
    if let pack = hash.packedWithDeadlines {
      type(.hashListpackWithDeadlines)
      littleEndian(soonest == Entry.noDeadline ? 0 : UInt64(bitPattern: soonest), count: 8)
      string(pack.bytes)
      return true
    }
    if soonest == Entry.noDeadline { return false }
    type(.hashWithDeadlines)
    littleEndian(UInt64(bitPattern: soonest), count: 8)
    length(hash.count)
    hash.forEachWithDeadline { field, value, deadline in
      length(deadline == Entry.noDeadline ? 0 : UInt64(bitPattern: deadline &- soonest &+ 1))
      string(field)
      string(value)
    }
    return true
  }

  private mutating func sortedSet(_ set: SortedSetValue) {
    if let pack = set.packed {
      type(.sortedSetListpack)
      return string(pack.bytes)
    }
    type(.sortedSet)
    length(set.count)
    // The highest first: whoever reads it inserts at the front, which is quick in a skip list.
    set.forEach(0..<set.count, descending: true) { member, score in
      string(member)
      littleEndian(score.bitPattern, count: 8)
    }
  }

  // MARK: Streams

  private mutating func stream(_ stream: StreamValue) {
    type(version >= 11 ? .streamWithActiveTimes : .streamWithPast)
    length(stream.blockCount)
    for block in 0..<stream.blockCount {
      // The key of the block: always sixteen bytes, and always a string of its own.
      length(16)
      raw(stream.masterID(block))
      string(stream.listpack(block).bytes)
    }
    length(stream.length)
    id(stream.lastID)
    id(stream.length == 0 ? .zero : stream.firstID)
    id(stream.maxDeletedID)
    length(stream.entriesAdded)
    let groups = stream.groups?.groups ?? []
    length(groups.count)
    for group in groups { self.group(group) }
  }

  private mutating func group(_ group: StreamGroup) {
    group.name.withBytes { string($0) }
    id(group.lastID)
    length(UInt64(bitPattern: group.entriesRead ?? -1))
    length(group.pending.count)
    group.pending.forEach { item in
      raw(item.id)
      littleEndian(UInt64(bitPattern: item.value.time), count: 8)
      length(UInt64(bitPattern: item.value.count))
      return true
    }
    let consumers = group.consumers.compactMap { group.consumer($0) }
    length(consumers.count)
    for consumer in consumers {
      consumer.name.withBytes { string($0) }
      littleEndian(UInt64(bitPattern: consumer.seenTime), count: 8)
      if version >= 11 { littleEndian(UInt64(bitPattern: consumer.activeTime ?? -1), count: 8) }
      length(consumer.pending.count)
      consumer.pending.forEach { item in
        raw(item.id)
        return true
      }
    }
  }

  /// An ID as two lengths.
  private mutating func id(_ id: StreamID) {
    length(id.milliseconds)
    length(id.sequence)
  }

  /// An ID as sixteen bytes.
  private mutating func raw(_ id: StreamID) {
    bigEndian(id.milliseconds, count: 8)
    bigEndian(id.sequence, count: 8)
  }
}
