// ACLSelector: one set of permissions: commands, keys, channels. A user has one at its root and may have more; a call is
// allowed if one of them allows all of it.
//
// Rules are applied in ACLSelector+Rules, calls checked in ACLSelector+Check, and selectors put back into words in
// ACLSelector+Description.

/// What may be done with keys.
struct KeyPermissions: OptionSet {
  let rawValue: UInt8
  static let read = KeyPermissions(rawValue: 1 << 0)
  static let write = KeyPermissions(rawValue: 1 << 1)
  static let all: KeyPermissions = [.read, .write]

  /// What a call needs for a key that it treats in this way.
  init(needed access: KeySpec.Access) {
    self = access.contains(.access) ? .read : []
    if !access.isDisjoint(with: [.insert, .delete, .update]) { insert(.write) }
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }
}

/// A pattern of keys, and what may be done with those that match.
struct KeyPattern: Equatable {
  let pattern: [UInt8]
  var permissions: KeyPermissions
}

/// What rules are read against.
struct ACLRuleBook {
  let table: CommandTable
  /// `acl-pubsub-default allchannels`: what is new may use every channel.
  let opensChannels: Bool
  /// Users begin with `sanitize-payload` since 7.2, and their rules are shown as they were written.
  let isLater: Bool

  init(_ configuration: Configuration) {
    // Whatever commands are called here, rules call them by the names that they are declared with.
    table = CommandTable.table(for: configuration.emulatedVersion)
    opensChannels = configuration.opensChannels
    isLater = configuration.emulatedVersion >= "7.2.0"
  }
}

struct ACLSelector {
  /// Every command, those of later versions too, and none taken away since: spares the look at `commands`.
  var allowsEveryCommand = false
  var allowsEveryKey = false
  var allowsEveryChannel: Bool
  /// The commands allowed.
  var commands: CommandSet
  /// Whether rules begin with `+@all`: commands that a later version brings are allowed then.
  var allowsLaterCommands = false
  /// First arguments with which a command is allowed that is not allowed otherwise, by the command's identifier.
  var firstArguments: [Int: [[UInt8]]] = [:]
  /// What was said of commands since `+@all` or `-@all`, in order and without what later words made void.
  var commandRules: [CommandRule] = []
  var keyPatterns: [KeyPattern] = []
  var channelPatterns: [[UInt8]] = []

  struct CommandRule: Equatable {
    let isAllowed: Bool
    /// `get`, `config|get`, `@read`, lower case.
    let name: [UInt8]
  }

  /// A selector without permissions, but for channels if the book opens them.
  init(_ book: ACLRuleBook) {
    commands = CommandSet(count: book.table.outlines.count)
    allowsEveryChannel = book.opensChannels
  }

  /// Whether there is nothing that it forbids.
  var isUnrestricted: Bool {
    allowsEveryKey && allowsEveryChannel && (allowsEveryCommand || commands.isFull)
  }
}
