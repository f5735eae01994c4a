// Publish and subscribe: who listens to which channel and pattern, and how messages reach them.
//
// A message is written at once to the outbox of each listener, in the listener's protocol: a push in RESP3, an array in
// RESP2. To the publisher itself it goes behind the command's reply, or before 7.2 ahead of it (`pushbox`). Shard
// channels are a world of their own beside the channels; with one node all of them are here.
//
// This file may say `unsafe`. What keeps it safe: a session is taken out of the table before it is freed.

/// What a subscription is to.
enum SubscriptionKind {
  case channel, pattern, shardChannel

  var subscribed: StaticString {
    switch self {
    case .channel: "subscribe"
    case .pattern: "psubscribe"
    case .shardChannel: "ssubscribe"
    }
  }

  var unsubscribed: StaticString {
    switch self {
    case .channel: "unsubscribe"
    case .pattern: "punsubscribe"
    case .shardChannel: "sunsubscribe"
    }
  }
}

@safe
struct SubscriptionTable {
  private(set) var channels: [[UInt8]: [SessionPointer]] = unsafe [:]
  private(set) var shardChannels: [[UInt8]: [SessionPointer]] = unsafe [:]
  /// In the order in which patterns were first subscribed to.
  private(set) var patterns: [(pattern: [UInt8], sessions: [SessionPointer])] = unsafe []

  mutating func add(_ session: SessionPointer, _ kind: SubscriptionKind, _ name: [UInt8]) {
    switch kind {
    case .channel: unsafe channels[name, default: []].append(session)
    case .shardChannel: unsafe shardChannels[name, default: []].append(session)
    case .pattern:
      if let index = unsafe patterns.firstIndex(where: { unsafe $0.pattern == name }) {
        unsafe patterns[index].sessions.append(session)
      } else {
        unsafe patterns.append((name, [session]))
      }
    }
  }

  mutating func remove(_ session: SessionPointer, _ kind: SubscriptionKind, _ name: [UInt8]) {
    switch kind {
    case .channel: unsafe Self.remove(session, name, from: &channels)
    case .shardChannel: unsafe Self.remove(session, name, from: &shardChannels)
    case .pattern:
      guard let index = unsafe patterns.firstIndex(where: { unsafe $0.pattern == name }) else { return }
      unsafe patterns[index].sessions.removeAll { unsafe $0 == session }
      if unsafe patterns[index].sessions.isEmpty { unsafe patterns.remove(at: index) }
    }
  }

  private static func remove(
    _ session: SessionPointer, _ name: [UInt8], from channels: inout [[UInt8]: [SessionPointer]]
  ) {
    unsafe channels[name]?.removeAll { unsafe $0 == session }
    if unsafe channels[name]?.isEmpty == true { unsafe channels[name] = nil }
  }

  /// How many listen to a channel; patterns are not asked.
  func count(_ name: [UInt8], isShard: Bool) -> Int {
    unsafe (isShard ? shardChannels : channels)[name]?.count ?? 0
  }

  var isEmpty: Bool { unsafe channels.isEmpty && patterns.isEmpty }

  var channelCount: Int { unsafe channels.count }
  var shardChannelCount: Int { unsafe shardChannels.count }
  var patternCount: Int { unsafe patterns.count }

  /// The channels that somebody listens to, in the order of their bytes.
  func names(isShard: Bool) -> [[UInt8]] {
    unsafe (isShard ? shardChannels : channels).keys.sorted { $0.lexicographicallyPrecedes($1) }
  }
}

extension EngineState {
  /// Delivers a message to all that listen; answers how many did.
  @discardableResult
  mutating func publish(_ channel: Bytes, _ message: Bytes) -> Int {
    var receivers = 0
    if let sessions = unsafe subscriptions.channels[channel.copied()] {
      for unsafe session in unsafe sessions { unsafe deliver("message", channel, message, to: session) }
      receivers += unsafe sessions.count
    }
    for unsafe (pattern, sessions) in unsafe subscriptions.patterns {
      guard pattern.withBytes({ GlobPattern($0).matches(channel) }) else { continue }
      for unsafe session in unsafe sessions {
        let reply = unsafe Reply(pushbox(of: session), version: session.pointee.protocolVersion)
        reply.push(4)
        reply.bulk("pmessage")
        pattern.withBytes { reply.bulk($0) }
        reply.bulk(channel)
        reply.bulk(message)
        unsafe finishPush(to: session, reply.buffer)
      }
      receivers += unsafe sessions.count
    }
    return receivers
  }

  /// The same for a shard channel.
  mutating func publishToShard(_ channel: Bytes, _ message: Bytes) -> Int {
    guard let sessions = unsafe subscriptions.shardChannels[channel.copied()] else { return 0 }
    for unsafe session in unsafe sessions { unsafe deliver("smessage", channel, message, to: session) }
    return unsafe sessions.count
  }

  private mutating func deliver(
    _ event: StaticString, _ channel: Bytes, _ message: Bytes, to session: SessionPointer
  ) {
    let reply = unsafe Reply(pushbox(of: session), version: session.pointee.protocolVersion)
    reply.push(3)
    reply.bulk(event)
    reply.bulk(channel)
    reply.bulk(message)
    unsafe finishPush(to: session, reply.buffer)
  }
}

extension SessionExtras {
  func names(_ kind: SubscriptionKind) -> Set<[UInt8]> {
    switch kind {
    case .channel: channels
    case .pattern: patterns
    case .shardChannel: shardChannels
    }
  }

  fileprivate func withNames<Result>(_ kind: SubscriptionKind, _ body: (inout Set<[UInt8]>) -> Result) -> Result {
    switch kind {
    case .channel: body(&channels)
    case .pattern: body(&patterns)
    case .shardChannel: body(&shardChannels)
    }
  }
}

extension Dispatcher {
  func subscribe(_ session: SessionPointer, _ kind: SubscriptionKind, _ name: [UInt8]) {
    let extras = unsafe session.pointee.extra
    guard extras.withNames(kind, { $0.insert(name).inserted }) else { return }
    unsafe state.pointee.subscriptions.add(session, kind, name)
    unsafe session.pointee.gates.insert(.subscribed)
  }

  func unsubscribe(_ session: SessionPointer, _ kind: SubscriptionKind, _ name: [UInt8]) {
    guard let extras = unsafe session.pointee.extras, extras.withNames(kind, { $0.remove(name) }) != nil else { return }
    unsafe state.pointee.subscriptions.remove(session, kind, name)
    if extras.channels.isEmpty && extras.patterns.isEmpty && extras.shardChannels.isEmpty {
      unsafe session.pointee.gates.remove(.subscribed)
    }
  }

  func unsubscribeAll(_ session: SessionPointer) {
    guard let extras = unsafe session.pointee.extras else { return }
    for kind in [SubscriptionKind.channel, .pattern, .shardChannel] {
      for name in extras.names(kind) { unsafe unsubscribe(session, kind, name) }
    }
  }
}
