// The lines of steps: requests, replies, and the words that stand for what a client does beside them.

internal import UnderstudyTestSupport

extension CaseParser {
  /// Reads one line (a reply may take several), and adds what it says.
  mutating func step() throws(CaseError) {
    let line = scanner.line
    if let conditions = try takeConditions() {
      return try expectation(conditions, lastConnection, line)
    }
    var ahead = scanner
    let name = ahead.byte.map(Scanner.isLetter) == true ? try ahead.name() : ""
    if ahead.looks(at: "> ") || ahead.looks(at: ">> ") {
      let leaves = !ahead.take(">> ")
      if leaves { ahead.advance(2) }
      scanner = ahead
      return try request(name.isEmpty ? Self.mainConnection : name, leaves: leaves, line)
    }
    if ahead.take("< ") {
      scanner = ahead
      scanner.skipBlanks()
      let conditions = try takeConditions() ?? []
      return try expectation(conditions, name.isEmpty ? Self.mainConnection : name, line)
    }
    if try takeWord(name, ahead, line) { return }
    try expectation([], lastConnection, line)
  }

  // MARK: Requests

  private mutating func request(_ connection: String, leaves: Bool, _ line: Int) throws(CaseError) {
    let start = scanner
    let words = try scanner.words()
    guard !words.isEmpty else { throw start.error("a request is missing") }
    try scanner.endLine()
    if connection == "finally" {
      guard leaves, modifier == nil else { throw start.error("a request at the end is one by itself") }
      return finally.append(words)
    }
    lastConnection = connection
    switch modifier {
    case nil: add(.request(connection, words, leaves: leaves), line)
    case .eventually(let milliseconds):
      add(.eventually(connection, words, milliseconds: milliseconds, []), line)
    case .times(let count): add(.times(count, connection, words, []), line)
    }
    modifier = nil
  }

  private mutating func add(_ action: Step.Action, _ line: Int) { steps.append(Step(action: action, line: line)) }

  // MARK: Replies

