// SortedSetTable: the large form of a sorted set, a key table from member to score and a tree of (score,
// member).
//
// The tree's items point to the table's entries, whose keys are the members: nothing is stored twice. Hence
// the rule of this file: an item leaves the tree before its entry may go, and whenever `findMutable` is
// called, which may copy the entry, the item is put in anew with the address it returned.
//
// Clones share everything, by the counts of both structures. There is one danger: an entry's count ends at
// 255, and the table then copies the entry instead, of which the tree would hear nothing. So the tables that
// descend from one another are counted (`lineage`), and beyond 240 of them a clone is a full copy.
//
// This file says `unsafe`. What keeps it safe: the rule above; the block is made by `make` and freed by
// `free`.

internal import CUnderstudyPlatform

/// A large sorted set in stable memory.
@safe
struct SortedSetTable: BitwiseCopyable {
  @safe
  private struct Body: ~Copyable {
    var table: KeyTable
    var tree: OrderedTree
    /// How many tables share entries with this one, itself included; nil while there is but this.
    var lineage: UnsafeMutablePointer<Int>?
  }

  nonisolated(unsafe) private let pointer: UnsafeMutablePointer<Body>

  private static let lineageLimit = 240

  @inline(__always)
  init(body: UnsafeMutableRawPointer) { unsafe pointer = body.assumingMemoryBound(to: Body.self) }

  var body: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  static func make(seed: HashSeed) -> SortedSetTable {
    unsafe make(
      Body(table: KeyTable(seed: seed, keepsAccess: false), tree: OrderedTree(ties: .members), lineage: nil))
  }

  private static func make(_ body: consuming Body) -> SortedSetTable {
    let pointer = UnsafeMutablePointer<Body>.allocate(capacity: 1)
    understudy_count(understudy_block_cost(MemoryLayout<Body>.size))
    unsafe pointer.initialize(to: body)
    return unsafe SortedSetTable(body: UnsafeMutableRawPointer(pointer))
  }

  func free() {
    if let lineage = unsafe pointer.pointee.lineage {
      unsafe lineage.pointee &-= 1
      if unsafe lineage.pointee == 0 { unsafe lineage.deallocate() }
    }
    understudy_count(-understudy_block_cost(MemoryLayout<Body>.size))
    unsafe pointer.deinitialize(count: 1)
    unsafe pointer.deallocate()
  }

  /// Frees about `budget` entries of a table that nobody reads any more, and then as many nodes of its tree; whether
  /// that was all.
  func releaseSome(budget: Int) -> Bool {
    guard unsafe pointer.pointee.table.releaseSome(budget: budget) else { return false }
    return unsafe pointer.pointee.tree.releaseSome(budget: budget)
  }

  /// A table with the same content, in constant time but for every 240th.
  func clone() -> SortedSetTable {
    let lineage: UnsafeMutablePointer<Int>
    if let shared = unsafe pointer.pointee.lineage {
      unsafe lineage = shared
    } else {
      unsafe lineage = UnsafeMutablePointer<Int>.allocate(capacity: 1)
      unsafe lineage.initialize(to: 1)
      unsafe pointer.pointee.lineage = lineage
    }
    if unsafe lineage.pointee >= Self.lineageLimit { return copy() }
    unsafe lineage.pointee &+= 1
    return unsafe .make(
      Body(table: pointer.pointee.table.snapshot(), tree: pointer.pointee.tree.clone(), lineage: lineage))
  }

  private func copy() -> SortedSetTable {
    let copy = unsafe SortedSetTable.make(seed: pointer.pointee.table.seed)
    forEach(0..<count, descending: false) { member, score in copy.insert(member, score) }
    return copy
  }

  // MARK: Reading

  @inline(__always)
  var count: Int { unsafe pointer.pointee.table.count }

  @inline(__always)
  private func hash(_ member: Bytes) -> UInt64 { unsafe pointer.pointee.table.hash(member) }

  @inline(__always)
  private static func score(_ entry: Entry) -> Double {
    Double(bitPattern: UInt64(bitPattern: entry.integer))
  }

  @inline(__always)
  private static func entry(_ item: OrderedTree.Item) -> Entry? {
    unsafe UnsafeMutableRawPointer(bitPattern: UInt(item.low)).map { unsafe Entry(block: $0) }
  }

  func score(of member: Bytes) -> Double? {
    unsafe pointer.pointee.table.find(member, hash: hash(member)).map(Self.score)
  }

  func rank(of member: Bytes) -> (rank: Int, score: Double)? {
    guard let score = score(of: member) else { return nil }
    return (unsafe pointer.pointee.tree.rank(ScoreOrder.word(score), member: member), score)
  }

