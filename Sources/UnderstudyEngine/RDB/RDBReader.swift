// RDBReader: lengths, strings and numbers as RDB writes them (see RDBWriter.swift for their forms), from bytes that need
// not be what they claim to be.

/// A string that was read: borrowed where it lay as it is, and owned where it was compressed.
enum RDBString {
  case bytes(Bytes)
  case owned([UInt8])
  case integer(Int64)

  func withBytes<Result, Failure: Error>(_ body: (Bytes) throws(Failure) -> Result) throws(Failure) -> Result {
    switch self {
    case .bytes(let bytes): return try body(bytes)
    case .owned(let bytes): return try bytes.withBytes(body)
    case .integer(let value):
      let text = NumberText.withInt64(value) { $0.copied() }
      return try text.withBytes(body)
    }
  }
}

struct RDBReader {
  private let bytes: Bytes
  private var position = 0
  let limits: RDBLimits

  init(_ bytes: Bytes, _ limits: RDBLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  /// How many bytes are left.
  var remaining: Int { bytes.count - position }

  mutating func byte() throws(RDBError) -> UInt8 {
    guard position < bytes.count else { throw RDBError() }
    position += 1
    return bytes[position - 1]
  }

  mutating func run(_ count: Int) throws(RDBError) -> Bytes {
    guard count >= 0, count <= remaining else { throw RDBError() }
    position += count
    return bytes.slice(position - count..<position)
  }

  mutating func littleEndian(_ count: Int) throws(RDBError) -> UInt64 {
    let run = try run(count)
    return (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(run[$1]) }
  }

  mutating func bigEndian(_ count: Int) throws(RDBError) -> UInt64 {
    let run = try run(count)
    return (0..<count).reduce(0) { $0 << 8 | UInt64(run[$1]) }
  }

  /// A length, or the mark of a string in another form.
  private mutating func lengthOrMark() throws(RDBError) -> (length: UInt64, mark: UInt8?) {
    let first = try byte()
    switch first {
    case ..<0x40: return (UInt64(first), nil)
    case ..<0x80: return (UInt64(first & 0x3f) << 8 | UInt64(try byte()), nil)
    case 0x80: return (try bigEndian(4), nil)
    case 0x81: return (try bigEndian(8), nil)
    case 0xc0...: return (0, first)
    default: throw RDBError()
    }
  }

  mutating func length() throws(RDBError) -> UInt64 {
    let (length, mark) = try lengthOrMark()
    guard mark == nil else { throw RDBError() }
    return length
  }

  /// How many elements follow, each of at least `bytes` bytes.
  mutating func count(bytes: Int = 1) throws(RDBError) -> Int {
    let length = try length()
    guard length <= UInt64(remaining / bytes) else { throw RDBError() }
    return Int(length)
  }

  mutating func string() throws(RDBError) -> RDBString {
    let (length, mark) = try lengthOrMark()
    switch mark {
    case nil:
      guard length <= UInt64(remaining) else { throw RDBError() }
      return .bytes(try run(Int(length)))
    case RDBStringMark.int8: return .integer(Int64(Int8(truncatingIfNeeded: try littleEndian(1))))
    case RDBStringMark.int16: return .integer(Int64(Int16(truncatingIfNeeded: try littleEndian(2))))
    case RDBStringMark.int32: return .integer(Int64(Int32(truncatingIfNeeded: try littleEndian(4))))
    case RDBStringMark.compressed:
      let compressed = try self.length()
      let original = try self.length()
      guard compressed <= UInt64(remaining), original <= UInt64(limits.stringBytes),
        let text = LZF.decompress(try run(Int(compressed)), count: Int(original))
      else { throw RDBError() }
      return .owned(text)
    default: throw RDBError()
    }
  }

  /// A score of eight bytes.
  mutating func double() throws(RDBError) -> Double { Double(bitPattern: try littleEndian(8)) }

  /// A score as text, as Redis wrote it before 4.0.
  mutating func doubleAsText() throws(RDBError) -> Double {
    let count = try byte()
    switch count {
    case 253: return .nan
    case 254: return .infinity
    case 255: return -.infinity
    default:
      guard count > 0, let value = NumberText.parseRangeBound(try run(Int(count))) else { throw RDBError() }
      return value
    }
  }

  /// An ID as two lengths.
  mutating func id() throws(RDBError) -> StreamID {
    let milliseconds = try length()
    return StreamID(milliseconds: milliseconds, sequence: try length())
  }

  /// An ID as sixteen bytes.
  mutating func rawID() throws(RDBError) -> StreamID {
    let milliseconds = try bigEndian(8)
    return StreamID(milliseconds: milliseconds, sequence: try bigEndian(8))
  }
}
