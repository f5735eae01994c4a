// SCAN. Whatever is there during the whole walk is shown, and shown once: see KeyTable+Scan.swift.

enum ScanCommand {
  static let command = Command(
    "scan", .generic, since: "2.8.0", "Walks through the names of the keys, step by step.",
    complexity: "O(1) for a step, O(N) for the whole walk over N keys", arity: -2, flags: [.readOnly],
    categories: [.keyspace],
    arguments: [
      .integer("cursor"), .pattern("pattern", token: "MATCH").optional,
      .integer("count", token: "COUNT").optional,
      .string("type", token: "TYPE").optional.since("6.0.0"),
    ],
    tips: ["nondeterministic_output", "request_policy:special"],
    history: [("6.0.0", "The option TYPE.")], handler: scan)

  static func scan(_ context: inout Context) throws(ReplyError) {
    var scan = try ElementScan(context, at: 1)
    try scan.readOptions(context, takesType: true)
    if let name = scan.unknownTypeName {
      return context.reply.error(
        bytes: Bytes("ERR unknown type name '").copied() + name.upToZero.copied() + [UInt8(ascii: "'")])
    }
    // Before 8.0 a key's type was that of a look-up, which removes a key that has expired.
    let skipsOtherTypes = context.engine.emulates(Version(8, 0))
    let reply = context.reply
    let now = context.now
    // The walk must not change the table: those that have expired are removed behind it.
    var expired: [[UInt8]] = []
    // To learn its type is to look a key up.
    let looksAtTypes = scan.looksAtTypes && !skipsOtherTypes
    var looked: Int64 = 0
    scan.answer(reply) { cursor in
      var visited = 0
      var written = 0
      let next = context.database.table.scan(cursor: cursor) { entry in
        visited &+= 1
        guard scan.matches(.bytes(entry.key)) else { return }
        let isWanted = scan.wants(entry.kind)
        if !isWanted && skipsOtherTypes { return }
        if entry.deadlineMilliseconds <= now { return expired.append(entry.key.copied()) }
        if looksAtTypes { looked &+= 1 }
        guard isWanted else { return }
        reply.bulk(entry.key)
        written &+= 1
      }
      return (next, visited, written)
    }
    context.engine.statistics.keyspaceHits &+= looked
    for name in expired { name.withBytes { _ = context.exists(context.key($0)) } }
  }
}
