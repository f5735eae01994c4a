// FindingsState: what the rules of one server know, and what they have found. The events come from
// `EngineState+Findings.swift`; each group of rules has a struct of its own here and a file of its own beside this one.
//
// A finding of the same rule, endpoint, client and place is one finding that counts. All of it is bounded: of findings
// beyond the limit only their number is kept.

final class FindingsState {
  var options = FindingOptions()
  var allowances: [FindingAllowance] = []
  /// What has been found for good.
  private(set) var list = FindingList()
  var marks: [LabMark] = []

  // The groups.
  var transactions = TransactionWatch()
  var scripts = ScriptWatch()
  var keys = KeyWatch()
  var retries = RetryWatch()

  func isOn(_ rule: FindingRule) -> Bool { options.isOn(rule) }

  /// Reports a finding, or counts one that is known.
  ///
  /// - Parameters:
  ///   - detail: what tells places of one client apart: a shape, not a value.
  ///   - story: what was done, without its end.
  func report(
    _ rule: FindingRule, _ record: ConnectionRecord, detail: String, key: [UInt8]? = nil,
    certainty: FindingCertainty? = nil, others: [UInt64] = [], _ story: String, consequence: String? = nil,
    fix: String? = nil, evidence: [FindingEvidence], at time: Int64
  ) {
    guard isOn(rule), let track = record.track else { return }
    let identity = ClientIdentity(
      endpoint: track.endpoint, name: record.name, library: record.libraryName, user: record.user)
    let who = "conn \(record.identifier)"
    add(
      Self.finding(
        rule, identity, key: key, certainty: certainty, connections: [record.identifier] + others.filter { $0 != record.identifier },
        who: who, story, consequence: consequence, fix: fix, evidence: evidence, from: time, to: time),
      detail: detail)
  }

  /// A finding with its message put together.
  static func finding(
    _ rule: FindingRule, _ identity: ClientIdentity, key: [UInt8]? = nil, certainty: FindingCertainty? = nil,
    connections: [UInt64], who: String, _ story: String, consequence: String? = nil, fix: String? = nil,
    evidence: [FindingEvidence], from: Int64, to: Int64
  ) -> Finding {
    let fix = fix ?? rule.fix
    let parts = ["\(rule.id) \(identity.endpoint) \(who): \(story).", consequence ?? rule.consequence]
    return Finding(
      rule: rule.id, certainty: min(certainty ?? rule.certainty, rule.certainty), endpoint: identity.endpoint,
      identity: identity, connections: Array(connections.prefix(FindingList.connectionLimit)), key: key,
      story: parts.joined(separator: " "), evidence: evidence, fix: fix, firstAt: from, lastAt: to, count: 1)
  }

  func add(_ finding: Finding, detail: String) { list.add(finding, detail: detail) }

  /// Forgets what was found and what was being watched; options and allowances stay.
  func removeAll() {
    list = FindingList()
    marks.removeAll()
    transactions = TransactionWatch()
    scripts = ScriptWatch()
    keys = KeyWatch()
    // The tracks of open connections know this very list.
    retries.lost.removeAll()
  }
}

/// Findings, each once: what is found again in the same place is counted.
struct FindingList {
  static let limit = 1_000
  static let connectionLimit = 16
  static let keyLimit = 64

  /// What makes two findings the same.
  private struct Place: Hashable {
    let rule: String
    let identity: ClientIdentity
    let detail: String
  }

  private(set) var findings: [Finding] = []
  private var index: [Place: Int] = [:]
  /// Findings that found no room.
  private(set) var dropped = 0

  mutating func add(_ finding: Finding, detail: String) {
    let place = Place(
      rule: finding.rule, identity: finding.identity, detail: "\(detail) \(finding.certainty.name)")
    if let known = index[place] {
      findings[known].count += 1
      findings[known].lastAt = finding.lastAt
      for connection in finding.connections
      where findings[known].connections.count < Self.connectionLimit && !findings[known].connections.contains(connection) {
        findings[known].connections.append(connection)
      }
      if let key = finding.key, key != findings[known].key, findings[known].otherKeys.count < Self.keyLimit {
        findings[known].otherKeys.insert(key)
      }
      return
    }
    guard findings.count < Self.limit else {
      dropped += 1
      return
    }
    index[place] = findings.count
    findings.append(finding)
  }
}

/// What a test says of its connections: it has taken one, it has given it back, or none should be in the midst of anything.
package enum LabMarkKind: String, Sendable, CaseIterable {
  case checkout
  case `return`
  case checkpoint
}

/// A mark, with the connection that it is about; nil for all of them.
package struct LabMark: Sendable {
  package let kind: LabMarkKind
  package let connection: UInt64?
  /// Microseconds since the ledger's start.
  package let time: Int64

  static let limit = 10_000
}

/// Text for messages.
enum FindingText {
  static func key(_ key: [UInt8]) -> String { CommandText.word(key) }

  /// `1 connection`, `3 connections`.
  static func count(_ number: some BinaryInteger, _ noun: String) -> String {
    number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
  }

  /// Microseconds as milliseconds with a digit behind the point, where there is need of one.
  static func milliseconds(_ microseconds: Int64) -> String {
    microseconds >= 10_000 ? "\(microseconds / 1000) ms" : "\(Double(microseconds / 100) / 10) ms"
  }
}
