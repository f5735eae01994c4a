// SUBSCRIBE, PSUBSCRIBE and SSUBSCRIBE, and their opposites. Each answers one confirmation for each name, as a push.

enum SubscribeCommand {
  private static let flags: CommandFlags = [.pubSub, .noScript, .loading, .stale, .subscribedMode]
  private static let shardChannels = KeySpec.keys(from: 1, [.notKey])

  static let all = [
    Command(
      "subscribe", .pubSub, since: "2.0.0", "Listens to channels.",
      complexity: "O(N) where N is the number of channels to subscribe to.", arity: -2, flags: flags,
      channels: .all(.subscribe), arguments: [.string("channel").multiple], handler: subscribe),
    Command(
      "unsubscribe", .pubSub, since: "2.0.0", "Stops listening to channels, or to all of them.",
      complexity: "O(N) where N is the number of clients already subscribed to a channel.", arity: -1, flags: flags,
      channels: .all(.unsubscribe), arguments: [.string("channel").optional.multiple], handler: unsubscribe),
    Command(
      "psubscribe", .pubSub, since: "2.0.0", "Listens to channels whose names match patterns.",
      complexity: "O(N) where N is the number of patterns the client is already subscribed to.", arity: -2,
      flags: flags, channels: .all(.subscribe, patterns: true),
      arguments: [.block("pattern", [.pattern("pattern")]).multiple], handler: pSubscribe),
    Command(
      "punsubscribe", .pubSub, since: "2.0.0", "Stops listening to patterns, or to all of them.",
      complexity: "O(N+M) where N is the number of patterns the client is already subscribed and M is the number of"
        + " total patterns subscribed in the system (by any client).",
      arity: -1, flags: flags, channels: .all(.unsubscribe, patterns: true),
      arguments: [.pattern("pattern").optional.multiple], handler: pUnsubscribe),
    Command(
      "ssubscribe", .pubSub, since: "7.0.0", "Listens to shard channels.",
      complexity: "O(N) where N is the number of shard channels to subscribe to.", arity: -2, flags: flags,
      keys: [shardChannels], channels: .all(.subscribe), arguments: [.string("shardchannel").multiple],
      handler: sSubscribe),
    Command(
      "sunsubscribe", .pubSub, since: "7.0.0", "Stops listening to shard channels, or to all of them.",
      complexity: "O(N) where N is the number of clients already subscribed to a shard channel.", arity: -1,
      flags: flags, keys: [shardChannels], channels: .all(.unsubscribe),
      arguments: [.string("shardchannel").optional.multiple],
      handler: sUnsubscribe),
  ]

  static func subscribe(_ context: inout Context) throws(ReplyError) { add(&context, .channel) }
  static func pSubscribe(_ context: inout Context) throws(ReplyError) { add(&context, .pattern) }
  static func sSubscribe(_ context: inout Context) throws(ReplyError) { add(&context, .shardChannel) }
  static func unsubscribe(_ context: inout Context) throws(ReplyError) { remove(&context, .channel) }
  static func pUnsubscribe(_ context: inout Context) throws(ReplyError) { remove(&context, .pattern) }
  static func sUnsubscribe(_ context: inout Context) throws(ReplyError) { remove(&context, .shardChannel) }

  private static func add(_ context: inout Context, _ kind: SubscriptionKind) {
    for index in 1..<context.arguments.count {
      let name = context.arguments[index]
      context.subscribe(kind, name.copied())
      confirm(context, kind.subscribed, name, kind)
    }
  }

  private static func remove(_ context: inout Context, _ kind: SubscriptionKind) {
    if context.arguments.count > 1 {
      for index in 1..<context.arguments.count {
        let name = context.arguments[index]
        context.unsubscribe(kind, name.copied())
        confirm(context, kind.unsubscribed, name, kind)
      }
      return
    }
    let names = context.subscriptions(kind)
    for name in names {
      context.unsubscribe(kind, name)
      name.withBytes { confirm(context, kind.unsubscribed, $0, kind) }
    }
    if names.isEmpty { confirm(context, kind.unsubscribed, nil, kind) }
  }

  private static func confirm(
    _ context: borrowing Context, _ event: StaticString, _ name: Bytes?, _ kind: SubscriptionKind
  ) {
    let reply = context.reply
    reply.push(3)
    reply.bulk(event)
    if let name { reply.bulk(name) } else { reply.null() }
    reply.integer(context.subscriptionCount(kind))
  }
}
