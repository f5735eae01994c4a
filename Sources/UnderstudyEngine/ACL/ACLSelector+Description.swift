// A selector in words: what ACL LIST, ACL GETUSER, files and CONFIG REWRITE say of it.
//
// Since 7.2 rules of commands are told as they were given. 7.0 kept only which commands are allowed, and looked for
// categories that come near: the one with the fewest exceptions first, among those the largest, until none has more
// commands on its side than against it; what is left are single commands. Theirs come in the order of the table here (in
// redis-server the order changes from start to start).

extension ACLSelector {
  /// Keys, channels, commands.
  func text(_ book: ACLRuleBook) -> [UInt8] {
    let keys = keysText.isEmpty ? [] : keysText + [32]
    let channels = allowsEveryChannel ? channelsText : joined([Array("resetchannels".utf8)] + channelWords)
    return keys + channels + [32] + commandsText(book)
  }

  var keysText: [UInt8] {
    allowsEveryKey
      ? Array("~*".utf8)
      : joined(
        keyPatterns.map { pattern in
          let sign: StaticString =
            pattern.permissions == .all ? "~" : pattern.permissions == .read ? "%R~" : "%W~"
          return Bytes(sign).copied() + pattern.pattern
        })
  }

  var channelsText: [UInt8] { allowsEveryChannel ? Array("&*".utf8) : joined(channelWords) }

  private var channelWords: [[UInt8]] { channelPatterns.map { [UInt8(ascii: "&")] + $0 } }

  func commandsText(_ book: ACLRuleBook) -> [UInt8] {
    let first = Array((allowsLaterCommands ? "+@all" : "-@all").utf8)
    return joined(
      [first] + (book.isLater ? commandRules.map { word($0.isAllowed, $0.name) } : foundRules(book)))
  }

  private func joined(_ words: [[UInt8]]) -> [UInt8] { Array(words.joined(separator: [32])) }

  private func word(_ isAllowed: Bool, _ name: [UInt8]) -> [UInt8] {
    [isAllowed ? UInt8(ascii: "+") : UInt8(ascii: "-")] + name
  }

  // MARK: Rules that come to the same

  private func foundRules(_ book: ACLRuleBook) -> [[UInt8]] {
    var words: [[UInt8]] = []
    let adds = !allowsLaterCommands
    /// What the words so far come to, and what they have left to say.
    var said = ACLSelector(book)
    said.commands = CommandSet(count: book.table.outlines.count, all: !adds)
    var left = self
    var categories = ACLCategories.names
    while let best = bestCategory(categories, left, adds, book) {
      words.append(word(adds, Array("@\(categories[best].1)".utf8)))
      said.set(categories[best].0, adds, book)
      left.set(categories[best].0, !adds, book)
      categories.remove(at: best)
    }
    for (identifier, outline) in book.table.outlines.enumerated() where outline.isSubcommand == false {
      describe(identifier, &said, book, &words)
    }
    return words
  }

  /// The category that says most about `left`; nil if none says more that is right than that is wrong.
  private func bestCategory(
    _ categories: [(ACLCategories, StaticString)], _ left: ACLSelector, _ adds: Bool, _ book: ACLRuleBook
  ) -> Int? {
    var best: (index: Int, wrong: Int, right: Int)?
    for (index, category) in categories.enumerated() {
      var (allowed, forbidden) = (0, 0)
      for (identifier, outline) in book.table.outlines.enumerated()
      where outline.categories.contains(category.0) {
        if left.commands.contains(identifier) { allowed += 1 } else { forbidden += 1 }
      }
      let (right, wrong) = adds ? (allowed, forbidden) : (forbidden, allowed)
      guard right > wrong else { continue }
      if let known = best, wrong > known.wrong || (wrong == known.wrong && right <= known.right) { continue }
      best = (index, wrong, right)
    }
    return best?.index
  }

  /// What is to be said of one command behind the categories: of itself, of its subcommands, of its first arguments.
  private func describe(
    _ identifier: Int, _ said: inout ACLSelector, _ book: ACLRuleBook, _ words: inout [[UInt8]]
  ) {
    let outline = book.table.outlines[identifier]
    let isAllowed = commands.contains(identifier)
    if isAllowed != said.commands.contains(identifier) {
      words.append(word(isAllowed, outline.name))
      said.set(identifier, isAllowed, book)
    }
    for subcommand in outline.subcommands { describe(subcommand, &said, book, &words) }
    if !isAllowed {
      for argument in firstArguments[identifier] ?? [] {
        words.append(word(true, outline.name + [UInt8(ascii: "|")] + argument))
      }
    }
  }
}
