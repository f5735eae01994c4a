// Suspension: a command that goes on later (a script over its slice), and clients that wait meanwhile.
//
// A handler that cannot finish sets `outcome` to `.suspended` and the session's flag, and keeps what it needs to go on.
// When it has ended, its reply goes to the session's outbox and `finishSuspension` lets the rest follow: the transaction
// that it stood in, the clients whose keys became ready, the requests that arrived meanwhile.
//
// Clients that must wait for something that is not theirs (a script of another client, CLIENT PAUSE) are *held*: the
// request that was refused entry is kept, whole, and offered again by `releaseHeld`.
//
// This file may say `unsafe`. What keeps it safe: held sessions are kept by identifier.

extension Dispatcher {
  /// A suspended command has written its reply: what stood behind it goes on.
  func finishSuspension(_ session: SessionPointer, _ reply: Bytes) {
    unsafe session.pointee.flags.remove(.suspended)
    unsafe state.pointee.finishWaiting(session, reply)
    let output = unsafe state.pointee.outbox(of: session)
    let mark = max(0, unsafe output.pointee.count - reply.count)
    if let transaction = unsafe session.pointee.extras?.transaction, transaction.nextIndex > 0 {
      let outcome = unsafe resumeExecution(session, transaction, output: output)
      if outcome == .suspended {
        unsafe keepBegun(session, output, mark: mark)
        return unsafe dropUnwanted(session, nil, output, mark: mark)
      }
      unsafe noteCost(of: transaction, session)
    }
    unsafe endStopped(session, output, mark: mark)
    if unsafe !state.pointee.afterCommand.isEmpty { unsafe afterCommand(session) }
    unsafe state.pointee.queueRun(session)
  }

  /// Puts a session among those that go on when what holds them has ended.
  func hold(_ session: SessionPointer) {
    guard unsafe !session.pointee.flags.contains(.held) else { return }
    unsafe session.pointee.flags.insert(.held)
    unsafe state.pointee.held.append(session.pointee.identifier)
  }

  /// Offers the requests of held clients again, in the order in which they were held.
  func releaseHeld() {
    let held = unsafe state.pointee.held
    unsafe state.pointee.held.removeAll()
    for identifier in held {
      guard let session = unsafe state.pointee.sessions[identifier] else { continue }
      unsafe session.pointee.flags.remove(.held)
      unsafe state.pointee.queueRun(session)
    }
  }
}
