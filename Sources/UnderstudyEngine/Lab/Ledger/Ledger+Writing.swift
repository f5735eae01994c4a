// How the ledger is written: what opening, commands, waiting and closing leave in a connection's record.
//
// Times are those of the cost source, so that a frozen clock hides nothing. All of this happens for connections of
// endpoints that are recorded fully; others have a record too, which is filled in when it is looked at or closed.
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock, with sessions that are open.

extension EngineState {
  /// Microseconds since the ledger's start.
  var ledgerTime: Int64 { clocks.source.monotonicMicroseconds() &- lab.ledger.startedAt }

  /// A connection was accepted at an endpoint.
  mutating func openRecord(_ session: SessionPointer, endpoint number: Int) {
    lab.ledger.startIfNeeded(at: clocks.source.monotonicMicroseconds())
    let number = number < lab.endpoints.count ? number : 0
    lab.endpoints[number].connectionCount += 1
    let record = unsafe ConnectionRecord(
      identifier: session.pointee.identifier, endpoint: number, ordinal: lab.endpoints[number].connectionCount,
      level: lab.endpoints[number].level, at: ledgerTime)
    unsafe session.pointee.record = record
    if record.level == .full {
      unsafe session.pointee.gates.insert(.lab)
      record.track = ConnectionTrack(endpoint: lab.endpoints[number].name, lost: lab.findings.retries.lost)
    }
    if let recorder = lab.recordings.running[number] {
      unsafe session.pointee.gates.insert(.lab)
      recorder.meet(record.ordinal)
    }
    lab.ledger.connections.append(record)
    lab.ledger.foldIfFull(lab.endpoints)
    noteLabChange()
  }

  /// Brings a record up to what its session knows.
  func refresh(_ record: ConnectionRecord, from session: SessionPointer) {
    record.bytesReceived = unsafe session.pointee.bytesReceived
    record.bytesSent = unsafe session.pointee.bytesSent
    record.protocolVersion = unsafe session.pointee.protocolVersion
    if record.level == .counters { record.commandCount = unsafe session.pointee.commandCount }
    let extras = unsafe session.pointee.extras
    record.name = extras?.name.text ?? ""
    record.libraryName = extras?.libraryName.text ?? ""
    record.libraryVersion = extras?.libraryVersion.text ?? ""
    record.user = unsafe session.pointee.userName
    record.stateLeft = unsafe stateLeft(in: session)
  }

  /// What the next user of a connection would find.
  func stateLeft(in session: SessionPointer) -> [ConnectionState] {
    var state: [ConnectionState] = []
    let gates = unsafe session.pointee.gates
    if gates.contains(.transaction) { state.append(.multi) }
    let upstream = unsafe session.pointee.upstream
    if unsafe session.pointee.extras?.watched.isEmpty == false || upstream?.isWatching == true { state.append(.watch) }
    if gates.contains(.subscribed) { state.append(.subscribed) }
    if let record = unsafe session.pointee.record, unsafe session.pointee.database != record.baselineDatabase {
      state.append(.database)
    }
    if unsafe session.pointee.extras?.tracking != nil || upstream?.isTracking == true { state.append(.tracking) }
    if gates.contains(.monitoring) { state.append(.monitor) }
    if unsafe session.pointee.flags.contains(.replyOff) { state.append(.replyOff) }
    if unsafe session.pointee.flags.contains(.blocked) { state.append(.blocked) }
    return state
  }

  /// The connection is gone, or about to be.
  mutating func closeRecord(_ session: SessionPointer) {
    guard let record = unsafe session.pointee.record else { return }
    unsafe refresh(record, from: session)
    let flags = unsafe session.pointee.flags
    if !flags.isDisjoint(with: [.closeAfterReply, .killed]) { record.noteEnding(.server) }
    record.close(at: ledgerTime)
    lab.recordings.running[record.endpoint]?.close(record.ordinal, record.ending ?? .client)
    hasClosed(record)
    noteLabChange()
    if lab.ledger.connections.count > Ledger.laneLimit { record.coarsen(to: ConnectionRecord.closedLaneLimit) }
    unsafe session.pointee.record = nil
  }

