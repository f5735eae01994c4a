// MULTI, EXEC and DISCARD.

enum MultiCommand {
  static let command = Command(
    "multi", .transactions, since: "1.2.0", "Begins a transaction: what follows is queued.", arity: 1,
    flags: [.noScript, .loading, .stale, .fast, .allowBusy, .immediateInMulti], handler: multi)

  static let exec = Command(
    "exec", .transactions, since: "1.2.0", "Carries out what was queued.",
    complexity: "Depends on commands in the transaction", arity: 1,
    flags: [.noScript, .loading, .stale, .skipSlowLog, .immediateInMulti], handler: exec)

  static let discard = Command(
    "discard", .transactions, since: "2.0.0", "Forgets what was queued.",
    complexity: "O(N), when N is the number of queued commands", arity: 1,
    flags: [.noScript, .loading, .stale, .fast, .allowBusy, .immediateInMulti], handler: discard)

  static func multi(_ context: inout Context) throws(ReplyError) {
    if context.session.gates.contains(.transaction) { throw .nestedMulti }
    context.beginTransaction()
    context.reply.ok()
  }

  static func exec(_ context: inout Context) throws(ReplyError) {
    guard context.session.gates.contains(.transaction) else { throw .execWithoutMulti }
    if context.hasExpiredWatch() { context.session.flags.insert(.dirtyWatch) }
    if context.session.flags.contains(.dirtyExec) {
      context.discardTransaction()
      throw .execAborted
    }
    if context.session.flags.contains(.dirtyWatch) {
      context.discardTransaction()
      return context.reply.nullArray()
    }
    context.outcome = context.executeTransaction()
  }

  static func discard(_ context: inout Context) throws(ReplyError) {
    guard context.session.gates.contains(.transaction) else { throw .discardWithoutMulti }
    context.discardTransaction()
    context.reply.ok()
  }
}
