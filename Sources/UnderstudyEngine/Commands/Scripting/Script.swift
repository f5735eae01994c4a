// SCRIPT: the cache of scripts, and the end of one that runs too long.

enum ScriptCommand {
  static let command = Command(
    "script", .scripting, since: "2.6.0", "Holds the commands that manage Lua scripts.",
    complexity: "Depends on subcommand.", arity: -2,
    subcommands: [exists, load, flush, debug, kill, show, help])

  private static let exists = Command(
    "exists", .scripting, since: "2.6.0", "Tells which scripts are cached.",
    complexity:
      "O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).",
    arity: -3, flags: [.noScript], arguments: [.string("sha1").multiple],
    tips: ["request_policy:all_shards", "response_policy:agg_logical_and"]
  ) { context in
    context.reply.array(context.arguments.count - 2)
    for index in 2..<context.arguments.count {
      context.reply.integer(context.hasScript(sha: context.arguments[index]) ? 1 : 0)
    }
  }

  private static let load = Command(
    "load", .scripting, since: "2.6.0", "Caches a script without running it.",
    complexity: "O(N) with N being the length in bytes of the script body.", arity: 3,
    flags: [.noScript, .stale],
    arguments: [.string("script")], tips: ["request_policy:all_nodes", "response_policy:all_succeeded"]
  ) { context in context.loadScript(2) }

  private static let flush = Command(
    "flush", .scripting, since: "2.6.0", "Forgets every cached script.",
    complexity: "O(N) with N being the number of scripts in cache", arity: -2, flags: [.noScript],
    arguments: [.oneOf("async", [.token("ASYNC"), .token("SYNC")]).optional.since("6.2.0")],
    tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
    history: [("6.2.0", "The options ASYNC and SYNC.")]
  ) { (context: inout Context) throws(ReplyError) in
    let arguments = context.arguments
    guard
      arguments.count == 2
        || (arguments.count == 3 && (arguments[2].matches("ASYNC") || arguments[2].matches("SYNC")))
    else { throw ReplyError("ERR SCRIPT FLUSH only support SYNC|ASYNC option") }
    context.flushScripts()
    context.reply.ok()
  }

  /// There is no debugger to switch on.
  private static let debug = Command(
    "debug", .scripting, since: "3.2.0", "Chooses how scripts are debugged.", arity: 3, flags: [.noScript],
    arguments: [.oneOf("mode", [.token("YES"), .token("SYNC"), .token("NO")])]
  ) { (context: inout Context) throws(ReplyError) in
    if context.followsOtherReplies { throw ReplyError("ERR SCRIPT DEBUG must be called outside a pipeline") }
    let mode = context.arguments[2]
    guard mode.matches("NO") || mode.matches("YES") || mode.matches("SYNC") else {
      throw ReplyError("ERR Use SCRIPT DEBUG YES/SYNC/NO")
    }
    guard mode.matches("NO") else { throw ReplyError("ERR This server has no script debugger") }
    context.reply.ok()
  }

  private static let kill = Command(
    "kill", .scripting, since: "2.6.0", "Ends the running script, if it has not written.", arity: 2,
    flags: [.noScript, .allowBusy], tips: ["request_policy:all_shards", "response_policy:one_succeeded"]
  ) { (context: inout Context) throws(ReplyError) in
    try context.killScript()
    context.reply.ok()
  }

  private static let show = Command(
    "show", .scripting, since: "valkey-8.0.0", "Answers a cached script.", arity: 3, flags: [.noScript],
    arguments: [.string("sha1")]
  ) { (context: inout Context) throws(ReplyError) in
    guard let body = context.scriptBody(sha: context.arguments[2]) else { throw .noScript }
    body.withBytes { context.reply.bulk($0) }
  }

  private static let help = Command(
    "help", .scripting, since: "5.0.0", "Lists the subcommands.", arity: 2, flags: [.loading, .stale]
  ) { context in
    var lines: [StaticString] = [
      "SCRIPT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "DEBUG (YES|SYNC|NO)", "    Choose how the scripts that follow are debugged.",
      "EXISTS <sha1> [<sha1> ...]", "    Tell which of the scripts are cached.",
      "FLUSH [ASYNC|SYNC]", "    Forget every cached script.",
      "KILL", "    End the running script, if it has not written.",
      "LOAD <script>", "    Cache a script without running it.",
      "HELP", "    Print this help.",
    ]
    if context.engine.emulates(.valkey(8, 0)) {
      lines.insert(contentsOf: ["SHOW <sha1>", "    Print a cached script."], at: lines.count - 2)
    }
    context.reply.array(lines.count)
    for line in lines { context.reply.simple(line) }
  }
}
