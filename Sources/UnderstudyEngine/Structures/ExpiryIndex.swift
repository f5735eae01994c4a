// ExpiryIndex: the keys with a deadline, in the order of time.
//
// An ordered tree of (deadline, key hash). It knows hashes, not keys: the active expiry cycle takes the
// soonest item, looks in the key table for an entry of that hash with that deadline, and removes both.
// Inserting and removing are logarithmic; a clone costs nothing.

/// The deadlines of a keyspace in the order of time.
package struct ExpiryIndex: ~Copyable {
  /// A deadline in milliseconds of the data clock, and the hash of the key that has it.
  package struct Item: Hashable, Sendable {
    package let deadline: Int64
    package let hash: UInt64
  }

  private(set) var tree = OrderedTree(ties: .words)
  /// Of all deadlines, modulo 2^64: differences to a time come out right whatever the sum.
  private var sum: Int64 = 0

  package init() {}

  private init(tree: consuming OrderedTree, sum: Int64) {
    self.tree = tree
    self.sum = sum
  }

  /// An index with the same content that shares it until either side changes it.
  package func clone() -> ExpiryIndex { ExpiryIndex(tree: tree.clone(), sum: sum) }

  /// The number of deadlines.
  package var count: Int { tree.count }

  /// Signed times in the order of unsigned words; the same again leads back.
  @inline(__always)
  private static func order(_ deadline: Int64) -> UInt64 { UInt64(bitPattern: deadline) ^ 1 << 63 }

  /// Adds a deadline; false if it is there.
  @discardableResult
  package mutating func insert(deadline: Int64, hash: UInt64) -> Bool {
    guard tree.insert(Self.order(deadline), hash) else { return false }
    sum &+= deadline
    return true
  }

  /// Removes exactly this deadline of this hash; false if it is not there.
  @discardableResult
  package mutating func remove(deadline: Int64, hash: UInt64) -> Bool {
    guard tree.remove(Self.order(deadline), hash) else { return false }
    sum &-= deadline
    return true
  }

  /// The item that is due first.
  package var first: Item? {
    tree.first.map { Item(deadline: Int64(bitPattern: $0.order ^ 1 << 63), hash: $0.low) }
  }

  /// An item at random; nil if there is none.
  package func random(using generator: inout some RandomNumberGenerator) -> Item? {
    if tree.count == 0 { return nil }
    return tree[Int.random(in: 0..<tree.count, using: &generator)].map {
      Item(deadline: Int64(bitPattern: $0.order ^ 1 << 63), hash: $0.low)
    }
  }

  /// Takes out the item that is due first if it is due at `now`.
  package mutating func popDue(now: Int64) -> Item? {
    guard let soonest = first, soonest.deadline <= now else { return nil }
    tree.remove(rank: 0)
    sum &-= soonest.deadline
    return soonest
  }

  /// How many deadlines are not behind `now`.
  package func dueCount(now: Int64) -> Int { tree.rank { $0.order <= Self.order(now) } }

  /// Whether exactly this deadline of this hash is there. For tests.
  func contains(deadline: Int64, hash: UInt64) -> Bool {
    let order = Self.order(deadline)
    let rank = tree.rank { ($0.order, $0.low) < (order, hash) }
    return tree[rank].map { $0.order == order && $0.low == hash } ?? false
  }

  /// What is wrong, or nil. For tests.
  func checkInvariants() -> String? { tree.checkInvariants() }

  /// Moves everything into an index of its own and leaves this one empty, in constant time.
  package mutating func takeAll() -> ExpiryIndex {
    var taken = ExpiryIndex()
    swap(&self, &taken)
    return taken
  }

  /// Frees about `budget` nodes of an index that nobody reads any more; whether that was all.
  package mutating func releaseSome(budget: Int) -> Bool { tree.releaseSome(budget: budget) }

  /// About how many blocks of memory freeing it means.
  package var effort: Int { tree.count / 40 }

  /// How far the deadlines lie behind `now` on average, never less than 0.
  package func meanTime(from now: Int64) -> Int64 {
    let count = Int64(count)
    return count == 0 ? 0 : max(0, (sum &- count &* now) / count)
  }

  /// What the index costs in memory; an estimate.
  package var allocatedBytes: Int { tree.allocatedBytes }
}
