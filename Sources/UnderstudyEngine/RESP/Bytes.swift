// Bytes: a borrowed run of bytes, the engine's word for keys, arguments and values on their way.
//
// This is one of the files that may say `unsafe`. What keeps it safe: a `Bytes` never owns, and lives no longer than
// what lent it (the request window for arguments, an entry for its key and value, a `withBytes` scope for the rest).
// Nothing stores a `Bytes` beyond the command that received it; what is kept is copied into an owner first.

/// A borrowed, immutable run of bytes. Binary-safe; empty runs are allowed.
@safe
package struct Bytes: Sendable {
  /// The first byte. Never null; for an empty run it points nowhere that may be read.
  package nonisolated(unsafe) let pointer: UnsafeRawPointer
  /// The number of bytes.
  package let count: Int

  @inline(__always)
  package init(_ pointer: UnsafeRawPointer, count: Int) {
    unsafe self.pointer = pointer
    self.count = count
  }

  /// The bytes of a literal; they live as long as the program.
  @inline(__always)
  package init(_ literal: StaticString) {
    unsafe self.init(UnsafeRawPointer(literal.utf8Start), count: literal.utf8CodeUnitCount)
  }

  @inline(__always)
  package var isEmpty: Bool { count == 0 }

  /// The byte at `index`, which must be within `0..<count` (checked in debug builds).
  @inline(__always)
  package subscript(index: Int) -> UInt8 {
    assert(index >= 0 && index < count)
    return unsafe pointer.load(fromByteOffset: index, as: UInt8.self)
  }
}
