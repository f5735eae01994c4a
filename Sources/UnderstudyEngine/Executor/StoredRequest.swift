// StoredRequest: requests that outlive their bytes: queued by MULTI, or waiting in a blocking command.
//
// This file may say `unsafe`. What keeps it safe: bytes and spans are only appended while requests are stored, and only
// read, through offsets, while they run.

internal import CUnderstudyPlatform

/// A row of requests in one growing block: what MULTI queues. One allocation serves many commands.
@safe
struct RequestQueue: ~Copyable {
  @safe
  struct Item {
    /// Nil for a request that is looked up when it runs.
    var entry: DispatchPointer?
    var firstSpan: Int
    var count: Int
  }
  private var bytes: UnsafeMutablePointer<UInt8>
  private var byteCount = 0
  private var capacity: Int
  private var spans = SpanArena(capacity: 16)
  private(set) var items: [Item] = []

  init() {
    capacity = 256
    unsafe bytes = understudy_allocate(capacity).assumingMemoryBound(to: UInt8.self)
  }

  deinit {
    unsafe understudy_free(bytes, capacity)
    understudy_count(-itemBytes)
  }

  private var itemBytes: Int64 { Int64(items.count * MemoryLayout<Item>.stride) }

  var count: Int { items.count }

  /// Forgets the requests. A block that one huge request has blown up is given back.
  mutating func removeAll() {
    byteCount = 0
    spans.truncate(to: 0)
    understudy_count(-itemBytes)
    items.removeAll(keepingCapacity: items.count <= 64)
    guard capacity > 65_536 else { return }
    unsafe bytes = understudy_reallocate(bytes, capacity, 256).assumingMemoryBound(to: UInt8.self)
    capacity = 256
  }

  /// The bytes held, for memory accounts.
  var allocatedBytes: Int { capacity + spans.count * MemoryLayout<ArgumentSpan>.stride + items.count * 24 }

  mutating func append(_ entry: DispatchPointer, _ arguments: Arguments) {
    unsafe append(entry: entry, count: arguments.count) { index, body in body(arguments[index]) }
  }

  /// Stores a request of `count` arguments, each lent by `argument`.
  mutating func append(
    entry: DispatchPointer? = nil, count: Int, _ argument: (Int, (Bytes) -> Void) -> Void
  ) {
    unsafe items.append(Item(entry: entry, firstSpan: spans.count, count: count))
    understudy_count(Int64(MemoryLayout<Item>.stride))
    for index in 0..<count {
      argument(index) { bytes in
        if byteCount + bytes.count > capacity { grow(bytes.count) }
        unsafe memcpy(self.bytes + byteCount, bytes.pointer, bytes.count)
        spans.append(offset: byteCount, count: bytes.count)
        byteCount += bytes.count
      }
    }
  }

  private mutating func grow(_ extra: Int) {
    var bigger = capacity * 2
    while bigger < byteCount + extra { bigger *= 2 }
    unsafe bytes = understudy_reallocate(bytes, capacity, bigger).assumingMemoryBound(to: UInt8.self)
    capacity = bigger
  }

  /// The arguments of the request at `index`; good while nothing is appended.
  func arguments(_ index: Int) -> Arguments {
    let item = items[index]
    return unsafe Arguments(base: UnsafeRawPointer(bytes), spans: spans.base + item.firstSpan, count: item.count)
  }

  func entry(_ index: Int) -> DispatchPointer? { unsafe items[index].entry }
}
