// Command: what is declared of a command, once. Everything else that speaks of commands is derived from it: dispatch,
// arity and gate checks, COMMAND and its subcommands, ACL categories, the keys of a call, the list of what is supported.
//
// A declaration stands beside its handler, in `Commands/<Family>/<Lead>.swift`, and is listed by its family's manifest
// (`Commands/<Family>/<Family>Commands.swift`), which `CommandManifest.all` lists in turn. The facts (arity, flags, key
// specs, tips, categories) equal those of redis-server; summaries are our own words.

/// A command as Redis documents it, and the function that carries it out.
package struct Command: Sendable {
  /// Carries a command out: reads its arguments from the context and writes exactly one reply, or throws the error.
  package typealias Handler = @Sendable (inout Context) throws(ReplyError) -> Void

  /// Lower case; a subcommand bears only its own part (`get` of `config|get`).
  package let name: String
  package let group: CommandGroup
  /// The version of Redis that brought it; the version of Valkey, if only Valkey has it.
  package let since: Version
  package let summary: String
  package let complexity: String
  /// The number of arguments with the name; negative: at least that many.
  package let arity: Int
  /// What a later version has made of the arity.
  package let laterArity: (since: Version, arity: Int)?
  package let flags: CommandFlags
  /// What a later version has made of the flags.
  package let laterFlags: (since: Version, flags: CommandFlags)?
  /// ACL categories beyond those that flags and group imply.
  package let categories: ACLCategories
  package let keys: [KeySpec]
  /// Finds the keys where the specs cannot tell them (`KeyFinder`); nil for nearly every command.
  package let keyFinder: KeyFinder?
  /// Its channels, if it has any.
  package let channels: ChannelSpec?
  package let arguments: [Argument]
  package let tips: [String]
  package let history: [(since: String, change: String)]
  /// Set if Redis calls the command deprecated.
  package let deprecation: Deprecation?
  /// What Redis documents as internal.
  package let isSystemCommand: Bool
  package let subcommands: [Command]
  /// Nil for a container, whose subcommands carry out the work.
  package let handler: Handler?

  package struct Deprecation: Sendable {
    let since: String
    let replacement: String
  }

  package init(
    _ name: String, _ group: CommandGroup, since: Version, _ summary: String, complexity: String = "O(1)",
    arity: Int, laterArity: (since: Version, arity: Int)? = nil, flags: CommandFlags = [],
    laterFlags: (since: Version, flags: CommandFlags)? = nil, categories: ACLCategories = [], keys: [KeySpec] = [],
    keyFinder: KeyFinder? = nil, channels: ChannelSpec? = nil, arguments: [Argument] = [], tips: [String] = [],
    history: [(since: String, change: String)] = [], deprecated: Deprecation? = nil,
    isSystemCommand: Bool = false, subcommands: [Command] = [],
    handler: Handler? = nil
  ) {
    self.name = name
    self.group = group
    self.since = since
    self.summary = summary
    self.complexity = complexity
    self.arity = arity
    self.laterArity = laterArity
    self.flags = flags
    self.laterFlags = laterFlags
    self.categories = categories
    self.keys = keys
    self.keyFinder = keyFinder
    self.channels = channels
    self.arguments = arguments
    self.tips = tips
    self.history = history
    self.deprecation = deprecated
    self.isSystemCommand = isSystemCommand
    self.subcommands = subcommands
    self.handler = handler
  }
}

extension Command {
  /// Whether the command changes what its connection is: transaction, subscriptions, database, user, protocol.
  /// - Parameter fullName: the name, as `client|reply` for a subcommand.
  static func isConnectionState(_ fullName: String) -> Bool {
    switch fullName {
    case "multi", "exec", "discard", "watch", "unwatch": true
    case "subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe", "monitor": true
    case "hello", "auth", "select", "reset", "quit", "client|reply", "client|tracking", "client|caching": true
    default: false
    }
  }

  /// Whether a version has the command.
  func isKnown(in version: Version) -> Bool { version.includes(since) }

  /// The flags in a version: from 7.2 on, what may block may be called from scripts, where it does not.
  func flags(in version: Version) -> CommandFlags {
    if let laterFlags, version.includes(laterFlags.since) { return laterFlags.flags }
    return flags.contains(.blocking) && version >= Version(7, 2) ? flags.subtracting(.noScript) : flags
  }

  /// The arity in a version.
  func arity(in version: Version) -> Int {
    guard let laterArity, laterArity.since <= version else { return arity }
    return laterArity.arity
  }
}

/// The groups of the command documentation.
package enum CommandGroup: String, Sendable, CaseIterable {
  case generic, string, list, set, hash
  case sortedSet = "sorted-set"
  case stream, bitmap, hyperloglog, geo
  case pubSub = "pubsub"
  case transactions, scripting, connection, server, cluster
  /// Verbs of the control port, which Redis does not know.
  case lab
}

