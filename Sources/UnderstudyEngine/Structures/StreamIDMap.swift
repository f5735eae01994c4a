// StreamIDMap: values by stream ID, in the order of the IDs; what consumer groups keep of entries that nobody has
// acknowledged.
//
//   chunks:  [ item item … ] [ item … ] …      up to 128 items a chunk, none empty
//
// IDs mostly arrive in ascending order and leave anywhere. A chunk that overflows at the end of the map is left full,
// elsewhere it is halved; a chunk that has lost most of its items is joined with the next one.
//
// A value type: copies share everything, and a change copies the one chunk it touches, and the row of chunks.

/// Values by stream ID, ordered.
struct StreamIDMap<Value> {
  struct Item {
    let id: StreamID
    var value: Value
  }

  /// Where an item is; good until the map changes.
  struct Position {
    fileprivate var chunk: Int
    fileprivate var index: Int
  }

  private static var capacity: Int { 128 }
  private static var joinLimit: Int { 64 }

  private var chunks: [[Item]] = []
  /// The number of items.
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// How many blocks of memory it takes.
  var chunkCount: Int { chunks.count }

  /// What it costs in memory; an estimate.
  var memoryBytes: Int {
    chunks.reduce(chunks.capacity * 8) { $0 + 40 + $1.capacity * MemoryLayout<Item>.stride }
  }

  // MARK: Reading

  var first: Item? { chunks.first?.first }
  var last: Item? { chunks.last?.last }

  func find(_ id: StreamID) -> Position? {
    let position = lowerBound(id)
    guard position.chunk < chunks.count, chunks[position.chunk][position.index].id == id else { return nil }
    return position
  }

  subscript(position: Position) -> Value {
    get { chunks[position.chunk][position.index].value }
    set { chunks[position.chunk][position.index].value = newValue }
  }

  subscript(id: StreamID) -> Value? { find(id).map { self[$0] } }

  /// The first item whose ID is not below `id`.
  func first(from id: StreamID) -> Item? {
    let position = lowerBound(id)
    return position.chunk < chunks.count ? chunks[position.chunk][position.index] : nil
  }

  /// Lends the items whose IDs are not below `id` to `body`, in order, until it says no.
  func forEach(from id: StreamID = .zero, while body: (Item) -> Bool) {
    var position = lowerBound(id)
    while position.chunk < chunks.count {
      for index in position.index..<chunks[position.chunk].count where !body(chunks[position.chunk][index]) {
        return
      }
      position = Position(chunk: position.chunk + 1, index: 0)
    }
  }

  /// Where the first item is whose ID is not below `id`: in a chunk, or behind the last one.
  private func lowerBound(_ id: StreamID) -> Position {
    var low = 0
    var high = chunks.count
    // The first chunk whose last ID is not below.
    while low < high {
      let middle = (low + high) / 2
      if let last = chunks[middle].last, last.id < id { low = middle + 1 } else { high = middle }
    }
    let chunk = low
    guard chunk < chunks.count else { return Position(chunk: chunk, index: 0) }
    low = 0
    high = chunks[chunk].count
    while low < high {
      let middle = (low + high) / 2
      if chunks[chunk][middle].id < id { low = middle + 1 } else { high = middle }
    }
    return Position(chunk: chunk, index: low)
  }

  // MARK: Changing

  /// Stores a value; answers the one that it replaces.
  @discardableResult
  mutating func set(_ id: StreamID, _ value: Value) -> Value? {
    let position = lowerBound(id)
    if position.chunk == chunks.count {
      append(Item(id: id, value: value))
      return nil
    }
    if chunks[position.chunk][position.index].id == id {
      let old = self[position]
      self[position] = value
      return old
    }
    count += 1
    chunks[position.chunk].insert(Item(id: id, value: value), at: position.index)
    if chunks[position.chunk].count > Self.capacity {
      let half = Self.capacity / 2
      let upper = Array(chunks[position.chunk][half...])
      chunks[position.chunk].removeSubrange(half...)
      chunks.insert(upper, at: position.chunk + 1)
    }
    return nil
  }

  private mutating func append(_ item: Item) {
    count += 1
    let last = chunks.count - 1
    if last >= 0 && chunks[last].count < Self.capacity {
      chunks[last].append(item)
    } else {
      chunks.append([item])
    }
  }

  /// Removes an item and answers its value.
  @discardableResult
  mutating func remove(_ id: StreamID) -> Value? {
    guard let position = find(id) else { return nil }
    let chunk = position.chunk
    let value = chunks[chunk].remove(at: position.index).value
    count -= 1
    if chunks[chunk].isEmpty {
      chunks.remove(at: chunk)
    } else if chunk + 1 < chunks.count, chunks[chunk].count + chunks[chunk + 1].count <= Self.joinLimit {
      chunks[chunk] += chunks[chunk + 1]
      chunks.remove(at: chunk + 1)
    }
    return value
  }

  /// Frees up to so many chunks of a map that nobody reads any more; answers how many.
  mutating func removeChunks(_ most: Int) -> Int {
    let number = min(most, chunks.count)
    for chunk in chunks.suffix(number) { count -= chunk.count }
    chunks.removeLast(number)
    return number
  }

  /// What is wrong, or nil. For tests.
  func checkInvariants() -> String? {
    var previous: StreamID?
    var seen = 0
    for chunk in chunks {
      if chunk.isEmpty || chunk.count > Self.capacity { return "a chunk of \(chunk.count)" }
      for item in chunk {
        if let previous, item.id <= previous { return "out of order" }
        previous = item.id
        seen += 1
      }
    }
    return seen == count ? nil : "\(seen) items instead of \(count)"
  }
}
