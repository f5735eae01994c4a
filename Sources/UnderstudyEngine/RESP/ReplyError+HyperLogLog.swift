// The error texts of HyperLogLogs; see ReplyError.swift.

extension ReplyError {
  static var notAHyperLogLog: ReplyError { ReplyError("WRONGTYPE Key is not a valid HyperLogLog string value.") }
  static var corruptHyperLogLog: ReplyError { ReplyError("INVALIDOBJ Corrupted HLL object detected") }
  static var noSuchHyperLogLog: ReplyError { ReplyError("ERR The specified key does not exist") }
  static var notSparse: ReplyError { ReplyError("ERR HLL encoding is not sparse") }
}
