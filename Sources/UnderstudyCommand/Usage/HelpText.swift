// HelpText: what `--help` and `understudy help` print: the declarations of commands and directives, laid out for a
// terminal.

internal import UnderstudyEngine

struct HelpText {
  private static let width = 100
  private var layout = TextLayout(width: HelpText.width)

  /// What `understudy --help` prints.
  static var program: String {
    var text = HelpText()
    text.writeProgram()
    return text.layout.text
  }

  /// What `understudy help run` prints, and `understudy run --help`.
  static func command(_ command: ProgramCommand) -> String {
    var text = HelpText()
    text.write(command)
    return text.layout.text
  }

  /// What `understudy help` prints of its operands, or why it cannot.
  static func answer(_ words: [String]) -> Result<String, GivenOptions.Refusal> {
    guard let first = words.first else { return .success(program) }
    if first == "config" { return directives(Array(words.dropFirst())) }
    guard words.count == 1, let found = ProgramCommand.named(first) else {
      return .failure(GivenOptions.Refusal(text: "there is no command '\(words.joined(separator: " "))'"))
    }
    return .success(command(found))
  }

  // MARK: The program

  private mutating func writeProgram() {
    let server = ProgramCommand.server
    layout.paragraph("understudy \(ProgramVersion.text). \(server.summary)")
    layout.line()
    let usages = ProgramCommand.all.flatMap { command in
      command.usages.map { [command.name, $0].filter { !$0.isEmpty }.joined(separator: " ") }
    }
    writeUsages(usages)
    for paragraph in server.description { writeParagraph(paragraph) }
    title("Commands")
    for command in ProgramCommand.all where !command.name.isEmpty { row(command.name, command.summary) }
    title("Options")
    for option in server.options { row(option.usage, option.summary) }
    layout.line()
    layout.paragraph(
      "Directives are those of redis.conf. As options they have two dashes: --maxmemory 100mb. "
        + "`understudy help config DIRECTIVE` tells which values one takes.".withoutCode)
    for group in Directives.groups {
      let shown = group.directives.filter { !$0.traits.contains(.inert) }
      if shown.isEmpty { continue }
      title(group.title)
      for directive in shown { row("--\(directive.name) \(directive.placeholder)", directive.summary.withoutCode) }
    }
    let inert = Directives.all.count { $0.traits.contains(.inert) && $0.replacement == nil }
    layout.line()
    layout.paragraph(
      "\(inert) more are known, kept and answered, and have no effect: what they govern is not here. "
        + "understudy help config lists them.")
    writeExamples(server.examples)
  }

  // MARK: A command

  private mutating func write(_ command: ProgramCommand) {
    layout.paragraph("understudy \(command.name): \(command.summary)")
    layout.line()
    writeUsages(command.usages.map { $0.isEmpty ? command.name : "\(command.name) \($0)" })
    for paragraph in command.description { writeParagraph(paragraph) }
    if !command.options.isEmpty {
      title("Options")
      for option in command.options { row(option.usage, option.summary.withoutCode) }
    }
    for section in command.sections {
      title(section.title)
      for entry in section.rows { row(entry.term, entry.text.withoutCode) }
    }
    writeExamples(command.examples)
  }

  private mutating func writeUsages(_ usages: [String]) {
    for (index, usage) in usages.enumerated() {
      layout.line("\(index == 0 ? "Usage:" : "      ") understudy \(usage)")
    }
  }

  private mutating func writeParagraph(_ text: String) {
    layout.line()
    layout.paragraph(text.withoutCode)
  }

  private mutating func writeExamples(_ examples: [String]) {
    if examples.isEmpty { return }
    title("Examples")
    for example in examples { layout.line("  \(example)") }
  }

  private mutating func title(_ text: String) {
    layout.line()
    layout.line("\(text):")
  }

  /// A term, and what it is in a column beside it; below it if the term is long.
  private mutating func row(_ term: String, _ text: String, column: Int = 34) {
    var cell = TextLayout(width: Self.width - column)
    cell.paragraph(text)
    var lines = cell.text.split(separator: "\n")
    if term.count + 4 <= column {
      layout.line("  \(term)\(String(repeating: " ", count: column - 2 - term.count))\(lines.first ?? "")")
      if !lines.isEmpty { lines.removeFirst() }
    } else {
      layout.line("  \(term)")
    }
    for line in lines { layout.line(String(repeating: " ", count: column) + line) }
  }

  // MARK: Directives

  /// What `understudy help config` says: all directives in short, or those that are named in full.
  private static func directives(_ names: [String]) -> Result<String, GivenOptions.Refusal> {
    var text = HelpText()
    if names.isEmpty {
      text.layout.line("Directives. understudy help config DIRECTIVE tells more of one; (–) marks those without effect here.")
      for group in Directives.groups {
        text.title(group.title)
        for directive in group.directives {
          text.row(directive.name, (directive.traits.contains(.inert) ? "(–) " : "") + directive.summary.withoutCode)
        }
      }
      return .success(text.layout.text)
    }
    var isFirst = true
    for name in names {
      let wanted = name.hasPrefix("--") ? String(name.dropFirst(2)) : name
      let found = Directives.all.filter { wanted.isPattern(of: $0.name) }
      if found.isEmpty {
        let near = Nearness.nearest(to: wanted, among: Directives.all.map(\.name))
        let advice = near.map { "; is it \($0)?" } ?? ""
        return .failure(GivenOptions.Refusal(text: "there is no directive '\(wanted)'\(advice)"))
      }
      for directive in found {
        if !isFirst { text.layout.line() }
        isFirst = false
        text.write(directive)
      }
    }
    return .success(text.layout.text)
  }

  private mutating func write(_ directive: Directive) {
    layout.line(directive.name)
    layout.paragraph(directive.summary.withoutCode, indent: 2)
    var facts = [("Values", directive.values)]
    facts.append(("Unless set", directive.standard.isEmpty ? "nothing" : directive.standard))
    if let alias = directive.alias { facts.append(("Also as", alias)) }
    if directive.since > "7.0.0" { facts.append(("Since", "\(directive.since)")) }
    facts.append(("May be set", directive.changing))
    if directive.traits.contains(.own) { facts.append(("Known to", "this server alone")) }
    if directive.traits.contains(.inert) {
      facts.append(("Effect", "none: it is kept and answered, and what it governs is not here"))
    }
    for (term, text) in facts { row("\(term):", text, column: 16) }
  }
}

extension Directive {
  /// When it can be set.
  fileprivate var changing: String {
    if traits.contains(.immutable) { return "at the start only" }
    if traits.contains(.protected) { return "at the start; by CONFIG SET if enable-protected-configs allows it" }
    return "at the start, and by CONFIG SET"
  }
}

extension String {
  /// Whether it is a name, or with `*` and the like a pattern of it; case does not matter.
  fileprivate func isPattern(of name: String) -> Bool {
    withBytes { pattern in name.withBytes { GlobPattern(pattern, ignoringCase: true).matches($0) } }
  }

  /// Without the quotes that mark code, which a terminal does not show.
  var withoutCode: String { filter { $0 != "`" } }
}
