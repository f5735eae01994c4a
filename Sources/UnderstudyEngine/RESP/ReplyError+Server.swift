// The error texts of commands about the server as a whole; see ReplyError.swift.

extension ReplyError {
  static var invalidFirstDatabase: ReplyError { ReplyError("ERR invalid first DB index") }
  static var invalidSecondDatabase: ReplyError { ReplyError("ERR invalid second DB index") }
  static var invalidMasterPort: ReplyError { ReplyError("ERR Invalid master port") }
  /// Our own: this server copies from nobody.
  static var cannotReplicate: ReplyError { ReplyError("ERR this server cannot be a replica") }
  static var localCountOutOfRange: ReplyError {
    ReplyError("ERR value is out of range, value must between 0 and 1")
  }
  static var appendOnlyFileDisabled: ReplyError {
    ReplyError("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
  }
}
