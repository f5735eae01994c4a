// COMMAND and its subcommands: what commands there are. Shapes are in Introspection/CommandReplies.swift; everything is
// derived from the declarations.

enum CommandInfoCommand {
  private static let flags: CommandFlags = [.loading, .stale]
  private static let perName =
    "O(N) where N is the number of commands to look up"
  private static let perCommand = "O(N) where N is the total number of Redis commands"

  static let command = Command(
    "command", .server, since: "2.8.13", "Tells everything about all commands.", complexity: perCommand, arity: -1,
    flags: flags, categories: [.connection], tips: ["nondeterministic_output_order"],
    subcommands: [
      Command(
        "count", .server, since: "2.8.13", "Counts the commands.", arity: 2, flags: flags, categories: [.connection],
        handler: count),
      Command(
        "docs", .server, since: "7.0.0", "Documents commands.", complexity: perName, arity: -2, flags: flags,
        categories: [.connection], arguments: [.string("command-name").optional.multiple],
        tips: ["nondeterministic_output_order"], handler: docs),
      Command(
        "getkeys", .server, since: "2.8.13", "Picks the keys out of a call.",
        complexity: "O(N) where N is the number of arguments to the command", arity: -4, flags: flags,
        categories: [.connection], handler: getKeys),
      Command(
        "getkeysandflags", .server, since: "7.0.0", "Picks the keys out of a call, with what is done to them.",
        complexity: "O(N) where N is the number of arguments to the command", arity: -4, flags: flags,
        categories: [.connection], handler: getKeysAndFlags),
      .help(.server, since: "5.0.0", categories: [.connection], help),
      Command(
        "info", .server, since: "2.8.13", "Tells how commands are called.", complexity: perName, arity: -2,
        flags: flags, categories: [.connection], arguments: [.string("command-name").optional.multiple],
        tips: ["nondeterministic_output_order"], history: [("7.0.0", "Without names it tells of all commands.")],
        handler: info),
      Command(
        "list", .server, since: "7.0.0", "Names the commands.", complexity: perCommand, arity: -2, flags: flags,
        categories: [.connection],
        arguments: [
          .oneOf(
            "filterby", token: "FILTERBY",
            [
              .string("module-name", token: "MODULE"), .string("category", token: "ACLCAT"),
              .pattern("pattern", token: "PATTERN"),
            ]
          ).optional
        ],
        tips: ["nondeterministic_output_order"], handler: list),
    ], handler: all)

  private static func all(_ context: inout Context) throws(ReplyError) {
    tellAll(context)
  }

  private static func tellAll(_ context: borrowing Context) {
    let table = context.commandTable
    context.reply.array(table.commands.count)
    for command in table.commands {
      context.reply.commandInfo(command, name: command.name, version: table.version)
    }
  }

  static func count(_ context: inout Context) throws(ReplyError) {
    context.reply.integer(context.commandTable.commands.count)
  }

  static func info(_ context: inout Context) throws(ReplyError) {
    guard context.arguments.count > 2 else { return tellAll(context) }
    let version = context.commandTable.version
    context.reply.array(context.arguments.count - 2)
    for index in 2..<context.arguments.count {
      if let (command, name) = context.lookUp(name: context.arguments[index]) {
        context.reply.commandInfo(command, name: name, version: version)
      } else {
        context.reply.null()
      }
    }
  }

  static func docs(_ context: inout Context) throws(ReplyError) {
    let table = context.commandTable
    var found: [(Command, String)] = []
    if context.arguments.count == 2 {
      found = table.commands.map { ($0, $0.name) }
    } else {
      for index in 2..<context.arguments.count {
        if let command = context.lookUp(name: context.arguments[index]) { found.append(command) }
      }
    }
    context.reply.map(found.count)
    for (command, name) in found { context.reply.commandDocs(command, name: name, version: table.version) }
  }

  static func list(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    var matches: (String, Command) -> Bool = { _, _ in true }
    if arguments.count == 5 && arguments[2].matches("FILTERBY") {
      let text = arguments[4]
      if arguments[3].matches("MODULE") {
        matches = { _, _ in false }
      } else if arguments[3].matches("ACLCAT") {
        let category = ACLCategories(name: text)
        matches = { _, command in category.map { command.allCategories.contains($0) } ?? false }
      } else if arguments[3].matches("PATTERN") {
        let glob = GlobPattern(text, ignoringCase: true)
        matches = { name, _ in name.withBytes { glob.matches($0) } }
      } else {
        throw .syntax
      }
    } else if arguments.count != 2 {
      throw .syntax
    }
    let table = context.commandTable
    var names: [String] = []
    for command in table.commands {
      if matches(command.name, command) { names.append(command.name) }
      for subcommand in command.subcommands(in: table.version) {
        let name = "\(command.name)|\(subcommand.name)"
        if matches(name, subcommand) { names.append(name) }
      }
    }
    context.reply.array(names.count)
    for name in names { context.reply.bulk(name) }
  }

  static func getKeys(_ context: inout Context) throws(ReplyError) {
    guard let keys = try keys(context) else { return context.reply.emptyArray() }
    context.reply.array(keys.count)
    for key in keys { context.reply.bulk(context.arguments[key.position + 2]) }
  }

  static func getKeysAndFlags(_ context: inout Context) throws(ReplyError) {
    guard let keys = try keys(context) else { return context.reply.emptyArray() }
    context.reply.array(keys.count)
    for key in keys {
      context.reply.array(2)
      context.reply.bulk(context.arguments[key.position + 2])
      let names = KeySpec.Access.names.filter { key.access.contains($0.0) }
      context.reply.set(names.count)
      for name in names { context.reply.simple(name.1) }
    }
  }

  /// The keys of the call behind the subcommand's name; nil if it has none and need not have any.
  private static func keys(_ context: borrowing Context) throws(ReplyError) -> [LocatedKey]? {
    let call = context.arguments.dropFirst(2)
    guard let command = context.lookUp(call) else { throw ReplyError("ERR Invalid command specified") }
    guard command.hasKeys else { throw ReplyError("ERR The command has no key arguments") }
    guard command.arity >= 0 ? call.count == command.arity : call.count >= -command.arity else {
      throw ReplyError("ERR Invalid number of arguments specified for command")
    }
    let keys = command.locateKeys(call)
    if keys.isEmpty {
      guard command.flags.contains(.noMandatoryKeys) else {
        throw ReplyError("ERR Invalid arguments specified for command")
      }
      return nil
    }
    return keys
  }

  static func help(_ context: inout Context) throws(ReplyError) {
    context.reply.help(
      "COMMAND",
      [
        HelpEntry("(no subcommand)", "Tell everything about all commands."),
        HelpEntry("COUNT", "Count the commands."),
        HelpEntry(
          "LIST [FILTERBY (MODULE <module-name>|ACLCAT <category>|PATTERN <pattern>)]", "Name the commands."),
        HelpEntry("INFO [<command-name> ...]", "Tell how commands are called: those named, or all."),
        HelpEntry("DOCS [<command-name> ...]", "Document commands: those named, or all."),
        HelpEntry("GETKEYS <full-command>", "Pick the keys out of a call."),
        HelpEntry("GETKEYSANDFLAGS <full-command>", "Pick the keys out of a call, with what is done to them."),
      ])
  }
}

extension ACLCategories {
  /// A category by its name, whatever its case.
  init?(name: Bytes) {
    let text = name.text.lowercased()
    guard let known = Self.names.first(where: { "\($0.1)" == text }) else { return nil }
    self = known.0
  }
}
