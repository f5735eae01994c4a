// Which clients want to hear of all keys that begin so: the table behind client-side caching in its broadcasting form.
//
// What was changed is collected, and told when the requests at hand have run: one message for each prefix.

/// A prefix, and what there is to tell of it.
struct TrackedPrefix {
  let prefix: [UInt8]
  /// Identifiers of clients, in the order in which they came.
  var clients: [UInt64] = []
  /// Keys that were changed since the last message, and by whom last: nil if by no client.
  var changed: [[UInt8]: UInt64?] = [:]
}

struct TrackedPrefixes {
  /// In the order of their bytes.
  private(set) var all: [TrackedPrefix] = []
  /// Whether there is something to tell.
  private(set) var hasChanges = false

  var isEmpty: Bool { all.isEmpty }
  var count: Int { all.count }

  mutating func add(_ client: UInt64, _ prefix: [UInt8]) {
    if let index = all.firstIndex(where: { $0.prefix == prefix }) {
      if !all[index].clients.contains(client) { all[index].clients.append(client) }
      return
    }
    let place = all.firstIndex { prefix.lexicographicallyPrecedes($0.prefix) } ?? all.count
    all.insert(TrackedPrefix(prefix: prefix, clients: [client]), at: place)
  }

  mutating func remove(_ client: UInt64, _ prefix: [UInt8]) {
    guard let index = all.firstIndex(where: { $0.prefix == prefix }) else { return }
    all[index].clients.removeAll { $0 == client }
    if all[index].clients.isEmpty { all.remove(at: index) }
  }

  /// A key was changed.
  mutating func note(_ key: Bytes, by client: UInt64?) {
    for index in all.indices {
      let isWithin = all[index].prefix.withBytes { prefix in
        prefix.count <= key.count && key.slice(0..<prefix.count) == prefix
      }
      guard isWithin else { continue }
      all[index].changed[key.copied()] = .some(client)
      hasChanges = true
    }
  }

  /// What there is to tell, which then counts as told.
  mutating func takeChanges() -> [TrackedPrefix] {
    let told = all.filter { !$0.changed.isEmpty }
    for index in all.indices { all[index].changed = [:] }
    hasChanges = false
    return told
  }
}
