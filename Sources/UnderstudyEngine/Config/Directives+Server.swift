// The directives of this server alone, of the network, of the process, and of limits.

extension Directives {
  static let own: [Directive] = [
    Directive("emulate-version", .special(readVersion), versionField, [.own, .immutable, .hidden])
      .summary("The version to be: of Redis (7.0 to 8.4) or of Valkey (valkey-9.0). What is newer is unknown."),
    Directive("seed", .text(check: checkSeed), seedField, [.own, .immutable, .hidden])
      .summary("Replays every random choice: RANDOMKEY, SPOP, eviction, faults."),
    Directive(
      "control-port", .special(readPort),
      portField(
        get: { $0.picksControlPort ? "auto" : String($0.controlPort ?? 0) },
        set: { configuration, port in
          configuration.picksControlPort = port == nil
          configuration.controlPort = port == 0 ? nil : port
        }), [.own, .immutable, .hidden])
      .summary("A second port, for the LAB verbs (LAB.HELP lists them); `auto` picks a free one."),
    Directive(
      "control-password", .text(check: nil),
      .field(get: { $0.controlPassword }, set: { $0.controlPassword = $1 }), [.own, .immutable, .hidden, .sensitive])
      .summary("The password of the control port; with one it listens where the data ports do, else on the loopback interface."),
    .text("announce-file", \.announceFile, [.own, .immutable, .hidden, .path])
      .summary("Where a line of JSON is written that says where the server listens."),
    Directive("upstream", .text(check: checkUpstream), upstreamField, [.own, .immutable, .hidden])
      .summary("The server, host:port, that requests are passed on to: this one only watches, and injects faults."),
    .bool("exit-with-parent", \.exitsWithParent, [.own, .immutable, .hidden])
      .summary("Ends when the process that started the server does."),
    .bool("verbose", \.isVerbose, [.own, .immutable, .hidden])
      .summary("Shows each command as it comes, with client, endpoint and time; secrets are left out."),
    .bool("lua-strict", \.isLuaStrict, [.own]).summary("Refuses KEYS and math.random inside scripts; `no` does as Redis does."),
    .memory("lua-memory-limit", \.luaMemoryLimit, 1_048_576...limit, [.own]).summary("How much memory scripts may take, bytes."),
    .integer("lua-deadline", \.scriptDeadline, 0...86_400_000, [.own])
      .summary("A script that runs for longer, in milliseconds, is ended even if it has written; 0 for none."),
    .choice("lua-undeclared-keys", \.undeclaredKeys, UndeclaredKeyPolicy.allCases.map(\.rawValue), [.own])
      .summary("What becomes of a script that touches a key it was not given."),
  ]

  static let network: [Directive] = [
    Directive(
      "port", .special(readPort),
      portField(
        get: { String($0.port) },
        set: { configuration, port in
          configuration.picksPort = port == nil
          configuration.port = port ?? 0
        }), [.transport])
      .summary("The TCP port; 0 for none, `auto` for a free one, which a line of JSON then tells."),
    Directive("bind", .special(readBind), bindField, [.multiple, .transport])
      .summary("The addresses to listen at; a leading `-` for one that may be missing, `*` for all."),
    .text("bind-source-addr").summary("The address from which connections to other servers come."),
    .text("unixsocket", \.unixSocketPath, [.immutable, .path]).summary("The path of a Unix socket to listen at."),
    Directive("unixsocketperm", .octal(0...0o777), octalField(\.unixSocketPermissions), [.immutable])
      .summary("The permissions of the Unix socket, in base 8; 0 leaves them to the umask."),
    .integer("tcp-backlog", \.backlog, 0...int, [.immutable])
      .summary("How many connections the system holds that are not yet accepted."),
    .integer("timeout", \.idleTimeoutSeconds, 0...int, [.transport])
      .summary("Closes clients that are idle for so many seconds; 0 for never."),
    .integer("tcp-keepalive", \.keepAliveSeconds, 0...int, [.transport])
      .summary("After so many idle seconds the system asks whether a client is still there; 0 for never."),
    .bool("protected-mode", \.isProtected).summary("Refuses clients of other machines while there is no password."),
    .integer("maxclients", \.maximumClients, 1...4_294_967_295, [.transport]).summary("How many clients there may be."),
    Directive(
      "client-output-buffer-limit", .special(ClientOutputLimits.read), ClientOutputLimits.field,
      [.multiple, .transport])
      .summary("When a client that does not read is closed: class, hard limit, soft limit, seconds."),
    .integer("socket-mark-id", 0, 0...4_294_967_295, [.immutable, .inert]).summary("The mark of sockets, for routing."),
    .integer("io-threads", 1, 1...128, [.immutable, .inert]).summary("How many threads read and write. One does here."),
    .bool("io-threads-do-reads", false, [.immutable, .inert]).summary("Whether those threads read, too."),
    Directive("hz", .special(readFrequency), .text(standard: "10"), [.inert])
      .summary("How often background tasks run, times a second."),
    .bool("dynamic-hz", true).summary("Whether that grows with the number of clients."),
  ]

