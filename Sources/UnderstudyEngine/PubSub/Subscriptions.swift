// Publish and subscribe: who listens to which channel and pattern, and how messages reach them.
//
// A message is written at once to the outbox of each listener, in the listener's protocol: a push in RESP3, an array in
// RESP2. Inside the publisher's own command it goes before the command's reply, as on the real server.
//
// This file may say `unsafe`. What keeps it safe: a session is taken out of the table before it is freed.

@safe
struct SubscriptionTable {
  private(set) var channels: [[UInt8]: [SessionPointer]] = unsafe [:]
  /// In the order in which patterns were first subscribed to.
  private(set) var patterns: [(pattern: [UInt8], sessions: [SessionPointer])] = unsafe []

  mutating func add(_ session: SessionPointer, channel: [UInt8]) {
    unsafe channels[channel, default: []].append(session)
  }

  mutating func remove(_ session: SessionPointer, channel: [UInt8]) {
    guard var list = unsafe channels[channel] else { return }
    unsafe list.removeAll { unsafe $0 == session }
    unsafe channels[channel] = list.isEmpty ? nil : list
  }

  mutating func add(_ session: SessionPointer, pattern: [UInt8]) {
    if let index = unsafe patterns.firstIndex(where: { unsafe $0.pattern == pattern }) {
      unsafe patterns[index].sessions.append(session)
    } else {
      unsafe patterns.append((pattern, [session]))
    }
  }

  mutating func remove(_ session: SessionPointer, pattern: [UInt8]) {
    guard let index = unsafe patterns.firstIndex(where: { unsafe $0.pattern == pattern }) else { return }
    unsafe patterns[index].sessions.removeAll { unsafe $0 == session }
    if unsafe patterns[index].sessions.isEmpty { unsafe patterns.remove(at: index) }
  }
}

extension EngineState {
  /// Delivers a message to all that listen; answers how many did.
  mutating func publish(_ channel: Bytes, _ message: Bytes) -> Int {
    var receivers = 0
    let name = channel.copied()
    if let sessions = unsafe subscriptions.channels[name] {
      for unsafe session in unsafe sessions {
        let reply = unsafe Reply(outbox(of: session), version: session.pointee.protocolVersion)
        reply.push(3)
        reply.bulk("message")
        reply.bulk(channel)
        reply.bulk(message)
      }
      receivers += unsafe sessions.count
    }
    for unsafe (pattern, sessions) in unsafe subscriptions.patterns {
      guard pattern.withBytes({ GlobPattern($0).matches(channel) }) else { continue }
      for unsafe session in unsafe sessions {
        let reply = unsafe Reply(outbox(of: session), version: session.pointee.protocolVersion)
        reply.push(4)
        reply.bulk("pmessage")
        pattern.withBytes { reply.bulk($0) }
        reply.bulk(channel)
        reply.bulk(message)
      }
      receivers += unsafe sessions.count
    }
    return receivers
  }
}

/// What a subscription is to.
enum SubscriptionKind {
  case channel, pattern

  var subscribed: StaticString { self == .channel ? "subscribe" : "psubscribe" }
  var unsubscribed: StaticString { self == .channel ? "unsubscribe" : "punsubscribe" }
}

extension Dispatcher {
  /// Adds a subscription; true if it is new.
  func subscribe(_ session: SessionPointer, _ kind: SubscriptionKind, _ name: [UInt8]) -> Bool {
    let extras = unsafe session.pointee.extra
    switch kind {
    case .channel:
      guard extras.channels.insert(name).inserted else { return false }
      unsafe state.pointee.subscriptions.add(session, channel: name)
    case .pattern:
      guard extras.patterns.insert(name).inserted else { return false }
      unsafe state.pointee.subscriptions.add(session, pattern: name)
    }
    unsafe session.pointee.gates.insert(.subscribed)
    return true
  }

  func unsubscribe(_ session: SessionPointer, _ kind: SubscriptionKind, _ name: [UInt8]) {
    guard let extras = unsafe session.pointee.extras else { return }
    switch kind {
    case .channel:
      guard extras.channels.remove(name) != nil else { return }
      unsafe state.pointee.subscriptions.remove(session, channel: name)
    case .pattern:
      guard extras.patterns.remove(name) != nil else { return }
      unsafe state.pointee.subscriptions.remove(session, pattern: name)
    }
    if extras.channels.isEmpty && extras.patterns.isEmpty { unsafe session.pointee.gates.remove(.subscribed) }
  }

  func unsubscribeAll(_ session: SessionPointer) {
    guard let extras = unsafe session.pointee.extras else { return }
    for name in extras.channels { unsafe unsubscribe(session, .channel, name) }
    for name in extras.patterns { unsafe unsubscribe(session, .pattern, name) }
  }
}
