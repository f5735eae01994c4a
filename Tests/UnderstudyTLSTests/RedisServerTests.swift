// A server of the library behind TLS, at sockets: handshakes good and bad, large values, slow and broken clients.

import Testing
import Understudy
import UnderstudyTLS
import UnderstudyTestSupport

@Suite struct RedisServerTests {
  private let folder: IdentityFolder
  init() throws { folder = try IdentityFolder.shared.get() }

  private func start(_ authentication: TLSOptions.ClientAuthentication = .no) async throws -> RedisServer {
    try await RedisServer.start(.init(tls: TLSOptions(folder.files, clientAuthentication: authentication), port: 0))
  }

  private func trusting(protocols: String = "") throws -> TLSContext {
    try .client(trusting: folder.files.authorityCertificate, protocols: protocols)
  }

  private func known() throws -> TLSContext {
    try .client(
      trusting: folder.files.authorityCertificate, certificate: folder.files.clientCertificate,
      key: folder.files.clientKey)
  }

  private func plain(_ redis: RedisServer) throws -> RawClient { try RawClient(.tcp(host: redis.host, port: redis.port)) }

  private func connect(_ redis: RedisServer, _ context: TLSContext? = nil) throws -> TLSClient {
    try TLSClient(port: try #require(redis.tlsPort), context ?? trusting())
  }

  /// Waits until the server has so many clients besides the one that asks.
  private func wait(for count: Int, at redis: RedisServer) throws {
    try UnderstudyTestSupport.wait(until: "\(count) clients are connected") {
      try redis.call("INFO", "clients").string?.contains("connected_clients:\(count)\r\n") == true
    }
  }

  @Test(arguments: ["TLSv1.2", "TLSv1.3"]) func sideBySide(_ version: String) async throws {
    let redis = try await start()
    let secure = try connect(redis, trusting(protocols: version)), plain = try plain(redis)
    #expect(try secure.command("SET", "k", "v") == .simple("OK"))
    #expect(try plain.command("GET", "k") == .bulk(text: "v"))
    #expect(secure.peer.protocolName == version)
    let list = try #require(try secure.command("CLIENT", "LIST").text)
    #expect(list.contains("laddr=127.0.0.1:\(try #require(redis.tlsPort)) "))
    #expect(list.contains("laddr=127.0.0.1:\(redis.port) "))
    #expect(try secure.command("CONFIG", "GET", "tls-port") == plain.command("CONFIG", "GET", "tls-port"))
    #expect(redis.tlsURL == "rediss://127.0.0.1:\(try #require(redis.tlsPort))")
    // A push arrives although the client has sent nothing.
    #expect(try secure.command("SUBSCRIBE", "news").array?.first == .bulk(text: "subscribe"))
    _ = try plain.command("PUBLISH", "news", "extra")
    #expect(try secure.receiveValue().array?.last == .bulk(text: "extra"))
    await redis.stop()
    #expect(try secure.receiveEnd(), "the server says goodbye")
  }

  @Test func withoutPlainTCP() async throws {
    let redis = try await RedisServer.start(.init(tls: TLSOptions(folder.files)))
    #expect(redis.port == 0)
    let client = try connect(redis)
    let info = try #require(try client.command("INFO", "server").text)
    #expect(info.contains("tcp_port:\(try #require(redis.tlsPort))\r\n"))
    try await redis.restart()
    #expect(try connect(redis).command("PING") == .simple("PONG"))
    await redis.stop()
  }

  @Test func optionsThatCannotBe() async throws {
    await #expect(throws: RedisServerError.invalidOption("No tls-cert-file configured!")) {
      try await RedisServer.start(.init(tls: TLSOptions(certificateFile: "", keyFile: "")))
    }
    await #expect(throws: RedisServerError.self) {
      try await RedisServer.start(.init(tls: TLSOptions(certificateFile: "a\0b", keyFile: "")))
    }
    await #expect(throws: RedisServerError.self) {
      try await RedisServer.start(.init(directives: ["tls-port": "1"]))
    }
    // Without UnderstudyTLS there is no TLS, whoever asks for it.
    let redis = try await RedisServer.start()
    #expect(
      try plain(redis).command("CONFIG", "SET", "tls-port", "1")
        == .error("ERR CONFIG SET failed (possibly related to argument 'tls-port') - "
          + "Unable to update TLS configuration. Check server logs."))
    await redis.stop()
  }

  // MARK: Who may come in

  @Test func clientsThatMustShowACertificate() async throws {
    let redis = try await start(.yes)
    #expect(try connect(redis, known()).command("PING") == .simple("PONG"))
    let unknown = try connect(redis)
    #expect(throws: TLSClient.Broken.self) { try unknown.command("PING") }
    let other = try IdentityFolder()
    let stranger = try connect(
      redis,
      .client(
        trusting: folder.files.authorityCertificate, certificate: other.files.clientCertificate,
        key: other.files.clientKey))
    #expect(throws: TLSClient.Broken.self) { try stranger.command("PING") }
    try wait(for: 0, at: redis)
    await redis.stop()
  }

  @Test func clientsThatMayShowACertificate() async throws {
    let redis = try await start(.optional)
    #expect(try connect(redis, known()).command("PING") == .simple("PONG"))
    #expect(try connect(redis).command("PING") == .simple("PONG"))
    let expired = try IdentityFolder(validFrom: 1_000_000_000)
    let late = try connect(
      redis,
      .client(
        trusting: folder.files.authorityCertificate, certificate: expired.files.clientCertificate,
        key: expired.files.clientKey))
    #expect(throws: TLSClient.Broken.self) { try late.command("PING") }
    await redis.stop()
  }

  @Test func clientsThatDoNotTrustTheServer() async throws {
    let redis = try await start()
    let other = try IdentityFolder()
    #expect(throws: TLSClient.Broken.self) {
      try connect(redis, .client(trusting: other.files.authorityCertificate))
    }
    try wait(for: 0, at: redis)
    #expect(try connect(redis).command("PING") == .simple("PONG"))
    await redis.stop()
  }

  // MARK: What is no handshake

  @Test func plainBytesAtTheTLSPort() async throws {
    let redis = try await start()
    for text in ["PING\r\n", "*1\r\n$4\r\nPING\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
      let client = try RawClient(.tcp(host: redis.host, port: try #require(redis.tlsPort)))
      try client.send(text)
      let answer = try client.receiveUntilClosed()
      // Nothing, or an alert.
      #expect(answer.isEmpty || answer.first == 21, "\(text): \(answer)")
    }
    try wait(for: 0, at: redis)
    await redis.stop()
  }

  @Test func aHelloAtThePlainPort() async throws {
    let redis = try await start()
    let client = try Peer(client: trusting())
    client.feed([])
    let socket = try plain(redis)
    try socket.send(client.takeOutput())
    // As for redis-server it is an inline command without an end; at the end it is gone.
    socket.halfClose()
    client.feed(try socket.receiveUntilClosed())
    #expect(!client.isEstablished)
    #expect(try plain(redis).command("PING") == .simple("PONG"))
    await redis.stop()
  }

  /// Handshakes that stop anywhere hold nobody up, and are gone when their client goes.
  @Test func stalledHandshakes() async throws {
    let redis = try await start()
    var stalled: [TLSClient] = []
    for count in 0..<30 {
      let client = try TLSClient(port: try #require(redis.tlsPort), trusting(), shakesHands: false)
      try client.socket.send(Array(client.peer.takeOutput().prefix(count * 20)))
      stalled.append(client)
    }
    try wait(for: 30, at: redis)
    #expect(try connect(redis).command("PING") == .simple("PONG"))
    #expect(try plain(redis).command("PING") == .simple("PONG"))
    stalled = []
    try wait(for: 0, at: redis)
    await redis.stop()
  }

  // MARK: Much, slowly, and broken

  @Test(arguments: ["TLSv1.2", "TLSv1.3"]) func largeValues(_ version: String) async throws {
    let redis = try await start()
    let client = try connect(redis, trusting(protocols: version))
    let value = (0..<10_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 % 253) }
    #expect(try client.command("SET", "k", Argument(value)) == .simple("OK"))
    #expect(try client.command("GET", "k").bytes == value)
    // Several in one read: more than one batch of output.
    try client.send((0..<5).flatMap { _ in encodeCommand(["GET", "k"]) })
    for _ in 0..<5 { #expect(try client.receiveValue().bytes == value) }
    await redis.stop()
  }

  /// A client that reads late gets everything; meanwhile others are served.
  @Test func aSlowReader() async throws {
    let redis = try await start()
    try redis.call("SET", "k", String(repeating: "x", count: 1_000_000))
    let slow = try connect(redis)
    try slow.send((0..<20).flatMap { _ in encodeCommand(["GET", "k"]) })
    try UnderstudyTestSupport.wait(until: "output waits") {
      let list = try redis.call("CLIENT", "LIST").string ?? ""
      return list.matches(of: /omem=(\d+)/).contains { Int($0.1) ?? 0 > 0 }
    }
    let other = try connect(redis)
    for _ in 0..<100 { #expect(try other.command("PING") == .simple("PONG")) }
    for _ in 0..<20 { #expect(try slow.receiveValue().bytes?.count == 1_000_000) }
    #expect(try slow.command("PING") == .simple("PONG"))
    await redis.stop()
  }

  /// The last words of a connection that the server closes are all there, and its goodbye.
  @Test func theLastWordsAreNotLost() async throws {
    let redis = try await start()
    try redis.call("SET", "k", String(repeating: "x", count: 3_000_000))
    let client = try connect(redis)
    try client.send(encodeCommand(["GET", "k"]) + encodeCommand(["QUIT"]))
    #expect(try client.receiveValue().bytes?.count == 3_000_000)
    #expect(try client.receiveValue() == .simple("OK"))
    #expect(try client.receiveEnd())
    // So are those of a protocol error.
    let wrong = try connect(redis)
    try wrong.send(Array("*1\r\n!\r\n".utf8))
    #expect(try wrong.receiveValue() == .error("ERR Protocol error: expected '$', got '!'"))
    #expect(try wrong.receiveEnd())
    await redis.stop()
  }

  @Test func aClientThatSaysGoodbyeAndOneThatDoesNot() async throws {
    let redis = try await start()
    let polite = try connect(redis)
    #expect(try polite.command("PING") == .simple("PONG"))
    polite.peer.finish()
    try polite.flush()
    #expect(try polite.receiveEnd())
    let rude = try connect(redis)
    #expect(try rude.command("PING") == .simple("PONG"))
    rude.socket.halfClose()
    #expect(try rude.receiveEnd())
    let killed = try connect(redis)
    #expect(try killed.command("PING") == .simple("PONG"))
    try killed.send(Array("*2\r\n$3\r\nGE".utf8))
    killed.socket.reset()
    try wait(for: 0, at: redis)
    await redis.stop()
  }

  /// A record that was changed on the way ends the connection, and only that.
  @Test func aForgedRecord() async throws {
    let redis = try await start()
    let client = try connect(redis)
    client.peer.seal([encodeCommand(["PING"])])
    var bytes = client.peer.takeOutput()
    bytes[bytes.count - 1] ^= 1
    try client.socket.send(bytes)
    #expect(throws: TLSClient.Broken.self) { try client.receiveEnd() }
    #expect(client.peer.failure.contains("bad record mac"))
    try wait(for: 0, at: redis)
    await redis.stop()
  }

  @Test func clientsThatAreKilled() async throws {
    let redis = try await start()
    let client = try connect(redis)
    let id = try #require(try client.command("CLIENT", "ID").integer)
    try redis.call("CLIENT", "KILL", "ID", "\(id)")
    #expect(try client.receiveEnd())
    await redis.stop()
  }

  @Test func manyConnectionsLeaveNothingBehind() async throws {
    let redis = try await start()
    let context = try trusting()
    func rounds(_ count: Int) throws {
      for index in 0..<count {
        let client = try TLSClient(port: try #require(redis.tlsPort), context, shakesHands: index % 4 != 0)
        if index % 4 == 0 {
          try client.socket.send(Array(client.peer.takeOutput().prefix(index % 300)))
        } else {
          #expect(try client.command("PING") == .simple("PONG"))
          if index % 4 == 1 { client.socket.reset() }
        }
      }
      try wait(for: 0, at: redis)
    }
    try rounds(200)
    // Memory cannot be told here, where other tests of this process run meanwhile.
    let descriptors = ProcessFacts.descriptorCount
    try rounds(1000)
    #expect(abs(ProcessFacts.descriptorCount - descriptors) < 50, "\(descriptors), \(ProcessFacts.descriptorCount)")
    await redis.stop()
  }
}
