// CLIENT: what a connection is called and how it is treated, and the other connections. Its subcommands that say much
// or reach far have files of their own: ClientList, ClientKill, ClientPause, ClientTracking.

enum ClientCommand {
  static let flags: CommandFlags = [.noScript, .loading, .stale]
  static let adminFlags: CommandFlags = [.admin, .noScript, .loading, .stale]

  static let command = Command(
    "client", .connection, since: "2.4.0", "Tells of connections and governs them.",
    complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command(
        "id", .connection, since: "5.0.0", "Answers the connection's number.", arity: 2, flags: flags, handler: id),
      Command(
        "getname", .connection, since: "2.6.9", "Answers the connection's name.", arity: 2, flags: flags,
        handler: getName),
      Command(
        "setname", .connection, since: "2.6.9", "Names the connection.", arity: 3, flags: flags,
        arguments: [.string("connection-name")], handler: setName),
      Command(
        "setinfo", .connection, since: "7.2.0", "Tells the name or version of the client's library.", arity: 4,
        flags: flags,
        arguments: [
          .oneOf("attr", [.string("libname", token: "LIB-NAME"), .string("libver", token: "LIB-VER")])
        ],
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"], handler: setInfo),
      Command(
        "reply", .connection, since: "3.2.0", "Switches the replies to the connection on and off.", arity: 3,
        flags: flags, arguments: [.oneOf("on_off_skip", [.token("ON"), .token("OFF"), .token("SKIP")])],
        handler: reply),
      Command(
        "no-evict", .connection, since: "7.0.0", "Spares the connection when clients are evicted.", arity: 3,
        flags: adminFlags, arguments: [.oneOf("enabled", [.token("ON"), .token("OFF")])], handler: noEvict),
      Command(
        "no-touch", .connection, since: "7.2.0", "Lets the connection's reads leave access times alone.", arity: 3,
        flags: flags, arguments: [.oneOf("enabled", [.token("ON"), .token("OFF")])], handler: noTouch),
      Command(
        "unblock", .connection, since: "5.0.0", "Ends another client's wait in a blocking command.",
        complexity: "O(log N) where N is the number of client connections", arity: -3, flags: adminFlags,
        arguments: [
          .integer("client-id"), .oneOf("timeout_error", [.token("TIMEOUT"), .token("ERROR")]).optional,
        ], handler: unblock),
      .help(.connection, since: "5.0.0", help),
    ] + ClientList.commands + ClientKill.commands + ClientPause.commands + ClientTracking.commands)

  static func id(_ context: inout Context) throws(ReplyError) {
    context.reply.integer(Int64(bitPattern: context.session.identifier))
  }

  static func getName(_ context: inout Context) throws(ReplyError) {
    guard let name = context.session.extras?.name, !name.isEmpty else { return context.reply.null() }
    name.withBytes { context.reply.bulk($0) }
  }

  static func setName(_ context: inout Context) throws(ReplyError) {
    let name = context.arguments[2]
    try ClientName.validate(name)
    if !name.isEmpty || context.session.extras != nil { context.session.extra.name = name.copied() }
    context.reply.ok()
  }

  static func setInfo(_ context: inout Context) throws(ReplyError) {
    let (option, value) = (context.arguments[2], context.arguments[3])
    let isName = option.matches("LIB-NAME")
    guard isName || option.matches("LIB-VER") else {
      return context.fail("ERR Unrecognized option '", quoting: option)
    }
    guard ClientName.isPlain(value) else {
      return context.fail("ERR ", quoting: option, " cannot contain spaces, newlines or special characters.")
    }
    let extras = context.session.extra
    if isName { extras.libraryName = value.copied() } else { extras.libraryVersion = value.copied() }
    context.reply.ok()
  }

