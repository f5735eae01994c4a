// ACLLog: what was refused, newest first (ACL LOG). The same again within a minute counts an entry up instead of making
// another.

struct ACLLog {
  enum Place {
    case topLevel, transaction, script

    var name: StaticString {
      switch self {
      case .topLevel: "toplevel"
      case .transaction: "multi"
      case .script: "lua"
      }
    }
  }

  struct Entry {
    let identifier: Int64
    let reason: ACLReason
    let place: Place
    /// The command, the key or the channel.
    let object: [UInt8]
    let user: [UInt8]
    /// Data clock, milliseconds: when it was first refused, and when last.
    let created: Int64
    fileprivate(set) var updated: Int64
    fileprivate(set) var count: Int64 = 1
    /// The client's line in CLIENT LIST, as of the last time.
    fileprivate(set) var client: String
  }

  private(set) var entries: [Entry] = []
  private var nextIdentifier: Int64 = 0
  /// How often each reason was one since the start.
  private(set) var counts: [ACLReason: Int64] = [:]

  /// How many entries are looked at for one of the same, and how far apart in time the two may be, in milliseconds.
  private static let searched = 10
  private static let longestTime: Int64 = 60_000

  mutating func add(
    _ reason: ACLReason, _ place: Place, object: [UInt8], user: [UInt8], client: String, now: Int64,
    limit: Int64
  ) {
    counts[reason, default: 0] += 1
    let known = entries.prefix(Self.searched).firstIndex { entry in
      let (difference, overflow) = entry.updated.subtractingReportingOverflow(now)
      return entry.reason == reason && entry.place == place && !overflow
        && difference.magnitude <= Self.longestTime.magnitude && entry.object == object && entry.user == user
    }
    if let known {
      var entry = entries.remove(at: known)
      entry.updated = now
      entry.count += 1
      entry.client = client
      entries.insert(entry, at: 0)
      return
    }
    entries.insert(
      Entry(
        identifier: nextIdentifier, reason: reason, place: place, object: object, user: user, created: now,
        updated: now, client: client), at: 0)
    nextIdentifier += 1
    if entries.count > max(0, limit) { entries.removeLast(entries.count - Int(max(0, limit))) }
  }

  mutating func removeAll() { entries = [] }
}

extension ACLReason {
  var name: StaticString {
    switch self {
    case .command: "command"
    case .key: "key"
    case .channel: "channel"
    case .authentication: "auth"
    }
  }
}
