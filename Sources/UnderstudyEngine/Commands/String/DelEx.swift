// DIGEST, DELEX and Valkey's DELIFEQ: a string's digest, and removing a string that is as one thinks it is.

enum DelExCommand {
  static let all = [
    Command(
      "digest", .string, since: "8.4.0", "Answers the digest of a string.",
      complexity: "O(N) for N bytes.", arity: 2, flags: [.readOnly, .fast],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key()], handler: digest),
    Command(
      "delex", .string, since: "8.4.0", "Removes a key if its string, or the digest of that, is as given.",
      complexity: "O(1); O(N) for a digest of N bytes.", arity: -2, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .delete])],
      arguments: [
        .key(),
        .oneOf(
          "condition",
          [
            .string("ifeq-value", token: "IFEQ"), .string("ifne-value", token: "IFNE"),
            .integer("ifdeq-digest", token: "IFDEQ"), .integer("ifdne-digest", token: "IFDNE"),
          ]
        ).optional,
      ],
      handler: delEx),
    Command(
      "delifeq", .string, since: "valkey-9.0.0", "Removes a key if its string is as given.", arity: 3,
      flags: [.write], keys: [.key(1, [.remove, .access, .delete])], arguments: [.key(), .string("value")],
      handler: delIfEqual),
  ]

  static func digest(_ context: inout Context) throws(ReplyError) {
    guard let entry = context.read(context.key(1)) else { return context.reply.null() }
    guard !entry.kind.isContainer else { throw .wrongType }
    let reply = context.reply
    try entry.withString { string in Digest(string).withText { reply.bulk($0) } }
  }

  static func delEx(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let key = context.key(1)
    guard arguments.count > 2 else { return remove(context, key) }
    guard arguments.count == 4 else { return context.failArity() }
    guard let entry = context.read(key) else { return context.reply.integer(0) }
    // Before the condition is read.
    if entry.kind.isContainer { throw .conditionOnNoString }
    guard let condition = StringCondition(arguments[2], arguments[3]) else { throw .unknownCondition }
    guard try condition.holds(for: entry) else { return context.reply.integer(0) }
    remove(context, key)
  }

  static func delIfEqual(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    guard let entry = context.read(key), let condition = StringCondition(Bytes("IFEQ"), context.arguments[2]),
      try condition.holds(for: entry)
    else { return context.reply.integer(0) }
    remove(context, key)
  }

  private static func remove(_ context: borrowing Context, _ key: Key) {
    guard context.remove(key) else { return context.reply.integer(0) }
    context.touched(key, "del", .generic)
    context.reply.integer(1)
  }
}
