// ZSCAN.

enum ZScanCommand {
  static let command = Command(
    "zscan", .sortedSet, since: "2.8.0", "Walks through the members of a sorted set, step by step.",
    complexity: "O(1) for a step, O(N) for the whole walk over N members", arity: -3, flags: [.readOnly],
    keys: [.key(1, [.readOnly, .access])],
    arguments: [
      .key(), .integer("cursor"), .pattern("pattern", token: "MATCH").optional,
      .integer("count", token: "COUNT").optional,
    ],
    tips: ["nondeterministic_output"], handler: zScan)

  static func zScan(_ context: inout Context) throws(ReplyError) {
    var scan = try ElementScan(context)
    let reply = context.reply
    guard let set = try context.sortedSet(context.key(1)) else { return ElementScan.answerEmpty(reply) }
    try scan.readOptions(context)
    // Scores are strings here, and those of the large form have seventeen digits in every version; the small form
    // shows integers as it keeps them.
    let isPacked = set.packed != nil
    let style = isPacked ? reply.doubleStyle : NumberText.DoubleStyle.seventeenDigits
    scan.answer(reply) { cursor in
      var visited = 0
      var written = 0
      let next = set.scan(cursor: cursor) { member, score in
        visited &+= 1
        guard scan.matches(member) else { return }
        reply.bulk(member)
        if isPacked, let whole = SortedSetValue.wholeScore(score) {
          reply.bulk(integer: whole)
        } else {
          NumberText.withDouble(score, style: style) { reply.bulk($0) }
        }
        written &+= 2
      }
      return (next, visited, written)
    }
  }
}
