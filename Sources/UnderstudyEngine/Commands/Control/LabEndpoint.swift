// LAB.ENDPOINT: opens, closes and lists ways in, one for each client under test.

enum LabEndpointCommand {
  static let command = Command(
    "lab.endpoint", .lab, since: "1.0.0", "Opens and closes endpoints.", complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command(
        "open", .lab, since: "1.0.0", "Opens an endpoint over the same data; answers its port, or its path.", arity: -3,
        arguments: [
          .string("name"), .oneOf("listener", [.token("TLS"), .string("path", token: "UNIX")]).optional,
        ], handler: open),
      Command(
        "close", .lab, since: "1.0.0", "Closes an endpoint and its connections.", arity: 3, arguments: [.string("name")],
        handler: close),
      Command("list", .lab, since: "1.0.0", "Lists the endpoints.", arity: 2, handler: list),
      Command(
        "level", .lab, since: "1.0.0", "Says how much of an endpoint's later connections is written down.", arity: 4,
        arguments: [.string("name"), .oneOf("level", LedgerLevel.allCases.map { .token($0.rawValue) })], handler: level),
    ])

  private static func open(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let listener: EndpointListener
    switch arguments.count {
    case 3: listener = .tcp
    case 4 where arguments[3].matches("TLS"): listener = .tls
    case 5 where arguments[3].matches("UNIX"): listener = .unix(path: arguments[4].text)
    default: return context.fail("ERR syntax error: LAB.ENDPOINT OPEN name [TLS | UNIX path]")
    }
    do throws(EndpointRefusal) {
      let number = try context.engine.openEndpoint(arguments[2].text, listener)
      if let port = context.engine.lab.endpoints[number].port {
        context.reply.integer(Int64(port))
      } else {
        context.reply.bulk(arguments[4])
      }
    } catch {
      context.reply.error("ERR \(error.reason)")
    }
  }

  private static func close(_ context: inout Context) throws(ReplyError) {
    do throws(EndpointRefusal) {
      try context.closeEndpoint(context.arguments[2].text)
      context.reply.ok()
    } catch {
      context.reply.error("ERR \(error.reason)")
    }
  }

  private static func list(_ context: inout Context) throws(ReplyError) {
    let endpoints = context.engine.lab.endpoints
    context.reply.array(endpoints.count)
    for endpoint in endpoints {
      context.reply.map(6)
      context.reply.bulk("name")
      context.reply.bulk(endpoint.name)
      context.reply.bulk("port")
      if let port = endpoint.port { context.reply.integer(Int64(port)) } else { context.reply.null() }
      context.reply.bulk("path")
      if case .unix(let path)? = endpoint.listener { context.reply.bulk(path) } else { context.reply.null() }
      context.reply.bulk("open")
      context.reply.integer(endpoint.isOpen ? 1 : 0)
      context.reply.bulk("level")
      context.reply.bulk(endpoint.level.rawValue)
      context.reply.bulk("connections")
      context.reply.integer(endpoint.connectionCount)
    }
  }

  private static func level(_ context: inout Context) throws(ReplyError) {
    guard let number = try context.endpoint(2) else { return }
    guard let level = LedgerLevel(rawValue: context.arguments[3].text.lowercased()) else {
      return context.fail("ERR unknown level '", quoting: context.arguments[3], "': there are counters and full")
    }
    context.engine.setLedgerLevel(level, of: number)
    context.reply.ok()
  }
}

extension Context {
  /// The endpoint that an argument names; nil, and an error is written, if there is none.
  func endpoint(_ index: Int) throws(ReplyError) -> Int? {
    if let number = engine.lab.endpoint(named: arguments[index].text) { return number }
    fail("ERR there is no endpoint '", quoting: arguments[index], "'")
    return nil
  }
}