  /// `2|`, `name|`, `>=7.2,3|` at the beginning of a line.
  private mutating func takeConditions() throws(CaseError) -> [Expectation.Condition]? {
    var ahead = scanner
    let text = ahead.take { byte in
      Scanner.isNamePart(byte) || [UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "<"), UInt8(ascii: ">"),
        UInt8(ascii: "=")].contains(byte)
    }
    guard !text.isEmpty, ahead.take("|") else { return nil }
    let start = scanner
    var conditions: [Expectation.Condition] = []
    for part in String(decoding: text, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false) {
      if part == "else" {
        conditions.append(.otherwise)
      } else if let version = part.hasPrefix(">=") ? Version(part.dropFirst(2)) : nil {
        conditions.append(.atLeast(version))
      } else if let version = part.hasPrefix("<") ? Version(part.dropFirst()) : nil {
        conditions.append(.before(version))
      } else if let resp = Int(part).flatMap({ RESPVersion(rawValue: $0) }) {
        conditions.append(.resp(resp))
      } else if let first = part.utf8.first, Scanner.isLetter(first) {
        conditions.append(.server(String(part)))
      } else {
        throw start.error("“\(part)” is no condition: 2, 3, >=7.2, <7.2, else, or the name of a server")
      }
    }
    scanner = ahead
    scanner.skipBlanks()
    return conditions
  }

  private mutating func expectation(
    _ conditions: [Expectation.Condition], _ connection: String, _ line: Int
  ) throws(CaseError) {
    let pattern = try scanner.topPattern()
    let end = scanner.line
    if pattern.isUnknown && !allowsGaps {
      throw scanner.error("what must come is not written yet (`record` can fill it in)")
    }
    guard modifier == nil else { throw scanner.error("a request must follow first") }
    try scanner.endLine()
    let alternative = Expectation.Alternative(conditions: conditions, pattern: pattern)
    if !conditions.isEmpty, joinsLast(conditions, connection, line) {
      return changeLast { last in
        last.alternatives.append(alternative)
        last.lines = last.lines.lowerBound...end
      }
    }
    let expectation = Expectation(connection: connection, alternatives: [alternative], lines: line...end)
    if let last = steps.indices.last, let grown = steps[last].action.expecting(expectation) {
      steps[last].action = grown
    } else {
      add(.expect(expectation), line)
    }
  }

  /// Whether a line with conditions is another one for the reply of the line above.
  private func joinsLast(_ conditions: [Expectation.Condition], _ connection: String, _ line: Int) -> Bool {
    guard let last = steps.last?.expectations.last, last.lines.upperBound + 1 == line, last.connection == connection
    else { return false }
    let all = last.alternatives.map(\.conditions)
    return !all.contains([]) && !all.contains(conditions) && !all.contains([.otherwise])
  }

  private mutating func changeLast(_ change: (inout Expectation) -> Void) {
    guard let last = steps.indices.last else { return }
    steps[last].action = steps[last].action.changingLast(change)
  }

  // MARK: Words

  private static let words = [
    "send", "drip", "split", "blocked", "quiet", "closed", "close", "halfclose", "reset", "open", "config", "eventually",
    "times",
  ]

  /// Reads a line that begins with a word, or with a connection's name and a word.
  private mutating func takeWord(_ first: String, _ behind: Scanner, _ line: Int) throws(CaseError) -> Bool {
    var (word, connection, ahead) = (first, lastConnection, behind)
    if !Self.words.contains(word), !first.isEmpty {
      ahead.skipBlanks()
      guard let next = try? ahead.name(), Self.words.contains(next), next != "config", next != "eventually", next != "times"
      else { return false }
      (word, connection) = (next, first)
    }
    guard Self.words.contains(word) else { return false }
    guard modifier == nil else { throw scanner.error("a request must follow first") }
    scanner = ahead
    scanner.skipBlanks()
    try take(word, connection, line)
    try scanner.endLine()
    return true
  }

  private mutating func take(_ word: String, _ connection: String, _ line: Int) throws(CaseError) {
    let start = scanner
    switch word {
    case "send", "drip", "split":
      var text = Template()
      while !scanner.isAtLineEnd {
        for part in try scanner.quoted().parts {
          switch part {
          case .bytes(let bytes): text.append(bytes)
          case .variable(let name): text.append(variable: name)
          }
        }
        scanner.skipBlanks()
      }
      guard !text.parts.isEmpty else { throw start.error("the bytes to send are missing") }
      lastConnection = connection
      add(word == "split" ? .split(connection, text, []) : .bytes(connection, text, drips: word == "drip"), line)
    case "blocked", "quiet": add(.silence(connection, isWaiting: word == "blocked"), line)
    case "closed": add(.closed(connection), line)
    case "open":
      lastConnection = connection
      add(.open(connection, isRaw: scanner.take("raw")), line)
    case "config":
      let words = try scanner.words()
      guard words.count == 2 else { throw start.error("the name of a directive and its value") }
      add(.configure(words[0].text, words[1]), line)
    case "eventually":
      let number = try scanner.size()
      guard scanner.take("ms") || scanner.take("s") else { throw scanner.error("ms or s is missing") }
      let isSeconds = scanner.bytes[scanner.position - 2] != UInt8(ascii: "m")
      modifier = .eventually(milliseconds: isSeconds ? number * 1000 : number)
    case "times":
      let count = try scanner.size()
      guard count > 0 else { throw start.error("at least once") }
      modifier = .times(count)
    default:
      guard let ending = Step.Ending(rawValue: word) else { throw start.error("a word is missing") }
      add(.end(connection, ending), line)
    }
  }
}

extension Step.Action {
  /// The same with one more reply that must come; nil if it takes none.
  fileprivate func expecting(_ expectation: Expectation) -> Step.Action? {
    switch self {
    case .split(let connection, let text, let all) where connection == expectation.connection:
      .split(connection, text, all + [expectation])
    case .eventually(let connection, let words, let milliseconds, let all) where connection == expectation.connection:
      .eventually(connection, words, milliseconds: milliseconds, all + [expectation])
    case .times(let count, let connection, let words, let all) where connection == expectation.connection:
      .times(count, connection, words, all + [expectation])
    default: nil
    }
  }

  fileprivate func changingLast(_ change: (inout Expectation) -> Void) -> Step.Action {
    func changed(_ all: [Expectation]) -> [Expectation] {
      var all = all
      if let last = all.indices.last { change(&all[last]) }
      return all
    }
    return switch self {
    case .expect(let expectation): .expect(changed([expectation])[0])
    case .split(let connection, let text, let all): .split(connection, text, changed(all))
    case .eventually(let connection, let words, let milliseconds, let all):
      .eventually(connection, words, milliseconds: milliseconds, changed(all))
    case .times(let count, let connection, let words, let all): .times(count, connection, words, changed(all))
    default: self
    }
  }
}
