// OrderedTree, continued: reading by rank, and from a condition to a rank. Ranges of any kind are ranges of
// ranks here: find where they begin and end, then walk.
//
// This file says `unsafe`. What keeps it safe: as in OrderedTree.swift.

extension OrderedTree {
  /// The item at `rank`, counted from 0; nil if there is none.
  package subscript(rank: Int) -> Item? {
    guard rank >= 0, rank < count, var node = unsafe root else { return nil }
    var rest = rank
    while unsafe !Self.isLeaf(node) {
      var index = 0
      while unsafe rest >= Self.counts(node)[index] {
        rest &-= unsafe Self.counts(node)[index]
        index &+= 1
      }
      unsafe node = Self.children(node)[index]
    }
    return unsafe Self.items(node)[rest]
  }

  /// The first item.
  package var first: Item? { self[0] }

  /// How many items satisfy `isBefore`, which must hold for all items before some place and for none behind
  /// it.
  package func rank(where isBefore: (Item) -> Bool) -> Int {
    guard var node = unsafe root else { return 0 }
    var rank = 0
    while true {
      let leaf = unsafe Self.isLeaf(node)
      var low = leaf ? 0 : 1
      var high = unsafe Self.nodeCount(node)
      while low < high {
        let middle = (low &+ high) &>> 1
        if isBefore(unsafe Self.items(node)[middle]) { low = middle &+ 1 } else { high = middle }
      }
      if leaf { return rank &+ low }
      for index in 0..<(low &- 1) { rank &+= unsafe Self.counts(node)[index] }
      unsafe node = Self.children(node)[low &- 1]
    }
  }

  /// How many items of a `.members` tree sort before this order and member.
  package func rank(_ order: UInt64, member: Bytes) -> Int {
    rank { item in
      item.order == order
        ? ByteOrder.compare(Self.member(item.low), member) < 0 : item.order < order
    }
  }

  /// Lends the items of a range of ranks to `body`, ascending or descending. `body` must not change the tree.
  package func forEach(_ ranks: Range<Int>, descending: Bool = false, _ body: (Item) -> Void) {
    guard let root = unsafe root else { return }
    let ranks = ranks.clamped(to: 0..<count)
    if !ranks.isEmpty { unsafe Self.visit(root, ranks, descending, body) }
  }

  /// Visits a range of ranks below a node, all of which are there.
  private static func visit(
    _ node: UnsafeMutableRawPointer, _ ranks: Range<Int>, _ descending: Bool, _ body: (Item) -> Void
  ) {
    if unsafe isLeaf(node) {
      if descending {
        var index = ranks.upperBound
        while index > ranks.lowerBound {
          index &-= 1
          body(unsafe items(node)[index])
        }
      } else {
        for index in ranks { body(unsafe items(node)[index]) }
      }
      return
    }
    let nodes = unsafe nodeCount(node)
    var index = descending ? nodes &- 1 : 0
    // The rank of the first item of the child at `index`.
    var start = 0
    if descending { for other in 0..<index { start &+= unsafe counts(node)[other] } }
    while index >= 0, index < nodes {
      let end = start &+ (unsafe counts(node)[index])
      let part = ranks.clamped(to: start..<end)
      if !part.isEmpty {
        unsafe visit(
          children(node)[index], part.lowerBound &- start..<part.upperBound &- start, descending, body)
      } else if descending ? end <= ranks.lowerBound : start >= ranks.upperBound {
        return
      }
      if descending {
        index &-= 1
        if index >= 0 { start &-= unsafe counts(node)[index] }
      } else {
        index &+= 1
        start = end
      }
    }
  }

  /// What the nodes cost in memory, those shared with clones included; an estimate.
  package var allocatedBytes: Int {
    func bytes(_ node: UnsafeMutableRawPointer) -> Int {
      if unsafe Self.isLeaf(node) { return Self.leafSize &+ 8 }
      var total = Self.innerSize &+ 8
      let nodes = unsafe Self.nodeCount(node)
      // All children of the lowest inner level are leaves of one size: no need to touch them.
      if unsafe Self.isLeaf(Self.children(node)[0]) { return total &+ nodes &* (Self.leafSize &+ 8) }
      for index in 0..<nodes { unsafe total &+= bytes(Self.children(node)[index]) }
      return total
    }
    guard let root = unsafe root else { return 0 }
    return unsafe bytes(root)
  }

  /// What is wrong with the tree, or nil: order, counts, levels, least items. For tests.
  package func checkInvariants() -> String? {
    guard let root = unsafe root else { return count == 0 ? nil : "count without a root" }
    var problem: String?
    var previous: Item?
    func isAfter(_ left: Item, _ right: Item) -> Bool {
      if left.order != right.order { return left.order > right.order }
      if ties == .words { return left.low > right.low }
      return ByteOrder.compare(Self.member(left.low), Self.member(right.low)) > 0
    }
    func walk(_ node: UnsafeMutableRawPointer) -> Int {
      let nodes = unsafe Self.nodeCount(node)
      if nodes == 0 || nodes > Self.capacity { problem = "a node of \(nodes)" }
      if unsafe Self.references(node) == 0 { problem = "a dead node" }
      if unsafe Self.isLeaf(node) {
        for index in 0..<nodes {
          let item = unsafe Self.items(node)[index]
          if let before = previous, !isAfter(item, before) { problem = "items out of order" }
          previous = item
        }
        return nodes
      }
      var total = 0
      let level = unsafe node.load(fromByteOffset: 6, as: UInt16.self)
      for index in 0..<nodes {
        let child = unsafe Self.children(node)[index]
        if unsafe child.load(fromByteOffset: 6, as: UInt16.self) &+ 1 != level { problem = "a wrong level" }
        let size = unsafe walk(child)
        if unsafe size != Self.counts(node)[index] { problem = "a wrong count" }
        if index > 0 {
          var down = unsafe child
          while unsafe !Self.isLeaf(down) { unsafe down = Self.children(down)[0] }
          if unsafe Self.items(down)[0] != Self.items(node)[index] { problem = "a wrong least item" }
        }
        total &+= size
      }
      return total
    }
    if unsafe walk(root) != count { problem = "a wrong total" }
    return problem
  }
}
