// HGETALL, HKEYS and HVALS.

enum HGetAllCommand {
  static let all = [
    Command(
      "hgetall", .hash, since: "2.0.0", "Answers all fields and values of a hash.",
      complexity: "O(N) where N is the size of the hash", arity: 2, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key()], tips: ["nondeterministic_output_order"],
      handler: hGetAll),
    Command(
      "hkeys", .hash, since: "2.0.0", "Answers all fields of a hash.",
      complexity: "O(N) where N is the size of the hash", arity: 2, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key()], tips: ["nondeterministic_output_order"],
      handler: hKeys),
    Command(
      "hvals", .hash, since: "2.0.0", "Answers all values of a hash.",
      complexity: "O(N) where N is the size of the hash", arity: 2, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key()], tips: ["nondeterministic_output_order"],
      handler: hVals),
  ]

  static func hGetAll(_ context: inout Context) throws(ReplyError) {
    let hash = try context.hash(context.key(1))
    let reply = context.reply
    reply.map(hash?.count ?? 0)
    hash?.forEach { field, value in
      reply.bulk(field)
      reply.bulk(value)
    }
  }

  static func hKeys(_ context: inout Context) throws(ReplyError) {
    let hash = try context.hash(context.key(1))
    let reply = context.reply
    reply.array(hash?.count ?? 0)
    hash?.forEach { field, _ in reply.bulk(field) }
  }

  static func hVals(_ context: inout Context) throws(ReplyError) {
    let hash = try context.hash(context.key(1))
    let reply = context.reply
    reply.array(hash?.count ?? 0)
    hash?.forEach { _, value in reply.bulk(value) }
  }
}
