// How the rules hear of things: what the engine tells them of commands, scripts, connections and marks, and how findings
// are read.
//
// Everything here happens for connections whose commands are written down; the others bear no `Gates.lab` and have no
// track. What is told of one command: `willRun` before it, `hasRun` behind it (those inside EXEC and scripts too), and
// `hasStopped` if it waits.
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock, with sessions that are open.

internal import CUnderstudyLua

extension EngineState {
  // MARK: Commands

  /// A command is about to run, unless it is refused.
  func willRun(_ record: ConnectionRecord, _ command: CommandRecord, _ arguments: Arguments) {
    guard let track = record.track else { return }
    lab.findings.watchReuse(record, track, command)
    lab.findings.watchBlocking(record, command, arguments)
  }

  /// A command waits, or is suspended.
  func hasStopped(_ record: ConnectionRecord, _ command: CommandRecord) {
    guard let track = record.track else { return }
    noteUse(record, track, command, isKnown: true)
  }

  /// A command has its reply.
  mutating func hasRun(
    _ record: ConnectionRecord, _ session: SessionPointer, _ command: CommandRecord, _ entry: DispatchPointer?,
    _ arguments: Arguments, _ reply: Bytes, hasDirtiedOwnWatch: Bool
  ) {
    guard let track = record.track else { return }
    let isInner = command.place == .script || command.place == .transaction
    if !isInner {
      unsafe noteUse(record, track, command, isKnown: entry != nil)
      if command.reply == .error && !record.isShakingHands { track.burstErrors += 1 }
      if Self.namings.contains(command.name) { unsafe refresh(record, from: session) }
    }
    let declaration = unsafe entry.map { unsafe $0.pointee.command }
    let event = CommandEvent(
      record: record, track: track, command: command, declaration: declaration, arguments: arguments, reply: reply,
      hasDirtiedOwnWatch: hasDirtiedOwnWatch)
    let findings = lab.findings
    findings.watchCommands(event)
    if command.place == .script { return findings.watchScriptCall(event) }
    if !isInner {
      noteChannels(track, event)
      let isLostExec = command.name == "exec" && command.reply == .error
      findings.watchTransactions(event, siblingsInMulti: isLostExec ? siblingsInMulti(of: record) : [])
      findings.watchRow(event)
    }
    findings.watchScriptCommands(event)
    findings.watchRetries(event)
    findings.watchKeys(event)
  }

  private static let namings: Set<String> = ["hello", "auth", "client|setname", "client|setinfo", "reset"]

  private func noteUse(_ record: ConnectionRecord, _ track: ConnectionTrack, _ command: CommandRecord, isKnown: Bool) {
    track.lastUseAt = command.time + (command.took ?? 0)
    if record.isShakingHands { return }
    if track.burst == 0 { track.burstStart = command.ordinal }
    track.burst += 1
    track.burstBytes += command.bytesReceived
    if !isKnown || Self.introductions.contains(command.name) { return }
    if track.uses.count < 32 { track.uses.insert(command.name) }
    // A transaction is one use.
    if command.place != .queued && command.name != "exec" { track.realCommands += 1 }
  }

  private func noteChannels(_ track: ConnectionTrack, _ event: CommandEvent) {
    switch event.name {
    case "subscribe", "psubscribe", "ssubscribe":
      guard !event.isError, event.arguments.count > 1, track.channels.count < 256 else { return }
      for index in (1..<event.arguments.count).prefix(256 - track.channels.count) {
        track.channels.insert(event.arguments[index].copied())
      }
    case "unsubscribe", "punsubscribe", "sunsubscribe":
      if event.arguments.count < 2 { track.channels.removeAll() }
      for index in 1..<max(1, event.arguments.count) { track.channels.remove(event.arguments[index].copied()) }
    case "reset": track.channels.removeAll()
    case "readonly": if !event.isError { track.isReadOnly = true }
    case "readwrite": track.isReadOnly = false
    default: return
    }
  }

  /// Other connections of the same client that are between MULTI and EXEC.
  private func siblingsInMulti(of record: ConnectionRecord) -> [ConnectionRecord] {
    var siblings: [ConnectionRecord] = []
    for unsafe session in unsafe sessions.values where unsafe session.pointee.gates.contains(.transaction) {
      guard let other = unsafe session.pointee.record, other !== record, other.endpoint == record.endpoint else { continue }
      unsafe refresh(other, from: session)
      if other.clientIdentity == record.clientIdentity { siblings.append(other) }
    }
    return siblings
  }

  // MARK: Deadlines

