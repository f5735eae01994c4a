// `rename-command`: commands that answer to another name, or to none.

/// Which names commands go by, after the lines of a configuration file in their order.
package struct CommandRenamings: Sendable, Equatable {
  /// Present names in lower case, and whose they are; only of commands that were renamed.
  private var names: [String: String] = [:]
  /// Commands that no longer answer to their own name.
  private var hidden: Set<String> = []

  package var isEmpty: Bool { hidden.isEmpty }

  /// Gives the command of a name another one; an empty name takes it away.
  ///
  /// - Parameter isCommand: whether there is a command of that name of its own.
  /// - Returns: what is wrong, as redis-server says it, or nil.
  mutating func rename(_ old: String, to new: String, isCommand: (String) -> Bool) -> String? {
    let (old, new) = (old.lowercased(), new.lowercased())
    guard let command = command(old, isCommand) else { return "No such command in rename-command" }
    if names[old] != nil { names[old] = nil } else { hidden.insert(old) }
    if new.isEmpty { return nil }
    guard self.command(new, isCommand) == nil else { return "Target command name already exists" }
    if new == command { hidden.remove(command) } else { names[new] = command }
    return nil
  }

  /// The command, by its own name, behind a present one.
  private func command(_ name: String, _ isCommand: (String) -> Bool) -> String? {
    names[name] ?? (hidden.contains(name) || !isCommand(name) ? nil : name)
  }

  /// The present names of a command.
  func names(of command: String) -> [String] {
    (hidden.contains(command) ? [] : [command]) + names.filter { $0.value == command }.keys.sorted()
  }
}
