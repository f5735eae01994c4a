// Time as an input: each server has three clocks, and a test may hold and move them.

internal import UnderstudyEngine

extension RedisServer {
  /// The clocks of a server.
  public enum ClockName: String, Sendable, CaseIterable {
    /// What data lives by: times to live, `TIME`, stream ids. It may also be set backwards.
    case data
    /// What waiting clients live by: blocking timeouts, idle timeouts, `CLIENT PAUSE`.
    case wait
    /// What scripts live by: their time limit.
    case script
  }

  /// One of the server's clocks.
  public struct Clock: Sendable {
    let server: RedisServer
    let name: ClockName

    /// The clock's time: since 1970 for `data`, since some start for the others.
    public var now: Duration {
      get throws(RedisServerError) {
        let engine = try server.runningEngine()
        return .microseconds(engine.withLock { engine.time(of: name.engineName) })
      }
    }

    /// Makes the clock stand still.
    public func freeze() throws(RedisServerError) {
      try change { engine in
        engine.freeze(name.engineName)
        return true
      }
    }

    /// Moves the clock forward, frozen or not; what becomes due happens, in order, before this returns.
    ///
    /// - Throws: ``RedisServerError/invalidOption(_:)`` for a negative duration.
    public func advance(by duration: Duration) throws(RedisServerError) {
      try change { $0.advance(name.engineName, microseconds: duration.wholeMicroseconds) }
    }

    /// Sets the clock.
    ///
    /// - Throws: ``RedisServerError/invalidOption(_:)`` for a negative time, and for one in the past of a clock other
    ///   than `data`.
    public func set(to time: Duration) throws(RedisServerError) {
      try change { $0.set(name.engineName, microseconds: time.wholeMicroseconds) }
    }

    /// Lets the clock follow real time again.
    public func followReal() throws(RedisServerError) {
      try change { engine in
        engine.followReal(name.engineName)
        return true
      }
    }

    private func change(_ body: (Engine) -> Bool) throws(RedisServerError) {
      let engine = try server.runningEngine()
      if engine.isEntered { throw .reentrantCall }
      let isDone = engine.withLock {
        let isDone = body(engine)
        if isDone { engine.settleClocks() }
        return isDone
      }
      server.wakeLoop()
      if !isDone { throw .invalidOption("the \(name.rawValue) clock cannot be moved there") }
    }
  }

  /// A clock of the server, to freeze, move and set.
  public func clock(_ name: ClockName) -> Clock { Clock(server: self, name: name) }
}

extension RedisServer.ClockName {
  var engineName: UnderstudyEngine.ClockName {
    switch self {
    case .data: .data
    case .wait: .wait
    case .script: .script
    }
  }
}
