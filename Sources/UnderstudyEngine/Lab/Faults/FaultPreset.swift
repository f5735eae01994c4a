// Presets: what operators know by one word, as sets of rules. The rules of `LAB.PRESET failover svc-a svc-b` bear ids like
// `failover@svc-a/replica`; `failover@svc-a` names them all, to be removed as one.
//
// To extend: a case here, its rules in `rules(of:_:_:)`, and a row on the Faults page.
//
// This file may say `unsafe`. What keeps it safe: sessions come from the registry, under the engine's lock.

package enum FaultPreset: String, Sendable, CaseIterable {
  /// Connections are reset, and the endpoint is a replica's from then on; the other one takes writes.
  case failover
  /// Clients are told that they are to move to the other endpoint, and are cut off fifteen seconds later.
  case maintenance
  /// Scripts are no longer known: each connection is told so once.
  case scriptflush
  case maxclients, busy, oom, loading, readonly, noauth, tryagain
  /// Keys are elsewhere: at the other endpoint.
  case moved

  /// Whether it wants a second endpoint.
  package var needsOther: Bool {
    switch self {
    case .failover, .maintenance, .moved: true
    default: false
    }
  }

  /// How long clients have got to move, seconds.
  private static let grace: Int64 = 15

  /// The rules that it is made of.
  func rules(_ endpoint: String, _ other: String?) -> [FaultRule] {
    let group = "\(rawValue)@\(endpoint)"
    func rule(
      _ name: String, _ stage: FaultStage, _ action: FaultAction, _ change: (inout FaultRule) -> Void = { _ in }
    ) -> FaultRule {
      var matcher = FaultMatcher()
      matcher.endpoint = endpoint
      var rule = FaultRule("\(group)/\(name)", matcher, stage, action)
      rule.group = group
      change(&rule)
      return rule
    }
    switch self {
    case .failover, .readonly: return [rule("replica", .beforeExecution, .role(.replica))]
    case .loading: return [rule("loading", .beforeExecution, .role(.loading))]
    case .maxclients: return [rule("accept", .accept, .error("ERR max number of clients reached"))]
    case .scriptflush:
      return [
        rule("noscript", .beforeExecution, .error("NOSCRIPT No matching script. Please use EVAL.")) { rule in
          rule.matcher.families = [.evalsha]
          rule.times = 1
        }
      ]
    case .busy:
      let text = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
      return [rule("busy", .beforeExecution, .error(text)) { $0.matcher.missingFlags = ["allow_busy"] }]
    case .oom:
      let text = "OOM command not allowed when used memory > 'maxmemory'."
      return [rule("oom", .beforeExecution, .error(text)) { $0.matcher.flags = ["denyoom"] }]
    case .noauth:
      return [
        rule("noauth", .beforeExecution, .error("NOAUTH Authentication required.")) { $0.matcher.missingFlags = ["no_auth"] }
      ]
    case .tryagain:
      let text = "TRYAGAIN Multiple keys request during rehashing of slot"
      return [rule("tryagain", .beforeExecution, .error(text)) { $0.matcher.key = [UInt8(ascii: "*")] }]
    case .moved:
      return [rule("moved", .beforeExecution, .redirect(isAsk: false, .endpoint(other ?? "")))]
    case .maintenance:
      return [
        // Clients ask whether the server can tell them of maintenance.
        rule("granted", .handshake, .substitute(Array("+OK\r\n".utf8))) { rule in
          rule.matcher.commands = [FaultRule.maintenanceCommand]
        },
        rule("moving", .idle(milliseconds: 0), .push(["MOVING", ":1", ":\(Self.grace)", "@\(other ?? "")"])) { $0.times = 1 },
        rule("close", .idle(milliseconds: Self.grace * 1000), .close),
      ]
    }
  }
}

extension FaultRule {
  /// What clients of managed servers send, which no released server knows: rules may name it all the same.
  static let maintenanceCommand = "client|maint_notifications"
}

extension EngineState {
  /// Lets a preset hold: answers the id of its rules. One that holds there already is set anew.
  mutating func addPreset(_ preset: FaultPreset, _ endpoint: String, _ other: String?) throws(FaultRefusal) -> String {
    guard let number = lab.endpoint(named: endpoint) else { throw FaultRefusal("there is no endpoint '\(endpoint)'") }
    if preset.needsOther {
      guard let other else { throw FaultRefusal("\(preset.rawValue) wants a second endpoint") }
      guard lab.endpoint(named: other) != nil else { throw FaultRefusal("there is no endpoint '\(other)'") }
      guard other != endpoint else { throw FaultRefusal("\(preset.rawValue) wants two endpoints") }
    } else if other != nil {
      throw FaultRefusal("\(preset.rawValue) is about one endpoint")
    }
    let id = "\(preset.rawValue)@\(endpoint)"
    try addFaults(preset.rules(endpoint, other), replacing: id)
    if preset == .failover {
      // The other one is the master now, whatever made a replica of it.
      removeFaults { $0.rule.matcher.endpoint == other && $0.rule.action == .role(.replica) }
      resetConnections(of: number, "\(id)/reset")
    }
    return id
  }

  /// Resets the connections of an endpoint.
  private mutating func resetConnections(of endpoint: Int, _ id: String) {
    for unsafe (_, session) in unsafe sessions.sorted(by: { unsafe $0.key < $1.key }) {
      guard let record = unsafe session.pointee.record, record.endpoint == endpoint else { continue }
      record.note(
        ConnectionFault(
          time: ledgerTime, rule: id, action: "reset", ordinal: unsafe session.pointee.commandCount, tookEffect: false))
      if unsafe !session.pointee.flags.isDisjoint(with: [.blocked, .suspended, .delayed]) { record.outstanding = 1 }
      // At once, whatever holds its output back.
      let output = unsafe outbox(of: session)
      unsafe session.pointee.bytesSent &-= Int64(output.pointee.totalCount)
      unsafe output.pointee.removeAll(keeping: 0)
      unsafe session.pointee.faults?.shape.forget()
      unsafe end(session, .reset, behind: output)
      unsafe queueFlush(session)
    }
  }
}

extension Engine {
  /// Lets a preset hold; answers the id of its rules. Call it under the lock.
  package func addPreset(_ preset: FaultPreset, _ endpoint: String, _ other: String? = nil) throws(FaultRefusal) -> String {
    try unsafe state.pointee.addPreset(preset, endpoint, other)
  }
}
