// MULTI and EXEC: a transaction queues requests and runs them in one go; nothing of another client comes between.
//
// EXEC is a resumable value: a script in it may be suspended between slices, and EXEC then goes on behind it from
// `nextIndex` when the script has ended. Replies already written stay written.
//
// This file may say `unsafe`. What keeps it safe: the queue is held by the running loop itself while EXEC runs, so that
// nothing a queued command does can free it.

/// What a session has queued since MULTI.
final class Transaction {
  var queue = RequestQueue()
  /// While EXEC runs: the next request to run.
  var nextIndex = 0
  /// If EXEC is suspended and measured: when it began; cost source, microseconds.
  var startedAt: Int64 = -1

  func append(_ entry: DispatchPointer, _ arguments: Arguments) {
    unsafe queue.append(entry, arguments)
  }
}

extension Dispatcher {
  /// MULTI: from here on requests are queued.
  func begin(_ session: SessionPointer) {
    unsafe session.pointee.extra.transaction = Transaction()
    unsafe session.pointee.gates.insert(.transaction)
  }

  /// Forgets the queue and what was watched.
  func discardTransaction(_ session: SessionPointer) {
    unsafe session.pointee.extras?.transaction = nil
    unsafe session.pointee.gates.remove(.transaction)
    unsafe session.pointee.flags.subtract([.dirtyExec, .dirtyWatch])
    unsafe unwatchAll(session)
  }

  /// EXEC, behind its checks: runs what is queued. The outcome is `.suspended` if a script in it must go on later.
  func execute(_ session: SessionPointer, output: UnsafeMutablePointer<ReplyBuffer>) -> CommandOutcome {
    guard let transaction = unsafe session.pointee.extras?.transaction else { return .replied }
    unsafe unwatchAll(session)
    unsafe Reply(output, version: session.pointee.protocolVersion).array(transaction.queue.count)
    unsafe session.pointee.gates.remove(.transaction)
    unsafe session.pointee.flags.insert(.denyBlocking)
    return unsafe resumeExecution(session, transaction, output: output)
  }

  /// Runs the rest of a transaction.
  func resumeExecution(
    _ session: SessionPointer, _ transaction: Transaction, output: UnsafeMutablePointer<ReplyBuffer>
  ) -> CommandOutcome {
    while transaction.nextIndex < transaction.queue.count {
      let index = transaction.nextIndex
      transaction.nextIndex += 1
      guard let entry = unsafe transaction.queue.entry(index) else { continue }
      let arguments = transaction.queue.arguments(index)
      // Permissions may have gone since it was queued.
      if unsafe session.pointee.gates.contains(.restrictedUser),
        let denial = unsafe denial(session, entry, arguments)
      {
        unsafe Reply(output, version: session.pointee.protocolVersion).error(queuedText(of: denial))
        continue
      }
      let result = unsafe perform(session, entry: entry, arguments: arguments, hash: 0, output: output)
      if result == .stopped, unsafe session.pointee.flags.contains(.suspended) { return .suspended }
    }
    unsafe session.pointee.extras?.transaction = nil
    unsafe session.pointee.flags.subtract([.dirtyExec, .dirtyWatch, .denyBlocking])
    return .replied
  }
}