  static let process: [Directive] = [
    .bool("daemonize", \.isDaemon, [.immutable]).summary("Goes into the background."),
    .text("pidfile", \.processFile, [.immutable, .path]).summary("Where the process's number is written."),
    .text("logfile", \.logFile, [.immutable, .path]).summary("Where the log goes; nothing for the standard output."),
    Directive(
      "loglevel", .choice(["debug", "verbose", "notice", "warning"]), Directive.textField(\.logLevel))
      .summary("From what on lines go to the log."),
    Directive("dir", .text(check: nil), Directive.textField(\.directory), [.protected, .path]).summary("The working directory."),
    .bool("always-show-logo", false, [.immutable, .inert]).summary("Whether the start shows a logo everywhere."),
    .bool("crash-log-enabled", true).summary("Whether a crash is told in the log."),
    .bool("crash-memcheck-enabled", true).summary("Whether memory is tested after a crash."),
    .bool("disable-thp", true, [.immutable, .inert]).summary("Whether transparent huge pages are switched off."),
    .text("ignore-warnings").summary("Which warnings of the system are left unsaid."),
    .bool("set-proc-title", true, [.immutable, .inert]).summary("Whether the process's title tells what it does."),
    Directive(
      "proc-title-template", .text(check: checkTitle), .text(standard: "{title} {listen-addr} {server-mode}"),
      [.inert])
      .summary("What the process's title is made of."),
    .choice("supervised", "no", ["upstart", "systemd", "auto", "no"], [.immutable, .inert]).summary("Who supervises the process."),
    .bool("syslog-enabled", false, [.immutable, .inert]).summary("Whether the system's log gets lines."),
    .text("syslog-ident", "redis", [.immutable, .inert]).summary("The name in the system's log."),
    .choice(
      "syslog-facility", "local0",
      ["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"], [.immutable, .inert])
      .summary("The facility of the system's log."),
    .text("server_cpulist", "", [.immutable, .inert]).summary("Which processors run the server."),
    .text("bio_cpulist", "", [.immutable, .inert]).summary("Which processors run background work."),
    .text("aof_rewrite_cpulist", "", [.immutable, .inert]).summary("Which processors rewrite the append-only file."),
    .text("bgsave_cpulist", "", [.immutable, .inert]).summary("Which processors save."),
    .choice("oom-score-adj", "no", ["no", "yes", "relative", "absolute"])
      .summary("Whether the system's choice of whom to kill is influenced."),
    Directive(
      "oom-score-adj-values", .special(readScores), .text(standard: "0 200 800"), [.multiple, .inert])
      .summary("The scores of master, replica and children for that."),
    Directive(
      "shutdown-on-sigint", .special(readShutdown), .text(standard: "default"), [.multiple, .inert])
      .summary("What SIGINT does beyond ending the server."),
    Directive(
      "shutdown-on-sigterm", .special(readShutdown), .text(standard: "default"), [.multiple, .inert])
      .summary("What SIGTERM does beyond ending the server."),
    .integer("shutdown-timeout", 10, 0...int).summary("How many seconds the end waits for replicas."),
    .bool("use-exit-on-panic", false, [.hidden, .inert]).summary("Whether a panic ends without a dump of memory."),
    .integer("watchdog-period", 0, 0...int, [.hidden, .inert])
      .summary("After so many milliseconds a command is reported; 0 for never."),
    .text("locale-collate").since("7.2.0").summary("The locale by which SORT ALPHA compares."),
  ]

  static let limits: [Directive] = [
    .integer("databases", \.databaseCount, 1...int, [.immutable]).summary("How many databases there are."),
    Directive("requirepass", .text(check: nil), passwordField, [.sensitive])
      .summary("The password of the default user; nothing for none."),
    .memory("proto-max-bulk-len", \.maximumBulkLength, 1_048_576...limit)
      .summary("The longest string that a client may send, bytes."),
    .memory("client-query-buffer-limit", \.queryBufferLimit, 1_048_576...limit)
      .summary("How much of a client's input may wait, bytes."),
    .choice("enable-debug-command", \.debugCommand, access, [.immutable]).summary("Who may call DEBUG."),
    .choice("enable-protected-configs", \.protectedConfigs, access, [.immutable])
      .summary("Who may set protected directives while the server runs."),
    .choice("enable-module-command", \.moduleCommand, access, [.immutable]).summary("Who may call MODULE."),
    .text("aclfile", \.aclFile, [.immutable, .path]).summary("The file of users, for ACL LOAD and ACL SAVE."),
    Directive("acl-pubsub-default", .choice(["allchannels", "resetchannels"]), channelsField)
      .summary("Which channels new users may use."),
    .integer("acllog-max-len", \.accessLogLength, 0...long).summary("How many entries ACL LOG keeps."),
  ]

