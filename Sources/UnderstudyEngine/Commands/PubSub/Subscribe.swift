// SUBSCRIBE, UNSUBSCRIBE, PSUBSCRIBE and PUNSUBSCRIBE. Each answers one confirmation for each name, as a push.

enum SubscribeCommand {
  private static let flags: CommandFlags = [.pubSub, .noScript, .loading, .stale, .subscribedMode]

  static let all = [
    Command(
      "subscribe", .pubSub, since: "2.0.0", "Listens to channels.",
      complexity: "O(N) where N is the number of channels to subscribe to.", arity: -2, flags: flags,
      arguments: [.string("channel").multiple], handler: subscribe),
    Command(
      "unsubscribe", .pubSub, since: "2.0.0", "Stops listening to channels, or to all of them.",
      complexity: "O(N) where N is the number of clients already subscribed to a channel.", arity: -1, flags: flags,
      arguments: [.string("channel").optional.multiple], handler: unsubscribe),
    Command(
      "psubscribe", .pubSub, since: "2.0.0", "Listens to channels whose names match patterns.",
      complexity: "O(N) where N is the number of patterns the client is already subscribed to.", arity: -2,
      flags: flags, arguments: [.block("pattern", [.pattern("pattern")]).multiple], handler: pSubscribe),
    Command(
      "punsubscribe", .pubSub, since: "2.0.0", "Stops listening to patterns, or to all of them.",
      complexity: "O(N+M) where N is the number of patterns the client is already subscribed and M is the number of"
        + " total patterns subscribed in the system (by any client).",
      arity: -1, flags: flags, arguments: [.pattern("pattern").optional.multiple], handler: pUnsubscribe),
  ]

  static func subscribe(_ context: inout Context) throws(ReplyError) { try add(&context, .channel) }
  static func pSubscribe(_ context: inout Context) throws(ReplyError) { try add(&context, .pattern) }
  static func unsubscribe(_ context: inout Context) throws(ReplyError) { remove(&context, .channel) }
  static func pUnsubscribe(_ context: inout Context) throws(ReplyError) { remove(&context, .pattern) }

  private static func add(_ context: inout Context, _ kind: SubscriptionKind) throws(ReplyError) {
    // A client that cannot wait for messages (inside EXEC with RESP2, a script) could never read them.
    for index in 1..<context.arguments.count {
      let name = context.arguments[index]
      context.subscribe(kind, name.copied())
      confirm(context.reply, kind.subscribed, name, context.subscriptionCount)
    }
  }

  private static func remove(_ context: inout Context, _ kind: SubscriptionKind) {
    if context.arguments.count > 1 {
      for index in 1..<context.arguments.count {
        let name = context.arguments[index]
        context.unsubscribe(kind, name.copied())
        confirm(context.reply, kind.unsubscribed, name, context.subscriptionCount)
      }
      return
    }
    let names = context.subscriptions(kind)
    for name in names {
      context.unsubscribe(kind, name)
      name.withBytes { confirm(context.reply, kind.unsubscribed, $0, context.subscriptionCount) }
    }
    if names.isEmpty { confirm(context.reply, kind.unsubscribed, nil, context.subscriptionCount) }
  }

  private static func confirm(_ reply: Reply, _ event: StaticString, _ name: Bytes?, _ count: Int) {
    reply.push(3)
    reply.bulk(event)
    if let name { reply.bulk(name) } else { reply.null() }
    reply.integer(count)
  }
}

extension Context {
  /// Channels and patterns together: what confirmations count.
  var subscriptionCount: Int {
    guard let extras = session.extras else { return 0 }
    return extras.channels.count + extras.patterns.count
  }

  func subscriptions(_ kind: SubscriptionKind) -> [[UInt8]] {
    guard let extras = session.extras else { return [] }
    return Array(kind == .channel ? extras.channels : extras.patterns)
  }

  func subscribe(_ kind: SubscriptionKind, _ name: [UInt8]) {
    _ = unsafe Dispatcher(state: state).subscribe(sessionPointer, kind, name)
  }

  func unsubscribe(_ kind: SubscriptionKind, _ name: [UInt8]) {
    unsafe Dispatcher(state: state).unsubscribe(sessionPointer, kind, name)
  }
}
