// FUNCTION: libraries of functions: loading, listing and removing them, and writing them down as one payload.

enum FunctionCommand {
  static let command = Command(
    "function", .scripting, since: "7.0.0", "Holds the commands that manage libraries of functions.",
    complexity: "Depends on subcommand.", arity: -2,
    subcommands: [load, delete, flush, list, stats, kill, dump, restore, help])

  private static let atAllShards = ["request_policy:all_shards", "response_policy:all_succeeded"]

  private static let load = Command(
    "load", .scripting, since: "7.0.0", "Makes a library of its code.",
    complexity: "O(1) (considering compilation time is redundant)", arity: -3, flags: [.write, .denyOOM, .noScript],
    arguments: [.token("REPLACE").optional, .string("function-code")], tips: atAllShards
  ) { context in
    let arguments = context.arguments
    var replaces = false
    for index in 2..<arguments.count - 1 {
      guard arguments[index].matches("REPLACE") else {
        return context.fail("ERR Unknown option given: ", quoting: arguments[index], "")
      }
      replaces = true
    }
    context.loadLibrary(arguments.count - 1, replaces: replaces)
  }

  private static let delete = Command(
    "delete", .scripting, since: "7.0.0", "Removes a library and its functions.", arity: 3, flags: [.write, .noScript],
    arguments: [.string("library-name")], tips: atAllShards
  ) { (context: inout Context) throws(ReplyError) in
    guard context.deleteLibrary(context.arguments[2]) else { throw ReplyError("ERR Library not found") }
    context.reply.ok()
  }

  private static let flush = Command(
    "flush", .scripting, since: "7.0.0", "Removes all libraries.",
    complexity: "O(N) where N is the number of functions deleted", arity: -2, flags: [.write, .noScript],
    arguments: [.oneOf("async", [.token("ASYNC"), .token("SYNC")]).optional], tips: atAllShards
  ) { (context: inout Context) throws(ReplyError) in
    let arguments = context.arguments
    if arguments.count > 3 { return context.failSubcommandSyntax() }
    guard arguments.count == 2 || arguments[2].matches("ASYNC") || arguments[2].matches("SYNC") else {
      throw ReplyError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
    }
    context.flushFunctions()
    context.reply.ok()
  }

  private static let list = Command(
    "list", .scripting, since: "7.0.0", "Tells of libraries and their functions.",
    complexity: "O(N) where N is the number of functions", arity: -2, flags: [.noScript],
    arguments: [.string("library-name-pattern", token: "LIBRARYNAME").optional, .token("WITHCODE").optional],
    tips: ["nondeterministic_output_order"], handler: list)

  private static func list(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    var pattern: Bytes?
    var withCode = false
    var index = 2
    while index < arguments.count {
      if !withCode && arguments[index].matches("WITHCODE") {
        withCode = true
      } else if pattern == nil && arguments[index].matches("LIBRARYNAME") {
        index += 1
        guard index < arguments.count else { throw ReplyError("ERR library name argument was not given") }
        pattern = arguments[index]
      } else {
        return context.fail("ERR Unknown argument ", quoting: arguments[index], "")
      }
      index += 1
    }
    let libraries = context.libraries.filter { library in
      guard let pattern else { return true }
      return library.name.withBytes { GlobPattern(pattern, ignoringCase: true).matches($0) }
    }
    context.reply.array(libraries.count)
    for library in libraries { describe(library, withCode: withCode, context.reply) }
  }

  private static func describe(_ library: FunctionLibrary, withCode: Bool, _ reply: Reply) {
    reply.map(withCode ? 4 : 3)
    reply.bulk("library_name")
    library.name.withBytes { reply.bulk($0) }
    reply.bulk("engine")
    reply.bulk("LUA")
    reply.bulk("functions")
    reply.array(library.functions.count)
    for function in library.functions {
      reply.map(3)
      reply.bulk("name")
      reply.bulk(function.name)
      reply.bulk("description")
      if let description = function.description { reply.bulk(description) } else { reply.null() }
      reply.bulk("flags")
      let flags = ScriptFlags.names.filter { function.flags.contains($0.0) }
      reply.set(flags.count)
      for flag in flags { reply.simple(flag.1) }
    }
    guard withCode else { return }
    reply.bulk("library_code")
    library.code.withBytes { reply.bulk($0) }
  }

