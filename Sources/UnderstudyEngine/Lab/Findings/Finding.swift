// Finding: what is wrong with the calling code, as a value: the rule that says so, how sure it is, who did it, what was
// done, what comes of it, and how it is mended. Reports, the control port and Swift read findings and nothing else.
//
// A new member is a property here, a member in `write(to:)`, and one in `LabFindingsCommand`.

/// How sure a finding is.
package enum FindingCertainty: UInt8, Sendable, CaseIterable, Comparable {
  /// Worth knowing; nothing need be wrong.
  case info
  /// Likely, or of little harm.
  case medium
  /// Wrong in all but odd cases, which an allowance names.
  case high
  /// Seen to go wrong.
  case certain

  package static func < (one: FindingCertainty, two: FindingCertainty) -> Bool { one.rawValue < two.rawValue }

  /// As the control port spells it.
  package var name: String { "\(self)" }

  package init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name.lowercased() }) else { return nil }
    self = found
  }
}

/// A command that a finding rests on.
package struct FindingEvidence: Sendable, Equatable {
  /// The connection, as CLIENT ID answers it, and the command's number on it.
  package let connection: UInt64
  package let ordinal: Int64
  /// The request, shortened, with secrets taken out; the error that it was answered with, if it was.
  package let text: String
  package let error: String?
  /// Microseconds since the ledger's start.
  package let time: Int64

  package var line: String { "conn \(connection) #\(ordinal) \(text)" + (error.map { " → \($0)" } ?? "") }
}

/// Something that a client did wrong, and how often.
package struct Finding: Sendable {
  /// The rule's name: `tx.self-dirtied`.
  package let rule: String
  package let certainty: FindingCertainty
  package internal(set) var endpoint: String
  package internal(set) var identity: ClientIdentity
  /// Who did it, as CLIENT ID answers it; the first few.
  package internal(set) var connections: [UInt64]
  /// The first key concerned; nil if it is not about a key.
  package let key: [UInt8]?
  /// Who, what and the consequence, in a few sentences.
  package let story: String
  package let evidence: [FindingEvidence]
  package let fix: String
  /// When it was seen first and last, microseconds since the ledger's start.
  package let firstAt: Int64
  package internal(set) var lastAt: Int64
  package internal(set) var count: Int
  /// Other keys for which the same was found.
  var otherKeys: Set<[UInt8]> = []

  /// The whole of it: the story, and how it is mended.
  package var message: String { fix.isEmpty ? story : "\(story) \(fix)" }

  /// The control port's line that suppresses it, for all keys that it was found for.
  package var suppress: String {
    var words = "LAB.ALLOW ADD \(rule) ENDPOINT \(CommandText.whole(Array(endpoint.utf8)))"
    if let key { words += " KEY \(CommandText.whole(KeyShape.pattern([key] + otherKeys)))" }
    return words + " WHY \"…\""
  }
}

extension ClientIdentity {
  /// What people know a client by.
  package var label: String {
    if !name.isEmpty { return name }
    return library.isEmpty ? user : library
  }
}

extension Finding {
  package func write(to json: inout JSONText) {
    json.member("rule", rule)
    json.member("certainty", certainty.name)
    json.member("endpoint", endpoint)
    json.member("identity", identity.label)
    json.member("name", identity.name)
    json.member("library", identity.library)
    json.member("user", identity.user)
    json.array("connections") { json in for connection in connections { json.integer(connection) } }
    if let key { json.member("key", key.text) }
    json.member("message", message)
    json.member("story", story)
    json.array("evidence") { json in for part in evidence { json.string(part.line) } }
    json.member("fix", fix)
    json.member("suppress", suppress)
    json.member("count", count)
    json.member("firstAt", firstAt)
    json.member("lastAt", lastAt)
  }
}

extension [Finding] {
  /// The findings as a JSON array.
  package var json: String {
    var json = JSONText()
    json.array { json in for finding in self { json.object { finding.write(to: &$0) } } }
    return json.text
  }
}

extension GlobPattern {
  /// A pattern that matches these bytes and nothing else.
  static func escaping(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { byte -> [UInt8] in "*?[]\\".utf8.contains(byte) ? [UInt8(ascii: "\\"), byte] : [byte] }
  }
}