  func ranks(in range: ScoreRange) -> Range<Int> {
    // Words order as scores do, so "below" is a comparison of words.
    let lower = ScoreOrder.word(range.lower)
    let upper = ScoreOrder.word(range.upper)
    let start = unsafe pointer.pointee.tree.rank {
      range.excludesLower ? $0.order <= lower : $0.order < lower
    }
    let end = unsafe pointer.pointee.tree.rank { range.excludesUpper ? $0.order < upper : $0.order <= upper }
    return start..<max(start, end)
  }

  func ranks(in range: LexRange) -> Range<Int> {
    let start = unsafe pointer.pointee.tree.rank { range.isBelow(OrderedTree.member($0.low)) }
    let end = unsafe pointer.pointee.tree.rank { !range.isAbove(OrderedTree.member($0.low)) }
    return start..<max(start, end)
  }

  func forEach(_ ranks: Range<Int>, descending: Bool, _ body: (Bytes, Double) -> Void) {
    unsafe pointer.pointee.tree.forEach(ranks, descending: descending) { item in
      guard let entry = Self.entry(item) else { return }
      body(entry.key, Self.score(entry))
    }
  }

  func at<R>(_ rank: Int, _ body: (Bytes, Double) -> R) -> R? {
    guard let item = unsafe pointer.pointee.tree[rank], let entry = Self.entry(item) else { return nil }
    return body(entry.key, Self.score(entry))
  }

  func scan(cursor: UInt64, _ body: (Bytes, Double) -> Void) -> UInt64 {
    unsafe pointer.pointee.table.scan(cursor: cursor) { body($0.key, Self.score($0)) }
  }

  var allocatedBytes: Int {
    unsafe pointer.pointee.table.allocatedBytes &+ pointer.pointee.tree.allocatedBytes
      &+ MemoryLayout<Body>.size &+ 8
  }

  // MARK: Changing

  /// Asks `decide` for the score of a member, given the one it has; nil leaves it.
  func update(_ member: Bytes, _ decide: (Double?) -> Double?) -> SortedSetValue.Change {
    let hash = hash(member)
    guard let entry = unsafe pointer.pointee.table.find(member, hash: hash) else {
      guard let score = decide(nil) else { return .none }
      insert(member, score, hash: hash)
      return .added
    }
    let old = Self.score(entry)
    guard let score = decide(old), score.bitPattern != old.bitPattern else { return .none }
    unsafe pointer.pointee.tree.remove(ScoreOrder.word(old), member: member)
    guard let own = unsafe pointer.pointee.table.findMutable(member, hash: hash) else { return .none }
    own.integer = Int64(bitPattern: score.bitPattern)
    unsafe pointer.pointee.tree.insert(ScoreOrder.word(score), entry: own)
    return .updated
  }

  /// Adds a member that is not there.
  func insert(_ member: Bytes, _ score: Double) { insert(member, score, hash: hash(member)) }

  private func insert(_ member: Bytes, _ score: Double, hash: UInt64) {
    let bits = Int64(bitPattern: score.bitPattern)
    unsafe pointer.pointee.table.set(.integer(bits), for: member, hash: hash)
    guard let entry = unsafe pointer.pointee.table.find(member, hash: hash) else { return }
    unsafe pointer.pointee.tree.insert(ScoreOrder.word(score), entry: entry)
  }

  /// Removes a member and answers the score it had.
  func remove(_ member: Bytes) -> Double? {
    let hash = hash(member)
    guard let entry = unsafe pointer.pointee.table.find(member, hash: hash) else { return nil }
    let score = Self.score(entry)
    unsafe pointer.pointee.tree.remove(ScoreOrder.word(score), member: member)
    _ = unsafe pointer.pointee.table.remove(member, hash: hash)
    return score
  }

  /// Removes what stands at a rank.
  func remove(rank: Int) {
    guard let item = unsafe pointer.pointee.tree[rank], let entry = Self.entry(item) else { return }
    unsafe pointer.pointee.tree.remove(rank: rank)
    let member = entry.key
    _ = unsafe pointer.pointee.table.remove(member, hash: hash(member))
  }

  /// What is wrong, or nil: the tree's own invariants, and that both structures hold the same. For tests.
  func checkInvariants() -> String? {
    if let problem = unsafe pointer.pointee.tree.checkInvariants() { return problem }
    if unsafe pointer.pointee.tree.count != pointer.pointee.table.count { return "different counts" }
    var problem: String?
    unsafe pointer.pointee.tree.forEach(0..<count) { item in
      guard let entry = Self.entry(item) else {
        problem = "no entry"
        return
      }
      let found = unsafe pointer.pointee.table.find(entry.key, hash: hash(entry.key))
      if unsafe found?.block != entry.block { problem = "an item of another entry" }
      if ScoreOrder.word(Self.score(entry)) != item.order { problem = "another score" }
    }
    return problem
  }
}
