// A proxy between clients and a server: what passes through it is what the server says, in order; what the lab sees and
// does is what it sees and does at a server of its own. The server behind is one of this process.

import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct ProxyTests {
  private let server: RedisServer
  private let proxy: RedisServer
  private let endpoint: RedisServer.Endpoint

  init() async throws {
    server = try await RedisServer.start(.init(directives: ["enable-debug-command": "yes"]))
    proxy = try await RedisServer.start(.init(opensControlPort: true, seed: 1, upstream: "\(server.host):\(server.port)"))
    endpoint = try proxy.endpoint("svc-a")
  }

  private func client(_ version: Int = 2) throws -> RawClient {
    let client = try RawClient(.tcp(host: endpoint.host, port: try #require(endpoint.port)))
    if version == 3 { _ = try client.command("HELLO", "3") }
    return client
  }

  @discardableResult
  private func call(_ client: RawClient, _ words: String) throws -> String {
    let reply = try client.rawCommand(words.split(separator: " ").map { Argument(String($0)) })
    return String(decoding: reply, as: UTF8.self).replacing("\r\n", with: "|")
  }

  private func next(_ client: RawClient) throws -> String {
    String(decoding: try client.receive(), as: UTF8.self).replacing("\r\n", with: "|")
  }

  private func stop() async {
    await proxy.stop()
    await server.stop()
  }

  // MARK: What passes

  @Test(arguments: [2, 3]) func repliesAreTheServers(_ version: Int) async throws {
    let client = try client(version)
    let direct = try RawClient(.tcp(host: server.host, port: server.port))
    if version == 3 { _ = try direct.command("HELLO", "3") }
    #expect(try call(client, "SET k v") == "+OK|")
    #expect(try direct.command("GET", "k").text == "v")
    for words in ["HSET h a 1 b 2", "SADD s x", "ZADD z 1.5 a"] { #expect(try call(client, words).hasPrefix(":")) }
    for words in [
      "GET k", "GET missing", "HGETALL h", "SMEMBERS s", "NOSUCH a", "LPOP missing 1", "ZSCORE z a", "CONFIG GET maxmemory",
      "EVAL return{1,{2},'x'} 0", "EVAL return(1 0", "DEBUG PROTOCOL attrib", "DEBUG PROTOCOL map", "DEBUG PROTOCOL verbatim",
    ] {
      #expect(try call(client, words) == call(direct, words), "\(words)")
    }
    await stop()
  }

  @Test func pipelinesKeepTheirOrder() async throws {
    let client = try client()
    let count = 5_000
    try client.send((0..<count).map { "*2\r\n$4\r\nECHO\r\n$\("\($0)".utf8.count)\r\n\($0)\r\n" }.joined())
    for number in 0..<count { #expect(try client.receiveValue().text == "\(number)") }
    await stop()
  }

  @Test func largeValuesPassBothWays() async throws {
    let client = try client()
    client.timeoutMilliseconds = 60_000
    let value = [UInt8](repeating: UInt8(ascii: "x"), count: 20 << 20)
    try client.send("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$\(value.count)\r\n")
    try client.send(value)
    try client.send("\r\n")
    #expect(try next(client) == "+OK|")
    // More than the sockets hold, asked for many times before anything is read.
    for _ in 0..<4 { try client.sendCommand(["GET", "big"]) }
    try client.sendCommand(["STRLEN", "big"])
    for _ in 0..<4 {
      let reply = try client.receive()
      #expect(reply.count == value.count + 13)
    }
    #expect(try next(client) == ":\(value.count)|")
    await stop()
  }

  @Test(arguments: [2, 3]) func messagesAndReplies(_ version: Int) async throws {
    let (client, other) = (try client(version), try client())
    let push = version == 3 ? ">" : "*"
    #expect(try call(client, "SUBSCRIBE a b") == "\(push)3|$9|subscribe|$1|a|:1|")
    #expect(try next(client) == "\(push)3|$9|subscribe|$1|b|:2|")
    #expect(try call(other, "PUBLISH a hi") == ":1|")
    #expect(try next(client) == "\(push)3|$7|message|$1|a|$2|hi|")
    #expect(try call(client, "PING") == (version == 3 ? "+PONG|" : "*2|$4|pong|$0||"))
    #expect(try endpoint.ledger().connections.first?.stateLeft.contains("subscribed") == true)
    _ = try call(client, "UNSUBSCRIBE")
    _ = try next(client)
    #expect(try call(client, "GET k") == (version == 3 ? "_|" : "$-1|"))
    #expect(try endpoint.ledger().connections.first?.stateLeft.isEmpty == true)
    await stop()
  }

  @Test func waitingAndWhatFollows() async throws {
    let (client, other) = (try client(), try client())
    try client.send("*3\r\n$5\r\nBLPOP\r\n$1\r\nl\r\n$1\r\n0\r\n*1\r\n$4\r\nPING\r\n")
    try await endpoint.waitUntil { $0.blocked == 1 }
    #expect(try call(other, "RPUSH l x") == ":1|")
    #expect(try next(client) == "*2|$1|l|$1|x|")
    #expect(try next(client) == "+PONG|")
    try await endpoint.waitUntil { $0.blocked == 0 }
    await stop()
  }

  @Test func transactionsMonitorsAndSilence() async throws {
    let (client, monitor) = (try client(), try client())
    #expect(try call(monitor, "MONITOR") == "+OK|")
    #expect(try call(client, "MULTI") == "+OK|")
    #expect(try call(client, "INCR n") == "+QUEUED|")
    #expect(try call(client, "GET n") == "+QUEUED|")
    #expect(try endpoint.ledger().connections.first?.stateLeft == ["multi"])
    #expect(try call(client, "EXEC") == "*2|:1|$1|1|")
    #expect(try next(monitor).hasSuffix("\"MULTI\"|"))
    let commands = try #require(endpoint.ledger().connections.first).commands
    #expect(commands.map { "\($0.name)\($0.isInner ? " inside" : "")" } == ["multi", "incr", "get", "exec", "incr inside", "get inside"])
    try client.send("*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$3\r\nOFF\r\n")
    try client.send("*1\r\n$4\r\nPING\r\n*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$2\r\nON\r\n*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n")
    #expect(try next(client) == "+OK|")
    #expect(try next(client) == "$2|hi|")
    await stop()
  }

  /// Who shuts its sending side is still answered, as by the server itself.
  @Test func lastWordsAreAnswered() async throws {
    let client = try client()
    try client.send("*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n")
    client.halfClose()
    #expect(try String(decoding: client.receiveUntilClosed(), as: UTF8.self) == ":1\r\n:2\r\n")
    // And what somebody asked for who did not wait is done.
    let hasty = try self.client()
    try hasty.send("*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n")
    hasty.reset()
    try await endpoint.waitUntil { $0.open == 0 }
    await stop()
  }

  /// Bytes that are no request are refused behind the replies to what came before them, however they arrive.
  @Test func aProtocolErrorComesInItsPlace() async throws {
    let error = "-ERR Protocol error: invalid bulk length\r\n"
    let client = try client()
    try client.send("PING\r\n*1\r\n$x\r\n")
    #expect(try String(decoding: client.receiveUntilClosed(), as: UTF8.self) == "+PONG\r\n" + error)
    // While somebody waits, and in the middle of a request.
    let waiting = try self.client()
    try waiting.send("BLPOP l 0\r\nECHO 1\r\n*2\r\n$4\r\nECHO\r\n$x\r\nPING\r\n")
    try await endpoint.waitUntil { $0.blocked == 1 }
    _ = try server.call("RPUSH", "l", "a")
    let text = try String(decoding: waiting.receiveUntilClosed(), as: UTF8.self)
    #expect(text == "*2\r\n$1\r\nl\r\n$1\r\na\r\n$1\r\n1\r\n" + error)
    // Behind many, and with nothing more to be said by the client.
    let last = try self.client()
    try last.send(String(repeating: "PING\r\n", count: 1_000) + "*1\r\n!\r\n")
    last.halfClose()
    let many = try String(decoding: last.receiveUntilClosed(), as: UTF8.self)
    #expect(many == String(repeating: "+PONG\r\n", count: 1_000) + "-ERR Protocol error: expected '$', got '!'\r\n")
    await stop()
  }

  // MARK: What is seen

  @Test func whoIsWho() async throws {
    let client = try client()
    _ = try call(client, "HELLO 3 SETNAME shop")
    _ = try call(client, "CLIENT SETINFO LIB-NAME tests")
    _ = try call(client, "SELECT 3")
    _ = try call(client, "SET k v")
    let record = try #require(try endpoint.ledger().connections.first)
    #expect(record.name == "shop" && record.library == "tests" && record.protocolVersion == 3)
    #expect(record.commands.last?.name == "set" && record.stateLeft.isEmpty)
    // A mark names the connection as the server behind does.
    guard case .integer(let identifier) = try client.command("CLIENT", "ID") else {
      Issue.record("no id")
      return
    }
    try proxy.mark(.checkpoint, client: UInt64(identifier))
    _ = try call(client, "SELECT 4")
    try proxy.mark(.return, client: UInt64(identifier))
    #expect(try proxy.findings().map(\.rule) == ["state.dirty"])
    await stop()
  }

  @Test func aLostReplyAndItsResending() async throws {
    let rule = try endpoint.fault(.on(.family(.incr)).times(1).shared(), .afterExecution(.close))
    let first = try client()
    try first.sendCommand(["INCR", "n"])
    #expect(try first.receiveUntilClosed().isEmpty)
    #expect(try rule.fired == 1)
    let second = try client()
    #expect(try call(second, "INCR n") == ":2|")
    let finding = try #require(try proxy.findings(atLeast: .certain).first)
    #expect(finding.rule == "exec.duplicate")
    await stop()
  }

  @Test func ownWritesDirtyWatches() async throws {
    let client = try client()
    for words in ["WATCH stock", "GETSET stock 4", "SET stock 5", "MULTI", "PING"] { _ = try call(client, words) }
    #expect(try call(client, "EXEC") == "*-1|")
    #expect(try proxy.findings(atLeast: .certain).map(\.rule) == ["tx.self-dirtied"])
    await stop()
  }

  // MARK: What is done

  @Test func faultsStandInTheirPlaces() async throws {
    _ = try server.call("SET", "k", "value")
    let pipeline = "*2\r\n$4\r\nECHO\r\n$1\r\n1\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*2\r\n$4\r\nECHO\r\n$1\r\n2\r\n"
    let cases: [(Fault, String)] = [
      (.beforeExecution(.error("ERR no")), "$1|1|-ERR no|$1|2|"),
      (.afterExecution(.error("ERR lost")), "$1|1|-ERR lost|$1|2|"),
      (.afterExecution(.drop), "$1|1|$1|2|"),
      (.afterExecution(.truncate(4)), "$1|1|$5|$1|2|"),
      (.replyByte(4, .close), "$1|1|$5| end"), (.beforeExecution(.close), "$1|1| end"), (.afterExecution(.close), "$1|1| end"),
      (.afterExecution(.substitute(":7\r\n")), "$1|1|:7|$1|2|"),
      (.afterExecution(.swap), "$1|1|$1|2|$5|value|"),
    ]
    for (fault, expected) in cases {
      let rule = try endpoint.fault(.on(.command("get")), fault)
      let client = try client()
      try client.send(pipeline)
      var text = ""
      if expected.hasSuffix("end") {
        text = String(decoding: try client.receiveUntilClosed(), as: UTF8.self).replacing("\r\n", with: "|") + " end"
      } else {
        while text.utf8.count < expected.utf8.count {
          text += String(decoding: try client.receiveBytes(), as: UTF8.self).replacing("\r\n", with: "|")
        }
      }
      #expect(text == expected, "\(fault)")
      #expect(try rule.fired == 1, "\(fault)")
      try rule.remove()
    }
    await stop()
  }

  // MARK: The server behind

  @Test func aServerThatGoesAwayTakesItsClientsAlong() async throws {
    let client = try client()
    #expect(try call(client, "PING") == "+PONG|")
    await server.stop()
    #expect(try client.receiveUntilClosed().isEmpty)
    // Whoever connects now is accepted, and closed.
    let late = try self.client()
    #expect((try? late.receiveUntilClosed().isEmpty) != false)
    await proxy.stop()
  }

  @Test func whereNobodyIsThereIsNoProxy() async throws {
    let port = server.port
    await server.stop()
    await #expect(throws: RedisServerError.self) { try await RedisServer.start(.init(upstream: "127.0.0.1:\(port)")) }
    await #expect(throws: RedisServerError.self) { try await RedisServer.start(.init(upstream: "nonsense")) }
    await proxy.stop()
  }

  /// Data and time are not the proxy's.
  @Test func whatAProxyCannotDo() async throws {
    let control = try RawClient(.tcp(host: proxy.host, port: try #require(proxy.controlPort)))
    for words in ["LAB.SNAPSHOT SAVE x", "LAB.CLOCK data FREEZE", "LAB.RESET DATA", "LAB.REPLAY svc-a"] {
      #expect(try call(control, words).hasPrefix("-ERR this is a proxy"), "\(words)")
    }
    #expect(try call(control, "LAB.CLOCK wait").hasPrefix("*6|"))
    await stop()
  }
}
