// A small language for writing down what calls of a command look like, and the dice that make calls from it.
//
//   SET $string $value [NX|XX] [GET] [EX $seconds|KEEPTTL]
//
// A bare word stands for itself, now and then in another case; `$name` is a placeholder from `Universe`; `[a|b]` is one of
// the alternatives or nothing; `(a|b)` is one of them; `«a|b»` is a handful of them in any order, as often as it comes, so
// that options clash; `{a b}` is repeated, mostly up to four times and now and then many, so that values outgrow their
// small encodings. A new command is one more line in `CommandTemplates`; a new placeholder is a case in `Universe`.

/// What calls of one command look like.
package struct CommandTemplate: Sendable {
  /// The command's name, with the subcommand if the template names one: `OBJECT ENCODING`.
  package let name: String
  private let nodes: [Node]

  private indirect enum Node: Sendable {
    case word(String)
    case placeholder(String)
    case choice([[Node]], optional: Bool)
    case handful([[Node]])
    case repetition([Node])
  }

  /// Reads a template as the head of this file describes it.
  package init(_ pattern: String) {
    var words: [String] = []
    for word in pattern.split(separator: " ") {
      // Brackets and bars are words of their own, however closely they are written.
      var current = ""
      for character in word {
        if "[]()«»|{}".contains(character) {
          if !current.isEmpty { words.append(current) }
          words.append(String(character))
          current = ""
        } else {
          current.append(character)
        }
      }
      if !current.isEmpty { words.append(current) }
    }
    var position = 0
    nodes = Self.sequence(words, &position)
    let containers = ["OBJECT", "CLIENT", "CONFIG", "COMMAND", "SCRIPT", "PUBSUB", "XINFO", "XGROUP", "MEMORY", "SLOWLOG", "LATENCY", "ACL"]
    let named = containers.contains(words[0]) && words.count > 1 && words[1].allSatisfy { $0.isLetter }
    name = words.prefix(named ? 2 : 1).joined(separator: " ")
  }

  private static func sequence(_ words: [String], _ position: inout Int) -> [Node] {
    var out: [Node] = []
    while position < words.count, !["]", ")", "»", "}", "|"].contains(words[position]) {
      let word = words[position]
      position += 1
      switch word {
      case "[", "(", "«":
        var alternatives = [sequence(words, &position)]
        while position < words.count, words[position] == "|" {
          position += 1
          alternatives.append(sequence(words, &position))
        }
        position += 1
        out.append(word == "«" ? .handful(alternatives) : .choice(alternatives, optional: word == "["))
      case "{":
        out.append(.repetition(sequence(words, &position)))
        position += 1
      default:
        out.append(word.hasPrefix("$") ? .placeholder(String(word.dropFirst())) : .word(word))
      }
    }
    return out
  }

  /// A call of the command, chosen by the dice.
  package func call(_ dice: inout SeededGenerator, universe: Universe) -> [Argument] {
    var out: [Argument] = []
    Self.append(nodes, to: &out, &dice, universe)
    return out
  }

  private static func append(
    _ nodes: [Node], to out: inout [Argument], _ dice: inout SeededGenerator, _ universe: Universe
  ) {
    for node in nodes {
      switch node {
      case .word(let word): out.append(Argument(dice.chance(4) ? word.inAnyCase(&dice) : word))
      case .placeholder(let name): out += universe.value(of: name, &dice)
      case .choice(let alternatives, let optional):
        if optional && dice.chance(55) { continue }
        append(dice.pick(alternatives), to: &out, &dice, universe)
      case .handful(let alternatives):
        for _ in 0..<dice.pick([0, 1, 1, 1, 2, 2, 3, 4]) { append(dice.pick(alternatives), to: &out, &dice, universe) }
      case .repetition(let nodes):
        let count = dice.chance(3) ? dice.pick([20, 140, 600]) : Int.random(in: 1...4, using: &dice)
        for _ in 0..<count { append(nodes, to: &out, &dice, universe) }
      }
    }
  }
}

extension String {
  /// The text with each letter in upper or lower case as the dice say.
  fileprivate func inAnyCase(_ dice: inout SeededGenerator) -> String {
    String(map { dice.chance(50) ? Character($0.lowercased()) : $0 })
  }
}
