// ManualPage: what `understudy man` prints: the declarations of commands and directives as a page of the manual, in the
// macros of man(7).

internal import UnderstudyEngine

struct ManualPage {
  private var text = ""

  static var page: String {
    var page = ManualPage()
    page.write()
    return page.text
  }

  private mutating func write() {
    let server = ProgramCommand.server
    request("TH", "UNDERSTUDY", "1", "", "understudy \(ProgramVersion.text)", "User Commands")
    section("NAME")
    line("understudy \\- a Redis\\-compatible server for tests and development")
    section("SYNOPSIS")
    for command in ProgramCommand.all {
      for usage in command.usages {
        text += ".PP\n.B understudy\(command.name.isEmpty ? "" : " \(Self.escaped(command.name))")\n"
        if !usage.isEmpty { line(Self.escaped(usage)) }
      }
    }
    section("DESCRIPTION")
    for paragraph in server.description { self.paragraph(paragraph) }
    section("OPTIONS")
    for option in server.options { entry(option.usage, option.summary) }
    section("COMMANDS")
    for command in ProgramCommand.all where !command.name.isEmpty { write(command) }
    section("DIRECTIVES")
    paragraph(
      "As options they have two dashes before their names; in a file they begin a line. What is marked as without effect is "
        + "known, kept and answered, and what it governs is not here.")
    for group in Directives.groups {
      request("SS", group.title)
      for directive in group.directives { write(directive) }
    }
    section("EXAMPLES")
    for example in ProgramCommand.all.flatMap(\.examples) { text += ".PP\n.EX\n\(Self.escaped(example))\n.EE\n" }
    section("SEE ALSO")
    text += ".BR redis\\-server (1),\n.BR redis\\-cli (1)\n"
  }

  private mutating func write(_ command: ProgramCommand) {
    request("SS", "understudy \(command.name)")
    paragraph(command.summary)
    for paragraph in command.description { self.paragraph(paragraph) }
    for option in command.options { entry(option.usage, option.summary) }
    for section in command.sections {
      paragraph("\(section.title):")
      for row in section.rows { entry(row.term, row.text) }
    }
  }

  private mutating func write(_ directive: Directive) {
    var facts = "\(directive.summary) Values: \(directive.values). "
    facts += "Unless set: \(directive.standard.isEmpty ? "nothing" : directive.standard)."
    if let alias = directive.alias { facts += " Also as \(alias)." }
    if directive.traits.contains(.inert) { facts += " Without effect." }
    entry(directive.name, facts)
  }

  // MARK: Macros

  private mutating func section(_ title: String) { request("SH", title) }

  private mutating func request(_ name: String, _ arguments: String...) {
    let words = arguments.map { "\"\(Self.escaped($0).replacing("\"", with: "\\(dq"))\"" }
    text += ".\(name) \(words.joined(separator: " "))\n"
  }

  private mutating func paragraph(_ words: String) {
    text += ".PP\n"
    line(Self.marked(words))
  }

  private mutating func entry(_ term: String, _ words: String) {
    text += ".TP\n.B \"\(Self.escaped(term).replacing("\"", with: "\\(dq"))\"\n"
    line(Self.marked(words))
  }

  /// A line of text, which must not be taken for a request.
  private mutating func line(_ words: String) {
    text += (words.hasPrefix(".") || words.hasPrefix("'") ? "\\&" : "") + words + "\n"
  }

  /// Text with code between backquotes made bold.
  private static func marked(_ words: String) -> String {
    var isCode = false
    return escaped(words).map { character in
      guard character == "`" else { return String(character) }
      isCode.toggle()
      return isCode ? "\\fB" : "\\fR"
    }.joined()
  }

  /// Text in which nothing means anything to roff, and dashes are those that a person types.
  private static func escaped(_ words: String) -> String {
    words.map { character in
      switch character {
      case "\\": "\\e"
      case "-": "\\-"
      case "'": "\\(aq"
      case "~": "\\(ti"
      case "^": "\\(ha"
      case "…": "..."
      case "–": "\\(en"
      default: String(character)
      }
    }.joined()
  }
}
