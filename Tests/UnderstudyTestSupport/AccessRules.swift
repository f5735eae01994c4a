// Rules of access as text, in a form in which they can be compared.

extension String {
  /// The text with the single commands of each list of rules in order: redis-server 7.0 tells them in the order of a hash
  /// table whose seed changes from start to start. What stands for all commands, and categories, stay where they are.
  public var withOrderedRules: String {
    var words: [String] = []
    var single: [String] = []
    func flush() {
      words += single.sorted()
      single = []
    }
    for word in split(separator: " ", omittingEmptySubsequences: false) {
      let (rule, closing) = word.hasSuffix(")") ? (word.dropLast(), ")") : (word, "")
      if (rule.hasPrefix("+") || rule.hasPrefix("-")) && !rule.dropFirst().hasPrefix("@") {
        single.append(String(rule))
        if closing.isEmpty { continue }
        flush()
        words[words.count - 1] += closing
      } else {
        flush()
        words.append(String(word))
      }
    }
    flush()
    return words.joined(separator: " ")
  }
}
