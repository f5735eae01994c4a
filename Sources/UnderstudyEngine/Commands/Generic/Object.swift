// OBJECT: what is known of a value beyond what it says.

enum ObjectCommand {
  static let command = Command(
    "object", .generic, since: "2.2.3", "Looks at how a value is kept.", complexity: "Depends on subcommand.",
    arity: -2,
    subcommands: [
      look("encoding", since: "2.2.3", "Names the form that a value has in memory.", encoding),
      look("freq", since: "4.0.0", "Answers how often a key is accessed, on a logarithmic scale.", frequency),
      .help(.generic, since: "6.2.0", categories: [.keyspace], help),
      look("idletime", since: "2.2.3", "Answers for how many seconds a key was not accessed.", idleTime),
      look("refcount", since: "2.2.3", "Answers how many hold a value.", referenceCount),
    ])

  private static func look(
    _ name: String, since: Version, _ summary: String, _ handler: @escaping Command.Handler
  ) -> Command {
    Command(
      name, .generic, since: since, summary, arity: 3, flags: [.readOnly], categories: [.keyspace],
      keys: [.key(2, [.readOnly])], arguments: [.key()], tips: ["nondeterministic_output"], handler: handler)
  }

  static func encoding(_ context: inout Context) throws(ReplyError) {
    guard let entry = context.inspect(context.key(2)) else { return context.reply.null() }
    context.reply.bulk(context.engine.encodingName(of: entry))
  }

  static func idleTime(_ context: inout Context) throws(ReplyError) {
    guard let entry = context.inspect(context.key(2)) else { return context.reply.null() }
    if context.engine.access.countsFrequency { throw .frequencyTracked }
    context.reply.integer(context.engine.access.idleSeconds(entry.access))
  }

  static func frequency(_ context: inout Context) throws(ReplyError) {
    guard let entry = context.inspect(context.key(2)) else { return context.reply.null() }
    guard context.engine.access.countsFrequency else { throw .frequencyNotTracked }
    context.reply.integer(context.engine.access.frequency(entry.access))
  }

  /// A real server shares the objects of small integers, and shows that by a count like no other; but not where each key
  /// must know by itself how it is used.
  static func referenceCount(_ context: inout Context) throws(ReplyError) {
    guard let entry = context.inspect(context.key(2)) else { return context.reply.null() }
    let isShared =
      entry.kind == .integer && (0..<10_000).contains(entry.integer) && !context.engine.configuration.evictsByUse
    context.reply.integer(isShared ? Int(Int32.max) : 1)
  }

  static func help(_ context: inout Context) throws(ReplyError) {
    context.reply.help(
      "OBJECT",
      [
        HelpEntry(
          "ENCODING <key>", "Tell in which form the value of <key> is held in memory,",
          "by the names of the emulated version."),
        HelpEntry(
          "FREQ <key>", "Tell how often <key> is used: a number that grows with the",
          "logarithm of its accesses. Needs an LFU policy."),
        HelpEntry(
          "IDLETIME <key>", "Tell how many seconds have gone by since <key> was used.",
          "Needs a policy that is not LFU."),
        HelpEntry("REFCOUNT <key>", "Tell how many references there are to the value of", "<key>."),
      ])
  }
}
