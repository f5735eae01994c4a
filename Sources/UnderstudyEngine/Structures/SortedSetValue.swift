// SortedSetValue: the sorted set type. Small ones are a listpack of member, score, member, score … in order;
// large ones a SortedSetTable. The order is Redis's: by score, then by member as memcmp and length. A NaN is
// never stored.
//
// Ranges of scores or members are first turned into ranges of ranks (`ranks(in:)`, two descents of the tree);
// walking and removing know only ranks. So a LIMIT is arithmetic, a count needs no walk, and descending is a
// flag.
//
// Ownership: a handle, counted by hand. `clone` shares everything in constant time; later changes copy what
// they touch. Every changing call wants `isUnique`. Members handed out are borrowed and live until the set is
// changed next; members handed in must not come from the set itself.
//
// The small form writes fractions in their shortest digits, as 7.2 does (7.0 writes 17 digits, which reads
// back as the same number and costs more to read); a negative zero becomes a zero there, as in the real
// server.
//
// This file says `unsafe`. What keeps it safe: the form in the header says what the body is, and nobody but
// this file writes either.

/// A sorted set: a handle on a listpack of pairs or on a table with a tree.
@safe
package struct SortedSetValue {
  private let header: FormHeader

  private static let listpackForm: UInt32 = 0
  private static let tableForm: UInt32 = 1

  /// What `update` did.
  package enum Change: Sendable { case none, added, updated }

  // MARK: Life

  /// An empty sorted set, in the small form.
  package init() { unsafe header = .make(form: Self.listpackForm, body: Listpack().block) }

  /// A handle on a sorted set that another handle made: an entry's container pointer.
  @inline(__always)
  package init(pointer: UnsafeMutableRawPointer) { unsafe header = FormHeader(pointer: pointer) }

  /// What the entry keeps.
  package var pointer: UnsafeMutableRawPointer { unsafe header.pointer }

  /// Adds an owner.
  package func retain() { header.retain() }

  /// Whether this is the only owner.
  @inline(__always)
  package var isUnique: Bool { header.isUnique }

  /// Gives up an owner; the last one frees the set.
  package func release() {
    guard header.dropsLast() else { return }
    if isPacked { pack.release() } else { table.free() }
    header.free()
  }

  /// Frees a part of a sorted set that nobody needs any more: about `budget` members. From the first call on
  /// the set may only be asked this again. Answers whether all is freed, the set included.
  func releaseSome(budget: Int) -> Bool {
    if isUnique, !isPacked, !table.releaseSome(budget: budget) { return false }
    release()
    return true
  }

  /// A sorted set of its own that shares everything until either side changes it.
  package func clone() -> SortedSetValue {
    if isPacked {
      pack.retain()
      return unsafe SortedSetValue(
        pointer: FormHeader.make(form: Self.listpackForm, body: header.body).pointer)
    }
    return unsafe SortedSetValue(
      pointer: FormHeader.make(form: Self.tableForm, body: table.clone().body).pointer)
  }

  @inline(__always)
  private var isPacked: Bool { header.form == Self.listpackForm }

  @inline(__always)
  private var pack: Listpack {
    get { unsafe Listpack(block: header.body) }
    nonmutating set { unsafe header.body = newValue.block }
  }

  @inline(__always)
  private var table: SortedSetTable { unsafe SortedSetTable(body: header.body) }

  // MARK: Reading

  /// The number of members.
  package var count: Int { isPacked ? pack.count / 2 : table.count }

  package var isEmpty: Bool { isPacked ? pack.isEmpty : table.count == 0 }

  /// The name of the form: "listpack" or "skiplist".
  package var encoding: StaticString { isPacked ? "listpack" : "skiplist" }

  /// The listpack of the small form, for DUMP.
  package var packed: Listpack? { isPacked ? pack : nil }

  /// The score of a member.
  package subscript(member: Bytes) -> Double? {
    if !isPacked { return table.score(of: member) }
    let pack = pack
    return pack.find(member, skip: 1).map { Self.score(pack, $0) }
  }

  /// The score of the pair whose member is at `position`.
  @inline(__always)
  private static func score(_ pack: Listpack, _ position: Int) -> Double {
    score(pack.element(at: pack.position(after: position)))
  }

  @inline(__always)
  private static func score(_ element: PackedElement) -> Double {
    switch element {
    case .integer(let value): Double(value)
    case .bytes(let bytes): NumberText.parseRangeBound(bytes) ?? 0
    }
  }

  /// The rank of a member, ascending from 0, and its score.
  package func rank(of member: Bytes) -> (rank: Int, score: Double)? {
    if !isPacked { return table.rank(of: member) }
    let pack = pack
    var rank = 0
    var position = Listpack.startPosition
    while position < pack.endPosition {
      if pack.equals(at: position, member) { return (rank, Self.score(pack, position)) }
      position = pack.position(after: pack.position(after: position))
      rank &+= 1
    }
    return nil
  }

  /// Lends the members and scores of a range of ranks (those there are) to `body`, ascending or descending.
  package func forEach(
    _ ranks: Range<Int>, descending: Bool = false, _ body: (_ member: PackedElement, _ score: Double) -> Void
  ) {
    let ranks = ranks.clamped(to: 0..<count)
    if ranks.isEmpty { return }
    if !isPacked { return table.forEach(ranks, descending: descending) { body(.bytes($0), $1) } }
    let pack = pack
    var position = pack.position(at: (descending ? ranks.upperBound &- 1 : ranks.lowerBound) &* 2)
    var rest = ranks.count
    while rest > 0, let member = position {
      body(pack.element(at: member), Self.score(pack, member))
      rest &-= 1
      if rest == 0 { return }
      position =
        descending
        ? pack.position(before: pack.position(before: member))
        : pack.position(after: pack.position(after: member))
    }
  }

  /// Lends all members and scores to `body`, ascending.
  package func forEach(_ body: (_ member: PackedElement, _ score: Double) -> Void) {
    forEach(0..<count, body)
  }

  /// The ranks of a range of scores; empty, at the place where they would be, if there are none.
  package func ranks(in range: ScoreRange) -> Range<Int> {
    if !isPacked { return table.ranks(in: range) }
    return packedRanks(isBelow: { range.isBelow(Self.score($1)) }, isAbove: { range.isAbove(Self.score($1)) })
  }

  /// The ranks of a range of members, where all scores are equal.
  package func ranks(in range: LexRange) -> Range<Int> {
    if !isPacked { return table.ranks(in: range) }
    return packedRanks(
      isBelow: { member, _ in member.withBytes { range.isBelow($0) } },
      isAbove: { member, _ in member.withBytes { range.isAbove($0) } })
  }

  private func packedRanks(
    isBelow: (PackedElement, PackedElement) -> Bool, isAbove: (PackedElement, PackedElement) -> Bool
  ) -> Range<Int> {
    let pack = pack
    var rank = 0
    var start = 0
    var position = Listpack.startPosition
    while position < pack.endPosition {
      let next = pack.position(after: position)
      let member = pack.element(at: position)
      let score = pack.element(at: next)
      if start == rank, isBelow(member, score) {
        start &+= 1
      } else if isAbove(member, score) {
        break
      }
      rank &+= 1
      position = pack.position(after: next)
    }
    return start..<max(start, rank)
  }

  /// Lends the member at a rank (0..<count) and its score to `body`.
  @discardableResult
  package func at<R>(_ rank: Int, _ body: (_ member: PackedElement, _ score: Double) -> R) -> R? {
    if !isPacked { return table.at(rank) { body(.bytes($0), $1) } }
    let pack = pack
    guard rank >= 0, let position = pack.position(at: rank &* 2) else { return nil }
    return body(pack.element(at: position), Self.score(pack, position))
  }

  /// Lends a member chosen at random, and its score, to `body`; nil if the set is empty.
  @discardableResult
  package func random<R>(
    using generator: inout some RandomNumberGenerator, _ body: (_ member: PackedElement, _ score: Double) -> R
  ) -> R? {
    isEmpty ? nil : at(Int.random(in: 0..<count, using: &generator), body)
  }

  /// One step of ZSCAN. The small form is shown whole in the first step, whatever the cursor.
  /// - Returns: the next cursor; 0 at the end.
  package func scan(cursor: UInt64, _ body: (_ member: PackedElement, _ score: Double) -> Void) -> UInt64 {
    if !isPacked { return table.scan(cursor: cursor) { body(.bytes($0), $1) } }
    forEach(body)
    return 0
  }

  /// What the set costs in memory beside its entry; an estimate.
  package var memoryBytes: Int { 32 &+ (isPacked ? pack.memoryBytes : table.allocatedBytes) }

  /// What is wrong, or nil. For tests.
  package func checkInvariants() -> String? {
    if !isPacked { return table.checkInvariants() }
    if let problem = pack.checkInvariants() { return problem }
    var problem: String?
    var previous: ([UInt8], Double)?
    forEach { member, score in
      let bytes = member.withBytes { bytes in (0..<bytes.count).map { bytes[$0] } }
      if let (before, lower) = previous,
        (lower, 0) > (score, 0) || lower == score && !before.lexicographicallyPrecedes(bytes)
      {
        problem = "pairs out of order"
      }
      previous = (bytes, score)
    }
    return problem
  }

  // MARK: Changing

  /// Gives a member a score; an equal one, be it a zero of the other sign, is no change.
  @discardableResult
  package func set(_ member: Bytes, to score: Double, limits: PackedLimits) -> Change {
    update(member, limits: limits) { old in old == score ? nil : score }
  }

  /// Asks `decide` for the score of a member, given the one it has or nil; nil, or the same again, leaves
  /// everything as it is. The score must not be a NaN (it would be ignored), and `decide` must not touch the
  /// set.
  @discardableResult
  package func update(_ member: Bytes, limits: PackedLimits, _ decide: (Double?) -> Double?) -> Change {
    assert(isUnique)
    guard isPacked else { return table.update(member) { old in decide(old).flatMap { $0.isNaN ? nil : $0 } } }
    var pack = pack
    guard let found = pack.find(member, skip: 1) else {
      guard let score = decide(nil), !score.isNaN else { return .none }
      if pack.count / 2 >= limits.entries || member.count > limits.valueBytes
        || !pack.mayGrow(by: member.count)
      {
        becomeTable(seed: limits.seed)
        table.insert(member, score)
      } else {
        Self.insert(&pack, member, score)
        self.pack = pack
      }
      return .added
    }
    let old = Self.score(pack, found)
    guard let score = decide(old), !score.isNaN, score.bitPattern != old.bitPattern else { return .none }
    pack.remove(at: found, count: 2)
    Self.insert(&pack, member, score)
    self.pack = pack
    return .updated
  }

  /// Removes a member and answers the score it had.
  @discardableResult
  package func remove(_ member: Bytes) -> Double? {
    assert(isUnique)
    guard isPacked else { return table.remove(member) }
    var pack = pack
    guard let found = pack.find(member, skip: 1) else { return nil }
    let score = Self.score(pack, found)
    pack.remove(at: found, count: 2)
    self.pack = pack
    return score
  }

  /// Removes a range of ranks (those there are) and answers how many.
  @discardableResult
  package func remove(ranks: Range<Int>) -> Int {
    assert(isUnique)
    let ranks = ranks.clamped(to: 0..<count)
    if ranks.isEmpty { return 0 }
    if isPacked {
      var pack = pack
      guard let position = pack.position(at: ranks.lowerBound &* 2) else { return 0 }
      pack.remove(at: position, count: ranks.count &* 2)
      self.pack = pack
    } else {
      for _ in ranks { table.remove(rank: ranks.lowerBound) }
    }
    return ranks.count
  }

  /// Lends the member with the lowest or highest score to `body` and removes it; nil if the set is empty.
  package func pop<R>(highest: Bool, _ body: (_ member: PackedElement, _ score: Double) -> R) -> R? {
    let rank = highest ? count &- 1 : 0
    guard let result = at(rank, body) else { return nil }
    remove(ranks: rank..<rank &+ 1)
    return result
  }

  /// Inserts a pair where it belongs.
  private static func insert(_ pack: inout Listpack, _ member: Bytes, _ score: Double) {
    var position = Listpack.startPosition
    let end = pack.endPosition
    // Scores often arrive in ascending order.
    if position < end {
      let last = pack.position(before: end)
      if Self.score(pack.element(at: last)) < score { position = end }
    }
    while position < end {
      let next = pack.position(after: position)
      let other = Self.score(pack.element(at: next))
      if other > score { break }
      if other == score, pack.element(at: position).withBytes({ ByteOrder.compare($0, member) }) > 0 { break }
      position = pack.position(after: next)
    }
    pack.insert(member, at: position)
    let behind = pack.position(after: position)
    if let whole = wholeScore(score) {
      pack.insert(whole, at: behind)
    } else {
      NumberText.withDouble(score, style: .shortest) { pack.insert($0, at: behind) }
    }
  }

  /// The integer as which the small form keeps a score, and ZSCAN shows it; nil if it is none or too large.
  package static func wholeScore(_ score: Double) -> Int64? {
    // Not `Int64(exactly:)`: it would need the C mathematics library.
    guard score.magnitude <= 0x1p62 else { return nil }
    let whole = Int64(score)
    return Double(whole) == score ? whole : nil
  }

  /// Changes to the large form: for a member that does not fit, or where a command knows that many will come.
  package func becomeTable(seed: HashSeed) {
    guard isPacked else { return }
    let table = SortedSetTable.make(seed: seed)
    forEach { member, score in member.withBytes { table.insert($0, score) } }
    pack.release()
    unsafe header.body = table.body
    header.form = Self.tableForm
  }

  /// A sorted set from a listpack of pairs that came from outside (RESTORE), which it takes over; nil, with
  /// the listpack untouched, if elements do not come in pairs, a score is no number, pairs are out of order
  /// or a member comes twice.
  package init?(adopting pack: Listpack, seed: HashSeed) {
    let count = pack.count
    guard count > 0, count % 2 == 0 else { return nil }
    let seen = TableBox.make(seed: seed)
    defer { seen.free() }
    var position = Listpack.startPosition
    var previous: Double?
    while position < pack.endPosition {
      let next = pack.position(after: position)
      let isNew = pack.element(at: position).withBytes { seen.set($0, .bytes(Bytes(""))) }
      guard isNew, let score = pack.element(at: next).withBytes({ NumberText.parseRangeBound($0) }) else {
        return nil
      }
      if let previous, previous > score { return nil }
      previous = score
      position = pack.position(after: next)
    }
    unsafe header = .make(form: Self.listpackForm, body: pack.block)
  }
}
