// ListValue: the list type, a double-ended queue of listpacks.
//
//   header: refs, flags, element count, ─┐
//                                        ▼
//   directory:  [ free | (listpack, count) (listpack, count) … | free ]     16 bytes a node
//
// Elements live in listpacks of at most `list-max-listpack-size` (-2: 8 KB); a longer element has a listpack
// of its own. Both ends of the directory keep room, so pushing and popping touch the header, one node and
// nothing else. A list with one node, which most are, has no directory: the node's slot is in the header.
//
// Finding an index adds up the counts in the directory (16 bytes a node, in order, from the nearer end) and
// then walks one listpack. Inserting a node in the middle moves the directory behind it: 16 bytes for 8 KB of
// list.
//
// Ownership: a `ListValue` is a handle, counted by hand. `clone` copies the directory and shares the
// listpacks; a later change copies the one listpack it touches. Every changing call wants `isUnique` (the
// keyspace clones before).
//
// The elements handed out are borrowed and live until the list is changed next; strings handed in must not
// come from the list itself (`rotate` exists for that).
//
// This file says `unsafe`. What keeps it safe: slots are addressed through `slot(_:)` with node indices below
// `nodeCount`, and positions come from the node's own listpack.
//
// In this file: life, ends, index. ListValue+Edit.swift: insert, remove, trim. ListCursor.swift: walking.

internal import CUnderstudyPlatform

