// XRANGE, XREVRANGE and XLEN.

enum XRangeCommand {
  static let all = [
    Command(
      "xrange", .stream, since: "5.0.0", "Answers the entries of a stream between two IDs.",
      complexity: "O(N) for N entries shown", arity: -4, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), .string("start"), .string("end"), .integer("count", token: "COUNT").optional],
      history: [("6.2.0", "Bounds that are not included.")], handler: xRange),
    Command(
      "xrevrange", .stream, since: "5.0.0",
      "Answers the entries of a stream between two IDs, the last one first.",
      complexity: "O(N) for N entries shown", arity: -4, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), .string("end"), .string("start"), .integer("count", token: "COUNT").optional],
      history: [("6.2.0", "Bounds that are not included.")], handler: xRevRange),
    Command(
      "xlen", .stream, since: "5.0.0", "Answers the number of entries of a stream.", arity: 2,
      flags: [.readOnly, .fast], keys: [.key(1, .readOnly)], arguments: [.key()], handler: xLen),
  ]

  static func xRange(_ context: inout Context) throws(ReplyError) {
    try range(&context, lower: 2, upper: 3, descending: false)
  }

  static func xRevRange(_ context: inout Context) throws(ReplyError) {
    try range(&context, lower: 3, upper: 2, descending: true)
  }

  private static func range(
    _ context: inout Context, lower: Int, upper: Int, descending: Bool
  ) throws(ReplyError) {
    let lower = try context.arguments.lowerStreamBound(lower)
    let upper = try context.arguments.upperStreamBound(upper)
    var cursor = ArgumentCursor(context.arguments, from: 4)
    var count: Int64?
    while !cursor.isAtEnd {
      if cursor.match("COUNT", followedBy: 1) { count = cursor.integer() } else { cursor.fail(.syntax) }
    }
    try cursor.finish()
    guard let stream = try context.stream(context.key(1)) else { return context.reply.emptyArray() }
    if let count, count <= 0 { return context.reply.nullArray() }
    context.reply.streamEntries(
      stream, from: lower, through: upper, limit: Int(count ?? 0), descending: descending)
  }

  static func xLen(_ context: inout Context) throws(ReplyError) {
    context.reply.integer(try context.stream(context.key(1))?.length ?? 0)
  }
}
