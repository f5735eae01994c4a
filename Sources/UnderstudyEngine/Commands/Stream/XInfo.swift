// XINFO: what there is to know of a stream.

enum XInfoCommand {
  static let command = Command(
    "xinfo", .stream, since: "5.0.0", "Holds the commands that describe streams.",
    complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command(
        "stream", .stream, since: "5.0.0", "Describes a stream.", arity: -3, flags: [.readOnly],
        keys: [.key(2, [.readOnly, .access])],
        arguments: [
          .key(), .block("full", token: "FULL", [.integer("count", token: "COUNT").optional]).optional,
        ],
        history: [
          ("6.0.0", "The option FULL."),
          (
            "7.0.0",
            "What was added and deleted in all, and how far groups have read."
          ),
        ],
        handler: stream),
      Command(
        "groups", .stream, since: "5.0.0", "Describes the consumer groups of a stream.", complexity: "O(1)",
        arity: 3, flags: [.readOnly], keys: [.key(2, [.readOnly, .access])], arguments: [.key()],
        history: [("7.0.0", "The fields `entries-read` and `lag`.")], handler: groups),
      Command(
        "consumers", .stream, since: "5.0.0", "Describes the consumers of a group.", complexity: "O(1)",
        arity: 4,
        flags: [.readOnly], keys: [.key(2, [.readOnly, .access])], arguments: [.key(), .string("groupname")],
        tips: ["nondeterministic_output"], history: [("7.2.0", "The field `inactive`.")], handler: consumers),
      .help(.stream, since: "5.0.0", help),
    ])

  /// How many entries FULL shows if the client does not say.
  private static let defaultCount: Int64 = 10

  static func stream(_ context: inout Context) throws(ReplyError) {
    guard let stream = try context.stream(context.key(2)) else { throw .noSuchKey }
    let arguments = context.arguments
    if arguments.count == 3 { return summary(context, stream) }
    guard arguments.count == 4 || arguments.count == 6, arguments[3].matches("FULL"),
      arguments.count == 4 || arguments[4].matches("COUNT")
    else { return context.failSubcommandSyntax() }
    let count = arguments.count == 6 ? try arguments.integer(5) : defaultCount
    full(context, stream, count: Int(count < 0 ? defaultCount : count))
  }

  private static func summary(_ context: borrowing Context, _ stream: StreamValue) {
    let reply = context.reply
    reply.map(10)
    head(reply, stream)
    reply.bulk("groups")
    reply.integer(0)
    reply.bulk("first-entry")
    if stream.forEach(from: .zero, through: .max, limit: 1, { reply.streamEntry($0) }) == 0 { reply.null() }
    reply.bulk("last-entry")
    if stream.forEach(from: .zero, through: .max, limit: 1, descending: true, { reply.streamEntry($0) }) == 0
    {
      reply.null()
    }
  }

  private static func full(_ context: borrowing Context, _ stream: StreamValue, count: Int) {
    let reply = context.reply
    reply.map(9)
    head(reply, stream)
    reply.bulk("entries")
    reply.streamEntries(stream, from: .zero, through: .max, limit: count)
    reply.bulk("groups")
    reply.emptyArray()
  }

  /// The seven fields that come in both forms.
  private static func head(_ reply: Reply, _ stream: StreamValue) {
    reply.bulk("length")
    reply.integer(stream.length)
    reply.bulk("radix-tree-keys")
    reply.integer(stream.blockCount)
    reply.bulk("radix-tree-nodes")
    reply.integer(stream.radixNodeCount)
    reply.bulk("last-generated-id")
    reply.bulk(stream.lastID)
    reply.bulk("max-deleted-entry-id")
    reply.bulk(stream.maxDeletedID)
    reply.bulk("entries-added")
    reply.integer(Int64(bitPattern: stream.entriesAdded))
    reply.bulk("recorded-first-entry-id")
    reply.bulk(stream.firstID)
  }

  static func groups(_ context: inout Context) throws(ReplyError) {
    guard try context.stream(context.key(2)) != nil else { throw .noSuchKey }
    context.reply.emptyArray()
  }

  static func consumers(_ context: inout Context) throws(ReplyError) {
    guard try context.stream(context.key(2)) != nil else { throw .noSuchKey }
    context.failNoGroup(key: 2, group: 3)
  }

  static func help(_ context: inout Context) throws(ReplyError) {
    context.reply.help(
      "XINFO",
      [
        HelpEntry("CONSUMERS <key> <groupname>", "Describe the consumers of a group."),
        HelpEntry("GROUPS <key>", "Describe the consumer groups of a stream."),
        HelpEntry("STREAM <key> [FULL [COUNT <count>]", "Describe the stream; FULL adds entries and groups."),
      ])
  }
}
