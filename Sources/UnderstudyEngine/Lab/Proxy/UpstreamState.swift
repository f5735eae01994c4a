// What replies of the server behind say of a session: its database, name, protocol, user, transaction, watches,
// subscriptions. The lab reads these where it reads those of a session of its own.
//
// A command that changes what a connection is has a case in `note`.
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock, with sessions that are open.

extension Upstream {
  /// The confirmation of a subscription: `subscribe`, the channel, how many there are.
  func noteConfirmation(_ frame: Bytes) {
    guard let elements = frame.replyElements, elements.count == 3, let word = elements[0].replyText else { return }
    let name = word.text.lowercased()
    guard let channel = elements[1].replyText?.copied() else { return }
    if name.hasSuffix("unsubscribe") {
      let kind = name.subscribing
      channels[kind]?.remove(channel)
      if channels[kind]?.isEmpty == true { channels[kind] = nil }
    } else {
      channels[name, default: []].insert(channel)
    }
  }

  /// RESET has put everything back.
  fileprivate func reset() {
    isWatching = false
    isTracking = false
    isQueueing = false
    user = "default"
    channels.removeAll()
    transaction.removeAll()
  }
}

extension String {
  /// The command that `unsubscribe`, `punsubscribe` or `sunsubscribe` takes back.
  var subscribing: String { hasSuffix("unsubscribe") ? String(dropLast("unsubscribe".count)) + "subscribe" : self }
}

extension Session {
  /// What it is subscribed to has changed.
  mutating func follow(_ upstream: Upstream) {
    if upstream.channels.isEmpty { gates.remove(.subscribed) } else { gates.insert(.subscribed) }
  }
}

extension EngineState {
  /// What a reply says of its session. Answers true if the command was queued, and has yet to run.
  func noteReply(_ session: SessionPointer, _ upstream: Upstream, _ request: ForwardedRequest, _ reply: Bytes) -> Bool {
    if unsafe session.pointee.gates.contains(.transaction), reply == Bytes("+QUEUED\r\n") {
      if upstream.transaction.count < Upstream.transactionLimit { upstream.transaction.append(request) }
      return true
    }
    unsafe note(session, upstream, request, reply)
    return false
  }

  private func note(_ session: SessionPointer, _ upstream: Upstream, _ request: ForwardedRequest, _ reply: Bytes) {
    let arguments = request.arguments
    let isError = ReplyKind(reply) == .error
    if request.name == "exec" {
      if isError && reply.slice(1..<9) == Bytes("ERR EXEC") { return }
      unsafe session.pointee.gates.remove(.transaction)
      upstream.isWatching = false
      return
    }
    if isError { return }
    switch request.name {
    case "multi": unsafe session.pointee.gates.insert(.transaction)
    case "discard":
      unsafe session.pointee.gates.remove(.transaction)
      upstream.isWatching = false
      upstream.transaction.removeAll()
    case "watch": upstream.isWatching = true
    case "unwatch": upstream.isWatching = false
    case "select" where arguments.count == 2:
      guard let number = NumberText.parseInt64(arguments[1]), number >= 0, number < Int64(databaseCount) else { return }
      unsafe session.pointee.database = Int32(number)
    case "monitor": unsafe session.pointee.gates.insert(.monitoring)
    case "auth": upstream.user = arguments.count > 2 ? arguments[1].text : "default"
    case "hello": unsafe noteGreeting(session, upstream, arguments, reply)
    case "client|setname" where arguments.count == 3: unsafe session.pointee.extra.name = arguments[2].copied()
    case "client|setinfo" where arguments.count == 4:
      if arguments[2].matches("LIB-NAME") { unsafe session.pointee.extra.libraryName = arguments[3].copied() }
      if arguments[2].matches("LIB-VER") { unsafe session.pointee.extra.libraryVersion = arguments[3].copied() }
    case "client|id": upstream.identifier = reply.replyText.flatMap { NumberText.parseInt64($0) }.flatMap { UInt64(exactly: $0) }
    case "client|tracking" where arguments.count > 2: upstream.isTracking = arguments[2].matches("ON")
    case "client|reply" where arguments.count == 3:
      if arguments[2].matches("OFF") { unsafe session.pointee.flags.insert(.replyOff) }
      if arguments[2].matches("ON") { unsafe session.pointee.flags.remove(.replyOff) }
    case "reset":
      upstream.reset()
      unsafe session.pointee.gates.subtract([.transaction, .monitoring])
      unsafe session.pointee.follow(upstream)
      unsafe session.pointee.database = 0
      unsafe session.pointee.protocolVersion = 2
      unsafe session.pointee.flags.remove(.replyOff)
      unsafe session.pointee.extra.name = []
    default: return
    }
  }

