// RDB: the form in which Redis writes values down, byte by byte: what DUMP answers and RESTORE reads. Files of whole
// databases, MIGRATE and FUNCTION DUMP are made of the same parts.
//
//   RDBWriter, RDBReader        lengths, strings and numbers; +Values and +Streams: what is made of them
//   LegacyPacks.swift           the packed forms of Redis before 7, for reading
//   LZF.swift, CRC64.swift      the compression of strings, and the checksum
//
// What is read comes from clients: every length is held against what is there before anything is allocated, every packed
// form is walked element by element, and what does not fit is an error, never a trap. A value is either built whole or
// released whole.
//
// A new form of value is a case of `RDBType`, and a case in RDBWriter+Values and RDBReader+Values.

/// The form of a value: the byte that stands before it.
enum RDBType: UInt8 {
  case string = 0
  case list = 1
  case set = 2
  case sortedSetOfText = 3
  case hash = 4
  case sortedSet = 5
  case hashZipmap = 9
  case listZiplist = 10
  case setIntset = 11
  case sortedSetZiplist = 12
  case hashZiplist = 13
  case listOfZiplists = 14
  case stream = 15
  case hashListpack = 16
  case sortedSetListpack = 17
  case listOfListpacks = 18
  case streamWithPast = 19
  // From version 11 on (7.2).
  case setListpack = 20
  case streamWithActiveTimes = 21
  // From version 12 on (7.4): hashes whose fields have deadlines.
  case hashWithDeadlines = 24
  case hashListpackWithDeadlines = 25

  /// Whether the forms of a version include it.
  func isKnown(to version: UInt16) -> Bool {
    switch self {
    case .hashWithDeadlines, .hashListpackWithDeadlines: version >= 12
    case .setListpack, .streamWithActiveTimes: version >= 11
    default: true
    }
  }
}

/// The bytes that stand before what is no value.
enum RDBOpcode {
  /// The code of a library of functions.
  static let function: UInt8 = 245
}

/// The marks of strings that are not written as they are.
enum RDBStringMark {
  static let int8: UInt8 = 0xc0
  static let int16: UInt8 = 0xc1
  static let int32: UInt8 = 0xc2
  static let compressed: UInt8 = 0xc3
}

/// The marks of a list's nodes.
enum RDBNode {
  static let plain: UInt64 = 1
  static let packed: UInt64 = 2
}

/// Why bytes are no value: they end too soon, or are not what they ought to be.
struct RDBError: Error {}

/// What values are built by: the limits of small forms, as configured, and of strings.
struct RDBLimits {
  var listNode: Int
  var hash: PackedLimits
  var set: SetLimits
  var sortedSet: PackedLimits
  /// How long a string may become that was compressed.
  var stringBytes: Int
  /// The version of the forms that are known: 10 is that of 7.0, 11 that of 7.2, 12 that of 7.4.
  var version: UInt16
}

/// What DUMP puts behind a value: the version, and a checksum of all before it.
enum DumpFooter {
  private static let count = 10

  static func append(to bytes: inout [UInt8], version: UInt16) {
    bytes += [UInt8(truncatingIfNeeded: version), UInt8(truncatingIfNeeded: version >> 8)]
    let checksum = bytes.withBytes { CRC64.checksum($0) }
    for index in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: checksum >> UInt64(index * 8))) }
  }

  /// What stands before the footer; nil if the version is newer than that given, or the checksum another.
  static func payload(_ bytes: Bytes, version: UInt16) -> Bytes? {
    guard bytes.count >= count else { return nil }
    let end = bytes.count - count
    guard UInt16(bytes[end]) | UInt16(bytes[end + 1]) << 8 <= version else { return nil }
    let checksum = CRC64.checksum(bytes.slice(0..<end + 2))
    for index in 0..<8 where bytes[end + 2 + index] != UInt8(truncatingIfNeeded: checksum >> UInt64(index * 8)) {
      return nil
    }
    return bytes.slice(0..<end)
  }
}
