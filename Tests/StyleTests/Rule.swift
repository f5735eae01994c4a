// Rule: a habit of the house that a test keeps. A rule says why it is there and what to do about a violation, and brings
// a small tree that breaks it, so that `RuleTests` can see it fail.
//
// A new rule is a `static let` in one of the Rules+*.swift files, and its place in `Rule.all`.

struct Rule: Sendable, CustomTestStringConvertible {
  struct Violation: Sendable, CustomStringConvertible {
    let path: String
    /// From 1; 0 if it is about the file as a whole.
    let line: Int
    let what: String

    init(_ file: SourceFile, line: Int = 0, _ what: String) {
      path = file.path
      self.line = line
      self.what = what
    }

    var description: String { line == 0 ? "\(path): \(what)" : "\(path):\(line): \(what)" }
  }

  let name: String
  /// Why the rule is there, and what to do: what a failure says.
  let advice: String
  /// Files that break the rule, by path.
  let bad: [String: String]
  /// Files that look like it and do not.
  let good: [String: String]
  let check: @Sendable (SourceTree) -> [Violation]

  var testDescription: String { name }

  static let all: [Rule] = [
    fileLength, lineLength, heading, unfinished,
    sleeping, trapping, foundation, unsafeFiles, documented,
    families, manifests, rooms, sockets, conformance,
    links, pages, namedTests, advisories,
  ]
}

import Testing

extension Rule {
  /// A rule that looks at each file, and each line of its code, by itself.
  ///
  /// - Parameter hints: only lines with one of these are looked at.
  init(
    _ name: String, _ advice: String, bad: [String: String], good: [String: String] = [:],
    in applies: @escaping @Sendable (SourceFile) -> Bool,
    view: @escaping @Sendable (SourceFile) -> [Substring] = { $0.code }, hints: [String],
    line check: @escaping @Sendable (Substring) -> String?
  ) {
    self.init(name: name, advice: advice, bad: bad, good: good) { tree in
      tree.files.filter(applies).flatMap { file in
        zip(1..., view(file)).compactMap { number, line in
          guard hints.contains(where: line.holds) else { return nil }
          return check(line).map { Violation(file, line: number, $0) }
        }
      }
    }
  }
}
