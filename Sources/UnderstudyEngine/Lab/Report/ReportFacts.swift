// ReportFacts: findings, faults and marks as a report tells them, whatever the lab keeps them as. This file alone knows
// both sides: what the lab has is made into these values here.

/// How sure a finding is; the surest first.
package enum ReportCertainty: String, Sendable, CaseIterable, Comparable {
  case certain, high, medium, info

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }

  package static func < (one: ReportCertainty, two: ReportCertainty) -> Bool { one.rank < two.rank }
}

/// Something that is wrong with the calling code.
package struct ReportFinding: Sendable {
  package let rule: String
  package let certainty: ReportCertainty
  package let endpoint: String
  /// Who it was, in a word.
  package let identity: String
  /// The connections that it is about, as CLIENT ID answers them.
  package let connections: [UInt64]
  package let message: String
  /// The latest commands that tell, a line each.
  package let evidence: [String]
  /// What to do about it.
  package let fix: String
  /// The line that keeps it from being told.
  package let suppress: String
  package let count: Int
  /// When it was seen last, microseconds since the ledger's start.
  package let time: Int64

  package init(
    rule: String, certainty: ReportCertainty, endpoint: String, identity: String, connections: [UInt64], message: String,
    evidence: [String] = [], fix: String = "", suppress: String = "", count: Int = 1, time: Int64 = 0
  ) {
    self.rule = rule
    self.certainty = certainty
    self.endpoint = endpoint
    self.identity = identity
    self.connections = connections
    self.message = message
    self.evidence = evidence
    self.fix = fix
    self.suppress = suppress
    self.count = count
    self.time = time
  }
}

/// A rule by which findings are made.
package struct ReportRule: Sendable {
  package let id: String
  package let certainty: ReportCertainty
  /// What it watches, in a phrase.
  package let summary: String
}

/// Something that the lab did to a connection.
package struct ReportFault: Sendable {
  package let time: Int64
  package let connection: UInt64
  package let rule: String
  package let action: String

  package init(time: Int64, connection: UInt64, rule: String, action: String) {
    self.time = time
    self.connection = connection
    self.rule = rule
    self.action = action
  }
}

/// A moment that the test has named.
package struct ReportMark: Sendable {
  package let time: Int64
  /// The connection that it is about, if it is about one.
  package let connection: UInt64?
  package let text: String

  package init(time: Int64, connection: UInt64? = nil, text: String) {
    self.time = time
    self.connection = connection
    self.text = text
  }
}

extension ReportCertainty {
  init(_ certainty: FindingCertainty) {
    switch certainty {
    case .certain: self = .certain
    case .high: self = .high
    case .medium: self = .medium
    case .info: self = .info
    }
  }
}

extension ReportFinding {
  init(_ finding: Finding) {
    // The message ends with what to do, which a report sets apart.
    var message = finding.message
    if !finding.fix.isEmpty, message.hasSuffix(finding.fix) {
      message.removeLast(finding.fix.count)
      while message.last == " " { message.removeLast() }
    }
    self.init(
      rule: finding.rule, certainty: ReportCertainty(finding.certainty), endpoint: finding.endpoint,
      identity: finding.identity.label, connections: finding.connections, message: message,
      evidence: finding.evidence.map(\.line), fix: finding.fix, suppress: finding.suppress, count: finding.count,
      time: finding.lastAt)
  }
}

extension LabReport {
  /// All rules that there are: a rule that found nothing is worth telling too.
  package static var rules: [ReportRule] {
    FindingManifest.all.map { ReportRule(id: $0.id, certainty: ReportCertainty($0.certainty), summary: $0.watches) }
  }
}

extension EngineState {
  mutating func reportFindings(of endpoint: String?, isFinished: Bool) -> [ReportFinding] {
    judge(endpoint: endpoint, isFinished: isFinished).findings.map { ReportFinding($0) }
  }

  func reportFaults(_ ledger: LedgerReport) -> [ReportFault] {
    ledger.connections.flatMap { connection in
      connection.faults.map {
        ReportFault(time: $0.time, connection: connection.identifier, rule: $0.rule, action: $0.action)
      }
    }
  }

  func reportMarks() -> [ReportMark] {
    lab.findings.marks.map { ReportMark(time: $0.time, connection: $0.connection, text: $0.kind.rawValue) }
  }
}
