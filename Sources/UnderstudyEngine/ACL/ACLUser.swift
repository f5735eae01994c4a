// ACLUser: a user by name, and what its rules say: whether it may authenticate and how, and its selectors.
//
// Sessions hold their user (nil: the default one), so that changed rules hold at once for those who are connected.

struct ACLUserRules {
  enum Sanitizing { case unsaid, skipped, wanted }

  var isOn = false
  /// Any password will do.
  var needsNoPassword = false
  /// What is said of RESTORE's payloads; kept and shown, for they are always checked here.
  var sanitizing: Sanitizing
  /// Hashes, as 64 hexadecimal digits.
  var passwords: [[UInt8]] = []
  /// The first is the root, to which rules outside parentheses go.
  var selectors: [ACLSelector]

  /// A new user: off, and without permissions.
  init(_ book: ACLRuleBook) {
    selectors = [ACLSelector(book)]
    sanitizing = book.isLater ? .wanted : .unsaid
  }

  /// The default user at the start: everything is allowed to everybody.
  static func open(_ book: ACLRuleBook) -> ACLUserRules {
    var rules = ACLUserRules(book)
    for rule: StaticString in ["on", "nopass", "+@all", "~*", "&*"] { try? rules.apply(Bytes(rule), book) }
    return rules
  }

  /// Whether one selector allows everything, so that no call need be looked at.
  var isUnrestricted: Bool { selectors.contains(where: \.isUnrestricted) }

  /// Whether connections are the user's without any AUTH.
  var isOpen: Bool { isOn && needsNoPassword }

  /// Whether a password is the user's.
  func accepts(_ password: Bytes) -> Bool {
    guard isOn else { return false }
    if needsNoPassword { return true }
    return Self.isOne(password, of: passwords)
  }

  /// Whether a password is one of those with these hashes.
  static func isOne(_ password: Bytes, of hashes: some Sequence<[UInt8]>) -> Bool {
    let hash = SHA256.hexadecimal(password)
    var isKnown = false
    // As long for a wrong one as for a right one.
    for known in hashes {
      var difference: UInt8 = known.count == hash.count ? 0 : 1
      for (left, right) in zip(known, hash) { difference |= left ^ right }
      if difference == 0 { isKnown = true }
    }
    return isKnown
  }
}

final class ACLUser {
  let name: [UInt8]
  private(set) var rules: ACLUserRules
  private(set) var isRestricted: Bool

  init(_ name: [UInt8], _ rules: ACLUserRules) {
    self.name = name
    self.rules = rules
    isRestricted = !rules.isUnrestricted
  }

  /// Whoever calls this has the sessions follow (`EngineState.follow`).
  func replaceRules(_ rules: ACLUserRules) {
    self.rules = rules
    isRestricted = !rules.isUnrestricted
  }
}

// MARK: Rules

extension ACLUserRules {
  /// Applies one rule, as ACL SETUSER takes it; selectors stand in one pair of parentheses.
  mutating func apply(_ rule: Bytes, _ book: ACLRuleBook) throws(ACLRuleError) {
    if rule.isEmpty { return }
    let word = rule.upToZero
    if word.matches("ON") {
      isOn = true
    } else if word.matches("OFF") {
      isOn = false
    } else if word.matches("NOPASS") {
      needsNoPassword = true
      passwords = []
    } else if word.matches("RESETPASS") {
      needsNoPassword = false
      passwords = []
    } else if word.matches("SKIP-SANITIZE-PAYLOAD") {
      sanitizing = .skipped
    } else if word.matches("SANITIZE-PAYLOAD") {
      sanitizing = .wanted
    } else if word.matches("CLEARSELECTORS") {
      selectors = Array(selectors.prefix(1))
    } else if word.matches("RESET") {
      self = ACLUserRules(book)
      sanitizing = .wanted
    } else if try applyPassword(rule) {
      return
    } else if rule[0] == UInt8(ascii: "("), rule[rule.count - 1] == UInt8(ascii: ")") {
      var selector = ACLSelector(book)
      // Words that cannot be told apart, for a quote is not closed, are none.
      for word in ConfigurationFile.split(rule.slice(1..<rule.count - 1).copied()) ?? [] {
        try word.withBytes { (word) throws(ACLRuleError) in try selector.apply(word, book) }
      }
      selectors.append(selector)
    } else {
      try selectors[0].apply(rule, book)
    }
  }

