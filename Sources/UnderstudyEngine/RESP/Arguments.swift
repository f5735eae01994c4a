// Arguments: where the parts of one request lie, without copying them.
//
// The parser writes a span (offset and length) for each argument into the span arena; `Arguments` reads them against
// a base address. The base may be the read buffer, a session's retained input, a queued transaction or a script's
// argument slices: an offset is plain address arithmetic, so an argument that lies in a buffer of its own (a large
// value read straight into its final place) is a span like any other.
//
// This file may say `unsafe`. What keeps it safe: spans are written by the parser and the queue alone, always inside
// the bytes that they own; `Arguments` is alive only while a command runs, and its base with it.

internal import CUnderstudyPlatform

/// Where one argument lies, relative to the base of its request.
package struct ArgumentSpan {
  var offset: Int
  var count: Int
}

/// The arguments of the running command; the first one is the command's name.
@safe
package struct Arguments {
  let base: UnsafeRawPointer
  let spans: UnsafePointer<ArgumentSpan>
  /// How many there are, the command's name included.
  package let count: Int

  @inline(__always)
  init(base: UnsafeRawPointer, spans: UnsafePointer<ArgumentSpan>, count: Int) {
    unsafe self.base = base
    unsafe self.spans = spans
    self.count = count
  }

  /// The argument at `index`; the caller stays within `0..<count`, which arity has checked or the loop bounds.
  @inline(__always)
  package subscript(index: Int) -> Bytes {
    assert(index >= 0 && index < count)
    let span = unsafe spans[index]
    return unsafe Bytes(base + span.offset, count: span.count)
  }
}

extension Arguments {
  /// Whether this is the head of an HTTP request: a web page that posts to the port. As in redis-server its connection
  /// is closed without a word, so that the commands in its body are never read.
  var isRequestOfHTTP: Bool { self[0].equalsIgnoringCase(Bytes("post")) || self[0].equalsIgnoringCase(Bytes("host:")) }
}

/// A growable row of spans, reused from batch to batch.
@safe
struct SpanArena: ~Copyable {
  private(set) var base: UnsafeMutablePointer<ArgumentSpan>
  private(set) var count = 0
  private var capacity: Int

  /// Whether its memory is counted as the engine's: that of requests which wait, and not what all share.
  private let isCounted: Bool

  init(capacity: Int = 64, isCounted: Bool = true) {
    unsafe base = .allocate(capacity: capacity)
    self.capacity = capacity
    self.isCounted = isCounted
    noteMemory(Self.bytes(capacity))
  }

  deinit {
    unsafe base.deallocate()
    noteMemory(-Self.bytes(capacity))
  }

  private func noteMemory(_ bytes: Int64) { if isCounted { understudy_count(bytes) } }

  private static func bytes(_ capacity: Int) -> Int64 { Int64(capacity * MemoryLayout<ArgumentSpan>.stride) }

  @inline(__always)
  mutating func append(offset: Int, count length: Int) {
    if count == capacity { grow() }
    unsafe (base + count).initialize(to: ArgumentSpan(offset: offset, count: length))
    count += 1
  }

  /// Where the next `number` spans go, which the caller writes and then says so (`fill`).
  @inline(__always)
  mutating func room(for number: Int) -> UnsafeMutablePointer<ArgumentSpan> {
    while capacity &- count < number { grow() }
    return unsafe base + count
  }

  /// The next `number` spans have been written.
  @inline(__always)
  mutating func fill(_ number: Int) { count &+= number }

  /// Forgets everything from `newCount` on. A row that one huge request has blown up is given back.
  @inline(__always)
  mutating func truncate(to newCount: Int) {
    count = newCount
    if newCount == 0 && capacity > 65_536 { shrink() }
  }

  /// Overwrites the span at `index`.
  mutating func replace(at index: Int, offset: Int, count length: Int) {
    unsafe base[index] = ArgumentSpan(offset: offset, count: length)
  }

  @inline(never)
  private mutating func grow() {
    let bigger = UnsafeMutablePointer<ArgumentSpan>.allocate(capacity: capacity * 2)
    unsafe bigger.moveInitialize(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = bigger
    noteMemory(Self.bytes(capacity))
    capacity *= 2
  }

  @inline(never)
  private mutating func shrink() {
    unsafe base.deallocate()
    unsafe base = .allocate(capacity: 64)
    noteMemory(Self.bytes(64) - Self.bytes(capacity))
    capacity = 64
  }
}
