// Fault rules, presets and quotas of a server's endpoints: added, looked at and removed while clients are at work.

internal import UnderstudyEngine

extension RedisServer {
  /// A rule of what goes wrong, or the rules of a preset, while it holds and behind its end.
  public struct Rule: Sendable {
    let server: RedisServer
    /// What it is called.
    public let id: String
    /// The numbers of its rules, which no others get.
    let serials: [Int]

    /// How often it has bitten; a preset, all of its rules.
    ///
    /// - Throws: ``RedisServerError/notRunning``.
    public var fired: Int { get throws(RedisServerError) { Int(try reports().reduce(0) { $0 + $1.fired }) } }

    /// Where it has bitten: the latest of them, oldest first.
    ///
    /// - Throws: ``RedisServerError/notRunning``.
    public var firings: [Firing] {
      get throws(RedisServerError) {
        try reports().flatMap(\.firings).sorted { $0.time < $1.time }.map { Firing($0) }
      }
    }

    /// Ends the rule. What it has begun goes on: a connection that hangs keeps hanging, one that drips keeps dripping.
    ///
    /// - Throws: ``RedisServerError/notRunning``.
    public func remove() throws(RedisServerError) {
      let serials = serials
      try server.withEngine { engine throws(EndpointRefusal) in engine.removeFaults(serials: serials) }
    }

    func reports() throws(RedisServerError) -> [FaultReport] {
      let serials = serials
      return try server.withEngine { engine throws(EndpointRefusal) in
        serials.compactMap { engine.faultReport(serial: $0) }
      }
    }
  }

  /// One time that a rule bit.
  public struct Firing: Sendable, Hashable {
    /// The number of the connection among its endpoint's, from 1, and its CLIENT ID.
    public let connection: Int, clientID: UInt64
    /// The number of the command on the connection, from 1; 0 if it was none.
    public let ordinal: Int
    /// The command, as `get` or `config|get`.
    public let command: String?
    /// Whether the command ran all the same, and without error: then a client that tries again does it twice.
    public let tookEffect: Bool

    init(_ firing: FaultFiring) {
      connection = Int(firing.connection)
      clientID = firing.client
      ordinal = Int(firing.ordinal)
      command = firing.command
      tookEffect = firing.tookEffect
    }
  }

  /// What operators know by one word, as a set of rules.
  public enum Preset: Sendable {
    /// The endpoint's connections are reset and it is a replica's from then on; the other one takes writes.
    case failover(to: Endpoint)
    /// Clients are told to move to the other endpoint (MAINT_NOTIFICATIONS), and cut off fifteen seconds later.
    case maintenance(movingTo: Endpoint)
    /// Scripts are no longer known: each connection is told NOSCRIPT once.
    case scriptFlush
    /// There are too many clients: whoever connects is told so, and closed.
    case maxClients
    /// A script of somebody else's runs on: BUSY.
    case busy
    /// What may need memory is refused.
    case outOfMemory
    /// The server loads its data.
    case loading
    /// The server is a replica: writes are refused.
    case readOnly
    /// Clients have to authenticate first.
    case noAuth
    /// Keys are on their way between two slots' owners.
    case tryAgain
    /// Keys are at the other endpoint.
    case moved(to: Endpoint)

    var words: (preset: FaultPreset, other: String?) {
      switch self {
      case .failover(let other): (.failover, other.name)
      case .maintenance(let other): (.maintenance, other.name)
      case .scriptFlush: (.scriptflush, nil)
      case .maxClients: (.maxclients, nil)
      case .busy: (.busy, nil)
      case .outOfMemory: (.oom, nil)
      case .loading: (.loading, nil)
      case .readOnly: (.readonly, nil)
      case .noAuth: (.noauth, nil)
      case .tryAgain: (.tryagain, nil)
      case .moved(let other): (.moved, other.name)
      }
    }
  }

  /// The ids of rules that have never bitten, of those that hold and those that were removed. Rules that leave it to chance
  /// are not among them; of a preset's rules one is enough.
  ///
  /// - Throws: ``RedisServerError/notRunning``.
  public var rulesNeverFired: [String] {
    get throws(RedisServerError) { try withEngine { engine throws(EndpointRefusal) in engine.rulesNeverFired } }
  }

  /// Ends all rules, presets and quotas, and forgets them.
  ///
  /// - Throws: ``RedisServerError/notRunning``.
  public func resetFaults() throws(RedisServerError) {
    try withEngine { engine throws(EndpointRefusal) in engine.resetFaults() }
  }
}

extension RedisServer.Endpoint {
  /// Adds a rule: what goes wrong, with which commands of the endpoint's connections. It holds from now on, for connections
  /// that are open too, until it is removed.
  ///
  /// ```swift
  /// let redis = try await RedisServer.start()
  /// let svcA = try redis.endpoint("svc-a")
  /// let rule = try svcA.fault(.on(.family(.incr), key: "n*").times(1), .afterExecution(.reset))
  /// ```
  ///
  /// - Parameters:
  ///   - trigger: which commands, and how often.
  ///   - fault: what goes wrong, and at which stage.
  ///   - id: what it is to be called; chance depends on it. Without one it is numbered.
  /// - Throws: ``RedisServerError/invalidOption(_:)`` for what makes no sense or can never match.
  @discardableResult
  public func fault(
    _ trigger: FaultTrigger = .always, _ fault: Fault, id: String? = nil
  ) throws(RedisServerError) -> RedisServer.Rule {
    try add(trigger, fault, id: id, isProbe: false)
  }

