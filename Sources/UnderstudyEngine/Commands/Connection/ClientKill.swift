// CLIENT KILL: by address, as it once was, or by conditions.

enum ClientKill {
  static let commands = [
    Command(
      "kill", .connection, since: "2.4.0", "Closes connections.",
      complexity: "O(N) where N is the number of client connections", arity: -3, flags: ClientCommand.adminFlags,
      arguments: [
        .oneOf(
          "filter",
          [
            .string("ip:port").deprecated(since: "2.8.12"),
            .oneOf(
              "new-format",
              [
                .integer("client-id", token: "ID").optional.since("2.8.12"),
                .oneOf(
                  "normal_master_slave_pubsub", token: "TYPE",
                  [
                    .token("NORMAL"), .token("MASTER").since("3.2.0"), .token("SLAVE"),
                    .token("REPLICA").since("5.0.0"), .token("PUBSUB"),
                  ]
                ).optional.since("2.8.12"),
                .string("username", token: "USER").optional, .string("ip:port", token: "ADDR").optional,
                .string("ip:port", token: "LADDR").optional.since("6.2.0"),
                .string("yes/no", token: "SKIPME").optional,
                .integer("maxage", token: "MAXAGE").optional.since("7.4.0"),
              ]
            ).multiple,
          ])
      ],
      history: [
        ("2.8.12", "Conditions may be given."), ("2.8.12", "`ID` is one."), ("3.2.0", "`TYPE` knows masters."),
        ("5.0.0", "`TYPE` calls replicas so; the older name still does."), ("6.2.0", "`LADDR` is a condition."),
        ("7.4.0", "`MAXAGE` is a condition."),
      ], handler: kill)
  ]

  /// What a connection must be to be closed.
  private struct Filter {
    var identifier: UInt64?
    var type: ClientType?
    var user: ACLUser?
    var address: String?
    var localAddress: String?
    var skipsOwn = true
    /// Seconds since it was opened, at least.
    var age: Int64?

    /// The cheap conditions first: addresses are asked of the transport.
    func accepts(_ client: ClientDescription, _ engine: borrowing EngineState) -> Bool {
      if let identifier, client.identifier != identifier { return false }
      if let type, client.type != type { return false }
      if let user, client.user !== user { return false }
      if let age, engine.age(of: client) < age { return false }
      guard address != nil || localAddress != nil else { return true }
      let addresses = engine.addresses(of: client)
      if let address, addresses.address != address { return false }
      if let localAddress, addresses.localAddress != localAddress { return false }
      return true
    }
  }

  static func kill(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    var filter = Filter()
    let isOldForm = arguments.count == 3
    if isOldForm {
      filter.address = arguments[2].text
      filter.skipsOwn = false
    } else {
      guard try read(&filter, context) else { return }
    }
    let own = context.session.identifier
    let killed = context.engine.clients.filter { client in
      filter.accepts(client, context.engine) && !(filter.skipsOwn && client.identifier == own)
    }
    for client in killed { context.kill(client) }
    if !isOldForm {
      context.reply.integer(killed.count)
    } else if killed.isEmpty {
      throw ReplyError("ERR No such client")
    } else {
      context.reply.ok()
    }
  }

  /// Reads conditions; false if an error has been answered.
  private static func read(_ filter: inout Filter, _ context: borrowing Context) throws(ReplyError) -> Bool {
    let arguments = context.arguments
    var index = 2
    while index < arguments.count {
      guard index + 1 < arguments.count else { throw .syntax }
      let (option, value) = (arguments[index], arguments[index + 1])
      index += 2
      if option.matches("ID") {
        guard let identifier = NumberText.parseInt64(value), identifier >= 1 else {
          throw ReplyError("ERR client-id should be greater than 0")
        }
        filter.identifier = UInt64(identifier)
      } else if option.matches("TYPE") {
        guard let type = ClientType(value) else {
          failType(context, value)
          return false
        }
        filter.type = type
      } else if option.matches("ADDR") {
        filter.address = value.text
      } else if option.matches("LADDR") {
        filter.localAddress = value.text
      } else if option.matches("USER") {
        guard let user = context.engine.acl.user(value) else {
          context.fail("ERR No such user '", quoting: value)
          return false
        }
        filter.user = user
      } else if option.matches("MAXAGE"), context.engine.emulates74 {
        guard let age = NumberText.parseInt64(value) else {
          throw ReplyError("ERR maxage is not an integer or out of range")
        }
        guard age > 0 else { throw ReplyError("ERR maxage should be greater than 0") }
        filter.age = age
      } else if option.matches("SKIPME") {
        if value.matches("YES") {
          filter.skipsOwn = true
        } else if value.matches("NO") {
          filter.skipsOwn = false
        } else {
          throw .syntax
        }
      } else {
        throw .syntax
      }
    }
    return true
  }

  static func failType(_ context: borrowing Context, _ name: Bytes) {
    context.fail("ERR Unknown client type '", quoting: name)
  }
}
