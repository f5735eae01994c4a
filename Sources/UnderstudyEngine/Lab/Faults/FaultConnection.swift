// FaultConnection: what faults know of one connection: how often each rule has matched there, the command whose reply is
// yet to come, and the shape of its output. A session has one only while a rule or a quota concerns it.
//
// This file may say `unsafe`. What keeps it safe: entries are never freed; keys are copies.

/// The command that rules are held against.
@safe
struct FaultSubject {
  /// Its number on the connection, from 1; 0 for none.
  var ordinal: Int64 = 0
  /// Nil for a command that is not known.
  var entry: DispatchPointer?
  /// Its keys, if a rule looks at keys.
  var keys: [[UInt8]] = []
  /// Whether it stood before the connection's first command that is no introduction.
  var isIntroduction = false
  /// Whether its reply is to be a replica's.
  var plays = false

  /// The name of one that the server does not know, if rules may be about it.
  var foreignName: String?

  /// What it is called.
  var name: String? { unsafe entry?.pointee.name ?? foreignName }
}

final class FaultConnection {
  var counts: [Int: FaultCount] = [:]
  /// The number of the command that has been held against the rules before its execution: it may be offered again.
  var passed: Int64 = 0
  var isShakingHands = true
  /// The latest command.
  var latest = FaultSubject()
  /// The command whose reply is yet to come.
  var waiting: FaultSubject?
  /// A reply that waits for the next one, to change places with it.
  var swapped: [UInt8]?
  var swappedOrdinal: Int64 = 0
  /// What there is of the reply of a command that is suspended amid it.
  var begun: [UInt8] = []
  /// Until when it executes nothing, wait clock.
  var resumesAt: Int64 = 0
  /// Since when it has nothing to do, wait clock; and the rules about that whose timers are set, by serial number.
  var idleSince: Int64 = 0
  var idleTimers: Set<Int> = []
  var shape = OutputShape()
  /// When the timer that is set for the output goes off.
  var shapeDue = Int64.max
  /// Nothing has been asked at the TLS stage.
  var awaitsHandshake = false
  /// What `FaultTable.quotas` refuses of it: its writes.
  var isReadOnly = false

  /// How many timers are set for it.
  func timerCount(_ session: SessionPointer) -> Int {
    idleTimers.count + (shapeDue < .max ? 1 : 0) + (unsafe session.pointee.isDelayed ? 1 : 0)
  }

  /// Whether nothing that a rule began goes on.
  func isDone(_ session: SessionPointer) -> Bool {
    unsafe shape.isFree && swapped == nil && waiting == nil && session.pointee.flags.isDisjoint(with: [.cut, .delayed])
  }
}

extension EngineState {
  /// What faults know of a session; made if there is nothing yet.
  func faults(of session: SessionPointer) -> FaultConnection {
    if let faults = unsafe session.pointee.faults { return faults }
    let made = FaultConnection()
    if let record = unsafe session.pointee.record, record.level == .full {
      made.isShakingHands = record.isShakingHands
    } else {
      made.isShakingHands = unsafe session.pointee.commandCount == 0
    }
    unsafe session.pointee.faults = made
    // Output of sessions with a shape never leaves by the short way: it has to be behind something.
    if unsafe session.pointee.pending == nil {
      let pending = UnsafeMutablePointer<ReplyBuffer>.allocate(capacity: 1)
      unsafe pending.initialize(to: ReplyBuffer(capacity: 1, isCounted: true))
      unsafe session.pointee.pending = pending
    }
    return made
  }

  /// How many bytes stand before those of `output` on their way to the client.
  func bytesAhead(of output: UnsafeMutablePointer<ReplyBuffer>, _ session: SessionPointer) -> Int {
    guard let pending = unsafe session.pointee.pending, unsafe pending != output else { return 0 }
    return unsafe pending.pointee.totalCount
  }

  // MARK: Who is concerned

  /// Has the sessions that rules or quotas concern come by the lab, and lets the others be.
  mutating func followFaults() {
    for unsafe session in unsafe sessions.values { unsafe followFaults(session) }
  }

  /// The same for one session: asked too when something that a rule had begun is over.
  mutating func followFaults(_ session: SessionPointer) {
    guard let record = unsafe session.pointee.record else { return }
    let isConcerned = lab.faults.concerns(record.endpoint)
    if !isConcerned, unsafe session.pointee.faults?.isDone(session) == true { unsafe session.pointee.faults = nil }
    let isRecorded = lab.recordings.running[record.endpoint] != nil
    if record.level == .full || isConcerned || isRecorded || (unsafe session.pointee.faults != nil) {
      unsafe session.pointee.gates.insert(.lab)
    } else {
      unsafe session.pointee.gates.remove(.lab)
    }
  }

