// FormHeader: what a hash, a set or a sorted set hangs off its entry: a counted header that says which form
// the value has now and where it is. The header stays where it is when the form changes, so the entry need
// not know.
//
//   refs u32 │ form u32 │ body 8 bytes │ extra 8 bytes      24 bytes: what malloc gives for 16 anyway
//
// This file says `unsafe`. What keeps it safe: headers are made by `make` only, and the container that made
// one is the only reader of its body.

internal import CUnderstudyPlatform

/// The header of a container with several forms. A handle, counted by hand.
@safe
struct FormHeader: BitwiseCopyable {
  nonisolated(unsafe) let pointer: UnsafeMutableRawPointer

  private static var size: Int { 24 }

  @inline(__always)
  init(pointer: UnsafeMutableRawPointer) { unsafe self.pointer = pointer }

  /// A new header at count one.
  static func make(form: UInt32, body: UnsafeMutableRawPointer) -> FormHeader {
    let header = unsafe FormHeader(pointer: understudy_allocate(size))
    unsafe header.pointer.storeBytes(of: 1, as: UInt32.self)
    header.form = form
    unsafe header.body = body
    unsafe header.pointer.storeBytes(of: 0, toByteOffset: 16, as: UInt64.self)
    return header
  }

  @inline(__always)
  var isUnique: Bool { unsafe pointer.load(as: UInt32.self) == 1 }

  func retain() {
    let count = unsafe pointer.load(as: UInt32.self)
    unsafe pointer.storeBytes(of: count &+ 1, as: UInt32.self)
  }

  /// Gives up an owner. True if it was the last: the container then frees the body and calls `free`.
  @inline(__always)
  func dropsLast() -> Bool {
    let count = unsafe pointer.load(as: UInt32.self)
    if count == 1 { return true }
    unsafe pointer.storeBytes(of: count &- 1, as: UInt32.self)
    return false
  }

  func free() { unsafe understudy_free(pointer, Self.size) }

  @inline(__always)
  var form: UInt32 {
    get { unsafe pointer.load(fromByteOffset: 4, as: UInt32.self) }
    nonmutating set { unsafe pointer.storeBytes(of: newValue, toByteOffset: 4, as: UInt32.self) }
  }

  @inline(__always)
  var body: UnsafeMutableRawPointer {
    get { unsafe pointer.load(fromByteOffset: 8, as: UnsafeMutableRawPointer.self) }
    nonmutating set {
      unsafe pointer.storeBytes(of: newValue, toByteOffset: 8, as: UnsafeMutableRawPointer.self)
    }
  }

  /// Whatever else a form keeps; 0 at first.
  var extra: UInt64 {
    get { unsafe pointer.load(fromByteOffset: 16, as: UInt64.self) }
    nonmutating set { unsafe pointer.storeBytes(of: newValue, toByteOffset: 16, as: UInt64.self) }
  }
}

/// When a container leaves its listpack, and the seed of the table it becomes.
package struct PackedLimits: Sendable {
  /// The most elements (pairs, for hashes and sorted sets) that a listpack may hold:
  /// `*-max-listpack-entries`.
  package var entries: Int
  /// The longest string, in bytes, that a listpack may hold: `*-max-listpack-value`.
  package var valueBytes: Int
  /// The server's hash seed.
  package var seed: HashSeed

  package init(entries: Int = 128, valueBytes: Int = 64, seed: HashSeed) {
    self.entries = entries
    self.valueBytes = valueBytes
    self.seed = seed
  }
}
