// The error texts of streams; see ReplyError.swift.

extension ReplyError {
  static var invalidStreamID: ReplyError {
    ReplyError("ERR Invalid stream ID specified as stream command argument")
  }
  static var streamIDZero: ReplyError { ReplyError("ERR The ID specified in XADD must be greater than 0-0") }
  static var streamIDTooSmall: ReplyError {
    ReplyError("ERR The ID specified in XADD is equal or smaller than the target stream top item")
  }
  static var streamIDsExhausted: ReplyError {
    ReplyError("ERR The stream has exhausted the last possible ID, unable to add more items")
  }
  static var streamElementsTooLarge: ReplyError { ReplyError("ERR Elements are too large to be stored") }
  static var intervalStart: ReplyError { ReplyError("ERR invalid start ID for the interval") }
  static var intervalEnd: ReplyError { ReplyError("ERR invalid end ID for the interval") }
}

// Trimming.
extension ReplyError {
  static var negativeMaxLen: ReplyError { ReplyError("ERR The MAXLEN argument must be >= 0.") }
  static var negativeTrimLimit: ReplyError { ReplyError("ERR The LIMIT argument must be >= 0.") }
  static var trimmedTwice: ReplyError {
    ReplyError("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
  }
  static var limitWithoutStrategy: ReplyError {
    ReplyError("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
  }
  static var limitOfExactTrim: ReplyError {
    ReplyError("ERR syntax error, LIMIT cannot be used without the special ~ option")
  }
  static var trimWithoutStrategy: ReplyError {
    ReplyError("ERR syntax error, XTRIM must be called with a trimming strategy")
  }
}

// XSETID.
extension ReplyError {
  static var entriesAddedNegative: ReplyError { ReplyError("ERR entries_added must be positive") }
  static var entriesAddedBelowLength: ReplyError {
    ReplyError("ERR The entries_added specified in XSETID is smaller than the target stream length")
  }
  static var lastIDBelowGivenDeleted: ReplyError {
    ReplyError("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
  }
  static var lastIDBelowDeleted: ReplyError {
    ReplyError("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id")
  }
  static var lastIDBelowTop: ReplyError {
    ReplyError("ERR The ID specified in XSETID is smaller than the target stream top item")
  }
}

// XREAD.
extension ReplyError {
  static var groupOptionInXRead: ReplyError {
    ReplyError("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.")
  }
  static var noAckOptionInXRead: ReplyError {
    ReplyError("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.")
  }
  static var newIDInXRead: ReplyError {
    ReplyError(
      "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.")
  }
}
