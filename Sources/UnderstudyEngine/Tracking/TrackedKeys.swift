// Which clients have read which keys: the table behind client-side caching in its plain form.
//
// A key is known by its name alone, whatever its database, as on the real server. Keys lie in an array, found by their
// hash, so that a write of a key that nobody has read costs one look-up and no allocation, and so that one to forget can
// be drawn at random. A client that has gone stays in the table until its keys are changed.

/// A key and who has read it.
struct TrackedKey {
  let hash: UInt64
  let name: [UInt8]
  /// Identifiers of clients, ascending.
  var clients: [UInt64]
}

struct TrackedKeys {
  private var keys: [TrackedKey] = []
  private var positions: [UInt64: Int] = [:]
  /// Clients of all keys together.
  private(set) var itemCount = 0

  var count: Int { keys.count }
  var isEmpty: Bool { keys.isEmpty }

  /// Notes that a client has read a key.
  ///
  /// - Returns: another key of the same hash that had to go; hardly ever there is one.
  mutating func insert(_ name: Bytes, hash: UInt64, client: UInt64) -> TrackedKey? {
    guard let position = positions[hash] else {
      append(name, hash: hash, client: client)
      return nil
    }
    guard keys[position].name.withBytes({ $0 == name }) else {
      let replaced = remove(at: position)
      append(name, hash: hash, client: client)
      return replaced
    }
    let place = keys[position].clients.partition(client)
    if place < keys[position].clients.count && keys[position].clients[place] == client { return nil }
    keys[position].clients.insert(client, at: place)
    itemCount += 1
    return nil
  }

  /// Takes a key out of the table; nil if nobody has read it.
  mutating func remove(_ name: Bytes, hash: UInt64) -> TrackedKey? {
    guard let position = positions[hash], keys[position].name.withBytes({ $0 == name }) else { return nil }
    return remove(at: position)
  }

  /// Takes out the key that a random number falls on.
  mutating func removeAny(_ random: UInt64) -> TrackedKey? {
    keys.isEmpty ? nil : remove(at: Int(random % UInt64(keys.count)))
  }

  /// What is wrong, or nil. For tests.
  func checkInvariants() -> String? {
    if positions.count != keys.count { return "\(keys.count) keys at \(positions.count) positions" }
    var items = 0
    for (index, key) in keys.enumerated() {
      if positions[key.hash] != index { return "a key that is not where its hash leads" }
      if key.clients.isEmpty { return "a key that nobody has read" }
      if zip(key.clients, key.clients.dropFirst()).contains(where: { $0 >= $1 }) { return "clients out of order" }
      items += key.clients.count
    }
    return items == itemCount ? nil : "\(items) items instead of \(itemCount)"
  }

  private mutating func append(_ name: Bytes, hash: UInt64, client: UInt64) {
    positions[hash] = keys.count
    keys.append(TrackedKey(hash: hash, name: name.copied(), clients: [client]))
    itemCount += 1
  }

  private mutating func remove(at position: Int) -> TrackedKey {
    keys.swapAt(position, keys.count - 1)
    let removed = keys.removeLast()
    positions[removed.hash] = nil
    if position < keys.count { positions[keys[position].hash] = position }
    itemCount -= removed.clients.count
    return removed
  }
}

extension [UInt64] {
  /// Where a number stands or would stand in an ascending list.
  fileprivate func partition(_ number: UInt64) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
