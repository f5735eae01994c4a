// ReplyBuffer: where replies are written before they leave. One lies under each loop and is shared by its connections;
// a session owns one only for output that could not be sent at once.
//
// Large values do not pass through it: they are spliced in as references (`append(shared:)`), and the transport sends
// bytes and references in order with writev. `segments` tells how.
//
// This file may say `unsafe`. What keeps it safe: `reserve` is called before every store, and nothing else moves the
// storage; `count <= capacity` always; splices stand in ascending order of their offset.

internal import CUnderstudyPlatform

/// A growable run of reply bytes.
@safe
package struct ReplyBuffer: ~Copyable {
  /// A value of at least this many bytes is referred to instead of copied.
  static let spliceThreshold = 64 * 1024

  private var base: UnsafeMutablePointer<UInt8>
  /// Bytes written, references not counted.
  package private(set) var count = 0
  private var capacity: Int
  /// References to large values, by where in the bytes they stand.
  private var splices: [Splice] = []
  /// The bytes behind all references.
  private var splicedCount = 0
  /// How many error replies have been written, and how many of them the dispatcher has counted: a command has failed
  /// if it has written an error.
  private(set) var errorCount = 0
  private var countedErrors = 0
  /// How many of those yet to be counted have been counted elsewhere.
  private var knownErrors = 0
  /// Where the newest error begins.
  private var errorStart = 0

  private struct Splice {
    var offset: Int
    var buffer: SharedBuffer
    /// How many bytes of the buffer have been sent.
    var sent = 0
  }

  /// Whether its memory is counted as the engine's: that of output which waits in a session.
  private let isCounted: Bool

  package init(capacity: Int = 0, isCounted: Bool = false) {
    self.capacity = max(capacity, 1)
    self.isCounted = isCounted
    unsafe base = .allocate(capacity: self.capacity)
    noteMemory(self.capacity)
  }

  deinit {
    noteMemory(-capacity)
    unsafe base.deallocate()
    for splice in splices { splice.buffer.release() }
  }

  /// All that waits to be sent, in bytes.
  @inline(__always)
  package var totalCount: Int { count + splicedCount }

  @inline(__always)
  package var isEmpty: Bool { totalCount == 0 }

  /// Makes room for `extra` bytes and tells where they go; `advance` then says how many were written.
  @inline(__always)
  mutating func reserve(_ extra: Int) -> UnsafeMutablePointer<UInt8> {
    if extra > capacity - count { grow(extra) }
    return unsafe base + count
  }

  @inline(__always)
  mutating func advance(_ written: Int) { count += written }

  @inline(never)
  private mutating func grow(_ extra: Int) {
    var bigger = max(capacity * 2, 256)
    while bigger - count < extra { bigger *= 2 }
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: bigger)
    unsafe moved.update(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = moved
    noteMemory(bigger - capacity)
    capacity = bigger
  }

  private func noteMemory(_ bytes: Int) { if isCounted { understudy_count(Int64(bytes)) } }

  @inline(__always)
  mutating func append(_ bytes: Bytes) {
    let target = unsafe reserve(bytes.count)
    unsafe memcpy(target, bytes.pointer, bytes.count)
    count += bytes.count
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    unsafe reserve(1).pointee = byte
    count += 1
  }

  /// Refers to a large value; the buffer is retained until it has been sent.
  mutating func append(shared buffer: SharedBuffer) {
    buffer.retain()
    splices.append(Splice(offset: count, buffer: buffer))
    splicedCount += buffer.count
  }

  /// Takes all that `other` holds, behind what stands here.
  package mutating func append(contentsOf other: inout ReplyBuffer) {
    for splice in other.splices {
      splices.append(Splice(offset: count + splice.offset, buffer: splice.buffer, sent: splice.sent))
    }
    splicedCount += other.splicedCount
    other.splices.removeAll()
    other.splicedCount = 0
    unsafe append(Bytes(other.base, count: other.count))
    other.count = 0
  }

  @inline(__always)
  var hasUncountedErrors: Bool { errorCount != countedErrors }

  /// An error reply begins here. One that `isCounted` is another command's, which has failed before: it is an error of
  /// this one as well, but no further error reply.
  mutating func beginError(isCounted: Bool = false) {
    errorCount += 1
    if isCounted { knownErrors += 1 }
    errorStart = count
  }

  /// How many errors were not counted yet, and the code of the newest of them; they are counted now.
  mutating func takeErrors() -> (count: Int, code: String) {
    let taken = errorCount - countedErrors - knownErrors
    countedErrors = errorCount
    knownErrors = 0
    guard errorStart < count else { return (taken, "ERR") }
    let text = bytes.slice(errorStart + 1..<min(count, errorStart + 65))
    return (taken, text.slice(0..<(text.firstIndex(of: 32) ?? 0)).text)
  }

  /// Where the buffer stands now, to return to with `rewind`.
  @inline(__always)
  var mark: Int { count }

  /// Drops everything written since `mark` (CLIENT REPLY OFF, a reply that turned into an error).
  mutating func rewind(to mark: Int) {
    count = mark
    while let last = splices.last, last.offset > mark || (last.offset == mark && mark == 0) {
      splicedCount -= last.buffer.count - last.sent
      last.buffer.release()
      splices.removeLast()
    }
  }

  /// Forgets everything. Storage that a large reply has blown up is given back when it is over `keeping`.
  package mutating func removeAll(keeping limit: Int = 1 << 20) {
    count = 0
    if !splices.isEmpty {
      for splice in splices { splice.buffer.release() }
      splices.removeAll()
      splicedCount = 0
    }
    if capacity > limit {
      unsafe base.deallocate()
      noteMemory(65_536 - capacity)
      capacity = 65_536
      unsafe base = .allocate(capacity: capacity)
    }
  }

  /// The bytes written, when nothing is spliced in: what most replies are.
  package var bytes: Bytes { unsafe Bytes(base, count: count) }

  /// Whether large values are spliced in, so that `bytes` alone is not the reply.
  @inline(__always)
  package var hasSplices: Bool { splicedCount != 0 }

  /// Calls `body` with each run of bytes to send, in order, at most `limit` of them.
  package func forEachSegment(limit: Int, _ body: (Bytes) -> Void) {
    var from = 0
    var left = limit
    for splice in splices {
      if splice.offset > from && left > 0 {
        unsafe body(Bytes(base + from, count: splice.offset - from))
        from = splice.offset
        left -= 1
      }
      guard left > 0 else { return }
      body(splice.buffer.bytes.slice(splice.sent..<splice.buffer.count))
      left -= 1
    }
    if count > from && left > 0 { unsafe body(Bytes(base + from, count: count - from)) }
  }

  /// Calls `body` with each run of bytes behind `mark`, in order.
  func forEachSegment(from mark: Int, _ body: (Bytes) -> Void) {
    var from = mark
    for splice in splices where splice.offset > mark {
      unsafe body(Bytes(base + from, count: splice.offset - from))
      from = splice.offset
      body(splice.buffer.bytes.slice(splice.sent..<splice.buffer.count))
    }
    unsafe body(Bytes(base + from, count: count - from))
  }

  /// Forgets the first `sent` bytes of what was to be sent.
  package mutating func removeFirst(_ sent: Int) {
    var left = sent
    while left > 0, let first = splices.first {
      let before = min(first.offset, left)
      dropBytes(before)
      left -= before
      guard left > 0 else { return }
      let open = first.buffer.count - first.sent
      let taken = min(open, left)
      left -= taken
      splicedCount -= taken
      if taken == open {
        first.buffer.release()
        splices.removeFirst()
      } else {
        splices[0].sent += taken
      }
    }
    dropBytes(min(left, count))
  }

  /// Moves the references at or behind `offset` along with the bytes that were inserted there.
  mutating func shiftSplices(from offset: Int, by distance: Int) {
    for index in splices.indices where splices[index].offset >= offset { splices[index].offset += distance }
  }

  private mutating func dropBytes(_ dropped: Int) {
    guard dropped > 0 else { return }
    count -= dropped
    unsafe memmove(base, base + dropped, count)
    for index in splices.indices { splices[index].offset -= dropped }
  }
}
