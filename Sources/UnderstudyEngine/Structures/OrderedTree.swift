// OrderedTree: a B+tree of 16-byte items with counts, the ordered half of a sorted set and the expiry index.
//
// An item is two words. The first orders; the second breaks ties, in one of two ways:
// - `.members`: it is the address of a table entry, and ties go by the entry's key, as memcmp and then
//   length;
// - `.words`: it is a number like the first.
//
//   leaf    refs, count, level 0 │ 62 items                                       1008 bytes
//   inner   refs, count, level   │ 62 least items │ 62 children │ 62 counts       2000 bytes
//
// `least[i]` is the least item below `child[i]`, exactly, since it may point to an entry and be looked at;
// only that of the first child is never looked at and not maintained. `counts[i]` is the number of items
// below `child[i]`, which makes ranks logarithmic. A leaf that overflows at the end (or start) of the tree is
// left full, so ascending (or descending) insertion fills nodes; on removal two neighbours are joined when
// they fill three quarters of one.
//
// Nodes carry counts: `clone` shares the root, and a change copies the nodes on its way that others hold too.
//
// Protocol: an item's entry must be alive while the item is in the tree, and its key may not change. Who has
// `.members` calls the functions that take a member, who has `.words` those that take two words.
//
// This file says `unsafe`. What keeps it safe: nodes are made, filled and freed in these files alone, indices are
// bounded by the node's count, and `checkInvariants` (tests) walks everything. OrderedTree+Ranks.swift reads,
// this file and OrderedTree+Removal.swift change.

internal import CUnderstudyPlatform

