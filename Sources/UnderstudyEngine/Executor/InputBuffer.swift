// InputBuffer: the bytes of requests that cannot run yet: half a request, or whole ones behind a command that blocks.
// It keeps the parser where it stood, so that no byte is read twice however slowly a request arrives.
//
// A bulk that is long and not all there gets a buffer of its own, and the transport reads straight into it: a value of
// 100 MB is received without being copied. It becomes an argument like any other, and the command that stores it takes
// the buffer over.
//
// This file may say `unsafe`. What keeps it safe: spans of retained arguments are offsets, so growth does not move them;
// those of buffers of their own are computed when the request is whole and runs at once.

internal import CUnderstudyPlatform

/// A bulk being read into its own buffer.
struct LargeBulk {
  var buffer: SharedBuffer
  /// Bytes that have arrived, of the bulk and its line end.
  var filled: Int
  /// The bulk's length; two bytes of line end follow.
  let length: Int
  /// The place of the argument among the request's.
  let argument: Int
}

@safe
struct InputBuffer: ~Copyable {
  /// A bulk of at least this many bytes gets a buffer of its own.
  static let largeBulkThreshold = 32 * 1024

  private(set) var base: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int
  var parser = RequestParser()
  /// The arguments of the unfinished request so far.
  var spans = SpanArena(capacity: 16)
  /// The bulk that is being received, and those received of the same request.
  var receiving: LargeBulk?
  var received: [LargeBulk] = []

  init(capacity: Int) {
    self.capacity = max(capacity, 64)
    unsafe base = understudy_allocate(self.capacity).assumingMemoryBound(to: UInt8.self)
  }

  deinit {
    unsafe understudy_free(base, capacity)
    receiving?.buffer.release()
    for bulk in received { bulk.buffer.release() }
  }

  /// Room that is not used.
  var freeCount: Int { capacity - count }

  /// All that is held, in bytes, for the query buffer limit.
  var heldCount: Int {
    count + (receiving?.filled ?? 0) + received.reduce(0) { $0 + $1.length }
  }

  /// Room in the buffers of large bulks that has yet to be filled.
  var expectedCount: Int { receiving.map { $0.length + 2 - $0.filled } ?? 0 }

  mutating func append(_ bytes: Bytes) {
    guard !bytes.isEmpty else { return }
    if count + bytes.count > capacity {
      var bigger = capacity * 2
      while bigger < count + bytes.count { bigger *= 2 }
      unsafe base = understudy_reallocate(base, capacity, bigger).assumingMemoryBound(to: UInt8.self)
      capacity = bigger
    }
    unsafe memcpy(base + count, bytes.pointer, bytes.count)
    count += bytes.count
  }

  /// Whether a request has been begun, or is whole and waits to be offered again.
  var hasOpenRequest: Bool { parser.remaining > 0 || spans.count > 0 }

  /// Reads on in the open request.
  mutating func parseRest(_ limits: ParserLimits) -> ParseOutcome {
    guard parser.remaining > 0 else { return .complete }
    return unsafe parser.next(base, count: count, limits: limits, into: &spans)
  }

  /// Forgets the first `consumed` bytes; no request may be unfinished before them.
  mutating func removeFirst(_ consumed: Int) {
    count -= consumed
    if count > 0 { unsafe memmove(base, base + consumed, count) }
    parser = parser.moved(by: consumed)
  }

  /// If the request waits for a long bulk, gives that a buffer of its own and moves there what has arrived of it.
  mutating func startLargeBulk() {
    let length = parser.bulkLength
    guard receiving == nil, length >= Self.largeBulkThreshold else { return }
    let buffer = SharedBuffer.allocate(count: length + 2)
    let arrived = count - parser.position
    unsafe memcpy(buffer.mutableBytes, base + parser.position, arrived)
    receiving = LargeBulk(buffer: buffer, filled: arrived, length: length, argument: spans.count)
    count = parser.position
    // A place holder: the span is set when the request runs.
    spans.append(offset: 0, count: length)
  }

  /// Notes bytes that the transport has read into the large bulk; goes on behind it once it is whole.
  mutating func advanceLargeBulk(_ read: Int) {
    guard var bulk = receiving else { return }
    bulk.filled += read
    if bulk.filled < bulk.length + 2 {
      receiving = bulk
      return
    }
    bulk.buffer.setCount(bulk.length)
    received.append(bulk)
    receiving = nil
    parser.finishBulk()
  }

  /// Where the rest of the large bulk goes.
  var largeBulkTarget: UnsafeMutableRawBufferPointer? {
    guard let bulk = receiving else { return nil }
    return unsafe UnsafeMutableRawBufferPointer(
      start: bulk.buffer.mutableBytes + bulk.filled, count: bulk.length + 2 - bulk.filled)
  }

  /// Makes the spans of large bulks true, for the request that now runs.
  mutating func resolveLargeBulks() {
    for bulk in received {
      let offset = unsafe Int(bitPattern: bulk.buffer.bytes.pointer) &- Int(bitPattern: base)
      spans.replace(at: bulk.argument, offset: offset, count: bulk.length)
    }
  }

  /// Lets go of the finished request's spans and large bulks.
  mutating func finishRequest() {
    spans.truncate(to: 0)
    for bulk in received { bulk.buffer.release() }
    received.removeAll()
  }
}
