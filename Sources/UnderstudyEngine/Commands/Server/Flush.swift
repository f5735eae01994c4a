// FLUSHALL, FLUSHDB, SWAPDB and DBSIZE: databases as a whole.

enum FlushCommand {
  static let all = [
    command("flushall", "Removes all keys of all databases.", "all databases", flushAll),
    command("flushdb", "Removes all keys of the selected database.", "the selected database", flushDB),
    Command(
      "swapdb", .server, since: "4.0.0", "Exchanges the contents of two databases.",
      complexity: "O(N) for N clients that watch or wait for keys of the two.", arity: 3,
      flags: [.write, .fast],
      categories: [.keyspace, .dangerous], arguments: [.integer("index1"), .integer("index2")],
      handler: swapDB),
    Command(
      "dbsize", .server, since: "1.0.0", "Answers how many keys the selected database has.", arity: 1,
      flags: [.readOnly, .fast], categories: .keyspace,
      tips: ["request_policy:all_shards", "response_policy:agg_sum"],
      handler: dbSize),
  ]

  private static func command(
    _ name: String, _ summary: String, _ scope: String, _ handler: @escaping Command.Handler
  ) -> Command {
    Command(
      name, .server, since: "1.0.0", summary, complexity: "O(N) for N keys in \(scope).", arity: -1,
      flags: .write,
      categories: [.keyspace, .dangerous],
      arguments: [.oneOf("async", [.token("ASYNC").since("4.0.0"), .token("SYNC").since("6.2.0")]).optional],
      tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
      history: [("4.0.0", "The option ASYNC."), ("6.2.0", "The option SYNC.")], handler: handler)
  }

  static func flushAll(_ context: inout Context) throws(ReplyError) {
    let inSteps = try inSteps(context.arguments)
    for database in 0..<context.engine.databaseCount {
      context.engine.removeAllKeys(in: Int32(database), inSteps: inSteps)
    }
    context.engine.invalidateAll()
    context.reply.ok()
  }

  static func flushDB(_ context: inout Context) throws(ReplyError) {
    context.engine.removeAllKeys(in: context.session.database, inSteps: try inSteps(context.arguments))
    // As on the real server, which knows keys by their names alone here.
    context.engine.invalidateAll()
    context.reply.ok()
  }

  /// Memory is freed before the reply only where SYNC asks for it.
  private static func inSteps(_ arguments: Arguments) throws(ReplyError) -> Bool {
    var cursor = ArgumentCursor(arguments, from: 1)
    let isSync = cursor.match("SYNC")
    if !isSync { _ = cursor.match("ASYNC") }
    try cursor.finish()
    return !isSync
  }

  static func swapDB(_ context: inout Context) throws(ReplyError) {
    let first = try context.arguments.integer(1, .invalidFirstDatabase)
    let second = try context.arguments.integer(2, .invalidSecondDatabase)
    let valid = 0..<Int64(context.engine.databaseCount)
    guard Int32(exactly: first) != nil else { throw .invalidFirstDatabase }
    guard Int32(exactly: second) != nil else { throw .invalidSecondDatabase }
    guard valid.contains(first), valid.contains(second) else { throw .databaseOutOfRange }
    context.engine.exchange(Int32(first), Int32(second))
    context.engine.statistics.changes &+= 1
    context.reply.ok()
  }

  static func dbSize(_ context: inout Context) throws(ReplyError) {
    context.reply.integer(context.database.count)
  }
}