  /// The keys of a command that may lose their deadlines by it, with what is left of those; nil if there are none.
  func deadlines(before entry: DispatchPointer, _ arguments: Arguments, _ session: SessionPointer) -> [(key: [UInt8], left: Int64)]? {
    guard unsafe entry.pointee.flags.contains(.write), arguments.count > 2 else { return nil }
    let step: Int
    switch unsafe entry.pointee.name {
    case "set", "getset": step = arguments.count
    case "mset": step = 2
    default: return nil
    }
    var found: [(key: [UInt8], left: Int64)] = []
    for index in stride(from: 1, to: arguments.count, by: step) {
      let deadline = unsafe self.deadline(of: arguments[index], in: session.pointee.database)
      if let deadline, deadline != Entry.noDeadline, deadline > now { found.append((arguments[index].copied(), deadline - now)) }
    }
    return found.isEmpty ? nil : found
  }

  /// Reports those that have lost them. The command is the connection's latest.
  func noteLostDeadlines(_ before: [(key: [UInt8], left: Int64)], _ session: SessionPointer) {
    let isScript = unsafe session.pointee.flags.contains(.script)
    guard let caller = unsafe isScript ? scriptCaller : session, let record = unsafe caller.pointee.record,
      let command = record.commands.last
    else { return }
    for (key, left) in before {
      let deadline = key.withBytes { unsafe self.deadline(of: $0, in: session.pointee.database) }
      if deadline == Entry.noDeadline { lab.findings.noteLostDeadline(record, command, key: key, remaining: left) }
    }
  }

  /// The deadline of a key that is there.
  private func deadline(of key: Bytes, in database: Int32) -> Int64? {
    let hash = KeyHash.hash(key, seed: hashSeed)
    return unsafe (databases + Int(database)).pointee.table.find(key, hash: hash)?.deadlineMilliseconds
  }

  // MARK: Connections

  /// A connection is gone; its record says how.
  func hasClosed(_ record: ConnectionRecord) {
    record.loseRest()
    lab.findings.endBurst(record, at: ledgerTime)
    lab.findings.watchClose(record, outstanding: record.outstanding > 0, at: ledgerTime)
    record.track?.forgetDetail()
  }

  /// A test says something of a connection; of all of them if nil. Answers false if there is no such connection.
  mutating func mark(_ kind: LabMarkKind, session: SessionPointer?) -> Bool {
    let time = ledgerTime
    let asked = unsafe session.map { unsafe [$0] } ?? Array(sessions.values)
    let marked = unsafe asked.filter { unsafe $0.pointee.record?.track != nil }
    if unsafe marked.isEmpty && session != nil { return false }
    if lab.findings.marks.count < LabMark.limit {
      lab.findings.marks.append(LabMark(kind: kind, connection: unsafe session.map { unsafe $0.pointee.identifier }, time: time))
    }
    for unsafe session in unsafe marked {
      guard let record = unsafe session.pointee.record else { continue }
      unsafe refresh(record, from: session)
      lab.findings.mark(kind, record, record.stateLeft, at: time)
    }
    return true
  }

  // MARK: What was found

  /// The findings as of now, the surest first; of what an allowance covers, apart. `isFinished` says that the run is over.
  mutating func judge(endpoint: String?, isFinished: Bool) -> FindingsReport {
    let time = ledgerTime
    let findings = lab.findings
    for record in lab.ledger.connections where record.track != nil && record.closedAt == nil {
      if let session = unsafe sessions[record.identifier] { unsafe refresh(record, from: session) }
    }
    let records = lab.ledger.connections.filter { $0.track != nil }
    // Rows that go on are told as they are now; asking does not end them.
    var list = findings.list
    for record in records {
      guard let row = record.track?.row, let finding = findings.roundTrips(row, record) else { continue }
      list.add(finding, detail: row.shape)
    }
    var all = list.findings
    all += findings.standing(records, isFinished: isFinished, at: time)
    all += findings.judgePools(records, at: time)
    all += findings.unretried() + findings.withoutFallback()
    if let endpoint { all.removeAll { $0.endpoint != endpoint } }
    // The surest first; equals stay in the order in which they were found.
    all = all.enumerated().sorted { one, two in
      (two.element.certainty, one.element.firstAt, one.offset) < (one.element.certainty, two.element.firstAt, two.offset)
    }.map(\.element)
    return FindingsReport(all, allowances: findings.allowances, dropped: list.dropped)
  }
}