/// What Redis knows of a command besides its arguments. The names in COMMAND's reply are in `names`.
package struct CommandFlags: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let write = CommandFlags(rawValue: 1 << 0)
  package static let readOnly = CommandFlags(rawValue: 1 << 1)
  /// May use memory: refused above `maxmemory`.
  package static let denyOOM = CommandFlags(rawValue: 1 << 2)
  package static let admin = CommandFlags(rawValue: 1 << 3)
  package static let pubSub = CommandFlags(rawValue: 1 << 4)
  package static let noScript = CommandFlags(rawValue: 1 << 5)
  package static let blocking = CommandFlags(rawValue: 1 << 6)
  package static let loading = CommandFlags(rawValue: 1 << 7)
  package static let stale = CommandFlags(rawValue: 1 << 8)
  package static let skipMonitor = CommandFlags(rawValue: 1 << 9)
  package static let skipSlowLog = CommandFlags(rawValue: 1 << 10)
  package static let asking = CommandFlags(rawValue: 1 << 11)
  package static let fast = CommandFlags(rawValue: 1 << 12)
  package static let noAuth = CommandFlags(rawValue: 1 << 13)
  /// Not shown.
  package static let mayReplicate = CommandFlags(rawValue: 1 << 14)
  package static let noMandatoryKeys = CommandFlags(rawValue: 1 << 15)
  package static let noAsyncLoading = CommandFlags(rawValue: 1 << 16)
  package static let noMulti = CommandFlags(rawValue: 1 << 17)
  package static let allowBusy = CommandFlags(rawValue: 1 << 18)
  package static let movableKeys = CommandFlags(rawValue: 1 << 19)
  /// Needs `enable-debug-command` or `enable-module-command`; not shown.
  package static let protected = CommandFlags(rawValue: 1 << 20)
  /// Carried out at once inside MULTI instead of being queued; not shown.
  package static let immediateInMulti = CommandFlags(rawValue: 1 << 21)
  /// Allowed to a RESP2 client that is subscribed; not shown.
  package static let subscribedMode = CommandFlags(rawValue: 1 << 22)
  /// Changes what its connection is, so an embedded call, which has none, cannot make it; not shown. Set by the table.
  package static let connectionState = CommandFlags(rawValue: 1 << 31)

  static let names: [(CommandFlags, StaticString)] = [
    (.write, "write"), (.readOnly, "readonly"), (.denyOOM, "denyoom"), (.admin, "admin"), (.pubSub, "pubsub"),
    (.noScript, "noscript"), (.blocking, "blocking"), (.loading, "loading"), (.stale, "stale"),
    (.skipMonitor, "skip_monitor"), (.skipSlowLog, "skip_slowlog"), (.asking, "asking"), (.fast, "fast"),
    (.noAuth, "no_auth"), (.noMandatoryKeys, "no_mandatory_keys"),
    (.noAsyncLoading, "no_async_loading"), (.noMulti, "no_multi"), (.allowBusy, "allow_busy"),
    (.movableKeys, "movablekeys"),
  ]
}

/// ACL categories, in the order in which Redis lists them.
package struct ACLCategories: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let keyspace = ACLCategories(rawValue: 1 << 0)
  package static let read = ACLCategories(rawValue: 1 << 1)
  package static let write = ACLCategories(rawValue: 1 << 2)
  package static let set = ACLCategories(rawValue: 1 << 3)
  package static let sortedSet = ACLCategories(rawValue: 1 << 4)
  package static let list = ACLCategories(rawValue: 1 << 5)
  package static let hash = ACLCategories(rawValue: 1 << 6)
  package static let string = ACLCategories(rawValue: 1 << 7)
  package static let bitmap = ACLCategories(rawValue: 1 << 8)
  package static let hyperLogLog = ACLCategories(rawValue: 1 << 9)
  package static let geo = ACLCategories(rawValue: 1 << 10)
  package static let stream = ACLCategories(rawValue: 1 << 11)
  package static let pubSub = ACLCategories(rawValue: 1 << 12)
  package static let admin = ACLCategories(rawValue: 1 << 13)
  package static let fast = ACLCategories(rawValue: 1 << 14)
  package static let slow = ACLCategories(rawValue: 1 << 15)
  package static let blocking = ACLCategories(rawValue: 1 << 16)
  package static let dangerous = ACLCategories(rawValue: 1 << 17)
  package static let connection = ACLCategories(rawValue: 1 << 18)
  package static let transaction = ACLCategories(rawValue: 1 << 19)
  package static let scripting = ACLCategories(rawValue: 1 << 20)

  static let names: [(ACLCategories, StaticString)] = [
    (.keyspace, "keyspace"), (.read, "read"), (.write, "write"), (.set, "set"), (.sortedSet, "sortedset"),
    (.list, "list"), (.hash, "hash"), (.string, "string"), (.bitmap, "bitmap"), (.hyperLogLog, "hyperloglog"),
    (.geo, "geo"), (.stream, "stream"), (.pubSub, "pubsub"), (.admin, "admin"), (.fast, "fast"), (.slow, "slow"),
    (.blocking, "blocking"), (.dangerous, "dangerous"), (.connection, "connection"),
    (.transaction, "transaction"), (.scripting, "scripting"),
  ]
}

extension Command {
  /// The categories of the command: those declared, and those that flags and group imply.
  var allCategories: ACLCategories {
    var result = categories
    if flags.contains(.write) { result.insert(.write) }
    if flags.contains(.readOnly) && group != .scripting { result.insert(.read) }
    if flags.contains(.admin) { result.formUnion([.admin, .dangerous]) }
    if flags.contains(.pubSub) { result.insert(.pubSub) }
    if flags.contains(.blocking) { result.insert(.blocking) }
    result.insert(flags.contains(.fast) ? .fast : .slow)
    // A container has none of its own: its subcommands do.
    if handler == nil { return result }
    switch group {
    case .string: result.insert(.string)
    case .list: result.insert(.list)
    case .set: result.insert(.set)
    case .hash: result.insert(.hash)
    case .sortedSet: result.insert(.sortedSet)
    case .stream: result.insert(.stream)
    case .bitmap: result.insert(.bitmap)
    case .hyperloglog: result.insert(.hyperLogLog)
    case .geo: result.insert(.geo)
    case .transactions: result.insert(.transaction)
    case .scripting: result.insert(.scripting)
    case .connection: result.insert(.connection)
    case .generic, .pubSub, .server, .cluster, .lab: break
    }
    return result
  }
}
