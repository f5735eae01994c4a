// SLOWLOG: the calls that took longest.

enum SlowLogCommand {
  private static let flags: CommandFlags = [.admin, .loading, .stale]

  static let command = Command(
    "slowlog", .server, since: "2.2.12", "Tells of slow calls.", complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command(
        "get", .server, since: "2.2.12", "Answers slow calls, the newest first.",
        complexity: "O(N) where N is the number of entries returned", arity: -2, flags: flags,
        arguments: [.integer("count").optional], tips: ["request_policy:all_nodes", "nondeterministic_output"],
        history: [("4.0.0", "Tells the client's address and name.")], handler: get),
      Command(
        "len", .server, since: "2.2.12", "Counts the slow calls that are kept.", arity: 2, flags: flags,
        tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"], handler: length),
      Command(
        "reset", .server, since: "2.2.12", "Forgets the slow calls.",
        complexity: "O(N) where N is the number of entries in the slowlog", arity: 2, flags: flags,
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"], handler: reset),
      .help(.server, since: "6.2.0", help),
    ])

  static func get(_ context: inout Context) throws(ReplyError) {
    guard context.arguments.count <= 3 else { return context.failSubcommandSyntax() }
    var count = Int64(10)
    if context.arguments.count == 3 {
      let error = ReplyError("ERR count should be greater than or equal to -1")
      count = try context.arguments.integer(2, error)
      if count < -1 { throw error }
    }
    context.engine.askForTimes()
    let log = context.engine.observation.slowLog
    let entries = log.newest(count == -1 ? log.count : min(Int(clamping: count), log.count))
    let reply = context.reply
    reply.array(entries.count)
    for entry in entries {
      reply.array(6)
      reply.integer(entry.identifier)
      reply.integer(entry.seconds)
      reply.integer(entry.cost)
      reply.array(entry.arguments.count)
      for argument in entry.arguments { argument.withBytes { reply.bulk($0) } }
      reply.bulk(entry.address)
      entry.name.withBytes { reply.bulk($0) }
    }
  }

  static func length(_ context: inout Context) throws(ReplyError) {
    context.engine.askForTimes()
    context.reply.integer(context.engine.observation.slowLog.count)
  }

  static func reset(_ context: inout Context) throws(ReplyError) {
    context.engine.askForTimes()
    context.engine.observation.slowLog.removeAll()
    context.reply.ok()
  }

  static func help(_ context: inout Context) throws(ReplyError) {
    context.reply.help(
      "SLOWLOG",
      [
        HelpEntry(
          "GET [<count>]", "Answer slow calls, 10 unless told otherwise, -1 for all. Of each:",
          "number, time, microseconds, arguments, the client's address and its name."),
        HelpEntry("LEN", "Count the slow calls that are kept."),
        HelpEntry("RESET", "Forget them."),
      ])
  }
}
