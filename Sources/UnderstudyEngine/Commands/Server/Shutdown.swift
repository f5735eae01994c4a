// SHUTDOWN: the server stops, and with it every connection. There is no file yet that it could write first.

enum ShutdownCommand {
  static let command = Command(
    "shutdown", .server, since: "1.0.0", "Stops the server.",
    complexity: "O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)",
    arity: -1, flags: [.admin, .noScript, .loading, .stale, .noMulti, .allowBusy],
    arguments: [
      .oneOf("nosave_save", [.token("NOSAVE"), .token("SAVE")]).optional, .token("NOW").optional.since("7.0.0"),
      .token("FORCE").optional.since("7.0.0"), .token("ABORT").optional.since("7.0.0"),
    ],
    history: [("7.0.0", "Takes `NOW`, `FORCE` and `ABORT`.")], handler: shutdown)

  static func shutdown(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    var words: Set<String> = []
    for index in 1..<arguments.count {
      let word = arguments[index].text.uppercased()
      guard ["NOSAVE", "SAVE", "NOW", "FORCE", "ABORT"].contains(word) else { throw .syntax }
      words.insert(word)
    }
    if words.contains("ABORT") && words.count > 1 || words.isSuperset(of: ["SAVE", "NOSAVE"]) { throw .syntax }
    // Nothing is waited for, so there is never anything to abort.
    if words.contains("ABORT") { throw ReplyError("ERR No shutdown in progress.") }
    if context.engine.gates.contains(.busy) && !words.contains("NOSAVE") { throw context.engine.scripting.busyError }
    context.engine.effects.shutdown = true
    // The program that the server lives in hears of it; a connection just ends.
    if context.session.flags.contains(.embedded) { return context.reply.ok() }
    context.session.flags.insert(.closeAfterReply)
  }
}
