// DeadlineIndex: which keys expire when, in the order of time.
//
// An ordered tree of (deadline, key hash). It knows hashes, not keys: the active expiry cycle takes the
// soonest one, looks in the key table for an entry of that hash with that deadline, and removes both. A clone
// costs nothing.

/// The deadlines of a keyspace in the order of time: insertion and removal in logarithmic time.
package struct DeadlineIndex: ~Copyable {
  private var tree = OrderedTree(ties: .words)

  package init() {}

  private init(tree: consuming OrderedTree) { self.tree = tree }

  /// An index with the same content that shares it until either side changes it.
  package func clone() -> DeadlineIndex { DeadlineIndex(tree: tree.clone()) }

  /// The number of deadlines.
  package var count: Int { tree.count }

  /// Signed times in the order of unsigned words, and back.
  @inline(__always)
  private static func order(_ deadline: Int64) -> UInt64 { UInt64(bitPattern: deadline) ^ 1 << 63 }

  /// Adds a deadline in milliseconds of the data clock; false if it is there.
  @discardableResult
  package mutating func insert(deadlineMilliseconds: Int64, hash: UInt64) -> Bool {
    tree.insert(Self.order(deadlineMilliseconds), hash)
  }

  /// Removes exactly this deadline of this hash; false if it is not there.
  @discardableResult
  package mutating func remove(deadlineMilliseconds: Int64, hash: UInt64) -> Bool {
    tree.remove(Self.order(deadlineMilliseconds), hash)
  }

  /// The soonest deadline.
  package var first: (deadlineMilliseconds: Int64, hash: UInt64)? {
    tree.first.map { (Int64(bitPattern: $0.order ^ 1 << 63), $0.low) }
  }

  /// Takes out the soonest deadline if it is not behind `now`.
  package mutating func popDue(nowMilliseconds now: Int64) -> (deadlineMilliseconds: Int64, hash: UInt64)? {
    guard let soonest = first, soonest.deadlineMilliseconds <= now else { return nil }
    tree.remove(rank: 0)
    return soonest
  }

  /// How many deadlines are not behind `now`.
  package func dueCount(nowMilliseconds now: Int64) -> Int {
    tree.rank { $0.order <= Self.order(now) }
  }

  /// Removes everything.
  package mutating func removeAll() { tree = OrderedTree(ties: .words) }

  /// What the index costs in memory; an estimate.
  package var allocatedBytes: Int { tree.allocatedBytes }
}
