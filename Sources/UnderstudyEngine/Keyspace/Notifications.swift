// Keyspace notifications: events of keys as messages, on the channel of the key (`__keyspace@0__:key`) and on that of
// the event (`__keyevent@0__:event`), for the classes that `notify-keyspace-events` names.
//
// Where events arise, `EngineState.interest` tells by one test whether anybody wants them. A new class is a bit of
// `NotificationClass` and a letter in the directive.

extension EngineState {
  /// Publishes a keyspace event to whoever subscribed to it.
  mutating func notify(_ event: StaticString, _ eventClass: NotificationClass, _ key: Bytes, database: Int32) {
    let wanted = configuration.notifications
    guard !wanted.isDisjoint(with: eventClass), !subscriptions.isEmpty else { return }
    let event = Bytes(event)
    if wanted.contains(.keyspaceChannel) {
      (Array("__keyspace@\(database)__:".utf8) + key.copied()).withBytes { _ = publish($0, event) }
    }
    if wanted.contains(.keyeventChannel) {
      (Array("__keyevent@\(database)__:".utf8) + event.copied()).withBytes { _ = publish($0, key) }
    }
  }
}

extension Context {
  /// A key was looked up in vain.
  @inline(never)
  func noteMiss(_ key: Key) {
    // OBJECT looks without being noticed.
    guard engine.interest.contains(.notifications), !commandName.hasPrefix("object|") else { return }
    engine.notify("keymiss", .keyMiss, key.bytes, database: session.database)
  }

  /// A key has been stored that was not there.
  @inline(never)
  func noteNew(_ key: Key) {
    guard engine.interest.contains(.notifications) else { return }
    engine.notify("new", .newKey, key.bytes, database: session.database)
  }
}
