// How rules change a selector: `+get`, `-@write`, `~key*`, `%R~key*`, `&channel` and their like, with the refusals of
// redis-server 7.0.15.

/// Why a rule was refused.
enum ACLRuleError: Error {
  case unknownCommand, syntax, keysAreOpen, channelsAreOpen, noSuchPassword, invalidHash, duplicateUser
  case argumentOfSubcommand

  var text: StaticString {
    switch self {
    case .unknownCommand: "Unknown command or category name in ACL"
    case .syntax: "Syntax error"
    case .keysAreOpen:
      """
      Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try \
      'resetkeys' to start with an empty list of patterns
      """
    case .channelsAreOpen:
      """
      Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try \
      'resetchannels' to start with an empty list of channels
      """
    case .noSuchPassword: "The password you are trying to remove from the user does not exist"
    case .invalidHash:
      "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
    case .duplicateUser: "Duplicate user found. A user can only be defined once in config files"
    case .argumentOfSubcommand: "Allowing first-arg of a subcommand is not supported"
    }
  }
}

extension ACLSelector {
  /// Applies one rule. A rule that is refused has changed nothing.
  mutating func apply(_ rule: Bytes, _ book: ACLRuleBook) throws(ACLRuleError) {
    // Words are C strings to redis-server, patterns are not.
    let word = rule.upToZero
    if word.matches("ALLKEYS") || word.matches("~*") {
      allowsEveryKey = true
      keyPatterns = []
    } else if word.matches("RESETKEYS") {
      allowsEveryKey = false
      keyPatterns = []
    } else if word.matches("ALLCHANNELS") || word.matches("&*") {
      allowsEveryChannel = true
      channelPatterns = []
    } else if word.matches("RESETCHANNELS") {
      allowsEveryChannel = false
      channelPatterns = []
    } else if word.matches("ALLCOMMANDS") || word.matches("+@ALL") {
      setAllCommands(true, book)
    } else if word.matches("NOCOMMANDS") || word.matches("-@ALL") {
      setAllCommands(false, book)
    } else {
      switch rule.isEmpty ? 0 : rule[0] {
      case UInt8(ascii: "~"), UInt8(ascii: "%"): try addKeyPattern(rule)
      case UInt8(ascii: "&"): try addChannelPattern(rule)
      case UInt8(ascii: "+"): try setCommands(word.slice(1..<word.count), true, book)
      case UInt8(ascii: "-"): try setCommands(word.slice(1..<word.count), false, book)
      default: throw .syntax
      }
    }
  }

  // MARK: Keys and channels

  private mutating func addKeyPattern(_ rule: Bytes) throws(ACLRuleError) {
    if allowsEveryKey { throw .keysAreOpen }
    var permissions = KeyPermissions.all
    var offset = 1
    if rule[0] == UInt8(ascii: "%") {
      permissions = []
      scan: while offset < rule.count {
        let added: KeyPermissions
        switch rule[offset] | 0x20 {
        case UInt8(ascii: "r"): added = .read
        case UInt8(ascii: "w"): added = .write
        default:
          guard rule[offset] == UInt8(ascii: "~"), !permissions.isEmpty else { throw .syntax }
          offset += 1
          break scan
        }
        guard permissions.insert(added).inserted else { throw .syntax }
        offset += 1
      }
      if permissions.isEmpty { throw .syntax }
    }
    let pattern = rule.slice(offset..<rule.count).copied()
    if ACLNames.hasSpaces(pattern) { throw .syntax }
    if let known = keyPatterns.firstIndex(where: { $0.pattern == pattern }) {
      keyPatterns[known].permissions.formUnion(permissions)
    } else {
      keyPatterns.append(KeyPattern(pattern: pattern, permissions: permissions))
    }
  }

