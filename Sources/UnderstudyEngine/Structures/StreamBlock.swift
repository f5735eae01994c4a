// StreamBlock: the listpack of a stream's block, and the entries in it.
//
//   master:  live │ deleted │ fields │ field … │ 0
//   entry:   flags │ ms − master's │ seq − master's │ value … │ pieces                       (same fields)
//            flags │ ms − master's │ seq − master's │ fields │ field │ value │ field … │ pieces   (others)
//
// The master holds the field names of the block's first entry; an entry with the same names in the same order
// (flag 2) stores values only. Flag 1 marks a deleted entry, which keeps its place. `pieces` is the number of
// elements before it that belong to the entry, for walking backwards.
//
// The numbers come from this file's own writing, or from RESTORE after `check` has checked them all.

/// The numbers of a block's master, and where things are.
struct StreamBlock {
  static let deletedFlag: Int64 = 1
  static let sameFieldsFlag: Int64 = 2

  var pack: Listpack

  init(_ pack: Listpack) { self.pack = pack }

  /// A block with one entry, whose field names it takes for its own.
  init(fieldCount: Int, bytes: Int, _ argument: (Int) -> Bytes) {
    var pack = Listpack(capacity: 64 &+ bytes &+ fieldCount &* 8)
    pack.append(1)
    pack.append(0)
    pack.append(Int64(fieldCount))
    for index in 0..<fieldCount { pack.append(argument(index &* 2)) }
    pack.append(0)
    self.pack = pack
    appendEntry(StreamBlock.sameFieldsFlag, 0, 0, fieldCount, argument)
  }

  /// The number at a position, where the form has one.
  @inline(__always)
  static func number(_ pack: Listpack, _ position: Int) -> Int64 {
    if case .integer(let value) = pack.element(at: position) { return value }
    return 0
  }

  var liveCount: Int { Int(Self.number(pack, Listpack.startPosition)) }
  var deletedCount: Int { Int(Self.number(pack, pack.position(after: Listpack.startPosition))) }

  mutating func setCounts(live: Int, deleted: Int) {
    pack.replace(at: Listpack.startPosition, with: Int64(live))
    pack.replace(at: pack.position(after: Listpack.startPosition), with: Int64(deleted))
  }

  /// Where the number of the master's fields is.
  var fieldCountPosition: Int { pack.position(after: pack.position(after: Listpack.startPosition)) }

  /// Where the first entry begins, or the end.
  var firstEntry: Int {
    var position = fieldCountPosition
    var rest = Self.number(pack, position) &+ 1
    position = pack.position(after: position)
    while rest > 0 {
      position = pack.position(after: position)
      rest &-= 1
    }
    return position
  }

  /// Whether an entry has the master's fields.
  private func hasMasterFields(_ fieldCount: Int, _ argument: (Int) -> Bytes) -> Bool {
    var position = fieldCountPosition
    guard Self.number(pack, position) == Int64(fieldCount) else { return false }
    for index in 0..<fieldCount {
      position = pack.position(after: position)
      guard pack.equals(at: position, argument(index &* 2)) else { return false }
    }
    return true
  }

  /// Adds an entry behind the others.
  mutating func append(_ id: StreamID, master: StreamID, fieldCount: Int, _ argument: (Int) -> Bytes) {
    let same = hasMasterFields(fieldCount, argument)
    pack.replace(at: Listpack.startPosition, with: Int64(liveCount &+ 1))
    appendEntry(
      same ? Self.sameFieldsFlag : 0, Int64(bitPattern: id.milliseconds &- master.milliseconds),
      Int64(bitPattern: id.sequence &- master.sequence), fieldCount, argument)
  }

  private mutating func appendEntry(
    _ flags: Int64, _ milliseconds: Int64, _ sequence: Int64, _ fieldCount: Int, _ argument: (Int) -> Bytes
  ) {
    pack.append(flags)
    pack.append(milliseconds)
    pack.append(sequence)
    let same = flags & Self.sameFieldsFlag != 0
    if !same { pack.append(Int64(fieldCount)) }
    for index in 0..<fieldCount {
      if !same { pack.append(argument(index &* 2)) }
      pack.append(argument(index &* 2 &+ 1))
    }
    pack.append(Int64(same ? fieldCount &+ 3 : fieldCount &* 2 &+ 4))
  }

