// LRANGE, LINDEX and LLEN: what reads lists.

enum LRangeCommand {
  static let all = [
    Command(
      "lrange", .list, since: "1.0.0", "Answers a run of a list's elements.",
      complexity: "O(S+N) where S is the distance of the start from the nearer end and N the length of the run",
      arity: 4, flags: [.readOnly], keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), .integer("start"), .integer("stop")], handler: lRange),
    Command(
      "lindex", .list, since: "1.0.0", "Answers the element at an index.",
      complexity: "O(N) where N is the distance from the nearer end", arity: 3, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key(), .integer("index")], handler: lIndex),
    Command(
      "llen", .list, since: "1.0.0", "Counts the elements of a list.",
      arity: 2, flags: [.readOnly, .fast], keys: [.key(1, .readOnly)], arguments: [.key()], handler: lLen),
  ]

  static func lRange(_ context: inout Context) throws(ReplyError) {
    let start = try context.arguments.integer(2)
    let stop = try context.arguments.integer(3)
    let reply = context.reply
    guard let list = try context.list(context.key(1)) else { return reply.emptyArray() }
    let range = IndexRange(start, stop, count: list.count).range
    reply.array(range.count)
    list.forEach(from: range.lowerBound, count: range.count) { reply.bulk($0) }
  }

  static func lIndex(_ context: inout Context) throws(ReplyError) {
    guard let list = try context.list(context.key(1)) else { return context.reply.null() }
    let index = try context.arguments.integer(2)
    guard let element = list[Int(index)] else { return context.reply.null() }
    context.reply.bulk(element)
  }

  static func lLen(_ context: inout Context) throws(ReplyError) {
    let list = try context.list(context.key(1))
    context.reply.integer(list?.count ?? 0)
  }
}
