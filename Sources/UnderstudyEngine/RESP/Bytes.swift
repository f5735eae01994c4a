// Bytes: a borrowed run of bytes, the engine's word for keys, arguments and values on their way.
//
// This file may say `unsafe`. What keeps it safe: a `Bytes` never owns, and lives no longer than
// what lent it (the request window for arguments, an entry for its key and value, a `withBytes` scope for the rest).
// Nothing stores a `Bytes` beyond the command that received it; what is kept is copied into an owner first.

internal import CUnderstudyPlatform

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

extension Bytes {
  /// Where `byte` stands first, from the start of the run; nil if it does not.
  @inline(__always)
  package func firstIndex(of byte: UInt8) -> Int? {
    guard count > 0, let found = unsafe memchr(pointer, Int32(byte), count) else { return nil }
    return unsafe UnsafeRawPointer(found) - pointer
  }

  /// Where `byte` stands last.
  func lastIndex(of byte: UInt8) -> Int? {
    var index = count - 1
    while index >= 0 {
      if self[index] == byte { return index }
      index -= 1
    }
    return nil
  }

  /// Whether the two runs hold the same bytes.
  @inline(__always)
  package static func == (left: Bytes, right: Bytes) -> Bool {
    unsafe left.count == right.count && memcmp(left.pointer, right.pointer, left.count) == 0
  }

  /// The bytes' order: by the first that differs, then by length (as sorted set members are ordered).
  package static func < (left: Bytes, right: Bytes) -> Bool {
    let order = unsafe memcmp(left.pointer, right.pointer, min(left.count, right.count))
    return order == 0 ? left.count < right.count : order < 0
  }

  /// Whether the run says `keyword` (given in upper case), whatever its own case: how options are recognised.
  package func matches(_ keyword: StaticString) -> Bool {
    guard count == keyword.utf8CodeUnitCount else { return false }
    let text = unsafe keyword.utf8Start
    for index in 0..<count {
      var byte = self[index]
      if byte >= 97 && byte <= 122 { byte -= 32 }
      if unsafe byte != text[index] { return false }
    }
    return true
  }

  /// Whether both runs hold the same bytes but for the case of ASCII letters.
  package func equalsIgnoringCase(_ other: Bytes) -> Bool {
    guard count == other.count else { return false }
    func folded(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 0x20 : byte }
    for index in 0..<count where folded(self[index]) != folded(other[index]) { return false }
    return true
  }

  /// A part of the run; the bounds are clamped to it.
  package func slice(_ range: Range<Int>) -> Bytes {
    let lower = min(max(range.lowerBound, 0), count)
    let upper = min(max(range.upperBound, lower), count)
    return unsafe Bytes(pointer + lower, count: upper - lower)
  }

  /// What C sees of a string: nothing behind the first zero byte.
  package var upToZero: Bytes { slice(0..<(firstIndex(of: 0) ?? count)) }

  /// What printf's `%.*s` shows of the run: up to `limit` bytes, and none behind a zero byte.
  func cText(_ limit: Int) -> [UInt8] { slice(0..<limit).upToZero.copied() }

  /// A copy that owns its bytes.
  package func copied() -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: pointer, count: count))
  }

  /// The text, with anything that is not UTF-8 replaced.
  package var text: String {
    unsafe String(decoding: UnsafeRawBufferPointer(start: pointer, count: count), as: UTF8.self)
  }
}

extension [UInt8] {
  /// The text, with anything that is not UTF-8 replaced.
  package var text: String { String(decoding: self, as: UTF8.self) }

  /// Lends the array's bytes to `body`.
  @inline(__always)
  package func withBytes<Result, Failure: Error>(_ body: (Bytes) throws(Failure) -> Result) throws(Failure) -> Result {
    try unsafe withUnsafeBufferPointer { (buffer) throws(Failure) in
      guard let base = buffer.baseAddress else { return try body(Bytes("")) }
      return try body(unsafe Bytes(UnsafeRawPointer(base), count: buffer.count))
    }
  }
}

extension String {
  /// Lends the string's UTF-8 to `body`.
  @inline(__always)
  package func withBytes<Result, Failure: Error>(_ body: (Bytes) throws(Failure) -> Result) throws(Failure) -> Result {
    var copy = self
    let result: Swift.Result<Result, Failure> = copy.withUTF8 { buffer in
      guard let base = buffer.baseAddress else { return outcome(of: body, Bytes("")) }
      return unsafe outcome(of: body, Bytes(UnsafeRawPointer(base), count: buffer.count))
    }
    return try result.get()
  }
}

/// What `body` comes to, as a value: for the standard library's calls that know only untyped errors.
@inline(__always)
private func outcome<Result, Failure: Error>(
  of body: (Bytes) throws(Failure) -> Result, _ bytes: Bytes
) -> Swift.Result<Result, Failure> {
  do throws(Failure) { return .success(try body(bytes)) } catch { return .failure(error) }
}
