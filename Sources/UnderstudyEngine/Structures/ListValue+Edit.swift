// ListValue, continued: changes away from the ends. `locate` finds the node, the listpack does the rest; a
// node that is full is split at the place of insertion, and what fits is joined with its neighbours again.

extension ListValue {
  /// Adds a node behind the others: a listpack of `count` elements that came from outside (RESTORE), which the list takes
  /// over.
  package func append(node pack: Listpack, count elements: Int) {
    assert(isUnique)
    count &+= elements
    insertNode(pack, count: elements, at: nodeCount)
    let limit = limit
    let bytes = pack.byteCount
    if limit < 0 ? bytes > 2048 << (0 &- limit) : bytes > 8192 || elements > max(limit, 1) { isQuicklist = true }
  }

  /// Puts `bytes` in the place of the element at `index` (negative: from the end); false if there is none.
  package func set(_ index: Int, to bytes: Bytes) -> Bool {
    assert(isUnique)
    guard let index = normalized(index) else { return false }
    let (node, inner) = locate(index)
    var pack = listpack(node)
    guard let position = pack.position(at: inner) else { return false }
    let inNode = elementCount(node)
    let old = pack.position(after: position) &- position
    if inNode == 1 || hasRoom(bytes: pack.byteCount &- old, count: inNode &- 1, for: bytes.count) {
      pack.replace(at: position, with: bytes)
      setNode(node, pack, count: inNode)
      return true
    }
    // The node would grow beyond its limit: take the old element out and insert the new one as any other.
    pack.remove(at: position)
    setNode(node, pack, count: inNode &- 1)
    count &-= 1
    insert(bytes, node: node, position: position)
    return true
  }

  /// Inserts `bytes` before or behind the first element that is `pivot`; false if there is none.
  package func insert(_ bytes: Bytes, before: Bool, pivot: Bytes) -> Bool {
    assert(isUnique)
    for node in 0..<nodeCount {
      let pack = listpack(node)
      guard let found = pack.find(pivot) else { continue }
      insert(bytes, node: node, position: before ? found : pack.position(after: found))
      return true
    }
    return false
  }

  /// Inserts before `position` of a node, which may be its end.
  private func insert(_ bytes: Bytes, node: Int, position: Int) {
    var pack = listpack(node)
    let inNode = elementCount(node)
    count &+= 1
    if hasRoom(bytes: pack.byteCount, count: inNode, for: bytes.count) {
      pack.insert(bytes, at: position)
      setNode(node, pack, count: inNode &+ 1)
      return
    }
    let atStart = position == Listpack.startPosition
    let atEnd = position == pack.endPosition
    if atStart, node > 0, appends(bytes, to: node &- 1) { return }
    if atEnd, node &+ 1 < nodeCount, prepends(bytes, to: node &+ 1) { return }
    if atStart || atEnd { return addNode(with: bytes, at: atStart ? node : node &+ 1, closing: -1) }
    let tail = pack.split(at: position)
    let tailCount = tail.count
    pack.trim()
    setNode(node, pack, count: inNode &- tailCount)
    insertNode(tail, count: tailCount, at: node &+ 1)
    if !appends(bytes, to: node), !prepends(bytes, to: node &+ 1) {
      addNode(with: bytes, at: node &+ 1, closing: -1)
      joinWithNext(node &+ 2)
    } else {
      joinWithNext(node &+ 1)
    }
    if node > 0 { joinWithNext(node &- 1) }
  }

  private func appends(_ bytes: Bytes, to node: Int) -> Bool {
    var pack = listpack(node)
    let inNode = elementCount(node)
    guard hasRoom(bytes: pack.byteCount, count: inNode, for: bytes.count) else { return false }
    pack.append(bytes)
    setNode(node, pack, count: inNode &+ 1)
    return true
  }

  private func prepends(_ bytes: Bytes, to node: Int) -> Bool {
    var pack = listpack(node)
    let inNode = elementCount(node)
    guard hasRoom(bytes: pack.byteCount, count: inNode, for: bytes.count) else { return false }
    pack.prepend(bytes)
    setNode(node, pack, count: inNode &+ 1)
    return true
  }

  /// Makes one node of this one and the next if the limit allows.
  private func joinWithNext(_ node: Int) {
    guard node &+ 1 < nodeCount else { return }
    var pack = listpack(node)
    let next = listpack(node &+ 1)
    let total = elementCount(node) &+ elementCount(node &+ 1)
    // One element's worth less than the sum: `hasRoom` adds its own estimate of a head.
    guard hasRoom(bytes: pack.byteCount, count: total &- 1, for: next.byteCount &- 15) else { return }
    pack.append(contentsOf: next)
    setNode(node, pack, count: total)
    removeNodes(node &+ 1..<node &+ 2)
  }

  /// Removes elements that are `bytes`: at most `limit` from the head on, or `-limit` from the tail on, or
  /// all if it is zero. Answers how many were removed.
  package func remove(_ bytes: Bytes, limit: Int) -> Int {
    assert(isUnique)
    let most = limit == 0 ? Int.max : limit == .min ? .max : abs(limit)
    var removed = 0
    var node = limit < 0 ? nodeCount &- 1 : 0
    while node >= 0, node < nodeCount, removed < most {
      var pack = listpack(node)
      var inNode = elementCount(node)
      let before = inNode
      if limit < 0 {
        var position = pack.endPosition
        while position > Listpack.startPosition, removed < most {
          position = pack.position(before: position)
          if pack.equals(at: position, bytes) {
            pack.remove(at: position)
            inNode &-= 1
            removed &+= 1
          }
        }
      } else {
        var position = pack.find(bytes)
        while let found = position, removed < most {
          pack.remove(at: found)
          inNode &-= 1
          removed &+= 1
          position = removed < most ? pack.find(bytes, from: found) : nil
        }
      }
      setNode(node, pack, count: inNode)
      count &-= before &- inNode
      if inNode == 0 {
        removeNodes(node..<node &+ 1)
        if limit < 0 { node &-= 1 }
      } else {
        node &+= limit < 0 ? -1 : 1
      }
    }
    return removed
  }

  /// Removes `length` elements from `index` (0...count) on, or fewer if the list ends before.
  package func remove(at index: Int, count length: Int) {
    assert(isUnique)
    guard index >= 0, index < count, length > 0 else { return }
    var rest = min(length, count &- index)
    if rest == count {
      removeNodes(0..<nodeCount)
      count = 0
      return
    }
    var (node, inner) = locate(index)
    count &-= rest
    if inner > 0 {
      let inNode = elementCount(node)
      let take = min(rest, inNode &- inner)
      removeInside(node, from: inner, count: take)
      rest &-= take
      node &+= 1
      inner = 0
    }
    var whole = node
    while rest > 0, whole < nodeCount, elementCount(whole) <= rest {
      rest &-= elementCount(whole)
      whole &+= 1
    }
    if whole > node { removeNodes(node..<whole) }
    if rest > 0, node < nodeCount { removeInside(node, from: 0, count: rest) }
  }

  private func removeInside(_ node: Int, from inner: Int, count length: Int) {
    var pack = listpack(node)
    guard let position = pack.position(at: inner) else { return }
    pack.remove(at: position, count: length)
    setNode(node, pack, count: elementCount(node) &- length)
  }

  /// Keeps the elements of `range` (within 0..<count) and removes all others.
  package func trim(keeping range: Range<Int>) {
    remove(at: range.upperBound, count: count &- range.upperBound)
    remove(at: 0, count: range.lowerBound)
  }
}
