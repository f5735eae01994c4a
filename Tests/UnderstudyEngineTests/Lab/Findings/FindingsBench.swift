// FindingsBench: programs without sockets, and what the rules say of them. A program is a few clients and their calls;
// each rule has one that draws it and nothing else of weight, and one like it that draws nothing.

import Testing

@testable import UnderstudyEngine

final class FindingsBench {
  let harness = EngineHarness()

  init() { harness.engine.withLock { harness.engine.setLedgerLevel(.full) } }

  /// A client that has introduced itself, as most do.
  func client(_ name: String = "svc") -> HarnessClient {
    let client = harness.client()
    client.call("HELLO", "3", "SETNAME", name)
    return client
  }

  func report(isFinished: Bool = true) -> FindingsReport {
    harness.engine.withLock { harness.engine.findings(isFinished: isFinished) }
  }

  /// The findings of a rule.
  func findings(_ rule: String) -> [Finding] { report().findings.filter { $0.rule == rule } }

  /// `rule certainty` of all findings that are at least so sure, sorted, each once.
  func drawn(atLeast certainty: FindingCertainty = .high, isFinished: Bool = true) -> [String] {
    let found = report(isFinished: isFinished).atLeast(certainty)
    for finding in found { checkSuppression(of: finding, isFinished: isFinished) }
    return Array(Set(found.map { "\($0.rule) \($0.certainty.name)" })).sorted()
  }

  /// Whoever types the line that a finding ends with is rid of it.
  private func checkSuppression(of finding: Finding, isFinished: Bool) {
    let engine = harness.engine
    let before = engine.withLock { engine.findingAllowances }
    let reply = harness.control().raw(finding.suppress + "\r\n")
    #expect(reply == "+OK\r\n", "\(finding.suppress)")
    let report = report(isFinished: isFinished)
    let isLeft = report.findings.contains { ($0.rule, $0.endpoint, $0.key) == (finding.rule, finding.endpoint, finding.key) }
    #expect(!isLeft && !report.allowed.isEmpty, "\(finding.suppress)")
    // What the list tells is what was said.
    let list = harness.control().raw("LAB.ALLOW LIST\r\n")
    let said = finding.suppress.dropFirst("LAB.ALLOW ADD ".count).prefix { $0 != "…" }
    #expect(list.contains(said.dropLast()), "\(list)")
    engine.withLock { engine.findingAllowances = before }
  }

  func set(_ threshold: FindingThreshold, _ value: Int64) {
    harness.engine.withLock { harness.engine.findingOptions[threshold] = value }
  }

  func switchOn(_ rule: String) { harness.engine.withLock { harness.engine.findingOptions.switched[rule] = true } }

  /// The record of a client.
  func record(_ client: HarnessClient) throws -> ConnectionRecord {
    let text = client.call("CLIENT", "ID")
    let identifier = try #require(UInt64(text.dropFirst().dropLast(1).filter(\.isNumber)))
    let record = harness.engine.withLock { unsafe harness.engine.state.pointee.sessions[identifier]?.pointee.record }
    return try #require(record)
  }

  func mark(_ kind: LabMarkKind, _ client: HarnessClient? = nil) throws {
    let identifier = try client.map { try record($0).identifier }
    #expect(harness.engine.withLock { harness.engine.mark(kind, client: identifier) })
  }
}
