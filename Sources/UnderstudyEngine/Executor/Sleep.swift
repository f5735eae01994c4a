// DEBUG SLEEP: the whole server answers nobody until a time of the wait clock. No thread sleeps: requests are held
// whole, timers and expiry wait, and other servers of the process go on.
//
// This file may say `unsafe`. What keeps it safe: the sleeper is known by its identifier.

/// The command during which everything stands still.
final class Sleep {
  let session: UInt64
  /// Wait clock, microseconds.
  let end: Int64
  /// Cost source, microseconds.
  let start: Int64
  let request: RequestQueue

  init(session: UInt64, end: Int64, start: Int64, request: consuming RequestQueue) {
    self.session = session
    self.end = end
    self.start = start
    self.request = request
  }
}

extension Context {
  /// Lets the server stand still for so many microseconds, and then answer OK.
  mutating func sleep(microseconds: Int64) {
    var request = RequestQueue()
    unsafe request.append(entry, arguments)
    let (sum, overflow) = engine.clocks.waitMicroseconds.addingReportingOverflow(microseconds)
    let end = overflow ? Int64.max : sum
    engine.sleep = Sleep(
      session: session.identifier, end: end, start: engine.clocks.source.monotonicMicroseconds(), request: request)
    engine.gates.insert(.asleep)
    session.flags.insert(.suspended)
    outcome = .suspended
    engine.addTimer(.wake, due: end)
  }
}

extension Dispatcher {
  /// Whether the server sleeps on; if its time has come it wakes.
  func sleepsOn() -> Bool {
    guard let sleep = unsafe state.pointee.sleep else { return unsafe state.pointee.pendingCall != nil }
    if unsafe sleep.end > state.pointee.waitNow { return true }
    unsafe state.pointee.sleep = nil
    unsafe state.pointee.gates.remove(.asleep)
    if let session = unsafe state.pointee.sessions[sleep.session], unsafe session.pointee.flags.contains(.suspended) {
      unsafe Reply(state.pointee.outbox(of: session), version: session.pointee.protocolVersion).ok()
      unsafe noteCost(since: sleep.start, of: sleep.request, session)
      unsafe finishSuspension(session, Bytes("+OK\r\n"))
    }
    releaseHeld()
    return false
  }
}
