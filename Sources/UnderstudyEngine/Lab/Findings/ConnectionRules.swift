// What goes wrong with single connections: what is left on them, who keeps them, and who waits on them for ever.
//
//   state.dirty     something is left that the connection's next user would trip over
//   conn.held       taken out of the pool, and not given back in time (needs LAB.MARK)
//   conn.abandoned  closed by the client while it waited for a reply
//   conn.no-timeout still waiting for a server that hangs (needs a fault that does)
//   block.at-finish still blocked when the run is finished
//   conn.unnamed, block.forever: habits; off unless asked for

enum ConnectionRules {
  static let dirty = FindingRule(
    "state.dirty", .certain,
    "MULTI, WATCH, a subscription, another database, READONLY or tracking is left on a connection at a checkpoint, or when its "
      + "client closes it.",
    guardedBy: "A checkpoint or a return is said by the test (LAB.MARK). At a close only MULTI and WATCH are certain: what else is "
      + "left goes with the connection, and is told as less. The database that the handshake chose is the connection's own.",
    consequence: "The connection's next user would find itself in that state.",
    fix: "Undo it before the connection is given back (DISCARD, UNWATCH, UNSUBSCRIBE, SELECT, RESET), also when an error is thrown.")

  static let held = FindingRule(
    "conn.held", .high, "A connection was taken out of its pool, and was not given back in time.",
    guardedBy: "The test says so itself: LAB.MARK checkout and return.",
    consequence: "Nobody else can use it meanwhile.",
    fix: "Give a connection back as soon as its reply is there: no slow work between checkout and return.",
    thresholds: [.heldMilliseconds])

  static let abandoned = FindingRule(
    "conn.abandoned", .info, "A client closes a connection while it waits for a reply.",
    guardedBy: "Only a tale: a cancelled call does that, and often rightly so.",
    consequence: "Whether the command took effect is not known to the client.",
    fix: "Where that matters, make the command one that may run twice, or ask what became of it.")

  static let noTimeout = FindingRule(
    "conn.no-timeout", .high, "A client still waits for a reply from a server that hangs.",
    guardedBy: "A fault of the lab has made the server hang, and a time has passed that the test chooses.",
    consequence: "It would wait for ever.", fix: "Give the client a timeout for replies.", thresholds: [.hangMilliseconds])

  static let unnamed = FindingRule(
    "conn.unnamed", .info, "A connection was used without having been given a name.", guardedBy: "Off unless asked for.",
    consequence: "CLIENT LIST and the ledger cannot tell whose it is.", fix: "Give connections a name: CLIENT SETNAME.",
    isOnByDefault: false)

  static let atFinish = FindingRule(
    "block.at-finish", .high, "A connection is still blocked when the run is finished.",
    guardedBy: "Looked at by LAB.FINISH and finish() only.", consequence: "Whoever waits there was forgotten, or cannot be stopped.",
    fix: "Stop consumers before the end: close their connection, or use a timeout and look whether to go on.")

  static let forever = FindingRule(
    "block.forever", .info, "A blocking command waits without a timeout.", guardedBy: "Off unless asked for.",
    consequence: "Nothing but a reply or the end of the connection wakes its client; a dead peer is not noticed.",
    fix: "Wait for some seconds, and then again.", isOnByDefault: false)

  static let rules = [dirty, held, abandoned, noTimeout, unnamed, atFinish, forever]
}

extension FindingsState {
  // MARK: What is left

  /// A mark says that a connection should be clean. `state` is what is left on it.
  func checkClean(_ record: ConnectionRecord, _ state: [ConnectionState], by mark: LabMarkKind, at time: Int64) {
    let left = state.filter { $0 != .monitor && $0 != .blocked && $0 != .replyOff }
    for part in left {
      report(
        ConnectionRules.dirty, record, detail: part.rawValue, "\(part.story(record)) at a \(mark.rawValue)", fix: part.fix,
        evidence: part.evidence(in: record), at: time)
    }
    if record.track?.isReadOnly == true {
      report(
        ConnectionRules.dirty, record, detail: "readonly", "READONLY is on at a \(mark.rawValue)", fix: "Send READWRITE.",
        evidence: record.commands.filter { $0.name == "readonly" }.suffix(1).map { record.evidence($0) }, at: time)
    }
  }

