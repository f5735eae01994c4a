// OrderedTree, continued: removing. Two neighbours are joined when they fill three quarters of one node.
//
// This file says `unsafe`. What keeps it safe: as in OrderedTree.swift.

internal import CUnderstudyPlatform

extension OrderedTree {
  /// Removes an item of a `.words` tree; false if there is none.
  @discardableResult
  package mutating func remove(_ order: UInt64, _ low: UInt64) -> Bool {
    remove(Target(item: Item(order: order, low: low), member: Bytes("")), rank: -1)
  }

  /// Removes an item of a `.members` tree; false if there is none.
  @discardableResult
  package mutating func remove(_ order: UInt64, member: Bytes) -> Bool {
    remove(Target(item: Item(order: order, low: 0), member: member), rank: -1)
  }

  /// Removes the item at `rank`; false if there is none.
  @discardableResult
  package mutating func remove(rank: Int) -> Bool {
    rank >= 0 && rank < count && remove(Target(item: Item(order: 0, low: 0), member: Bytes("")), rank: rank)
  }

  private mutating func remove(_ target: borrowing Target, rank: Int) -> Bool {
    guard let shared = unsafe root else { return false }
    var top = unsafe Self.unique(shared)
    unsafe root = top
    var leastChanged = false
    guard unsafe Self.remove(from: top, target, rank: rank, ties, &leastChanged) else { return false }
    count &-= 1
    while true {
      let nodes = unsafe Self.nodeCount(top)
      if nodes == 0 {
        unsafe Self.free(top)
        unsafe root = nil
        return true
      }
      if nodes > 1 { return true }
      if unsafe Self.isLeaf(top) { return true }
      // An only child becomes the root. It may be shared, as may the next one down: hold it, then let go of
      // its parent.
      let child = unsafe Self.children(top)[0]
      unsafe Self.setReferences(child, Self.references(child) &+ 1)
      unsafe Self.release(top)
      unsafe top = child
      unsafe root = child
    }
  }

  /// Removes below a node that is this tree's own: the target, or what is at `rank` if that is not negative.
  private static func remove(
    from node: UnsafeMutableRawPointer, _ target: borrowing Target, rank: Int, _ ties: Ties,
    _ leastChanged: inout Bool
  ) -> Bool {
    if unsafe isLeaf(node) {
      var index = rank
      if rank < 0 {
        let (place, found) = unsafe lowerBound(node, target, ties)
        if !found { return false }
        index = place
      }
      let left = unsafe nodeCount(node) &- 1
      unsafe memmove(items(node) + index, items(node) + index + 1, (left &- index) &* 16)
      unsafe setNodeCount(node, left)
      leastChanged = index == 0
      return true
    }
    var index = 0
    var inner = rank
    if rank < 0 {
      index = unsafe childIndex(node, target, ties)
    } else {
      while unsafe inner >= counts(node)[index] {
        inner &-= unsafe counts(node)[index]
        index &+= 1
      }
    }
    let child = unsafe unique(children(node)[index])
    unsafe children(node)[index] = child
    guard unsafe remove(from: child, target, rank: inner, ties, &leastChanged) else { return false }
    unsafe counts(node)[index] &-= 1
    let left = unsafe nodeCount(child)
    if left == 0 {
      unsafe free(child)
      unsafe removeSlot(node, index)
      leastChanged = index == 0
      return true
    }
    if leastChanged, index > 0 {
      unsafe items(node)[index] = least(child)
      leastChanged = false
    }
    if left < capacity / 2 {
      let before = index == 0 ? capacity : unsafe nodeCount(children(node)[index &- 1])
      let isLast = unsafe index &+ 1 == nodeCount(node)
      let behind = isLast ? capacity : unsafe nodeCount(children(node)[index &+ 1])
      if before &+ left <= joinLimit {
        unsafe join(node, index &- 1)
      } else if behind &+ left <= joinLimit {
        unsafe join(node, index)
      }
    }
    return true
  }

  private static func removeSlot(_ node: UnsafeMutableRawPointer, _ index: Int) {
    let left = unsafe nodeCount(node) &- 1
    let rest = left &- index
    unsafe memmove(items(node) + index, items(node) + index + 1, rest &* 16)
    unsafe memmove(children(node) + index, children(node) + index + 1, rest &* 8)
    unsafe memmove(counts(node) + index, counts(node) + index + 1, rest &* 8)
    unsafe setNodeCount(node, left)
  }

  /// Makes one of the children at `index` and behind it.
  private static func join(_ node: UnsafeMutableRawPointer, _ index: Int) {
    let left = unsafe unique(children(node)[index])
    let right = unsafe unique(children(node)[index &+ 1])
    unsafe children(node)[index] = left
    let before = unsafe nodeCount(left)
    let moved = unsafe nodeCount(right)
    unsafe memcpy(items(left) + before, items(right), moved &* 16)
    if unsafe !isLeaf(left) {
      // The right node's first least item was not maintained; its parent's was.
      unsafe items(left)[before] = items(node)[index &+ 1]
      unsafe memcpy(children(left) + before, children(right), moved &* 8)
      unsafe memcpy(counts(left) + before, counts(right), moved &* 8)
    }
    unsafe setNodeCount(left, before &+ moved)
    unsafe counts(node)[index] &+= counts(node)[index &+ 1]
    unsafe free(right)
    unsafe removeSlot(node, index &+ 1)
  }
}
