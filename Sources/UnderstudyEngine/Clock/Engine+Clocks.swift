// The engine's clocks, reached from outside: the Swift API and the control port's LAB.CLOCK are hands on these.
//
// Moving a clock wakes what becomes due, in order, at the next `runTasks`; the caller sees to it that the transport
// runs them (`wantsTasks`).
//
// This file may say `unsafe`. What keeps it safe: everything here is called under the engine's lock.

extension Engine {
  /// What a clock says, in microseconds (data: since 1970; wait and script: since some start).
  package func time(of clock: ClockName) -> Int64 {
    withClock(clock) { $0.now(source: $1) }
  }

  /// Whether a clock follows real time, unmoved.
  package func isReal(_ clock: ClockName) -> Bool { withClock(clock) { clock, _ in clock.isReal } }

  package func isFrozen(_ clock: ClockName) -> Bool { withClock(clock) { clock, _ in clock.isFrozen } }

  /// Makes a clock stand still.
  package func freeze(_ clock: ClockName) { withClock(clock) { $0.freeze(source: $1) } }

  /// Moves a clock forward; false, and nothing moves, for a negative or absurd distance.
  package func advance(_ clock: ClockName, microseconds: Int64) -> Bool {
    withClock(clock) { $0.advance(microseconds: microseconds, source: $1) }
  }

  /// Sets a clock; false, and nothing moves, if the time is negative, absurd, or the clock may not go back to it.
  package func set(_ clock: ClockName, microseconds: Int64) -> Bool {
    withClock(clock) { $0.set(microseconds: microseconds, source: $1) }
  }

  /// Lets a clock follow real time again.
  package func followReal(_ clock: ClockName) { withClock(clock) { $0.followReal(source: $1) } }

  private func withClock<Result>(_ name: ClockName, _ body: (inout VirtualClock, Int64) -> Result) -> Result {
    defer {
      unsafe state.pointee.tasksChanged.pointee = true
      unsafe state.pointee.refreshTime()
    }
    let source = unsafe state.pointee.clocks.source
    switch name {
    case .data: return unsafe body(&state.pointee.clocks.data, source.wallMicroseconds())
    case .wait: return unsafe body(&state.pointee.clocks.wait, source.monotonicMicroseconds())
    case .script: return unsafe body(&state.pointee.clocks.script, source.monotonicMicroseconds())
    }
  }
}
