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
  static var lastInXReadGroup: ReplyError {
    ReplyError(
      """
      ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by \
      specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set.
      """)
  }
  static var claimOptionInXRead: ReplyError {
    ReplyError("ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead.")
  }
  static var minIdleNotAnInteger: ReplyError { ReplyError("ERR min-idle-time is not an integer") }
  static var minIdleNegative: ReplyError { ReplyError("ERR min-idle-time must be a positive integer") }
  static var idCountNotPositive: ReplyError { ReplyError("ERR Number of IDs must be a positive integer") }
  static var idCountDiffers: ReplyError {
    ReplyError("ERR The `numids` parameter must match the number of arguments")
  }
  static var newIDInXRead: ReplyError {
    ReplyError(
      "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.")
  }
}

// Consumer groups.
extension ReplyError {
  static var groupNeedsKey: ReplyError {
    ReplyError(
      """
      ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option \
      to create an empty stream automatically.
      """)
  }
  static var groupExists: ReplyError { ReplyError("BUSYGROUP Consumer Group name already exists") }
  static var entriesReadNegative: ReplyError {
    ReplyError("ERR value for ENTRIESREAD must be positive or -1")
  }
  static var groupOptionMissing: ReplyError { ReplyError("ERR Missing GROUP option for XREADGROUP") }
  static var endInXReadGroup: ReplyError {
    ReplyError(
      """
      ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by \
      specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.
      """)
  }
  /// 7.0 to a client that waits; later versions say what they say to one that comes.
  static var awaitedStreamGone: ReplyError { ReplyError("UNBLOCKED the stream key no longer exists") }
  static var awaitedGroupGone: ReplyError {
    ReplyError("NOGROUP the consumer group this client was blocked on no longer exists")
  }
}

// XCLAIM and XAUTOCLAIM.
extension ReplyError {
  static var claimMinIdle: ReplyError { ReplyError("ERR Invalid min-idle-time argument for XCLAIM") }
  static var claimIdle: ReplyError { ReplyError("ERR Invalid IDLE option argument for XCLAIM") }
  static var claimTime: ReplyError { ReplyError("ERR Invalid TIME option argument for XCLAIM") }
  static var claimRetryCount: ReplyError { ReplyError("ERR Invalid RETRYCOUNT option argument for XCLAIM") }
  static var autoClaimMinIdle: ReplyError { ReplyError("ERR Invalid min-idle-time argument for XAUTOCLAIM") }
  static var claimCount: ReplyError { ReplyError("ERR COUNT must be > 0") }
  static var countTooHigh: ReplyError {
    ReplyError("ERR Insufficient memory, failed allocating transient memory, COUNT too high.")
  }
}
