// REPLICAOF, its old name SLAVEOF, and ROLE. This server is always a master.

enum ReplicaOfCommand {
  static let all = [
    command("replicaof", since: "5.0.0", "Makes the server a master; it can be nothing else."),
    command(
      "slaveof", since: "1.0.0", "Makes the server a master: the old name of REPLICAOF.",
      deprecated: Command.Deprecation(since: "5.0.0", replacement: "`REPLICAOF`")),
    Command(
      "role", .server, since: "2.8.12", "Answers the server's role in replication.", arity: 1,
      flags: [.noScript, .loading, .stale, .fast], categories: [.admin, .dangerous], handler: role),
  ]

  private static func command(
    _ name: String, since: Version, _ summary: String, deprecated: Command.Deprecation? = nil
  ) -> Command {
    Command(
      name, .server, since: since, summary, arity: 3, flags: [.admin, .noScript, .stale, .noAsyncLoading],
      arguments: [
        .oneOf(
          "args",
          [
            .block("host-port", [.string("host"), .integer("port")]),
            .block("no-one", [.token("NO"), .token("ONE")]),
          ])
      ],
      deprecated: deprecated, handler: replicaOf)
  }

  static func replicaOf(_ context: inout Context) throws(ReplyError) {
    if context.arguments[1].matches("NO") && context.arguments[2].matches("ONE") { return context.reply.ok() }
    guard let port = NumberText.parseInt64(context.arguments[2]), (0...65_535).contains(port) else {
      throw .invalidMasterPort
    }
    throw .cannotReplicate
  }

  static func role(_ context: inout Context) throws(ReplyError) {
    context.reply.array(3)
    context.reply.bulk(Bytes("master"))
    context.reply.integer(0)
    context.reply.emptyArray()
  }
}
