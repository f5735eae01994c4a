// The suite itself: it is true of the real server, whole; it is true of ours; it covers every command; and the recorded
// replies stand for the server where there is none.

import Testing
import UnderstudyConformance
import UnderstudyTestSupport

@Suite(.serialized) struct SuiteTests {
  private static func suite() throws -> Suite { try Suite(path: Options.folderOfCases) }

  private static func report(
    _ server: some TestServer, _ suite: Suite, where isWanted: (Job) -> Bool = { _ in true }
  ) throws -> Report {
    let target = Target(server.tcp)
    let description = try target.describe(timeout: 10_000)
    var run = SuiteRun(target, description)
    // A machine under test is slow.
    run.timeout = 30_000
    let results = run.run(suite.jobs(Suite.Selection()).filter(isWanted))
    return Report(target: "\(target)", server: description.identity, results: results, milliseconds: 0)
  }

  private func expectWhole(_ report: Report) {
    for result in report.results where !result.failures.isEmpty { Issue.record("\(report.describe(result))") }
    #expect(report.counts.failed == 0)
    for result in report.results {
      // Nothing is left out but what is newer or older than the server.
      guard let reason = result.skipped else { continue }
      let isOfAnotherVersion = reason.hasPrefix("since ") || reason.hasPrefix("until ")
      let isExcused = ["needs tls", "needs unix", "needs cluster"].contains(reason)
      #expect(isOfAnotherVersion || isExcused, "\(result.job.file.path), \(result.job.item.title): \(reason)")
    }
  }

  @Test(.enabled(if: OracleServer.isAvailable(for: "the suite against redis-server")))
  func theRealServerPassesItWhole() throws {
    let report = try Self.report(try OracleServer(), try Self.suite())
    expectWhole(report)
    #expect(report.counts.passed >= 6000 && report.counts.differing == 0)
  }

  @Test func oursPassesIt() throws {
    let server = try UnderstudyProcess(["--enable-debug-command", "yes"])
    let report = try Self.report(server, try Self.suite())
    expectWhole(report)
    #expect(report.counts.passed >= 6000)
  }

  /// A proxy before the real server says what that says: the families that are about connections, their order and their
  /// state. Left out is what is about the limits for requests, which are the proxy's own.
  @Test(.enabled(if: OracleServer.isAvailable(for: "the suite through a proxy")))
  func theRealServerPassesItThroughAProxy() throws {
    let server = try OracleServer()
    let proxy = try UnderstudyProcess(["--upstream", "\(server.tcp)"])
    let families = ["wire", "transactions", "pubsub", "blocking", "connection"]
    let ownLimits = ["Before it is authenticated, a connection may send little"]
    let report = try Self.report(proxy, try Self.suite()) { job in
      families.contains(job.file.family) && !ownLimits.contains(job.item.title)
    }
    expectWhole(report)
    #expect(report.counts.passed > 1_500)
  }

  /// What is newer than what ours is by default is run against the newest version that ours emulates.
  @Test func oursPassesItAsItsNewestVersion() throws {
    let server72 = try #require(Version("7.2"))
    let server = try UnderstudyProcess(["--enable-debug-command", "yes", "--emulate-version", "8.4"])
    let report = try Self.report(server, try Self.suite()) { job in
      job.item.tags.since.map { $0 > server72 } ?? false
    }
    expectWhole(report)
    #expect(report.counts.passed > 300)
  }

  /// However many databases it has, a target with data is seen to have some.
  @Test func keysAreCountedInEveryDatabase() throws {
    let server = try UnderstudyProcess(["--databases", "32"])
    let client = try RawClient(server.tcp)
    #expect(try Target(server.tcp).describe(timeout: 10_000).keyCount == 0)
    for database in [3, 20] {
      _ = try client.command("SELECT", Argument(database))
      _ = try client.command("MSET", "a", "1", "b", "2")
    }
    #expect(try Target(server.tcp).describe(timeout: 10_000).keyCount == 4)
  }

  @Test func theRecordedRepliesAgree() {
    #expect(Program.main(["check", "--format", "markdown"]) == 0)
  }

  @Test(.enabled(if: OracleServer.isAvailable(for: "the suite covers what redis-server declares")))
  func everyCommandOfTheRealServerHasCases() throws { try expectCovered(try OracleServer()) }

  @Test func everyCommandOfOursHasCases() throws {
    try expectCovered(try UnderstudyProcess(["--enable-debug-command", "yes"]))
  }

  private func expectCovered(_ server: some TestServer) throws {
    let declared = try Coverage.declared(by: Target(server.tcp), timeout: 10_000)
    #expect(declared.count > 300)
    let exemptions = Coverage.exemptions(try FileSystem.read("\(Options.folderOfCases)/coverage.txt"))
    for problem in Coverage(try Self.suite(), declared, exemptions).problems { Issue.record("\(problem)") }
  }

  @Test func whatIsNotCoveredIsTold() throws {
    let file = try parse("== a\nresp: 2\n> GET k\n\"v\"\n> CONFIG GET x\n-ERR no\n")
    let suite = Suite(files: [file])
    let declared = [
      Coverage.Declared(name: "get", options: []), .init(name: "set", options: []), .init(name: "config|get", options: ["ALL"]),
    ]
    let problems = Coverage(suite, declared, Coverage.exemptions(Array("# c\nset use never\nget error none\nget use x\n".utf8)))
      .problems
    #expect(
      problems == [
        "config|get: no case in which it succeeds", "config|get: no case in RESP3", "config|get: its option ALL is in no case",
        "get: no case in RESP3", "coverage.txt:4: nothing needs this exemption",
      ])
  }

  @Test func aCaseThatChangedHasToBeRecordedAgain() throws {
    let file = try parse("== a\n> GET k\n\"v\"\n")
    let job = Job(file: file, number: 0, resp: .two)
    var golden = Golden(ServerIdentity(name: "x", version: try #require(Version("7.0"))))
    let frame = Array("$1\r\nv\r\n".utf8)
    golden.entries[Golden.key(job)] = Golden.Entry(
      began: 1, fingerprint: Golden.fingerprint(job), frames: [("main", frame)])
    let read = try Golden(Array(golden.text(file).utf8), path: "a.golden")
    func result(_ text: String) throws -> CaseResult {
      let file = try parse(text)
      var player = CasePlayer(Job(file: file, number: 0, resp: .two), GoldenWire(read))
      return player.play()
    }
    #expect(try result("== a\n> GET k\n\"v\"\n").hasPassed)
    #expect(try result("== a\n> GET k\n\"w\"\n").failures.map(\.came) == ["\"v\""])
    #expect(try result("== a\n> GET other\n\"v\"\n").failures[0].came.contains("was changed"))
    #expect(try result("== b\n> GET k\n\"v\"\n").failures[0].came.contains("nothing was recorded"))
  }
}