  private static let access = ProtectedAccess.allCases.map(\.rawValue)

  // Upper ends of the ranges: a C int, a long, and a size.
  static let int: Int64 = 2_147_483_647
  static let long = Int64.max
  static let limit = UInt64(Int64.max)
}

// MARK: Special forms

extension Directives {
  /// `7.2` and the like. A value that is no version says so in words of our own.
  @Sendable
  private static func readVersion(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    let refusal = DirectiveRefusal("argument must be a version of Redis from 7.0 to 8.4, or of Valkey, as valkey-9.0")
    guard values.given.count == 1, let version = Version(String(decoding: values.given[0], as: UTF8.self)),
      version.isValkey ? version.includes("valkey-7.2.0") && !version.includes("valkey-9.1.0")
        : version >= "7.0.0" && version < "8.5.0"
    else { throw refusal }
    return Array(version.description.utf8)
  }

  private static let versionField = Directive.Storage.field(
    get: { Array($0.emulatedVersion.description.utf8) },
    set: { configuration, text in
      if let version = Version(String(decoding: text, as: UTF8.self)) { configuration.emulatedVersion = version }
    })

  @Sendable
  private static func checkSeed(_ value: [UInt8]) -> String? {
    UInt64(String(decoding: value, as: UTF8.self)) == nil ? "argument must be a whole number below 2^64" : nil
  }

  @Sendable
  private static func checkUpstream(_ value: [UInt8]) -> String? {
    let isKnown = value.isEmpty || UpstreamAddress(String(decoding: value, as: UTF8.self)) != nil
    return isKnown ? nil : "argument must be the address of a server, as host:port"
  }

  private static let upstreamField = Directive.Storage.field(
    get: { Array(($0.upstream?.description ?? "").utf8) },
    set: { $0.upstream = UpstreamAddress(String(decoding: $1, as: UTF8.self)) })

  private static let seedField = Directive.Storage.field(
    get: { Array(($0.seed.map { String($0) } ?? "").utf8) },
    set: { $0.seed = UInt64(String(decoding: $1, as: UTF8.self)) })

  /// A port, or `auto`, which Redis does not know.
  @Sendable
  static func readPort(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    guard values.given.count == 1 else { throw DirectiveRefusal("wrong number of arguments") }
    if Directive.lowercased(values.given[0]) == Array("auto".utf8) { return Array("auto".utf8) }
    guard let number = values.given[0].withBytes({ NumberText.parseInt64($0) }) else {
      throw DirectiveRefusal("argument couldn't be parsed into an integer")
    }
    guard (0...65535).contains(number) else {
      throw DirectiveRefusal("argument must be between 0 and 65535 inclusive")
    }
    return values.given[0]
  }

  /// The setter is given nil for `auto`.
  static func portField(
    get: @escaping @Sendable (Configuration) -> String,
    set: @escaping @Sendable (inout Configuration, Int?) -> Void
  ) -> Directive.Storage {
    .field(
      get: { Array(get($0).utf8) },
      set: { set(&$0, Int(String(decoding: $1, as: UTF8.self))) })
  }

  /// Any number is taken, and brought into the range.
  @Sendable
  private static func readFrequency(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    let text = try Directive("", .integer(0...int), .text(standard: "")).read(values)
    let number = Int(String(decoding: text, as: UTF8.self)) ?? 10
    return Array(String(min(max(number, 1), 500)).utf8)
  }

  @Sendable
  private static func readBind(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    guard values.given.count <= 16 else { throw DirectiveRefusal("Too many bind addresses specified.") }
    return Array(values.given.joined(separator: [UInt8(ascii: " ")]))
  }

  private static let bindField = Directive.Storage.field(
    get: { Array($0.bindAddresses.joined(separator: " ").utf8) },
    set: { configuration, text in
      configuration.bindAddresses = split(text).map { String(decoding: $0, as: UTF8.self) }
    })

  private static func octalField(_ field: any Directive.Field<Int>) -> Directive.Storage {
    .field(
      get: { Array(String($0[keyPath: field], radix: 8).utf8) },
      set: { $0[keyPath: field] = Int(String(decoding: $1, as: UTF8.self), radix: 8) ?? 0 })
  }

