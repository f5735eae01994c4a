// Rules about files as texts.

extension Rule {
  /// Where the house begins to find a file long.
  static let softLength = 500

  static let fileLength = Rule(
    name: "files are short",
    advice: "A file of over 900 lines is read by nobody. Move an aspect of it to `Type+Aspect.swift`.",
    bad: ["Sources/A/Long.swift": String(repeating: "//\n", count: 901)],
    good: ["Sources/A/Short.swift": String(repeating: "//\n", count: 900)]
  ) { tree in
    tree.files.filter { !$0.isPage }.compactMap { file in
      let count = file.lines.count - (file.lines.last == "" ? 1 : 0)
      return count > 900 ? Violation(file, "\(count) lines") : nil
    }
  }

  /// Where a line must end. The formatter breaks code earlier, and leaves comments and literals alone.
  static let lineLimit = 140

  static let lineLength = Rule(
    name: "lines are at most \(lineLimit) columns",
    advice: "Longer lines do not fit beside a second file. Break it. Only a line that is one string literal may be longer.",
    bad: ["Sources/A/Wide.swift": "let wide = " + String(repeating: "1", count: 130)],
    good: [
      "Sources/A/Text.swift": "  \"" + String(repeating: "a", count: 150) + "\",\n",
      "Sources/A/Fits.swift": String(repeating: "é", count: 140) + "\n",
    ]
  ) { tree in
    tree.files.filter { !$0.isPage }.flatMap { file in
      zip(1..., zip(file.lines, file.code)).compactMap { number, line -> Violation? in
        let (text, code) = line
        guard text.utf8.count > lineLimit, text.count > lineLimit else { return nil }
        // What is left of a literal in the code are its quotes.
        let isLiteral = file.isSwift && code.allSatisfy { " \"#,".contains($0) } && code.contains("\"")
        return isLiteral ? nil : Violation(file, line: number, "\(text.count) columns")
      }
    }
  }

  static let heading = Rule(
    name: "a file begins by saying what lives there",
    advice: "Who opens a file wants to know what it is for and what to touch when extending it. Begin it with a comment.",
    bad: ["Sources/A/Mute.swift": "struct Mute {}\n"],
    good: ["Sources/A/Said.swift": "// Said: what is said.\n\nstruct Said {}\n"]
  ) { tree in
    tree.files.filter { $0.isSwift && $0.isIn("Sources") && $0.heading.isEmpty }.map { Violation($0, "no heading") }
  }

  /// Spelt in parts, so that this file does not name them.
  private static let notes: Set = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]

  static let unfinished = Rule(
    "nothing is left for later",
    "A note to oneself is seen by nobody. Do it, or say in DifferencesFromRedis what is not there yet.",
    bad: [
      "Sources/A/Later.swift": "// TO" + "DO: the rest\n", "Sources/A/Later.md": "FIX" + "ME\n",
      "Sources/A/Fill.swift": "f()  // TO " + "FILL: the rest\n",
    ],
    good: ["Sources/A/Word.swift": "let word = \"TO" + "DO\"  // and \\uXX" + "XX\n"],
    in: { _ in true }, view: { $0.comments }, hints: notes + ["TO " + "FILL"]
  ) { line in
    line.words.first { notes.contains($0) }.map { "“\($0)”" } ?? (line.holds("TO " + "FILL") ? "“TO " + "FILL”" : nil)
  }
}
