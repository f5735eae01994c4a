// CLIENT PAUSE and CLIENT UNPAUSE. What a pause holds back is decided in Executor/Pause.swift.

enum ClientPause {
  static let commands = [
    Command(
      "pause", .connection, since: "2.9.50", "Holds back commands for a time.", arity: -3,
      flags: ClientCommand.adminFlags,
      arguments: [
        .integer("timeout"), .oneOf("mode", [.token("WRITE"), .token("ALL")]).optional.since("6.2.0"),
      ],
      history: [("6.2.0", "`WRITE` holds back only what writes.")], handler: pause),
    Command(
      "unpause", .connection, since: "6.2.0", "Ends a pause.",
      complexity: "O(N) Where N is the number of paused clients", arity: 2, flags: ClientCommand.adminFlags,
      handler: unpause),
  ]

  static func pause(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    guard arguments.count <= 4 else { return context.failSubcommandSyntax() }
    var kind = Pause.Kind.all
    if arguments.count == 4 {
      if arguments[3].matches("WRITE") {
        kind = .writes
      } else if !arguments[3].matches("ALL") {
        throw ReplyError("ERR CLIENT PAUSE mode must be WRITE or ALL")
      }
    }
    let milliseconds = try context.timeoutMilliseconds(2)
    context.engine.pause(kind, milliseconds: milliseconds)
    context.reply.ok()
  }

  static func unpause(_ context: inout Context) throws(ReplyError) {
    context.endPause()
    context.reply.ok()
  }
}
