// SAVE, BGSAVE, BGREWRITEAOF and LASTSAVE. Nothing is written: a save is a point in time, which LASTSAVE
// tells and from which changes are counted, so that programs that save and wait for it go on.

enum SaveCommand {
  static let all = [
    Command(
      "save", .server, since: "1.0.0", "Marks the present moment as saved; nothing is written.", arity: 1,
      flags: [.admin, .noScript, .noAsyncLoading, .noMulti], handler: save),
    Command(
      "bgsave", .server, since: "1.0.0", "Marks the present moment as saved; nothing is written.", arity: -1,
      flags: [.admin, .noScript, .noAsyncLoading],
      arguments: [.token("SCHEDULE").since("3.2.2").optional], history: [("3.2.2", "The option SCHEDULE.")],
      handler: backgroundSave),
    Command(
      "bgrewriteaof", .server, since: "1.0.0", "Agrees to rewrite the append-only file; nothing is written.",
      arity: 1,
      flags: [.admin, .noScript, .noAsyncLoading], handler: rewriteAppendOnlyFile),
    Command(
      "lastsave", .server, since: "1.0.0", "Answers when data was last saved, in seconds since 1970.",
      arity: 1,
      flags: [.loading, .stale, .fast], categories: [.admin, .dangerous], tips: ["nondeterministic_output"],
      handler: lastSave),
  ]

  static func save(_ context: inout Context) throws(ReplyError) {
    context.engine.noteSave()
    context.reply.ok()
  }

  static func backgroundSave(_ context: inout Context) throws(ReplyError) {
    var cursor = ArgumentCursor(context.arguments, from: 1)
    _ = cursor.match("SCHEDULE")
    try cursor.finish()
    context.engine.noteSave()
    context.reply.simple("Background saving started")
  }

  static func rewriteAppendOnlyFile(_ context: inout Context) throws(ReplyError) {
    context.reply.simple("Background append only file rewriting started")
  }

  static func lastSave(_ context: inout Context) throws(ReplyError) {
    context.reply.integer(context.engine.savedAt)
  }
}

extension EngineState {
  mutating func noteSave() {
    savedAt = now / 1000
    statistics.changes = 0
  }
}
