// UserDeclaration: a `user` line of a configuration file or of the command line. It is checked when it is read, but for
// commands that are unknown, and becomes a user when the server starts.

package struct UserDeclaration: Sendable, Equatable {
  let name: [UInt8]
  let rules: [[UInt8]]

  /// A user's rules, in words.
  init(name: [UInt8], rules: [[UInt8]]) {
    self.name = name
    self.rules = rules
  }

  /// The line that declares it.
  var line: [UInt8] { Array("user ".utf8) + ([name] + rules).joined(separator: [32]) }

  /// Why a line is refused, in the words of redis-server, which names a word two places before the one at fault.
  struct Refusal: Error {
    let text: String
  }

  /// - Parameters:
  ///   - words: the line's, `user` first.
  ///   - configuration: what was read before it.
  init(_ words: [[UInt8]], _ configuration: Configuration) throws(Refusal) {
    func refusal(_ position: Int, _ error: ACLRuleError) -> Refusal {
      let word = words.indices.contains(position) ? String(decoding: words[position], as: UTF8.self) : ""
      return Refusal(text: "Error in user declaration '\(word)': \(error.text)")
    }
    guard words.count > 1 else { throw Refusal(text: "Bad directive or wrong number of arguments") }
    name = words[1]
    let name = name
    if configuration.users.contains(where: { $0.name == name }) { throw refusal(1, .duplicateUser) }
    do {
      rules = try ACLUserRules.merged(Array(words.dropFirst(2)))
    } catch {
      throw refusal(error.position, .unknownCommand)
    }
    let book = ACLRuleBook(configuration)
    var tried = ACLUserRules(book)
    for (index, rule) in rules.enumerated() {
      do {
        try rule.withBytes { (rule) throws(ACLRuleError) in try tried.apply(rule, book) }
      } catch .unknownCommand {
        continue
      } catch {
        throw refusal(index, error)
      }
    }
  }
}
