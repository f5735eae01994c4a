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
    reply.integer(stream.groups?.groups.count ?? 0)
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
    let groups = stream.groups?.groups ?? []
    reply.array(groups.count)
    for group in groups { full(context, stream, group, count: count) }
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

  private static func full(
    _ context: borrowing Context, _ stream: StreamValue, _ group: StreamGroup, count: Int
  ) {
    let reply = context.reply
    reply.map(7)
    progress(reply, stream, group)
    reply.bulk("pel-count")
    reply.integer(group.pending.count)
    reply.bulk("pending")
    reply.pending(group.pending, count) { id, delivery in
      reply.array(4)
      reply.bulk(id)
      reply.name(of: delivery.consumer, in: group)
      reply.integer(delivery.time)
      reply.integer(delivery.count)
    }
    reply.bulk("consumers")
    reply.array(group.consumers.count)
    for slot in group.consumers {
      guard let consumer = group.consumer(slot) else { continue }
      let is72 = context.engine.emulates72
      reply.map(is72 ? 5 : 4)
      name(reply, consumer.name)
      reply.bulk("seen-time")
      reply.integer(consumer.seenTime)
      if is72 {
        reply.bulk("active-time")
        reply.integer(consumer.activeTime ?? -1)
      }
      reply.bulk("pel-count")
      reply.integer(consumer.pending.count)
      reply.bulk("pending")
      reply.pending(consumer.pending, count) { id, _ in
        let delivery = group.pending[id]
        reply.array(3)
        reply.bulk(id)
        reply.integer(delivery?.time ?? 0)
        reply.integer(delivery?.count ?? 0)
      }
    }
  }

  static func groups(_ context: inout Context) throws(ReplyError) {
    guard let stream = try context.stream(context.key(2)) else { throw .noSuchKey }
    let reply = context.reply
    let groups = stream.groups?.groups ?? []
    reply.array(groups.count)
    for group in groups {
      reply.map(6)
      name(reply, group.name)
      reply.bulk("consumers")
      reply.integer(group.consumers.count)
      reply.bulk("pending")
      reply.integer(group.pending.count)
      progress(reply, stream, group, withName: false)
    }
  }

  /// How far a group has come: the fields that both forms have, in this order.
  private static func progress(
    _ reply: Reply, _ stream: StreamValue, _ group: StreamGroup, withName: Bool = true
  ) {
    if withName { name(reply, group.name) }
    reply.bulk("last-delivered-id")
    reply.bulk(group.lastID)
    reply.bulk("entries-read")
    number(reply, group.entriesRead)
    reply.bulk("lag")
    number(reply, stream.lag(behind: group.lastID, entriesRead: group.entriesRead))
  }

  private static func name(_ reply: Reply, _ name: [UInt8]) {
    reply.bulk("name")
    name.withBytes { reply.bulk($0) }
  }

  private static func number(_ reply: Reply, _ number: Int64?) {
    if let number { reply.integer(number) } else { reply.null() }
  }

  static func consumers(_ context: inout Context) throws(ReplyError) {
    guard let stream = try context.stream(context.key(2)) else { throw .noSuchKey }
    guard let groups = stream.groups, let index = groups.index(of: context.arguments[3]) else {
      return context.failNoGroup(key: 2, group: 3)
    }
    let reply = context.reply
    let now = context.now
    let group = groups[index]
    let is72 = context.engine.emulates72
    reply.array(group.consumers.count)
    for slot in group.consumers {
      guard let consumer = group.consumer(slot) else { continue }
      reply.map(is72 ? 4 : 3)
      name(reply, consumer.name)
      reply.bulk("pending")
      reply.integer(consumer.pending.count)
      reply.bulk("idle")
      reply.integer(max(0, now - consumer.seenTime))
      guard is72 else { continue }
      reply.bulk("inactive")
      reply.integer(consumer.activeTime.map { now - $0 } ?? -1)
    }
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

extension Reply {
  /// Pending entries as an array, each written by `write`.
  /// - Parameters:
  ///   - limit: how many at most; 0 is all.
  fileprivate func pending<Value>(
    _ entries: StreamIDMap<Value>, _ limit: Int, _ write: (StreamID, Value) -> Void
  ) {
    var left = limit > 0 ? min(limit, entries.count) : entries.count
    array(left)
    entries.forEach { item in
      if left == 0 { return false }
      write(item.id, item.value)
      left -= 1
      return true
    }
  }
}
