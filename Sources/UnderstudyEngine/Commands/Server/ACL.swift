// ACL: users and what they may do. What it answers of users is here; what it changes is in ACLUsers.swift, what was refused
// in ACLLogCommand.swift. The rules themselves are in ACL/.

enum ACLCommand {
  static let flags: CommandFlags = [.noScript, .loading, .stale]
  static let adminFlags: CommandFlags = [.admin, .noScript, .loading, .stale]

  static let command = Command(
    "acl", .server, since: "6.0.0", "Governs users and what they may do.",
    complexity: "Depends on subcommand.",
    arity: -2,
    subcommands: [
      Command(
        "cat", .server, since: "6.0.0", "Names the categories of commands, or the commands of one.",
        complexity: "O(1) since the categories and commands are a fixed set.", arity: -2, flags: flags,
        arguments: [.string("categoryname").optional], handler: categories),
      Command(
        "genpass", .server, since: "6.0.0", "Makes up a password.", arity: -2, flags: flags,
        arguments: [.integer("bits").optional], handler: makePassword),
      Command(
        "getuser", .server, since: "6.0.0", "Answers a user's rules.",
        complexity: "O(N). Where N is the number of password, command and pattern rules that the user has.",
        arity: 3,
        flags: adminFlags, arguments: [.string("username")],
        history: [
          ("6.2.0", "Patterns of channels."),
          ("7.0.0", "Selectors; patterns of keys and channels are told as rules, not as lists."),
        ], handler: getUser),
      Command(
        "list", .server, since: "6.0.0", "Answers all users' rules, as in a file.",
        complexity: "O(N). Where N is the number of configured users.", arity: 2, flags: adminFlags,
        handler: list),
      Command(
        "users", .server, since: "6.0.0", "Names the users.",
        complexity: "O(N). Where N is the number of configured users.", arity: 2, flags: adminFlags,
        handler: users),
      Command(
        "whoami", .server, since: "6.0.0", "Names the connection's user.", arity: 2, flags: flags,
        handler: whoAmI),
      Command(
        "dryrun", .server, since: "7.0.0", "Tells whether a user may make a call, without making it.",
        complexity: "O(1).", arity: -4, flags: adminFlags,
        arguments: [.string("username"), .string("command"), .string("arg").optional.multiple],
        handler: dryRun),
      .help(.server, since: "6.0.0", help),
    ] + ACLUsers.commands + ACLLogCommand.commands)

  static func categories(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    guard arguments.count <= 3 else { return context.failSubcommandSyntax() }
    guard arguments.count == 3 else {
      context.reply.array(ACLCategories.names.count)
      for category in ACLCategories.names { context.reply.bulk(category.1) }
      return
    }
    guard let category = ACLCategories(name: arguments[2].upToZero) else {
      return context.fail("ERR Unknown category '", quoting: arguments[2])
    }
    let names = context.names(of: category)
    context.reply.array(names.count)
    for name in names { name.withBytes { context.reply.bulk($0) } }
  }

  static func makePassword(_ context: inout Context) throws(ReplyError) {
    guard context.arguments.count <= 3 else { return context.failSubcommandSyntax() }
    var bits: Int64 = 256
    if context.arguments.count == 3 {
      bits = try context.arguments.integer(2)
      guard (1...4096).contains(bits) else { throw .passwordBits }
    }
    context.reply.bulk(context.engine.random.hexadecimal(count: Int(bits + 3) / 4))
  }

  static func getUser(_ context: inout Context) throws(ReplyError) {
    guard let user = context.engine.acl.user(context.arguments[2]) else { return context.reply.null() }
    let reply = context.reply
    let book = context.engine.ruleBook
    reply.map(6)
    reply.bulk("flags")
    reply.set(user.rules.flagNames.count)
    for flag in user.rules.flagNames { reply.bulk(flag) }
    reply.bulk("passwords")
    reply.array(user.rules.passwords.count)
    for hash in user.rules.passwords { hash.withBytes { reply.bulk($0) } }
    tell(reply, user.rules.selectors[0], book)
    reply.bulk("selectors")
    reply.array(user.rules.selectors.count - 1)
    for selector in user.rules.selectors.dropFirst() {
      reply.map(3)
      tell(reply, selector, book)
    }
  }

  /// Three fields of a map.
  private static func tell(_ reply: Reply, _ selector: ACLSelector, _ book: ACLRuleBook) {
    reply.bulk("commands")
    selector.commandsText(book).withBytes { reply.bulk($0) }
    reply.bulk("keys")
    selector.keysText.withBytes { reply.bulk($0) }
    reply.bulk("channels")
    selector.channelsText.withBytes { reply.bulk($0) }
  }

  static func list(_ context: inout Context) throws(ReplyError) {
    let users = context.engine.acl.sortedUsers
    let book = context.engine.ruleBook
    context.reply.array(users.count)
    for user in users { user.line(book).withBytes { context.reply.bulk($0) } }
  }

  static func users(_ context: inout Context) throws(ReplyError) {
    let users = context.engine.acl.sortedUsers
    context.reply.array(users.count)
    for user in users { user.name.withBytes { context.reply.bulk($0) } }
  }

  static func whoAmI(_ context: inout Context) throws(ReplyError) {
    context.user.name.withBytes { context.reply.bulk($0) }
  }

  static func dryRun(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    guard let user = context.engine.acl.user(arguments[2]) else {
      return context.fail("ERR User '", quoting: arguments[2], "' not found")
    }
    switch context.tryCall(arguments.dropFirst(3), as: user) {
    case .unknown: context.fail("ERR Command '", quoting: arguments[3], "' not found")
    case .wrongArity(let name): context.fail("ERR wrong number of arguments for '\(name)' command")
    case .refused(let reason): reason.withBytes { context.reply.bulk($0) }
    case .allowed: context.reply.ok()
    }
  }

  static func help(_ context: inout Context) throws(ReplyError) {
    context.reply.help(
      "ACL",
      [
        HelpEntry("CAT [<category>]", "Name the categories of commands, or the commands of one."),
        HelpEntry("DELUSER <username> [<username> ...]", "Remove users, and close their connections."),
        HelpEntry(
          "DRYRUN <username> <command> [<arg> ...]", "Tell whether a user may make a call, without making it."
        ),
        HelpEntry("GETUSER <username>", "Answer a user's rules."),
        HelpEntry("GENPASS [<bits>]", "Make up a password, of 256 bits unless told otherwise."),
        HelpEntry("LIST", "Answer all users' rules, as in a file."),
        HelpEntry("LOAD", "Take the users of the file in place of those that there are."),
        HelpEntry("LOG [<count> | RESET]", "Tell what was refused lately, or forget it."),
        HelpEntry("SAVE", "Write the users to the file."),
        HelpEntry("SETUSER <username> <attribute> [<attribute> ...]", "Make a user, or change its rules."),
        HelpEntry("USERS", "Name the users."),
        HelpEntry("WHOAMI", "Name this connection's user."),
      ])
  }
}

extension ReplyError {
  static var passwordBits: ReplyError {
    ReplyError(
      """
      ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096
      """)
  }
}
