// CONFIG: what the server is set to. The directives themselves are in Config/.

enum ConfigCommand {
  private static let flags: CommandFlags = [.admin, .noScript, .loading, .stale]

  static let command = Command(
    "config", .server, since: "2.0.0", "Reads and changes the server's settings.", complexity: "Depends on subcommand.",
    arity: -2,
    subcommands: [
      Command(
        "get", .server, since: "2.0.0", "Answers the settings whose names match.",
        complexity: "O(N) when N is the number of configuration parameters provided", arity: -3, flags: flags,
        arguments: [.block("parameter", [.string("parameter")]).multiple],
        history: [("7.0.0", "Several patterns may be given.")], handler: get),
      Command(
        "set", .server, since: "2.0.0", "Changes settings of the running server.",
        complexity: "O(N) when N is the number of configuration parameters provided", arity: -4, flags: flags,
        arguments: [.block("parameter_value", [.string("parameter"), .string("value")]).multiple],
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
        history: [("7.0.0", "Several settings may be changed at once.")], handler: set),
      Command(
        "resetstat", .server, since: "2.0.0", "Sets the counters of INFO back to zero.", arity: 2, flags: flags,
        handler: resetStat),
      Command(
        "rewrite", .server, since: "2.8.0", "Writes the settings to the configuration file.", arity: 2, flags: flags,
        handler: rewrite),
      .help(.server, since: "5.0.0", help),
    ])

  static func get(_ context: inout Context) throws(ReplyError) {
    let version = context.engine.configuration.emulatedVersion
    // Each setting once, under the name by which it was asked for first.
    var found: [(name: [UInt8], directive: Directive)] = []
    var names: Set<String> = []
    for index in 2..<context.arguments.count {
      let pattern = context.arguments[index]
      if hasMagic(pattern) {
        let glob = GlobPattern(pattern, ignoringCase: true)
        for directive in Directives.all
        where directive.since <= version && !directive.traits.contains(.hidden)
          && directive.name.withBytes({ glob.matches($0) }) && names.insert(directive.name).inserted
        {
          found.append((Array(directive.name.utf8), directive))
        }
      } else if let directive = Directives.find(pattern.text, version: version),
        names.insert(directive.name).inserted
      {
        found.append((pattern.copied(), directive))
      }
    }
    let configuration = context.engine.configuration
    context.reply.map(found.count)
    for entry in found {
      entry.name.withBytes { context.reply.bulk($0) }
      entry.directive.value(in: configuration).withBytes { context.reply.bulk($0) }
    }
  }

  /// Whether a text is more than a plain name.
  private static func hasMagic(_ pattern: Bytes) -> Bool {
    [UInt8(ascii: "["), UInt8(ascii: "*"), UInt8(ascii: "?")].contains { pattern.firstIndex(of: $0) != nil }
  }

  static func set(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    guard arguments.count % 2 == 0 else { throw .syntax }
    var pairs: [(name: [UInt8], value: [UInt8])] = []
    for index in stride(from: 2, to: arguments.count, by: 2) {
      pairs.append((arguments[index].copied(), arguments[index + 1].copied()))
    }
    var changed = context.engine.configuration
    do {
      let directives = try Directives.set(pairs, in: &changed) { access in
        access == .yes || access == .local && context.isLocal
      }
      let concerned = directives.filter { $0.traits.contains(.transport) }.map(\.name)
      if !concerned.isEmpty, let refusal = context.engine.askTransport(changed, concerned) {
        return fail(context, refusal.name, refusal.text)
      }
    } catch {
      if error.kind == .unknown { return context.fail("ERR \(error.text)") }
      return fail(context, error.name, error.text)
    }
    context.engine.configuration = changed
    context.engine.followConfiguration()
    context.reply.ok()
  }

  private static func fail(_ context: borrowing Context, _ name: String, _ text: String) {
    context.fail("ERR CONFIG SET failed (possibly related to argument '\(name)') - \(text)")
  }

  static func resetStat(_ context: inout Context) throws(ReplyError) {
    context.engine.resetStatistics()
    context.reply.ok()
  }

  static func rewrite(_ context: inout Context) throws(ReplyError) {
    var configuration = context.engine.configuration
    guard !configuration.configurationFile.isEmpty, let write = context.engine.hooks.rewriteConfiguration else {
      throw ReplyError("ERR The server is running without a config file")
    }
    configuration.users = context.engine.declaredUsers
    if let reason = write(configuration) { return context.fail("ERR Rewriting config file: \(reason)") }
    context.reply.ok()
  }

  static func help(_ context: inout Context) throws(ReplyError) {
    context.reply.help(
      "CONFIG",
      [
        HelpEntry("GET <pattern> [<pattern> ...]", "Answer the settings whose names match a glob-like pattern."),
        HelpEntry("SET <directive> <value> [<directive> <value> ...]", "Change settings: all of them, or none."),
        HelpEntry("RESETSTAT", "Set the counters of INFO back to zero."),
        HelpEntry("REWRITE", "Write the settings to the configuration file."),
      ])
  }
}

extension EngineState {
  /// Asks the transport whether it can carry a change out. Without one, only what the engine itself does can change.
  func askTransport(_ changed: Configuration, _ names: [String]) -> ConfigurationRefusal? {
    if let apply = hooks.applyConfiguration { return apply(changed, names) }
    for name in names {
      switch name {
      case "port" where changed.port != configuration.port: return .cannotListen(name)
      case "bind" where changed.bindAddresses != configuration.bindAddresses: return .cannotBind
      case _ where name.hasPrefix("tls-") && changed.tls.isWanted: return .cannotSecure(name)
      default: continue
      }
    }
    return nil
  }
}
