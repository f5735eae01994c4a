// EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT and PERSIST.

enum ExpireCommand {
  static let all = [
    expiry("expire", since: "1.0.0", "Lets a key expire after so many seconds.", .integer("seconds"), expire),
    expiry(
      "pexpire", since: "2.6.0", "Lets a key expire after so many milliseconds.", .integer("milliseconds"),
      pExpire),
    expiry(
      "expireat", since: "1.2.0", "Lets a key expire at a time in seconds since 1970.",
      .unixTime("unix-time-seconds"), expireAt),
    expiry(
      "pexpireat", since: "2.6.0", "Lets a key expire at a time in milliseconds since 1970.",
      .unixTime("unix-time-milliseconds"), pExpireAt),
    Command(
      "persist", .generic, since: "2.2.0", "Takes a key's time of expiry away.", arity: 2,
      flags: [.write, .fast],
      categories: [.keyspace], keys: [.key(1, [.readWrite, .update])], arguments: [.key()], handler: persist),
  ]

  private static func expiry(
    _ name: String, since: Version, _ summary: String, _ time: Argument, _ handler: @escaping Command.Handler
  ) -> Command {
    Command(
      name, .generic, since: since, summary, arity: -3, flags: [.write, .fast], categories: [.keyspace],
      keys: [.key(1, [.readWrite, .update])],
      arguments: [
        .key(), time,
        .oneOf("condition", [.token("NX"), .token("XX"), .token("GT"), .token("LT")]).optional.since("7.0.0"),
      ],
      history: [("7.0.0", "The options NX, XX, GT and LT.")], handler: handler)
  }

  static func expire(_ context: inout Context) throws(ReplyError) {
    try setDeadline(&context, millisecondsPerUnit: 1000, from: context.now)
  }
  static func pExpire(_ context: inout Context) throws(ReplyError) {
    try setDeadline(&context, millisecondsPerUnit: 1, from: context.now)
  }
  static func expireAt(_ context: inout Context) throws(ReplyError) {
    try setDeadline(&context, millisecondsPerUnit: 1000, from: 0)
  }
  static func pExpireAt(_ context: inout Context) throws(ReplyError) {
    try setDeadline(&context, millisecondsPerUnit: 1, from: 0)
  }

  @inline(__always)
  private static func setDeadline(
    _ context: inout Context, millisecondsPerUnit unit: Int64, from start: Int64
  ) throws(ReplyError) {
    var conditions: Conditions = []
    if context.arguments.count > 3 {
      guard let read = try Conditions(context) else { return }
      conditions = read
    }
    let (product, overflow) = try context.arguments.integer(2).multipliedReportingOverflow(by: unit)
    let (sum, carry) = product.addingReportingOverflow(start)
    if overflow || carry { return context.failExpireTime() }
    // The very last millisecond stands for "never"; nobody will see the one before it.
    let deadline = min(sum, Entry.noDeadline &- 1)
    let key = context.key(1)
    guard let entry = context.find(key), conditions.allow(deadline, over: entry.deadlineMilliseconds) else {
      return context.reply.integer(0)
    }
    if deadline <= context.now {
      _ = context.remove(key)
      context.touched(key, "del", .generic)
    } else {
      context.database.setDeadline(deadline, of: entry, under: key)
      context.touched(key, "expire", .generic)
    }
    context.reply.integer(1)
  }

  static func persist(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    guard let entry = context.find(key), entry.deadlineMilliseconds != Entry.noDeadline else {
      return context.reply.integer(0)
    }
    context.database.setDeadline(Entry.noDeadline, of: entry, under: key)
    context.touched(key, "persist", .generic)
    context.reply.integer(1)
  }
}

extension ExpireCommand {
  /// When a deadline may be set: NX, XX, GT and LT.
  fileprivate struct Conditions: OptionSet {
    let rawValue: UInt8
    static let ifNone = Conditions(rawValue: 1 << 0)
    static let ifAny = Conditions(rawValue: 1 << 1)
    static let ifLater = Conditions(rawValue: 1 << 2)
    static let ifSooner = Conditions(rawValue: 1 << 3)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Reads the options from position 3 on. Nil if the error has been replied.
    @inline(never)
    init?(_ context: borrowing Context) throws(ReplyError) {
      self = []
      let arguments = context.arguments
      for index in 3..<arguments.count {
        let option = arguments[index]
        if option.matches("NX") {
          insert(.ifNone)
        } else if option.matches("XX") {
          insert(.ifAny)
        } else if option.matches("GT") {
          insert(.ifLater)
        } else if option.matches("LT") {
          insert(.ifSooner)
        } else {
          context.fail("ERR Unsupported option ", quoting: option, "")
          return nil
        }
      }
      if contains(.ifNone) && self != .ifNone { throw .expiryConditionsWithNew }
      if contains([.ifLater, .ifSooner]) { throw .expiryConditionsOpposed }
    }

    /// Whether a deadline may replace another; no deadline counts as one in infinity.
    @inline(__always)
    func allow(_ new: Int64, over old: Int64) -> Bool {
      if isEmpty { return true }
      if contains(.ifNone) && old != Entry.noDeadline { return false }
      if contains(.ifAny) && old == Entry.noDeadline { return false }
      if contains(.ifLater) && new <= old { return false }
      if contains(.ifSooner) && new >= old { return false }
      return true
    }
  }
}
