// The classes of keyspace events, as `notify-keyspace-events` names them.

package struct NotificationClass: OptionSet, Sendable {
  package let rawValue: UInt16
  package init(rawValue: UInt16) { self.rawValue = rawValue }
  static let generic = NotificationClass(rawValue: 1 << 0)
  static let string = NotificationClass(rawValue: 1 << 1)
  static let list = NotificationClass(rawValue: 1 << 2)
  static let set = NotificationClass(rawValue: 1 << 3)
  static let hash = NotificationClass(rawValue: 1 << 4)
  static let sortedSet = NotificationClass(rawValue: 1 << 5)
  static let expired = NotificationClass(rawValue: 1 << 6)
  static let evicted = NotificationClass(rawValue: 1 << 7)
  static let stream = NotificationClass(rawValue: 1 << 8)
  static let keyMiss = NotificationClass(rawValue: 1 << 9)
  static let newKey = NotificationClass(rawValue: 1 << 10)
  static let module = NotificationClass(rawValue: 1 << 11)
  /// To the channel of the key (`K`).
  static let keyspaceChannel = NotificationClass(rawValue: 1 << 12)
  /// To the channel of the event (`E`).
  static let keyeventChannel = NotificationClass(rawValue: 1 << 13)
  /// What `A` stands for.
  static let all: NotificationClass = [
    .generic, .string, .list, .set, .hash, .sortedSet, .expired, .evicted, .stream, .module,
  ]
}
