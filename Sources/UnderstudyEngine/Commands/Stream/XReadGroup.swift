// XREADGROUP: entries of streams for a consumer of a group, new ones or those that are pending for it. Its arguments
// are read by StreamReadCall (XRead.swift).

enum XReadGroupCommand {
  static let all = [
    Command(
      "xreadgroup", .stream, since: "5.0.0",
      "Answers entries of streams to a consumer of a group, new or pending ones, or waits for one.",
      complexity: "O(M) for each stream with M entries shown", arity: -7,
      flags: [.write, .blocking, .movableKeys],
      keys: [
        KeySpec([.readOnly, .access], .keyword("STREAMS", from: 4), .range(last: -1, step: 1, limit: 2))
      ],
      arguments: [
        .block("group_consumer", token: "GROUP", [.string("group"), .string("consumer")]),
        .integer("count", token: "COUNT").optional, .integer("milliseconds", token: "BLOCK").optional,
        .integer("min-idle-time", token: "CLAIM").optional.since("8.4.0"), .token("NOACK").optional,
        .block("streams", token: "STREAMS", [.key().multiple, .string("id").multiple]),
      ],
      history: [("8.4.0", "The option CLAIM.")], handler: xReadGroup)
  ]

  static func xReadGroup(_ context: inout Context) throws(ReplyError) {
    guard let call = try StreamReadCall(context, isGroupRead: true) else { return }
    if call.group == 0 { throw .groupOptionMissing }
    // Errors of any stream come before the entries of the first. Nil stands for new entries.
    var wanted: [StreamID?] = []
    for index in call.keys where context.mayServe(index) {
      guard let id = try wantedID(context, call, index) else { return }
      wanted.append(id == .max ? nil : id)
    }
    var served = 0
    context.reply.deferred({ head, count in if count > 0 { head.streams(count) } }) {
      for (index, id) in zip(call.keys.filter({ context.mayServe($0) }), wanted)
      where serve(context, call, index, id) { served += 1 }
      return served
    }
    if served > 0 { return context.noted(served) }
    guard let timeout = call.timeout, context.mayBlock else { return context.reply.nullArray() }
    context.block(on: call.keys, for: .stream, timeout: timeout, .nullArray, mindsLoss: true)
    guard let minIdle = call.minIdle else { return }
    for (index, id) in zip(call.keys, wanted) where id == nil { waitForIdle(context, call, index, minIdle) }
  }

  /// Has the client tried again when the next pending entry of a stream may be claimed.
  private static func waitForIdle(
    _ context: borrowing Context, _ call: StreamReadCall, _ index: Int, _ minIdle: Int64
  ) {
    let key = context.key(index)
    guard let entry = context.peek(key), entry.kind == .stream, let groups = entry.stream.groups,
      let group = groups.index(of: context.arguments[call.group])
    else { return }
    let stream = entry.stream
    var next = Entry.noDeadline
    groups[group].pending.forEach { item in
      let (due, overflow) = item.value.time.addingReportingOverflow(minIdle)
      if !overflow, stream.contains(item.id) { next = min(next, due) }
      return true
    }
    if next != Entry.noDeadline { context.wakeForClaim(key, at: next) }
  }

  /// The ID behind which a stream is to be read, the greatest one for new entries; nil if the error has been replied.
  private static func wantedID(
    _ context: borrowing Context, _ call: StreamReadCall, _ index: Int
  ) throws(ReplyError) -> StreamID? {
    let isOldRetry = context.isRetry && !context.engine.emulates72
    let found: StreamValue?
    do throws(ReplyError) {
      found = try context.stream(context.key(index))
    } catch {
      throw isOldRetry ? .awaitedStreamGone : error
    }
    if isOldRetry && found == nil { throw .awaitedStreamGone }
    guard let groups = found?.groups, groups.index(of: context.arguments[call.group]) != nil else {
      if isOldRetry { throw .awaitedGroupGone }
      context.failNoKeyOrGroup(key: index, group: call.group, "' in XREADGROUP with GROUP option")
      return nil
    }
    let text = context.arguments[index + call.keys.count]
    if text.isDollar { throw .endInXReadGroup }
    if text.isMark("+"), context.engine.emulates74 { throw .lastInXReadGroup }
    if text.isMark(">") { return .max }
    return try context.arguments.streamID(index + call.keys.count)
  }

