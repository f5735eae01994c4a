// Every error text of the wire that has no variable part, in one place. The texts are what redis-server 7.0.15 says;
// an error made of parts is written with `Reply.error(_: String)` by the command that knows the parts, through the
// functions at the end of this file.

/// An error reply with a fixed text. Handlers throw it; the dispatcher writes it.
package struct ReplyError: Error {
  /// The code and the text, without mark and line end.
  package let text: StaticString

  package init(_ text: StaticString) { self.text = text }
}

extension ReplyError {
  static var syntax: ReplyError { ReplyError("ERR syntax error") }
  static var wrongType: ReplyError {
    ReplyError("WRONGTYPE Operation against a key holding the wrong kind of value")
  }
  static var notAnInteger: ReplyError { ReplyError("ERR value is not an integer or out of range") }
  static var notAFloat: ReplyError { ReplyError("ERR value is not a valid float") }
  static var outOfRange: ReplyError { ReplyError("ERR value is out of range") }
  static var mustBePositive: ReplyError { ReplyError("ERR value is out of range, must be positive") }
  static var incrementOverflow: ReplyError { ReplyError("ERR increment or decrement would overflow") }
  static var notANumberOrInfinity: ReplyError { ReplyError("ERR increment would produce NaN or Infinity") }
  static var stringTooLong: ReplyError {
    ReplyError("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
  }
  static var offsetOutOfRange: ReplyError { ReplyError("ERR offset is out of range") }
  static var indexOutOfRange: ReplyError { ReplyError("ERR index out of range") }
  static var noSuchKey: ReplyError { ReplyError("ERR no such key") }
  static var databaseOutOfRange: ReplyError { ReplyError("ERR DB index is out of range") }
  static var sameObject: ReplyError { ReplyError("ERR source and destination objects are the same") }
  static var timeoutNotAFloat: ReplyError { ReplyError("ERR timeout is not a float or out of range") }
  static var timeoutOutOfRange: ReplyError { ReplyError("ERR timeout is out of range") }
  static var timeoutNegative: ReplyError { ReplyError("ERR timeout is negative") }
  static var invalidCursor: ReplyError { ReplyError("ERR invalid cursor") }
  static var nestedMulti: ReplyError { ReplyError("ERR MULTI calls can not be nested") }
  static var execWithoutMulti: ReplyError { ReplyError("ERR EXEC without MULTI") }
  static var discardWithoutMulti: ReplyError { ReplyError("ERR DISCARD without MULTI") }
  static var watchInMulti: ReplyError { ReplyError("ERR WATCH inside MULTI is not allowed") }
  static var execAborted: ReplyError {
    ReplyError("EXECABORT Transaction discarded because of previous errors.")
  }
  static var notAllowedInTransaction: ReplyError { ReplyError("ERR Command not allowed inside a transaction") }
  static var authenticationRequired: ReplyError { ReplyError("NOAUTH Authentication required.") }
  static var wrongPassword: ReplyError {
    ReplyError("WRONGPASS invalid username-password pair or user is disabled.")
  }
  static var outOfMemory: ReplyError {
    ReplyError("OOM command not allowed when used memory > 'maxmemory'.")
  }
  static var sortByDenied: ReplyError {
    ReplyError("ERR BY option of SORT denied due to insufficient ACL permissions.")
  }
  static var sortGetDenied: ReplyError {
    ReplyError("ERR GET option of SORT denied due to insufficient ACL permissions.")
  }
  static var busyScript: ReplyError {
    ReplyError("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")
  }
  static var busyFunction: ReplyError {
    ReplyError("BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.")
  }
  static var monitorTouchesKeys: ReplyError { ReplyError("ERR Replica can't interact with the keyspace") }
  static var noScript: ReplyError { ReplyError("NOSCRIPT No matching script. Please use EVAL.") }
  static var maximumClients: ReplyError { ReplyError("ERR max number of clients reached") }
  static var notFromScript: ReplyError { ReplyError("ERR This Redis command is not allowed from script") }
}

extension ProtocolError {
  /// What the client reads before its connection is closed. Bytes, because an offending byte is quoted as it came.
  var text: [UInt8] {
    let detail: StaticString =
      switch self {
      case .invalidMultibulkLength: "invalid multibulk length"
      case .unauthenticatedMultibulkLength: "unauthenticated multibulk length"
      case .tooBigMultibulkCount: "too big mbulk count string"
      case .expectedDollar: "expected '$', got '"
      case .invalidBulkLength: "invalid bulk length"
      case .unauthenticatedBulkLength: "unauthenticated bulk length"
      case .tooBigBulkCount: "too big bulk count string"
      case .tooBigInlineRequest: "too big inline request"
      case .unbalancedQuotes: "unbalanced quotes in request"
      }
    var text = Bytes("ERR Protocol error: ").copied() + Bytes(detail).copied()
    if case .expectedDollar(let byte) = self { text += [byte, UInt8(ascii: "'")] }
    return text
  }
}
