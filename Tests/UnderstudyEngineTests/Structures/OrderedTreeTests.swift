// OrderedTree against a sorted array, in all orders of arrival, with clones that change on their own.

import Testing

@testable import UnderstudyEngine

@Suite struct OrderedTreeTests {
  typealias Item = OrderedTree.Item

  func contents(_ tree: borrowing OrderedTree) -> [Item] {
    var result: [Item] = []
    tree.forEach(0..<tree.count) { result.append($0) }
    return result
  }

  /// Kept apart, since an array of trees cannot be.
  final class Tree {
    var tree: OrderedTree
    var model: [Item]
    init(_ tree: consuming OrderedTree, _ model: [Item]) {
      self.tree = tree
      self.model = model
    }
  }

  func place(_ model: [Item], _ item: Item) -> (index: Int, found: Bool) {
    var low = 0
    var high = model.count
    while low < high {
      let middle = (low + high) / 2
      if (model[middle].order, model[middle].low) < (item.order, item.low) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return (low, low < model.count && model[low] == item)
  }

  @Test(arguments: testSeeds(6), [0, 1, 2, 3])
  func randomEdits(seed: UInt64, shape: Int) {
    var random = TestRandom(seed: seed)
    let note: Comment = "seed \(seed) shape \(shape)"
    var trees = [Tree(OrderedTree(ties: .words), [])]
    var clock: UInt64 = 1 << 40
    for step in 0..<12_000 {
      let at = Int(random.next() % UInt64(trees.count))
      let subject = trees[at]
      clock = shape == 1 ? clock + 1 : clock - 1
      let order = shape == 0 ? random.next() : shape == 3 ? random.next() % 20 : clock
      let item = Item(order: order, low: random.next() % 1000)
      // Grow in the first half, shrink in the second.
      let growing = step < 7_000
      switch random.next() % 10 {
      case growing ? 0...6 : 0...2:
        let (index, found) = place(subject.model, item)
        let inserted = subject.tree.insert(item.order, item.low)
        #expect(inserted == !found, note)
        if !found { subject.model.insert(item, at: index) }
      case 7 where !subject.model.isEmpty:
        let rank = Int(random.next() % UInt64(subject.model.count))
        let removed = subject.tree.remove(rank: rank)
        #expect(removed, note)
        subject.model.remove(at: rank)
      case 8 where random.next() % 100 == 0:
        trees.append(Tree(subject.tree.clone(), subject.model))
        if trees.count > 4 { trees.remove(at: Int(random.next() % 5)) }
      default:
        let victim = subject.model.randomElement(using: &random) ?? item
        let missing = subject.tree.remove(item.order, item.low)
        let (index, found) = place(subject.model, item)
        #expect(missing == found, note)
        if found { subject.model.remove(at: index) }
        if subject.model.contains(victim) {
          let removed = subject.tree.remove(victim.order, victim.low)
          #expect(removed, note)
          subject.model.remove(at: place(subject.model, victim).index)
        }
      }
      #expect(subject.tree.count == subject.model.count, note)
      if step % 500 == 0 {
        for other in trees {
          let problem = other.tree.checkInvariants()
          #expect(problem == nil, note)
          let same = contents(other.tree) == other.model
          #expect(same, note)
        }
      }
      if step % 20 == 0 {
        let rank = Int(random.next() % UInt64(subject.model.count + 1))
        let found = subject.tree[rank]
        #expect(found == (rank < subject.model.count ? subject.model[rank] : nil), note)
        let before = subject.tree.rank { ($0.order, $0.low) < (item.order, item.low) }
        #expect(before == place(subject.model, item).index, note)
        let range = rank..<min(subject.model.count, rank + Int(random.next() % 200))
        var seen: [Item] = []
        subject.tree.forEach(range, descending: true) { seen.append($0) }
        let same = seen == subject.model[range].reversed()
        #expect(same, note)
      }
    }
    // Empty them one by one, from either end.
    for subject in trees {
      while subject.tree.count > 0 {
        let rank = random.next() & 1 == 0 ? 0 : subject.tree.count - 1
        let removed = subject.tree.remove(rank: rank)
        subject.model.remove(at: rank)
        #expect(removed, note)
        if subject.tree.count % 100 == 0 {
          let problem = subject.tree.checkInvariants()
          #expect(problem == nil, note)
        }
      }
    }
  }

  @Test func sequentialInsertionFillsNodes() {
    for descending in [false, true] {
      var tree = OrderedTree(ties: .words)
      for index in 0..<100_000 { tree.insert(UInt64(descending ? 100_000 - index : index), 0) }
      let bytes = tree.allocatedBytes
      #expect(bytes < 100_000 * 17, "\(bytes)")
      let problem = tree.checkInvariants()
      #expect(problem == nil)
    }
  }

  @Test(arguments: testSeeds())
  func expiry(seed: UInt64) {
    var random = TestRandom(seed: seed)
    var index = ExpiryIndex()
    var model: [(Int64, UInt64)] = []
    for _ in 0..<2000 {
      let item = (Int64(bitPattern: random.next()) >> 40, random.next())
      model.append(item)
      let inserted = index.insert(deadline: item.0, hash: item.1)
      #expect(inserted)
    }
    model.sort { $0 < $1 }
    let due = index.dueCount(now: -5)
    #expect(due == model.filter { $0.0 <= -5 }.count)
    let copy = index.clone()
    while let next = index.popDue(now: 0) {
      let expected = model.removeFirst()
      #expect((next.deadline, next.hash) == expected, "seed \(seed)")
    }
    #expect(model.allSatisfy { $0.0 > 0 })
    let left = (index.count, copy.count)
    #expect(left == (model.count, 2000))
  }
}
