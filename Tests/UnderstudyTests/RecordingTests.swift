// Recordings from Swift: what is written, and what a replay says of it.

import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct RecordingTests {
  private func client(_ endpoint: RedisServer.Endpoint) throws -> RawClient {
    try RawClient(.tcp(host: endpoint.host, port: try #require(endpoint.port)))
  }

  private func call(_ client: RawClient, _ words: String) throws {
    _ = try client.command(words.split(separator: " ").map { Argument(String($0)) })
  }

  /// The lines behind the title.
  private func lines(_ transcript: Transcript) -> [String] {
    let lines = transcript.text.split(separator: "\n").map { String($0) }
    return Array(lines.drop { !$0.hasPrefix("== ") }.dropFirst())
  }

  @Test func whatIsSaidIsWrittenDown() async throws {
    let redis = try await RedisServer.start(.init(seed: 3))
    let endpoint = try redis.endpoint("svc-a")
    let recording = try endpoint.record()
    let (one, two) = (try client(endpoint), try client(endpoint))
    try await endpoint.waitUntil { $0.open == 2 }
    try call(one, "HELLO 3")
    try call(one, "SET k v")
    try two.sendCommand(["BLPOP", "l", "0"])
    try await endpoint.waitUntil { $0.blocked == 1 }
    try call(one, "RPUSH l x")
    _ = try two.receive()
    try call(two, "AUTH secret")
    try call(one, "HGETALL none")
    try call(one, "SUBSCRIBE ch")
    try call(two, "PUBLISH ch hi")
    _ = try one.receive()
    one.halfClose()
    try await endpoint.waitUntil { $0.open == 1 }
    let transcript = try recording.stop()
    #expect(lines(transcript) == [
      "c1 open raw", "c2 open raw", "c1> HELLO 3", "any", "c1> SET k v", "+OK", "c2> BLPOP l 0", "c2 blocked", "c1> RPUSH l x",
      "c2< *[ \"l\" \"x\" ]", ":1", "# c2> AUTH (redacted)",
      "# -ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
      "c1> HGETALL none", "%{}", "c1> SUBSCRIBE ch", "push[ \"subscribe\" \"ch\" :1 ]", "c2> PUBLISH ch hi",
      "c1< push[ \"message\" \"ch\" \"hi\" ]", ":1", "c1 close",
    ])
    #expect(transcript.text.hasPrefix("# What clients of the endpoint svc-a said"))
    #expect(throws: RedisServerError.self) { try recording.stop() }
    // An empty server says the same.
    let other = try await RedisServer.start()
    let report = try transcript.replay(on: other)
    #expect(report.differenceCount == 0 && report.requests == 7, "\(report)")
    // One that holds something else does not.
    let third = try await RedisServer.start()
    _ = try third.call("RPUSH", "l", "there")
    let different = try Transcript(text: transcript.text).replay(on: third)
    #expect(different.differences.first?.request == "BLPOP l 0")
    #expect(different.differenceCount > 0 && "\(different)".contains("there"))
    for server in [redis, other, third] { await server.stop() }
  }

  @Test func aRecordingThatIsFullKeepsItsBeginning() async throws {
    let redis = try await RedisServer.start()
    let endpoint = try redis.endpoint("svc-a")
    let recording = try endpoint.record(limit: 200)
    #expect(throws: RedisServerError.self) { try endpoint.record() }
    let client = try client(endpoint)
    for index in 0..<50 { try call(client, "SET key:\(index) value") }
    let transcript = try recording.stop()
    #expect(lines(transcript).prefix(3) == ["c1 open raw", "c1> SET key:0 value", "+OK"])
    #expect(lines(transcript).last?.hasPrefix("# Full: ") == true)
    await redis.stop()
  }

  @Test func aProxyRecordsToo() async throws {
    let server = try await RedisServer.start()
    let proxy = try await RedisServer.start(.init(upstream: "\(server.host):\(server.port)"))
    let endpoint = try proxy.endpoint("svc-a")
    let recording = try endpoint.record()
    let client = try client(endpoint)
    try client.send("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n")
    _ = try client.receive()
    _ = try client.receive()
    let transcript = try recording.stop()
    #expect(lines(transcript) == ["c1 open raw", "c1> SET a 1", "c1> GET a", "+OK", "\"1\""])
    #expect(try transcript.replay(on: server).differenceCount == 0)
    #expect(throws: RedisServerError.self) { try transcript.replay(on: proxy) }
    await proxy.stop()
    await server.stop()
  }

  @Test func whatIsNoRecordingIsRefused() async throws {
    let redis = try await RedisServer.start()
    for text in ["c1> SET \"a", "c1> GET \"\\q\"", "c1> ", "c1> GET k\n*["] {
      #expect(throws: RedisServerError.self, "\(text)") { try Transcript(text: text).replay(on: redis) }
    }
    #expect(try Transcript(text: "").replay(on: redis).requests == 0)
    await redis.stop()
  }
}
