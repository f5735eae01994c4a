// The users' file (`aclfile`): a line for each, `user <name> <rule> …`, without quotes and without comments. A file with
// any fault changes nothing; all faults are told, in the words of redis-server.

enum ACLFile {
  struct Failure: Error {
    let text: [UInt8]
  }

  /// Reads users from a file's text.
  ///
  /// - Parameter path: what faults call the file.
  static func read(_ text: [UInt8], path: String, _ book: ACLRuleBook) throws(Failure) -> [ACLUser] {
    var users: [ACLUser] = []
    var faults: [UInt8] = []
    for (index, raw) in lines(text).enumerated() {
      let line = trimmed(raw, [32, 9, 13, 10])
      if line.isEmpty { continue }
      let place = "\(path):\(index + 1)"
      let words = line.split(separator: 32, omittingEmptySubsequences: false).map { Array($0) }
      guard words.count > 1, words[0] == Array("user".utf8) else {
        faults += Array("\(place) should start with user keyword followed by the username. ".utf8)
        continue
      }
      let name = words[1]
      if ACLNames.hasSpaces(name) {
        faults += Array("'\(place): username '".utf8) + name + Array("' contains invalid characters. ".utf8)
        continue
      }
      if users.contains(where: { $0.name == name }) {
        faults +=
          Array("WARNING: Duplicate user '".utf8) + name + Array("' found on line \(index + 1). ".utf8)
        continue
      }
      users.append(ACLUser(name, rules(Array(words.dropFirst(2)), at: place, book, &faults)))
    }
    guard faults.isEmpty else {
      throw Failure(
        text: faults
          + Array(
            "WARNING: ACL errors detected, no change to the previously active ACL rules was performed".utf8))
    }
    if !users.contains(where: { $0.name == ACLState.defaultName }) {
      users.append(ACLUser(ACLState.defaultName, .open(book)))
    }
    return users
  }

  private static func rules(
    _ words: [[UInt8]], at place: String, _ book: ACLRuleBook, _ faults: inout [UInt8]
  ) -> ACLUserRules {
    var result = ACLUserRules(book)
    let merged: [[UInt8]]
    do {
      merged = try ACLUserRules.merged(words)
    } catch {
      faults += Array("\(place): Unmatched parenthesis in selector definition.".utf8)
      return result
    }
    // Of rules that are no rules only the first is told: they may hold secrets.
    var hasOther = false
    for word in merged {
      let rule = trimmed(word[...], [9, 13, 10])
      do {
        try rule.withBytes { (rule) throws(ACLRuleError) in try result.apply(rule, book) }
      } catch .unknownCommand {
        faults +=
          Array("\(place): Error in applying operation '".utf8) + rule
          + Array("': \(ACLRuleError.unknownCommand.text). ".utf8)
      } catch {
        if !hasOther { faults += Array("\(place): \(error.text). ".utf8) }
        hasOther = true
      }
    }
    return result
  }

  /// The lines, as C reads them: from a zero byte on, a line with its end is not there.
  private static func lines(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
    var seen: [UInt8] = []
    for line in text.split(separator: 10, omittingEmptySubsequences: false) {
      seen += line.prefix { $0 != 0 }
      if !line.contains(0) { seen.append(10) }
    }
    return seen.split(separator: 10, omittingEmptySubsequences: false)
  }

  private static func trimmed(_ text: ArraySlice<UInt8>, _ bytes: [UInt8]) -> [UInt8] {
    guard let first = text.firstIndex(where: { !bytes.contains($0) }),
      let last = text.lastIndex(where: { !bytes.contains($0) })
    else { return [] }
    return Array(text[first...last])
  }

  /// The text of a file of these users.
  static func text(of users: [ACLUser], _ book: ACLRuleBook) -> [UInt8] {
    Array(users.map { $0.line(book) + [10] }.joined())
  }
}
