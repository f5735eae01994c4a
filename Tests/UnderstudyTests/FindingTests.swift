// Findings, allowances, marks and waits of a running server, from Swift and over the control port; and the rate limiter of
// the documentation, shown failing and mended.

import Testing
import Understudy
import UnderstudyTesting
import UnderstudyTestSupport

@Suite struct FindingTests {
  private func client(_ endpoint: RedisServer.Endpoint) throws -> RawClient {
    let client = try RawClient(.tcp(host: endpoint.host, port: try #require(endpoint.port)))
    _ = try client.command("HELLO", "3", "SETNAME", "shop")
    return client
  }

  /// A client that dirties its own watch.
  private func buy(_ client: RawClient) throws {
    for command in [["WATCH", "stock"], ["GETSET", "stock", "4"], ["MULTI"], ["PING"], ["EXEC"]] {
      _ = try client.command(command.map { Argument($0) })
    }
  }

  @Test func aRunWithAVerdict() async throws {
    let redis = try await RedisServer.start()
    let endpoint = try redis.endpoint("svc-a")
    #expect(try redis.finish().findings.isEmpty)
    let shop = try client(endpoint)
    try buy(shop)
    let finding = try #require(try redis.findings(atLeast: .certain).first)
    #expect(finding.rule == "tx.self-dirtied" && finding.endpoint == "svc-a" && finding.identity == "shop")
    #expect(finding.message.hasPrefix("tx.self-dirtied svc-a conn \(finding.connections[0]): WATCH stock (#2) → GETSET on the same"))
    #expect("\(finding)".hasPrefix("[certain] tx.self-dirtied") && finding.evidence.count == 3)
    #expect(try endpoint.findings().count == 1 && redis.findings(of: "default").isEmpty)
    let failure = try #require(throws: Finding.Failure.self) { try redis.finish() }
    #expect("\(failure)".hasPrefix("1 finding, at least certain:\n[certain] tx.self-dirtied"))
    // What is known passes, and what passes nothing is told.
    let report = try redis.finish(
      failOn: .info, allow: [.init("tx.self-dirtied", key: "st*", why: "a test"), .init("ttl.lost", why: "nothing")])
    #expect(report.findings.isEmpty && report.allowed.map(\.why) == ["a test"])
    #expect(report.unusedAllowances.map(\.rule) == ["ttl.lost"])
    #expect(throws: RedisServerError.invalidOption("there is no rule 'x'")) { try redis.finish(allow: [.init("x", why: "-")]) }
    try redis.allow(.init("tx.self-dirtied", identity: "shop", why: "known"))
    #expect(try redis.findings().isEmpty)
    await redis.stop()
    #expect(throws: RedisServerError.notRunning) { try redis.findings() }
  }

  @Test func rulesAndMarks() async throws {
    let redis = try await RedisServer.start()
    let one = try client(redis.endpoint("svc-a"))
    guard case .integer(let identifier) = try one.command("CLIENT", "ID") else {
      Issue.record("no id")
      return
    }
    _ = try one.command("GET", "a")
    _ = try one.command("SELECT", "3")
    try redis.mark(.return, client: UInt64(identifier))
    try redis.checkpoint()
    #expect(try redis.findings().map(\.count) == [2])
    #expect(throws: RedisServerError.self) { try redis.mark(.checkout, client: 999) }
    try redis.setRuleLimit("held-ms", to: 0)
    let address = try one.command("CLIENT", "INFO").text ?? ""
    let port = try #require(address.firstMatch(of: /\ addr=[^ ]*:(\d+)/).flatMap { Int($0.1) })
    try redis.mark(.checkout, localPort: port)
    #expect(try redis.findings(atLeast: .high).map(\.rule).sorted() == ["conn.held", "state.dirty"])
    try redis.setRule("conn.held", isOn: false)
    #expect(try redis.findings(atLeast: .high).map(\.rule) == ["state.dirty"])
    #expect(throws: RedisServerError.self) { try redis.setRule("x", isOn: true) }
    #expect(throws: RedisServerError.self) { try redis.setRuleLimit("x", to: 1) }
    #expect(throws: RedisServerError.self) { try redis.setRuleLimit("held-ms", to: -1) }
    #expect(Finding.Rule.all.contains { $0.name == "conn.leak" && $0.certainty == .high && $0.isOnByDefault })
    await redis.stop()
  }

  // MARK: The control port

  @Test func verbs() async throws {
    let redis = try await RedisServer.start(.init(opensControlPort: true))
    let control = try RawClient(.tcp(host: redis.host, port: try #require(redis.controlPort)))
    let endpoint = try redis.endpoint("svc-a")
    let shop = try client(endpoint)
    #expect(try control.command("LAB.FINISH") == .simple("OK"))
    try buy(shop)
    #expect(try control.command("LAB.FINDINGS", "MIN", "certain", "svc-a").elements?.count == 1)
    #expect(try control.command("LAB.FINDINGS", "default", "JSON").text == "[]")
    let json = try #require(try control.command("LAB.FINDINGS", "JSON").text)
    for member in ["rule", "certainty", "endpoint", "identity", "message", "evidence", "suppress"] {
      #expect(json.contains("\"\(member)\":"))
    }
    guard case .error(let verdict) = try control.command("LAB.FINISH", "FAILON", "high") else {
      Issue.record("it should fail")
      return
    }
    #expect(verdict.hasPrefix("FINDINGS 1 finding that is at least high: [certain] tx.self-dirtied svc-a conn"))
    #expect(try control.command("LAB.EXPECT", "svc-a", "peakopen", "<=", "1") == .simple("OK"))
    guard case .error(let figures) = try control.command("LAB.EXPECT", "svc-a", "peak-open", ">", "1") else {
      Issue.record("it should fail")
      return
    }
    #expect(figures.hasPrefix("ERR svc-a: peak-open is 1, expected > 1 (opens 1, open 1, "))
    let allow = ["LAB.ALLOW", "ADD", "tx.self-dirtied", "ENDPOINT", "svc-a", "KEY", "stock", "WHY", "known here"]
    #expect(try control.command(allow.map { Argument($0) }) == .simple("OK"))
    #expect(try control.command("LAB.ALLOW", "LIST").elements?.first?.text == "tx.self-dirtied ENDPOINT svc-a KEY stock WHY \"known here\"")
    #expect(try control.command("LAB.FINISH", "FAILON", "info") == .simple("OK"))
    #expect(try control.command("LAB.ALLOW", "CLEAR") == .simple("OK"))
    #expect(try control.command("LAB.MARK", "checkpoint") == .simple("OK"))
    #expect(try control.command("LAB.RULE", "OFF", "tx.self-dirtied") == .simple("OK"))
    #expect(try control.command("LAB.RULE", "LIMIT", "big-elements", "10") == .simple("OK"))
    #expect(try (control.command("LAB.RULE", "LIST").elements?.count ?? 0) == Finding.Rule.all.count)
    for (words, error) in [
      ("LAB.FINDINGS MIN sure", "ERR unknown certainty 'sure': there are info, medium, high and certain"),
      ("LAB.FINDINGS nobody", "ERR there is no endpoint 'nobody'"),
      ("LAB.FINISH svc-a default", "ERR syntax error: LAB.FINISH [FAILON certainty] [endpoint]"),
      ("LAB.MARK pause", "ERR unknown mark 'pause': there are checkout, return and checkpoint"),
      ("LAB.MARK checkout", "ERR checkout needs its connection: CLIENT id or LOCALPORT port"),
      ("LAB.MARK return CLIENT 99", "ERR there is no such connection whose commands are written down: '99'"),
      ("LAB.ALLOW ADD x WHY y", "ERR there is no rule 'x': LAB.RULE LIST tells them"),
      ("LAB.ALLOW ADD ttl.lost KEY y", "ERR syntax error: LAB.ALLOW ADD rule [KEY pattern] [IDENTITY pattern] [ENDPOINT name] WHY reason"),
      ("LAB.RULE LIMIT held-ms -1", "ERR a limit is not negative"),
      ("LAB.WAIT svc-a open about 3", "ERR unknown comparison 'about': there are ==, !=, <, <=, > and >="),
      ("LAB.WAIT svc-a open three", "ERR not a number: 'three'"),
      ("LAB.EXPECT svc-a open 1 2 3", "ERR syntax error: LAB.EXPECT endpoint figure [comparison] value"),
      (
        "LAB.WAIT default blocked 1",
        "ERR the connections of 'default' are only counted: LAB.ENDPOINT LEVEL default full writes their commands down"
      ),
    ] { #expect(try control.command(words.split(separator: " ").map { Argument(String($0)) }) == .error(error)) }
    await redis.stop()
  }

  // MARK: Waiting

  @Test func waitsEndWhenTheirConditionHolds() async throws {
    let redis = try await RedisServer.start(.init(opensControlPort: true))
    let control = try RawClient(.tcp(host: redis.host, port: try #require(redis.controlPort)))
    let endpoint = try redis.endpoint("svc-a")
    // Clocks that stand still hold no wait up.
    try redis.clock(.wait).freeze()
    let shop = try client(endpoint)
    try control.sendCommand(["LAB.WAIT", "svc-a", "blocked", "1", "TIMEOUT", "30000"])
    async let figures = endpoint.waitUntil(timeout: .seconds(30)) { $0.blocked == 1 }
    try shop.sendCommand(["BLPOP", "list", "0"])
    #expect(try await figures.blocked == 1)
    #expect(try control.receiveValue() == .simple("OK"))
    // What is so already is not waited for, and the connection goes on.
    #expect(try control.command("LAB.WAIT", "svc-a", "commands", "1") == .simple("OK"))
    try redis.call("RPUSH", "list", "x")
    try await endpoint.waitUntil { $0.blocked == 0 }
    #expect(try shop.receiveValue().elements?.count == 2)
    await redis.stop()
  }

  @Test func waitsEndInTime() async throws {
    let redis = try await RedisServer.start(.init(opensControlPort: true))
    let control = try RawClient(.tcp(host: redis.host, port: try #require(redis.controlPort)))
    let endpoint = try redis.endpoint("svc-a")
    guard case .error(let text) = try control.command("LAB.WAIT", "svc-a", "open", ">=", "2", "TIMEOUT", "10") else {
      Issue.record("it should time out")
      return
    }
    #expect(text.hasPrefix("ERR timed out: svc-a: open is 0, expected >= 2 (opens 0, open 0, "))
    await #expect(throws: RedisServerError.self) { try await endpoint.waitUntil(timeout: .milliseconds(10)) { $0.open == 2 } }
    let waiting = Task { try await endpoint.waitUntil(timeout: .seconds(60)) { $0.open == 2 } }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    let other = Task { try await endpoint.waitUntil(timeout: .seconds(60)) { $0.open == 2 } }
    await redis.stop()
    await #expect(throws: RedisServerError.notRunning) { try await other.value }
  }

  /// Waits outlive a restart, and are answered at once by a server that has stopped.
  @Test func aWaitOverARestart() async throws {
    let redis = try await RedisServer.start()
    let endpoint = try redis.endpoint("svc-a")
    async let figures = endpoint.waitUntil(timeout: .seconds(Int64.max)) { $0.opens == 2 }
    let late = Task { try await endpoint.waitUntil(timeout: .seconds(1)) { $0.opens == 3 } }
    _ = try client(endpoint)
    try await redis.restart()
    let port = try #require(endpoint.port)
    let shop = try RawClient(.tcp(host: endpoint.host, port: port))
    #expect(try shop.command("PING") == .simple("PONG"))
    #expect(try await figures.opens == 2)
    await #expect(throws: RedisServerError.self) { try await late.value }
    await redis.stop()
    await #expect(throws: RedisServerError.notRunning) { try await endpoint.waitUntil { $0.opens == 9 } }
    try await redis.start()
    async let again = endpoint.waitUntil(timeout: .seconds(30)) { $0.opens == 3 }
    let other = try RawClient(.tcp(host: endpoint.host, port: try #require(endpoint.port)))
    #expect(try other.command("PING") == .simple("PONG"))
    #expect(try await again.opens == 3)
    await redis.stop()
  }

  /// A control connection that goes away takes its wait along.
  @Test func aWaitThatIsGivenUp() async throws {
    let redis = try await RedisServer.start(.init(opensControlPort: true))
    let endpoint = try redis.endpoint("svc-a")
    let port = try #require(redis.controlPort)
    do {
      let control = try RawClient(.tcp(host: redis.host, port: port))
      try control.sendCommand(["LAB.WAIT", "svc-a", "open", "1"])
    }
    let shop = try client(endpoint)
    #expect(try shop.command("PING") == .simple("PONG"))
    let control = try RawClient(.tcp(host: redis.host, port: port))
    #expect(try control.command("LAB.WAIT", "svc-a", "open", "1") == .simple("OK"))
    await redis.stop()
  }

  // MARK: The trait

  @Test(.redis(failOn: .high)) func theTraitLooks() throws {
    let redis = try RedisServer.current
    let client = try RawClient(.tcp(host: redis.host, port: redis.port))
    _ = try client.command("SET", "a", "1")
    #expect(try redis.findings(atLeast: .high).isEmpty)
  }

  @Test(.redis(failOn: .high, allow: [.init("cmd.keys", why: "this test calls it")])) func theTraitLetsPass() throws {
    let redis = try RedisServer.current
    let client = try RawClient(.tcp(host: redis.host, port: redis.port))
    _ = try client.command("KEYS", "*")
  }

  @Test func theTraitFailsATest() async throws {
    try await withKnownIssue {
      try await RedisTrait.redis(failOn: .certain).inScope {
        let redis = try RedisServer.current
        let client = try RawClient(.tcp(host: redis.host, port: redis.port))
        _ = try client.command("KEYS", "*")
      }
    } matching: { "\($0)".contains("cmd.keys") }
  }

  // MARK: The rate limiter of the documentation

  private static let broken = """
    local count = tonumber(redis.call('GET', KEYS[1]) or '0')
    local since = tonumber(redis.call('GET', KEYS[1] .. ':ts') or '0')
    if tonumber(ARGV[2]) - since > 60 then
      redis.call('SET', KEYS[1], 0)
      redis.call('SET', KEYS[1] .. ':ts', ARGV[2])
    end
    if count < tonumber(ARGV[1]) then
      redis.call('INCR', KEYS[1])
      return 1
    end
    return 0
    """

  private static let mended = """
    local count = redis.call('INCR', KEYS[1])
    if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
    if count <= tonumber(ARGV[1]) then return 1 end
    return 0
    """

  /// Six calls: four within a window, then two behind it.
  private func hits(_ redis: RedisServer, _ client: RawClient, _ body: String, _ last: () throws -> String) throws -> [Int64] {
    var answers: [Int64] = []
    for call in 0..<6 {
      if call == 4 { try redis.clock(.data).advance(by: .seconds(61)) }
      guard case .integer(let answer) = try client.command("EVAL", Argument(body), "1", "limit", "3", Argument(last())) else {
        Issue.record("no integer")
        return []
      }
      answers.append(answer)
    }
    return answers
  }

  @Test func theRateLimiter() async throws {
    let redis = try await RedisServer.start()
    try redis.clock(.data).freeze()
    let shop = try client(redis.endpoint("svc-a"))
    func now() throws -> String { "\(try redis.clock(.data).now.components.seconds)" }
    #expect(try hits(redis, shop, Self.broken, now) == [1, 1, 1, 0, 0, 1])
    #expect(try redis.findings(atLeast: .high).map(\.rule) == ["script.undeclared-key"])
    #expect(try redis.timeToLive("limit") == nil && redis.timeToLive("limit:ts") == nil && redis.exists("limit:ts"))
    await redis.stop()
  }

  @Test func theRateLimiterMended() async throws {
    let redis = try await RedisServer.start()
    try redis.clock(.data).freeze()
    let shop = try client(redis.endpoint("svc-a"))
    #expect(try hits(redis, shop, Self.mended) { "60" } == [1, 1, 1, 0, 1, 1])
    #expect(try redis.finish(failOn: .medium).findings.isEmpty)
    #expect(try redis.timeToLive("limit") == .seconds(60))
    await redis.stop()
  }
}

extension RedisTrait {
  /// Runs `body` as a test with the trait would.
  fileprivate func inScope(_ body: @Sendable () async throws -> Void) async throws {
    guard let test = Test.current else { return }
    try await provideScope(for: test, testCase: Test.Case.current, performing: body)
  }
}
