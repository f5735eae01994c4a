// Allowance: what is known and let pass: findings of a rule, of one key pattern, identity or endpoint if it says so, and
// why. Findings that an allowance covers are kept apart, so that a report can still tell of them.

package struct FindingAllowance: Sendable {
  package let rule: String
  /// Patterns as KEYS takes them; nil fits everything.
  package let key: [UInt8]?
  package let identity: [UInt8]?
  package let endpoint: String?
  package let why: String

  package init(rule: String, key: [UInt8]? = nil, identity: [UInt8]? = nil, endpoint: String? = nil, why: String) {
    self.rule = rule
    self.key = key
    self.identity = identity
    self.endpoint = endpoint
    self.why = why
  }

  /// Whether it covers a finding: all of its keys, if it has any.
  package func covers(_ finding: Finding) -> Bool {
    guard rule == finding.rule, endpoint == nil || endpoint == finding.endpoint else { return false }
    if let identity {
      let names = [finding.identity.label, finding.identity.name, finding.identity.library, finding.identity.user]
      guard names.contains(where: { Self.fits(identity, Array($0.utf8)) }) else { return false }
    }
    guard let key else { return true }
    guard let first = finding.key else { return false }
    return Self.fits(key, first) && finding.otherKeys.allSatisfy { Self.fits(key, $0) }
  }

  private static func fits(_ pattern: [UInt8], _ bytes: [UInt8]) -> Bool {
    pattern.withBytes { pattern in bytes.withBytes { GlobPattern(pattern).matches($0) } }
  }

  /// As `LAB.ALLOW LIST` tells it: `LAB.ALLOW ADD` takes it back as it stands.
  package var line: String {
    var words = rule
    if let endpoint { words += " ENDPOINT \(CommandText.whole(Array(endpoint.utf8)))" }
    if let key { words += " KEY \(CommandText.whole(key))" }
    if let identity { words += " IDENTITY \(CommandText.whole(identity))" }
    return words + " WHY \(CommandText.whole(Array(why.utf8)))"
  }
}
