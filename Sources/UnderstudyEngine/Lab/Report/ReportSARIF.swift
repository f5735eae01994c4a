// ReportSARIF: the findings as SARIF 2.1.0, which editors and CI show beside code. A finding is about a connection, not
// a line of a file, so that its place is a logical one: endpoint, identity and connection.

extension LabReport {
  package var sarif: String {
    var json = JSONText()
    json.object { json in
      json.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
      json.member("version", "2.1.0")
      json.array("runs") { json in json.object { writeRun(to: &$0) } }
    }
    return json.text
  }

  private func writeRun(to json: inout JSONText) {
    let rules = FindingManifest.all
    let numbers = Dictionary(rules.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    json.object("tool") { json in
      json.object("driver") { json in
        json.member("name", "Understudy")
        json.array("rules") { json in for rule in rules { json.object { rule.writeSARIF(to: &$0) } } }
      }
    }
    json.array("invocations") { json in
      json.object { json in
        json.member("executionSuccessful", true)
        json.array("toolExecutionNotifications") { json in
          for omission in omissions {
            json.object { json in
              json.member("level", "note")
              json.object("message") { $0.member("text", omission) }
            }
          }
        }
      }
    }
    json.array("results") { json in
      for finding in findings { json.object { finding.writeSARIF(to: &$0, rule: numbers[finding.rule]) } }
    }
  }
}

extension FindingCertainty {
  /// SARIF's word for how much it matters.
  fileprivate var level: String {
    switch self {
    case .certain: "error"
    case .high: "warning"
    case .medium, .info: "note"
    }
  }

  /// Of 100: in which order to look at findings.
  fileprivate var sarifRank: Int {
    switch self {
    case .certain: 100
    case .high: 75
    case .medium: 50
    case .info: 25
    }
  }
}

extension FindingRule {
  fileprivate func writeSARIF(to json: inout JSONText) {
    json.member("id", id)
    json.object("shortDescription") { $0.member("text", watches) }
    json.object("defaultConfiguration") { $0.member("level", certainty.level) }
    json.object("properties") { $0.member("certainty", certainty.name) }
  }
}

extension Finding {
  fileprivate func writeSARIF(to json: inout JSONText, rule number: Int?) {
    json.member("ruleId", rule)
    if let number { json.member("ruleIndex", number) }
    json.member("level", certainty.level)
    json.member("rank", certainty.sarifRank)
    json.object("message") { $0.member("text", fix.isEmpty ? story : "\(story)\n\(fix)") }
    json.array("locations") { json in
      json.object { json in
        json.array("logicalLocations") { json in
          for name in connections.isEmpty ? [identity.label] : connections.prefix(20).map({ "connection \($0)" }) {
            json.object { json in
              json.member("name", name)
              json.member("fullyQualifiedName", [endpoint, identity.label, name].filter { !$0.isEmpty }.joined(separator: "/"))
              json.member("kind", "resource")
            }
          }
        }
      }
    }
    json.object("partialFingerprints") { $0.member("place/v1", "\(rule)/\(endpoint)/\(identity.label)") }
    json.member("occurrenceCount", max(count, 1))
    json.object("properties") { json in
      json.member("certainty", certainty.name)
      json.array("evidence") { json in for part in evidence { json.string(part.line) } }
      json.member("suppress", suppress)
      json.member("time", lastAt)
    }
  }
}
