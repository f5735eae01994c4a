// What handlers ask of subscriptions. The tables themselves are in Subscriptions.swift.
//
// This file may say `unsafe`. What keeps it safe: a context lives within one command of its session, under the lock.

extension Context {
  /// What confirmations count: channels and patterns together, shard channels apart.
  func subscriptionCount(_ kind: SubscriptionKind) -> Int {
    guard let extras = session.extras else { return 0 }
    return kind == .shardChannel ? extras.shardChannels.count : extras.channels.count + extras.patterns.count
  }

  /// What the client is subscribed to, in the order of the names' bytes.
  func subscriptions(_ kind: SubscriptionKind) -> [[UInt8]] {
    session.extras?.names(kind).sorted { $0.lexicographicallyPrecedes($1) } ?? []
  }

  func subscribe(_ kind: SubscriptionKind, _ name: [UInt8]) {
    unsafe Dispatcher(state: state).subscribe(sessionPointer, kind, name)
  }

  func unsubscribe(_ kind: SubscriptionKind, _ name: [UInt8]) {
    unsafe Dispatcher(state: state).unsubscribe(sessionPointer, kind, name)
  }
}
