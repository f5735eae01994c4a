// What faults have begun and how it ends, over sockets: on a running clock, when the client goes, when listeners are made
// anew, when all is reset. What each action does is in FaultTests.swift.

import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct FaultLifeTests {
  private func client(_ endpoint: RedisServer.Endpoint) throws -> RawClient {
    try RawClient(.tcp(host: endpoint.host, port: try #require(endpoint.port)))
  }

  /// Nothing else is going on that would wake the loop.
  @Test func dripsGoOnByThemselves() async throws {
    let redis = try await RedisServer.start()
    let endpoint = try redis.endpoint("svc-a")
    _ = try redis.call("SET", "k", "twenty bytes of text")
    try endpoint.fault(.on(.command("get")), .afterExecution(.drip(bytes: 3, every: .milliseconds(2))))
    let client = try client(endpoint)
    for _ in 0..<3 { #expect(try client.command("GET", "k").text == "twenty bytes of text") }
    await redis.stop()
  }

  /// More output than is sent at once, each piece of it behind a delay of its own.
  @Test func delayedPipelinesGoOnByThemselves() async throws {
    let redis = try await RedisServer.start()
    let endpoint = try redis.endpoint("svc-a")
    _ = try redis.call("SET", "k", String(repeating: "x", count: 100_000))
    try endpoint.fault(.on(.command("get")), .afterExecution(.delay(.milliseconds(3))))
    let client = try client(endpoint)
    try client.send((0..<60).flatMap { _ in encodeCommand(["GET", "k"]) })
    for index in 0..<60 { #expect(try client.receive().count == 100_011, "\(index)") }
    #expect(try client.command("PING") == .simple("PONG"))
    await redis.stop()
  }

  /// Nobody waits for a reply that is held back: the connection goes at once, though the clock stands still.
  @Test(arguments: [Fault.Action.delay(.seconds(60)), .drip(bytes: 1, every: .seconds(60))])
  func whoHangsUpIsLetGo(_ action: Fault.Action) async throws {
    let redis = try await RedisServer.start()
    let endpoint = try redis.endpoint("svc-a")
    try redis.clock(.wait).freeze()
    let rule = try endpoint.fault(.on(.command("ping")), .afterExecution(action))
    let client = try client(endpoint)
    try client.sendCommand(["PING"])
    try wait(until: "it is held") { try rule.fired == 1 }
    client.halfClose()
    try wait(until: "it is gone") { try endpoint.ledger().open == 0 }
    await redis.stop()
  }

  @Test func resettingLetsEverythingGo() async throws {
    let redis = try await RedisServer.start()
    let endpoint = try redis.endpoint("svc-a")
    try redis.clock(.wait).freeze()
    let before = try endpoint.fault(.on(.command("incr")), .beforeExecution(.delay(.seconds(60))))
    let after = try endpoint.fault(.on(.command("ping")), .afterExecution(.delay(.seconds(60))))
    let (one, two) = (try client(endpoint), try client(endpoint))
    try one.sendCommand(["INCR", "n"])
    try two.sendCommand(["PING"])
    try wait(until: "both wait") { try before.fired == 1 && after.fired == 1 }
    try redis.resetFaults()
    #expect(try one.receiveValue() == .integer(1))
    #expect(try two.receiveValue() == .simple("PONG"))
    #expect(try one.command("INCR", "n") == .integer(2))
    await redis.stop()
  }

  // MARK: Refusing

  @Test func refusingOutlivesAListener() async throws {
    let redis = try await RedisServer.start()
    let endpoint = try redis.endpoint("svc-a")
    let rule = try endpoint.fault(.always, .accept(.refuse))
    try endpoint.close()
    let again = try redis.endpoint("svc-a")
    #expect(throws: RawClientError.self) { try client(again) }
    try rule.remove()
    #expect(try client(again).command("PING") == .simple("PONG"))
    await redis.stop()
  }

  @Test func refusingOutlivesAnAddress() async throws {
    let redis = try await RedisServer.start()
    let inside = try RawClient(.tcp(host: redis.host, port: redis.port))
    #expect(try inside.command("PING") == .simple("PONG"))
    let rule = try redis.defaultEndpoint.fault(.always, .accept(.refuse))
    #expect(try inside.command("CONFIG", "SET", "bind", "127.0.0.1 -127.0.0.2") == .simple("OK"))
    #expect(throws: RawClientError.self) { try RawClient(.tcp(host: "127.0.0.1", port: redis.port)) }
    try rule.remove()
    #expect(try RawClient(.tcp(host: "127.0.0.1", port: redis.port)).command("PING") == .simple("PONG"))
    await redis.stop()
  }

  // MARK: Handles

  /// A handle speaks of its own rule, not of a later one that is called the same.
  @Test func handlesKnowTheirRules() async throws {
    let redis = try await RedisServer.start()
    let endpoint = try redis.endpoint("svc-a")
    let first = try endpoint.fault(.always, .beforeExecution(.error("ERR one")), id: "rule-2")
    let numbered = try endpoint.fault(.on(.command("get")), .beforeExecution(.error("ERR two")))
    #expect(numbered.id == "rule-3")
    try first.remove()
    try endpoint.fault(.on(.command("ping")), .beforeExecution(.error("ERR three")), id: "rule-2")
    try first.remove()
    #expect(try client(endpoint).command("PING").text == "ERR three")
    #expect(try first.fired == 0)
    await redis.stop()
  }

  /// What a preset has done is what all of its rules have.
  @Test func presetsAreCountedAsAWhole() async throws {
    let redis = try await RedisServer.start()
    let (a, b) = (try redis.endpoint("svc-a"), try redis.endpoint("svc-b"))
    let preset = try a.preset(.maintenance(movingTo: b))
    let client = try client(a)
    #expect(try client.command("CLIENT", "MAINT_NOTIFICATIONS", "ON") == .simple("OK"))
    _ = try client.command("HELLO", "3")
    #expect(try !client.receive().isEmpty)
    #expect(try preset.fired == 2 && preset.firings.count == 2)
    try preset.remove()
    #expect(try redis.rulesNeverFired.isEmpty)
    await redis.stop()
  }
}
