// XGROUP: making, moving and removing consumer groups and consumers.

enum XGroupCommand {
  static let command = Command(
    "xgroup", .stream, since: "5.0.0", "Holds the commands that manage consumer groups.",
    complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command(
        "create", .stream, since: "5.0.0", "Makes a consumer group.", arity: -5, flags: [.write, .denyOOM],
        keys: [.key(2, [.readWrite, .insert])],
        arguments: [
          .key(), .string("groupname"),
          .oneOf("id", [.string("id"), .token("$", name: "new_id")]),
          .token("MKSTREAM").optional, .integer("entries_read", token: "ENTRIESREAD").optional,
        ],
        history: [("7.0.0", "The option ENTRIESREAD.")], handler: create),
      Command(
        "createconsumer", .stream, since: "6.2.0", "Makes a consumer in a group.", arity: 5,
        flags: [.write, .denyOOM], keys: [.key(2, [.readWrite, .insert])],
        arguments: [.key(), .string("groupname"), .string("consumername")], handler: createConsumer),
      Command(
        "delconsumer", .stream, since: "5.0.0", "Removes a consumer, with what is pending for it.", arity: 5,
        flags: [.write], keys: [.key(2, [.readWrite, .delete])],
        arguments: [.key(), .string("groupname"), .string("consumername")], handler: delConsumer),
      Command(
        "destroy", .stream, since: "5.0.0", "Removes a consumer group.",
        complexity: "O(N) for N entries that are pending in the group", arity: 4, flags: [.write],
        keys: [.key(2, [.readWrite, .delete])], arguments: [.key(), .string("groupname")], handler: destroy),
      .help(.stream, since: "5.0.0", help),
      Command(
        "setid", .stream, since: "5.0.0", "Sets which entry of a group was delivered last.", arity: -5,
        flags: [.write], keys: [.key(2, [.readWrite, .update])],
        arguments: [
          .key(), .string("groupname"),
          .oneOf("id", [.string("id"), .token("$", name: "new_id")]),
          .integer("entries_read", token: "ENTRIESREAD").optional,
        ],
        history: [("7.0.0", "The option ENTRIESREAD.")], handler: setID),
    ])

  /// The options behind the ID.
  private struct Options {
    var makesStream = false
    var entriesRead: Int64?

    /// Nil if the error has been replied.
    init?(_ context: borrowing Context, isCreate: Bool) throws(ReplyError) {
      let arguments = context.arguments
      var index = 5
      while index < arguments.count {
        if isCreate, arguments[index].matches("MKSTREAM") {
          makesStream = true
          index += 1
        } else if index + 1 < arguments.count, arguments[index].matches("ENTRIESREAD") {
          let count = try arguments.integer(index + 1)
          if count < -1 { throw .entriesReadNegative }
          entriesRead = count < 0 ? nil : count
          index += 2
        } else {
          context.failSubcommandSyntax()
          return nil
        }
      }
    }
  }

  static func create(_ context: inout Context) throws(ReplyError) {
    guard let options = try Options(context, isCreate: true) else { return }
    let key = context.key(2)
    let found = try context.mutableStream(key)
    if found == nil && !options.makesStream { throw .groupNeedsKey }
    if context.arguments.count > 8 { return context.failSubcommandSyntax() }
    let id: StreamID
    if context.arguments[4].isDollar {
      id = found?.lastID ?? .zero
    } else {
      id = try context.arguments.streamID(4)
    }
    let stream = found ?? context.makeStream(key)
    guard stream.makeGroups().add(context.arguments[3], lastID: id, entriesRead: options.entriesRead) else {
      throw .groupExists
    }
    if found == nil {
      context.touched(key, "xgroup-create", .stream)
    } else {
      context.noted(key, "xgroup-create", .stream)
    }
    context.reply.ok()
  }

  static func setID(_ context: inout Context) throws(ReplyError) {
    guard let options = try Options(context, isCreate: false) else { return }
    let key = context.key(2)
    guard let (stream, groups, group) = try existing(context, key) else { return }
    if context.arguments.count > 7 { return context.failSubcommandSyntax() }
    if context.arguments[4].isDollar {
      groups[group].lastID = stream.lastID
    } else {
      guard let id = StreamID(context.arguments[4], allowsEnds: true) else { throw .invalidStreamID }
      groups[group].lastID = id
    }
    groups[group].entriesRead = options.entriesRead
    context.noted(key, "xgroup-setid", .stream)
    context.reply.ok()
  }

  static func createConsumer(_ context: inout Context) throws(ReplyError) {
    let key = context.key(2)
    guard let (_, groups, group) = try existing(context, key) else { return }
    let isThere = groups[group].slot(of: context.arguments[4]) != nil
    if !isThere { _ = context.consumer(4, of: groups, group, key: key) }
    context.reply.integer(isThere ? 0 : 1)
  }

  static func delConsumer(_ context: inout Context) throws(ReplyError) {
    let key = context.key(2)
    guard let (_, groups, group) = try existing(context, key) else { return }
    guard let slot = groups[group].slot(of: context.arguments[4]) else { return context.reply.integer(0) }
    let pending = groups[group].removeConsumer(slot)
    context.noted(key, "xgroup-delconsumer", .stream)
    context.reply.integer(pending)
  }

  static func destroy(_ context: inout Context) throws(ReplyError) {
    let key = context.key(2)
    guard let stream = try context.mutableStream(key) else { throw .groupNeedsKey }
    guard let groups = stream.groups, let group = groups.index(of: context.arguments[3]) else {
      return context.reply.integer(0)
    }
    groups.remove(at: group)
    context.noted(key, "xgroup-destroy", .stream)
    // Clients that wait for entries of the group are told.
    context.signalReady(key)
    context.reply.integer(1)
  }

  /// The group that the arguments name, which has to be there; nil if the error has been replied.
  private static func existing(
    _ context: borrowing Context, _ key: Key
  ) throws(ReplyError) -> (stream: StreamValue, groups: StreamGroups, group: Int)? {
    guard let stream = try context.mutableStream(key) else { throw .groupNeedsKey }
    guard let groups = stream.groups, let group = groups.index(of: context.arguments[3]) else {
      context.failNoGroup(key: 2, group: 3)
      return nil
    }
    return (stream, groups, group)
  }

  static func help(_ context: inout Context) throws(ReplyError) {
    context.reply.help(
      "XGROUP",
      [
        HelpEntry(
          "CREATE <key> <groupname> <id|$> [option]", "Make a consumer group. Options are:",
          "* MKSTREAM", "  Make the stream too, if it is not there.", "* ENTRIESREAD entries_read",
          "  How many entries the group is taken to have read."),
        HelpEntry("CREATECONSUMER <key> <groupname> <consumer>", "Make a consumer in the group."),
        HelpEntry("DELCONSUMER <key> <groupname> <consumer>", "Remove the consumer."),
        HelpEntry("DESTROY <key> <groupname>", "Remove the group."),
        HelpEntry(
          "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
          "Set what the group has read."),
      ])
  }
}
