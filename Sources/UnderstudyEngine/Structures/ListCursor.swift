// ListCursor: a walk over a list in either direction. It borrows: any change of the list ends its usefulness.

/// A place in a list, and the way on from there.
package struct ListCursor {
  private let list: ListValue
  private let forward: Bool
  private var pack: Listpack
  private var node: Int
  /// The position of the next element (forward), or the position behind it (backward).
  private var position: Int

  fileprivate init?(_ list: ListValue, at index: Int, forward: Bool) {
    guard let index = list.normalized(index) else { return nil }
    let (node, inner) = list.locate(index)
    self.list = list
    self.forward = forward
    self.node = node
    pack = list.listpack(node)
    guard let position = pack.position(at: inner) else { return nil }
    self.position = forward ? position : pack.position(after: position)
  }

  /// The next element, or nil at the end of the list.
  package mutating func next() -> PackedElement? {
    if forward {
      if position >= pack.endPosition {
        guard node &+ 1 < list.nodeCount else { return nil }
        node &+= 1
        pack = list.listpack(node)
        position = Listpack.startPosition
      }
      let element = pack.element(at: position)
      position = pack.position(after: position)
      return element
    }
    if position <= Listpack.startPosition {
      guard node > 0 else { return nil }
      node &-= 1
      pack = list.listpack(node)
      position = pack.endPosition
    }
    position = pack.position(before: position)
    return pack.element(at: position)
  }
}

extension ListValue {
  /// A walk that starts with the element at `index` (negative: from the end); nil if there is none.
  package func cursor(at index: Int, forward: Bool = true) -> ListCursor? {
    ListCursor(self, at: index, forward: forward)
  }

  /// Lends `length` elements, the one at `index` first, to `body`, walking forward or backward.
  package func forEach(
    from index: Int, count length: Int, forward: Bool = true, _ body: (PackedElement) -> Void
  ) {
    guard length > 0, var cursor = cursor(at: index, forward: forward) else { return }
    var rest = length
    while rest > 0, let element = cursor.next() {
      body(element)
      rest &-= 1
    }
  }
}
