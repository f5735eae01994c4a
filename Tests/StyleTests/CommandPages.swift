// What the documentation says of commands, made from their declarations: the page Commands.md, and the table in the
// README. `PageTests` compares, or writes them anew.

import UnderstudyEngine

enum CommandPages {
  static let pagePath = "Sources/Understudy/Documentation.docc/Commands.md"
  static let readmePath = "README.md"
  static let beginMark = "<!-- commands: made by `UNDERSTUDY_REWRITE_PAGES=1 swift test --filter PageTests` -->"
  static let endMark = "<!-- commands: end -->"

  /// The groups that have commands, in the order of the manual, with their commands by name.
  static func groups(_ commands: [Command]) -> [(title: String, commands: [Command])] {
    CommandGroup.allCases.compactMap { group in
      let own = commands.filter { $0.group == group }.sorted { $0.name < $1.name }
      return own.isEmpty ? nil : (title(group), own)
    }
  }

  private static func title(_ group: CommandGroup) -> String {
    switch group {
    case .generic: "Keys"
    case .string: "Strings"
    case .list: "Lists"
    case .set: "Sets"
    case .hash: "Hashes"
    case .sortedSet: "Sorted sets"
    case .stream: "Streams"
    case .bitmap: "Bitmaps"
    case .hyperloglog: "HyperLogLog"
    case .geo: "Geography"
    case .pubSub: "Publish and subscribe"
    case .transactions: "Transactions"
    case .scripting: "Scripts and functions"
    case .connection: "Connection"
    case .server: "Server"
    case .cluster: "Cluster"
    case .lab: "Lab"
    }
  }

  /// The whole page.
  static func page(_ commands: [Command]) -> String {
    var text = """
      # Commands

      What this server can do, by family: \(commands.count) commands, with their subcommands.

      ## Overview

      A test writes this page from the declarations that the server itself works with, and compares it with them on every
      run. A command answers if the emulated version has it; the column *since* says which version brought it. What is not
      listed answers as an unknown command. <doc:DifferencesFromRedis> tells what differs in those that are.

      """
    for (title, commands) in groups(commands) {
      text += "\n### \(title)\n\n| Command | Since | What it does |\n| --- | --- | --- |\n"
      for command in commands {
        text += row(command.name, command)
        for subcommand in command.subcommands.sorted(by: { $0.name < $1.name }) {
          text += row("\(command.name) \(subcommand.name)", subcommand)
        }
      }
    }
    return text
  }

  private static func row(_ name: String, _ command: Command) -> String {
    let deprecated = command.deprecation == nil ? "" : " Deprecated."
    let summary = command.summary.replacing("|", with: "\\|")
    return "| `\(name.uppercased())` | \(command.since) | \(summary)\(deprecated) |\n"
  }

  /// The README with its table made anew; nil if it has no place for one.
  static func readme(_ text: String, _ commands: [Command]) -> String? {
    guard let begin = text.firstRange(of: beginMark), let end = text.firstRange(of: endMark),
      begin.upperBound <= end.lowerBound
    else { return nil }
    var table = "\n\n| Family | Commands |\n| --- | --- |\n"
    for (title, commands) in groups(commands) {
      table += "| \(title) | \(commands.map { "`\($0.name.uppercased())`" }.joined(separator: " ")) |\n"
    }
    return String(text[..<begin.upperBound]) + table + "\n" + String(text[end.lowerBound...])
  }
}
