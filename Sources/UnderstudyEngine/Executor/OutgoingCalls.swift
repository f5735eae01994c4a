// OutgoingCalls: what a command has to say to another server before it can answer: MIGRATE. The engine has no sockets:
// the transport is told what to send where and how many lines to wait for, and comes back with these (`finishCall`).
//
// Meanwhile the command is suspended and the server stands still, as under DEBUG SLEEP: requests of others are held whole,
// no key expires. So what is sent is what is removed, as on a real server, which stands still too. Other servers of the
// same loop go on, but while a host's name is looked up. Then the handler runs once more, on the request that was kept,
// with the answer at hand (`Context.answer`).
//
// This file may say `unsafe`. What keeps it safe: the caller is kept by identifier and looked up again.

/// What the transport is to do.
package struct OutgoingCall: Sendable {
  package let identifier: UInt64
  package let host: String
  package let port: UInt16
  package let request: [UInt8]
  /// How many lines answer it.
  package let lineCount: Int
  /// How long nothing may move, in milliseconds of real time.
  package let timeout: Int64
}

/// What became of it.
package enum OutgoingAnswer: Sendable {
  /// There is no such host, or no way to it.
  case unreachable
  /// The request could not be sent, or not all of it.
  case notSent
  /// The lines that have come, without their ends; all of them, unless something went wrong.
  case lines([[UInt8]])
}

/// The call that everything waits for.
final class PendingCall {
  let identifier: UInt64
  /// Whose command it is.
  let session: UInt64
  let request: RequestQueue
  /// What the command wants to know again when it goes on: its keys.
  let keys: [[UInt8]]
  /// Cost source, microseconds.
  let start: Int64
  var answer: OutgoingAnswer?

  init(_ identifier: UInt64, session: UInt64, start: Int64, request: consuming RequestQueue, keys: [[UInt8]]) {
    self.identifier = identifier
    self.session = session
    self.start = start
    self.request = request
    self.keys = keys
  }
}

extension Context {
  /// What another server has answered, and the keys that this was about: nil on the first run of the handler.
  var answer: (OutgoingAnswer, keys: [[UInt8]])? {
    guard isRetry, let call = engine.pendingCall, let answer = call.answer else { return nil }
    return (answer, call.keys)
  }

  /// Whether the command may wait for another server: a script's calls and those of the host program may not.
  var mayCallOut: Bool {
    session.flags.isDisjoint(with: [.script, .embedded]) && engine.hooks.startCall != nil
  }

  /// Sends a request to another server; the handler runs again when that has answered, or has not.
  mutating func callOut(
    host: String, port: UInt16, _ request: [UInt8], lineCount: Int, timeout: Int64, keys: [[UInt8]]
  ) {
    guard let start = engine.hooks.startCall else { return }
    var kept = RequestQueue()
    unsafe kept.append(entry, arguments)
    engine.callCount &+= 1
    engine.pendingCall = PendingCall(
      engine.callCount, session: session.identifier, start: engine.clocks.source.monotonicMicroseconds(), request: kept,
      keys: keys)
    engine.gates.insert(.asleep)
    session.flags.insert(.suspended)
    outcome = .suspended
    start(
      OutgoingCall(
        identifier: engine.callCount, host: host, port: port, request: request, lineCount: lineCount, timeout: timeout))
  }
}

extension Engine {
  /// The transport comes back from a call. One that nobody waits for any more is nothing.
  package func finishCall(_ identifier: UInt64, _ answer: OutgoingAnswer) {
    guard let call = unsafe state.pointee.pendingCall, call.identifier == identifier else { return }
    dispatcher.finish(call, answer)
  }

  /// The transport goes away: nobody will answer.
  package func abandonCall() {
    guard let call = unsafe state.pointee.pendingCall else { return }
    dispatcher.finish(call, .lines([]))
  }
}

extension Dispatcher {
  fileprivate func finish(_ call: PendingCall, _ answer: OutgoingAnswer) {
    unsafe state.pointee.refreshTime()
    unsafe state.pointee.gates.remove(.asleep)
    call.answer = answer
    // Whoever has gone before the answer keeps its keys: better twice than not at all.
    if let session = unsafe state.pointee.sessions[call.session], unsafe session.pointee.flags.contains(.suspended),
      let entry = unsafe call.request.entry(0)
    {
      let output = unsafe state.pointee.outbox(of: session)
      var context = unsafe Context(
        state: state, session: session, entry: entry, arguments: call.request.arguments(0), output: output,
        isRetry: true)
      // What changes now is the caller's doing.
      unsafe state.pointee.current = session
      let mark = unsafe output.pointee.mark
      do {
        try unsafe entry.pointee.handler(&context)
      } catch {
        context.reply.error(error)
      }
      unsafe state.pointee.current = nil
      unsafe countFailure(of: entry, in: output)
      unsafe state.pointee.pendingCall = nil
      unsafe noteCost(since: call.start, of: call.request, session)
      unsafe finishSuspension(session, output.pointee.bytes.slice(mark..<output.pointee.count))
    }
    unsafe state.pointee.pendingCall = nil
    releaseHeld()
    unsafe state.pointee.tasksChanged.pointee = true
  }
}