  // MARK: Commands

  /// A connection that is recorded fully has asked for something. Answers the command's number.
  mutating func beginCommand(
    _ record: ConnectionRecord, _ session: SessionPointer, _ entry: DispatchPointer?, _ arguments: Arguments
  ) -> Int64 {
    let time = ledgerTime
    if record.isShakingHands {
      // Of CLIENT, also what this server does not know: libraries try.
      let name = unsafe entry?.pointee.name ?? arguments[0].slice(0..<16).text.lowercased()
      if Self.introductions.contains(name) {
        record.noteHandshake(name)
      } else {
        record.isShakingHands = false
        record.baselineDatabase = unsafe session.pointee.database
      }
    }
    if !record.isInRound {
      record.isInRound = true
      lab.ledger.round.append(record)
      // The transport has to come back at the end of the round.
      unsafe tasksChanged.pointee = true
      if !record.isShakingHands { record.enter(.busy, at: time) }
    } else if !record.isShakingHands {
      record.enter(.busy, at: time)
    }
    record.commandCount += 1
    if record.firstCommandAt == nil { record.firstCommandAt = time }
    record.lastCommandAt = time
    return record.commandCount
  }

  /// What clients say of themselves before they ask for anything.
  static let introductions: Set<String> = [
    "hello", "auth", "select", "client", "client|setname", "client|setinfo", "client|maint_notifications", "client|capa", "client|id",
    "client|getname", "client|no-evict", "client|no-touch", "readonly", "command", "command|docs", "command|info",
    "command|count", "ping", "info", "config|get", "cluster|info", "cluster|slots", "cluster|shards", "module|list",
  ]

  /// A command as the ledger keeps it.
  func commandRecord(
    _ entry: DispatchPointer?, _ arguments: Arguments, ordinal: Int64, place: CommandPlace, database: Int32, at time: Int64
  ) -> CommandRecord {
    let name: String
    var key: [UInt8]?
    var words: [[UInt8]]
    if let entry = unsafe entry {
      name = unsafe entry.pointee.name
      let position = unsafe Int(entry.pointee.firstKey)
      if position > 0 && position < arguments.count {
        key = arguments[position].slice(0..<CommandText.keyLimit).copied()
      } else if unsafe entry.pointee.flags.contains(.movableKeys),
        let first = unsafe entry.pointee.command.locateKeys(arguments).first
      {
        key = arguments[first.position].slice(0..<CommandText.keyLimit).copied()
      }
      words = unsafe redacted(entry, arguments)
    } else {
      name = arguments[0].slice(0..<64).text.lowercased()
      words = (0..<arguments.count).map { arguments[$0].copied() }
    }
    var byteCount = 0
    for index in 0..<arguments.count { byteCount += arguments[index].count }
    if words.count > CommandText.wordLimit { words.removeSubrange(CommandText.wordLimit...) }
    return CommandRecord(
      ordinal: ordinal, place: place, name: name, text: CommandText.text(words, of: arguments.count), key: key,
      database: database, time: time, took: nil, bytesReceived: byteCount)
  }

  /// Counts an execution for its endpoint's sums.
  mutating func countExecution(_ name: String, _ key: [UInt8]?, at endpoint: Int) {
    lab.ledger.sums[endpoint, default: EndpointSums()].count(name, key)
  }

  /// A command that stands by itself has its reply, or waits for it: for the sums, which outlive the records of commands.
  mutating func countReply(_ command: CommandRecord, _ record: ConnectionRecord, hadWaited: Bool = false) {
    guard command.place == .direct else { return }
    if command.error != nil && !record.isShakingHands { record.errorCount += 1 }
    lab.ledger.sums[record.endpoint, default: EndpointSums()].countReply(command, hadWaited: hadWaited)
  }

  /// A script runs for a connection.
  mutating func countScript(_ name: String, at endpoint: Int) {
    lab.ledger.sums[endpoint, default: EndpointSums()].countScript(name)
  }

