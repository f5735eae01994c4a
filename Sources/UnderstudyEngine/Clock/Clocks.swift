// Clocks: time as an input. The engine reads no clock; it asks the sources that it was given, through three clocks that
// can each be frozen, moved and set: `data` (TTL, TIME, stream ids), `wait` (blocking timeouts, idle timeouts, pauses)
// and `script` (a script's time budget). A fourth, monotonic source measures cost and is never virtual.
//
// A command sees one data time for its whole run: it is read once per batch into the engine's state.

internal import CUnderstudyPlatform

/// Where real time comes from. `system` is the machine's; a simulation hands in its own.
package struct TimeSource: Sendable {
  /// Microseconds since 1970.
  package var wallMicroseconds: @Sendable () -> Int64
  /// Microseconds of a clock that only goes forward.
  package var monotonicMicroseconds: @Sendable () -> Int64

  package init(
    wallMicroseconds: @escaping @Sendable () -> Int64, monotonicMicroseconds: @escaping @Sendable () -> Int64
  ) {
    self.wallMicroseconds = wallMicroseconds
    self.monotonicMicroseconds = monotonicMicroseconds
  }

  package static var system: TimeSource {
    TimeSource(
      wallMicroseconds: { understudy_wall_microseconds() },
      monotonicMicroseconds: { understudy_monotonic_microseconds() })
  }
}

/// One clock that follows its source, with an offset, or stands still.
package struct VirtualClock: Sendable {
  /// Whether the clock may be set backwards: only the data clock may.
  let mayGoBack: Bool
  private var offset: Int64 = 0
  private var frozenAt: Int64?

  init(mayGoBack: Bool) { self.mayGoBack = mayGoBack }

  /// Whether the clock follows real time with no offset.
  package var isReal: Bool { offset == 0 && frozenAt == nil }
  package var isFrozen: Bool { frozenAt != nil }

  /// The clock's time in microseconds when its source says `source`.
  @inline(__always)
  package func now(source: Int64) -> Int64 {
    if let frozenAt { return frozenAt }
    return source &+ offset
  }

  /// Stands still at the present.
  package mutating func freeze(source: Int64) { frozenAt = now(source: source) }

  /// Moves forward by `microseconds`; false, and nothing moves, if that is negative or leaves the range of time.
  package mutating func advance(microseconds: Int64, source: Int64) -> Bool {
    guard microseconds >= 0 else { return false }
    return move(to: now(source: source), plus: microseconds, source: source)
  }

  /// Moves to a time; false if it is negative, or if the clock may not go back and that would.
  package mutating func set(microseconds: Int64, source: Int64) -> Bool {
    guard microseconds >= 0, mayGoBack || microseconds >= now(source: source) else { return false }
    return move(to: microseconds, plus: 0, source: source)
  }

  private mutating func move(to time: Int64, plus: Int64, source: Int64) -> Bool {
    let (target, overflow) = time.addingReportingOverflow(plus)
    guard !overflow, target < Int64.max / 4 else { return false }
    if frozenAt != nil { frozenAt = target } else { offset = target &- source }
    return true
  }

  /// Follows real time again. A clock that may not go back keeps the offset that it needs for that.
  package mutating func followReal(source: Int64) {
    let present = now(source: source)
    frozenAt = nil
    offset = mayGoBack ? 0 : max(0, present &- source)
  }
}

/// The names by which clocks are spoken of, on the control port and in the API.
package enum ClockName: String, Sendable, CaseIterable { case data, wait, script }

/// The engine's clocks and what they follow.
package struct Clocks: Sendable {
  package var source: TimeSource
  package var data = VirtualClock(mayGoBack: true)
  package var wait = VirtualClock(mayGoBack: false)
  package var script = VirtualClock(mayGoBack: false)

  package init(source: TimeSource) { self.source = source }

  /// Microseconds since 1970 of the data clock.
  package var dataMicroseconds: Int64 { data.now(source: source.wallMicroseconds()) }
  /// Microseconds of the wait clock.
  package var waitMicroseconds: Int64 { wait.now(source: source.monotonicMicroseconds()) }
  /// Microseconds of the script clock.
  package var scriptMicroseconds: Int64 { script.now(source: source.monotonicMicroseconds()) }
}
