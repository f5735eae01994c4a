// The end of a command: what follows its reply, however it came to one: at once, resumed (a script of several slices,
// DEBUG SLEEP, MIGRATE, the EXEC around them), served, unblocked, out of time, or killed. Whoever ends a command calls
// `endCommand`, once, when the whole reply stands at the end of `output`; what is to happen behind every command of a
// session with a gate goes there, and nowhere else. A command that is stopped has not ended: its session runs nothing
// else, so its flags and gates are as the command found them when it goes on.
//
// This file may say `unsafe`. What keeps it safe: as in Dispatch.swift.

extension Dispatcher {
  /// A command has written its reply, which begins at `mark`.
  ///
  /// - Parameter isControlled: whether CLIENT REPLY had its say when the command began.
  func endCommand(
    _ session: SessionPointer, _ entry: DispatchPointer?, _ output: UnsafeMutablePointer<ReplyBuffer>, mark: Int,
    isControlled: Bool
  ) {
    if unsafe output.pointee.hasUncountedErrors { unsafe state.pointee.countErrors(in: output) }
    if isControlled {
      unsafe dropUnwanted(session, entry, output, mark: mark)
      unsafe followReplyControl(session)
      unsafe deliverOwnPushes(session)
    }
    if unsafe session.pointee.gates.contains(.tracking) { unsafe finishTracking(session, entry) }
    if unsafe !session.pointee.gates.union(state.pointee.gates).isDisjoint(with: [.outputLimits, .subscribed]) {
      if unsafe output == session.pointee.pending {
        unsafe state.pointee.limitOutput(of: session)
      } else {
        unsafe state.pointee.limitOutput(of: session, writtenTo: output)
      }
    }
  }

  /// A command that was stopped has its reply, or the rest of it, at the end of its session's outbox.
  func endStopped(_ session: SessionPointer, _ output: UnsafeMutablePointer<ReplyBuffer>, mark: Int) {
    unsafe finishFaults(session, output, mark: mark)
    unsafe endCommand(
      session, session.pointee.lastCommand, output, mark: mark,
      isControlled: session.pointee.gates.contains(.replyControl))
  }

  /// Drops the reply, or what there is of it, if CLIENT REPLY OFF or SKIP do not want it.
  func dropUnwanted(
    _ session: SessionPointer, _ entry: DispatchPointer?, _ output: UnsafeMutablePointer<ReplyBuffer>, mark: Int
  ) {
    // CLIENT REPLY ON takes a skip back, and is answered. Confirmations of subscriptions are pushes, which are always sent.
    guard unsafe !session.pointee.flags.isDisjoint(with: [.replyOff, .replySkip]),
      unsafe entry?.pointee.flags.isSuperset(of: [.pubSub, .subscribedMode]) != true
    else { return }
    unsafe output.pointee.rewind(to: mark)
    if let faults = unsafe session.pointee.faults {
      let ahead = unsafe state.pointee.bytesAhead(of: output, session)
      faults.shape.takeBack(from: ahead + (unsafe output.pointee.totalCount))
    }
  }

  /// SKIP was for one command.
  private func followReplyControl(_ session: SessionPointer) {
    let isNext = unsafe session.pointee.flags.contains(.replySkipNext)
    unsafe session.pointee.flags.subtract([.replySkip, .replySkipNext])
    if isNext { unsafe session.pointee.flags.insert(.replySkip) }
    if unsafe session.pointee.flags.isDisjoint(with: [.replyOff, .replySkip]) {
      unsafe session.pointee.gates.remove(.replyControl)
    }
  }

  /// A stopped command has failed if there is an error in its reply.
  func countFailure(of entry: DispatchPointer, in output: UnsafeMutablePointer<ReplyBuffer>) {
    guard unsafe output.pointee.hasUncountedErrors else { return }
    unsafe state.pointee.statistics(ofCommand: Int(entry.pointee.identifier)).pointee.failed += 1
    unsafe state.pointee.countErrors(in: output)
  }
}
