// Finding: what is wrong with the calling code, as a host program reads it, and what is let pass. The engine's rules stand
// behind (`FindingManifest`); a fact that is told here is told by LAB.FINDINGS as well.

internal import UnderstudyEngine

/// Something that a client did wrong.
public struct Finding: Sendable, CustomStringConvertible {
  /// How sure a finding is.
  public enum Certainty: String, Sendable, CaseIterable, Comparable {
    /// Worth knowing; nothing need be wrong.
    case info
    /// Likely, or of little harm.
    case medium
    /// Wrong in all but odd cases, which an allowance names.
    case high
    /// Seen to go wrong.
    case certain

    /// The less sure one comes first.
    public static func < (one: Certainty, two: Certainty) -> Bool { one.engineValue < two.engineValue }
  }

  /// The rule that says so: `tx.self-dirtied`.
  public let rule: String
  /// How sure it is.
  public let certainty: Certainty
  /// The endpoint at which the client came in.
  public let endpoint: String
  /// What the client is known by: its name, its library or its user.
  public let identity: String
  /// Its connections, as CLIENT ID answers them; the first few.
  public let connections: [UInt64]
  /// The key concerned; nil if it is not about a key.
  public let key: [UInt8]?
  /// Who did what, what comes of it, and how it is mended.
  public let message: String
  /// The commands that it rests on, a line each.
  public let evidence: [String]
  /// How it is mended.
  public let fix: String
  /// The line for the control port that lets it pass.
  public let suppress: String
  /// When it was seen first and last, since the server's first connection.
  public let firstAt, lastAt: Duration
  /// How often it was seen.
  public let count: Int

  /// The finding as text, with its evidence.
  public var description: String {
    let times = count > 1 ? " (\(count) times)" : ""
    return "[\(certainty)] \(message)\(times)" + evidence.map { "\n    \($0)" }.joined()
  }

  init(_ finding: UnderstudyEngine.Finding) {
    rule = finding.rule
    certainty = Certainty(finding.certainty)
    endpoint = finding.endpoint
    identity = finding.identity.label
    connections = finding.connections
    key = finding.key
    message = finding.message
    evidence = finding.evidence.map(\.line)
    fix = finding.fix
    suppress = finding.suppress
    firstAt = .microseconds(finding.firstAt)
    lastAt = .microseconds(finding.lastAt)
    count = finding.count
  }
}

extension Finding.Certainty {
  init(_ certainty: FindingCertainty) {
    switch certainty {
    case .info: self = .info
    case .medium: self = .medium
    case .high: self = .high
    case .certain: self = .certain
    }
  }

  var engineValue: FindingCertainty {
    switch self {
    case .info: .info
    case .medium: .medium
    case .high: .high
    case .certain: .certain
    }
  }
}

extension Finding {
  /// Findings that are known and let pass, and why.
  public struct Allowance: Sendable {
    /// The rule's name.
    public var rule: String
    /// A pattern for keys, as `KEYS` takes it; nil fits every finding.
    public var key: String?
    /// A pattern for the client: its name, library or user; nil fits every client.
    public var identity: String?
    /// The endpoint; nil is any.
    public var endpoint: String?
    /// Why it is let pass: what a reader of the test will ask.
    public var why: String

    /// Lets findings of a rule pass: all of them, or those of some keys, clients or an endpoint.
    public init(_ rule: String, key: String? = nil, identity: String? = nil, endpoint: String? = nil, why: String) {
      self.rule = rule
      self.key = key
      self.identity = identity
      self.endpoint = endpoint
      self.why = why
    }

    func engineValue() throws(RedisServerError) -> FindingAllowance {
      guard FindingManifest.rule(rule) != nil else { throw .invalidOption("there is no rule '\(rule)'") }
      return FindingAllowance(
        rule: rule, key: key.map { Array($0.utf8) }, identity: identity.map { Array($0.utf8) }, endpoint: endpoint, why: why)
    }

    init(_ allowance: FindingAllowance) {
      self.init(
        allowance.rule, key: allowance.key?.text, identity: allowance.identity?.text, endpoint: allowance.endpoint,
        why: allowance.why)
    }
  }

  /// What a run has come to.
  public struct Report: Sendable, CustomStringConvertible {
    /// What was found, the surest first.
    public let findings: [Finding]
    /// What was found and let pass, with the reasons.
    public let allowed: [(finding: Finding, why: String)]
    /// Allowances that have let nothing pass: they may go.
    public let unusedAllowances: [Allowance]
    /// Findings beyond the thousand that are kept.
    public let droppedCount: Int

    /// The findings that are at least so sure.
    public func atLeast(_ certainty: Certainty) -> [Finding] { findings.filter { $0.certainty >= certainty } }

    /// The findings as text.
    public var description: String {
      findings.isEmpty ? "no findings" : findings.map(\.description).joined(separator: "\n")
    }

    init(_ report: FindingsReport) {
      findings = report.findings.map { Finding($0) }
      allowed = report.allowed.map { (Finding($0.finding), $0.why) }
      unusedAllowances = report.unused.map { Allowance($0) }
      droppedCount = report.dropped
    }
  }

  /// What ``RedisServer/finish(failOn:allow:)`` throws: there are findings that are too sure to let pass.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    /// All that was found.
    public let report: Report
    /// From which certainty on the run fails.
    public let certainty: Certainty

    /// The findings that made it fail, as text.
    public var description: String {
      let found = report.atLeast(certainty)
      let count = found.count == 1 ? "1 finding" : "\(found.count) findings"
      return "\(count), at least \(certainty):\n" + found.map(\.description).joined(separator: "\n")
    }
  }

  /// A rule: what it watches for and how it is mended.
  public struct Rule: Sendable {
    /// Its name.
    public let name: String
    /// How sure its findings are, at most.
    public let certainty: Certainty
    /// What it watches for.
    public let watches: String
    /// How what it finds is mended.
    public let fix: String
    /// Whether it is on unless asked for.
    public let isOnByDefault: Bool

    /// All rules.
    public static var all: [Rule] {
      FindingManifest.all.map {
        Rule(
          name: $0.id, certainty: Certainty($0.certainty), watches: $0.watches, fix: $0.fix, isOnByDefault: $0.isOnByDefault)
      }
    }
  }
}
