// KEYS and RANDOMKEY.

enum KeysCommand {
  static let all = [
    Command(
      "keys", .generic, since: "1.0.0", "Answers the names of all keys that match a pattern.",
      complexity: "O(N) for N keys in the database", arity: 2, flags: [.readOnly],
      categories: [.keyspace, .dangerous], arguments: [.pattern("pattern")],
      tips: ["request_policy:all_shards", "nondeterministic_output_order"], handler: keys),
    Command(
      "randomkey", .generic, since: "1.0.0", "Answers the name of a key chosen at random.", arity: 1,
      flags: [.readOnly], categories: [.keyspace],
      tips: ["request_policy:all_shards", "nondeterministic_output"], handler: randomKey),
  ]

  static func keys(_ context: inout Context) throws(ReplyError) {
    let pattern = GlobPattern(context.arguments[1])
    let reply = context.reply
    let now = context.now
    if pattern.isLiteral {
      // Only one key can match.
      let key = context.key(1)
      let entry = context.database.table.find(key.bytes, hash: key.hash)
      guard let entry, entry.deadlineMilliseconds > now else { return reply.emptyArray() }
      reply.array(1)
      return reply.bulk(key.bytes)
    }
    let matchesAll = pattern.isStar
    reply.deferred({ head, count in head.array(count) }) {
      var count = 0
      context.database.table.forEach { entry in
        guard matchesAll || pattern.matches(entry.key), entry.deadlineMilliseconds > now else { return }
        reply.bulk(entry.key)
        count &+= 1
      }
      return count
    }
  }

  static func randomKey(_ context: inout Context) throws(ReplyError) {
    // One that has expired goes, and another is drawn; so this ends.
    while let entry = context.database.table.randomEntry(using: &context.engine.random) {
      if entry.deadlineMilliseconds > context.now { return context.reply.bulk(entry.key) }
      context.expire(entry)
    }
    context.reply.null()
  }
}
