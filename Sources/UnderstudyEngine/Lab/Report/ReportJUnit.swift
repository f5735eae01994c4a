// ReportJUnit: the findings as JUnit's XML: a suite in which every rule is a case. A rule that found nothing has passed;
// each finding is a failed case of its rule. What is merely of interest (`info`) does not fail.

extension LabReport {
  package var junit: String {
    var cases: [String] = []
    var failures = 0
    for rule in FindingManifest.all where !foundRules.contains(rule.id) { cases.append(Self.testCase(rule.id, rule.watches, "/>")) }
    for finding in findings {
      guard finding.certainty != .info else {
        cases.append(Self.testCase(finding.rule, finding.place, "><system-out>\(XML.text(finding.details))</system-out></testcase>"))
        continue
      }
      failures += 1
      cases.append(
        Self.testCase(
          finding.rule, finding.place,
          "><failure type=\"\(XML.attribute(finding.certainty.name))\" message=\"\(XML.attribute(finding.story))\">"
            + "\(XML.text(finding.details))</failure></testcase>"))
    }
    let leftOut =
      omissions.isEmpty ? "" : "\n    <system-out>\(XML.text(omissions.joined(separator: "\n")))</system-out>"
    let counts = "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"0\" time=\"\(seconds)\""
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="Understudy" \(counts)>
        <testsuite name="understudy.findings" \(counts) skipped="0">
          <properties>
            <property name="server" value="\(XML.attribute(provenance))"/>
            <property name="seed" value="\(seed)"/>
          </properties>
      \(cases.joined(separator: "\n"))\(leftOut)
        </testsuite>
      </testsuites>

      """
  }

  private static func testCase(_ rule: String, _ name: String, _ rest: String) -> String {
    "    <testcase classname=\"\(XML.attribute(rule))\" name=\"\(XML.attribute(name))\" time=\"0\"\(rest)"
  }

  /// The run's length in seconds, with six places.
  private var seconds: String {
    let fraction = String(max(duration, 0) % 1_000_000)
    return "\(max(duration, 0) / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
  }
}

extension Finding {
  /// All of it in lines.
  fileprivate var details: String {
    var lines = [story] + evidence.map { "  \($0.line)" }
    if !fix.isEmpty { lines.append("Fix: \(fix)") }
    lines.append("Allow: \(suppress)")
    return lines.joined(separator: "\n")
  }
}

/// Text as XML and HTML have it: what they cannot hold is replaced.
enum XML {
  static func text(_ text: String) -> String { escaped(text, keepsLines: true) }

  static func attribute(_ text: String) -> String { escaped(text, keepsLines: false) }

  private static func escaped(_ text: String, keepsLines: Bool) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "\n", "\t":
        if keepsLines { result.append(scalar) } else { result.append(contentsOf: "&#\(scalar.value);".unicodeScalars) }
      // Not characters of XML 1.0, however they are written.
      case "\u{0}"..<"\u{20}", "\u{FFFE}"..."\u{FFFF}": result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
