// Waiting for a state, with a bound and without sleeping: ask again until the answer is right, or fail with what was asked.
//
// A test that wants "after the other client has blocked" asks the server (`INFO clients`, `CLIENT LIST`, `PTTL`) until it
// says so. Each question is a round trip, which is all the pacing there is. Prefer a reply or a push that the server
// sends by itself, where there is one: reading it is the shortest wait.

/// A point in time after which a wait is over.
public struct Deadline: Sendable {
  private let end: ContinuousClock.Instant

  public init(milliseconds: Int) { end = ContinuousClock.now + .milliseconds(milliseconds) }

  /// True once the time is over.
  public var hasPassed: Bool { ContinuousClock.now >= end }

  /// What is left, rounded up to whole milliseconds, at least 0.
  public var remainingMilliseconds: Int {
    let left = ContinuousClock.now.duration(to: end)
    guard left > .zero else { return 0 }
    let (seconds, attoseconds) = left.components
    return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}

/// A state that did not come.
public struct WaitTimedOut: Error, CustomStringConvertible {
  public var description: String
}

/// Asks `state` again and again until it is true.
/// - Parameters:
///   - what: what is waited for, as the end of the sentence "gave up waiting until …"
///   - milliseconds: how long to go on asking
public func wait(
  until what: String, milliseconds: Int = 10_000, state: () throws -> Bool
) throws {
  let deadline = Deadline(milliseconds: milliseconds)
  while try !state() {
    if deadline.hasPassed { throw WaitTimedOut(description: "gave up waiting until \(what), after \(milliseconds) ms") }
  }
}

extension RawClient {
  /// The value of one field of INFO, as text, or nil if the server does not report it.
  public func info(_ section: String, _ field: String) throws -> String? {
    let text = try command("INFO", Argument(section)).text ?? ""
    for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix(field + ":") {
      return String(line.dropFirst(field.count + 1))
    }
    return nil
  }

  /// Waits until the server counts exactly `count` clients in a blocking command.
  public func waitUntilBlockedClients(_ count: Int, milliseconds: Int = 10_000) throws {
    try wait(until: "\(count) clients are blocked", milliseconds: milliseconds) {
      try info("clients", "blocked_clients") == String(count)
    }
  }

  /// Waits until `key` is gone, for keys about to expire.
  public func waitUntilGone(_ key: Argument, milliseconds: Int = 10_000) throws {
    try wait(until: "\(key) is gone", milliseconds: milliseconds) {
      try command("PTTL", key) == .integer(-2)
    }
  }
}
