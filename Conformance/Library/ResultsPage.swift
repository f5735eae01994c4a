// RESULTS.md: the table of servers, by family. What people have written below its mark stays.

enum ResultsPage {
  static let mark = "<!-- below: written by hand -->"

  static func text(_ reports: [Report], keeping before: String) -> String {
    var text = """
      # Results

      Written by `understudy-conformance table`. A number is how many assertions passed, of all that the family has; those that
      were skipped, because the server does not claim to have what they need, or is older than they are, have not passed.

      | Family |
      """
    for report in reports { text += " \(report.server.name) \(report.server.version) |" }
    text += "\n| --- |" + String(repeating: " ---: |", count: reports.count) + "\n"
    var names: [String] = []
    for report in reports { for family in report.families where !names.contains(family.name) { names.append(family.name) } }
    func row(_ name: String, _ counts: (Report) -> Report.Counts) {
      text += "| \(name) |"
      for report in reports {
        let counts = counts(report)
        text += " \(counts.passed) of \(counts.assertions) |"
      }
      text += "\n"
    }
    for name in names { row(name) { report in report.families.first { $0.name == name }?.counts ?? Report.Counts() } }
    row("**all**") { $0.counts }
    row2("failed") { $0.failed }
    row2("skipped") { $0.skipped }
    row2("allowed differences among the passed") { $0.differing }
    func row2(_ name: String, _ number: (Report.Counts) -> Int) {
      text += "| \(name) |" + reports.map { " \(number($0.counts)) |" }.joined() + "\n"
    }
    let kept = before.range(of: mark).map { String(before[$0.upperBound...]) } ?? "\n"
    return text + "\n" + mark + kept
  }
}

extension String {
  /// Where `text` stands first.
  fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}
