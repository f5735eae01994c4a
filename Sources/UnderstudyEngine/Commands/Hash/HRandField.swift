// HRANDFIELD.

enum HRandFieldCommand {
  static let command = Command(
    "hrandfield", .hash, since: "6.2.0", "Answers fields of a hash chosen at random.",
    complexity: "O(N) for N fields answered", arity: -2, flags: [.readOnly],
    keys: [.key(1, [.readOnly, .access])],
    arguments: [.key(), .block("options", [.integer("count"), .token("WITHVALUES").optional]).optional],
    tips: ["nondeterministic_output"], handler: hRandField)

  static func hRandField(_ context: inout Context) throws(ReplyError) {
    let reply = context.reply
    if context.arguments.count == 2 {
      guard let hash = try context.hash(context.key(1)) else { return reply.null() }
      _ = hash.random(using: &context.engine.random) { field, _ in reply.bulk(field) }
      return
    }
    var withValues = false
    let wanted = try RandomCount(context, option: "WITHVALUES", &withValues)
    guard let hash = try context.hash(context.key(1)), wanted.count > 0 else { return reply.emptyArray() }
    let size = hash.count
    let shown = wanted.mayRepeat ? wanted.count : min(wanted.count, size)
    reply.array(withValues && !reply.isRESP3 ? shown * 2 : shown)
    func show(_ field: PackedElement, _ value: PackedElement) {
      if withValues && reply.isRESP3 { reply.array(2) }
      reply.bulk(field)
      if withValues { reply.bulk(value) }
    }
    if wanted.mayRepeat {
      for _ in 0..<shown { _ = hash.random(using: &context.engine.random, show) }
    } else {
      hash.sample(shown, using: &context.engine.random, show)
    }
  }
}