  private func add(
    _ trigger: FaultTrigger, _ fault: Fault, id: String?, isProbe: Bool
  ) throws(RedisServerError) -> RedisServer.Rule {
    let endpoint = name
    let (id, serial) = try server.withEngine { (engine) throws(EndpointRefusal) -> (String, Int) in
      var rule = trigger.rule(id ?? engine.nextFaultID, endpoint, fault)
      rule.isProbe = isProbe
      do throws(FaultRefusal) { return (rule.id, try engine.addFault(rule)) } catch { throw EndpointRefusal(error.reason) }
    }
    return RedisServer.Rule(server: server, id: id, serials: [serial])
  }

  /// Lets what operators know by one word happen here. ``RedisServer/Rule/remove()`` ends it.
  ///
  /// - Throws: ``RedisServerError/invalidOption(_:)``; ``RedisServerError/notRunning``.
  @discardableResult
  public func preset(_ preset: RedisServer.Preset) throws(RedisServerError) -> RedisServer.Rule {
    let endpoint = name
    let words = preset.words
    let (id, serials) = try server.withEngine { (engine) throws(EndpointRefusal) -> (String, [Int]) in
      do throws(FaultRefusal) {
        let id = try engine.addPreset(words.preset, endpoint, words.other)
        return (id, engine.serials(ofPreset: id))
      } catch {
        throw EndpointRefusal(error.reason)
      }
    }
    return RedisServer.Rule(server: server, id: id, serials: serials)
  }

  /// Runs `body` again and again, each time with the reply to a command cut at another byte: first with none missing, to
  /// learn how long the reply is (`cut` is nil), then cut behind 0 bytes, behind 1, and so on.
  ///
  /// - Parameters:
  ///   - trigger: which command's reply; it is cut once on each run.
  ///   - action: what happens where it is cut.
  ///   - isolation: where `body` runs: with the caller.
  ///   - body: makes the call, with a client of its own.
  public func everyByteBoundary(
    of trigger: FaultTrigger, _ action: Fault.Action = .reset, isolation: isolated (any Actor)? = #isolation,
    _ body: (_ cut: Int?) async throws -> Void
  ) async throws {
    let probe = try add(trigger, .replyByte(.max, .drop), id: nil, isProbe: true)
    do { try await body(nil) } catch {
      try? probe.remove()
      throw error
    }
    let count = try probe.reports().first?.replyCount
    try probe.remove()
    guard let count else { throw RedisServerError.invalidOption("the command whose reply is to be cut was never called") }
    for cut in 0..<count {
      let rule = try add(trigger.times(1).shared(), .replyByte(cut, action), id: "cut-\(cut)", isProbe: true)
      do { try await body(cut) } catch {
        try? rule.remove()
        throw error
      }
      try rule.remove()
    }
  }

  // MARK: Quotas

  /// How many connections, and how many commands in flight, the endpoint may have from now on. Who is in stays in.
  ///
  /// - Throws: ``RedisServerError/invalidOption(_:)`` if it limits nothing, or a limit is negative.
  public func setQuota(
    connections: Int? = nil, inFlight: Int? = nil, then consequence: Quota.Consequence = .error
  ) throws(RedisServerError) {
    let then: LabQuota.Consequence = switch consequence {
      case .refuse: .refuse
      case .readOnly: .readonly
      case .error: .error
    }
    try change(LabQuota(connections: connections, inFlight: inFlight, then: then))
  }

  /// Takes the quota away.
  public func removeQuota() throws(RedisServerError) { try change(nil) }

  private func change(_ quota: LabQuota?) throws(RedisServerError) {
    let name = name
    try server.withEngine { (engine) throws(EndpointRefusal) -> Void in
      do throws(FaultRefusal) { try engine.setQuota(quota, of: name) } catch { throw EndpointRefusal(error.reason) }
    }
  }

  /// The endpoint's quota and how often it was exceeded; nil if it has none.
  public var quota: Quota? {
    get throws(RedisServerError) {
      let name = name
      return try server.withEngine { engine throws(EndpointRefusal) in
        engine.quotas.first { $0.endpoint == name }.map { Quota($0) }
      }
    }
  }

  /// A quota, and what has come of it.
  public struct Quota: Sendable, Hashable {
    /// What becomes of who is beyond.
    public enum Consequence: Sendable, Hashable {
      /// The connection is closed without a word.
      case refuse
      /// Writes are refused as a replica does.
      case readOnly
      /// An error is answered.
      case error
    }
    /// How many connections there are, and how many commands in flight.
    public let connections, inFlight: Int
    /// How often somebody was beyond.
    public let breaches: Int

    init(_ report: QuotaReport) {
      connections = report.connections
      inFlight = report.inFlight
      breaches = Int(report.breachCount)
    }
  }
}