  /// A connection is gone. `outstanding` says that it waited for a reply.
  func watchClose(_ record: ConnectionRecord, outstanding: Bool, at time: Int64) {
    guard let track = record.track else { return }
    flushRow(record)
    let isOver = record.ending == .client || record.commands.last?.name == "quit"
    guard isOver else { return }
    for part in record.stateLeft {
      let certainty: FindingCertainty
      switch part {
      case .multi, .watch: certainty = .certain
      case .database: certainty = .medium
      case .tracking: certainty = .info
      case .subscribed where !track.uses.isSubset(of: Self.subscriptionCommands): certainty = .info
      default: continue
      }
      report(
        ConnectionRules.dirty, record, detail: "\(part.rawValue) closed", certainty: certainty,
        "\(part.story(record)) when the client closed it", consequence: part.consequenceOfClose, fix: part.fix,
        evidence: part.evidence(in: record), at: time)
    }
    if outstanding || track.missingReply != nil {
      let waiting = record.commands.last { $0.took == nil && $0.place == .direct } ?? record.commands.last
      report(
        ConnectionRules.abandoned, record, detail: waiting?.name ?? "",
        "closed by its client while \(waiting.map { "\($0.name.uppercased()) (#\($0.ordinal))" } ?? "a command") waited for its reply",
        evidence: waiting.map { [record.evidence($0)] } ?? [], at: time)
    }
  }

  private static let subscriptionCommands: Set<String> = [
    "subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe", "ping",
  ]

  // MARK: Marks

  func mark(_ kind: LabMarkKind, _ record: ConnectionRecord, _ state: [ConnectionState], at time: Int64) {
    guard let track = record.track else { return }
    switch kind {
    case .checkout: track.checkedOutAt = time
    case .return:
      if let since = track.checkedOutAt { noteHeld(record, since: since, until: time, "given back") }
      track.checkedOutAt = nil
      checkClean(record, state, by: kind, at: time)
    case .checkpoint: checkClean(record, state, by: kind, at: time)
    }
  }

  private func noteHeld(_ record: ConnectionRecord, since: Int64, until time: Int64, _ end: String) {
    let finding = held(record, since: since, until: time, end)
    if let finding { add(finding, detail: "") }
  }

  private func held(_ record: ConnectionRecord, since: Int64, until time: Int64, _ end: String) -> Finding? {
    guard isOn(ConnectionRules.held), time - since >= options.microseconds(.heldMilliseconds),
      let identity = record.clientIdentity
    else { return nil }
    return Self.finding(
      ConnectionRules.held, identity, connections: [record.identifier], who: "conn \(record.identifier)",
      "checked out for \(FindingText.milliseconds(time - since)), \(end)", evidence: record.latestEvidence(3), from: since, to: time)
  }

  // MARK: As of now

  /// What single connections come to as of now. Of `blocked` only a finished run is told.
  func standing(_ records: [ConnectionRecord], isFinished: Bool, at time: Int64) -> [Finding] {
    var found: [Finding] = []
    func add(_ rule: FindingRule, _ record: ConnectionRecord, _ story: String, since: Int64, _ evidence: [FindingEvidence]) {
      guard isOn(rule), let identity = record.clientIdentity else { return }
      found.append(
        Self.finding(
          rule, identity, connections: [record.identifier], who: "conn \(record.identifier)", story, evidence: evidence,
          from: since, to: time))
    }
    for record in records {
      guard let track = record.track else { continue }
      if track.realCommands > 0 && record.name.isEmpty {
        add(ConnectionRules.unnamed, record, "used without a name", since: record.openedAt, record.latestEvidence(2))
      }
      guard record.closedAt == nil else { continue }
      if let since = track.checkedOutAt, let finding = held(record, since: since, until: time, "and still is") {
        found.append(finding)
      }
      if let since = track.hangingSince, time - since >= options.microseconds(.hangMilliseconds) {
        add(
          ConnectionRules.noTimeout, record, "waits for a hanging server for \(FindingText.milliseconds(time - since))",
          since: since, record.latestEvidence(2))
      }
      if isFinished, record.laneKind == .blocked, let waiting = record.commands.last(where: { $0.took == nil }) {
        add(
          ConnectionRules.atFinish, record, "still blocked in \(waiting.name.uppercased()) (#\(waiting.ordinal))",
          since: waiting.time, [record.evidence(waiting)])
      }
    }
    return found
  }

  // MARK: Waiting without end

  /// A command is about to run that may wait.
  func watchBlocking(_ record: ConnectionRecord, _ command: CommandRecord, _ arguments: Arguments) {
    guard isOn(ConnectionRules.forever), Self.waitsForever(command.name, arguments) else { return }
    report(
      ConnectionRules.forever, record, detail: "\(command.name) \(command.key.map { KeyShape.of($0) } ?? "")", key: command.key,
      "\(command.name.uppercased()) (#\(command.ordinal)) with a timeout of 0", evidence: [record.evidence(command)],
      at: command.time)
  }

  static func waitsForever(_ name: String, _ arguments: Arguments) -> Bool {
    guard arguments.count > 2 else { return false }
    func isZero(_ bytes: Bytes) -> Bool {
      bytes.count > 0 && (0..<bytes.count).allSatisfy { bytes[$0] == UInt8(ascii: "0") || bytes[$0] == UInt8(ascii: ".") }
    }
    switch name {
    case "blpop", "brpop", "blmove", "brpoplpush", "bzpopmin", "bzpopmax": return isZero(arguments[arguments.count - 1])
    case "blmpop", "bzmpop": return isZero(arguments[1])
    case "xread", "xreadgroup":
      return (1..<arguments.count - 1).contains { arguments[$0].matches("BLOCK") && isZero(arguments[$0 + 1]) }
    default: return false
    }
  }
}

extension ConnectionState {
  /// The commands that bring a connection into it, the latest of which is evidence.
  private var makers: Set<String> {
    switch self {
    case .multi: ["multi"]
    case .watch: ["watch"]
    case .subscribed: ["subscribe", "psubscribe", "ssubscribe"]
    case .database: ["select"]
    case .tracking: ["client|tracking"]
    case .monitor: ["monitor"]
    case .replyOff: ["client|reply"]
    case .blocked: []
    }
  }

