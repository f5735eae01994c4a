// What is said of a run: for people, for programs, and for continuous integration. A new format is a case of `Format` and a
// function here.

internal import UnderstudyTestSupport

package struct Report: Sendable {
  package enum Format: String, Sendable, CaseIterable { case text, json, junit, markdown }

  package var target: String
  package var server: ServerIdentity
  package var results: [CaseResult]
  package var milliseconds: Int64
  /// Whether failures show the bytes as they came.
  package var showsBytes = false

  package init(target: String, server: ServerIdentity, results: [CaseResult], milliseconds: Int64) {
    self.target = target
    self.server = server
    self.results = results
    self.milliseconds = milliseconds
  }

  /// How many assertions, in all or of a family.
  package struct Counts: Hashable, Sendable {
    package var assertions = 0
    package var passed = 0
    package var failed = 0
    package var skipped = 0
    /// Of those that passed, how many because this server may differ.
    package var differing = 0
    package var cases = 0

    mutating func add(_ result: CaseResult) {
      cases += 1
      assertions += result.assertions
      passed += result.passed
      failed += result.failed
      differing += result.differing
      if result.skipped != nil { skipped += result.assertions }
    }
  }

  package var counts: Counts {
    results.reduce(into: Counts()) { $0.add($1) }
  }

  package var families: [(name: String, counts: Counts)] {
    var names: [String] = []
    var counts: [String: Counts] = [:]
    for result in results {
      let name = result.job.file.family
      if counts[name] == nil { names.append(name) }
      counts[name, default: Counts()].add(result)
    }
    return names.map { ($0, counts[$0] ?? Counts()) }
  }

  package var hasFailed: Bool { results.contains { !$0.failures.isEmpty } }

  package func text(_ format: Format) -> String {
    switch format {
    case .text: plain
    case .json: json
    case .junit: junit
    case .markdown: markdown
    }
  }

  // MARK: Text

  private var plain: String {
    var lines = results.filter { !$0.failures.isEmpty }.map(describe)
    let width = families.map(\.name.count).max() ?? 0
    for (name, counts) in families {
      let pad = String(repeating: " ", count: width - name.count)
      let skipped = counts.skipped == 0 ? "" : ", \(counts.skipped) skipped"
      lines.append("\(counts.failed == 0 ? "✓" : "✗") \(name)\(pad)  \(counts.passed) of \(counts.assertions)\(skipped)")
    }
    let all = counts
    lines.append(
      "\n\(server.name) \(server.version) at \(target): \(all.assertions) assertions in \(all.cases) runs of cases; "
        + "\(all.passed) passed (\(all.differing) of them allowed differences), \(all.failed) failed, "
        + "\(all.skipped) skipped; \(milliseconds) ms")
    return lines.joined(separator: "\n")
  }

  /// A case that failed: its own lines, and what came instead.
  package func describe(_ result: CaseResult) -> String {
    let job = result.job
    var text = "✗ \(job.file.path) · \(job.item.title) (\(job.resp))\n"
    let failures = Dictionary(result.failures.map { ($0.lines.upperBound, [$0]) }) { $0 + $1 }
    let failing = Set(result.failures.flatMap { Array($0.lines) })
    let last = (result.failures.map(\.lines.upperBound).max() ?? 0)
    for number in job.item.lines where number + 1 <= last && number < job.file.lines.count {
      let line = job.file.lines[number]
      let isComment = line.hasPrefix("# ") || line.hasPrefix("==") || line.isEmpty
      if isComment && !failing.contains(number + 1) { continue }
      let digits = String(number + 1)
      let mark = failing.contains(number + 1) ? "→" : " "
      text += "\(mark)\(String(repeating: " ", count: max(0, 5 - digits.count)))\(digits)  \(line.prefix(200))\n"
      for failure in failures[number + 1] ?? [] {
        for part in failure.came.split(separator: "\n") { text += "   came  \(part.prefix(400))\n" }
        if showsBytes, let raw = failure.raw { text += "  bytes  \(Notation.literal(raw))\n" }
      }
    }
    return text
  }

  // MARK: JSON

  private var json: String {
    func object(_ fields: [(String, String)], _ indent: String) -> String {
      "{" + fields.map { "\n\(indent)  \(quote($0.0)): \($0.1)" }.joined(separator: ",") + "\n\(indent)}"
    }
    func numbers(_ counts: Counts) -> [(String, String)] {
      [
        ("assertions", "\(counts.assertions)"), ("passed", "\(counts.passed)"), ("failed", "\(counts.failed)"),
        ("skipped", "\(counts.skipped)"), ("differing", "\(counts.differing)"), ("cases", "\(counts.cases)"),
      ]
    }
    let families = families.map { (String($0.name), object(numbers($0.counts), "    ")) }
    let failures = results.flatMap { result in
      result.failures.map { failure in
        object(
          [
            ("file", quote(result.job.file.path)), ("line", "\(failure.lines.lowerBound)"),
            ("case", quote(result.job.item.title)), ("resp", "\(result.job.resp.rawValue)"),
            ("came", quote(failure.came)), ("bytes", failure.raw.map { quote(Notation.literal($0)) } ?? "null"),
          ], "    ")
      }
    }
    let skipped = results.compactMap { result in
      result.skipped.map { reason in
        object(
          [
            ("file", quote(result.job.file.path)), ("case", quote(result.job.item.title)),
            ("resp", "\(result.job.resp.rawValue)"), ("reason", quote(reason)),
          ], "    ")
      }
    }
    func list(_ items: [String]) -> String { items.isEmpty ? "[]" : "[\n    " + items.joined(separator: ",\n    ") + "\n  ]" }
    return object(
      [
        ("target", quote(target)), ("server", quote(server.name)), ("version", quote(server.version.description)),
        ("milliseconds", "\(milliseconds)"),
      ] + numbers(counts)
        + [("families", object(families, "  ")), ("failures", list(failures)), ("skippedCases", list(skipped))], "")
  }

  private func quote(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  // MARK: JUnit

  private var junit: String {
    let groups = Dictionary(grouping: results) { $0.job.file.path }
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"\(escape("\(server.name) \(server.version)"))\">\n"
    for path in groups.keys.sorted() {
      let all = groups[path] ?? []
      text +=
        "  <testsuite name=\"\(escape(path))\" tests=\"\(all.count)\" "
        + "failures=\"\(all.count { !$0.failures.isEmpty })\" skipped=\"\(all.count { $0.skipped != nil })\">\n"
      for result in all {
        let seconds = "\(result.milliseconds / 1000).\(String(1000 + result.milliseconds % 1000).dropFirst())"
        text += "    <testcase classname=\"\(escape(path))\" name=\"\(escape("\(result.job.item.title) (\(result.job.resp))"))\""
        text += " time=\"\(seconds)\">"
        if let reason = result.skipped { text += "<skipped message=\"\(escape(reason))\"/>" }
        if !result.failures.isEmpty {
          let lines = result.failures.map { "\($0.lines.lowerBound)" }.joined(separator: ", ")
          text += "<failure message=\"\(escape("line \(lines)"))\">\(escape(describe(result)))</failure>"
        }
        text += "</testcase>\n"
      }
      text += "  </testsuite>\n"
    }
    return text + "</testsuites>"
  }

  private func escape(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case "\u{0}"..<"\u{20}": result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  // MARK: Markdown

  private var markdown: String {
    var text = "| Family | Passed | Failed | Skipped | Assertions |\n| --- | ---: | ---: | ---: | ---: |\n"
    for (name, counts) in families + [("all", counts)] {
      text += "| \(name) | \(counts.passed) | \(counts.failed) | \(counts.skipped) | \(counts.assertions) |\n"
    }
    return text + "\n\(server.name) \(server.version), \(milliseconds) ms."
  }
}
