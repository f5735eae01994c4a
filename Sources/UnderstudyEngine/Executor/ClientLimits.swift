// Limits of single clients: how much output may wait for one that does not read (`client-output-buffer-limit`), and how
// long one may be idle (`timeout`). A client over its limit is closed at once, and what waited for it is freed; nobody
// else notices.
//
// Output of other clients' making is looked at as it is written (`limitOutput`); a client's own replies only if there is
// a limit for them, which by default there is not, since commands wait while too much is unsent.
//
// This file may say `unsafe`. What keeps it safe: sessions come from the registry, or are those of the running command;
// a session that is closed here is freed later, by its transport.

extension EngineState {
  /// What waits for a client in its fixed buffer on the real server, where no limit counts it.
  private static var uncountedOutput: Int { 16_384 }

  /// Pushes were written for `session`: ends the connection if more waits than a client of its class may have.
  @inline(__always)
  mutating func limitOutput(of session: SessionPointer) {
    guard let pending = unsafe session.pointee.pending, unsafe pending.pointee.totalCount >= smallestOutputLimit else {
      unsafe session.pointee.extras?.overSoftLimitSince = nil
      return
    }
    unsafe limitOutput(of: session, count: pending.pointee.totalCount)
  }

  /// A command of `session` has written its reply to `output`: the same. Nothing of the reply is sent then.
  mutating func limitOutput(of session: SessionPointer, writtenTo output: UnsafeMutablePointer<ReplyBuffer>) {
    let waiting = unsafe session.pointee.pending?.pointee.totalCount ?? 0
    let count = unsafe waiting + output.pointee.totalCount
    guard count >= smallestOutputLimit else { return }
    unsafe limitOutput(of: session, count: count)
    if unsafe session.pointee.flags.contains(.killed) { unsafe output.pointee.removeAll() }
  }

  @inline(never)
  private mutating func limitOutput(of session: SessionPointer, count: Int) {
    let count = UInt64(clamping: count - Self.uncountedOutput)
    guard unsafe count > 0 && isClient(session) else { return }
    let limits = configuration.outputLimits
    let limit = unsafe session.pointee.gates.contains(.subscribed) ? limits.pubSub : limits.normal
    if limit.hard > 0 && count >= limit.hard { return unsafe closeOverflowing(session) }
    let extras = unsafe session.pointee.extra
    guard limit.soft > 0 && count >= limit.soft else {
      extras.overSoftLimitSince = nil
      return
    }
    let allowed = Int64(clamping: min(limit.seconds, 1 << 40)) * 1_000_000
    if let since = extras.overSoftLimitSince {
      if waitNow &- since > allowed { unsafe closeOverflowing(session) }
    } else {
      extras.overSoftLimitSince = waitNow
      unsafe addTimer(.outputLimit(session: session.pointee.identifier), due: waitNow &+ allowed &+ 1)
    }
  }

  private mutating func closeOverflowing(_ session: SessionPointer) {
    statistics.outputLimitDisconnections += 1
    unsafe closeAtOnce(session)
  }

  /// Has the transport close a connection, and frees what waits for it.
  private mutating func closeAtOnce(_ session: SessionPointer) {
    unsafe session.pointee.flags.insert(.killed)
    if let pending = unsafe session.pointee.pending { unsafe pending.pointee.removeAll(keeping: 0) }
    unsafe queueFlush(session)
  }

  /// The time of a client over its soft limit is up.
  mutating func outputLimitTimerFired(_ identifier: UInt64) {
    if let session = unsafe sessions[identifier] { unsafe limitOutput(of: session) }
  }

  // MARK: Idle clients

  /// Looks for idle clients from now on, if there is a limit.
  mutating func followIdleLimit() {
    guard configuration.idleTimeoutSeconds != followedIdleTimeout else { return }
    followedIdleTimeout = configuration.idleTimeoutSeconds
    idleGeneration &+= 1
    idleTimerFired(idleGeneration)
  }

  /// Closes clients that have been idle for too long, and comes back when the next one may be. Those that wait in a
  /// blocking command, listen to channels or monitor are never idle.
  mutating func idleTimerFired(_ generation: Int) {
    let timeout = followedIdleTimeout
    guard timeout > 0 && generation == idleGeneration else { return }
    let (allowed, overflow) = Int64(timeout).multipliedReportingOverflow(by: 1_000_000)
    if overflow { return }
    var next = waitNow &+ allowed
    for unsafe session in unsafe sessions.values where unsafe mayBeIdle(session) {
      let end = unsafe session.pointee.lastActiveAt &+ allowed
      if end < waitNow {
        unsafe closeAtOnce(session)
      } else {
        next = min(next, end)
      }
    }
    addTimer(.idle(generation: generation), due: next &+ 1)
  }

  private func mayBeIdle(_ session: SessionPointer) -> Bool {
    unsafe isClient(session) && session.pointee.flags.isDisjoint(with: [.blocked, .suspended])
      && session.pointee.gates.isDisjoint(with: [.subscribed, .monitoring])
  }
}

extension ClientOutputLimits {
  /// Output below which no class has a limit to look at.
  var smallest: Int {
    [normal.hard, normal.soft, pubSub.hard, pubSub.soft].filter { $0 > 0 }.map { Int(clamping: $0) }.min() ?? .max
  }
}
