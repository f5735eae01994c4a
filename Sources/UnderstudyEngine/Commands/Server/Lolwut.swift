// LOLWUT.

enum LolwutCommand {
  static let command = Command(
    "lolwut", .server, since: "5.0.0", "Shows a picture, and the version.", complexity: "", arity: -1,
    flags: [.readOnly, .fast], arguments: [.integer("version", token: "VERSION").optional], handler: lolwut)

  /// An understudy waits in the wings.
  private static let picture = """
         |  |  |  |            |
         |  |  |  |            |      o
         |  |  |  |     o      |     /|\\
         |  |  |  |    /|\\     |     / \\
      ___|__|__|__|____/_\\_____|__________

    """

  static func lolwut(_ context: inout Context) throws(ReplyError) {
    if context.arguments.count >= 3 && context.arguments[1].matches("VERSION") {
      _ = try context.arguments.integer(2)
    }
    let text = picture + "Redis ver. \(context.engine.emulatedVersionText)\n"
    text.withBytes { context.reply.verbatim($0) }
  }
}
