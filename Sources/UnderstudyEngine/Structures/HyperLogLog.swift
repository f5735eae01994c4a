// HyperLogLog: the string in which PFADD keeps which elements it has seen, byte by byte as Redis keeps it, so that a value
// can be read by GET and set again, here or there.
//
//   header   "HYLL" │ form 1 │ unused 3 │ count 8, little-endian; its highest bit says that it is out of date
//   dense    16384 registers of 6 bits, the first in the lowest bits of the first byte
//   sparse   runs of registers, see HyperLogLog+Sparse.swift
//
// An element's hash chooses a register with its low bits; how many zero bits follow in the others is what the register
// keeps the maximum of. How a count is estimated from the registers: HyperLogLog+Estimate.swift. Strings come from
// clients: nothing here relies on their being well-formed beyond what `isHyperLogLog` checks.
//
// This file may say `unsafe`. What keeps it safe: bytes are written within the buffer's count only, to a buffer that
// `reserve` has made its holder's own.

/// A string that is a HyperLogLog, held for the length of one change.
@safe
package struct HyperLogLog {
  /// The string; whoever changes it through this type stores it back.
  package internal(set) var buffer: SharedBuffer

  /// - Parameter buffer: one of which `isHyperLogLog` is true.
  package init(_ buffer: SharedBuffer) { self.buffer = buffer }

  package static let registerCount = 16384
  static let headerCount = 16
  static let denseCount = headerCount + registerCount * 6 / 8
  /// How many bits of a hash choose the register.
  private static let indexBits: UInt64 = 14

  /// What a change came to.
  package enum Change { case none, changed, corrupt }

  // MARK: Form

  /// Whether a string has the header and, in the dense form, the length of a HyperLogLog.
  package static func isHyperLogLog(_ bytes: Bytes) -> Bool {
    guard bytes.count >= headerCount, bytes.slice(0..<4) == Bytes("HYLL"), bytes[4] <= 1 else { return false }
    return bytes[4] == 1 || bytes.count == denseCount
  }

  /// Whether the string is in the sparse form.
  package static func isSparse(_ bytes: Bytes) -> Bool { bytes[4] == 1 }

  package var isSparse: Bool { Self.isSparse(buffer.bytes) }

  /// A new one that has seen nothing, in the sparse form; its count is marked as out of date, as all changes leave it.
  package static func make() -> HyperLogLog {
    var result = HyperLogLog(SharedBuffer.allocate(count: 0, capacity: 48))
    result.buffer.append(Bytes("HYLL\u{1}"))
    result.buffer.extend(to: headerCount + 2)
    result.write(SparseRun.zeros(registerCount), at: headerCount)
    result.forgetCount()
    return result
  }

  // MARK: The count that is kept

  /// The count that the header keeps, if nothing was changed since it was computed.
  package static func keptCount(_ bytes: Bytes) -> UInt64? {
    guard bytes[15] < 0x80 else { return nil }
    var count: UInt64 = 0
    for index in (8..<16).reversed() { count = count << 8 | UInt64(bytes[index]) }
    return count
  }

  package mutating func keepCount(_ count: UInt64) {
    own()
    for index in 0..<8 { put(UInt8(truncatingIfNeeded: count >> UInt64(index * 8)), at: 8 + index) }
  }

  /// Marks the count as out of date.
  package mutating func forgetCount() {
    own()
    put(buffer.bytes[15] | 0x80, at: 15)
  }

  // MARK: Adding

  /// The register that an element belongs to, and what it would raise it to: 1...51.
  @inline(__always)
  static func place(of element: Bytes) -> (register: Int, value: UInt8) {
    let hash = MurmurHash64A.hash(element, seed: 0xadc8_3b19)
    let rest = hash >> indexBits | 1 << (64 - indexBits)
    return (Int(hash & UInt64(registerCount - 1)), UInt8(rest.trailingZeroBitCount + 1))
  }

  /// Adds an element.
  ///
  /// - Parameter sparseLimit: how long the string may be in the sparse form.
  @inline(__always)
  package mutating func add(_ element: Bytes, sparseLimit: Int) -> Change {
    let place = Self.place(of: element)
    return raise(place.register, to: place.value, sparseLimit: sparseLimit)
  }

  /// Raises a register to a value (1...63) unless it is as high already.
  mutating func raise(_ register: Int, to value: UInt8, sparseLimit: Int) -> Change {
    if isSparse { return raiseSparse(register, to: value, limit: sparseLimit) }
    guard value > Self.denseRegister(register, buffer.bytes) else { return .none }
    own()
    setDense(register, to: value)
    return .changed
  }

  /// A register of the dense form.
  @inline(__always)
  static func denseRegister(_ register: Int, _ bytes: Bytes) -> UInt8 {
    let (position, shift) = densePlace(register)
    var pair = UInt16(bytes[position])
    if shift > 2 { pair |= UInt16(bytes[position + 1]) << 8 }
    return UInt8(truncatingIfNeeded: pair >> shift) & 63
  }

  /// Lends the registers of the dense form to `body`: three bytes at a time, which are four of them.
  @inline(__always)
  static func forEachRegister(ofDense bytes: Bytes, _ body: (Int, UInt8) -> Void) {
    for group in 0..<registerCount / 4 {
      let position = headerCount + group * 3
      let word = UInt32(bytes[position]) | UInt32(bytes[position + 1]) << 8 | UInt32(bytes[position + 2]) << 16
      for index in 0..<4 { body(group * 4 + index, UInt8(truncatingIfNeeded: word >> UInt32(index * 6)) & 63) }
    }
  }

  /// Sets a register of the dense form, in a buffer of one's own.
  func setDense(_ register: Int, to value: UInt8) {
    let (position, shift) = Self.densePlace(register)
    let bytes = buffer.bytes
    let (mask, bits) = (UInt16(63) << shift, UInt16(value & 63) << shift)
    put(bytes[position] & ~UInt8(truncatingIfNeeded: mask) | UInt8(truncatingIfNeeded: bits), at: position)
    guard shift > 2 else { return }
    put(bytes[position + 1] & ~UInt8(mask >> 8) | UInt8(bits >> 8), at: position + 1)
  }

  @inline(__always)
  private static func densePlace(_ register: Int) -> (position: Int, shift: UInt16) {
    assert(register >= 0 && register < registerCount)
    return (headerCount + register &* 6 / 8, UInt16(truncatingIfNeeded: register &* 6 & 7))
  }

  // MARK: All registers

  /// Raises `registers` (as many as there are) to those of a string; false if it is corrupt.
  package static func merge(_ bytes: Bytes, into registers: inout [UInt8]) -> Bool {
    if isSparse(bytes) {
      return forEachRun(bytes) { run, first in
        guard run.value > 0 else { return true }
        guard first + run.count <= registerCount else { return false }
        for register in first..<first + run.count { registers[register] = max(registers[register], run.value) }
        return true
      }
    }
    forEachRegister(ofDense: bytes) { register, value in registers[register] = max(registers[register], value) }
    return true
  }

  /// Raises every register to those given.
  package mutating func merge(_ registers: [UInt8], sparseLimit: Int) -> Change {
    var result = Change.none
    for (register, value) in registers.enumerated() where value > 0 {
      switch raise(register, to: value, sparseLimit: sparseLimit) {
      case .none: break
      case .changed: result = .changed
      case .corrupt: return .corrupt
      }
    }
    return result
  }

  // MARK: Writing

  /// Makes the buffer this holder's own.
  @inline(__always)
  mutating func own() { buffer.reserve(buffer.count) }

  /// Writes a byte within the buffer, which is this holder's own.
  @inline(__always)
  func put(_ byte: UInt8, at position: Int) {
    assert(position >= 0 && position < buffer.count)
    unsafe buffer.mutableBytes.storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
  }
}
