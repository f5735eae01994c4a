// ACL LOG: what was refused lately.

enum ACLLogCommand {
  static let commands = [
    Command(
      "log", .server, since: "6.0.0", "Tells what was refused lately, or forgets it.",
      complexity: "O(N) with N being the number of entries shown.", arity: -2, flags: ACLCommand.adminFlags,
      arguments: [.oneOf("operation", [.integer("count"), .token("RESET")]).optional],
      history: [("7.2.0", "Entries have identifiers, and tell when they were made and changed last.")],
      handler: log)
  ]

  static func log(_ context: inout Context) throws(ReplyError) {
    guard context.arguments.count <= 3 else { return context.failSubcommandSyntax() }
    var count: Int64 = 10
    if context.arguments.count == 3 {
      if context.arguments[2].matches("RESET") {
        context.engine.acl.log.removeAll()
        return context.reply.ok()
      }
      count = max(0, try context.arguments.integer(2))
    }
    let entries = context.engine.acl.log.entries.prefix(Int(clamping: count))
    let (reply, isLater, now) = (context.reply, context.engine.emulates72, context.now)
    reply.array(entries.count)
    for entry in entries { tell(reply, entry, now, isLater) }
  }

  private static func tell(_ reply: Reply, _ entry: ACLLog.Entry, _ now: Int64, _ isLater: Bool) {
    reply.map(isLater ? 10 : 7)
    reply.bulk("count")
    reply.integer(entry.count)
    reply.bulk("reason")
    reply.bulk(entry.reason.name)
    reply.bulk("context")
    reply.bulk(entry.place.name)
    reply.bulk("object")
    entry.object.withBytes { reply.bulk($0) }
    reply.bulk("username")
    entry.user.withBytes { reply.bulk($0) }
    reply.bulk("age-seconds")
    reply.double(Double(now &- entry.updated) / 1000)
    reply.bulk("client-info")
    reply.bulk(entry.client)
    guard isLater else { return }
    reply.bulk("entry-id")
    reply.integer(entry.identifier)
    reply.bulk("timestamp-created")
    reply.integer(entry.created)
    reply.bulk("timestamp-last-updated")
    reply.integer(entry.updated)
  }
}