  private static let stats = Command(
    "stats", .scripting, since: "7.0.0", "Tells of the function that runs, and how many there are.", arity: 2,
    flags: [.noScript, .allowBusy],
    tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"], handler: stats)

  private static func stats(_ context: inout Context) throws(ReplyError) {
    if let busy = context.busyWithScript { throw busy }
    let reply = context.reply
    reply.map(2)
    reply.bulk("running_script")
    if let running = context.runningFunction {
      reply.map(3)
      reply.bulk("name")
      reply.bulk(running.name)
      reply.bulk("command")
      reply.array(running.command.count)
      for argument in running.command { argument.withBytes { reply.bulk($0) } }
      reply.bulk("duration_ms")
      reply.integer(running.milliseconds)
    } else {
      reply.null()
    }
    reply.bulk("engines")
    reply.map(1)
    reply.bulk("LUA")
    reply.map(2)
    reply.bulk("libraries_count")
    reply.integer(context.libraries.count)
    reply.bulk("functions_count")
    reply.integer(context.functionCount)
  }

  private static let kill = Command(
    "kill", .scripting, since: "7.0.0", "Ends the running function, if it has not written.", arity: 2,
    flags: [.noScript, .allowBusy], tips: ["request_policy:all_shards", "response_policy:one_succeeded"]
  ) { (context: inout Context) throws(ReplyError) in
    try context.killFunction()
    context.reply.ok()
  }

  private static let dump = Command(
    "dump", .scripting, since: "7.0.0", "Answers all libraries as bytes that FUNCTION RESTORE reads.",
    complexity: "O(N) where N is the number of functions", arity: 2, flags: [.noScript]
  ) { context in
    let version = context.engine.rdbVersion
    var writer = RDBWriter(version: version, compresses: context.engine.configuration.compressesDumps)
    for library in context.libraries {
      writer.byte(RDBOpcode.function)
      library.code.withBytes { writer.string($0) }
    }
    var bytes = writer.bytes
    DumpFooter.append(to: &bytes, version: version)
    bytes.withBytes { context.reply.bulk($0) }
  }

  private static let restore = Command(
    "restore", .scripting, since: "7.0.0", "Makes libraries of what FUNCTION DUMP has answered.",
    complexity: "O(N) where N is the number of functions on the payload", arity: -3,
    flags: [.write, .denyOOM, .noScript],
    arguments: [
      .string("serialized-value"),
      .oneOf("policy", [.token("FLUSH"), .token("APPEND"), .token("REPLACE")]).optional,
    ], tips: atAllShards, handler: restore)

  private static func restore(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    if arguments.count > 4 { return context.failSubcommandSyntax() }
    var policy = RestorePolicy.append
    if arguments.count == 4 {
      if arguments[3].matches("FLUSH") {
        policy = .flush
      } else if arguments[3].matches("REPLACE") {
        policy = .replace
      } else if !arguments[3].matches("APPEND") {
        throw ReplyError("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
      }
    }
    guard let payload = DumpFooter.payload(arguments[2], version: context.engine.rdbVersion) else {
      throw ReplyError("ERR DUMP payload version or checksum are wrong")
    }
    var reader = RDBReader(payload, context.rdbLimits)
    var codes: [RDBString] = []
    while reader.remaining > 0 {
      guard (try? reader.byte()) == RDBOpcode.function else { throw ReplyError("ERR given type is not a function") }
      guard let code = try? reader.string() else { throw ReplyError("ERR Failed loading library payload") }
      codes.append(code)
    }
    context.restoreLibraries(codes, policy)
  }

  private static let help = Command(
    "help", .scripting, since: "7.0.0", "Lists the subcommands.", arity: 2, flags: [.loading, .stale]
  ) { context in
    let lines: [StaticString] = [
      "FUNCTION <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "DELETE <library name>", "    Remove a library and its functions.",
      "DUMP", "    Write all libraries down as bytes that RESTORE reads.",
      "FLUSH [ASYNC|SYNC]", "    Remove all libraries.",
      "KILL", "    End the running function, if it has not written.",
      "LIST [LIBRARYNAME <pattern>] [WITHCODE]", "    Tell of libraries and their functions.",
      "LOAD [REPLACE] <code>", "    Make a library of its code.",
      "RESTORE <bytes> [FLUSH|APPEND|REPLACE]", "    Make libraries of what DUMP has written: of these alone (FLUSH),",
      "    beside others (APPEND), or in place of those of the same names (REPLACE).",
      "STATS", "    Tell of the function that runs, and how many there are.",
      "HELP", "    Print this help.",
    ]
    context.reply.array(lines.count)
    for line in lines { context.reply.simple(line) }
  }
}
