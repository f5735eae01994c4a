// XCLAIM and XAUTOCLAIM: a consumer takes over what is pending for others.

enum XClaimCommand {
  static let all = [
    Command(
      "xclaim", .stream, since: "5.0.0",
      "Makes entries that are pending in a group those of another consumer.",
      complexity: "O(log N) for each ID, with N entries pending in the group", arity: -6,
      flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .update])],
      arguments: [
        .key(), .string("group"), .string("consumer"), .string("min-idle-time"), .string("id").multiple,
        .integer("ms", token: "IDLE").optional, .unixTime("unix-time-milliseconds", token: "TIME").optional,
        .integer("count", token: "RETRYCOUNT").optional, .token("FORCE").optional, .token("JUSTID").optional,
        .string("id", token: "LASTID").optional,
      ],
      tips: ["nondeterministic_output"], handler: xClaim),
    Command(
      "xautoclaim", .stream, since: "6.2.0",
      "Makes entries that have been pending for long those of another consumer.",
      complexity: "O(1) if COUNT is small", arity: -6, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .delete])],
      arguments: [
        .key(), .string("group"), .string("consumer"), .string("min-idle-time"), .string("start"),
        .integer("count", token: "COUNT").optional, .token("JUSTID").optional,
      ],
      tips: ["nondeterministic_output"],
      history: [("7.0.0", "The reply tells which entries were deleted; they are no longer pending.")],
      handler: xAutoClaim),
  ]

  /// The options of XCLAIM.
  private struct Options {
    /// The arguments from 5 to here are IDs.
    private(set) var end: Int
    private(set) var isForced = false
    private(set) var isJustID = false
    private(set) var retryCount: Int64 = -1
    private(set) var lastID = StreamID.zero
    /// When the entries are taken to have been delivered.
    private(set) var time: Int64 = -1

    /// Nil if the error has been replied.
    init?(_ context: borrowing Context) throws(ReplyError) {
      let arguments = context.arguments
      end = 5
      while end < arguments.count, StreamID(arguments[end]) != nil { end += 1 }
      var index = end
      while index < arguments.count {
        let option = arguments[index]
        let hasMore = index + 1 < arguments.count
        if option.matches("FORCE") {
          isForced = true
        } else if option.matches("JUSTID") {
          isJustID = true
        } else if hasMore, option.matches("IDLE") {
          index += 1
          time =
            context.now.subtractingReportingOverflow(try arguments.integer(index, .claimIdle)).partialValue
        } else if hasMore, option.matches("TIME") {
          index += 1
          time = try arguments.integer(index, .claimTime)
        } else if hasMore, option.matches("RETRYCOUNT") {
          index += 1
          retryCount = try arguments.integer(index, .claimRetryCount)
        } else if hasMore, option.matches("LASTID") {
          index += 1
          lastID = try arguments.streamID(index)
        } else {
          context.reply.error(
            bytes: Bytes("ERR Unrecognized XCLAIM option '").copied() + option.upToZero.copied() + [
              UInt8(ascii: "'")
            ])
          return nil
        }
        index += 1
      }
      // A time that makes no sense is no error: clients reckon it by clocks of their own.
      if time < 0 || time > context.now { time = context.now }
    }
  }

  static func xClaim(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let key = context.key(1)
    guard let stream = try context.streamForGroups(key), let groups = stream.groups,
      let group = groups.index(of: arguments[2])
    else { return context.failNoKeyOrGroup(key: 1, group: 2) }
    let minIdle = max(0, try arguments.integer(4, .claimMinIdle))
    guard let options = try Options(context) else { return }
    var changes = 0
    if options.lastID > groups[group].lastID {
      groups[group].lastID = options.lastID
      changes = 1
    }
    var claimer = Claimer(context, key, groups, group)
    context.reply.deferred({ head, count in head.array(count) }) {
      var shown = 0
      var changedEntries = 0
      for index in 5..<options.end {
        guard let id = StreamID(arguments[index]) else { continue }
        guard stream.contains(id) else {
          // What is no longer in the stream is pending no more.
          if groups[group].acknowledge(id) { changedEntries += 1 }
          continue
        }
        let delivery = groups[group].pending[id]
        if let delivery {
          if minIdle != 0, claimer.now.subtractingReportingOverflow(delivery.time).partialValue < minIdle {
            continue
          }
        } else if !options.isForced {
          continue
        }
        var count = delivery?.count ?? 1
        if options.retryCount >= 0 { count = options.retryCount } else if !options.isJustID { count &+= 1 }
        claimer.take(context, id, time: options.time, count: count)
        context.reply.claimed(id, of: stream, isJustID: options.isJustID)
        shown += 1
        changedEntries += 1
      }
      // The group's last ID goes with the entries, if there are any.
      if changedEntries > 0 { changes = changedEntries }
      return shown
    }
    context.noted(changes)
    // A delivery may have been dated back: who waits for entries that have been pending for long looks again.
    if changes > 0, !context.engine.blocking.claimWakes.isEmpty { context.signalReady(key) }
  }

  /// How many entries XAUTOCLAIM looks at for each one that it may show.
  private static let attemptsPerEntry: Int64 = 10
  private static let mostCount = Int64.max / 16
  /// The real server keeps sixteen bytes for each entry that it might find deleted; from about here on no machine has
  /// them.
  private static let reasonableCount: Int64 = 1 << 43

  static func xAutoClaim(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    // The key is looked up before anything else is, and whatever it holds is judged behind everything else.
    let key = context.key(1)
    let isThere = context.read(key) != nil
    let minIdle = max(0, try arguments.integer(4, .autoClaimMinIdle))
    let start = try arguments.lowerStreamBound(5)
    var count: Int64 = 100
    var isJustID = false
    var cursor = ArgumentCursor(arguments, from: 6)
    while !cursor.isAtEnd {
      if cursor.match("COUNT", followedBy: 1) {
        count = cursor.integer(.claimCount)
        if count < 1 || count > mostCount { cursor.fail(.claimCount) }
      } else if cursor.match("JUSTID") {
        isJustID = true
      } else {
        cursor.fail(.syntax)
      }
    }
    try cursor.finish()
    guard isThere, let stream = try context.mutableStream(key), let groups = stream.groups,
      let group = groups.index(of: arguments[2])
    else { return context.failNoKeyOrGroup(key: 1, group: 2) }
    if count > reasonableCount { throw .countTooHigh }
    var claimer = Claimer(context, key, groups, group)
    var deleted: [StreamID] = []
    var changes = 0
    var next: StreamID? = start
    context.reply.array(3)
    context.reply.deferred({ head, count in
      // The cursor, which comes first, is known only now.
      head.bulk(next.flatMap { groups[group].pending.first(from: $0)?.id } ?? .zero)
      head.array(count)
    }) {
      var shown = 0
      var attempts = count * attemptsPerEntry
      while attempts > 0, count > 0, let from = next, let item = groups[group].pending.first(from: from) {
        attempts -= 1
        next = item.id.next
        if !stream.contains(item.id) {
          groups[group].acknowledge(item.id)
          deleted.append(item.id)
          count -= 1
          changes += 1
          continue
        }
        if minIdle != 0, claimer.now.subtractingReportingOverflow(item.value.time).partialValue < minIdle {
          continue
        }
        claimer.take(
          context, item.id, time: claimer.now, count: isJustID ? item.value.count : item.value.count &+ 1)
        context.reply.claimed(item.id, of: stream, isJustID: isJustID)
        shown += 1
        count -= 1
        changes += 1
      }
      return shown
    }
    context.reply.array(deleted.count)
    for id in deleted { context.reply.bulk(id) }
    context.noted(changes)
  }
}

