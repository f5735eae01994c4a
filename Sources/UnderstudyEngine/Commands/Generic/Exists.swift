// EXISTS, TOUCH and TYPE.

enum ExistsCommand {
  static let all = [
    Command(
      "exists", .generic, since: "1.0.0", "Counts the keys that are there; one named twice counts twice.",
      complexity: "O(N) for N keys", arity: -2, flags: [.readOnly, .fast], categories: [.keyspace],
      keys: [.keys(from: 1, [.readOnly])], arguments: [.key().multiple],
      tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
      history: [("3.0.3", "Takes several keys.")], handler: exists),
    Command(
      "touch", .generic, since: "3.2.1", "Counts the keys that are there, as ones accessed just now.",
      complexity: "O(N) for N keys", arity: -2, flags: [.readOnly, .fast], categories: [.keyspace],
      keys: [.keys(from: 1, [.readOnly])], arguments: [.key().multiple],
      tips: ["request_policy:multi_shard", "response_policy:agg_sum"], handler: touch),
    Command(
      "type", .generic, since: "1.0.0", "Names the type of the value under a key.", arity: 2,
      flags: [.readOnly, .fast], categories: [.keyspace], keys: [.key(1, [.readOnly])], arguments: [.key()],
      handler: type),
  ]

  static func exists(_ context: inout Context) throws(ReplyError) {
    var found = 0
    for index in 1..<context.arguments.count where context.inspect(context.key(index)) != nil { found &+= 1 }
    context.reply.integer(found)
  }

  static func touch(_ context: inout Context) throws(ReplyError) {
    var found = 0
    for index in 1..<context.arguments.count {
      let key = context.key(index)
      guard let entry = context.inspect(key) else { continue }
      // Since 7.2 also for a client that leaves no traces (CLIENT NO-TOUCH).
      context.noteAccess(entry, key)
      found &+= 1
    }
    context.reply.integer(found)
  }

  static func type(_ context: inout Context) throws(ReplyError) {
    context.reply.simple(context.inspect(context.key(1))?.kind.typeName ?? "none")
  }
}
