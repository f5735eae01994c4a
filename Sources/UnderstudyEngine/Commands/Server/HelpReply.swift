// The reply of a container's HELP: its usage line, and each subcommand with a sentence, as simple strings.

struct HelpEntry: Sendable {
  let usage: StaticString
  let lines: [StaticString]

  init(_ usage: StaticString, _ lines: StaticString...) {
    self.usage = usage
    self.lines = lines
  }
}

extension Reply {
  /// The help of `command` (upper case). HELP itself need not be listed.
  func help(_ command: StaticString, _ entries: [HelpEntry]) {
    array(entries.reduce(3) { $0 + 1 + $1.lines.count })
    raw("+")
    raw(command)
    raw(" <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n")
    for entry in entries + [HelpEntry("HELP", "Tell the subcommands.")] {
      simple(entry.usage)
      for line in entry.lines {
        raw("+    ")
        raw(line)
        raw("\r\n")
      }
    }
  }
}

extension Command {
  /// The HELP subcommand of a container.
  static func help(
    _ group: CommandGroup, since: Version, categories: ACLCategories = [], _ handler: @escaping Handler
  ) -> Command {
    Command(
      "help", group, since: since, "Tells the subcommands.", arity: 2, flags: [.loading, .stale], categories: categories,
      handler: handler)
  }
}
