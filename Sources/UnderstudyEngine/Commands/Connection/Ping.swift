// PING and ECHO.

enum PingCommand {
  static let command = Command(
    "ping", .connection, since: "1.0.0", "Answers PONG, or the message given.", arity: -1,
    flags: [.fast, .subscribedMode], arguments: [.string("message").optional],
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"], handler: ping)

  static let echo = Command(
    "echo", .connection, since: "1.0.0", "Answers the message given.", arity: 2, flags: [.loading, .stale, .fast],
    arguments: [.string("message")], handler: echo)

  static func ping(_ context: inout Context) throws(ReplyError) {
    guard context.arguments.count <= 2 else { return context.failArity() }
    let message = context.arguments.count == 2 ? context.arguments[1] : nil
    if context.session.gates.contains(.subscribed) && context.session.protocolVersion == 2 {
      context.reply.array(2)
      context.reply.bulk("pong")
      context.reply.bulk(message ?? Bytes(""))
    } else if let message {
      context.reply.bulk(message)
    } else {
      context.reply.raw("+PONG\r\n")
    }
  }

  static func echo(_ context: inout Context) throws(ReplyError) {
    context.reply.bulk(context.arguments[1])
  }
}