/// A list: a handle on a double-ended queue of listpacks.
@safe
package struct ListValue {
  /// The header, which stays where it is for the list's life: an entry's container pointer.
  package let pointer: UnsafeMutableRawPointer

  /// An end of a list.
  package enum End: Sendable { case head, tail }

  private static let headerSize = 56

  // MARK: Life

  /// An empty list whose nodes obey `limit` as `list-max-listpack-size` does: a positive number of elements,
  /// or -1 to -5 for 4 to 64 KB.
  package init(limit: Int = -2) {
    unsafe pointer = understudy_allocate(Self.headerSize)
    unsafe pointer.initializeMemory(as: UInt8.self, repeating: 0, count: Self.headerSize)
    unsafe pointer.storeBytes(of: 1, as: UInt32.self)
    unsafe slots = pointer + 40
    slotCapacity = 1
    unsafe pointer.storeBytes(of: Int32(clamping: max(limit, -5)), toByteOffset: 36, as: Int32.self)
  }

  /// A handle on a list that another handle made.
  @inline(__always)
  package init(pointer: UnsafeMutableRawPointer) { unsafe self.pointer = pointer }

  /// Adds an owner.
  package func retain() {
    let count = unsafe pointer.load(as: UInt32.self)
    unsafe pointer.storeBytes(of: count &+ 1, as: UInt32.self)
  }

  /// Whether this is the only owner.
  @inline(__always)
  package var isUnique: Bool { unsafe pointer.load(as: UInt32.self) == 1 }

  /// Gives up an owner; the last one frees the list.
  package func release() {
    let count = unsafe pointer.load(as: UInt32.self)
    if count > 1 {
      unsafe pointer.storeBytes(of: count &- 1, as: UInt32.self)
      return
    }
    for node in 0..<nodeCount { listpack(node).release() }
    freeSlots()
    unsafe understudy_free(pointer, Self.headerSize)
  }

  /// Frees a part of a list that nobody needs any more: about `budget` nodes. From the first call on the list
  /// may only be asked this again. Answers whether all is freed, the list included.
  func releaseSome(budget: Int) -> Bool {
    let nodes = nodeCount
    if !isUnique || nodes <= budget {
      release()
      return true
    }
    removeNodes(nodes &- budget..<nodes)
    return false
  }

  /// A list of its own that shares the listpacks until either side changes them. Costs one increment a node.
  package func clone() -> ListValue {
    let copy = ListValue(limit: limit)
    copy.count = count
    copy.flags = flags
    if nodeCount > 1 { copy.grow(front: 0, back: nodeCount) }
    for node in 0..<nodeCount {
      listpack(node).retain()
      unsafe copy.slotPointer(node).copyMemory(from: slotPointer(node), byteCount: 16)
    }
    copy.nodeCount = nodeCount
    return copy
  }

  // MARK: Header

  /// The number of elements.
  @inline(__always)
  package internal(set) var count: Int {
    get { unsafe pointer.load(fromByteOffset: 8, as: Int.self) }
    nonmutating set { unsafe pointer.storeBytes(of: newValue, toByteOffset: 8, as: Int.self) }
  }

  /// The number of nodes.
  @inline(__always)
  package internal(set) var nodeCount: Int {
    get { Int(unsafe pointer.load(fromByteOffset: 28, as: UInt32.self)) }
    nonmutating set {
      unsafe pointer.storeBytes(of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 28, as: UInt32.self)
    }
  }

  private var flags: UInt32 {
    get { unsafe pointer.load(fromByteOffset: 4, as: UInt32.self) }
    nonmutating set { unsafe pointer.storeBytes(of: newValue, toByteOffset: 4, as: UInt32.self) }
  }

  private var slots: UnsafeMutableRawPointer {
    get { unsafe pointer.load(fromByteOffset: 16, as: UnsafeMutableRawPointer.self) }
    nonmutating set {
      unsafe pointer.storeBytes(of: newValue, toByteOffset: 16, as: UnsafeMutableRawPointer.self)
    }
  }

  /// Frees the directory, if there is one.
  private func freeSlots() {
    if unsafe slots != pointer + 40 { unsafe understudy_free(slots, slotCapacity &* 16) }
  }

  private var firstSlot: Int {
    get { Int(unsafe pointer.load(fromByteOffset: 24, as: UInt32.self)) }
    nonmutating set {
      unsafe pointer.storeBytes(of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 24, as: UInt32.self)
    }
  }

  private var slotCapacity: Int {
    get { Int(unsafe pointer.load(fromByteOffset: 32, as: UInt32.self)) }
    nonmutating set {
      unsafe pointer.storeBytes(of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 32, as: UInt32.self)
    }
  }

  /// The limit of a node, as `list-max-listpack-size` has it.
  package var limit: Int { Int(unsafe pointer.load(fromByteOffset: 36, as: Int32.self)) }

  // MARK: Nodes

  @inline(__always)
  private func slotPointer(_ node: Int) -> UnsafeMutableRawPointer {
    assert(node >= 0 && firstSlot &+ node < slotCapacity)
    return unsafe slots + (firstSlot &+ node) &* 16
  }

  /// The listpack of a node.
  @inline(__always)
  internal func listpack(_ node: Int) -> Listpack {
    unsafe Listpack(block: slotPointer(node).load(as: UnsafeMutableRawPointer.self))
  }

  /// The number of elements of a node.
  @inline(__always)
  internal func elementCount(_ node: Int) -> Int {
    Int(unsafe slotPointer(node).load(fromByteOffset: 8, as: UInt32.self))
  }

  /// Stores a node's listpack, which a change may have moved, and its count.
  @inline(__always)
  internal func setNode(_ node: Int, _ pack: Listpack, count: Int) {
    let slot = unsafe slotPointer(node)
    unsafe slot.storeBytes(of: pack.block, as: UnsafeMutableRawPointer.self)
    unsafe slot.storeBytes(of: UInt32(truncatingIfNeeded: count), toByteOffset: 8, as: UInt32.self)
  }

  /// Makes a slot before the node at `node` (or behind the last) and puts `pack` there.
  @inline(never)
  internal func insertNode(_ pack: Listpack, count: Int, at node: Int) {
    let nodes = nodeCount
    if nodes > 0 { isQuicklist = true }
    if node == 0, nodes > 0 {
      if firstSlot == 0 { grow(front: nodes / 2 &+ 3, back: 0) }
      firstSlot &-= 1
    } else {
      if firstSlot &+ nodes == slotCapacity { grow(front: 0, back: nodes / 2 &+ 3) }
      if node < nodes {
        let at = unsafe slotPointer(node)
        unsafe memmove(at + 16, at, (nodes &- node) &* 16)
      }
    }
    nodeCount = nodes &+ 1
    setNode(node, pack, count: count)
  }

  /// Frees the listpacks of some nodes and takes them out of the directory. Does not touch `count`.
  internal func removeNodes(_ range: Range<Int>) {
    let nodes = nodeCount
    for node in range { listpack(node).release() }
    if range.lowerBound == 0 {
      firstSlot &+= range.count
    } else if range.upperBound < nodes {
      let at = unsafe slotPointer(range.lowerBound)
      unsafe memmove(at, at + range.count &* 16, (nodes &- range.upperBound) &* 16)
    }
    nodeCount = nodes &- range.count
    if nodeCount == 0 { firstSlot = 0 }
  }

  /// Gives the directory more room at its ends; room that is free at the other end is used up first.
  private func grow(front: Int, back: Int) {
    let nodes = nodeCount
    let first = firstSlot
    let free = slotCapacity &- nodes
    // Sliding is worth it only if it makes room for many more pushes.
    if free > nodes / 2 &+ 4 {
      let target = front > 0 ? free &- free / 4 : free / 4
      if target != first {
        unsafe memmove(slots + target &* 16, slots + first &* 16, nodes &* 16)
        firstSlot = target
        return
      }
    }
    let capacity = front &+ slotCapacity &+ back
    let moved = unsafe understudy_allocate(capacity &* 16)
    unsafe memcpy(moved + (first &+ front) &* 16, slots + first &* 16, nodes &* 16)
    freeSlots()
    unsafe slots = moved
    slotCapacity = capacity
    firstSlot = first &+ front
  }

  /// Whether a node of so many bytes and elements takes another element of `length` bytes.
  @inline(__always)
  internal func hasRoom(bytes: Int, count: Int, for length: Int) -> Bool {
    let grown = bytes &+ length &+ 8
    let limit = limit
    return limit < 0 ? grown <= 2048 << (0 &- limit) : grown <= 8192 && count < limit
  }

  // MARK: Encoding name

  /// Whether the list has outgrown a single listpack. 7.0 calls every list "quicklist"; 7.2 calls one that
  /// has not "listpack".
  package internal(set) var isQuicklist: Bool {
    get { flags & 1 != 0 }
    nonmutating set { flags = newValue ? flags | 1 : flags & ~1 }
  }

  /// Tells the list that so many elements of so many bytes in all are about to be pushed by one command: 7.2
  /// decides on the form once, before it pushes. Only the encoding name depends on it.
  package func willGrow(elements: Int, bytes: Int) {
    if isQuicklist || nodeCount > 1 { return }
    let limit = limit
    let total = bytes &+ (nodeCount == 0 ? Listpack.emptyByteCount : listpack(0).byteCount)
    let exceeds = limit < 0 ? total > 2048 << (0 &- limit) : total > 8192 || count &+ elements > max(limit, 1)
    if exceeds { isQuicklist = true }
  }

  /// Tells the list that a command took elements away: one node that fills at most half the limit is a
  /// listpack again.
  package func didShrink() {
    guard isQuicklist, nodeCount == 1 else { return }
    let limit = limit
    let fits = limit < 0 ? listpack(0).byteCount <= 1024 << (0 &- limit) : count <= max(limit, 1) / 2
    if fits { isQuicklist = false }
  }

  // MARK: Ends

  /// Adds a string at an end.
  @inline(__always)
  package func push(_ bytes: Bytes, at end: End) {
    if end == .tail { pushTail(bytes) } else { pushHead(bytes) }
  }

  /// Adds an element (of another list) at an end.
  package func push(_ element: PackedElement, at end: End) { element.withBytes { push($0, at: end) } }

  /// Adds a string behind the last element.
  package func pushTail(_ bytes: Bytes) {
    assert(isUnique)
    let node = nodeCount &- 1
    count &+= 1
    if node >= 0 {
      var pack = listpack(node)
      let inNode = elementCount(node)
      if hasRoom(bytes: pack.byteCount, count: inNode, for: bytes.count) {
        pack.append(bytes)
        setNode(node, pack, count: inNode &+ 1)
        return
      }
    }
    addNode(with: bytes, at: node &+ 1, closing: node)
  }

  /// Adds a string before the first element.
  package func pushHead(_ bytes: Bytes) {
    assert(isUnique)
    count &+= 1
    if nodeCount > 0 {
      var pack = listpack(0)
      let inNode = elementCount(0)
      if hasRoom(bytes: pack.byteCount, count: inNode, for: bytes.count) {
        pack.prepend(bytes)
        setNode(0, pack, count: inNode &+ 1)
        return
      }
    }
    addNode(with: bytes, at: 0, closing: nodeCount > 0 ? 0 : -1)
  }

  /// Starts a node; the one that was being filled gives back the room it will not need.
  @inline(never)
  internal func addNode(with bytes: Bytes, at node: Int, closing full: Int) {
    if full >= 0 {
      var pack = listpack(full)
      pack.trim()
      setNode(full, pack, count: elementCount(full))
    }
    let limit = limit
    if Listpack.emptyByteCount &+ bytes.count > (limit < 0 ? 2048 << (0 &- limit) : 8192) {
      isQuicklist = true
    }
    var pack = Listpack(capacity: Listpack.emptyByteCount &+ bytes.count &+ Listpack.elementOverhead / 2)
    pack.append(bytes)
    insertNode(pack, count: 1, at: node)
  }

  /// Lends the element at an end to `body` and removes it; nil if the list is empty. `body` must not touch
  /// this list.
  @discardableResult
  package func pop<R>(_ end: End, _ body: (PackedElement) -> R) -> R? {
    assert(isUnique)
    let nodes = nodeCount
    if nodes == 0 { return nil }
    let node = end == .head ? 0 : nodes &- 1
    var pack = listpack(node)
    let position =
      end == .head ? Listpack.startPosition : pack.position(before: pack.endPosition)
    let result = body(pack.element(at: position))
    let inNode = elementCount(node)
    count &-= 1
    if inNode == 1 {
      removeNodes(node..<node &+ 1)
    } else {
      pack.remove(at: position)
      setNode(node, pack, count: inNode &- 1)
    }
    return result
  }

  /// Moves the element at `end` to the other end (or, if `toSameEnd`, leaves the list as it is) and lends it
  /// to `body`.
  package func rotate<R>(from end: End, _ body: (PackedElement) -> R) -> R? {
    guard let element = self[end == .head ? 0 : -1] else { return nil }
    let result = body(element)
    if count == 1 { return result }
    switch element {
    case .integer(let value):
      pop(end) { _ in }
      NumberText.withInt64(value) { push($0, at: end == .head ? .tail : .head) }
    case .bytes(let bytes):
      // The element must be out of the listpack while the listpack changes.
      let size = bytes.count
      let copy = unsafe understudy_allocate(max(size, 1))
      unsafe copy.copyMemory(from: bytes.pointer, byteCount: bytes.count)
      pop(end) { _ in }
      push(unsafe Bytes(copy, count: bytes.count), at: end == .head ? .tail : .head)
      unsafe understudy_free(copy, max(size, 1))
    }
    return result
  }

  // MARK: Index

  /// The node that holds the element at `index` (0..<count), and the element's index in it.
  internal func locate(_ index: Int) -> (node: Int, index: Int) {
    if index < count / 2 {
      var rest = index
      var node = 0
      while true {
        let inNode = elementCount(node)
        if rest < inNode { return (node, rest) }
        rest &-= inNode
        node &+= 1
      }
    }
    var rest = count &- index  // 1 for the last element
    var node = nodeCount &- 1
    while true {
      let inNode = elementCount(node)
      if rest <= inNode { return (node, inNode &- rest) }
      rest &-= inNode
      node &-= 1
    }
  }

  /// `index`, counted from the end if negative, as an index from the head; nil if there is no such element.
  @inline(__always)
  internal func normalized(_ index: Int) -> Int? {
    let count = count
    if index >= 0 { return index < count ? index : nil }
    return index >= 0 &- count ? index &+ count : nil
  }

  /// The element at `index`; a negative one counts from the last element (-1).
  package subscript(index: Int) -> PackedElement? {
    guard let index = normalized(index) else { return nil }
    let (node, inner) = locate(index)
    let pack = listpack(node)
    guard let position = pack.position(at: inner) else { return nil }
    return pack.element(at: position)
  }

  /// What the list costs in memory beside its entry.
  package var memoryBytes: Int {
    var total = Self.headerSize &+ 8
    if unsafe slots != pointer + 40 { total &+= slotCapacity &* 16 &+ 16 }
    for node in 0..<nodeCount { total &+= listpack(node).memoryBytes }
    return total
  }
}
