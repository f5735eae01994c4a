// GETSET, GETDEL and GETEX: answer a string and do something to its key.

enum GetSetCommand {
  static let all = [
    Command(
      "getset", .string, since: "1.0.0", "Answers the string under a key and stores another.", arity: 3,
      flags: [.write, .denyOOM, .fast], keys: [.key(1, [.readWrite, .access, .update])],
      arguments: [.key(), .string("value")],
      deprecated: Command.Deprecation(since: "6.2.0", replacement: "`SET` with the `!GET` argument"),
      handler: getSet),
    Command(
      "getdel", .string, since: "6.2.0", "Answers the string under a key and removes the key.", arity: 2,
      flags: [.write, .fast], keys: [.key(1, [.readWrite, .access, .delete])], arguments: [.key()],
      handler: getDel),
    Command(
      "getex", .string, since: "6.2.0",
      "Answers the string under a key and sets or removes the key's deadline.",
      arity: -2, flags: [.write, .fast],
      keys: [
        KeySpec(
          [.readWrite, .access, .update], .index(1), .range(last: 0, step: 1, limit: 0),
          notes: "Written to because its deadline changes.")
      ],
      arguments: [
        .key(),
        .oneOf(
          "expiration",
          [
            .integer("seconds", token: "EX"), .integer("milliseconds", token: "PX"),
            .unixTime("unix-time-seconds", token: "EXAT"), .unixTime("unix-time-milliseconds", token: "PXAT"),
            .token("PERSIST"),
          ]
        ).optional,
      ],
      handler: getEx),
  ]

  static func getSet(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    if let entry = context.read(key) { try context.reply.string(entry) } else { context.reply.null() }
    context.storeArgument(2, under: key, deadline: .none)
    context.touched(key, "set", .string)
  }

  static func getDel(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    guard let entry = context.read(key) else { return context.reply.null() }
    try context.reply.string(entry)
    if context.remove(key) { context.touched(key, "del", .generic) }
  }

  static func getEx(_ context: inout Context) throws(ReplyError) {
    var option = ExpiryOption()
    var cursor = ArgumentCursor(context.arguments, from: 2)
    while !cursor.isAtEnd {
      guard option.match(&cursor, orBare: "PERSIST") else { throw .syntax }
    }
    let key = context.key(1)
    guard let entry = context.read(key) else { return context.reply.null() }
    if entry.kind.isContainer { throw .wrongType }
    guard let time = option.time else {
      try context.reply.string(entry)
      if option.isBare && entry.deadlineMilliseconds != Entry.noDeadline {
        context.setDeadline(Entry.noDeadline, for: key)
        context.touched(key, "persist", .generic)
      }
      return
    }
    guard let deadline = try time.deadline(&context) else { return }
    try context.reply.string(entry)
    if time.isAbsolute && deadline <= context.now {
      if context.remove(key) { context.touched(key, "del", .generic) }
    } else {
      context.setDeadline(deadline, for: key)
      context.touched(key, "expire", .generic)
    }
  }
}
