// ZRANDMEMBER.

enum ZRandMemberCommand {
  static let command = Command(
    "zrandmember", .sortedSet, since: "6.2.0", "Answers members of a sorted set chosen at random.",
    complexity: "O(N) for N members answered", arity: -2, flags: [.readOnly],
    keys: [.key(1, [.readOnly, .access])],
    arguments: [.key(), .block("options", [.integer("count"), .token("WITHSCORES").optional]).optional],
    tips: ["nondeterministic_output"], handler: zRandMember)

  static func zRandMember(_ context: inout Context) throws(ReplyError) {
    let reply = context.reply
    if context.arguments.count == 2 {
      guard let set = try context.sortedSet(context.key(1)) else { return reply.null() }
      _ = set.random(using: &context.engine.random) { member, _ in reply.bulk(member) }
      return
    }
    var withScores = false
    let wanted = try RandomCount(context, option: "WITHSCORES", &withScores)
    guard let set = try context.sortedSet(context.key(1)), wanted.count > 0 else { return reply.emptyArray() }
    let shown = wanted.mayRepeat ? wanted.count : min(wanted.count, set.count)
    reply.members(shown, withScores: withScores)
    func show(_ member: PackedElement, _ score: Double) { reply.member(member, score, withScores: withScores) }
    if wanted.mayRepeat {
      for _ in 0..<shown { _ = set.random(using: &context.engine.random, show) }
    } else {
      set.sample(shown, using: &context.engine.random, show)
    }
  }
}
