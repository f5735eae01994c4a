// Rules come and go: added, listed, removed, ended by their time; and what is set off by that at once.
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock, with sessions of the registry.

extension EngineState {
  /// Adds a rule, which holds from now on, for connections that are open too.
  mutating func addFault(_ rule: FaultRule) throws(FaultRefusal) {
    try addFaults([rule])
  }

  /// Adds rules: all of them, or none if there is something wrong with one.
  ///
  /// - Parameter group: the preset whose rules they take the place of.
  mutating func addFaults(_ rules: [FaultRule], replacing group: String? = nil) throws(FaultRefusal) {
    var resolved: [Set<Int16>?] = []
    for rule in rules { resolved.append(try check(rule, replacing: group)) }
    for (index, rule) in rules.enumerated() where rules[..<index].contains(where: { $0.id == rule.id }) {
      throw FaultRefusal("there are two rules '\(rule.id)'")
    }
    try silence(rules)
    refreshTime()
    if let group { removeFaults { $0.rule.group == group } }
    for (rule, commands) in zip(rules, resolved) {
      let endpoint = rule.matcher.endpoint.flatMap { lab.endpoint(named: $0) }
      lab.ledger.startIfNeeded(at: clocks.source.monotonicMicroseconds())
      let active = lab.faults.add(rule, endpoint: endpoint, commands: commands)
      // Nobody learns how often the system refuses.
      if rule.action == .refuse { active.firedCount = 1 }
      if let duration = rule.duration { addTimer(.faultEnd(rule: active.serial), due: later(by: duration * 1000)) }
      followFaults()
      if case .idle = rule.stage { beginIdleNow(active) }
    }
  }

  /// Has the endpoints that rules are to refuse at listen no more: all of them, or none.
  private mutating func silence(_ rules: [FaultRule]) throws(FaultRefusal) {
    var silenced: [Int] = []
    for rule in rules where rule.action == .refuse {
      guard let endpoint = rule.matcher.endpoint.flatMap({ lab.endpoint(named: $0) }) else { continue }
      if let refusal = hooks.setListening?(endpoint, false) {
        for endpoint in silenced { _ = hooks.setListening?(endpoint, true) }
        throw FaultRefusal(refusal.reason)
      }
      if !lab.faults.rules.contains(where: { $0.rule.action == .refuse && $0.endpoint == endpoint }) { silenced.append(endpoint) }
    }
  }

  /// Connections that have nothing to do when a rule about that is added.
  private mutating func beginIdleNow(_ rule: ActiveFault) {
    for unsafe (_, session) in unsafe sessions.sorted(by: { unsafe $0.key < $1.key }) {
      guard unsafe session.pointee.record != nil, unsafe session.pointee.flags.isDisjoint(with: .stops) else { continue }
      let faults = unsafe faults(of: session)
      if unsafe faults.latest.ordinal == 0 && session.pointee.commandCount > 0 {
        faults.latest.ordinal = unsafe session.pointee.commandCount
        unsafe faults.latest.entry = unsafe session.pointee.lastCommand
      }
      faults.idleSince = waitNow
      unsafe beginIdle(rule, session, faults.latest)
    }
  }

  /// Removes rules; answers how many.
  @discardableResult
  mutating func removeFaults(where isGone: (ActiveFault) -> Bool) -> Int {
    let gone = lab.faults.remove(where: isGone)
    noteStaleTimers(timersOf(gone))
    for fault in gone {
      guard fault.rule.action == .refuse, let endpoint = fault.endpoint else { continue }
      let isRefused = lab.faults.rules.contains { $0.rule.action == .refuse && $0.endpoint == endpoint }
      if !isRefused, lab.endpoints[endpoint].isOpen, let refusal = hooks.setListening?(endpoint, true) {
        hooks.log?("The endpoint \(lab.endpoints[endpoint].name) cannot listen again: \(refusal.reason)")
      }
    }
    if !gone.isEmpty { followFaults() }
    return gone.count
  }

  /// How many timers were set for rules that are gone; connections wait for them no more.
  private func timersOf(_ rules: [ActiveFault]) -> Int {
    var count = rules.count { $0.rule.duration != nil }
    let idle = rules.filter { $0.rule.stage.kind == .idle }
    guard !idle.isEmpty else { return count }
    for unsafe session in unsafe sessions.values {
      guard let faults = unsafe session.pointee.faults else { continue }
      for rule in idle where faults.idleTimers.remove(rule.serial) != nil { count += 1 }
    }
    return count
  }

