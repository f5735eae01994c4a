// LAB.LEDGER and LAB.CONN: what connections did. Both answer maps; with JSON, one text with everything.

enum LabLedgerCommand {
  static let command = Command(
    "lab.ledger", .lab, since: "1.0.0", "Tells what an endpoint's connections did, by identity; of all endpoints without a name.",
    complexity: "O(N log N) where N is the number of connections that are kept.", arity: -1,
    arguments: [.string("endpoint").optional, .token("JSON").optional], handler: ledger)

  static let connections = Command(
    "lab.conn", .lab, since: "1.0.0", "Tells of single connections.", complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command(
        "list", .lab, since: "1.0.0", "Lists the connections of an endpoint, or of all.", arity: -2,
        arguments: [.string("endpoint").optional], handler: list),
      Command(
        "blocked", .lab, since: "1.0.0", "Tells which connections wait in a command, for what, and for how long.", arity: -2,
        arguments: [.string("endpoint").optional], handler: blocked),
      Command(
        "show", .lab, since: "1.0.0", "Tells a connection's latest commands, as JSON.", arity: 3,
        arguments: [.integer("client-id")], handler: show),
    ])

  private static func ledger(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let isJSON = arguments.count > 1 && arguments[arguments.count - 1].matches("JSON")
    let count = arguments.count - (isJSON ? 1 : 0)
    guard count <= 2 else { return context.fail("ERR syntax error: LAB.LEDGER [endpoint] [JSON]") }
    let name = count == 2 ? arguments[1].text : nil
    guard let report = context.engine.ledgerReport(of: name, withConnections: isJSON) else {
      return context.fail("ERR there is no endpoint '", quoting: arguments[1], "'")
    }
    if isJSON { return context.reply.bulk(report.json) }
    let reply = context.reply
    reply.map(3)
    reply.bulk("identities")
    reply.array(report.figures.count)
    for figures in report.figures { write(figures, reply) }
    reply.bulk("commands")
    reply.map(report.commands.count)
    for command in report.commands {
      reply.bulk(command.name)
      reply.integer(command.count)
    }
    reply.bulk("scripts")
    reply.map(report.scripts.count)
    for script in report.scripts {
      reply.bulk(script.name)
      reply.integer(script.count)
    }
  }

  private static func write(_ figures: LedgerFigures, _ reply: Reply) {
    let texts = [
      ("endpoint", figures.identity.endpoint), ("name", figures.identity.name), ("library", figures.identity.library),
      ("user", figures.identity.user),
    ]
    let numbers: [(String, Int64)] = [
      ("opens", Int64(figures.opens)), ("open", Int64(figures.open)), ("peak-open", Int64(figures.peakOpen)),
      ("peak-busy", Int64(figures.peakBusy)), ("opened-while-idle", Int64(figures.openedWhileIdle)),
      ("blocked", Int64(figures.blocked)), ("busy", Int64(figures.busy)), ("handshake-only", Int64(figures.handshakeOnly)),
      ("commands", figures.commands), ("bytes-received", figures.bytesReceived), ("bytes-sent", figures.bytesSent),
    ]
    reply.map(texts.count + numbers.count + 1)
    for (name, text) in texts {
      reply.bulk(name)
      reply.bulk(text)
    }
    for (name, number) in numbers {
      reply.bulk(name)
      reply.integer(number)
    }
    reply.bulk("turnover")
    reply.double(figures.turnover)
  }

  private static func list(_ context: inout Context) throws(ReplyError) {
    let name = context.arguments.count > 2 ? context.arguments[2].text : nil
    guard context.arguments.count < 4, let report = context.engine.ledgerReport(of: name, withConnections: true) else {
      if context.arguments.count > 3 { return context.fail("ERR syntax error: LAB.CONN LIST [endpoint]") }
      return context.fail("ERR there is no endpoint '", quoting: context.arguments[2], "'")
    }
    context.reply.array(report.connections.count)
    for connection in report.connections { context.reply.bulk(connection.line) }
  }

  private static func blocked(_ context: inout Context) throws(ReplyError) {
    guard context.arguments.count < 4 else { return context.fail("ERR syntax error: LAB.CONN BLOCKED [endpoint]") }
    var endpoint: Int?
    if context.arguments.count == 3 {
      guard let number = try context.endpoint(2) else { return }
      endpoint = number
    }
    let clients = context.engine.blockedClients(at: endpoint)
    let reply = context.reply
    reply.array(clients.count)
    for client in clients {
      reply.map(6)
      reply.bulk("id")
      reply.integer(Int64(bitPattern: client.identifier))
      for (name, text) in [
        ("endpoint", client.endpoint), ("name", client.name), ("address", client.address), ("command", client.command),
      ] {
        reply.bulk(name)
        reply.bulk(text)
      }
      reply.bulk("milliseconds")
      reply.integer(client.milliseconds)
    }
  }

  private static func show(_ context: inout Context) throws(ReplyError) {
    let identifier = try context.arguments.integer(2)
    guard let report = context.engine.ledgerReport(of: nil, withConnections: true),
      let connection = report.connections.first(where: { Int64(bitPattern: $0.identifier) == identifier })
    else { return context.fail("ERR the ledger has no connection '", quoting: context.arguments[2], "'") }
    var json = JSONText()
    json.object { connection.write(to: &$0) }
    context.reply.bulk(json.text)
  }
}

extension ConnectionReport {
  /// The connection in a line, as CLIENT LIST writes its own.
  package var line: String {
    let state = closedAt == nil ? lane.last.map { "\($0.kind)" } ?? "open" : "closed"
    let left = stateLeft.map(\.rawValue).joined(separator: ",")
    return "id=\(identifier) endpoint=\(endpoint) ordinal=\(ordinal) name=\(identity.name) library=\(identity.library) "
      + "user=\(identity.user) resp=\(protocolVersion) opened=\(openedAt) closed=\(closedAt.map { "\($0)" } ?? "") "
      + "by=\(ending?.rawValue ?? "") state=\(state) commands=\(commandCount) in=\(bytesReceived) out=\(bytesSent) "
      + "left=\(left) last=\(commands.last?.name ?? "")"
  }
}
