// Endpoints of a running server: listeners of their own over the same data, with a ledger each.

import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct EndpointTests {
  private func client(_ endpoint: RedisServer.Endpoint) throws -> RawClient {
    try RawClient(.tcp(host: endpoint.host, port: try #require(endpoint.port)))
  }

  @Test func clientsAreToldApart() async throws {
    let redis = try await RedisServer.start()
    let (a, b) = (try redis.endpoint("svc-a"), try redis.endpoint("svc-b"))
    #expect(a.port != b.port && a.url == "redis://127.0.0.1:\(a.port ?? 0)")
    let (one, two) = (try client(a), try client(b))
    _ = try one.command("SET", "k", "v")
    #expect(try two.command("GET", "k").text == "v")
    #expect(try a.ledger().executions(of: "set", key: "k") == 1 && a.ledger().executions(of: "get") == 0)
    #expect(try b.ledger().executions == ["get": 1])
    #expect(try redis.ledger().opens == 2)
    #expect(try a.ledger().connections.first?.commands.map(\.description) == ["#1 SET k v"])
    #expect(try a.ledger().description.split(separator: "\n").count == 2)
    await redis.stop()
  }

  @Test func reportsInAllForms() async throws {
    let redis = try await RedisServer.start(.init(opensControlPort: true, seed: 5))
    let endpoint = try redis.endpoint("svc-a")
    let one = try client(endpoint)
    _ = try one.command("SET", "k", "v")
    let report = try endpoint.report()
    #expect(report.verdict == "no findings" && report.omissions == [])
    #expect(report.text.contains("svc-a") && report.description == report.text && report.text.contains("seed 5"))
    #expect(report.json.contains("\"SET k v\"") && report.sarif.contains("\"2.1.0\"") && report.junit.hasPrefix("<?xml"))
    #expect(report.html.hasPrefix("<!DOCTYPE html>"))
    #expect(try redis.report().json.contains("\"default\""))
    #expect(throws: RedisServerError.self) { try redis.report(of: "nowhere") }
    // The same over the control port.
    let control = try RawClient(.tcp(host: "127.0.0.1", port: try #require(redis.controlPort)))
    for (form, beginning) in [("TEXT", "Understudy ·"), ("json", "{"), ("SARIF", "{"), ("JUNIT", "<?xml"), ("HTML", "<!DOCTYPE")] {
      #expect(try control.command("LAB.REPORT", Argument(form), "svc-a").text?.hasPrefix(beginning) == true)
    }
    #expect(try control.command("LAB.REPORT").text?.hasPrefix("Understudy ·") == true)
    #expect(try control.command("LAB.REPORT", "TEXT", "nowhere").text == "ERR there is no endpoint 'nowhere'")
    #expect(
      try control.command("LAB.REPORT", "PDF").text
        == "ERR unknown form 'PDF': there are text, json, sarif, junit and html")
    #expect(try control.command("LAB.REPORT", "TEXT", "a", "b").text?.hasPrefix("ERR syntax error") == true)
    await redis.stop()
  }

  @Test func listenersOfEveryKind() async throws {
    let redis = try await RedisServer.start()
    let path = "/tmp/understudy-endpoint-\(redis.port).sock"
    let socket = try redis.endpoint("socket", on: .unixSocket(path: path))
    #expect(socket.port == nil && socket.url == "unix://\(path)")
    #expect(try RawClient(.unix(path: path)).command("PING") == .simple("PONG"))
    #expect(throws: RedisServerError.self) { try redis.endpoint("tls", on: .tls) }
    await redis.stop()
    #expect(throws: (any Error).self) { try RawClient(.unix(path: path)) }
  }

  @Test func theyLiveAsLongAsTheServer() async throws {
    let redis = try await RedisServer.start()
    let a = try redis.endpoint("a")
    try await redis.restart()
    let one = try client(a)
    #expect(try one.command("PING") == .simple("PONG"))
    try a.close()
    #expect(throws: (any Error).self) { try one.command("PING") }
    #expect(throws: (any Error).self) { try client(a) }
    #expect(try a.ledger().opens == 1)
    let again = try redis.endpoint("a")
    #expect(try client(again).command("PING") == .simple("PONG"))
    await redis.stop()
    #expect(throws: RedisServerError.notRunning) { try redis.endpoint("b") }
  }

  @Test func badNames() async throws {
    let redis = try await RedisServer.start()
    _ = try redis.endpoint("a")
    for name in ["a", "default", "", "x y", "é", String(repeating: "x", count: 65)] {
      #expect(throws: RedisServerError.self, "\(name)") { try redis.endpoint(name) }
    }
    #expect(throws: RedisServerError.self) { try redis.defaultEndpoint.close() }
    #expect(throws: RedisServerError.self) { try redis.ledger(of: "nobody") }
    await redis.stop()
  }

  /// From another language: the same over the control port.
  @Test func verbs() async throws {
    let redis = try await RedisServer.start(.init(opensControlPort: true))
    let control = try RawClient(.tcp(host: redis.host, port: try #require(redis.controlPort)))
    _ = try control.command("HELLO", "3")
    guard case .integer(let port) = try control.command("LAB.ENDPOINT", "OPEN", "svc") else {
      Issue.record("no port")
      return
    }
    let client = try RawClient(.tcp(host: redis.host, port: Int(port)))
    _ = try client.command("PING")
    let ledger = try control.command("LAB.LEDGER", "svc")
    #expect("\(ledger)".contains("peak-open"))
    #expect(try control.command("LAB.LEDGER", "svc", "JSON").text?.hasPrefix("{\"endpoint\":\"svc\"") == true)
    #expect(try control.command("LAB.CONN", "LIST", "svc").elements?.count == 1)
    for (words, error) in [
      (["LAB.LEDGER", "nobody"], "ERR there is no endpoint 'nobody'"),
      (["LAB.CONN", "SHOW", "99999"], "ERR the ledger has no connection '99999'"),
      (["LAB.ENDPOINT", "OPEN", "svc"], "ERR the endpoint 'svc' is open already"),
      (["LAB.ENDPOINT", "LEVEL", "svc", "x"], "ERR unknown level 'x': there are counters and full"),
      (["LAB.ENDPOINT", "CLOSE", "default"], "ERR the default endpoint is the server's own: stop the server instead"),
    ] { #expect(try control.command(words.map { Argument($0) }) == .error(error)) }
    #expect(try control.command("LAB.ENDPOINT", "CLOSE", "svc") == .simple("OK"))
    await redis.stop()
  }
}