  /// Removes a rule by its id, or a preset's rules by its name.
  mutating func removeFault(_ id: String) -> Bool { removeFaults { $0.rule.id == id || $0.rule.group == id } > 0 }

  /// Everything that goes wrong by the lab's doing ends: rules, quotas, pauses, and what they hold back. Connections that
  /// hang keep hanging.
  mutating func resetFaults() {
    lab.faults.quotas.removeAll()
    lab.faults.pauses.removeAll()
    removeFaults { _ in true }
    lab.faults.forgetPast()
    for unsafe (_, session) in unsafe sessions.sorted(by: { unsafe $0.key < $1.key }) {
      if let faults = unsafe session.pointee.faults { unsafe release(session, faults) }
    }
    followFaults()
  }

  /// What faults hold back of a session goes on at once.
  private mutating func release(_ session: SessionPointer, _ faults: FaultConnection) {
    faults.shape.release()
    faults.isReadOnly = false
    if let swapped = faults.swapped {
      faults.swapped = nil
      let output = unsafe outbox(of: session)
      swapped.withBytes { unsafe output.pointee.append($0) }
    }
    faults.resumesAt = 0
    if unsafe session.pointee.isDelayed { noteStaleTimers(1) }
    unsafe session.pointee.flags.remove(.delayed)
    unsafe queueRun(session)
    unsafe queueFlush(session)
  }
}

extension EngineState {
  /// Empties all databases, as FLUSHALL does.
  mutating func flushAllData() {
    for database in 0..<databaseCount { removeAllKeys(in: Int32(database), inSteps: true) }
    invalidateAll()
    tellTransport()
  }
}

extension Engine {
  /// Adds a fault rule. Call it under the lock.
  ///
  /// - Returns: its serial number, which no other rule gets.
  package func addFault(_ rule: FaultRule) throws(FaultRefusal) -> Int {
    try unsafe state.pointee.addFault(rule)
    return unsafe state.pointee.lab.faults.rule(rule.id)?.serial ?? 0
  }

  /// What a rule is called that is added next and has no id of its own. Call it under the lock.
  package var nextFaultID: String {
    var number = unsafe state.pointee.lab.faults.nextSerial
    while unsafe state.pointee.lab.faults.rule("rule-\(number)") != nil { number += 1 }
    return "rule-\(number)"
  }

  /// The serial numbers of the rules of a preset that hold. Call it under the lock.
  package func serials(ofPreset id: String) -> [Int] {
    unsafe state.pointee.lab.faults.rules.filter { $0.rule.group == id }.map(\.serial)
  }

  /// Removes a rule, or all of a preset; false if there is none of that id. Call it under the lock.
  package func removeFault(_ id: String) -> Bool { unsafe state.pointee.removeFault(id) }

  /// Removes those of the rules of these serial numbers that still hold. Call it under the lock.
  package func removeFaults(serials: [Int]) { unsafe state.pointee.removeFaults { serials.contains($0.serial) } }

  /// The rules that hold, in the order in which they were added. Call it under the lock.
  package var faultReports: [FaultReport] { unsafe state.pointee.lab.faults.rules.map(\.report) }

  /// The numbers of the endpoints whose listeners are closed by rules. Call it under the lock.
  package var refusedEndpoints: Set<Int> {
    unsafe Set(state.pointee.lab.faults.rules.compactMap { $0.rule.action == .refuse ? $0.endpoint : nil })
  }

  /// What a rule has done. Call it under the lock.
  package func faultReport(_ id: String) -> FaultReport? { unsafe state.pointee.lab.faults.rule(id)?.report }

  /// What a rule has done, which may have been removed since. Call it under the lock.
  package func faultReport(serial: Int) -> FaultReport? {
    unsafe state.pointee.lab.faults.rule(serial: serial)?.report ?? state.pointee.lab.faults.past[serial]
  }

  /// The ids of rules that have never bitten, of those that hold and those that were removed; of presets those of which no
  /// rule has. Rules that leave it to chance are not among them. Call it under the lock.
  package var rulesNeverFired: [String] { unsafe state.pointee.lab.faults.neverFired }

  /// Ends all rules, quotas and pauses. Call it under the lock.
  package func resetFaults() { unsafe state.pointee.resetFaults() }
}
