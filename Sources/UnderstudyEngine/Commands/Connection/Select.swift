// SELECT.

enum SelectCommand {
  static let command = Command(
    "select", .connection, since: "1.0.0", "Selects the connection's database.", arity: 2,
    flags: [.loading, .stale, .fast], arguments: [.integer("index")], handler: select)

  static func select(_ context: inout Context) throws(ReplyError) {
    context.session.database = try context.databaseNumber(context.arguments[1])
    context.reply.ok()
  }
}
