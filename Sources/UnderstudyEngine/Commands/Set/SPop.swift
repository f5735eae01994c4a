// SPOP and SRANDMEMBER.

enum SPopCommand {
  static let all = [
    Command(
      "spop", .set, since: "1.0.0", "Takes members out of a set at random.",
      complexity: "O(N) for N members taken", arity: -2, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .access, .delete])],
      arguments: [.key(), .integer("count").optional.since("3.2.0")], tips: ["nondeterministic_output"],
      history: [("3.2.0", "The argument count.")], handler: sPop),
    Command(
      "srandmember", .set, since: "1.0.0", "Answers members of a set chosen at random.",
      complexity: "O(N) for N members answered", arity: -2, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key(), .integer("count").optional.since("2.6.0")],
      tips: ["nondeterministic_output"], history: [("2.6.0", "The argument count.")], handler: sRandMember),
  ]

  static func sPop(_ context: inout Context) throws(ReplyError) {
    if context.arguments.count != 2 { return try popSeveral(&context) }
    let key = context.key(1)
    let reply = context.reply
    guard let set = try context.mutableSet(key) else { return reply.null() }
    _ = set.popRandom(using: &context.engine.random) { reply.bulk($0) }
    let isEmpty = set.isEmpty
    context.touched(key, "spop", .set)
    context.removeIfEmpty(key, isEmpty)
  }

  private static func popSeveral(_ context: inout Context) throws(ReplyError) {
    guard context.arguments.count == 3 else { throw .syntax }
    let count = try context.arguments.integer(2, .mustBePositive)
    if count < 0 { throw .mustBePositive }
    let key = context.key(1)
    let reply = context.reply
    guard let set = try context.mutableSet(key), count > 0 else { return reply.set(0) }
    let size = set.count
    if count >= Int64(size) {
      reply.set(size)
      set.forEach { reply.bulk($0) }
      context.touched(key, "spop", .set, changes: size)
      return context.removeEmptied(key)
    }
    reply.set(Int(count))
    for _ in 0..<count { _ = set.popRandom(using: &context.engine.random) { reply.bulk($0) } }
    context.touched(key, "spop", .set, changes: Int(count))
  }

  static func sRandMember(_ context: inout Context) throws(ReplyError) {
    let reply = context.reply
    if context.arguments.count == 2 {
      guard let set = try context.set(context.key(1)) else { return reply.null() }
      _ = set.random(using: &context.engine.random) { reply.bulk($0) }
      return
    }
    if context.arguments.count > 3 { throw .syntax }
    var hasOption = false
    let wanted = try RandomCount(context, option: nil, &hasOption)
    guard let set = try context.set(context.key(1)), wanted.count > 0 else { return reply.emptyArray() }
    let size = set.count
    let shown = wanted.mayRepeat ? wanted.count : min(wanted.count, size)
    reply.array(shown)
    if wanted.mayRepeat {
      for _ in 0..<shown { _ = set.random(using: &context.engine.random) { reply.bulk($0) } }
    } else {
      set.sample(shown, using: &context.engine.random) { reply.bulk($0) }
    }
  }
}