  /// Replies what one stream has for the consumer; false if that is nothing.
  private static func serve(
    _ context: borrowing Context, _ call: StreamReadCall, _ index: Int, _ wanted: StreamID?
  ) -> Bool {
    let key = context.key(index)
    guard let stream = try? context.streamForGroups(key), let groups = stream.groups,
      let group = groups.index(of: context.arguments[call.group])
    else { return false }
    let claimed = wanted == nil ? claimable(context, call, stream, groups[group]) : []
    let hasEntries =
      wanted != nil || !claimed.isEmpty || call.mayHave(stream, behind: groups[group].lastID, context)
    // Since 7.2 who asks in vain is seen too.
    guard hasEntries || context.engine.emulates72 else { return false }
    let slot = context.consumer(call.group + 1, of: groups, group, key: key)
    groups[group].noteSeen(slot, now: context.now)
    guard hasEntries else { return false }
    context.reply.streamName(key.bytes)
    if let wanted {
      history(context, call, stream, groups, group, slot, behind: wanted)
    } else {
      news(context, call, stream, groups, group, slot, claimed)
    }
    return true
  }

  /// What is pending in the group for so long that CLAIM takes it, the longest first.
  private static func claimable(
    _ context: borrowing Context, _ call: StreamReadCall, _ stream: StreamValue, _ group: StreamGroup
  ) -> ArraySlice<(id: StreamID, delivery: StreamDelivery)> {
    guard let minIdle = call.minIdle else { return [] }
    let now = context.now
    var found: [(id: StreamID, delivery: StreamDelivery)] = []
    group.pending.forEach { item in
      let (idle, overflow) = now.subtractingReportingOverflow(item.value.time)
      if !overflow, idle >= minIdle, stream.contains(item.id) { found.append((item.id, item.value)) }
      return true
    }
    found.sort { ($0.delivery.time, $0.id) < ($1.delivery.time, $1.id) }
    return found.prefix(call.count > 0 ? call.count : Int.max)
  }

  /// Replies entries that are taken from others, then those that nobody in the group has got yet, and notes all of them
  /// as pending.
  private static func news(
    _ context: borrowing Context, _ call: StreamReadCall, _ stream: StreamValue, _ groups: StreamGroups,
    _ group: Int, _ slot: Int, _ claimed: ArraySlice<(id: StreamID, delivery: StreamDelivery)>
  ) {
    let reply = context.reply
    let now = context.now
    let limit = call.count > 0 ? call.count : Int.max
    reply.deferred({ head, count in head.array(count) }) {
      for (id, delivery) in claimed {
        _ = stream.entry(id) {
          reply.streamEntry($0, idle: now &- delivery.time, deliveries: delivery.count)
        }
        let (count, overflow) = delivery.count.addingReportingOverflow(1)
        groups[group].deliver(id, to: slot, now: now, count: overflow ? delivery.count : count)
        groups[group].noteActive(slot, now: now)
      }
      // No limit would mean all.
      guard limit > claimed.count else { return claimed.count }
      let lower = groups[group].lastID.next ?? .max
      return claimed.count
        + stream.forEach(from: lower, through: .max, limit: limit - claimed.count) { entry in
          groups[group].advance(to: entry.id, of: stream)
          if call.minIdle != nil {
            reply.streamEntry(entry, idle: 0, deliveries: 0)
          } else {
            reply.streamEntry(entry)
          }
          if !call.isNoAck {
            groups[group].deliver(entry.id, to: slot, now: now)
            groups[group].noteActive(slot, now: now)
          }
        }
    }
  }

  /// Replies entries that are pending for the consumer.
  private static func history(
    _ context: borrowing Context, _ call: StreamReadCall, _ stream: StreamValue, _ groups: StreamGroups,
    _ group: Int, _ slot: Int, behind id: StreamID
  ) {
    let reply = context.reply
    let pending = groups[group].consumer(slot)?.pending ?? StreamIDMap()
    let start = id.next ?? .zero
    reply.deferred({ head, count in head.array(count) }) {
      var shown = 0
      pending.forEach(from: start) { item in
        if call.count > 0 && shown == call.count { return false }
        shown += 1
        if stream.entry(item.id, { reply.streamEntry($0) }) != nil {
          groups[group].deliverAgain(item.id, now: context.now)
        } else {
          // The entry has been deleted meanwhile.
          reply.array(2)
          reply.bulk(item.id)
          reply.nullArray()
        }
        return true
      }
      return shown
    }
  }
}

extension StreamGroup {
  /// An entry of the stream has been delivered that nobody had got before.
  mutating func advance(to id: StreamID, of stream: StreamValue) {
    if let known = entriesRead, !stream.hasGaps(from: id) {
      entriesRead = known &+ 1
    } else if stream.entriesAdded > 0 {
      entriesRead = stream.entriesAdded(through: id)
    }
    lastID = id
  }
}
