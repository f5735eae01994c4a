// Typed access to containers: how the handlers of lists, hashes, sets, sorted sets and streams
// reach their values.
//
//   list(key) …           for reading: nil if there is no key, WRONGTYPE if it holds something else
//   mutableList(key) …    the same for changing in place, unshared from snapshots; not counted as hit or miss
//   makeList(key) …       puts an empty container under a key that is not there
//   removeIfEmpty         after elements were taken: an empty container does not stay
//
// One look-up each: find the entry, change its container, say `touched`. A container handle is good until its key is
// removed: read its count before.
//
// A new kind of container adds its accessors here, and its limits to `Configuration`.

extension Context {
  // MARK: Lists

  @inline(__always)
  func list(_ key: Key) throws(ReplyError) -> ListValue? {
    guard let entry = read(key) else { return nil }
    guard entry.kind == .list else { throw .wrongType }
    return entry.list
  }

  @inline(__always)
  func mutableList(_ key: Key) throws(ReplyError) -> ListValue? {
    guard let entry = find(key) else { return nil }
    guard entry.kind == .list else { throw .wrongType }
    return entry.mutableList
  }

  @inline(never)
  func makeList(_ key: Key) -> ListValue {
    let list = ListValue(limit: engine.configuration.listMaxListpackSize)
    store(.list(list), for: key)
    created(key)
    return list
  }

  // MARK: Hashes

  @inline(__always)
  func hash(_ key: Key) throws(ReplyError) -> HashValue? {
    guard let entry = read(key) else { return nil }
    guard entry.isPlainHash else { return try hashWithDeadlines(entry, key) }
    return entry.hash
  }

  @inline(__always)
  func mutableHash(_ key: Key) throws(ReplyError) -> HashValue? {
    guard let entry = find(key) else { return nil }
    guard entry.isPlainHash else { return try mutableHashWithDeadlines(entry, key) }
    return entry.mutableHash
  }

  @inline(never)
  func makeHash(_ key: Key) -> HashValue {
    let hash = HashValue()
    store(.hash(hash), for: key)
    created(key)
    return hash
  }

  @inline(__always)
  var hashLimits: PackedLimits { engine.hashLimits }

  // MARK: Sets

  @inline(__always)
  func set(_ key: Key) throws(ReplyError) -> SetValue? {
    guard let entry = read(key) else { return nil }
    guard entry.kind == .set else { throw .wrongType }
    return entry.set
  }

  @inline(__always)
  func mutableSet(_ key: Key) throws(ReplyError) -> SetValue? {
    guard let entry = find(key) else { return nil }
    guard entry.kind == .set else { throw .wrongType }
    return entry.mutableSet
  }

  /// - Parameters:
  ///   - first: the first member to come, which decides on the form.
  ///   - count: how many members the command brings.
  @inline(never)
  func makeSet(_ key: Key, for first: Bytes, count: Int = 1) -> SetValue {
    let set = SetValue(for: first, sizeHint: count, limits: setLimits)
    store(.set(set), for: key)
    created(key)
    return set
  }

  /// Sets have a listpack form from 7.2 on.
  @inline(__always)
  var setLimits: SetLimits { engine.setLimits }

  // MARK: Sorted sets

  @inline(__always)
  func sortedSet(_ key: Key) throws(ReplyError) -> SortedSetValue? {
    guard let entry = read(key) else { return nil }
    guard entry.kind == .sortedSet else { throw .wrongType }
    return entry.sortedSet
  }

  @inline(__always)
  func mutableSortedSet(_ key: Key) throws(ReplyError) -> SortedSetValue? {
    guard let entry = find(key) else { return nil }
    guard entry.kind == .sortedSet else { throw .wrongType }
    return entry.mutableSortedSet
  }

  /// - Parameters:
  ///   - first: the first member to come, which decides on the form.
  @inline(never)
  func makeSortedSet(_ key: Key, for first: Bytes) -> SortedSetValue {
    let set = SortedSetValue()
    let limits = sortedSetLimits
    if limits.entries == 0 || first.count > limits.valueBytes { set.becomeTable(seed: limits.seed) }
    store(.sortedSet(set), for: key)
    created(key)
    return set
  }

  @inline(__always)
  var sortedSetLimits: PackedLimits { engine.sortedSetLimits }

  // MARK: Streams