/// The consumer that claims. Before 7.2 it is made with the first entry that it gets.
private struct Claimer {
  let key: Key
  let groups: StreamGroups
  let group: Int
  let now: Int64
  private var slot: Int?

  init(_ context: borrowing Context, _ key: Key, _ groups: StreamGroups, _ group: Int) {
    self.key = key
    self.groups = groups
    self.group = group
    now = context.now
    if context.engine.emulates72 { _ = seen(context) }
  }

  /// The consumer's slot; it is seen now.
  private mutating func seen(_ context: borrowing Context) -> Int {
    if let slot { return slot }
    let made = context.consumer(3, of: groups, group, key: key)
    groups[group].noteSeen(made, now: now)
    slot = made
    return made
  }

  /// Makes an entry the consumer's.
  mutating func take(_ context: borrowing Context, _ id: StreamID, time: Int64, count: Int64) {
    let slot = seen(context)
    groups[group].deliver(id, to: slot, now: time, count: count)
    groups[group].noteActive(slot, now: now)
  }
}

extension Reply {
  /// An entry that has been claimed.
  fileprivate func claimed(_ id: StreamID, of stream: StreamValue, isJustID: Bool) {
    if isJustID { bulk(id) } else { _ = stream.entry(id) { streamEntry($0) } }
  }
}
