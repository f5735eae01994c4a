// QUIT and RESET.

enum QuitCommand {
  static let command = Command(
    "quit", .connection, since: "1.0.0", "Closes the connection.", arity: -1,
    flags: [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy, .immediateInMulti, .subscribedMode],
    deprecated: Command.Deprecation(since: "7.2.0", replacement: "just closing the connection"), handler: quit)

  static let reset = Command(
    "reset", .connection, since: "6.2.0", "Brings the connection back to its first state.", arity: 1,
    flags: [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy, .immediateInMulti, .subscribedMode],
    handler: reset)

  static func quit(_ context: inout Context) throws(ReplyError) {
    context.reply.ok()
    context.session.flags.insert(.closeAfterReply)
  }

  static func reset(_ context: inout Context) throws(ReplyError) {
    context.resetSession()
    context.reply.raw("+RESET\r\n")
  }
}