  @inline(__always)
  func stream(_ key: Key) throws(ReplyError) -> StreamValue? {
    guard let entry = read(key) else { return nil }
    guard entry.kind == .stream else { throw .wrongType }
    return entry.stream
  }

  @inline(__always)
  func mutableStream(_ key: Key) throws(ReplyError) -> StreamValue? {
    guard let entry = find(key) else { return nil }
    guard entry.kind == .stream else { throw .wrongType }
    return entry.mutableStream
  }

  /// The stream of a key that a command reads in order to change its consumer groups: it counts as read.
  func streamForGroups(_ key: Key) throws(ReplyError) -> StreamValue? {
    guard try stream(key) != nil else { return nil }
    return try mutableStream(key)
  }

  @inline(never)
  func makeStream(_ key: Key) -> StreamValue {
    let stream = StreamValue()
    store(.stream(stream), for: key)
    created(key)
    return stream
  }

  // MARK: Coming and going

  /// A key that was not there has been stored: clients may wait for it.
  @inline(__always)
  func created(_ key: Key) { signalReady(key) }

  /// Removes the key of a container that has become empty, with the event of that.
  @inline(__always)
  func removeIfEmpty(_ key: Key, _ isEmpty: Bool) {
    if isEmpty { removeEmptied(key) }
  }

  /// Replaces whatever is under a key by a container that a command has made (the STORE forms), without a deadline.
  func replace(
    _ key: Key, with value: consuming NewValue, _ event: StaticString, _ eventClass: NotificationClass, changes: Int = 1
  ) {
    let previous = store(value, for: key, deadline: .none)
    if !previous.existed { created(key) }
    touched(key, event, eventClass, changes: changes)
  }
}

extension EngineState {
  var hasSetListpacks: Bool { emulates72 }

  /// Whether the emulated version is 7.2 or later: that is where blocked commands and many encodings changed.
  var emulates72: Bool { doubleStyle == .shortest }
  /// Whether the emulated version is 7.4 or later: that is where fields of hashes got deadlines.
  var emulates74: Bool { emulates(Version(7, 4)) }

  /// Whether the emulated version has what came with a version of Redis, or of Valkey. For what is asked often, make a
  /// constant of it.
  func emulates(_ version: Version, orValkey valkey: Version? = nil) -> Bool {
    configuration.emulatedVersion.includes(version)
      || valkey.map { configuration.emulatedVersion.includes($0) } == true
  }
}

extension Reply {
  /// An element of a container as a bulk string.
  @inline(__always)
  func bulk(_ element: PackedElement) {
    switch element {
    case .bytes(let bytes): bulk(bytes)
    case .integer(let value): bulk(integer: value)
    }
  }
}

/// A range of indices as LRANGE, LTRIM and ZRANGE read it: negative ones count from the end.
struct IndexRange {
  let range: Range<Int>

  /// - Returns: the part of `0..<count` that is meant, empty at 0 if none is.
  init(_ start: Int64, _ stop: Int64, count: Int) {
    let size = Int64(count)
    let lower = max(start < 0 ? start &+ size : start, 0)
    let upper = min(stop < 0 ? stop &+ size : stop, size &- 1)
    range = lower > upper || lower >= size ? 0..<0 : Int(lower)..<Int(upper) &+ 1
  }
}

extension EngineState {
  /// The small form of hashes, as configured.
  var hashLimits: PackedLimits {
    PackedLimits(
      entries: configuration.hashMaxListpackEntries, valueBytes: configuration.hashMaxListpackValue, seed: hashSeed)
  }

  /// The small forms of sets.
  var setLimits: SetLimits {
    SetLimits(
      intsetEntries: configuration.setMaxIntsetEntries,
      packed: PackedLimits(
        entries: hasSetListpacks ? configuration.setMaxListpackEntries : 0,
        valueBytes: configuration.setMaxListpackValue, seed: hashSeed))
  }

  /// The small form of sorted sets.
  var sortedSetLimits: PackedLimits {
    PackedLimits(
      entries: configuration.zsetMaxListpackEntries, valueBytes: configuration.zsetMaxListpackValue, seed: hashSeed)
  }

  /// What values are built by that come as RDB writes them.
  var rdbLimits: RDBLimits {
    RDBLimits(
      listNode: configuration.listMaxListpackSize, hash: hashLimits, set: setLimits, sortedSet: sortedSetLimits,
      stringBytes: min(configuration.maximumBulkLength, 1 << 40), version: rdbVersion)
  }
}
