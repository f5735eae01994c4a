// The engine's clocks, reached from outside: the Swift API and the control port's LAB.CLOCK are hands on these.
//
// Moving a clock makes things due: timers, expiring keys, a script's time limit. `settleClocks` does them, in order, so
// that whoever moved the clock finds them done; the transport then learns by itself (`needsTasks`) that it has something
// to send, and when to come back.
//
// This file may say `unsafe`. What keeps it safe: everything here is called under the engine's lock.

extension Engine {
  /// What a clock says, in microseconds (data: since 1970; wait and script: since some start).
  package func time(of clock: ClockName) -> Int64 { unsafe state.pointee.time(of: clock) }

  /// Whether a clock follows real time, unmoved.
  package func isReal(_ clock: ClockName) -> Bool { unsafe state.pointee.clocks[clock].isReal }

  package func isFrozen(_ clock: ClockName) -> Bool { unsafe state.pointee.clocks[clock].isFrozen }

  /// Makes a clock stand still.
  package func freeze(_ clock: ClockName) { unsafe state.pointee.changeClock(clock) { $0.freeze(source: $1) } }

  /// Moves a clock forward; false, and nothing moves, for a negative or absurd distance.
  package func advance(_ clock: ClockName, microseconds: Int64) -> Bool {
    unsafe state.pointee.changeClock(clock) { $0.advance(microseconds: microseconds, source: $1) }
  }

  /// Sets a clock; false, and nothing moves, if the time is negative, absurd, or the clock may not go back to it.
  package func set(_ clock: ClockName, microseconds: Int64) -> Bool {
    unsafe state.pointee.changeClock(clock) { $0.set(microseconds: microseconds, source: $1) }
  }

  /// Lets a clock follow real time again.
  package func followReal(_ clock: ClockName) {
    unsafe state.pointee.changeClock(clock) { $0.followReal(source: $1) }
  }

  /// Does what moved clocks have made due, all of it, before anybody asks. Not from inside a command: other clients'
  /// requests run here.
  package func settleClocks() {
    guard wantsTasks else { return }
    repeat { _ = runTasks() } while unsafe state.pointee.hasDueKeys
    // The transport has to ask anew when to come back.
    unsafe state.pointee.tasksChanged.pointee = true
  }
}

extension EngineState {
  /// What a clock says, in microseconds.
  func time(of name: ClockName) -> Int64 { clocks[name].now(source: clocks.source(of: name)) }

  /// Changes a clock, given what it follows.
  mutating func changeClock<Result>(_ name: ClockName, _ change: (inout VirtualClock, Int64) -> Result) -> Result {
    let source = clocks.source(of: name)
    let result = change(&clocks[name], source)
    refreshTime()
    unsafe tasksChanged.pointee = true
    return result
  }

  /// Whether a key is over its time and may be removed now.
  fileprivate var hasDueKeys: Bool {
    // While everything waits for a script, a sleep or another server, nothing expires, whatever is due.
    guard configuration.expiresActively, pause == nil, gates.isDisjoint(with: [.busy, .asleep]) else { return false }
    for index in 0..<databaseCount {
      if unsafe (databases + index).pointee.soonestDeadline <= now { return true }
    }
    return false
  }
}

extension Clocks {
  subscript(_ name: ClockName) -> VirtualClock {
    get {
      switch name {
      case .data: data
      case .wait: wait
      case .script: script
      }
    }
    set {
      switch name {
      case .data: data = newValue
      case .wait: wait = newValue
      case .script: script = newValue
      }
    }
  }

  /// The present of what a clock follows.
  func source(of name: ClockName) -> Int64 {
    switch name {
    case .data: source.wallMicroseconds()
    case .wait, .script: source.monotonicMicroseconds()
    }
  }
}
