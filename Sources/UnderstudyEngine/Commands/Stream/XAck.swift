// XACK and XPENDING: what consumers have got and not acknowledged.

enum XAckCommand {
  static let all = [
    Command(
      "xack", .stream, since: "5.0.0", "Takes entries off what is pending in a consumer group.",
      complexity: "O(1) for each ID", arity: -4, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .update])],
      arguments: [.key(), .string("group"), .string("id").multiple], handler: xAck),
    Command(
      "xpending", .stream, since: "5.0.0", "Tells what is pending in a consumer group.",
      complexity: "O(N) for N entries shown or looked at", arity: -3, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])],
      arguments: [
        .key(), .string("group"),
        .block(
          "filters",
          [
            .integer("min-idle-time", token: "IDLE").optional.since("6.2.0"), .string("start"),
            .string("end"),
            .integer("count"), .string("consumer").optional,
          ]
        ).optional,
      ],
      tips: ["nondeterministic_output"],
      history: [("6.2.0", "The option IDLE, and bounds that are not included.")], handler: xPending),
  ]

  static func xAck(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    guard let groups = try context.streamForGroups(context.key(1))?.groups,
      let group = groups.index(of: arguments[2])
    else { return context.reply.integer(0) }
    // All IDs are read before the first entry goes.
    for index in 3..<arguments.count { _ = try arguments.streamID(index) }
    var acknowledged = 0
    for index in 3..<arguments.count where groups[group].acknowledge(try arguments.streamID(index)) {
      acknowledged += 1
    }
    context.noted(acknowledged)
    context.reply.integer(acknowledged)
  }

  static func xPending(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    guard arguments.count == 3 || (6...9).contains(arguments.count) else { throw .syntax }
    let filter = arguments.count > 3 ? try PendingFilter(arguments) : nil
    guard let groups = try context.stream(context.key(1))?.groups, let group = groups.index(of: arguments[2])
    else { return context.failNoKeyOrGroup(key: 1, group: 2) }
    if let filter {
      list(context, groups[group], filter)
    } else {
      summary(context.reply, groups[group])
    }
  }

  private static func summary(_ reply: Reply, _ group: StreamGroup) {
    reply.array(4)
    reply.integer(group.pending.count)
    guard let first = group.pending.first, let last = group.pending.last else {
      reply.null()
      reply.null()
      return reply.nullArray()
    }
    reply.bulk(first.id)
    reply.bulk(last.id)
    reply.deferred({ head, count in head.array(count) }) {
      var shown = 0
      for slot in group.consumers {
        guard let consumer = group.consumer(slot), !consumer.pending.isEmpty else { continue }
        reply.array(2)
        consumer.name.withBytes { reply.bulk($0) }
        reply.bulk(integer: Int64(consumer.pending.count))
        shown += 1
      }
      return shown
    }
  }

  private static func list(_ context: borrowing Context, _ group: StreamGroup, _ filter: PendingFilter) {
    let reply = context.reply
    let now = context.now
    var owner: Int?
    if let index = filter.consumer {
      guard let slot = group.slot(of: context.arguments[index]) else { return reply.emptyArray() }
      owner = slot
    }
    reply.deferred({ head, count in head.array(count) }) {
      var shown = 0
      /// Whether to go on.
      func show(_ id: StreamID, _ delivery: StreamDelivery) -> Bool {
        if shown == filter.count || id > filter.upper { return false }
        let idle = now.subtractingReportingOverflow(delivery.time).partialValue
        if filter.minIdle != 0 && idle < filter.minIdle { return true }
        shown += 1
        reply.array(4)
        reply.bulk(id)
        reply.name(of: delivery.consumer, in: group)
        reply.integer(max(idle, 0))
        reply.integer(delivery.count)
        return true
      }
      if let owner, let own = group.consumer(owner)?.pending {
        own.forEach(from: filter.lower) { item in
          group.pending[item.id].map { show(item.id, $0) } ?? true
        }
      } else {
        group.pending.forEach(from: filter.lower) { show($0.id, $0.value) }
      }
      return shown
    }
  }
}

/// What XPENDING is to list.
private struct PendingFilter {
  var minIdle: Int64 = 0
  let lower: StreamID
  let upper: StreamID
  let count: Int
  /// Where the consumer's name stands.
  var consumer: Int?

  init(_ arguments: Arguments) throws(ReplyError) {
    var start = 3
    if arguments[3].matches("IDLE") {
      minIdle = try arguments.integer(4)
      if arguments.count < 8 { throw .syntax }
      start = 5
    }
    count = Int(max(0, try arguments.integer(start + 2)))
    lower = try arguments.lowerStreamBound(start)
    upper = try arguments.upperStreamBound(start + 1)
    if start + 3 < arguments.count { consumer = start + 3 }
  }
}

extension Reply {
  /// The name of a consumer as a bulk string.
  func name(of slot: Int, in group: StreamGroup) {
    (group.consumer(slot)?.name ?? []).withBytes { bulk($0) }
  }
}
