// HSCAN.

enum HScanCommand {
  static let command = Command(
    "hscan", .hash, since: "2.8.0", "Walks through the fields of a hash, step by step.",
    complexity: "O(1) for a step, O(N) for the whole walk over N fields", arity: -3, flags: [.readOnly],
    keys: [.key(1, [.readOnly, .access])],
    arguments: [
      .key(), .integer("cursor"), .pattern("pattern", token: "MATCH").optional,
      .integer("count", token: "COUNT").optional, .token("NOVALUES").optional.since("7.4.0"),
    ],
    tips: ["nondeterministic_output"], handler: hScan)

  static func hScan(_ context: inout Context) throws(ReplyError) {
    var scan = try ElementScan(context)
    let reply = context.reply
    guard let hash = try context.hash(context.key(1)) else { return ElementScan.answerEmpty(reply) }
    try scan.readOptions(context, takesNoValues: true)
    scan.answer(reply) { cursor in
      var visited = 0
      var written = 0
      let next = hash.scan(cursor: cursor) { field, value in
        visited &+= 1
        guard scan.matches(field) else { return }
        reply.bulk(field)
        if scan.hidesValues {
          written &+= 1
        } else {
          reply.bulk(value)
          written &+= 2
        }
      }
      return (next, visited, written)
    }
  }
}