  private mutating func addChannelPattern(_ rule: Bytes) throws(ACLRuleError) {
    if allowsEveryChannel { throw .channelsAreOpen }
    let pattern = rule.slice(1..<rule.count).copied()
    if ACLNames.hasSpaces(pattern) { throw .syntax }
    if !channelPatterns.contains(pattern) { channelPatterns.append(pattern) }
  }

  // MARK: Commands

  private mutating func setAllCommands(_ isAllowed: Bool, _ book: ACLRuleBook) {
    commands = CommandSet(count: book.table.outlines.count, all: isAllowed)
    allowsEveryCommand = isAllowed
    allowsLaterCommands = isAllowed
    firstArguments = [:]
    commandRules = []
  }

  /// `+name`, `-name`, `+@category`, `-@category`, `+container|subcommand`, `+command|argument`.
  private mutating func setCommands(_ name: Bytes, _ isAllowed: Bool, _ book: ACLRuleBook)
    throws(ACLRuleError)
  {
    if !name.isEmpty && name[0] == UInt8(ascii: "@") {
      guard let category = ACLCategories(name: name.slice(1..<name.count)) else { throw .unknownCommand }
      set(category, isAllowed, book)
    } else if let identifier = book.table.identifier(of: name) {
      set(identifier, isAllowed, book)
    } else if isAllowed, let bar = name.lastIndex(of: UInt8(ascii: "|")) {
      return try allowFirstArgument(name.slice(bar + 1..<name.count), of: name.slice(0..<bar), book)
    } else {
      throw .unknownCommand
    }
    note(name, isAllowed)
  }

  private mutating func allowFirstArgument(
    _ argument: Bytes, of name: Bytes, _ book: ACLRuleBook
  ) throws(ACLRuleError) {
    guard let identifier = book.table.identifier(of: name) else { throw .unknownCommand }
    let outline = book.table.outlines[identifier]
    if outline.isSubcommand { throw .argumentOfSubcommand }
    if argument.isEmpty { throw .syntax }
    // A container's subcommands are commands of their own, and this is none of them.
    guard outline.subcommands.isEmpty else { throw .unknownCommand }
    let known = firstArguments[identifier] ?? []
    if !known.contains(where: { $0.withBytes { $0.equalsIgnoringCase(argument) } }) {
      firstArguments[identifier] = known + [argument.copied()]
    }
    note((outline.name + [UInt8(ascii: "|")] + argument.copied()), true)
  }

  /// Allows or forbids a command, and its subcommands with it.
  mutating func set(_ identifier: Int, _ isAllowed: Bool, _ book: ACLRuleBook) {
    let subcommands = book.table.outlines[identifier].subcommands
    for each in identifier..<max(identifier + 1, subcommands.upperBound) {
      commands.set(each, isAllowed)
      firstArguments[each] = nil
    }
    if !isAllowed { allowsEveryCommand = false }
  }

  /// Allows or forbids the commands of a category.
  mutating func set(_ category: ACLCategories, _ isAllowed: Bool, _ book: ACLRuleBook) {
    for (identifier, outline) in book.table.outlines.enumerated() where outline.categories.contains(category)
    {
      set(identifier, isAllowed, book)
    }
  }

  /// Keeps a rule in words, and drops those that it makes void: of the same name, and of parts of it.
  private mutating func note(_ name: Bytes, _ isAllowed: Bool) { note(name.copied(), isAllowed) }

  private mutating func note(_ name: [UInt8], _ isAllowed: Bool) {
    let name = Directive.lowercased(name)
    commandRules.removeAll { $0.name == name || $0.name.starts(with: name + [UInt8(ascii: "|")]) }
    commandRules.append(CommandRule(isAllowed: isAllowed, name: name))
  }
}

/// What names and patterns may consist of.
enum ACLNames {
  /// Blanks and zero bytes would make what is shown of rules ambiguous.
  static func hasSpaces(_ text: [UInt8]) -> Bool {
    text.contains { $0 == 0 || $0 == 32 || ($0 >= 9 && $0 <= 13) }
  }
}
