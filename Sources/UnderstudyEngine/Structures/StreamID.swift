// StreamID: what names an entry of a stream.
//
// This file says `unsafe`. What keeps it safe: the longest text of an identifier has room in the buffer that
// it is written to.

/// The name of a stream's entry: milliseconds, and a sequence number within them. Ordered.
package struct StreamID: Comparable, Hashable, Sendable {
  package var milliseconds: UInt64
  package var sequence: UInt64

  @inline(__always)
  package init(milliseconds: UInt64, sequence: UInt64) {
    self.milliseconds = milliseconds
    self.sequence = sequence
  }

  /// 0-0, the least one; no entry has it.
  package static let zero = StreamID(milliseconds: 0, sequence: 0)
  /// The greatest one.
  package static let max = StreamID(milliseconds: .max, sequence: .max)

  @inline(__always)
  package static func < (left: StreamID, right: StreamID) -> Bool {
    left.milliseconds != right.milliseconds
      ? left.milliseconds < right.milliseconds : left.sequence < right.sequence
  }

  /// The next greater one; nil behind the greatest.
  package var next: StreamID? {
    if sequence < .max { return StreamID(milliseconds: milliseconds, sequence: sequence &+ 1) }
    return milliseconds < .max ? StreamID(milliseconds: milliseconds &+ 1, sequence: 0) : nil
  }

  /// The next lesser one; nil before 0-0.
  package var previous: StreamID? {
    if sequence > 0 { return StreamID(milliseconds: milliseconds, sequence: sequence &- 1) }
    return milliseconds > 0 ? StreamID(milliseconds: milliseconds &- 1, sequence: .max) : nil
  }

  /// The room `write` needs.
  package static let textCapacity = 41

  /// Writes "milliseconds-sequence" at `out`, which has room for `textCapacity` bytes, and answers the
  /// length.
  package func write(into out: UnsafeMutablePointer<UInt8>) -> Int {
    var count = unsafe NumberText.writeUInt64(milliseconds, into: out)
    unsafe out[count] = UInt8(ascii: "-")
    count &+= 1
    return count &+ (unsafe NumberText.writeUInt64(sequence, into: out + count))
  }

  /// Lends "milliseconds-sequence" to `body`.
  package func withText<R>(_ body: (Bytes) -> R) -> R {
    unsafe withUnsafeTemporaryAllocation(byteCount: Self.textCapacity, alignment: 1) { buffer in
      guard let base = buffer.baseAddress else { return body(Bytes("")) }
      let count = unsafe write(into: base.assumingMemoryBound(to: UInt8.self))
      return body(unsafe Bytes(base, count: count))
    }
  }
}