  private static let channelsField = Directive.Storage.field(
    get: { Array(($0.opensChannels ? "allchannels" : "resetchannels").utf8) },
    set: { $0.opensChannels = $1 == Array("allchannels".utf8) })

  private static let passwordField = Directive.Storage.field(get: { $0.password }, set: { $0.password = $1 })

  /// Only the variables that Redis knows, and no brace unclosed; and a title must be left where those are nothing that
  /// are nothing in a server of its own when it is checked.
  @Sendable
  private static func checkTitle(_ value: [UInt8]) -> String? {
    let refusal = "template format is invalid or contains unknown variables"
    let known = ["title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"]
    let nothing = ["title", "server-mode", "unixsocket"]
    var rest = value[...]
    var isEmpty = true
    while let open = rest.firstIndex(of: UInt8(ascii: "{")) {
      guard let close = rest[open...].firstIndex(of: UInt8(ascii: "}")) else { return refusal }
      let name = String(decoding: rest[(open + 1)..<close], as: UTF8.self)
      guard known.contains(name) else { return refusal }
      if !nothing.contains(name) || rest[..<open].contains(where: { $0 != 32 }) { isEmpty = false }
      rest = rest[(close + 1)...]
    }
    return isEmpty && rest.allSatisfy { $0 == 32 } ? refusal : nil
  }

  @Sendable
  private static func readScores(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    guard values.given.count == 3 else { throw DirectiveRefusal("wrong number of arguments") }
    for value in values.given {
      guard let score = value.withBytes({ NumberText.parseInt64($0) }), (-2000...2000).contains(score) else {
        throw DirectiveRefusal("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
      }
    }
    return Array(values.given.joined(separator: [UInt8(ascii: " ")]))
  }

  @Sendable
  private static func readShutdown(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    let names = ["default", "save", "nosave", "now", "force"]
    let text = try Directive("", .choices(names), .text(standard: "")).read(values)
    var chosen = String(decoding: text, as: UTF8.self).split(separator: " ")
    // The default is no option at all.
    if chosen.count > 1 { chosen.removeAll { $0 == "default" } }
    if chosen.contains("save") && chosen.contains("nosave") {
      throw DirectiveRefusal("shutdown options SAVE and NOSAVE can't be used simultaneously")
    }
    return Array(chosen.joined(separator: " ").utf8)
  }
}

extension ClientOutputLimits {
  /// Classes with their limits, four words each; classes that are not named keep theirs.
  @Sendable
  static func read(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    guard values.given.count % 4 == 0 else {
      throw DirectiveRefusal("Wrong number of arguments in buffer limit configuration.")
    }
    var limits = ClientOutputLimits(text: values.current)
    for start in stride(from: 0, to: values.given.count, by: 4) {
      let words = values.given[start..<(start + 4)]
      let field: WritableKeyPath<ClientOutputLimits, Limit>
      switch String(decoding: Directive.lowercased(words[start]), as: UTF8.self) {
      case "normal": field = \.normal
      case "slave", "replica": field = \.replica
      case "pubsub": field = \.pubSub
      default: throw DirectiveRefusal("Invalid client class specified in buffer limit configuration.")
      }
      guard let hard = MemorySize.parse(words[start + 1]), let soft = MemorySize.parse(words[start + 2]),
        let seconds = Int(String(decoding: words[start + 3], as: UTF8.self)), seconds >= 0
      else { throw DirectiveRefusal("Error in hard, soft or soft_seconds setting in buffer limit configuration.") }
      limits[keyPath: field] = Limit(hard: hard, soft: soft, seconds: seconds)
    }
    return limits.text
  }

  static let field = Directive.Storage.field(
    get: { $0.outputLimits.text }, set: { $0.outputLimits = ClientOutputLimits(text: $1) })

  /// As CONFIG GET shows them; the class of replicas goes by its old name there.
  var text: [UInt8] {
    let classes = [("normal", normal), ("slave", replica), ("pubsub", pubSub)]
    return Array(classes.map { "\($0) \($1.hard) \($1.soft) \($1.seconds)" }.joined(separator: " ").utf8)
  }

  /// Reads `text` back.
  init(text: [UInt8]) {
    let words = String(decoding: text, as: UTF8.self).split(separator: " ")
    func limit(_ start: Int) -> Limit? {
      guard start + 3 < words.count, let hard = UInt64(words[start + 1]), let soft = UInt64(words[start + 2]),
        let seconds = Int(words[start + 3])
      else { return nil }
      return Limit(hard: hard, soft: soft, seconds: seconds)
    }
    if let limit = limit(0) { normal = limit }
    if let limit = limit(4) { replica = limit }
    if let limit = limit(8) { pubSub = limit }
  }
}
