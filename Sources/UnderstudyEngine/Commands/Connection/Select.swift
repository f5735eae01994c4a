// SELECT.

enum SelectCommand {
  static let command = Command(
    "select", .connection, since: "1.0.0", "Selects the connection's database.", arity: 2,
    flags: [.loading, .stale, .fast], arguments: [.integer("index")], handler: select)

  static func select(_ context: inout Context) throws(ReplyError) {
    guard let index = NumberText.parseInt64(context.arguments[1]), index >= Int64(Int32.min),
      index <= Int64(Int32.max)
    else { throw .invalidDatabase }
    guard index >= 0 && index < Int64(context.engine.databaseCount) else { throw .databaseOutOfRange }
    context.session.database = Int32(index)
    context.reply.ok()
  }
}
