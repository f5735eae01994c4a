// Faults behind TLS: a cut counts plain bytes, an end says goodbye or does not, and handshakes fail as they are told to.

import Testing
import Understudy
import UnderstudyTLS
import UnderstudyTestSupport

@Suite struct FaultTests {
  private let folder: IdentityFolder
  init() throws { folder = try IdentityFolder.shared.get() }

  private func start() async throws -> (RedisServer, RedisServer.Endpoint) {
    let redis = try await RedisServer.start(.init(tls: TLSOptions(folder.files), port: 0))
    return (redis, try redis.endpoint("secure", on: .tls))
  }

  private func client(_ endpoint: RedisServer.Endpoint, shakesHands: Bool = true) throws -> TLSClient {
    let context = try TLSContext.client(trusting: folder.files.authorityCertificate)
    return try TLSClient(port: try #require(endpoint.port), context, shakesHands: shakesHands)
  }

  @Test func cutsCountPlainBytes() async throws {
    let (redis, endpoint) = try await start()
    _ = try redis.call("SET", "k", "value")
    for (action, saysGoodbye) in [(Fault.Action.close, true), (.reset, false), (.halfClose, true)] {
      let rule = try endpoint.fault(.on(.command("get")), .replyByte(6, action))
      let client = try client(endpoint)
      try client.send(encodeCommand(["GET", "k"]))
      let ended = try? client.receiveEnd()
      #expect((ended == true) == saysGoodbye, "\(action)")
      #expect(client.peer.plain == Array("$5\r\nva".utf8), "\(action)")
      try rule.remove()
    }
    await redis.stop()
  }

  @Test func dripsAndDelays() async throws {
    let (redis, endpoint) = try await start()
    let clock = redis.clock(.wait)
    let client = try client(endpoint)
    try clock.freeze()
    let rule = try endpoint.fault(.on(.command("ping")), .afterExecution(.drip(bytes: 4, every: .milliseconds(5))))
    try client.send(encodeCommand(["PING"]))
    while client.peer.plain.count < 4 { try client.receiveSome() }
    #expect(client.peer.plain == Array("+PON".utf8))
    try clock.advance(by: .milliseconds(5))
    #expect(try client.receiveValue() == .simple("PONG"))
    try rule.remove()
    // On a clock that runs, nothing else wakes the loop.
    try clock.followReal()
    try endpoint.fault(.on(.command("ping")), .afterExecution(.drip(bytes: 1, every: .milliseconds(2))))
    #expect(try client.command("PING") == .simple("PONG"))
    await redis.stop()
  }

  @Test func handshakesFail() async throws {
    let (redis, endpoint) = try await start()
    for action in [Fault.Action.close, .reset, .raw("HTTP/1.1 400 Bad Request\r\n")] {
      let rule = try endpoint.fault(.always, .tls(action))
      #expect(throws: (any Error).self, "\(action)") { try client(endpoint) }
      #expect(try rule.fired == 1)
      try rule.remove()
    }
    let clock = redis.clock(.wait)
    try clock.freeze()
    let late = try endpoint.fault(.always.times(1), .tls(.delay(.seconds(10))))
    let waiting = try client(endpoint, shakesHands: false)
    try waiting.flush()
    try wait(until: "it waits") { try late.fired == 1 }
    #expect(try !waiting.socket.hasInput(withinMilliseconds: 20))
    try clock.advance(by: .seconds(10))
    try waiting.shakeHands()
    #expect(try waiting.command("PING") == .simple("PONG"))
    try late.remove()
    // One that hangs goes when its client does.
    let hang = try endpoint.fault(.always, .tls(.hang))
    do {
      let hanging = try client(endpoint, shakesHands: false)
      try hanging.flush()
      try wait(until: "it hangs") { try hang.fired == 1 }
    }
    try wait(until: "it is gone") { try endpoint.ledger().open == 1 }
    try hang.remove()
    #expect(try client(endpoint).command("PING") == .simple("PONG"))
    await redis.stop()
  }
}
