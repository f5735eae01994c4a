// ConfigurationFile: the text of a configuration file and of a command line, read without IO: text in, settings or an
// error out. Who has files hands in a function that reads an included one.
//
// A line is a directive with its values. Values in double quotes know escapes (\n \r \t \b \a \xHH), those in single
// quotes only \'; a line whose first character is # says nothing. A command line is turned into such lines and read
// behind the file, so that both are refused in the same words, with the number of the line.

package enum ConfigurationFile {
  /// What stops the start.
  package struct Failure: Error, Equatable {
    /// Counted from 1; nil if the error is not about a line.
    package let line: Int?
    /// The line as it stands there, blanks at its ends taken away.
    package let source: String
    package let text: String

    /// What redis-server writes before it gives up.
    package func message(version: String) -> String {
      var message = "\n*** FATAL CONFIG FILE ERROR (Redis \(version)) ***\n"
      if let line { message += "Reading the configuration file, at line \(line)\n>>> '\(source)'\n" }
      return message + text + "\n"
    }
  }

  /// Where a `dir` leads: a path from the root, or why it leads nowhere.
  package enum Place {
    case directory(String)
    case nowhere(String)
  }

  /// Reads `text` into `configuration`.
  ///
  /// - Parameters:
  ///   - include: reads the file that an `include` names: its text, or nil if it cannot be read. A pattern may stand for
  ///     several files, which it joins.
  ///   - visit: looks at the directory that a `dir` names: where that is, or why nobody can go there.
  ///   - isCommand: whether there is a command of that name, which `rename-command` asks.
  /// - Throws: the first line that cannot be taken; what stood before it has been.
  package static func load(
    _ text: [UInt8], into configuration: inout Configuration, include: (String) -> [UInt8]? = { _ in nil },
    visit: (String) -> Place = { .directory($0) }, isCommand: (String) -> Bool = { _ in false }
  ) throws(Failure) {
    configuration.replacedDefaults = []
    try read(text, &configuration, include, visit, isCommand, depth: 0)
    configuration.replacedDefaults = []
  }

  private static func read(
    _ text: [UInt8], _ configuration: inout Configuration, _ include: (String) -> [UInt8]?,
    _ visit: (String) -> Place, _ isCommand: (String) -> Bool, depth: Int
  ) throws(Failure) {
    for (index, raw) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      let line = trimmed(raw)
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      func failure(_ text: String) -> Failure {
        Failure(line: index + 1, source: String(decoding: line, as: UTF8.self), text: text)
      }
      guard let words = split(line) else { throw failure("Unbalanced quotes in configuration line") }
      guard let first = words.first else { continue }
      let name = String(decoding: Directive.lowercased(first), as: UTF8.self)
      let values = Array(words.dropFirst())
      switch name {
      case "include" where values.count == 1:
        let path = String(decoding: values[0], as: UTF8.self)
        guard depth < 16 else { throw failure("Too many included files within one another") }
        guard let included = include(path) else {
          throw Failure(line: nil, source: "", text: "Can't open config file '\(path)'")
        }
        try read(included, &configuration, include, visit, isCommand, depth: depth + 1)
      case "list-max-ziplist-entries", "list-max-ziplist-value":
        // Without meaning since long, and still in old files.
        continue
      case "dir" where values.count == 1:
        switch visit(String(decoding: values[0], as: UTF8.self)) {
        case .directory(let path): configuration.directory = path
        case .nowhere(let reason): throw failure(reason)
        }
      case "rename-command" where values.count == 2:
        let (old, new) = (String(decoding: values[0], as: UTF8.self), String(decoding: values[1], as: UTF8.self))
        if let refusal = configuration.renamings.rename(old, to: new, isCommand: isCommand) { throw failure(refusal) }
      case "user":
        do {
          configuration.users.append(try UserDeclaration(words, configuration))
        } catch {
          throw failure(error.text)
        }
      case "sentinel":
        throw failure("sentinel directive while not in sentinel mode")
      default:
        do {
          try Directives.apply(name: name, values: values, to: &configuration)
        } catch {
          throw failure(error.text)
        }
      }
    }
  }

  static func trimmed(_ line: ArraySlice<UInt8>) -> [UInt8] {
    func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 || byte == 10 }
    guard let first = line.firstIndex(where: { !isBlank($0) }), let last = line.lastIndex(where: { !isBlank($0) })
    else { return [] }
    return Array(line[first...last])
  }

  /// The words of a line; nil if a quote is not closed, or something stands right behind a closing one.
  package static func split(_ line: [UInt8]) -> [[UInt8]]? {
    var words: [[UInt8]] = []
    var index = 0
    while true {
      while index < line.count, isSpace(line[index]) { index += 1 }
      guard index < line.count, line[index] != 0 else { return words }
      var word: [UInt8] = []
      var quote: UInt8 = 0
      while true {
        let byte = index < line.count ? line[index] : 0
        if quote != 0 {
          if byte == 0 { return nil }
          if byte == quote {
            // The word ends here: a blank or the end must follow.
            if index + 1 < line.count, line[index + 1] != 0, !isSpace(line[index + 1]) { return nil }
            index += 1
            break
          }
          index += readQuoted(line, index, quote, into: &word)
          continue
        }
        if byte == 0 || isSpace(byte) { break }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
          quote = byte
        } else {
          word.append(byte)
        }
        index += 1
      }
      words.append(word)
    }
  }

  /// Takes one character within quotes; answers how many bytes it took.
  private static func readQuoted(_ line: [UInt8], _ index: Int, _ quote: UInt8, into word: inout [UInt8]) -> Int {
    let backslash = UInt8(ascii: "\\")
    guard line[index] == backslash, index + 1 < line.count else {
      word.append(line[index])
      return 1
    }
    let next = line[index + 1]
    if quote == UInt8(ascii: "'") {
      guard next == quote else {
        word.append(backslash)
        return 1
      }
      word.append(quote)
      return 2
    }
    if next == UInt8(ascii: "x"), index + 3 < line.count, let high = hexadecimal(line[index + 2]),
      let low = hexadecimal(line[index + 3])
    {
      word.append(high << 4 | low)
      return 4
    }
    switch next {
    case UInt8(ascii: "n"): word.append(10)
    case UInt8(ascii: "r"): word.append(13)
    case UInt8(ascii: "t"): word.append(9)
    case UInt8(ascii: "b"): word.append(8)
    case UInt8(ascii: "a"): word.append(7)
    default: word.append(next)
    }
    return 2
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }

  /// As C's `isspace`.
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

  // MARK: The command line

  /// What a command line asks for.
  package struct CommandLine: Sendable {
    /// The configuration file, if the first argument is no option.
    package let file: String?
    /// A `-` stands first or last: more lines come from the standard input.
    package let readsStandardInput: Bool
    /// The options as lines of a file.
    package let lines: [UInt8]
  }

  /// Reads the arguments behind the program's name: `[file] [--directive value …] [-]`.
  package static func commandLine(_ arguments: [String]) -> CommandLine {
    var file: String?
    var readsStandardInput = false
    var lines: [UInt8] = []
    /// Whether the option before has its value, so that `--` begins an option and is no value.
    var isComplete = true
    for (index, argument) in arguments.enumerated() {
      let isLast = index == arguments.count - 1
      if index == 0 && !argument.hasPrefix("-") {
        file = argument
      } else if argument == "-" && (index == 0 || isLast) {
        readsStandardInput = true
      } else if isComplete && argument.hasPrefix("--") {
        if !lines.isEmpty { lines.append(10) }
        lines += Array(argument.utf8.dropFirst(2)) + [32]
        let hasValue = (split(Array(argument.utf8))?.count ?? 2) > 1
        isComplete = hasValue
        // `--save` alone, or before another option, means no saving; a switch of this server's own means yes.
        if !hasValue && (isLast || arguments[index + 1].hasPrefix("--")) {
          if argument.lowercased() == "--save" {
            lines += Array("\"\"".utf8)
            isComplete = true
          } else if Directives.isSwitch(String(argument.dropFirst(2))) {
            lines += Array("yes".utf8)
            isComplete = true
          }
        }
      } else {
        lines += quoted(Array(argument.utf8)) + [32]
        isComplete = true
      }
    }
    return CommandLine(file: file, readsStandardInput: readsStandardInput, lines: lines)
  }

  /// The text in double quotes, so that `split` gives it back.
  package static func quoted(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [UInt8(ascii: "\"")]
    for byte in text {
      switch byte {
      case UInt8(ascii: "\\"), UInt8(ascii: "\""): result += [UInt8(ascii: "\\"), byte]
      case 10: result += Array("\\n".utf8)
      case 13: result += Array("\\r".utf8)
      case 9: result += Array("\\t".utf8)
      case 7: result += Array("\\a".utf8)
      case 8: result += Array("\\b".utf8)
      case 32...126: result.append(byte)
      default:
        let digits = String(byte, radix: 16)
        result += Array("\\x\(digits.utf8.count == 1 ? "0" : "")\(digits)".utf8)
      }
    }
    return result + [UInt8(ascii: "\"")]
  }
}
