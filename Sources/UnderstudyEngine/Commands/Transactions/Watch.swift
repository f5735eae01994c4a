// WATCH and UNWATCH.

enum WatchCommand {
  static let command = Command(
    "watch", .transactions, since: "2.2.0", "Makes the next EXEC depend on keys staying as they are.",
    complexity: "O(1) for every key.", arity: -2,
    flags: [.noScript, .loading, .stale, .fast, .allowBusy, .immediateInMulti], keys: [.keys(from: 1, .readOnly)],
    arguments: [.key().multiple], handler: watch)

  static let unwatch = Command(
    "unwatch", .transactions, since: "2.2.0", "Forgets the keys that are watched.", arity: 1,
    flags: [.noScript, .loading, .stale, .fast, .allowBusy], handler: unwatch)

  static func watch(_ context: inout Context) throws(ReplyError) {
    if context.session.gates.contains(.transaction) { throw .watchInMulti }
    // Once a watched key has changed, nothing more needs watching: EXEC will fail anyway.
    if !context.session.flags.contains(.dirtyWatch) {
      for index in 1..<context.arguments.count { context.watch(context.key(index)) }
    }
    context.reply.ok()
  }

  static func unwatch(_ context: inout Context) throws(ReplyError) {
    context.unwatchAll()
    context.session.flags.remove(.dirtyWatch)
    context.reply.ok()
  }
}
