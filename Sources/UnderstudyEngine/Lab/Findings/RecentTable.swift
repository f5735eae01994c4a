// RecentTable: what the rules remember by key, as long as it is among the latest: when there is no room, the oldest goes, so
// that a rule never goes blind to what happens now.

struct RecentTable<Key: Hashable, Value> {
  private struct Entry {
    var value: Value
    let number: Int
  }

  let limit: Int
  private var entries: [Key: Entry] = [:]
  /// The keys in the order in which they came; those that were removed or came again meanwhile stand here in vain.
  private var order: [(key: Key, number: Int)] = []
  private var first = 0
  private var latest = 0

  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { entries.isEmpty }
  var count: Int { entries.count }

  /// Setting makes a key the latest one.
  subscript(key: Key) -> Value? {
    get { entries[key]?.value }
    set {
      guard let newValue else {
        entries[key] = nil
        return
      }
      latest += 1
      entries[key] = Entry(value: newValue, number: latest)
      order.append((key, latest))
      while entries.count > limit { dropOldest() }
      if order.count - first > 2 * limit || first > limit { compact() }
    }
  }

  /// Changes a value where it stands, if it is there.
  mutating func change(_ key: Key, _ body: (inout Value) -> Void) {
    if let index = entries.index(forKey: key) { body(&entries.values[index].value) }
  }

  mutating func remove(_ key: Key) -> Value? { entries.removeValue(forKey: key)?.value }

  mutating func removeAll(where isGone: (Key) -> Bool) {
    if isEmpty { return }
    entries = entries.filter { !isGone($0.key) }
    compact()
  }

  private mutating func dropOldest() {
    guard first < order.count else { return }
    let oldest = order[first]
    first += 1
    if entries[oldest.key]?.number == oldest.number { entries[oldest.key] = nil }
  }

  private mutating func compact() {
    order = order[first...].filter { entries[$0.key]?.number == $0.number }
    first = 0
  }
}