  /// The entry at a position.
  func entry(at position: Int, master: StreamID) -> StreamEntry {
    let flags = Self.number(pack, position)
    var place = pack.position(after: position)
    let milliseconds = Self.number(pack, place)
    place = pack.position(after: place)
    let sequence = Self.number(pack, place)
    place = pack.position(after: place)
    let same = flags & Self.sameFieldsFlag != 0
    let counter = same ? fieldCountPosition : place
    let fieldCount = Int(Self.number(pack, counter))
    return StreamEntry(
      id: StreamID(
        milliseconds: master.milliseconds &+ UInt64(bitPattern: milliseconds),
        sequence: master.sequence &+ UInt64(bitPattern: sequence)),
      fieldCount: fieldCount, isDeleted: flags & Self.deletedFlag != 0, pack: pack, position: position,
      fields: same ? pack.position(after: counter) : -1, values: same ? place : pack.position(after: place))
  }

  /// Where the entry before the one at `position` (or before the end) begins; nil if that is the first.
  func entry(before position: Int, first: Int) -> Int? {
    if position <= first { return nil }
    var place = pack.position(before: position)
    var pieces = Self.number(pack, place)
    while pieces > 0 {
      place = pack.position(before: place)
      pieces &-= 1
    }
    return place
  }

  /// Marks the entry at a position deleted. The caller keeps the counts.
  mutating func markDeleted(at position: Int) {
    pack.replace(at: position, with: Self.number(pack, position) | Self.deletedFlag)
  }

  /// Whether a listpack from outside is a block of this form, whose live entries have ascending IDs from
  /// `master` on.
  /// - Returns: the number of live entries; nil if it is not.
  static func check(_ pack: Listpack, master: StreamID) -> Int? {
    let end = pack.endPosition
    var position = Listpack.startPosition
    func next() -> Int64? {
      guard position < end, case .integer(let value) = pack.element(at: position) else { return nil }
      position = pack.position(after: position)
      return value
    }
    func skip(_ count: Int64) -> Bool {
      for _ in 0..<count {
        if position >= end { return false }
        position = pack.position(after: position)
      }
      return true
    }
    let most = Int64(end)
    guard let live = next(), let deleted = next(), let masterFields = next() else { return nil }
    guard live >= 0, deleted >= 0, masterFields >= 0, masterFields <= most, skip(masterFields), next() == 0
    else {
      return nil
    }
    var seenLive: Int64 = 0
    var seenDeleted: Int64 = 0
    var previous: StreamID?
    while position < end {
      guard let flags = next(), let milliseconds = next(), let sequence = next() else { return nil }
      var pieces = masterFields &+ 3
      if flags & sameFieldsFlag == 0 {
        guard let fields = next(), fields >= 0, fields <= most else { return nil }
        pieces = fields &* 2 &+ 4
        guard skip(fields &* 2) else { return nil }
      } else if !skip(masterFields) {
        return nil
      }
      guard next() == pieces else { return nil }
      let id = StreamID(
        milliseconds: master.milliseconds &+ UInt64(bitPattern: milliseconds),
        sequence: master.sequence &+ UInt64(bitPattern: sequence))
      if let previous, id <= previous { return nil }
      if previous == nil, id < master { return nil }
      previous = id
      if flags & deletedFlag == 0 { seenLive &+= 1 } else { seenDeleted &+= 1 }
    }
    return seenLive == live && seenDeleted == deleted ? Int(live) : nil
  }
}

/// An entry of a stream, borrowed: valid until the stream is changed next.
package struct StreamEntry {
  package let id: StreamID
  /// The number of fields, each with a value.
  package let fieldCount: Int
  let isDeleted: Bool
  private let pack: Listpack
  /// Where the entry begins in its block.
  let position: Int
  /// Where the master's field names begin; -1 if the entry has its own, which then stand between the values.
  private let fields: Int
  private let values: Int

  fileprivate init(
    id: StreamID, fieldCount: Int, isDeleted: Bool, pack: Listpack, position: Int, fields: Int, values: Int
  ) {
    self.id = id
    self.fieldCount = fieldCount
    self.isDeleted = isDeleted
    self.pack = pack
    self.position = position
    self.fields = fields
    self.values = values
  }

  /// Lends every field and value to `body`, in the order they were given.
  package func forEachField(_ body: (_ field: PackedElement, _ value: PackedElement) -> Void) {
    var field = fields
    var value = values
    for _ in 0..<fieldCount {
      if fields >= 0 {
        body(pack.element(at: field), pack.element(at: value))
        field = pack.position(after: field)
        value = pack.position(after: value)
      } else {
        let behind = pack.position(after: value)
        body(pack.element(at: value), pack.element(at: behind))
        value = pack.position(after: behind)
      }
    }
  }

  /// Where the next entry begins, or the end of the block.
  var end: Int {
    var place = values
    for _ in 0..<(fields >= 0 ? fieldCount : fieldCount &* 2) { place = pack.position(after: place) }
    return pack.position(after: place)
  }
}
