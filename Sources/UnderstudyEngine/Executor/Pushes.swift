// Pushes to the client whose own command causes them: a message to a channel that it listens to itself, a key of its own
// cache that it changes.
//
// Since 7.2 they stand behind the reply to the command, or to the EXEC or script around it; before, messages of channels
// stood right where they arose, even amid a transaction's reply.
//
// This file may say `unsafe`. What keeps it safe: the buffer lies in the engine's state block, which does not move.

extension EngineState {
  /// Where pushes to `session` are written.
  ///
  /// - Parameters:
  ///   - always: whether they wait for the end of the client's own command in every version.
  mutating func pushbox(of session: SessionPointer, always: Bool = false) -> UnsafeMutablePointer<ReplyBuffer> {
    // One client at most runs a command that can cause pushes: a suspended one holds the others up.
    let isRunning = unsafe session == current || session.pointee.flags.contains(.suspended)
    guard isRunning && (always || emulates72) else {
      let box = unsafe outbox(of: session)
      lab.faults.pushMark = unsafe box.pointee.mark
      return unsafe box
    }
    afterCommand.insert(.pushes)
    return unsafe withUnsafeMutablePointer(to: &ownPushes) { unsafe $0 }
  }
}

extension Dispatcher {
  /// Lets the pushes that a command caused to its own client follow its reply.
  @inline(never)
  func deliverOwnPushes(_ session: SessionPointer) {
    // Those of a suspended command are not for whoever runs one meanwhile.
    guard unsafe state.pointee.afterCommand.contains(.pushes), unsafe state.pointee.gates.isDisjoint(with: [.busy, .asleep])
    else { return }
    unsafe state.pointee.afterCommand.remove(.pushes)
    let output = unsafe state.pointee.outbox(of: session)
    let mark = unsafe output.pointee.mark
    unsafe withUnsafeMutablePointer(to: &state.pointee.ownPushes) { pushes in
      unsafe output.pointee.append(contentsOf: &pushes.pointee)
      unsafe pushes.pointee.removeAll()
    }
    if unsafe session.pointee.gates.contains(.lab) {
      unsafe state.pointee.pushWritten(to: session, output, mark: mark)
    }
  }
}

extension EngineState {
  /// A push has been written to what `pushbox` gave: limits are looked at, and fault rules.
  mutating func finishPush(to session: SessionPointer, _ box: UnsafeMutablePointer<ReplyBuffer>) {
    if unsafe session.pointee.gates.contains(.lab) {
      let isOwn = unsafe withUnsafeMutablePointer(to: &ownPushes) { unsafe $0 == box }
      // Those of one's own command are looked at when they are delivered.
      if !isOwn { unsafe pushWritten(to: session, box, mark: lab.faults.pushMark) }
    }
    unsafe limitOutput(of: session)
  }
}