  /// `>password`, `<password`, `#hash`, `!hash`; false if the rule is none of them.
  private mutating func applyPassword(_ rule: Bytes) throws(ACLRuleError) -> Bool {
    let rest = rule.slice(1..<rule.count)
    let hash: [UInt8]
    let adds: Bool
    switch rule[0] {
    case UInt8(ascii: ">"): (hash, adds) = (SHA256.hexadecimal(rest), true)
    case UInt8(ascii: "<"): (hash, adds) = (SHA256.hexadecimal(rest), false)
    case UInt8(ascii: "#"): (hash, adds) = (try Self.checkedHash(rest), true)
    case UInt8(ascii: "!"): (hash, adds) = (try Self.checkedHash(rest), false)
    default: return false
    }
    if adds {
      if !passwords.contains(hash) { passwords.append(hash) }
      needsNoPassword = false
    } else if let known = passwords.firstIndex(of: hash) {
      passwords.remove(at: known)
    } else {
      throw .noSuchPassword
    }
    return true
  }

  private static func checkedHash(_ text: Bytes) throws(ACLRuleError) -> [UInt8] {
    let hash = text.copied()
    let isDigits = hash.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 102) }
    guard hash.count == 64 && isDigits else { throw .invalidHash }
    return hash
  }

  /// Puts the words of selectors together that blanks have taken apart: `(+get`, `~a)` is one rule. As on the real server
  /// one that begins within another, which is not closed, takes its place.
  ///
  /// - Throws: the place of the word whose parenthesis is not closed.
  static func merged(_ words: [[UInt8]]) throws(OpenParenthesis) -> [[UInt8]] {
    var rules: [[UInt8]] = []
    var open: (start: Int, rule: [UInt8])?
    for (index, word) in words.enumerated() {
      let isClosed = word.last == UInt8(ascii: ")")
      if word.first == UInt8(ascii: "("), !isClosed {
        open = (index, word)
      } else if let selector = open {
        let rule = selector.rule + [32] + word.prefix { $0 != 0 }
        open = isClosed ? nil : (selector.start, rule)
        if isClosed { rules.append(rule) }
      } else {
        rules.append(word)
      }
    }
    if let open { throw OpenParenthesis(position: open.start) }
    return rules
  }

  struct OpenParenthesis: Error {
    let position: Int
  }
}

// MARK: In words

extension ACLUserRules {
  /// The flags as ACL GETUSER names them.
  var flagNames: [StaticString] {
    var names: [StaticString] = [isOn ? "on" : "off"]
    if needsNoPassword { names.append("nopass") }
    switch sanitizing {
    case .unsaid: break
    case .skipped: names.append("skip-sanitize-payload")
    case .wanted: names.append("sanitize-payload")
    }
    return names
  }

  /// All rules, so that applied to a new user they make the same one.
  func text(_ book: ACLRuleBook) -> [UInt8] {
    var words = flagNames.map { Bytes($0).copied() }
    words += passwords.map { [UInt8(ascii: "#")] + $0 }
    for (index, selector) in selectors.enumerated() {
      let text = selector.text(book)
      words.append(index == 0 ? text : [UInt8(ascii: "(")] + text + [UInt8(ascii: ")")])
    }
    return Array(words.joined(separator: [32]))
  }
}

extension ACLUser {
  /// A line of the file of users, without its end.
  func line(_ book: ACLRuleBook) -> [UInt8] { Array("user ".utf8) + declaration(book) }

  /// The name and all rules.
  func declaration(_ book: ACLRuleBook) -> [UInt8] { name + [32] + rules.text(book) }
}
