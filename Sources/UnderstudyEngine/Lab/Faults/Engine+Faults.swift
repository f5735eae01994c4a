// Rules come and go: added, listed, removed, ended by their time; and what is set off by that at once.
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock, with sessions of the registry.

extension EngineState {
  /// Adds a rule, which holds from now on, for connections that are open too.
  mutating func addFault(_ rule: FaultRule) throws(FaultRefusal) {
    try addFaults([rule])
  }

  /// Adds rules: all of them, or none if there is something wrong with one.
  mutating func addFaults(_ rules: [FaultRule]) throws(FaultRefusal) {
    var resolved: [Set<Int16>?] = []
    for rule in rules { resolved.append(try check(rule)) }
    for (index, rule) in rules.enumerated() where rules[..<index].contains(where: { $0.id == rule.id }) {
      throw FaultRefusal("there are two rules '\(rule.id)'")
    }
    refreshTime()
    for (rule, commands) in zip(rules, resolved) {
      let endpoint = rule.matcher.endpoint.flatMap { lab.endpoint(named: $0) }
      if rule.action == .refuse, let endpoint, let refusal = hooks.setListening?(endpoint, false) {
        throw FaultRefusal(refusal.reason)
      }
      lab.ledger.startIfNeeded(at: clocks.source.monotonicMicroseconds())
      let active = lab.faults.add(rule, endpoint: endpoint, commands: commands)
      // Nobody learns how often the system refuses.
      if rule.action == .refuse { active.firedCount = 1 }
      if let duration = rule.duration { addTimer(.faultEnd(rule: active.serial), due: later(by: duration * 1000)) }
      followFaults()
      if case .idle = rule.stage { beginIdleNow(active) }
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

  /// Removes a rule by its id, or a preset's rules by its name.
  mutating func removeFault(_ id: String) -> Bool { removeFaults { $0.rule.id == id || $0.rule.group == id } > 0 }

  /// Everything that goes wrong by the lab's doing ends: rules, quotas, pauses.
  mutating func resetFaults() {
    lab.faults.quotas.removeAll()
    lab.faults.pauses.removeAll()
    removeFaults { _ in true }
    lab.faults.forgetPast()
    followFaults()
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
  package var nextFaultID: String { unsafe "rule-\(state.pointee.lab.faults.nextSerial)" }

  /// The serial number of a rule that holds. Call it under the lock.
  package func serial(of id: String) -> Int? { unsafe state.pointee.lab.faults.rule(id)?.serial }

  /// Removes a rule, or all of a preset; false if there is none of that id. Call it under the lock.
  package func removeFault(_ id: String) -> Bool { unsafe state.pointee.removeFault(id) }

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
