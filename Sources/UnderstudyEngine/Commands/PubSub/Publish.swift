// PUBLISH and SPUBLISH.

enum PublishCommand {
  static let command = Command(
    "publish", .pubSub, since: "2.0.0", "Sends a message to a channel.",
    complexity: "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number"
      + " of subscribed patterns (by any client).",
    arity: 3, flags: [.pubSub, .loading, .stale, .fast, .mayReplicate], channels: .published,
    arguments: [.string("channel"), .string("message")], handler: publish)

  static let shard = Command(
    "spublish", .pubSub, since: "7.0.0", "Sends a message to a shard channel.",
    complexity: "O(N) where N is the number of clients subscribed to the receiving shard channel.", arity: 3,
    flags: [.pubSub, .loading, .stale, .fast, .mayReplicate], keys: [.key(1, [.notKey])], channels: .published,
    arguments: [.string("shardchannel"), .string("message")], handler: publishToShard)

  static func publish(_ context: inout Context) throws(ReplyError) {
    let receivers = context.engine.publish(context.arguments[1], context.arguments[2])
    context.reply.integer(receivers)
  }

  static func publishToShard(_ context: inout Context) throws(ReplyError) {
    let receivers = context.engine.publishToShard(context.arguments[1], context.arguments[2])
    context.reply.integer(receivers)
  }
}