/// A counted B+tree of two-word items.
@safe
package struct OrderedTree: ~Copyable {
  /// How ties are broken.
  package enum Ties: Sendable { case words, members }

  /// An item: what orders, and what breaks ties.
  package struct Item: Equatable, Sendable {
    package var order: UInt64
    package var low: UInt64

    @inline(__always)
    package init(order: UInt64, low: UInt64) {
      self.order = order
      self.low = low
    }
  }

  var root: UnsafeMutableRawPointer?
  /// The number of items.
  package internal(set) var count = 0
  let ties: Ties

  package init(ties: Ties) { self.ties = ties }

  deinit { if let root = unsafe root { unsafe Self.release(root) } }

  /// A tree with the same items, in constant time; nodes are shared until either side changes them.
  package func clone() -> OrderedTree {
    var copy = OrderedTree(ties: ties)
    if let root = unsafe root { unsafe Self.setReferences(root, Self.references(root) &+ 1) }
    unsafe copy.root = root
    copy.count = count
    return copy
  }

  // MARK: Nodes

  static let capacity = 62
  static let leafSize = 16 + capacity * 16
  static let innerSize = 16 + capacity * 32
  static let joinLimit = 46

  @inline(__always)
  static func references(_ node: UnsafeMutableRawPointer) -> UInt32 { unsafe node.load(as: UInt32.self) }

  @inline(__always)
  static func setReferences(_ node: UnsafeMutableRawPointer, _ count: UInt32) {
    unsafe node.storeBytes(of: count, as: UInt32.self)
  }

  @inline(__always)
  static func nodeCount(_ node: UnsafeMutableRawPointer) -> Int {
    Int(unsafe node.load(fromByteOffset: 4, as: UInt16.self))
  }

  @inline(__always)
  static func setNodeCount(_ node: UnsafeMutableRawPointer, _ count: Int) {
    unsafe node.storeBytes(of: UInt16(truncatingIfNeeded: count), toByteOffset: 4, as: UInt16.self)
  }

  @inline(__always)
  static func isLeaf(_ node: UnsafeMutableRawPointer) -> Bool {
    unsafe node.load(fromByteOffset: 6, as: UInt16.self) == 0
  }

  @inline(__always)
  static func items(_ node: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Item> {
    unsafe (node + 16).assumingMemoryBound(to: Item.self)
  }

  @inline(__always)
  static func children(_ node: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UnsafeMutableRawPointer> {
    unsafe (node + 16 + capacity &* 16).assumingMemoryBound(to: UnsafeMutableRawPointer.self)
  }

  @inline(__always)
  static func counts(_ node: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Int> {
    unsafe (node + 16 + capacity &* 24).assumingMemoryBound(to: Int.self)
  }

  private static func makeNode(level: UInt16) -> UnsafeMutableRawPointer {
    let node = unsafe understudy_allocate(level == 0 ? leafSize : innerSize)
    unsafe node.storeBytes(of: 1, as: UInt32.self)
    unsafe node.storeBytes(of: 0, toByteOffset: 4, as: UInt16.self)
    unsafe node.storeBytes(of: level, toByteOffset: 6, as: UInt16.self)
    return unsafe node
  }

  static func release(_ node: UnsafeMutableRawPointer) {
    let count = unsafe references(node)
    if count > 1 { return unsafe setReferences(node, count &- 1) }
    if unsafe !isLeaf(node) {
      for index in unsafe 0..<nodeCount(node) { unsafe release(children(node)[index]) }
    }
    unsafe free(node)
  }

  /// Frees about `budget` nodes of a tree that nobody reads any more. From the first call on it may only be asked this
  /// again, or go away.
  /// - Returns: whether all is freed.
  mutating func releaseSome(budget: Int) -> Bool {
    guard let root = unsafe root else { return true }
    var budget = budget
    guard unsafe Self.releaseSome(root, &budget) else { return false }
    unsafe self.root = nil
    count = 0
    return true
  }

  private static func releaseSome(_ node: UnsafeMutableRawPointer, _ budget: inout Int) -> Bool {
    budget &-= 1
    let count = unsafe references(node)
    if count > 1 {
      unsafe setReferences(node, count &- 1)
      return true
    }
    if unsafe !isLeaf(node) {
      var left = unsafe nodeCount(node)
      while left > 0 {
        if budget <= 0 { return false }
        guard unsafe releaseSome(children(node)[left &- 1], &budget) else { return false }
        left &-= 1
        unsafe setNodeCount(node, left)
      }
    }
    unsafe free(node)
    return true
  }

  static func free(_ node: UnsafeMutableRawPointer) {
    unsafe understudy_free(node, isLeaf(node) ? leafSize : innerSize)
  }

  /// The node itself if nobody else holds it, else a copy of it, in exchange for one count.
  @inline(__always)
  static func unique(_ node: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    unsafe references(node) == 1 ? node : copy(node)
  }

  @inline(never)
  private static func copy(_ node: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    let leaf = unsafe isLeaf(node)
    let copy = unsafe understudy_allocate(leaf ? leafSize : innerSize)
    unsafe memcpy(copy, node, leaf ? leafSize : innerSize)
    if !leaf {
      for index in unsafe 0..<nodeCount(node) {
        let child = unsafe children(node)[index]
        unsafe setReferences(child, references(child) &+ 1)
      }
    }
    unsafe setReferences(copy, 1)
    unsafe setReferences(node, references(node) &- 1)
    return unsafe copy
  }

  /// The number of items below a node.
  private static func size(_ node: UnsafeMutableRawPointer) -> Int {
    let count = unsafe nodeCount(node)
    if unsafe isLeaf(node) { return count }
    var total = 0
    for index in 0..<count { total &+= unsafe counts(node)[index] }
    return total
  }

  static func least(_ node: UnsafeMutableRawPointer) -> Item {
    var node = unsafe node
    while unsafe !isLeaf(node) { unsafe node = children(node)[0] }
    return unsafe items(node)[0]
  }

  // MARK: Order

  /// What is searched for: an item, whose tie word is an address only if it is to be stored; `member` is its
  /// key.
  @safe
  struct Target {
    let item: Item
    let member: Bytes
  }

  /// The member of an item.
  @inline(__always)
  static func member(_ low: UInt64) -> Bytes {
    guard let block = unsafe UnsafeMutableRawPointer(bitPattern: UInt(low)) else { return Bytes("") }
    return unsafe Entry(block: block).key
  }

  /// Negative, zero or positive as an item sorts before, with or after a target of the same order.
  @inline(__always)
  private static func compareTies(_ low: UInt64, _ target: borrowing Target, _ ties: Ties) -> Int {
    if ties == .words { return low < target.item.low ? -1 : low == target.item.low ? 0 : 1 }
    return ByteOrder.compare(member(low), target.member)
  }

  /// The index of the first item that is not before `target`, and whether it is `target`.
  @inline(__always)
  static func lowerBound(
    _ node: UnsafeMutableRawPointer, _ target: borrowing Target, _ ties: Ties
  ) -> (index: Int, found: Bool) {
    let items = unsafe items(node)
    let order = target.item.order
    var low = 0
    var high = unsafe nodeCount(node)
    while low < high {
      let middle = (low &+ high) &>> 1
      let item = unsafe items[middle]
      if item.order == order {
        let ties = compareTies(item.low, target, ties)
        if ties == 0 { return (middle, true) }
        if ties < 0 { low = middle &+ 1 } else { high = middle }
      } else if item.order < order {
        low = middle &+ 1
      } else {
        high = middle
      }
    }
    return (low, false)
  }

  /// The index of the child that has `target`, or would have it.
  @inline(__always)
  static func childIndex(_ node: UnsafeMutableRawPointer, _ target: borrowing Target, _ ties: Ties)
    -> Int
  {
    let items = unsafe items(node)
    let order = target.item.order
    var low = 1
    var high = unsafe nodeCount(node)
    while low < high {
      let middle = (low &+ high) &>> 1
      let item = unsafe items[middle]
      let isAfter =
        item.order == order ? compareTies(item.low, target, ties) > 0 : item.order > order
      if isAfter { high = middle } else { low = middle &+ 1 }
    }
    return low &- 1
  }

  // MARK: Inserting

  /// Inserts an item of a `.words` tree; false if it is there.
  @discardableResult
  package mutating func insert(_ order: UInt64, _ low: UInt64) -> Bool {
    insert(Target(item: Item(order: order, low: low), member: Bytes("")))
  }

  /// Inserts an item of a `.members` tree; false if one with that order and member is there.
  @discardableResult
  mutating func insert(_ order: UInt64, entry: Entry) -> Bool {
    let low = unsafe UInt64(UInt(bitPattern: entry.block))
    return insert(Target(item: Item(order: order, low: low), member: entry.key))
  }

  private mutating func insert(_ target: borrowing Target) -> Bool {
    guard let shared = unsafe root else {
      let leaf = unsafe Self.makeNode(level: 0)
      unsafe Self.items(leaf)[0] = target.item
      unsafe Self.setNodeCount(leaf, 1)
      unsafe root = leaf
      count = 1
      return true
    }
    let top = unsafe Self.unique(shared)
    unsafe root = top
    var sibling: UnsafeMutableRawPointer?
    guard unsafe Self.insert(into: top, target, ties, first: true, last: true, &sibling) else { return false }
    count &+= 1
    if let right = unsafe sibling {
      let node = unsafe Self.makeNode(level: top.load(fromByteOffset: 6, as: UInt16.self) &+ 1)
      unsafe Self.setNodeCount(node, 0)
      unsafe Self.insertChild(node, 0, top)
      unsafe Self.insertChild(node, 1, right)
      unsafe root = node
    }
    return true
  }

  /// Inserts below a node that is this tree's own. A node that was split leaves its right half in `sibling`.
  /// - Parameters first, last: whether the node is the first or last of its level.
  private static func insert(
    into node: UnsafeMutableRawPointer, _ target: borrowing Target, _ ties: Ties, first: Bool, last: Bool,
    _ sibling: inout UnsafeMutableRawPointer?
  ) -> Bool {
    if unsafe isLeaf(node) {
      let (index, found) = unsafe lowerBound(node, target, ties)
      if found { return false }
      if unsafe nodeCount(node) < capacity {
        unsafe insertItem(node, index, target.item)
        return true
      }
      let at = splitPoint(index, first: first, last: last)
      let right = unsafe split(node, at: at)
      if index < at || (index == at && at == 0) {
        unsafe insertItem(node, index, target.item)
      } else {
        unsafe insertItem(right, index &- at, target.item)
      }
      unsafe sibling = right
      return true
    }
    let index = unsafe childIndex(node, target, ties)
    let nodes = unsafe nodeCount(node)
    let child = unsafe unique(children(node)[index])
    unsafe children(node)[index] = child
    var newChild: UnsafeMutableRawPointer?
    guard
      unsafe insert(
        into: child, target, ties, first: first && index == 0, last: last && index &+ 1 == nodes, &newChild)
    else { return false }
    guard let newChild = unsafe newChild else {
      unsafe counts(node)[index] &+= 1
      return true
    }
    unsafe counts(node)[index] = size(child)
    if nodes < capacity {
      unsafe insertChild(node, index &+ 1, newChild)
      return true
    }
    let at = splitPoint(index &+ 1, first: first, last: last)
    let right = unsafe split(node, at: at)
    if index &+ 1 <= at, at < capacity {
      unsafe insertChild(node, index &+ 1, newChild)
    } else {
      unsafe insertChild(right, index &+ 1 &- at, newChild)
    }
    unsafe sibling = right
    return true
  }

  /// Where a full node is cut that gets something at `index`: at the edge of the tree so that the full part
  /// stays full.
  private static func splitPoint(_ index: Int, first: Bool, last: Bool) -> Int {
    if last, index == capacity { return capacity }
    if first, index <= 1 { return index }
    return capacity / 2
  }

  @inline(__always)
  private static func insertItem(_ node: UnsafeMutableRawPointer, _ index: Int, _ item: Item) {
    let count = unsafe nodeCount(node)
    let at = unsafe items(node) + index
    unsafe memmove(at + 1, at, (count &- index) &* 16)
    unsafe at.pointee = item
    unsafe setNodeCount(node, count &+ 1)
  }

  private static func insertChild(
    _ node: UnsafeMutableRawPointer, _ index: Int, _ child: UnsafeMutableRawPointer
  ) {
    let rest = unsafe nodeCount(node) &- index
    unsafe memmove(children(node) + index + 1, children(node) + index, rest &* 8)
    unsafe memmove(counts(node) + index + 1, counts(node) + index, rest &* 8)
    unsafe children(node)[index] = child
    unsafe counts(node)[index] = size(child)
    unsafe insertItem(node, index, least(child))
  }

  /// Moves what is at `index` and behind to a new node of the same level.
  private static func split(_ node: UnsafeMutableRawPointer, at index: Int) -> UnsafeMutableRawPointer {
    let right = unsafe makeNode(level: node.load(fromByteOffset: 6, as: UInt16.self))
    let moved = unsafe nodeCount(node) &- index
    unsafe memcpy(items(right), items(node) + index, moved &* 16)
    if unsafe !isLeaf(node) {
      unsafe memcpy(children(right), children(node) + index, moved &* 8)
      unsafe memcpy(counts(right), counts(node) + index, moved &* 8)
    }
    unsafe setNodeCount(right, moved)
    unsafe setNodeCount(node, index)
    return unsafe right
  }
}