/// What was found, as a value.
package struct FindingsReport: Sendable {
  /// The surest first.
  package private(set) var findings: [Finding]
  /// What allowances cover.
  package private(set) var allowed: [(finding: Finding, why: String)]
  /// Allowances that have covered nothing.
  package private(set) var unused: [FindingAllowance]
  /// Findings beyond what is kept.
  package let dropped: Int

  /// Of several servers of a run.
  init(joining all: [FindingsReport]) {
    findings = all.flatMap(\.findings).sorted { ($1.certainty, $0.lastAt) < ($0.certainty, $1.lastAt) }
    allowed = all.flatMap(\.allowed)
    unused = all.flatMap(\.unused)
    dropped = all.reduce(0) { $0 + $1.dropped }
  }

  /// Gives the endpoints that findings are about other names.
  mutating func rename(_ name: (String) -> String) {
    func renamed(_ finding: Finding) -> Finding {
      var finding = finding
      finding.endpoint = name(finding.endpoint)
      finding.identity.endpoint = finding.endpoint
      return finding
    }
    findings = findings.map(renamed)
    allowed = allowed.map { (renamed($0.finding), $0.why) }
  }

  package init(_ all: [Finding], allowances: [FindingAllowance], dropped: Int = 0) {
    findings = []
    allowed = []
    self.dropped = dropped
    var used = Set<Int>()
    for finding in all {
      if let index = allowances.firstIndex(where: { $0.covers(finding) }) {
        used.insert(index)
        allowed.append((finding, allowances[index].why))
      } else {
        findings.append(finding)
      }
    }
    unused = allowances.indices.filter { !used.contains($0) }.map { allowances[$0] }
  }

  /// Those that are at least so sure.
  package func atLeast(_ certainty: FindingCertainty) -> [Finding] { findings.filter { $0.certainty >= certainty } }

  /// Lets more pass.
  package func allowing(_ allowances: [FindingAllowance]) -> FindingsReport {
    var report = FindingsReport(findings, allowances: allowances, dropped: dropped)
    report.allowed = allowed + report.allowed
    report.unused = unused + report.unused
    return report
  }
}

extension Engine {
  /// The findings as of now. Call it under the lock.
  package func findings(endpoint: String? = nil, isFinished: Bool = false) -> FindingsReport {
    unsafe state.pointee.judge(endpoint: endpoint, isFinished: isFinished)
  }

  /// Which rules look, and by what measure. Use it under the lock.
  package var findingOptions: FindingOptions {
    get { unsafe state.pointee.lab.findings.options }
    set { unsafe state.pointee.lab.findings.options = newValue }
  }

  /// What is let pass. Use it under the lock.
  package var findingAllowances: [FindingAllowance] {
    get { unsafe state.pointee.lab.findings.allowances }
    set { unsafe state.pointee.lab.findings.allowances = newValue }
  }

  /// The marks that were made. Call it under the lock.
  package var labMarks: [LabMark] { unsafe state.pointee.lab.findings.marks }

  /// Says something of a connection, by its CLIENT ID; of all of them if nil. False if there is none of that number whose
  /// commands are written down. Call it under the lock.
  package func mark(_ kind: LabMarkKind, client: UInt64?) -> Bool {
    guard let client else { return unsafe state.pointee.mark(kind, session: nil) }
    guard let session = unsafe state.pointee.session(ofClient: client) else { return false }
    return unsafe state.pointee.mark(kind, session: session)
  }

  /// The same, by the port that the client's side of the connection has.
  package func mark(_ kind: LabMarkKind, localPort: Int) -> Bool {
    guard let session = unsafe state.pointee.session(ofPort: localPort) else { return false }
    return unsafe state.pointee.mark(kind, session: session)
  }
}

extension EngineState {
  /// The connection whose client's side has a port.
  func session(ofPort port: Int) -> SessionPointer? {
    guard let describe = unsafe hooks.describeTransport else { return nil }
    let ending = ":\(port)"
    for unsafe session in unsafe sessions.values {
      guard let transport = unsafe session.pointee.transport else { continue }
      if unsafe describe(transport).address.hasSuffix(ending) { return unsafe session }
    }
    return nil
  }
}

extension Context {
  /// LAB.MARK, by CLIENT ID; all connections if nil.
  func mark(_ kind: LabMarkKind, client: UInt64?) -> Bool {
    guard let client else { return unsafe engine.mark(kind, session: nil) }
    guard let session = unsafe engine.session(ofClient: client) else { return false }
    return unsafe engine.mark(kind, session: session)
  }

  /// LAB.MARK, by the port of the client's side.
  func mark(_ kind: LabMarkKind, localPort: Int) -> Bool {
    guard let session = unsafe engine.session(ofPort: localPort) else { return false }
    return unsafe engine.mark(kind, session: session)
  }
}
