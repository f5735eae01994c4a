// HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT and HPERSIST: deadlines of fields, given and taken away.

enum HExpireCommand {
  static let all = [
    expiry(
      "hexpire", "Lets fields of a hash expire after so many seconds.", .integer("seconds"), hExpire),
    expiry(
      "hpexpire", "Lets fields of a hash expire after so many milliseconds.", .integer("milliseconds"),
      hPExpire),
    expiry(
      "hexpireat", "Lets fields of a hash expire at a time in seconds since 1970.",
      .unixTime("unix-time-seconds"), hExpireAt),
    expiry(
      "hpexpireat", "Lets fields of a hash expire at a time in milliseconds since 1970.",
      .unixTime("unix-time-milliseconds"), hPExpireAt),
    Command(
      "hpersist", .hash, since: "7.4.0", "Takes the time of expiry of fields away.",
      complexity: "O(N) for N fields", arity: -5, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .update])], arguments: [.key(), FieldArguments.argument], handler: hPersist),
  ]

  private static func expiry(
    _ name: String, _ summary: String, _ time: Argument, _ handler: @escaping Command.Handler
  ) -> Command {
    Command(
      name, .hash, since: "7.4.0", summary, complexity: "O(N) for N fields", arity: -6,
      flags: [.write, .denyOOM, .fast], laterFlags: ("8.0.0", [.write, .fast]),
      keys: [.key(1, [.readWrite, .update])],
      arguments: [
        .key(), time,
        .oneOf("condition", [.token("NX"), .token("XX"), .token("GT"), .token("LT")]).optional,
        FieldArguments.argument,
      ],
      handler: handler)
  }

  static func hExpire(_ context: inout Context) throws(ReplyError) {
    try setDeadlines(&context, millisecondsPerUnit: 1000, from: context.now)
  }
  static func hPExpire(_ context: inout Context) throws(ReplyError) {
    try setDeadlines(&context, millisecondsPerUnit: 1, from: context.now)
  }
  static func hExpireAt(_ context: inout Context) throws(ReplyError) {
    try setDeadlines(&context, millisecondsPerUnit: 1000, from: 0)
  }
  static func hPExpireAt(_ context: inout Context) throws(ReplyError) {
    try setDeadlines(&context, millisecondsPerUnit: 1, from: 0)
  }

  private static func setDeadlines(
    _ context: inout Context, millisecondsPerUnit unit: Int64, from start: Int64
  ) throws(ReplyError) {
    let arguments = context.arguments
    let key = context.key(1)
    _ = try context.mutableHash(key)
    guard let deadline = try FieldDeadline.read(context, at: 2, millisecondsPerUnit: unit, from: start)
    else { return }
    let condition = FieldCondition(arguments[3])
    let isConditional = condition != .none
    let fields = try FieldArguments(arguments, at: isConditional ? 4 : 3, .fieldCountNotAboveZero)
    let reply = context.reply
    reply.array(fields.range.count)
    guard let hash = try context.keepingDeadlines(key) else {
      for _ in fields.range { reply.integer(FieldOutcome.noField.rawValue) }
      return
    }
    var changed = 0
    var deleted = 0
    for index in fields.range {
      let outcome = context.setDeadline(deadline, of: arguments[index], in: hash, condition)
      if outcome == .set { changed &+= 1 }
      if outcome == .deleted { deleted &+= 1 }
      reply.integer(outcome.rawValue)
    }
    if changed &+ deleted == 0 { return }
    context.indexFields(of: hash, key)
    let isEmpty = hash.isEmpty
    context.touched(key, deleted > 0 ? "hdel" : "hexpire", .hash)
    context.removeIfEmpty(key, isEmpty)
  }

  static func hPersist(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let key = context.key(1)
    let hash = try context.mutableHash(key)
    let fields = try FieldArguments(arguments, at: 2)
    let reply = context.reply
    reply.array(fields.range.count)
    var hasChanged = false
    for index in fields.range {
      guard let hash, let deadline = hash.deadline(of: arguments[index]) else {
        reply.integer(-2)
        continue
      }
      if deadline == Entry.noDeadline {
        reply.integer(-1)
      } else {
        hash.setDeadline(Entry.noDeadline, of: arguments[index])
        hasChanged = true
        reply.integer(1)
      }
    }
    guard hasChanged, let hash else { return }
    context.indexFields(of: hash, key)
    context.touched(key, "hpersist", .hash)
  }
}
