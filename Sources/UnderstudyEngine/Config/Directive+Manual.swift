// What is told of a directive to people: which values it takes, what it is without being set, and where it can be set.
// Helps, manuals and the completion of shells are made of this.

extension Directive {
  /// The words that its values consist of, where those can be listed.
  package var choices: [String] {
    switch form {
    case .bool: ["yes", "no"]
    case .choice(let names), .choices(let names): names
    default: []
    }
  }

  /// A word for the value, as a usage line has it.
  package var placeholder: String {
    if traits.contains(.path) { return "PATH" }
    switch form {
    case .bool: return "yes|no"
    case .integer: return "N"
    case .octal: return "MODE"
    case .memory: return "BYTES"
    case .memoryOrPercent: return "BYTES|N%"
    case .choice(let names): return names.count <= 4 ? names.joined(separator: "|") : "WORD"
    case .choices: return "WORD ..."
    case .text: return "TEXT"
    case .special:
      if traits.contains(.multiple) { return "VALUE ..." }
      return name.hasSuffix("port") ? "N|auto" : "VALUE"
    }
  }

  /// Which values it takes, as a sentence's end: `a whole number from 0 to 65535`.
  package var values: String {
    switch form {
    case .bool: return "yes or no"
    case .integer(let range): return "a whole number\(Self.text(range))"
    case .octal(let range):
      return "a number in base 8 from \(String(range.lowerBound, radix: 8)) to \(String(range.upperBound, radix: 8))"
    case .memory(let range): return "bytes, also as 100mb or 2gb\(Self.text(range))"
    case .memoryOrPercent: return "bytes, also as 100mb or 2gb, or a percentage"
    case .choice(let names): return "one of \(names.joined(separator: ", "))"
    case .choices(let names): return "one or more of \(names.joined(separator: ", "))"
    case .text: return traits.contains(.path) ? "a path" : "a text"
    case .special:
      if name.hasSuffix("port") { return "a port, 0 for none, or auto for a free one" }
      return traits.contains(.multiple) ? "several words" : "a word"
    }
  }

  /// What it is while nobody sets it; empty for nothing.
  package var standard: String { String(decoding: value(in: Configuration()), as: UTF8.self) }

  private static func text<Number: FixedWidthInteger>(_ range: ClosedRange<Number>) -> String {
    // Ends that no value comes near say nothing.
    let isOpen = range.upperBound >= Number(clamping: Int64.max) || range.upperBound == 2_147_483_647
    if !isOpen { return " from \(range.lowerBound) to \(range.upperBound)" }
    return range.lowerBound == 0 || range.lowerBound < -1_000_000 ? "" : ", at least \(range.lowerBound)"
  }
}
