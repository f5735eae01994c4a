// ExpiryIndex: the keys with a deadline, in the order of time.

struct ExpiryIndex {
  struct Item: Hashable {
    let deadline: Int64
    let hash: UInt64
  }
  private var items: [Item] = []

  var count: Int { items.count }
  /// The item that is due first.
  var first: Item? { items.first }

  mutating func insert(deadline: Int64, hash: UInt64) {
    let item = Item(deadline: deadline, hash: hash)
    items.insert(item, at: position(item))
  }

  mutating func remove(deadline: Int64, hash: UInt64) {
    let item = Item(deadline: deadline, hash: hash)
    let index = position(item)
    if index < items.count && items[index] == item { items.remove(at: index) }
  }

  mutating func removeAll() { items.removeAll() }

  private func position(_ item: Item) -> Int {
    var low = 0
    var high = items.count
    while low < high {
      let middle = (low + high) / 2
      if (items[middle].deadline, items[middle].hash) < (item.deadline, item.hash) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