  static func reply(_ context: inout Context) throws(ReplyError) {
    let mode = context.arguments[2]
    if mode.matches("ON") {
      context.session.flags.subtract([.replyOff, .replySkip, .replySkipNext])
      context.reply.ok()
    } else if mode.matches("OFF") {
      context.session.flags.insert(.replyOff)
      context.session.gates.insert(.replyControl)
    } else if mode.matches("SKIP") {
      guard !context.session.flags.contains(.replyOff) else { return }
      // With the gate closed already, what follows this command is still to be counted off behind it.
      context.session.flags.insert(context.session.gates.contains(.replyControl) ? .replySkipNext : .replySkip)
      context.session.gates.insert(.replyControl)
    } else {
      throw .syntax
    }
  }

  static func noEvict(_ context: inout Context) throws(ReplyError) { try set(&context, .noEvict) }
  static func noTouch(_ context: inout Context) throws(ReplyError) { try set(&context, .noTouch) }

  private static func set(_ context: inout Context, _ flag: SessionFlags) throws(ReplyError) {
    if context.arguments[2].matches("ON") {
      context.session.flags.insert(flag)
    } else if context.arguments[2].matches("OFF") {
      context.session.flags.remove(flag)
    } else {
      throw .syntax
    }
    context.reply.ok()
  }

  static func unblock(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    guard arguments.count <= 4 else { return context.failSubcommandSyntax() }
    var reason = UnblockReason.timeout
    if arguments.count == 4 {
      if arguments[3].matches("ERROR") {
        reason = .error
      } else if !arguments[3].matches("TIMEOUT") {
        throw ReplyError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
      }
    }
    let identifier = try arguments.integer(2)
    let isDone = context.engine.client(identifier).map { context.unblock($0, reason) } ?? false
    context.reply.integer(isDone ? 1 : 0)
  }

  static func help(_ context: inout Context) throws(ReplyError) {
    var entries = [
      HelpEntry("CACHING (YES|NO)", "Say whether the next command's keys are tracked, in OPTIN and OPTOUT mode."),
      HelpEntry("GETREDIR", "Answer the client that gets this one's invalidation messages."),
      HelpEntry("GETNAME", "Answer the connection's name."),
      HelpEntry("ID", "Answer the connection's number."),
      HelpEntry("INFO", "Tell of this connection."),
      HelpEntry("KILL <ip:port>", "Close the connection from that address."),
      HelpEntry(
        "KILL <option> <value> [<option> <value> [...]]", "Close the connections that meet every condition:",
        "* ID <client-id>", "* ADDR (<ip:port>|<unixsocket>:0)", "* LADDR (<ip:port>|<unixsocket>:0)",
        "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)", "* USER <username>",
        "* SKIPME (YES|NO): leave out this connection; yes unless told otherwise."),
      HelpEntry(
        "LIST [options ...]", "Tell of connections, a line each; of some only:", "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
        "* ID <client-id> [<client-id> ...]"),
      HelpEntry("NO-EVICT (ON|OFF)", "Spare this connection when clients are evicted."),
      HelpEntry("PAUSE <timeout> [WRITE|ALL]", "Hold back commands, or those that write, for so many milliseconds."),
      HelpEntry("REPLY (ON|OFF|SKIP)", "Switch replies on or off, or leave out the next one."),
      HelpEntry("SETNAME <name>", "Name the connection."),
      HelpEntry("TRACKING (ON|OFF) [...]", "Switch client-side caching on or off."),
      HelpEntry("TRACKINGINFO", "Tell of this connection's client-side caching."),
      HelpEntry("UNBLOCK <client-id> [TIMEOUT|ERROR]", "End a client's wait in a blocking command."),
      HelpEntry("UNPAUSE", "End a pause."),
    ]
    if context.engine.emulates72 {
      entries.append(HelpEntry("NO-TOUCH (ON|OFF)", "Let this connection's reads leave access times alone."))
      entries.append(HelpEntry("SETINFO (LIB-NAME|LIB-VER) <value>", "Tell of the client's library."))
    }
    context.reply.help("CLIENT", entries)
  }
}
