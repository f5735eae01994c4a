// ProgramOption: an option of one of the program's commands, declared once: it is read, helped with, completed and written
// into the manual by what stands here. Options of the server are directives, and are declared in the engine's tables.

struct ProgramOption: Sendable {
  /// What stands behind it.
  enum Value: Sendable {
    case none
    /// A word, and what a usage line calls it.
    case word(String)
    case choice(String, [String])
    case path(String)
  }

  /// With its dashes.
  let name: String
  let value: Value
  let summary: String
  /// A second, short name.
  let short: String?

  init(_ name: String, _ value: Value, _ summary: String, short: String? = nil) {
    self.name = name
    self.value = value
    self.summary = summary
    self.short = short
  }

  /// A switch.
  init(_ name: String, _ summary: String, short: String? = nil) { self.init(name, .none, summary, short: short) }

  static let help = ProgramOption("--help", "Prints this.", short: "-h")

  /// As a usage line has it: `--report FILE`.
  var usage: String {
    switch value {
    case .none: short.map { "\($0), \(name)" } ?? name
    case .word(let placeholder), .choice(let placeholder, _), .path(let placeholder): "\(name) \(placeholder)"
    }
  }

  var takesValue: Bool {
    if case .none = value { return false }
    return true
  }

  /// The words that its value can be, where those can be listed.
  var choices: [String] {
    if case .choice(_, let words) = value { return words }
    return []
  }

  var isPath: Bool {
    if case .path = value { return true }
    return false
  }
}

/// Options taken out of a command line.
struct GivenOptions {
  /// Why a command line makes no sense.
  struct Refusal: Error { let text: String }

  private(set) var given: [(option: ProgramOption, value: String)] = []
  /// What is no option of the command: operands, or directives that the server is to read.
  private(set) var rest: [String] = []

  /// - Parameters:
  ///   - words: what stands behind the command.
  ///   - options: those that it has.
  ///   - keepsUnknown: options that the command does not have are left in `rest`; otherwise they are refused.
  init(_ words: [String], _ options: [ProgramOption], keepsUnknown: Bool = false) throws(Refusal) {
    var words = words[...]
    while let word = words.popFirst() {
      let (name, joined) = Self.split(word)
      guard let option = options.first(where: { $0.name == name || $0.short == name }) else {
        if word.hasPrefix("-"), word != "-", !keepsUnknown { throw Refusal(text: "there is no option \(name)") }
        rest.append(word)
        continue
      }
      guard option.takesValue else {
        if joined != nil { throw Refusal(text: "\(name) takes no value") }
        given.append((option, ""))
        continue
      }
      guard let value = joined ?? words.popFirst(), !value.isEmpty else { throw Refusal(text: "\(name) wants a value") }
      given.append((option, value))
    }
  }

  /// `--name=value` in its parts.
  private static func split(_ word: String) -> (name: String, value: String?) {
    guard word.hasPrefix("--"), let place = word.firstIndex(of: "=") else { return (word, nil) }
    return (String(word[..<place]), String(word[word.index(after: place)...]))
  }

  /// The value that an option has been given last.
  func value(of option: ProgramOption) -> String? { given.last { $0.option.name == option.name }?.value }

  func has(_ option: ProgramOption) -> Bool { value(of: option) != nil }
}
