// CLIENT PAUSE: commands wait until a time of the wait clock, all of them or those that write. Who is held back is kept
// whole and offered again at the end (`Dispatcher.hold`). While there is a pause no key expires by itself: one whose
// time has come looks gone, and stays.
//
// This file may say `unsafe`. What keeps it safe: everything here runs under the engine's lock.

struct Pause {
  enum Kind { case writes, all }
  var kind: Kind
  /// Wait clock, microseconds.
  var end: Int64
}

extension EngineState {
  /// Begins a pause, or lengthens and strengthens the one that there is.
  mutating func pause(_ kind: Pause.Kind, milliseconds: Int64) {
    let (span, tooLong) = milliseconds.multipliedReportingOverflow(by: 1000)
    let (sum, tooLate) = clocks.waitMicroseconds.addingReportingOverflow(span)
    let end = tooLong || tooLate ? Int64.max : sum
    if var running = pause {
      if kind == .all { running.kind = .all }
      running.end = max(running.end, end)
      pause = running
    } else {
      pause = Pause(kind: kind, end: end)
    }
    gates.insert(.paused)
    addTimer(.unpause, due: end)
  }
}

extension Dispatcher {
  /// Whether the pause holds this command back.
  func isHeldByPause(_ session: SessionPointer, _ entry: DispatchPointer, _ arguments: Arguments) -> Bool {
    guard let pause = unsafe state.pointee.pause,
      unsafe session.pointee.flags.isDisjoint(with: [.embedded, .control, .script])
    else { return false }
    if pause.kind == .all { return true }
    let changing: CommandFlags = [.write, .mayReplicate]
    if unsafe !entry.pointee.flags.isDisjoint(with: changing) {
      return unsafe declaredFlags(entry, arguments)?.contains(.noWrites) != true
    }
    guard unsafe entry.pointee.name == "exec", let transaction = unsafe session.pointee.extras?.transaction else {
      return false
    }
    return transaction.queue.items.contains { unsafe $0.entry?.pointee.flags.isDisjoint(with: changing) == false }
  }

  /// Ends the pause: those that were held back go on.
  func endPause() {
    unsafe state.pointee.pause = nil
    unsafe state.pointee.gates.remove(.paused)
    releaseHeld()
  }

  /// A pause may be over: it is not if it has been lengthened since.
  func pauseTimerFired() {
    guard let pause = unsafe state.pointee.pause, unsafe pause.end <= state.pointee.waitNow else { return }
    endPause()
  }
}

extension Context {
  func endPause() { unsafe Dispatcher(state: state).endPause() }
}
