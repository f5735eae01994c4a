// Faults over sockets: what clients see of each stage and action, on TCP and on Unix sockets, and that nothing is left
// behind. Times are the wait clock's, which the tests move.

import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct FaultTests {
  /// A server with an endpoint of each kind.
  private func start(_ kind: String) async throws -> (RedisServer, RedisServer.Endpoint) {
    let redis = try await RedisServer.start(.init(seed: 1))
    let listener: RedisServer.Listener =
      kind == "tcp" ? .tcp : .unixSocket(path: "/tmp/understudy-fault-\(redis.port).sock")
    return (redis, try redis.endpoint("svc-a", on: listener))
  }

  private func client(_ endpoint: RedisServer.Endpoint) throws -> RawClient {
    if let path = endpoint.unixSocketPath { return try RawClient(.unix(path: path)) }
    return try RawClient(.tcp(host: endpoint.host, port: try #require(endpoint.port)))
  }

  /// What becomes of a connection: what it read, and how it ended.
  private func outcome(_ client: RawClient) -> String {
    client.timeoutMilliseconds = 20_000
    do {
      let bytes = try client.receiveUntilClosed()
      return "\(String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "|")) end"
    } catch {
      return "\(error)".contains("errno 104") || "\(error)".contains("errno 54") ? "reset" : "\(error)"
    }
  }

  @Test(arguments: ["tcp", "unix"]) func endsOfConnections(_ kind: String) async throws {
    let (redis, endpoint) = try await start(kind)
    let cases: [(Fault, String)] = [
      (.accept(.close), " end"), (.accept(.reset), "reset"), (.accept(.raw("hello")), "hello+OK|"),
      (.accept(.error("ERR max number of clients reached")), "-ERR max number of clients reached| end"),
      (.beforeExecution(.close), " end"), (.beforeExecution(.reset), "reset"), (.beforeExecution(.halfClose), " end"),
      (.afterExecution(.close), " end"), (.afterExecution(.reset), "reset"), (.afterExecution(.halfClose), " end"),
      (.replyByte(3, .close), "+OK end"), (.replyByte(3, .halfClose), "+OK end"),
      (.idle(.close), "+OK| end"), (.idle(.raw("x")), "+OK|x"),
    ]
    for (fault, expected) in cases {
      try wait(until: "all are gone") { try endpoint.ledger().open == 0 }
      let isGreeting = "\(fault)".contains("accept")
      let rule = try endpoint.fault(isGreeting ? .always : .on(.command("set")), fault)
      let client = try client(endpoint)
      let isCut = (try? client.sendCommand(["SET", "k", "v"])) == nil
      if expected.hasSuffix("end") || expected == "reset" {
        // A reset may be told to the one who sends, and Unix sockets know none.
        let isReset = expected == "reset" && (isCut || kind == "unix")
        #expect(isReset || outcome(client) == expected, "\(fault)")
      } else {
        var text = ""
        while text.utf8.count < expected.utf8.count {
          text += String(decoding: try client.receiveBytes(), as: UTF8.self).replacing("\r\n", with: "|")
        }
        #expect(text == expected, "\(fault)")
      }
      try wait(until: "\(fault) has bitten") { try rule.fired == 1 }
      try rule.remove()
    }
    // Everything is as ever behind it.
    #expect(try self.client(endpoint).command("GET", "k").text == "v")
    try wait(until: "all are gone") { try endpoint.ledger().open == 0 }
    await redis.stop()
  }

  /// The bytes before a reset have arrived.
  @Test func bytesBeforeAReset() async throws {
    let (redis, endpoint) = try await start("tcp")
    try endpoint.fault(.on(.command("get")), .replyByte(4, .reset))
    _ = try redis.call("SET", "k", "value")
    let client = try client(endpoint)
    try client.sendCommand(["GET", "k"])
    var bytes: [UInt8] = []
    while bytes.count < 4 { bytes += try client.receiveBytes() }
    #expect(bytes == Array("$5\r\n".utf8))
    #expect(outcome(client) == "reset")
    await redis.stop()
  }

  @Test(arguments: ["tcp", "unix"]) func refusing(_ kind: String) async throws {
    let (redis, endpoint) = try await start(kind)
    let before = try client(endpoint)
    // A connection that the server has yet to accept goes with its listener.
    #expect(try before.command("PING") == .simple("PONG"))
    let rule = try endpoint.fault(.always, .accept(.refuse))
    // Who is in stays in; who comes is refused by the system.
    #expect(try before.command("PING") == .simple("PONG"))
    let refusal = #expect(throws: RawClientError.self) { try client(endpoint) }
    #expect("\(refusal.map { "\($0)" } ?? "")".contains("efused"))
    // A restart changes nothing of it.
    try await redis.restart()
    #expect(throws: RawClientError.self) { try client(endpoint) }
    try rule.remove()
    #expect(try client(endpoint).command("PING") == .simple("PONG"))
    await redis.stop()
  }

  @Test func theDefaultEndpointIsRefused() async throws {
    let redis = try await RedisServer.start()
    let rule = try redis.defaultEndpoint.fault(.always, .accept(.refuse))
    #expect(throws: RawClientError.self) { try RawClient(.tcp(host: redis.host, port: redis.port)) }
    try rule.remove()
    #expect(try RawClient(.tcp(host: redis.host, port: redis.port)).command("PING") == .simple("PONG"))
    await redis.stop()
  }

  /// It answers nothing and stays open, until the client goes, is killed, or the server stops.
  @Test(arguments: ["tcp", "unix"]) func hanging(_ kind: String) async throws {
    let (redis, endpoint) = try await start(kind)
    let rule = try endpoint.fault(.on(.command("get")), .beforeExecution(.hang))
    func hang() throws -> RawClient {
      let client = try client(endpoint)
      try client.sendCommand(["CLIENT", "ID"])
      _ = try client.receive()
      try client.sendCommand(["GET", "k"])
      return client
    }
    var clients = try (0..<3).map { _ in try hang() }
    try wait(until: "all hang") { try rule.fired == 3 }
    // What is sent then is not read.
    try clients[0].send("PING\r\n")
    #expect(try !clients[0].hasInput(withinMilliseconds: 20))
    clients.removeFirst()
    try wait(until: "one is gone") { try endpoint.ledger().open == 2 }
    let id = try #require(try rule.firings.last?.clientID)
    _ = try redis.call("CLIENT", "KILL", "ID", "\(id)")
    try wait(until: "another is gone") { try endpoint.ledger().open == 1 }
    #expect(try endpoint.ledger().connections.first?.outstanding == 1)
    await redis.stop()
    #expect(outcome(clients[0]) != "")
  }

  @Test func delaysAndDrips() async throws {
    let (redis, endpoint) = try await start("tcp")
    let clock = redis.clock(.wait)
    try clock.freeze()
    let client = try client(endpoint)
    let late = try endpoint.fault(.on(.family(.incr)).times(1), .beforeExecution(.delay(.seconds(60))))
    try client.sendCommand(["INCR", "n"])
    try wait(until: "it waits") { try late.fired == 1 }
    #expect(try redis.get("n") == nil)
    try clock.advance(by: .seconds(60))
    #expect(try client.receiveValue() == .integer(1))
    try late.remove()
    try endpoint.fault(.on(.command("ping")), .afterExecution(.drip(every: .milliseconds(10))))
    try client.sendCommand(["PING"])
    for byte in Array("+PONG\r\n".utf8) {
      #expect(try client.receiveBytes() == [byte])
      try clock.advance(by: .milliseconds(10))
    }
    // A client that has gone meanwhile is no trouble, and its command ran all the same.
    let impatient = try endpoint.fault(.on(.command("decr")), .beforeExecution(.delay(.seconds(5))))
    let quick = try self.client(endpoint)
    try quick.sendCommand(["DECR", "n"])
    try wait(until: "it waits") { try impatient.fired == 1 }
    quick.halfClose()
    try clock.advance(by: .seconds(5))
    try wait(until: "it has run") { try redis.get("n") == "0" }
    try wait(until: "it is gone") { try endpoint.ledger().open == 1 }
    await redis.stop()
  }

  @Test func everyByteBoundary() async throws {
    let (redis, endpoint) = try await start("tcp")
    _ = try redis.call("SET", "k", "abc")
    var cuts: [Int?] = []
    try await endpoint.everyByteBoundary(of: .on(.command("get")), .close) { cut in
      cuts.append(cut)
      let client = try client(endpoint)
      try client.sendCommand(["GET", "k"])
      if let cut {
        #expect(try client.receiveUntilClosed() == Array("$3\r\nabc\r\n".utf8.prefix(cut)))
      } else {
        #expect(try client.receiveValue().text == "abc")
      }
    }
    #expect(cuts == [nil] + (0..<9).map { $0 })
    #expect(try redis.rulesNeverFired.isEmpty)
    await redis.stop()
  }

  @Test func rulesTellWhatTheyDid() async throws {
    let (redis, endpoint) = try await start("tcp")
    let rule = try endpoint.fault(.on(.family(.incr), key: "n*").after(1).times(1), .afterExecution(.reset), id: "lost")
    let unused = try endpoint.fault(.on(.command("del")), .beforeExecution(.drop))
    #expect(rule.id == "lost" && unused.id == "rule-2")
    let client = try client(endpoint)
    #expect(try client.command("INCRBY", "n1", "2") == .integer(2))
    #expect(try client.command("INCR", "other") == .integer(1))
    try client.sendCommand(["INCR", "n1"])
    #expect(outcome(client) == "reset")
    #expect(try rule.firings.map(\.ordinal) == [3] && rule.firings.first?.tookEffect == true)
    #expect(try redis.get("n1") == "3")
    #expect(try redis.rulesNeverFired == ["rule-2"])
    try unused.remove()
    #expect(try redis.rulesNeverFired == ["rule-2"])
    try wait(until: "it is gone") { try endpoint.ledger().open == 0 }
    let record = try #require(try endpoint.ledger().connections.first)
    #expect(record.faults.map(\.rule) == ["lost"] && record.closedBy == "fault" && record.outstanding == 1)
    try redis.resetFaults()
    #expect(try redis.rulesNeverFired.isEmpty && rule.fired == 0)
    #expect(throws: RedisServerError.self) { try endpoint.fault(.on(.command("gte")), .beforeExecution(.drop)) }
    #expect(throws: RedisServerError.self) { try endpoint.fault(.always, .accept(.swap)) }
    await redis.stop()
  }

  @Test func presetsAndQuotas() async throws {
    let (redis, a) = try await start("tcp")
    let b = try redis.endpoint("svc-b")
    let (one, two) = (try client(a), try client(b))
    _ = try one.command("PING")
    let failover = try a.preset(.failover(to: b))
    #expect(outcome(one) == "reset")
    let again = try client(a)
    #expect(String(decoding: try again.rawCommand(["SET", "k", "v"]), as: UTF8.self).hasPrefix("-READONLY"))
    #expect(try two.command("SET", "k", "v") == .simple("OK"))
    #expect(try failover.fired == 1)
    try failover.remove()
    #expect(try again.command("SET", "k", "v") == .simple("OK"))
    try a.setQuota(connections: 1, then: .refuse)
    #expect(outcome(try client(a)) == " end")
    #expect(try a.quota?.breaches == 1 && a.quota?.connections == 1)
    try a.removeQuota()
    #expect(try a.quota == nil)
    #expect(try client(a).command("PING") == .simple("PONG"))
    await redis.stop()
  }

  /// Too much output for a client whose reply is held back: the limit closes it, and memory is given back.
  @Test func outputLimitsHold() async throws {
    let (redis, endpoint) = try await start("tcp")
    try redis.clock(.wait).freeze()
    _ = try redis.call("CONFIG", "SET", "client-output-buffer-limit", "pubsub 100000 0 0")
    let client = try client(endpoint)
    try client.sendCommand(["SUBSCRIBE", "c"])
    _ = try client.receive()
    try endpoint.fault(.always, .push(.delay(.seconds(60))))
    let message = String(repeating: "x", count: 10_000)
    for _ in 0..<20 { _ = try redis.call("PUBLISH", "c", message) }
    try wait(until: "it is closed") { try endpoint.ledger().open == 0 }
    await redis.stop()
  }
}
