// DUMP, RESTORE and RESTORE-ASKING: values as RDB writes them, out of the keyspace and into it. The form is the room RDB's.

enum DumpCommand {
  static let all = [
    Command(
      "dump", .generic, since: "2.6.0", "Answers the value of a key as bytes that RESTORE reads.",
      complexity: "O(N) for a value of N bytes.", arity: 2, flags: [.readOnly], categories: [.keyspace],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key()], tips: ["nondeterministic_output"], handler: dump),
    restore("restore", .generic, since: "2.6.0", "Makes a key of what DUMP has answered.", []),
    restore(
      "restore-asking", .server, since: "3.0.0", "RESTORE, as nodes of a cluster say it among themselves.", [.asking],
      isSystemCommand: true),
  ]

  private static func restore(
    _ name: String, _ group: CommandGroup, since: Version, _ summary: String, _ flags: CommandFlags,
    isSystemCommand: Bool = false
  ) -> Command {
    Command(
      name, group, since: since, summary, complexity: "O(N) for a value of N bytes; O(N*log(N)) for a sorted set.",
      arity: -4, flags: flags.union([.write, .denyOOM]), categories: [.keyspace, .dangerous],
      keys: [.key(1, [.overwrite, .update])],
      arguments: [
        .key(), .integer("ttl"), .string("serialized-value"), .token("REPLACE").optional.since("3.0.0"),
        .token("ABSTTL").optional.since("5.0.0"),
        .integer("seconds", token: "IDLETIME").optional.since("5.0.0"),
        .integer("frequency", token: "FREQ").optional.since("5.0.0"),
      ],
      history: [
        ("3.0.0", "The option REPLACE."), ("5.0.0", "The option ABSTTL."), ("5.0.0", "The options IDLETIME and FREQ."),
      ],
      isSystemCommand: isSystemCommand, handler: restore)
  }

  static func dump(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    guard let entry = context.read(key), let bytes = try context.dump(entry, key) else { return context.reply.null() }
    bytes.withBytes { context.reply.bulk($0) }
  }

  static func restore(_ context: inout Context) throws(ReplyError) {
    let options = try Options(context.arguments)
    let key = context.key(1)
    if !options.replaces && context.find(key) != nil { throw .busyKey }
    let time = try context.arguments.integer(2)
    if time < 0 { throw .negativeLifetime }
    let version = context.engine.rdbVersion
    guard let payload = DumpFooter.payload(context.arguments[3], version: version) else { throw .dumpNotIntact }
    var reader = RDBReader(payload, context.rdbLimits)
    guard let value = try? reader.value() else { throw .badDump }

    let removed = options.replaces && context.remove(key)
    // The sum wraps, as on the real server: such a key has expired.
    let deadline = options.isAbsolute ? time : time &+ context.now
    if time != 0 && deadline <= context.now {
      if removed { context.touched(key, "del", .generic) }
      if case .container(let value) = value { value.release() }
      return context.reply.ok()
    }
    let change: DeadlineChange = time == 0 ? .none : .at(deadline)
    switch value {
    case .container(let value):
      context.store(value, for: key, deadline: change)
      context.database.adoptFields(under: key)
    case .text(let text):
      text.withBytes { text in
        let integer = text.count <= NumberText.int64Capacity ? NumberText.parseInt64(text) : nil
        context.store(integer.map { .integer($0) } ?? .bytes(text), for: key, deadline: change)
      }
    }
    context.created(key)
    if let access = options.access(context.engine.access), let entry = context.peek(key) { entry.access = access }
    context.touched(key, "restore", .generic)
    context.reply.ok()
  }

  private struct Options {
    var replaces = false
    var isAbsolute = false
    private var idleSeconds: Int64?
    private var frequency: Int64?

    init(_ arguments: Arguments) throws(ReplyError) {
      var cursor = ArgumentCursor(arguments, from: 4)
      while !cursor.isAtEnd {
        if cursor.match("REPLACE") {
          replaces = true
        } else if cursor.match("ABSTTL") {
          isAbsolute = true
        } else if frequency == nil && cursor.match("IDLETIME", followedBy: 1) {
          idleSeconds = cursor.integer()
          try cursor.check()
          if let idleSeconds, idleSeconds < 0 { throw .negativeIdleTime }
        } else if idleSeconds == nil && cursor.match("FREQ", followedBy: 1) {
          frequency = cursor.integer()
          try cursor.check()
          if let frequency, !(0...255).contains(frequency) { throw .frequencyOutOfRange }
        } else {
          throw .syntax
        }
      }
    }

    /// What is to be known of the key's use, if the policy keeps what was given; nil: it was used just now.
    func access(_ tracking: AccessTracking) -> UInt64? {
      if let idleSeconds { return tracking.access(idleSeconds: idleSeconds) }
      return frequency.flatMap { tracking.access(frequency: $0) }
    }
  }
}

extension EngineState {
  /// The version of RDB that is written and read: that of the emulated version, or of 7.4 for what is newer, which reads it.
  var rdbVersion: UInt16 { emulates74 ? 12 : emulates72 ? 11 : 10 }
}

extension Context {
  /// The value of an entry, with the footer; nil if nothing is left of it but fields whose time has come.
  func dump(_ entry: Entry, _ key: Key) throws(ReplyError) -> [UInt8]? {
    let version = engine.rdbVersion
    var writer = RDBWriter(version: version, compresses: engine.configuration.compressesDumps)
    if entry.hasFieldDeadlines {
      guard let hash = try hashWithDeadlines(entry, key) else { return nil }
      writer.hash(hash)
    } else {
      writer.value(entry)
    }
    var bytes = writer.bytes
    DumpFooter.append(to: &bytes, version: version)
    return bytes
  }

  var rdbLimits: RDBLimits { engine.rdbLimits }
}
