// CLIENT on the control port: what client libraries say of themselves when they connect. Libraries take an error for
// the rest of CLIENT in their stride.

enum ControlClientCommand {
  static let command = Command(
    "client", .connection, since: "2.4.0", "Introduces a control connection.", complexity: "Depends on subcommand.",
    arity: -2,
    subcommands: [
      Command(
        "setinfo", .connection, since: "7.2.0", "Takes note of the client's library.", arity: 4,
        arguments: [
          .oneOf("attr", [.string("libname", token: "LIB-NAME"), .string("libver", token: "LIB-VER")])
        ], handler: acknowledge),
      Command(
        "setname", .connection, since: "2.6.9", "Names the connection.", arity: 3,
        arguments: [.string("connection-name")], handler: setName),
      Command("getname", .connection, since: "2.6.9", "Answers the connection's name.", arity: 2, handler: getName),
      Command("id", .connection, since: "5.0.0", "Answers the connection's number.", arity: 2, handler: identifier),
    ])

  /// What a client says of its library is of interest on the data ports only.
  private static func acknowledge(_ context: inout Context) throws(ReplyError) {
    context.reply.ok()
  }

  private static func setName(_ context: inout Context) throws(ReplyError) {
    try ClientName.validate(context.arguments[2])
    context.session.extra.name = context.arguments[2].copied()
    context.reply.ok()
  }

  private static func getName(_ context: inout Context) throws(ReplyError) {
    guard let name = context.session.extras?.name, !name.isEmpty else { return context.reply.null() }
    name.withBytes { context.reply.bulk($0) }
  }

  private static func identifier(_ context: inout Context) throws(ReplyError) {
    context.reply.integer(Int64(bitPattern: context.session.identifier))
  }
}
