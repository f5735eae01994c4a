// The error texts of strings and bitmaps; see ReplyError.swift.

extension ReplyError {
  static var digestLength: ReplyError { ReplyError("ERR must be exactly 16 hexadecimal characters") }
  static var conditionOnNoString: ReplyError {
    ReplyError("ERR Key should be of string type if conditions are specified")
  }
  static var unknownCondition: ReplyError {
    ReplyError("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE")
  }
  static var keyCountInvalid: ReplyError { ReplyError("ERR invalid numkeys value") }
  static var pairsMissing: ReplyError { ReplyError("ERR wrong number of key-value pairs") }
  static var decrementOverflow: ReplyError { ReplyError("ERR decrement would overflow") }
  static var stringsOnly: ReplyError { ReplyError("ERR The specified keys must contain string values") }
  static var lengthAndRanges: ReplyError {
    ReplyError("ERR If you want both the length and indexes, please just use IDX.")
  }
  static var subsequenceTooLong: ReplyError {
    ReplyError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
  }
}

extension ReplyError {
  static var notABitOffset: ReplyError { ReplyError("ERR bit offset is not an integer or out of range") }
  static var notABit: ReplyError { ReplyError("ERR bit is not an integer or out of range") }
  static var bitNotZeroOrOne: ReplyError { ReplyError("ERR The bit argument must be 1 or 0.") }
  static var notOfMany: ReplyError { ReplyError("ERR BITOP NOT must be called with a single source key.") }
  static var invalidBitFieldType: ReplyError {
    ReplyError(
      "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
  }
  static var invalidOverflow: ReplyError { ReplyError("ERR Invalid OVERFLOW type specified") }
  static var readOnlyBitField: ReplyError { ReplyError("ERR BITFIELD_RO only supports the GET subcommand") }
}
