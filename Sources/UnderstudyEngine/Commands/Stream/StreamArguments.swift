// How stream commands read IDs, bounds of ranges, and COUNT, and how they write IDs and entries.

extension StreamID {
  /// Reads an ID as real servers do: `ms` or `ms-seq`, each number as C's `strtoull` takes it (blanks and a
  /// sign in front are allowed, and a number that is not in canonical form may even be negative), up to the
  /// first zero byte.
  ///
  /// - Parameters:
  ///   - missingSequence: the sequence number of an ID without one.
  ///   - allowsEnds: whether `-` and `+` stand for the least and the greatest ID.
  init?(_ text: Bytes, missingSequence: UInt64 = 0, allowsEnds: Bool = false) {
    guard let parts = StreamIDParts(text, allowsEnds: allowsEnds) else { return nil }
    self.init(milliseconds: parts.milliseconds, sequence: parts.sequence ?? missingSequence)
    if parts.isOpen { return nil }
  }
}

/// An ID as it was written.
struct StreamIDParts {
  let milliseconds: UInt64
  /// Nil if the text ends with the milliseconds.
  let sequence: UInt64?
  /// `ms-*`: the sequence number is to be chosen.
  let isOpen: Bool

  private static let longest = 127

  init?(_ text: Bytes, allowsEnds: Bool = false) {
    if text.count > Self.longest { return nil }
    let visible = text.slice(0..<(text.firstIndex(of: 0) ?? text.count))
    if visible.count == 1, visible[0] == UInt8(ascii: "-") || visible[0] == UInt8(ascii: "+") {
      guard allowsEnds else { return nil }
      let number = visible[0] == UInt8(ascii: "-") ? 0 : UInt64.max
      (milliseconds, sequence, isOpen) = (number, number, false)
      return
    }
    guard let dash = visible.firstIndex(of: UInt8(ascii: "-")) else {
      guard let number = Self.number(visible) else { return nil }
      (milliseconds, sequence, isOpen) = (number, nil, false)
      return
    }
    guard let milliseconds = Self.number(visible.slice(0..<dash)) else { return nil }
    self.milliseconds = milliseconds
    let rest = visible.slice(dash + 1..<visible.count)
    if rest.count == 1, rest[0] == UInt8(ascii: "*") {
      (sequence, isOpen) = (nil, true)
      return
    }
    guard let number = Self.number(rest) else { return nil }
    (sequence, isOpen) = (number, false)
  }

  private static func number(_ text: Bytes) -> UInt64? {
    if let canonical = NumberText.parseInt64(text) { return UInt64(exactly: canonical) }
    var index = 0
    while index < text.count, text[index] == 32 || (9...13).contains(text[index]) { index += 1 }
    var isNegative = false
    if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
      isNegative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    guard index < text.count else { return nil }
    var value: UInt64 = 0
    while index < text.count {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      if overflow || carry { return nil }
      value = sum
      index += 1
    }
    return isNegative ? 0 &- value : value
  }
}

extension Arguments {
  /// The ID at `index`; `-` and `+` are none.
  func streamID(_ index: Int) throws(ReplyError) -> StreamID {
    guard let id = StreamID(self[index]) else { throw .invalidStreamID }
    return id
  }

  /// The lower bound of a range at `index`: `-`, an ID, or `(` and an ID that is not included.
  func lowerStreamBound(_ index: Int) throws(ReplyError) -> StreamID {
    let (id, isExclusive) = try streamBound(index, missingSequence: 0)
    guard isExclusive else { return id }
    guard let next = id.next else { throw .intervalStart }
    return next
  }

  /// The upper bound of a range at `index`: `+`, an ID, or `(` and an ID that is not included.
  func upperStreamBound(_ index: Int) throws(ReplyError) -> StreamID {
    let (id, isExclusive) = try streamBound(index, missingSequence: .max)
    guard isExclusive else { return id }
    guard let previous = id.previous else { throw .intervalEnd }
    return previous
  }

  private func streamBound(
    _ index: Int, missingSequence: UInt64
  ) throws(ReplyError) -> (StreamID, isExclusive: Bool) {
    let text = self[index]
    let isExclusive = text.count > 1 && text[0] == UInt8(ascii: "(")
    let id = StreamID(
      isExclusive ? text.slice(1..<text.count) : text, missingSequence: missingSequence,
      allowsEnds: !isExclusive)
    guard let id else { throw .invalidStreamID }
    return (id, isExclusive)
  }
}

extension Context {
  /// The error for a consumer group that is not there; the indices are those of its key and its name.
  func failNoGroup(key: Int, group: Int) {
    failNoGroup("No such consumer group '", group, "' for key name '", key, "'")
  }

  /// The error for a key or a consumer group that is not there.
  func failNoKeyOrGroup(key: Int, group: Int, _ end: StaticString = "'") {
    failNoGroup("No such key '", key, "' or consumer group '", group, end)
  }

  private func failNoGroup(
    _ start: StaticString, _ first: Int, _ middle: StaticString, _ second: Int, _ end: StaticString
  ) {
    var text = Bytes("NOGROUP ").copied() + Bytes(start).copied() + arguments[first].upToZero.copied()
    text += Bytes(middle).copied() + arguments[second].upToZero.copied() + Bytes(end).copied()
    reply.error(bytes: text)
  }

  /// The slot of the consumer whose name is at `index`, which is made if need be.
  func consumer(_ index: Int, of groups: StreamGroups, _ group: Int, key: Key) -> Int {
    let name = arguments[index]
    if let slot = groups[group].slot(of: name) { return slot }
    let slot = groups[group].addConsumer(name, now: now)
    noted(key, "xgroup-createconsumer", .stream)
    return slot
  }
}

extension Reply {
  /// An ID as a bulk string.
  @inline(__always)
  func bulk(_ id: StreamID) { id.withText { bulk($0) } }

  /// An entry: its ID, and its fields and values in one array.
  func streamEntry(_ entry: StreamEntry) {
    array(2)
    entryItself(entry)
  }

  /// The same with what was known of it before it was delivered.
  func streamEntry(_ entry: StreamEntry, idle: Int64, deliveries: Int64) {
    array(4)
    entryItself(entry)
    integer(idle)
    integer(deliveries)
  }

  @inline(__always)
  private func entryItself(_ entry: StreamEntry) {
    bulk(entry.id)
    array(entry.fieldCount * 2)
    entry.forEachField { field, value in
      bulk(field)
      bulk(value)
    }
  }

  /// The entries between two IDs as an array.
  /// - Parameters:
  ///   - limit: how many at most; 0 is all.
  func streamEntries(
    _ stream: StreamValue, from lower: StreamID, through upper: StreamID, limit: Int = 0,
    descending: Bool = false
  ) {
    deferred({ head, count in head.array(count) }) {
      stream.forEach(from: lower, through: upper, limit: limit > 0 ? limit : .max, descending: descending) {
        streamEntry($0)
      }
    }
  }
}
