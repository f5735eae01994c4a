// Findings from Swift: reading them, ending a run with a verdict, switching and tuning rules, and saying what is done with
// connections.

internal import UnderstudyEngine

extension RedisServer {
  /// What is wrong with the calling code, as of now, the surest first.
  ///
  /// Only clients that come in at endpoints whose commands are written down are looked at: those that were opened by
  /// ``endpoint(_:on:)``, and the default one after ``recordDefaultEndpoint(_:)``.
  ///
  /// - Parameters:
  ///   - certainty: the least certainty of interest.
  ///   - endpoint: the name of an endpoint; all of them if nil.
  /// - Throws: ``RedisServerError/notRunning``; ``RedisServerError/invalidOption(_:)`` if there is no such endpoint.
  public func findings(
    atLeast certainty: Finding.Certainty = .info, of endpoint: String? = nil
  ) throws(RedisServerError) -> [Finding] {
    try report(of: endpoint, isFinished: false).atLeast(certainty)
  }

  /// Ends a run: what was found, with who is still blocked now. The server goes on.
  ///
  /// - Parameters:
  ///   - failOn: from which certainty on findings are an error; nil if none are.
  ///   - allow: findings that are known and let pass.
  /// - Throws: ``Finding/Failure`` with the findings; ``RedisServerError/invalidOption(_:)`` for an allowance of a rule that
  ///   there is not; ``RedisServerError/notRunning``.
  @discardableResult
  public func finish(
    failOn: Finding.Certainty? = .certain, allow: [Finding.Allowance] = []
  ) throws -> Finding.Report {
    let report = try report(of: nil, isFinished: true, allow: allow)
    if let failOn, !report.atLeast(failOn).isEmpty { throw Finding.Failure(report: report, certainty: failOn) }
    return report
  }

  private func report(
    of endpoint: String?, isFinished: Bool, allow: [Finding.Allowance] = []
  ) throws(RedisServerError) -> Finding.Report {
    var allowances: [FindingAllowance] = []
    for allowance in allow { allowances.append(try allowance.engineValue()) }
    let report = try withEngine { engine throws(EndpointRefusal) in
      if let endpoint, !engine.endpoints.contains(where: { $0.name == endpoint }) {
        throw EndpointRefusal("there is no endpoint '\(endpoint)'")
      }
      return engine.findings(endpoint: endpoint, isFinished: isFinished)
    }
    return Finding.Report(allowances.isEmpty ? report : report.allowing(allowances))
  }

  /// Lets findings pass from now on.
  ///
  /// - Throws: ``RedisServerError/invalidOption(_:)`` if there is no such rule.
  public func allow(_ allowance: Finding.Allowance) throws(RedisServerError) {
    let allowance = try allowance.engineValue()
    try withEngine { engine throws(EndpointRefusal) in engine.findingAllowances.append(allowance) }
  }

  /// Switches a rule on or off.
  ///
  /// - Throws: ``RedisServerError/invalidOption(_:)`` if there is no such rule.
  public func setRule(_ name: String, isOn: Bool) throws(RedisServerError) {
    try withEngine { engine throws(EndpointRefusal) in
      guard FindingManifest.rule(name) != nil else { throw EndpointRefusal("there is no rule '\(name)'") }
      engine.findingOptions.switched[name] = isOn
    }
  }

  /// Sets a limit of a rule, by its name on the Findings page: `connection-budget`. A limit beyond 1,000,000,000,000 is taken
  /// as that.
  ///
  /// - Throws: ``RedisServerError/invalidOption(_:)`` if there is no such limit, or the value is negative.
  public func setRuleLimit(_ name: String, to value: Int) throws(RedisServerError) {
    try withEngine { engine throws(EndpointRefusal) in
      guard let threshold = FindingThreshold(rawValue: name) else { throw EndpointRefusal("there is no limit '\(name)'") }
      guard value >= 0 else { throw EndpointRefusal("a limit is not negative") }
      engine.findingOptions[threshold] = Int64(value)
    }
  }

  /// What a test says of its connections.
  public enum Mark: String, Sendable, CaseIterable {
    /// A connection was taken out of its pool.
    case checkout
    /// It was given back: it should be clean, and have been away for a short time only.
    case `return`
    /// Connections should be clean now: nothing is left on them that their next user would trip over.
    case checkpoint
  }

  /// Says something of one connection.
  ///
  /// - Parameters:
  ///   - mark: what is said of it.
  ///   - client: the connection, as CLIENT ID answers it.
  /// - Throws: ``RedisServerError/invalidOption(_:)`` if there is none of that number whose commands are written down.
  public func mark(_ mark: Mark, client: UInt64) throws(RedisServerError) {
    try self.mark { $0.mark(mark.engineValue, client: client) }
  }

  /// The same, of the connection whose client's side has this port.
  public func mark(_ mark: Mark, localPort: Int) throws(RedisServerError) {
    try self.mark { $0.mark(mark.engineValue, localPort: localPort) }
  }

  /// Says that all connections should be clean now.
  public func checkpoint() throws(RedisServerError) { try mark { $0.mark(.checkpoint, client: nil) } }

  private func mark(_ body: (Engine) -> Bool) throws(RedisServerError) {
    try withEngine { engine throws(EndpointRefusal) in
      guard body(engine) else { throw EndpointRefusal("there is no such connection whose commands are written down") }
    }
  }
}

extension RedisServer.Mark {
  fileprivate var engineValue: LabMarkKind {
    switch self {
    case .checkout: .checkout
    case .return: .return
    case .checkpoint: .checkpoint
    }
  }
}

extension RedisServer.Endpoint {
  /// What is wrong with the code that came in here, as of now, the surest first.
  ///
  /// - Throws: ``RedisServerError/notRunning``.
  public func findings(atLeast certainty: Finding.Certainty = .info) throws(RedisServerError) -> [Finding] {
    try server.findings(atLeast: certainty, of: name)
  }
}