  /// The rules of a stage that are about this connection and this command, and of those the first that bites.
  mutating func fire(
    _ stages: Set<FaultStage.Kind>, _ session: SessionPointer, _ subject: FaultSubject, replyCount: Int? = nil
  ) -> ActiveFault? {
    guard !lab.faults.rules.isEmpty, let record = unsafe session.pointee.record else { return nil }
    var bitten: ActiveFault?
    for rule in lab.faults.rules where stages.contains(rule.rule.stage.kind) {
      guard unsafe matches(rule, session, record, subject) else { continue }
      if let replyCount {
        rule.replyCount = replyCount
        if case .replyByte(let count) = rule.rule.stage, count > replyCount { continue }
      }
      // At most one bites; the others do not count what they did not get to see.
      if bitten == nil, unsafe bites(rule, session, record, subject) { bitten = rule }
    }
    return bitten
  }

  func bites(
    _ rule: ActiveFault, _ session: SessionPointer, _ record: ConnectionRecord, _ subject: FaultSubject
  ) -> Bool {
    let place = place(record, subject.ordinal)
    if rule.isShared { return rule.bites(&rule.count, place) }
    let faults = unsafe faults(of: session)
    return rule.bites(&faults.counts[rule.serial, default: FaultCount()], place)
  }

  func place(_ record: ConnectionRecord, _ ordinal: Int64) -> FaultPlace {
    FaultPlace(
      seed: random.seed, endpoint: lab.endpoints[record.endpoint].name, connection: record.ordinal, ordinal: ordinal)
  }

  /// Whether a rule is about this connection and this command.
  func matches(
    _ rule: ActiveFault, _ session: SessionPointer, _ record: ConnectionRecord, _ subject: FaultSubject
  ) -> Bool {
    if let endpoint = rule.endpoint, endpoint != record.endpoint { return false }
    let matcher = rule.rule.matcher
    if let connection = matcher.connection, connection != record.ordinal { return false }
    if let database = matcher.database, unsafe database != session.pointee.database { return false }
    if let commands = rule.commands {
      if let entry = unsafe subject.entry {
        guard unsafe commands.contains(entry.pointee.identifier) else { return false }
      } else {
        guard let name = subject.foreignName, rule.rule.matcher.commands.contains(name) else { return false }
      }
    }
    if rule.rule.stage == .handshake && !subject.isIntroduction { return false }
    if let key = matcher.key {
      guard subject.keys.contains(where: { $0.fits(key) }) else { return false }
    }
    if matcher.clientName != nil || matcher.library != nil || matcher.user != nil {
      let extras = unsafe session.pointee.extras
      if let name = matcher.clientName, !(extras?.name ?? []).fits(name) { return false }
      if let library = matcher.library, !(extras?.libraryName ?? []).fits(library) { return false }
      if let user = matcher.user, unsafe session.pointee.userName != user { return false }
    }
    return unsafe suits(rule.rule.action, session, subject)
  }

  /// Whether an action can be done to this connection and command at all.
  private func suits(_ action: FaultAction, _ session: SessionPointer, _ subject: FaultSubject) -> Bool {
    switch action {
    case .push:
      // Anyone else would take it for a reply.
      return unsafe session.pointee.protocolVersion >= 3 || session.pointee.gates.contains(.subscribed)
    case .redirect: return !subject.keys.isEmpty
    case .role(let role): return plays(role, subject)
    default: return true
    }
  }

  /// What a rule may ask of a command.
  func subject(_ ordinal: Int64, _ entry: DispatchPointer?, _ arguments: Arguments, _ faults: FaultConnection) -> FaultSubject {
    var subject = unsafe FaultSubject(ordinal: ordinal, entry: entry)
    guard let entry = unsafe entry else {
      if arguments.count > 1 && arguments[0].matches("CLIENT") && arguments[1].matches("MAINT_NOTIFICATIONS") {
        subject.foreignName = FaultRule.maintenanceCommand
        subject.isIntroduction = faults.isShakingHands
      } else {
        faults.isShakingHands = false
      }
      return subject
    }
    let isIntroduction = unsafe Self.introductions.contains(entry.pointee.name)
    subject.isIntroduction = faults.isShakingHands && isIntroduction
    if !isIntroduction { faults.isShakingHands = false }
    if lab.faults.wantsKeys, unsafe entry.pointee.accepts(argumentCount: arguments.count) {
      for key in unsafe entry.pointee.command.locateKeys(arguments) { subject.keys.append(arguments[key.position].copied()) }
    }
    return subject
  }
}

extension FaultTable {
  /// Whether a rule looks at keys.
  var wantsKeys: Bool {
    rules.contains { rule in
      if rule.rule.matcher.key != nil { return true }
      if case .redirect = rule.rule.action { return true }
      return false
    }
  }
}

extension [UInt8] {
  /// Whether the text fits a pattern.
  fileprivate func fits(_ pattern: [UInt8]) -> Bool {
    pattern.withBytes { pattern in withBytes { GlobPattern(pattern).matches($0) } }
  }
}
