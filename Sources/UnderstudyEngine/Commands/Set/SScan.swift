// SSCAN.

enum SScanCommand {
  static let command = Command(
    "sscan", .set, since: "2.8.0", "Walks through the members of a set, step by step.",
    complexity: "O(1) for a step, O(N) for the whole walk over N members", arity: -3, flags: [.readOnly],
    keys: [.key(1, [.readOnly, .access])],
    arguments: [
      .key(), .integer("cursor"), .pattern("pattern", token: "MATCH").optional,
      .integer("count", token: "COUNT").optional,
    ],
    tips: ["nondeterministic_output"], handler: sScan)

  static func sScan(_ context: inout Context) throws(ReplyError) {
    var scan = try ElementScan(context)
    let reply = context.reply
    guard let set = try context.set(context.key(1)) else { return ElementScan.answerEmpty(reply) }
    try scan.readOptions(context)
    scan.answer(reply) { cursor in
      var visited = 0
      var written = 0
      let next = set.scan(cursor: cursor) { member in
        visited &+= 1
        guard scan.matches(member) else { return }
        reply.bulk(member)
        written &+= 1
      }
      return (next, visited, written)
    }
  }
}
