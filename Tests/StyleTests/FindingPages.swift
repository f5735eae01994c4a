// What the documentation says of the rules, made from their declarations: a part of the page Findings.md. `PageTests`
// compares, or writes it anew.

import UnderstudyEngine

enum FindingPages {
  static let pagePath = "Sources/Understudy/Documentation.docc/Findings.md"
  static let beginMark = "<!-- rules: made by `UNDERSTUDY_REWRITE_PAGES=1 swift test --filter PageTests` -->"
  static let endMark = "<!-- rules: end -->"

  /// The page with what is said of rules put in; nil if it has lost its marks.
  static func page(_ text: String, _ rules: [FindingRule]) -> String? {
    guard let begin = text.firstRange(of: beginMark), let end = text.firstRange(of: endMark), begin.upperBound <= end.lowerBound else {
      return nil
    }
    return String(text[..<begin.upperBound]) + "\n" + list(rules) + String(text[end.lowerBound...])
  }

  private static func list(_ rules: [FindingRule]) -> String {
    rules.map { rule in
      var text = "\n### \(rule.id)\n\n*\(rule.certainty.name)*\(rule.isOnByDefault ? "" : ", off unless switched on") — \(rule.watches)\n"
      text += "\n\(rule.consequence) **Mend:** \(rule.fix)\n\nWhat keeps it from crying wolf: \(rule.guardedBy)\n"
      for threshold in rule.thresholds {
        text += "\nLimit `\(threshold.rawValue)`, \(threshold.defaultValue): \(threshold.meaning).\n"
      }
      return text
    }.joined() + "\n"
  }
}
