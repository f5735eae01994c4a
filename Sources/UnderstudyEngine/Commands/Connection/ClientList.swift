// CLIENT INFO and CLIENT LIST. The lines themselves are made in Introspection/ClientDescription.swift.

enum ClientList {
  static let commands = [
    Command(
      "info", .connection, since: "6.2.0", "Tells of this connection.", arity: 2, flags: ClientCommand.flags,
      tips: ["nondeterministic_output"], handler: info),
    Command(
      "list", .connection, since: "2.4.0", "Tells of the connections.",
      complexity: "O(N) where N is the number of client connections", arity: -2, flags: ClientCommand.adminFlags,
      arguments: [
        .oneOf(
          "normal_master_replica_pubsub", token: "TYPE",
          [.token("NORMAL"), .token("MASTER"), .token("REPLICA"), .token("PUBSUB")]
        ).optional.since("5.0.0"),
        .block("id", token: "ID", [.integer("client-id").multiple]).optional.since("6.2.0"),
      ],
      tips: ["nondeterministic_output"],
      history: [
        ("2.8.12", "Each client has an `id`."), ("5.0.0", "`TYPE` picks clients."), ("6.0.0", "Tells the `user`."),
        ("6.2.0", "Tells `argv-mem`, `tot-mem`, `laddr` and `redir`; `ID` picks clients."),
        ("7.0.0", "Tells `resp`, `multi-mem`, `rbs` and `rbp`."), ("7.0.3", "Tells `ssub`."),
      ], handler: list),
  ]

  static func info(_ context: inout Context) throws(ReplyError) {
    (context.engine.line(of: context.ownDescription) + "\n").withBytes { context.reply.verbatim($0) }
  }

  static func list(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    var clients: [ClientDescription] = []
    if arguments.count == 4 && arguments[2].matches("TYPE") {
      guard let type = ClientType(arguments[3]) else { return ClientKill.failType(context, arguments[3]) }
      clients = context.engine.clients.filter { $0.type == type }
    } else if arguments.count > 3 && arguments[2].matches("ID") {
      for index in 3..<arguments.count {
        let identifier = try arguments.integer(index, ReplyError("ERR Invalid client ID"))
        if let client = context.engine.client(identifier) { clients.append(client) }
      }
    } else if arguments.count == 2 {
      clients = context.engine.clients
    } else {
      throw .syntax
    }
    var text = ""
    for client in clients { text += context.engine.line(of: client) + "\n" }
    text.withBytes { context.reply.verbatim($0) }
  }
}
