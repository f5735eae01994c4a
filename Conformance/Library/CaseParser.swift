// Reads a file of cases: prose, titles, tags; its lines of steps are in `CaseParser+Lines.swift`.
//
// Whatever is wrong is an error with file, line and column. What would only fail when it runs (a request whose reply nobody
// reads, a condition that leaves a protocol out) is an error here too.

internal import UnderstudyTestSupport

package struct CaseParser {
  var scanner: Scanner
  /// True if requests may stand without replies, which `record` fills in.
  let allowsGaps: Bool
  private var fileTags = Tags()
  private var cases: [Case] = []

  // The case that is being read.
  var title = ""
  var tags = Tags()
  var steps: [Step] = []
  var finally: [[Template]] = []
  private var firstLine = 0
  private var isInCase = false
  /// Whom the last request went to.
  var lastConnection = Self.mainConnection
  /// `eventually` or `times`, waiting for their request.
  var modifier: Modifier?

  static let mainConnection = "main"

  enum Modifier {
    case eventually(milliseconds: Int)
    case times(Int)
  }

  /// Reads a whole file.
  /// - Parameters:
  ///   - path: what the file is called in messages and reports
  ///   - allowsGaps: whether requests may stand without replies
  package static func parse(
    _ text: [UInt8], path: String, allowsGaps: Bool = false
  ) throws(CaseError) -> CaseFile {
    var parser = CaseParser(scanner: Scanner(file: path, text), allowsGaps: allowsGaps)
    return try parser.file()
  }

  private init(scanner: Scanner, allowsGaps: Bool) {
    self.scanner = scanner
    self.allowsGaps = allowsGaps
  }

  private mutating func file() throws(CaseError) -> CaseFile {
    var titles: Set<String> = []
    while !scanner.isAtEnd {
      scanner.skipBlanks()
      if scanner.isAtLineEnd {
        scanner.advance()
      } else if scanner.byte == UInt8(ascii: "#"), isComment {
        _ = scanner.restOfLine()
        scanner.advance()
      } else if scanner.looks(at: "== ") {
        try endCase()
        let start = scanner
        scanner.advance(3)
        title = String(decoding: scanner.restOfLine(), as: UTF8.self)
        guard !title.isEmpty else { throw scanner.error("a case needs a title") }
        guard titles.insert(title).inserted else { throw start.error("a case of this title stands above") }
        firstLine = start.line
        isInCase = true
        tags = fileTags
        scanner.advance()
      } else if try !takeTag() {
        guard isInCase else { throw scanner.error("a case begins with a line “== title”") }
        try step()
      }
    }
    try endCase()
    let lines = String(decoding: scanner.bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    return CaseFile(path: scanner.file, lines: lines, cases: cases)
  }

  /// `#t` and `#f` are replies.
  private var isComment: Bool {
    guard let next = scanner.peek(1) else { return true }
    return next == 0x20 || next == Scanner.newline || next == UInt8(ascii: "#") || next == UInt8(ascii: "!")
  }

  private mutating func endCase() throws(CaseError) {
    defer {
      (steps, finally, lastConnection, modifier) = ([], [], Self.mainConnection, nil)
    }
    guard isInCase else { return }
    guard modifier == nil else { throw scanner.error("a request is missing") }
    guard !steps.isEmpty else { throw scanner.error("the case “\(title)” does nothing") }
    if !allowsGaps { try checkReplies() }
    try checkConditions()
    cases.append(
      Case(title: title, tags: tags, steps: steps, finally: finally, lines: firstLine - 1..<scanner.line - 1))
  }

  // MARK: Tags

  private static let tagNames = ["since", "until", "needs", "alone", "resp", "differs", "tags"]

  /// What a case may need of its server; `Target` finds out whether it has it.
  package static let features = [
    "scripting", "functions", "packing", "acl", "debug", "config", "info", "tls", "unix", "resp3", "cluster", "clustering",
    "command", "tracking", "modules", "replication", "migration",
  ]

  private mutating func takeTag() throws(CaseError) -> Bool {
    guard steps.isEmpty, let first = scanner.byte, Scanner.isLetter(first) else { return false }
    var ahead = scanner
    guard let name = try? ahead.name(), ahead.take(": ") || ahead.take(":\n") else { return false }
    guard Self.tagNames.contains(name) else {
      throw scanner.error("no tag is called “\(name)”: \(Self.tagNames.joined(separator: ", "))")
    }
    scanner = ahead
    scanner.skipBlanks()
    let start = scanner
    let value = String(decoding: scanner.restOfLine(), as: UTF8.self)
    scanner.advance()
    var tags = isInCase ? tags : fileTags
    try Self.read(name, value, into: &tags, start)
    if isInCase { self.tags = tags } else { fileTags = tags }
    return true
  }

  private static func read(
    _ name: String, _ value: String, into tags: inout Tags, _ place: Scanner
  ) throws(CaseError) {
    let words = value.split(separator: " ").map { String($0) }
    guard let first = words.first else { throw place.error("the tag says nothing") }
    switch name {
    case "since", "until":
      guard let version = Version(value) else { throw place.error("“\(value)” is no version") }
      if name == "since" { tags.since = version } else { tags.until = version }
    case "needs":
      for word in words where !features.contains(word) {
        throw place.error("nothing that can be needed is called “\(word)”: \(features.joined(separator: ", "))")
      }
      tags.needs += words
    case "alone":
      guard value == "yes" || value == "no" else { throw place.error("yes or no") }
      tags.isAlone = value == "yes"
    case "resp":
      let versions = words.map { Int($0).flatMap { RESPVersion(rawValue: $0) } }
      guard !versions.contains(where: { $0 == nil }) else { throw place.error("a protocol is 2 or 3") }
      tags.protocols = versions.compactMap { $0 }
    case "differs":
      guard words.count > 1 else { throw place.error("the name of a server and the reason why it may differ") }
      tags.differs[first] = words.dropFirst().joined(separator: " ")
    default: tags.words += words
    }
  }

  // MARK: Checks

  /// Every reply is read before the next request on its connection, and before the end.
  private func checkReplies() throws(CaseError) {
    var open: [String: Int] = [:]
    func missing(_ line: Int) -> CaseError {
      CaseError(
        location: Location(file: scanner.file, line: line, column: 1),
        message: "no reply is written for this request (`record` can fill it in)")
    }
    for (index, step) in steps.enumerated() {
      let next = index + 1 < steps.count ? steps[index + 1].action : nil
      switch step.action {
      case .request(let connection, _, let leaves):
        if let line = open[connection], leaves, !isAside(before: index, connection) { throw missing(line) }
        if leaves { open[connection] = step.line }
        if case .silence(connection, isWaiting: true)? = next { open[connection] = nil }
        if case .end(connection, _)? = next { open[connection] = nil }
        if case .closed(connection)? = next { open[connection] = nil }
      case .expect(let expectation): open[expectation.connection] = nil
      case .silence(let connection, _), .closed(let connection), .end(let connection, _): open[connection] = nil
      case .eventually(_, _, _, let expectations), .times(_, _, _, let expectations), .split(_, _, let expectations):
        if expectations.isEmpty { throw missing(step.line) }
      default: break
      }
    }
    if let line = open.values.min() { throw missing(line) }
  }

  /// Whether the step before put a request aside on the same connection.
  private func isAside(before index: Int, _ connection: String) -> Bool {
    guard index > 0, case .request(connection, _, leaves: false) = steps[index - 1].action else { return false }
    return true
  }

  /// A condition leaves no protocol out, and who may differ is named with a reason.
  private func checkConditions() throws(CaseError) {
    for expectation in steps.flatMap(\.expectations) {
      let conditions = expectation.alternatives.map(\.conditions)
      let place = Location(file: scanner.file, line: expectation.lines.lowerBound, column: 1)
      for case .server(let name) in conditions.joined() where tags.differs[name] == nil {
        throw CaseError(location: place, message: "“\(name)” needs a tag “differs: \(name) …” that gives the reason")
      }
      for resp in tags.protocols {
        let stranger = conditions.contains { all in
          all.allSatisfy { condition in
            switch condition {
            case .resp(let wanted): wanted == resp
            case .otherwise: true
            case .server, .atLeast, .before: false
            }
          }
        }
        let coversVersions =
          conditions.contains { $0.contains { if case .atLeast = $0 { true } else { false } } }
          && conditions.contains { $0.contains { if case .before = $0 { true } else { false } } }
        guard stranger || coversVersions else {
          throw CaseError(location: place, message: "nothing is written for \(resp); “else|” begins what is meant otherwise")
        }
      }
    }
  }
}
