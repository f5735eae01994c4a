// `coverage`: whether every command that a server declares has cases: for its use, its errors, each of its options, and
// both protocols. What cannot have them stands with its reason in `Cases/coverage.txt`.

internal import UnderstudyTestSupport

package struct Coverage {
  /// A command or subcommand as its server declares it.
  package struct Declared: Hashable, Sendable {
    /// As `get`, or `config|set`.
    package var name: String
    /// The words that its options are called by, in upper case.
    package var options: [String]

    package init(name: String, options: [String]) {
      self.name = name
      self.options = options
    }
  }

  /// A line of `coverage.txt`: a pattern of commands, what they lack (`use`, `error`, `option`, an option's word, or `all`),
  /// and why.
  package struct Exemption: Sendable {
    package var command: Glob
    package var what: String
    package var reason: String
    package var line: Int
  }

  private struct Seen {
    var isUsed = false
    var succeeds = false
    var fails = false
    var protocols: Set<RESPVersion> = []
    var words: Set<String> = []
  }

  package private(set) var problems: [String] = []
  package private(set) var commandCount = 0

  package init(_ suite: Suite, _ declared: [Declared], _ exemptions: [Exemption]) {
    let names = Set(declared.map(\.name))
    var seen: [String: Seen] = [:]
    for file in suite.files { for item in file.cases { Self.look(at: item, names, &seen) } }
    var used: Set<Int> = []
    commandCount = declared.count
    for command in declared.sorted(by: { $0.name < $1.name }) {
      func lacks(_ what: String, _ text: String) {
        let exemption = exemptions.firstIndex { $0.command.fits(command.name) && ($0.what == what || $0.what == "all") }
        if let exemption { used.insert(exemption) } else { problems.append("\(command.name): \(text)") }
      }
      let isContainer = names.contains { $0.hasPrefix(command.name + "|") }
      guard let all = seen[command.name], all.isUsed else {
        lacks("use", "no case")
        continue
      }
      if !all.succeeds && !isContainer { lacks("use", "no case in which it succeeds") }
      if !all.fails { lacks("error", "no case in which it fails") }
      for resp in RESPVersion.allCases where !all.protocols.contains(resp) { lacks("\(resp)", "no case in \(resp)") }
      for option in command.options where !all.words.contains(option) { lacks(option, "its option \(option) is in no case") }
    }
    for (index, exemption) in exemptions.enumerated() where !used.contains(index) {
      // What is said of commands that this server does not have is for another one.
      guard names.contains(where: exemption.command.fits) else { continue }
      problems.append("coverage.txt:\(exemption.line): nothing needs this exemption")
    }
  }

  private static func look(at item: Case, _ names: Set<String>, _ seen: inout [String: Seen]) {
    var open: [String: [String]] = [:]
    var last: [String: String] = [:]
    func note(_ connection: String, _ words: [Template]) {
      let texts = words.map { $0.text.uppercased() }
      guard let first = texts.first?.lowercased() else { return }
      let longer = texts.count > 1 ? "\(first)|\(texts[1].lowercased())" : first
      let name = names.contains(longer) ? longer : first
      seen[name, default: Seen()].isUsed = true
      seen[name, default: Seen()].protocols.formUnion(item.tags.protocols)
      seen[name, default: Seen()].words.formUnion(texts.dropFirst())
      // The container is used through its subcommands.
      if name != first { seen[first, default: Seen()].isUsed = true }
      if name != first { seen[first, default: Seen()].protocols.formUnion(item.tags.protocols) }
      open[connection, default: []].append(name)
      last[connection] = name
    }
    func judge(_ expectations: [Expectation]) {
      for expectation in expectations {
        let connection = expectation.connection
        let name = open[connection]?.isEmpty == false ? open[connection]?.removeFirst() : last[connection]
        guard let name else { continue }
        for alternative in expectation.alternatives {
          if alternative.pattern.isError {
            seen[name]?.fails = true
          } else {
            seen[name]?.succeeds = true
          }
        }
      }
    }
    for step in item.steps {
      switch step.action {
      case .request(let connection, let words, _): note(connection, words)
      case .eventually(let connection, let words, _, let expectations),
        .times(_, let connection, let words, let expectations):
        note(connection, words)
        judge(expectations)
      case .expect(let expectation): judge([expectation])
      default: break
      }
    }
  }

  // MARK: What is declared

  /// All that a server's COMMAND and COMMAND DOCS tell.
  package static func declared(by target: Target, timeout: Int) throws -> [Declared] {
    let client = try target.connect(timeout: timeout)
    guard case .array(let commands) = try client.command("COMMAND") else {
      throw WireError("the server does not answer COMMAND, which says what it declares")
    }
    var options: [String: [String]] = [:]
    if case .array(let docs) = try client.command("COMMAND", "DOCS") { collect(docs, &options) }
    return commands.flatMap { names(of: $0) }.map { Declared(name: $0, options: options[$0] ?? []) }
  }

  private static func names(of command: RESPValue) -> [String] {
    guard let fields = command.elements, let name = fields.first?.text else { return [] }
    let subcommands = fields.count > 9 ? fields[9].elements ?? [] : []
    return [name.lowercased()] + subcommands.flatMap { names(of: $0) }
  }

  private static func collect(_ docs: [RESPValue], _ options: inout [String: [String]]) {
    for (name, doc) in entries(docs) {
      guard let fields = doc.elements else { continue }
      for (field, value) in entries(fields) {
        if field == "arguments" { options[name.lowercased(), default: []] += tokens(value.elements ?? []) }
        if field == "subcommands" { collect(value.elements ?? [], &options) }
      }
    }
  }

  private static func tokens(_ arguments: [RESPValue]) -> [String] {
    arguments.flatMap { argument -> [String] in
      entries(argument.elements ?? []).flatMap { field, value -> [String] in
        if field == "token" { return (value.text?.uppercased()).map { [$0] } ?? [] }
        return field == "arguments" ? tokens(value.elements ?? []) : []
      }
    }
  }

  private static func entries(_ flat: [RESPValue]) -> [(String, RESPValue)] {
    stride(from: 0, to: flat.count - 1, by: 2).compactMap { index in flat[index].text.map { ($0, flat[index + 1]) } }
  }

  /// Reads `coverage.txt`.
  package static func exemptions(_ text: [UInt8]) -> [Exemption] {
    String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .compactMap { index, line in
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count == 3, !line.hasPrefix("#") else { return nil }
        return Exemption(
          command: Glob(String(words[0])), what: String(words[1]), reason: String(words[2]), line: index + 1)
      }
  }
}