  fileprivate func evidence(in record: ConnectionRecord) -> [FindingEvidence] {
    let maker = record.commands.last { makers.contains($0.name) }
    guard let maker else { return record.latestEvidence(2) }
    let last = record.commands.last.flatMap { $0.ordinal == maker.ordinal ? nil : record.evidence($0) }
    return [record.evidence(maker)] + (last.map { [$0] } ?? [])
  }

  fileprivate func story(_ record: ConnectionRecord) -> String {
    let maker = record.commands.last { makers.contains($0.name) }.map { " (#\($0.ordinal))" } ?? ""
    return switch self {
    case .multi: "MULTI\(maker) is open"
    case .watch: "WATCH\(maker) is on"
    case .subscribed: "subscribed\(maker)"
    case .database: "SELECT\(maker) has left it in another database than its handshake chose"
    case .tracking: "CLIENT TRACKING\(maker) is on"
    case .monitor: "MONITOR\(maker) is on"
    case .replyOff: "CLIENT REPLY OFF\(maker) is on"
    case .blocked: "blocked"
    }
  }

  fileprivate var consequenceOfClose: String {
    switch self {
    case .multi: "What was queued has not been done."
    case .watch: "The transaction that it was meant for has not been done."
    default: "A connection that goes back to a pool instead would take that along."
    }
  }

  fileprivate var fix: String {
    switch self {
    case .multi: "End every MULTI with EXEC or DISCARD, also when an error is thrown."
    case .watch: "End every WATCH with EXEC, DISCARD or UNWATCH, also when an error is thrown."
    case .subscribed: "UNSUBSCRIBE, or keep a connection of its own for subscriptions."
    case .database: "SELECT the old database again, or use a pool for each database."
    case .tracking: "CLIENT TRACKING OFF."
    default: "RESET the connection."
    }
  }
}
