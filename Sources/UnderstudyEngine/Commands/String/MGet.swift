// MGET, MSET and MSETNX: many strings at once.

enum MGetCommand {
  static let all = [
    Command(
      "mget", .string, since: "1.0.0", "Answers the strings under keys; nil where there is no string.",
      complexity: "O(N) for N keys.", arity: -2, flags: [.readOnly, .fast],
      keys: [.keys(from: 1, [.readOnly, .access])], arguments: [.key().multiple],
      tips: ["request_policy:multi_shard"], handler: mget),
    Command(
      "mset", .string, since: "1.0.1", "Stores strings under keys.", complexity: "O(N) for N keys.",
      arity: -3,
      flags: [.write, .denyOOM], keys: [.keys(from: 1, step: 2, [.overwrite, .update])], arguments: pairs,
      tips: ["request_policy:multi_shard", "response_policy:all_succeeded"], handler: mset),
    Command(
      "msetnx", .string, since: "1.0.1", "Stores strings under keys if none of the keys is there.",
      complexity: "O(N) for N keys.", arity: -3, flags: [.write, .denyOOM],
      keys: [.keys(from: 1, step: 2, [.overwrite, .insert])], arguments: pairs,
      tips: ["request_policy:multi_shard", "response_policy:agg_min"], handler: msetnx),
  ]

  private static let pairs: [Argument] = [.block("key_value", [.key(), .string("value")]).multiple]

  static func mget(_ context: inout Context) throws(ReplyError) {
    context.reply.array(context.arguments.count - 1)
    for index in 1..<context.arguments.count {
      if let entry = context.read(context.key(index)), !entry.kind.isContainer {
        try context.reply.string(entry)
      } else {
        context.reply.null()
      }
    }
  }

  static func mset(_ context: inout Context) throws(ReplyError) {
    guard context.arguments.count & 1 == 1 else { return context.failArity() }
    setAll(&context)
    context.reply.ok()
  }

  static func msetnx(_ context: inout Context) throws(ReplyError) {
    guard context.arguments.count & 1 == 1 else { return context.failArity() }
    for index in stride(from: 1, to: context.arguments.count, by: 2) where context.exists(context.key(index))
    {
      return context.reply.integer(0)
    }
    setAll(&context)
    context.reply.integer(1)
  }

  @inline(__always)
  private static func setAll(_ context: inout Context) {
    var index = 1
    while index < context.arguments.count {
      let key = context.key(index)
      context.storeArgument(index &+ 1, under: key, deadline: .none)
      context.touched(key, "set", .string)
      index &+= 2
    }
  }
}
