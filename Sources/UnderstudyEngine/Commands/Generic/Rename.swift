// RENAME and RENAMENX.

enum RenameCommand {
  static let all = [
    Command(
      "rename", .generic, since: "1.0.0", "Gives a key another name, over whatever bears that name.",
      arity: 3,
      flags: [.write], categories: [.keyspace],
      keys: [.key(1, [.readWrite, .access, .delete]), .key(2, [.overwrite, .update])],
      arguments: [.key(), .key("newkey", spec: 1)], handler: rename),
    Command(
      "renamenx", .generic, since: "1.0.0", "Gives a key another name if no key bears that.", arity: 3,
      flags: [.write, .fast], categories: [.keyspace],
      keys: [.key(1, [.readWrite, .access, .delete]), .key(2, [.overwrite, .insert])],
      arguments: [.key(), .key("newkey", spec: 1)],
      history: [("3.2.0", "The same name twice is no error.")], handler: renameNX),
  ]

  static func rename(_ context: inout Context) throws(ReplyError) {
    if try move(&context, overwrites: true) { context.reply.ok() }
  }

  static func renameNX(_ context: inout Context) throws(ReplyError) {
    if try move(&context, overwrites: false) { context.reply.integer(1) }
  }

  /// Renames; false if that was not to be done: the reply has been written.
  private static func move(_ context: inout Context, overwrites: Bool) throws(ReplyError) -> Bool {
    let source = context.key(1)
    let target = context.key(2)
    guard context.find(source) != nil else { throw .noSuchKey }
    if source.bytes == target.bytes {
      if overwrites { return true }
      context.reply.integer(0)
      return false
    }
    if context.find(target) != nil {
      if !overwrites {
        context.reply.integer(0)
        return false
      }
      _ = context.remove(target)
    }
    guard let taken = context.database.remove(source) else { throw .noSuchKey }
    context.put(taken, under: target)
    context.touched(source, "rename_from", .generic, changes: 0)
    context.touched(target, "rename_to", .generic)
    return true
  }
}

extension Context {
  /// Puts what was taken out of a database under a key that is not there, with its deadline.
  func put(_ taken: borrowing DetachedEntry, under key: Key) {
    let entry = taken.entry
    let hasFieldDeadlines = entry.hasFieldDeadlines
    database.set(
      taken.takePayload(), for: key, deadline: DeadlineChange(entry.deadlineMilliseconds),
      access: entry.access)
    if hasFieldDeadlines { database.adoptFields(under: key) }
    if !engine.interest.isEmpty { noteNew(key) }
    created(key)
  }
}