  // MARK: Rounds and waits

  /// The round of the loop is over: who has asked for something is what its session says now.
  mutating func endRound() {
    guard !lab.ledger.round.isEmpty else { return }
    let time = ledgerTime
    let round = lab.ledger.round
    lab.ledger.round.removeAll(keepingCapacity: true)
    noteLabChange()
    for record in round {
      record.isInRound = false
      guard record.closedAt == nil, let session = unsafe sessions[record.identifier] else { continue }
      // Half a request says that more of the same is on its way.
      if unsafe session.pointee.input == nil && !session.pointee.awaitsUpstream { lab.findings.endBurst(record, at: time) }
      unsafe settleLane(of: record, session, at: time)
    }
  }

  /// Says what a connection does between its requests.
  func settleLane(of record: ConnectionRecord, _ session: SessionPointer, at time: Int64) {
    let flags = unsafe session.pointee.flags
    if flags.contains(.blocked) { return record.enter(.blocked, at: time) }
    // It waits for a reply.
    let waits = unsafe !flags.isDisjoint(with: [.suspended, .held, .outputFull]) || session.pointee.awaitsUpstream
    if waits { return record.enter(.busy, at: time) }
    if record.isShakingHands { return }
    let gates = unsafe session.pointee.gates
    record.enter(
      gates.contains(.subscribed) ? .subscribed : gates.contains(.transaction) ? .transaction : .idle, at: time)
  }

  /// A command that had waited or was suspended has its reply.
  mutating func finishWaiting(_ session: SessionPointer, _ reply: Bytes) {
    if !reply.isEmpty, let (recorder, connection) = unsafe recorder(of: session) { recorder.reply(connection, reply) }
    guard let record = unsafe session.pointee.record, record.level == .full else { return }
    let time = ledgerTime
    record.outstanding = 0
    record.track?.lastUseAt = time
    var finished: CommandRecord?
    record.changeLatest(where: { $0.took == nil && $0.place != .queued }) { command in
      command.finish(reply, at: time)
      finished = command
    }
    if let finished {
      countReply(finished, record, hadWaited: true)
      unsafe trace(finished, of: session)
    }
    if !record.isInRound {
      record.isInRound = true
      lab.ledger.round.append(record)
      unsafe tasksChanged.pointee = true
    }
    record.enter(.busy, at: time)
  }
}

extension CommandRecord {
  /// It has its reply.
  mutating func finish(_ reply: Bytes, at time: Int64) {
    took = max(0, time - self.time)
    self.reply = ReplyKind(reply)
    bytesSent = reply.count
    if self.reply == .error {
      let line = reply.slice(1..<min(reply.count, 1 + CommandText.errorLimit))
      error = line.slice(0..<(line.firstIndex(of: 13) ?? line.count)).text
      // What was secret in the request may be quoted in the error.
      if text.hasSecrets, let quote = error?.firstIndex(of: "'") { error = error.map { "\($0[..<quote])…" } }
    }
  }
}

extension EndpointSums {
  mutating func count(_ name: String, _ key: [UInt8]?) {
    commands[name, default: 0] += 1
    guard let key else { return }
    let execution = Execution(name: name, key: key)
    if let index = executions.index(forKey: execution) {
      executions.values[index] += 1
    } else if executions.count < Ledger.keyLimit {
      executions[execution] = 1
    } else {
      untold += 1
    }
  }

  mutating func countReply(_ command: CommandRecord, hadWaited: Bool) {
    let hasRoom = replies.count < Ledger.nameLimit || replies[command.name] != nil
    replies[hasRoom ? command.name : ReplySum.others, default: ReplySum()].count(command, hadWaited: hadWaited)
  }

  mutating func countScript(_ name: String) {
    if scripts[name] != nil || scripts.count < Ledger.keyLimit { scripts[name, default: 0] += 1 } else { untold += 1 }
  }
}

extension String {
  /// Whether secrets were taken out of a request's text.
  fileprivate var hasSecrets: Bool { utf8.count >= CommandText.redacted.utf8.count && contains(CommandText.redacted) }
}
