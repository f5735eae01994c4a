// Targets that hang, close, or send garbage fail the case and not the run; and one that holds data is left alone.

import Testing
import UnderstudyConformance
import UnderstudyTestSupport

@Suite struct BadTargetTests {
  /// Plays one case, and another behind it, to a target that answers as told.
  private func play(
    _ text: String, _ answer: @escaping @Sendable (String) -> String?
  ) throws -> [CaseResult] {
    let target = try ListeningTarget { request in
      // The suite's own requests are answered well.
      if request.contains("SELECT") || request.contains("FLUSHDB") { return "+OK\r\n" }
      return answer(request)
    }
    let file = try parse(text)
    let identity = ServerIdentity(name: "bad", version: try #require(Version("7.0")))
    var run = SuiteRun(
      Target(.tcp(host: "127.0.0.1", port: target.port)),
      Target.Description(identity: identity, features: [], keyCount: 0))
    run.timeout = 300
    run.lanes = 1
    return withExtendedLifetime(target) { run.run(file.cases.indices.map { Job(file: file, number: $0, resp: .two) }) }
  }

  private static let two = """
    == bad
    > GET k
    "v"
    > GET k
    "v"
    == good
    > PING
    +PONG
    """

  private func pong(_ request: String) -> String? { request.contains("PING") ? "+PONG\r\n" : nil }

  @Test func aTargetThatHangsFailsTheCase() throws {
    let results = try play(Self.two) { $0.contains("GET") ? "" : "+PONG\r\n" }
    #expect(results.map(\.passed) == [0, 1])
    #expect(results.map(\.failed) == [2, 0])
    #expect(results[0].failures.count == 1 && results[0].failures[0].came.contains("no whole reply within 300 ms"))
    #expect(results[0].failures[0].lines == 3...3 || results[0].failures[0].lines == 2...2)
  }

  @Test func aTargetThatClosesFailsTheCase() throws {
    let results = try play(Self.two) { $0.contains("GET") ? nil : "+PONG\r\n" }
    #expect(results.map(\.passed) == [0, 1])
    #expect(results[0].failures[0].came.contains("closed the connection"))
  }

  @Test(arguments: [
    "HTTP/1.1 400 Bad Request\r\n\r\n", "\u{0}\u{1}\u{2}\r\n", "$5\r\nabcdefgh\r\n", "*99999999999999\r\n", ":abc\r\n", "$-7\r\n",
    "*2\r\n:1\r\n", "%1\r\n:1\r\n",
  ])
  func garbageFailsTheCase(_ garbage: String) throws {
    let results = try play(Self.two) { $0.contains("GET") ? garbage : "+PONG\r\n" }
    #expect(results.map(\.passed) == [0, 1])
    #expect(results.map(\.failed) == [2, 0])
  }

  @Test func aWrongReplyFailsAndTheCaseGoesOn() throws {
    let results = try play(
      """
      == wrong
      > GET k
      "v"
      > PING
      +PONG
      """
    ) { $0.contains("GET") ? "$1\r\nw\r\n" : "+PONG\r\n" }
    #expect(results[0].passed == 1 && results[0].failed == 1)
    #expect(results[0].failures.map(\.came) == ["\"w\""])
    let report = Report(
      target: "t", server: ServerIdentity(name: "bad", version: try #require(Version("7.0"))), results: results,
      milliseconds: 1)
    let text = report.text(.text)
    #expect(text.contains("→    3  \"v\"") && text.contains("came  \"w\""), "\(text)")
    #expect(report.text(.json).contains("\"assertions\": 2,\n  \"passed\": 1,\n  \"failed\": 1,\n  \"skipped\": 0"))
    #expect(report.text(.junit).contains("<failure message=\"line 3\">"))
    #expect(report.text(.markdown).contains("| a | 1 | 1 | 0 | 2 |"))
  }

  @Test func aReplyTooManyFailsTheCase() throws {
    let results = try play("== surplus\n> GET k\n+OK\n") { request in
      request.contains("GET") ? "+OK\r\n+OK\r\n" : "+PONG\r\n"
    }
    #expect(results[0].passed == 0 && results[0].failures.count == 1)
    #expect(results[0].failures[0].came.contains("behind all that was awaited: +OK"))
  }

  @Test func silenceThatIsBrokenFailsTheCase() throws {
    let results = try play("== loud\n> GET k\nblocked\n") { request in request.contains("GET") ? "+OK\r\n" : "+PONG\r\n" }
    #expect(results[0].passed == 0 && results[0].failures.map(\.came) == ["+OK"])
  }

  @Test func aConnectionThatStaysOpenFailsTheCase() throws {
    let results = try play("== open\n> GET k\n+OK\nclosed\n") { request in request.contains("GET") ? "+OK\r\n" : "+PONG\r\n" }
    #expect(results[0].passed == 1 && results[0].failed == 1)
  }

  @Test func whatNeverComesIsGivenUp() throws {
    let results = try play("== never\neventually 30ms\n> GET k\n:1\n") { request in
      request.contains("GET") ? ":0\r\n" : "+PONG\r\n"
    }
    #expect(results[0].failures.map(\.came) == [":0\n(for 30 ms)"])
  }

  /// It would be flushed.
  @Test(.enabled(if: OracleServer.isAvailable(for: "a target that holds data is refused")))
  func aTargetThatHoldsDataIsRefused() throws {
    let server = try OracleServer()
    let client = try RawClient(server.tcp)
    try client.command("SELECT", "3")
    try client.command("SET", "precious", "1")
    guard case .tcp(_, let port) = server.tcp else { return }
    #expect(Program.main(["--target", "127.0.0.1:\(port)", "--filter", "strings/*"]) == 2)
    #expect(try client.command("GET", "precious") == .text("1"))
    let report = "/tmp/understudy-conformance-\(port).json"
    let arguments = ["--target", "127.0.0.1:\(port)", "--filter", "strings/*", "--format", "json", "--output", report]
    #expect(Program.main(arguments + ["--allow-flush"]) == 0)
    let written = String(decoding: try FileSystem.read(report), as: UTF8.self)
    #expect(written.contains("\"failed\": 0"))
  }
}
