// ZREMRANGEBYRANK, ZREMRANGEBYSCORE and ZREMRANGEBYLEX.

enum ZRemRangeCommand {
  static let all = [
    Command(
      "zremrangebyrank", .sortedSet, since: "2.0.0", "Removes the members within a range of ranks.",
      complexity: "O(log(N)+M) for M members removed of N", arity: 4, flags: [.write],
      keys: [.key(1, [.readWrite, .delete])], arguments: [.key(), .integer("start"), .integer("stop")],
      handler: zRemRangeByRank),
    Command(
      "zremrangebyscore", .sortedSet, since: "1.2.0", "Removes the members within a range of scores.",
      complexity: "O(log(N)+M) for M members removed of N", arity: 4, flags: [.write],
      keys: [.key(1, [.readWrite, .delete])], arguments: [.key(), .double("min"), .double("max")],
      handler: zRemRangeByScore),
    Command(
      "zremrangebylex", .sortedSet, since: "2.8.9", "Removes the members within a lexicographical range.",
      complexity: "O(log(N)+M) for M members removed of N", arity: 4, flags: [.write],
      keys: [.key(1, [.readWrite, .delete])], arguments: [.key(), .string("min"), .string("max")],
      handler: zRemRangeByLex),
  ]

  static func zRemRangeByRank(_ context: inout Context) throws(ReplyError) {
    let start = try context.arguments.integer(2)
    let stop = try context.arguments.integer(3)
    try remove(&context, "zremrangebyrank") { IndexRange(start, stop, count: $0.count).range }
  }

  static func zRemRangeByScore(_ context: inout Context) throws(ReplyError) {
    let range = try ScoreRange(context.arguments[2], context.arguments[3])
    try remove(&context, "zremrangebyscore") { $0.ranks(in: range) }
  }

  static func zRemRangeByLex(_ context: inout Context) throws(ReplyError) {
    let range = try LexRange(context.arguments[2], context.arguments[3])
    try remove(&context, "zremrangebylex") { $0.ranks(in: range) }
  }

  private static func remove(
    _ context: inout Context, _ event: StaticString, _ ranks: (SortedSetValue) -> Range<Int>
  ) throws(ReplyError) {
    let key = context.key(1)
    guard let set = try context.mutableSortedSet(key) else { return context.reply.integer(0) }
    let removed = set.remove(ranks: ranks(set))
    if removed > 0 {
      let isEmpty = set.isEmpty
      context.touched(key, event, .sortedSet, changes: removed)
      context.removeIfEmpty(key, isEmpty)
    }
    context.reply.integer(removed)
  }
}
