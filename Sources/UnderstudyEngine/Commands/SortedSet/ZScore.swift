// ZSCORE, ZMSCORE and ZCARD.

enum ZScoreCommand {
  static let all = [
    Command(
      "zscore", .sortedSet, since: "1.2.0", "Answers the score of a member.",
      arity: 3, flags: [.readOnly, .fast], keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), .string("member")], handler: zScore),
    Command(
      "zmscore", .sortedSet, since: "6.2.0", "Answers the scores of several members.",
      complexity: "O(N) for N members", arity: -3, flags: [.readOnly, .fast],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key(), .string("member").multiple],
      handler: zMScore),
    Command(
      "zcard", .sortedSet, since: "1.2.0", "Counts the members of a sorted set.",
      arity: 2, flags: [.readOnly, .fast], keys: [.key(1, .readOnly)], arguments: [.key()], handler: zCard),
  ]

  static func zScore(_ context: inout Context) throws(ReplyError) {
    guard let set = try context.sortedSet(context.key(1)), let score = set[context.arguments[2]] else {
      return context.reply.null()
    }
    context.reply.double(score)
  }

  static func zMScore(_ context: inout Context) throws(ReplyError) {
    let set = try context.sortedSet(context.key(1))
    let arguments = context.arguments
    let reply = context.reply
    reply.array(arguments.count - 2)
    for index in 2..<arguments.count {
      if let score = set?[arguments[index]] { reply.double(score) } else { reply.null() }
    }
  }

  static func zCard(_ context: inout Context) throws(ReplyError) {
    let set = try context.sortedSet(context.key(1))
    context.reply.integer(set?.count ?? 0)
  }
}