  /// HELLO: the protocol, and what may be said along with it.
  private func noteGreeting(_ session: SessionPointer, _ upstream: Upstream, _ arguments: Arguments, _ reply: Bytes) {
    if arguments.count > 1 { unsafe session.pointee.protocolVersion = arguments[1].matches("3") ? 3 : 2 }
    var index = 2
    while index < arguments.count {
      if arguments[index].matches("AUTH"), index + 2 < arguments.count {
        upstream.user = arguments[index + 1].text
        index += 3
      } else if arguments[index].matches("SETNAME"), index + 1 < arguments.count {
        unsafe session.pointee.extra.name = arguments[index + 1].copied()
        index += 2
      } else {
        index += 1
      }
    }
    let elements = reply.replyElements ?? []
    for place in stride(from: 0, to: elements.count - 1, by: 2) {
      guard let name = elements[place].replyText, name == Bytes("id"), let number = elements[place + 1].replyText else { continue }
      upstream.identifier = NumberText.parseInt64(number).flatMap { UInt64(exactly: $0) }
    }
  }

  /// The connection that a CLIENT ID names: of a proxy, the one that the server behind has given that number.
  func session(ofClient client: UInt64) -> SessionPointer? {
    guard configuration.upstream != nil else { return unsafe sessions[client] }
    let named = unsafe sessions.values.first { unsafe $0.pointee.upstream?.identifier == client }
    return unsafe named ?? sessions[client]
  }

  // MARK: The ledger and the rules

  /// A request that was passed on has its reply; an empty one if it gets none.
  mutating func writeDown(
    _ session: SessionPointer, _ upstream: Upstream, _ request: ForwardedRequest, _ reply: Bytes, isQueued: Bool
  ) {
    guard let record = unsafe session.pointee.record else { return }
    record.outstanding = upstream.waitingCount
    guard var command = request.command, record.level == .full else { return }
    let time = ledgerTime
    let isInner = request.name == "exec"
    command.finish(reply, at: time)
    if isQueued { command.place = .queued }
    request.command = command
    let finished = command
    record.changeLatest(where: { $0.ordinal == finished.ordinal && $0.place == .direct }) { $0 = finished }
    if isInner { unsafe writeDownTransaction(session, record, upstream, reply, at: time) }
    let isOwnDirt = dirtiesOwnWatch(record, request, finished, reply)
    unsafe hasRun(
      record, session, finished, request.entry, request.arguments, reply, hasDirtiedOwnWatch: isOwnDirt)
    if !isQueued { countExecution(finished.name, finished.key, at: record.endpoint) }
    if !record.isInRound {
      record.isInRound = true
      lab.ledger.round.append(record)
      unsafe tasksChanged.pointee = true
    }
    if !record.isShakingHands { record.enter(.busy, at: time) }
  }

  /// EXEC has run what was queued: each command with its own reply, as far as both are known.
  private mutating func writeDownTransaction(
    _ session: SessionPointer, _ record: ConnectionRecord, _ upstream: Upstream, _ reply: Bytes, at time: Int64
  ) {
    let queued = upstream.transaction
    upstream.transaction.removeAll()
    guard ReplyKind(reply) == .array, let replies = reply.replyElements, replies.count == queued.count else { return }
    for (request, reply) in zip(queued, replies) {
      unsafe note(session, upstream, request, reply)
      var command = unsafe commandRecord(
        request.entry, request.arguments, ordinal: record.commandCount, place: .transaction, database: session.pointee.database,
        at: time)
      command.finish(reply, at: time)
      lab.ledger.append(command, to: record)
      unsafe hasRun(record, session, command, request.entry, request.arguments, reply, hasDirtiedOwnWatch: false)
      countExecution(command.name, command.key, at: record.endpoint)
    }
  }

  /// Whether a command has certainly dirtied a key that its own connection watches. Nobody can look into the server behind:
  /// only commands count whose reply tells that they have changed something.
  private func dirtiesOwnWatch(
    _ record: ConnectionRecord, _ request: ForwardedRequest, _ command: CommandRecord, _ reply: Bytes
  ) -> Bool {
    guard let track = record.track, !track.watches.isEmpty, command.place == .direct, let entry = unsafe request.entry else {
      return false
    }
    switch command.reply {
    case .none, .null, .error: return false
    case _ where Self.changing.contains(request.name): break
    case .integer where Self.counting.contains(request.name) && !(reply == Bytes(":0\r\n")): break
    default: return false
    }
    let arguments = request.arguments
    return unsafe entry.pointee.command.locateKeys(arguments).contains { key in
      let key = arguments[key.position].copied()
      return track.watches.contains { $0.key == key }
    }
  }

  /// Commands that have changed their key if they have answered anything but null.
  private static let changing: Set<String> = [
    "set", "setex", "psetex", "mset", "getset", "incr", "incrby", "incrbyfloat", "decr", "decrby", "append", "hincrby",
    "hincrbyfloat", "zincrby", "lpush", "rpush", "lpop", "rpop", "spop", "getdel", "setbit", "lset", "xadd", "rename",
  ]
  /// Commands that have if what they have counted is not 0.
  private static let counting: Set<String> = [
    "del", "unlink", "setnx", "msetnx", "expire", "pexpire", "expireat", "pexpireat", "persist", "sadd", "srem", "hset", "hsetnx",
    "hdel", "zadd", "zrem", "lrem", "xdel",
  ]
}
