// Embedded calls: commands from the program that the server lives in, without a socket. Plain synchronous functions on
// the caller's thread: they take the engine's lock and run the same dispatch with a session of their own.
//
// A blocking command answers at once, as inside EXEC. While a client's script runs, a call helps it along until the
// script's time limit, and is refused as busy after that. A call from inside the executor (a callback) is refused.
//
// This file may say `unsafe`. What keeps it safe: everything happens under the lock; the reply is lent to `body` only.

/// Why an embedded call could not be made.
package enum EmbeddedCallError: Error, Sendable {
  /// A script of a client has been running for longer than its time limit.
  case busy
  /// The caller is inside the executor already.
  case reentrant
  /// There is no command: no arguments.
  case empty
}

extension Engine {
  /// Runs a command in a database and lends the reply, in RESP3, to `body`.
  package func embeddedCall<Result>(
    _ arguments: [[UInt8]], database: Int = 0, _ body: (Bytes) -> Result
  ) throws(EmbeddedCallError) -> Result {
    if isEntered { throw .reentrant }
    if arguments.isEmpty { throw .empty }
    return try withLock { () throws(EmbeddedCallError) in
      try waitForScripts()
      let session = unsafe embeddedSession(database)
      unsafe state.pointee.refreshTime()
      unsafe state.pointee.embeddedOutput.removeAll()
      let output = unsafe embeddedOutputPointer
      var request = RequestQueue()
      request.append(copying: arguments)
      let stored = request.arguments(0)
      unsafe state.pointee.current = session
      unsafe state.pointee.currentOutput = output
      _ = unsafe dispatcher.run(session, entry: dispatcher.find(stored), arguments: stored, hash: 0, output: output)
      unsafe state.pointee.current = nil
      unsafe state.pointee.currentOutput = nil
      unsafe try finishEmbedded(session)
      var reply: [UInt8] = []
      if unsafe !output.pointee.hasSplices, unsafe session.pointee.pending == nil {
        return unsafe body(output.pointee.bytes)
      }
      unsafe output.pointee.forEachSegment(limit: .max) { reply += $0.copied() }
      if let pending = unsafe session.pointee.pending {
        unsafe pending.pointee.forEachSegment(limit: .max) { reply += $0.copied() }
        unsafe pending.pointee.removeAll()
      }
      return reply.withBytes { body($0) }
    }
  }

  /// Lends the string under a key to `body`: nil if there is none, or it is no string. What `GET` does, without the
  /// protocol: the fastest way to look.
  package func embeddedGet<Result>(
    _ key: Bytes, database: Int = 0, _ body: (Bytes?) -> Result
  ) throws(EmbeddedCallError) -> Result {
    if isEntered { throw .reentrant }
    return try withLock { () throws(EmbeddedCallError) in
      if unsafe state.pointee.gates.contains(.busy) { try waitForScripts() }
      guard unsafe database >= 0 && database < state.pointee.databaseCount else { return body(nil) }
      let hash = unsafe KeyHash.hash(key, seed: state.pointee.hashSeed)
      let table = unsafe state.pointee.databases + database
      guard let entry = unsafe table.pointee.table.find(key, hash: hash) else { return body(nil) }
      let deadline = entry.deadlineMilliseconds
      if deadline != Entry.noDeadline {
        unsafe state.pointee.refreshTime()
        if unsafe deadline <= state.pointee.now { return body(nil) }
      }
      switch entry.kind {
      case .inline: return body(entry.inlineBytes)
      case .integer: return NumberText.withInt64(entry.integer) { body($0) }
      case .buffer: return body(entry.buffer.bytes)
      default: return body(nil)
      }
    }
  }

  private var embeddedOutputPointer: UnsafeMutablePointer<ReplyBuffer> {
    // The buffer lies in the state block, which does not move.
    unsafe withUnsafeMutablePointer(to: &state.pointee.embeddedOutput) { unsafe $0 }
  }

  private func embeddedSession(_ database: Int) -> SessionPointer {
    let session: SessionPointer
    if let made = unsafe state.pointee.embeddedSession {
      unsafe session = made
    } else {
      unsafe session = makeSession(flags: .embedded)
      unsafe session.pointee.protocolVersion = 3
      unsafe state.pointee.internalSessionCount += 1
      unsafe state.pointee.embeddedSession = session
    }
    unsafe session.pointee.database = Int32(clamping: max(0, min(database, state.pointee.databaseCount - 1)))
    return unsafe session
  }

  /// Helps a running script along until it has ended, or is over its time limit.
  private func waitForScripts() throws(EmbeddedCallError) {
    let source = unsafe state.pointee.clocks.source
    let limit = unsafe source.monotonicMicroseconds() &+ state.pointee.configuration.scriptTimeLimit &* 1000
    while unsafe state.pointee.gates.contains(.busy) {
      // The script's clock may stand still; the caller's time does not.
      if unsafe state.pointee.scripting.isBusyAnnounced || source.monotonicMicroseconds() > limit { throw .busy }
      _ = runTasks()
    }
  }

  /// Lets a script that the call itself started run to its end.
  private func finishEmbedded(_ session: SessionPointer) throws(EmbeddedCallError) {
    let source = unsafe state.pointee.clocks.source
    let limit = unsafe source.monotonicMicroseconds() &+ state.pointee.configuration.scriptTimeLimit &* 1000
    while unsafe session.pointee.flags.contains(.suspended) {
      if source.monotonicMicroseconds() > limit { throw .busy }
      _ = runTasks()
    }
  }
}

extension RequestQueue {
  /// Stores a request given as arrays.
  mutating func append(copying arguments: [[UInt8]]) {
    unsafe append(count: arguments.count) { index, body in arguments[index].withBytes { body($0) } }
  }
}
