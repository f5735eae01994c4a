// The error texts of the commands that work on keys of any kind; see ReplyError.swift.

extension ReplyError {
  static var noValuesOutsideHash: ReplyError { ReplyError("ERR NOVALUES option can only be used in HSCAN") }
  static var expiryConditionsWithNew: ReplyError {
    ReplyError("ERR NX and XX, GT or LT options at the same time are not compatible")
  }
  static var expiryConditionsOpposed: ReplyError {
    ReplyError("ERR GT and LT options at the same time are not compatible")
  }
  static var busyKey: ReplyError { ReplyError("BUSYKEY Target key name already exists.") }
  static var dumpNotIntact: ReplyError { ReplyError("ERR DUMP payload version or checksum are wrong") }
  static var migrateKeysBesideKey: ReplyError {
    ReplyError("ERR When using MIGRATE KEYS option, the key argument must be set to the empty string")
  }
  /// Our own: scripts and embedded calls cannot wait for another server.
  static var cannotMigrateHere: ReplyError { ReplyError("ERR MIGRATE can be called by clients only") }
  static var badDump: ReplyError { ReplyError("ERR Bad data format") }
  static var negativeLifetime: ReplyError { ReplyError("ERR Invalid TTL value, must be >= 0") }
  static var negativeIdleTime: ReplyError { ReplyError("ERR Invalid IDLETIME value, must be >= 0") }
  static var frequencyOutOfRange: ReplyError { ReplyError("ERR Invalid FREQ value, must be >= 0 and <= 255") }
  static var notWithinInt: ReplyError {
    ReplyError("ERR value is out of range, value must between -2147483648 and 2147483647")
  }
  static var sortedByNoNumber: ReplyError { ReplyError("ERR One or more scores can't be converted into double") }
  static var frequencyTracked: ReplyError {
    ReplyError(
      """
      ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies \
      at runtime LRU and LFU data will take some time to adjust.
      """)
  }
  static var frequencyNotTracked: ReplyError {
    ReplyError(
      """
      ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching \
      between policies at runtime LRU and LFU data will take some time to adjust.
      """)
  }
}
