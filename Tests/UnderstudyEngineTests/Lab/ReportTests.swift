// The forms of a report: each is read back by somebody else's reader, with what hostile clients put into names, keys and
// errors; and each stays within bounds.

import Foundation
import Testing

@testable import UnderstudyEngine

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct ReportTests {
  private static let hostile = "</script><script>alert(1)</script>\"'&<!--\u{1b}[31m\u{7}\u{202e}"

  /// A run with some of everything.
  private func report(limits: ReportLimits = ReportLimits()) throws -> LabReport {
    let harness = EngineHarness(seed: 42)
    harness.engine.withLock { harness.engine.setLedgerLevel(.full) }
    let client = harness.client()
    client.call("HELLO", "3", "SETNAME", "svc")
    client.call("CLIENT", "SETINFO", "LIB-NAME", "tests")
    client.call("SET", Self.hostile, "v")
    client.call("INCR", Self.hostile)
    _ = client.bytes(Array("*1\r\n$4\r\n".utf8) + [0xff, 0xfe, 0x00, 0x3c] + Array("\r\n".utf8))
    client.call("BLPOP", "none", "0")
    var taken = try #require(harness.engine.withLock { harness.engine.labReport() })
    let connection = try #require(taken.ledger.connections.first?.identifier)
    taken.ledger.bite([.sample(Self.hostile, at: 5)])
    let findings = [
      Finding.sample("block.at-finish", .high, by: "svc", [connection], "still waiting", at: 7, count: 3),
      Finding.sample(
        "tx.self-dirtied", .certain, by: Self.hostile, [connection], "\(Self.hostile) did it", key: Self.hostile,
        evidence: "SET \(Self.hostile)", fix: "Don't.", at: 9),
      Finding.sample("conn.unnamed", .info, by: "", [], "-"),
    ]
    return LabReport(
      version: taken.version, seed: taken.seed, endpoints: taken.endpoints, ledger: taken.ledger,
      findings: FindingsReport(findings, allowances: []), marks: [LabMark(kind: .checkpoint, connection: nil, time: 6)],
      limits: limits)
  }

  private func object(_ json: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }

  // MARK: Text

  @Test func textIsForATerminal() throws {
    let text = try report().text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first == "Understudy · 1 certain, 1 high, 1 info")
    #expect(lines.allSatisfy { $0.count <= 100 }, "\(lines.filter { $0.count > 100 })")
    // No escape, no bell, nothing that turns the direction of writing.
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 32 && $0 != "\u{202e}" && $0.value != 127) })
    for part in ["1 connection (most at once: 1 open, 1 busy)", "6 commands", "2 errors", "1 fault", "seed 42", "as Redis 7.2.4"] {
      #expect(text.contains(part), "\(part) is not in:\n\(text)")
    }
    // The surest first.
    let certain = try #require(text.range(of: "certain  tx.self-dirtied"))
    let high = try #require(text.range(of: "high  block.at-finish  default · svc · connection"))
    #expect(certain.lowerBound < high.lowerBound && text.contains("3 times") && text.contains("Fix: Don't."))
    #expect(try report().summary.contains("Connections by identity"))
  }

  @Test func linesAreWrappedAndTablesFit() {
    var layout = TextLayout(width: 20)
    layout.paragraph("one two three four five six", indent: 2, hanging: 2)
    layout.table(["name", "count"], [[String(repeating: "x", count: 40), "1"], ["b", "12"]], texts: 1)
    let gap = { String(repeating: " ", count: $0) }
    #expect(layout.text.split(separator: "\n") == [
      "  one two three four", "    five six", "name\(gap(11))count", "xxxxxxxxxxxx…\(gap(6))1", "b\(gap(17))12",
    ])
    #expect(TextLayout.duration(999) == "999 µs" && TextLayout.duration(1_250) == "1.25 ms")
    #expect(TextLayout.duration(3_400_000) == "3.40 s" && TextLayout.duration(720_000_000) == "12.0 min")
    #expect(TextLayout.number(1_234_567) == "1,234,567" && TextLayout.number(-1_000) == "-1,000")
  }

  // MARK: JSON, SARIF, JUnit

  @Test func jsonIsReadBack() throws {
    let report = try report()
    let json = try object(report.json)
    #expect((json["server"] as? [String: Any])?["seed"] as? String == "42")
    let findings = try #require(json["findings"] as? [[String: Any]])
    #expect(findings.map { $0["rule"] as? String } == ["tx.self-dirtied", "block.at-finish", "conn.unnamed"])
    #expect(findings.first?["message"] as? String == "\(Self.hostile) did it Don't.")
    #expect(findings.first?["story"] as? String == "\(Self.hostile) did it")
    let ledger = try #require(json["ledger"] as? [String: Any])
    let connection = try #require((ledger["connections"] as? [[String: Any]])?.first)
    let commands = try #require(connection["commands"] as? [[String: Any]])
    #expect(commands.contains { $0["key"] as? String == Self.hostile })
    #expect(commands.last?["took"] == nil && connection["name"] as? String == "svc")
    #expect((json["latencies"] as? [[String: Any]])?.count == report.latencies.count)
    #expect((json["faults"] as? [[String: Any]])?.first?["rule"] as? String == Self.hostile)
  }

  @Test func sarifHasWhatItsSchemaRequires() throws {
    let sarif = try object(try report().sarif)
    #expect(sarif["version"] as? String == "2.1.0" && (sarif["$schema"] as? String)?.contains("sarif-2.1.0") == true)
    let run = try #require((sarif["runs"] as? [[String: Any]])?.first)
    let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
    let rules = try #require(driver["rules"] as? [[String: Any]])
    #expect(driver["name"] as? String == "Understudy")
    #expect(Set(rules.compactMap { $0["id"] as? String }).count == rules.count)
    #expect(((run["invocations"] as? [[String: Any]])?.first?["executionSuccessful"] as? Bool) == true)
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(results.map { $0["level"] as? String } == ["error", "warning", "note"])
    for result in results {
      let number = try #require(result["ruleIndex"] as? Int)
      #expect(rules[number]["id"] as? String == result["ruleId"] as? String)
      #expect(((result["message"] as? [String: Any])?["text"] as? String)?.isEmpty == false)
      #expect((result["occurrenceCount"] as? Int ?? 0) >= 1)
      let location = try #require((result["locations"] as? [[String: Any]])?.first)
      #expect((location["logicalLocations"] as? [[String: Any]])?.isEmpty == false)
    }
  }

  @Test func junitIsWellFormed() throws {
    let xml = try report().junit
    let reader = JUnitReader()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError)) in:\n\(xml)")
    #expect(reader.suite["failures"] == "2" && reader.suite["tests"] == "\(reader.cases.count)")
    #expect(reader.cases.filter { $0["classname"] == "tx.self-dirtied" }.count == 1)
    #expect(reader.failures.map { $0["type"] } == ["certain", "high"])
    // XML knows no escape characters: they are replaced, the rest is there.
    #expect(reader.failures.first?["message"]?.hasPrefix("</script><script>alert(1)</script>\"'&<!--\u{FFFD}[31m") == true)
  }

  private final class JUnitReader: NSObject, XMLParserDelegate {
    var suite: [String: String] = [:]
    var cases: [[String: String]] = []
    var failures: [[String: String]] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String] = [:]
    ) {
      switch name {
      case "testsuite": suite = attributes
      case "testcase": cases.append(attributes)
      case "failure": failures.append(attributes)
      default: break
      }
    }
  }

  // MARK: The page

  @Test func nothingOfARunIsMarkup() throws {
    let page = try report().page
    #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">") && page.hasSuffix("</html>\n"))
    // Two scripts of ours, and their ends.
    #expect(page.components(separatedBy: "<script").count == 3 && page.components(separatedBy: "</script").count == 3)
    #expect(!page.contains("alert(1)</script>") && !page.contains("<!--"))
    // No network.
    #expect(!page.contains("https:") && !page.contains("src=") && page.contains("default-src 'none'"))
    let data = try pageData(page)
    #expect((data["connections"] as? [[String: Any]])?.count == 1)
  }

  private func pageData(_ page: String) throws -> [String: Any] {
    let begin = try #require(page.range(of: "id=\"run\">")), end = try #require(page.range(of: "</script>"))
    return try object(String(page[begin.upperBound..<end.lowerBound]))
  }

  // MARK: Figures and bounds

  @Test func latenciesAreThoseOfTheRecords() throws {
    #expect(CommandLatency.percentile(50, of: [1, 2, 3, 4]) == 2 && CommandLatency.percentile(95, of: Array(1...100)) == 95)
    #expect(CommandLatency.percentile(95, of: [7]) == 7 && CommandLatency.percentile(50, of: []) == 0)
    let latencies = try report().latencies
    let waiting = try #require(latencies.first { $0.name == "blpop" })
    #expect(waiting.count == 1 && waiting.sum.unanswered == 1 && waiting.sum.total == 0)
    #expect(latencies.first { $0.name == "incr" }?.sum.errors == 1)
  }

  /// A connection keeps its latest commands; the sums are of all.
  @Test func sumsAreOfAllCommands() throws {
    let harness = EngineHarness()
    harness.engine.withLock { harness.engine.setLedgerLevel(.full) }
    let (one, two) = (harness.client(), harness.client())
    one.call("HELLO", "9")
    one.call("SET", "k", "no number")
    for _ in 0..<3_000 { one.call("INCR", "k") }
    two.call("BLPOP", "list", "0")
    one.call("RPUSH", "list", "a")
    // Those of a transaction are part of its reply.
    for word in ["MULTI", "EXEC"] {
      one.call(word)
      if word == "MULTI" { one.call("INCR", "k") }
    }
    let report = try #require(harness.engine.withLock { harness.engine.labReport() })
    #expect(report.errorCount == 3_000 && report.ledger.total.errors == 3_000)
    let increment = try #require(report.latencies.first { $0.name == "incr" })
    #expect(increment.count == 3_000 && increment.sum.errors == 3_000 && increment.sampled < 600 && increment.sampled > 200)
    #expect(increment.sum.total >= increment.sum.maximum && increment.sum.maximum >= increment.median)
    let waiting = try #require(report.latencies.first { $0.name == "blpop" }?.sum)
    #expect(waiting.answered == 1 && waiting.unanswered == 0)
    #expect(report.text.contains("3,000 errors") && report.text.contains("p50 and p95 are of each connection's latest commands"))
    #expect(!(try self.report().text.contains("p50 and p95 are of")))
  }

  @Test func whatIsNotToldIsToldInEveryForm() throws {
    let harness = EngineHarness()
    let taken = try #require(harness.engine.withLock { harness.engine.labReport() })
    let allowance = FindingAllowance(rule: "conn.leak", why: "the <driver> does it")
    let report = LabReport(
      version: taken.version, seed: 1, endpoints: taken.endpoints, ledger: taken.ledger,
      findings: FindingsReport([.sample("conn.leak", .high, by: "", [1], "m")], allowances: [allowance], dropped: 7))
    #expect(report.verdict == "no findings" && report.omissions.count == 2)
    let sarif = try object(report.sarif)
    let invocation = try #require(((sarif["runs"] as? [[String: Any]])?.first?["invocations"] as? [[String: Any]])?.first)
    let notes = try #require(invocation["toolExecutionNotifications"] as? [[String: Any]])
    #expect(notes.map { ($0["message"] as? [String: Any])?["text"] as? String } == report.omissions)
    let spoken = [report.text, report.summary, report.json, report.page, report.junit]
    for form in spoken { #expect(form.contains("7 findings") && form.contains("1 of conn.leak")) }
    #expect(report.junit.contains("the &lt;driver&gt; does it"))
  }

  @Test func marksAndFaultsAreTheEndpoints() throws {
    let bench = FaultBench()
    let (one, two) = (try bench.endpoint("one"), try bench.endpoint("two"))
    try bench.rule("r COMMAND incr DO beforeExecution ERROR ERR_no")
    let clients = [bench.client(at: one), bench.client(at: two)]
    for client in clients { client.call("INCR k", "CLIENT ID") }
    let report = try #require(bench.engine.withLock {
      for connection in bench.engine.ledger()?.connections ?? [] {
        #expect(bench.engine.mark(.checkout, client: connection.identifier))
      }
      #expect(bench.engine.mark(.checkpoint, client: nil))
      return bench.engine.labReport(of: "two")
    })
    let own = try #require(report.ledger.connections.first?.identifier)
    #expect(report.marks.map(\.connection) == [own, nil] && report.marks.map(\.kind) == [.checkout, .checkpoint])
    #expect(report.faults.map(\.connection) == [own] && report.faultCount == 1 && report.errorCount == 1)
    let all = try #require(bench.engine.withLock { bench.engine.labReport() })
    #expect(all.marks.count == 3 && all.faultCount == 2 && all.errorCount == 2)
  }

  @Test func aReportIsBounded() throws {
    let harness = EngineHarness()
    harness.engine.withLock { harness.engine.setLedgerLevel(.full) }
    let clients = (0..<40).map { _ in harness.client() }
    for round in 0..<30 { for client in clients { client.call("SET", "k\(round)", "v") } }
    var taken = try #require(harness.engine.withLock { harness.engine.labReport() })
    #expect(taken.omissions == [])
    var limits = ReportLimits()
    (limits.connections, limits.commands, limits.intervals, limits.executions) = (10, 50, 40, 5)
    (limits.faults, limits.findings, limits.marks) = (2, 1, 3)
    let named = try #require(taken.ledger.connections.last?.identifier)
    taken.ledger.bite((0..<5).map { .sample("f", at: $0) })
    let report = LabReport(
      version: taken.version, seed: 1, endpoints: taken.endpoints, ledger: taken.ledger,
      findings: FindingsReport(
        (0..<3).map { Finding.sample($0 == 2 ? "conn.churn" : "conn.leak", $0 == 2 ? .medium : .high, by: "\($0)", [named], "m") },
        allowances: []),
      marks: (0..<4).map { LabMark(kind: .checkout, connection: named, time: $0) }, limits: limits)
    #expect(report.ledger.connections.count == 10 && report.ledger.connections.contains { $0.identifier == named })
    #expect(report.ledger.connections.map(\.commands.count) == Array(repeating: 5, count: 10))
    #expect(report.ledger.connections.reduce(0) { $0 + $1.lane.count } <= 40)
    #expect(report.ledger.executions.count == 5 && report.findings.count == 1 && report.faults.count == 2)
    // The sums are those of all, and what is left out is said.
    #expect(report.ledger.total.opens == 40 && report.latencies.first?.count == 1200)
    #expect(report.omissions.contains("30 of 40 connections are not shown one by one."))
    #expect(report.omissions.contains("250 older commands are not told one by one."))
    // The newest are told, and all are counted.
    #expect(report.faults.map(\.fault.time) == [3, 4] && report.faultCount == 5)
    #expect(report.marks.map(\.time) == [1, 2, 3])
    #expect(report.verdict == "2 high, 1 medium" && report.findingCount(atLeast: .medium) == 3)
    for line in ["2 of 3 findings", "3 of 5 faults", "1 of 4 marks"] {
      #expect(report.omissions.contains("\(line) are left out."))
    }
    #expect(report.text.contains("5 faults") && !report.junit.contains("<testcase classname=\"conn.churn\""))
    for form in ReportFormat.allCases { #expect(report.rendered(form).utf8.count < 120_000) }
  }

  @Test func coarseLanesHaveNoHoles() {
    let lane = (0..<100).map { (index: Int64) -> LaneInterval in
      LaneInterval(kind: index % 2 == 0 ? .busy : .idle, start: index * 10, end: index * 10 + 10)
    }
    let coarse = lane.coarsened(to: 20)
    #expect(coarse == [LaneInterval(kind: .busy, start: 0, end: 1000)])
    #expect(lane.coarsened(to: 10) == lane)
  }

  @Test(arguments: [
    ("a.html", ReportFormat.html), ("b/c.HTM", .html), ("x.json", .json), ("x.sarif", .sarif), ("junit.xml", .junit),
    ("a.b.txt", .text), ("noend", nil), ("folder.html/file", nil), (".html", .html), ("x.pdf", nil),
  ] as [(String, ReportFormat?)])
  func formsByTheirFilesNames(name: String, format: ReportFormat?) {
    #expect(ReportFormat(fileName: name) == format)
  }

  @Test func anEmptyRunHasAReportToo() throws {
    let harness = EngineHarness()
    let report = try #require(harness.engine.withLock { harness.engine.labReport() })
    #expect(report.text.hasPrefix("Understudy · no findings\n0 connections"))
    for form in ReportFormat.allCases { #expect(!report.rendered(form).isEmpty) }
    #expect(harness.engine.withLock { harness.engine.labReport(of: "nowhere") } == nil)
  }
}

extension LedgerReport {
  /// As if fault rules had bitten the last connection.
  mutating func bite(_ faults: [ConnectionFault]) {
    guard let last = connections.indices.last, !figures.isEmpty else { return }
    connections[last].faults += faults
    figures[0].faults += faults.count
  }
}

extension ConnectionFault {
  /// A fault made up.
  static func sample(_ rule: String, _ action: String = "reset", at time: Int64) -> ConnectionFault {
    ConnectionFault(time: time, rule: rule, action: action, ordinal: 1, tookEffect: true)
  }
}

extension Finding {
  /// A finding made up.
  static func sample(
    _ rule: String, _ certainty: FindingCertainty, by name: String, _ connections: [UInt64], _ story: String,
    key: String? = nil, evidence: String? = nil, fix: String = "", at time: Int64 = 0, count: Int = 1
  ) -> Finding {
    Finding(
      rule: rule, certainty: certainty, endpoint: "default",
      identity: ClientIdentity(endpoint: "default", name: name, library: "", user: ""), connections: connections,
      key: key.map { Array($0.utf8) }, story: story,
      evidence: evidence.map {
        [FindingEvidence(connection: connections.first ?? 0, ordinal: 1, text: $0, error: nil, time: time)]
      } ?? [], fix: fix, firstAt: time, lastAt: time, count: count)
  }
}
