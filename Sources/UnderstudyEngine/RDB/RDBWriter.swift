// RDBWriter: lengths, strings and numbers as RDB writes them. See RDB.swift.
//
//   00nnnnnn                a length of 6 bits       10000000 + 4 bytes   of 32 bits, the high byte first
//   01nnnnnn nnnnnnnn       of 14 bits               10000001 + 8 bytes   of 64 bits, the high byte first
//   11…                     a string in another form: an integer of 8, 16 or 32 bits (the low byte first), or compressed

struct RDBWriter {
  private(set) var bytes: [UInt8] = []
  private var compressor = LZF.Compressor()
  /// Whether long strings are compressed.
  let compresses: Bool
  /// The version of the forms: 10 is that of 7.0, 11 that of 7.2, 12 that of 7.4.
  let version: UInt16

  private static let shortestCompressed = 21
  private static let longestInteger = 11

  init(version: UInt16, compresses: Bool) {
    self.version = version
    self.compresses = compresses
  }

  mutating func byte(_ byte: UInt8) { bytes.append(byte) }
  mutating func type(_ type: RDBType) { bytes.append(type.rawValue) }

  mutating func raw(_ run: Bytes) { bytes += run.copied() }

  /// So many bytes of a number, the low one first.
  mutating func littleEndian(_ value: UInt64, count: Int) {
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
  }

  mutating func bigEndian(_ value: UInt64, count: Int) {
    for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
  }

  mutating func length(_ value: Int) { length(UInt64(truncatingIfNeeded: value)) }

  mutating func length(_ value: UInt64) {
    switch value {
    case ..<0x40: bytes.append(UInt8(value))
    case ..<0x4000: bigEndian(0x4000 | value, count: 2)
    case ...UInt64(UInt32.max):
      bytes.append(0x80)
      bigEndian(value, count: 4)
    default:
      bytes.append(0x81)
      bigEndian(value, count: 8)
    }
  }

  /// A string, as the integer that it spells, compressed, or as it is.
  mutating func string(_ text: Bytes) {
    if text.count <= Self.longestInteger, let value = NumberText.parseInt64(text), small(value) { return }
    if compresses, text.count >= Self.shortestCompressed, let compressed = compressor.compress(text) {
      bytes.append(RDBStringMark.compressed)
      length(compressed.count)
      length(text.count)
      bytes += compressed
      return
    }
    length(text.count)
    raw(text)
  }

  /// A string that spells an integer.
  mutating func string(_ value: Int64) {
    if small(value) { return }
    NumberText.withInt64(value) { text in
      length(text.count)
      raw(text)
    }
  }

  mutating func string(_ element: PackedElement) {
    switch element {
    case .bytes(let text): string(text)
    case .integer(let value): string(value)
    }
  }

  /// An integer of up to 32 bits; false if it is larger.
  private mutating func small(_ value: Int64) -> Bool {
    let (mark, count): (UInt8, Int)
    if Int8(exactly: value) != nil {
      (mark, count) = (RDBStringMark.int8, 1)
    } else if Int16(exactly: value) != nil {
      (mark, count) = (RDBStringMark.int16, 2)
    } else if Int32(exactly: value) != nil {
      (mark, count) = (RDBStringMark.int32, 4)
    } else {
      return false
    }
    bytes.append(mark)
    littleEndian(UInt64(bitPattern: value), count: count)
    return true
  }
}
