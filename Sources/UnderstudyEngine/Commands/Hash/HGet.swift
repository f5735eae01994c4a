// HGET, HMGET, HEXISTS, HSTRLEN and HLEN: what looks at single fields.

enum HGetCommand {
  static let all = [
    Command(
      "hget", .hash, since: "2.0.0", "Answers the value of a field.",
      arity: 3, flags: [.readOnly, .fast], keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), .string("field")], handler: hGet),
    Command(
      "hmget", .hash, since: "2.0.0", "Answers the values of several fields.",
      complexity: "O(N) for N fields", arity: -3, flags: [.readOnly, .fast],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key(), .string("field").multiple], handler: hMGet),
    Command(
      "hexists", .hash, since: "2.0.0", "Tells whether a hash has a field.",
      arity: 3, flags: [.readOnly, .fast], keys: [.key(1, .readOnly)], arguments: [.key(), .string("field")],
      handler: hExists),
    Command(
      "hstrlen", .hash, since: "3.2.0", "Answers the length of a field's value.",
      arity: 3, flags: [.readOnly, .fast], keys: [.key(1, .readOnly)], arguments: [.key(), .string("field")],
      handler: hStrLen),
    Command(
      "hlen", .hash, since: "2.0.0", "Counts the fields of a hash.",
      arity: 2, flags: [.readOnly, .fast], keys: [.key(1, .readOnly)], arguments: [.key()], handler: hLen),
  ]

  static func hGet(_ context: inout Context) throws(ReplyError) {
    guard let hash = try context.hash(context.key(1)), let value = hash[context.arguments[2]] else {
      return context.reply.null()
    }
    context.reply.bulk(value)
  }

  static func hMGet(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let hash = try context.hash(context.key(1))
    let reply = context.reply
    reply.array(arguments.count - 2)
    for index in 2..<arguments.count {
      if let value = hash?[arguments[index]] { reply.bulk(value) } else { reply.null() }
    }
  }

  static func hExists(_ context: inout Context) throws(ReplyError) {
    let hash = try context.hash(context.key(1))
    context.reply.integer(hash?.contains(context.arguments[2]) == true ? 1 : 0)
  }

  static func hStrLen(_ context: inout Context) throws(ReplyError) {
    let hash = try context.hash(context.key(1))
    context.reply.integer(hash?[context.arguments[2]]?.length ?? 0)
  }

  static func hLen(_ context: inout Context) throws(ReplyError) {
    let hash = try context.hash(context.key(1))
    context.reply.integer(hash?.count ?? 0)
  }
}
