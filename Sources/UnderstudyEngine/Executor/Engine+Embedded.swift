// Embedded calls: commands from the program that the server lives in, without a socket. Plain synchronous functions on
// the caller's thread: they take the engine's lock and run the same dispatch with a session of their own.
//
// A blocking command answers at once, as inside EXEC. While a client's script runs, a call helps it along until the
// script's time limit, and is refused as busy after that. A call from inside the executor (a callback) is refused, and
// so is a command that would change what its connection is: all calls share one session, from whatever thread.
//
// Nothing here is generic, so that nothing is left unspecialised at the border of the module.
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
  /// The command, by its name, changes what a connection is (MULTI, SUBSCRIBE, SELECT …); a call has none.
  case needsConnection(String)
  /// There is no database of that number; a client is told this by SELECT, so the text is the same.
  case noSuchDatabase

  /// What a client would read of it.
  package static var noSuchDatabaseText: String { "\(ReplyError.databaseOutOfRange.text)" }
}

extension Engine {
  /// Runs a command in a database and lends the reply, in RESP3, to `body`.
  ///
  /// - Parameters:
  ///   - count: how many arguments there are, the command's name included.
  ///   - argument: lends the argument at an index.
  package func embeddedCall(
    count: Int, _ argument: (Int, (Bytes) -> Void) -> Void, database: Int = 0, _ body: (Bytes) -> Void
  ) throws(EmbeddedCallError) {
    if isEntered { throw .reentrant }
    if count <= 0 { throw .empty }
    lock()
    defer { unlock() }
    try waitForScripts()
    guard unsafe database >= 0 && database < state.pointee.databaseCount else { throw .noSuchDatabase }
    let session = unsafe embeddedSession(database)
    let output = unsafe embeddedOutputPointer
    unsafe state.pointee.refreshTime()
    unsafe output.pointee.removeAll()
    unsafe state.pointee.embeddedRequest.removeAll()
    unsafe state.pointee.embeddedRequest.append(count: count, argument)
    let stored = unsafe state.pointee.embeddedRequest.arguments(0)
    let entry = unsafe dispatcher.find(stored)
    if let entry = unsafe entry, unsafe entry.pointee.flags.contains(.connectionState) {
      throw unsafe .needsConnection(entry.pointee.name)
    }
    unsafe state.pointee.current = session
    unsafe state.pointee.currentOutput = output
    _ = unsafe dispatcher.run(session, entry: entry, arguments: stored, hash: 0, output: output)
    unsafe state.pointee.current = nil
    unsafe state.pointee.currentOutput = nil
    unsafe try finishEmbedded(session)
    if unsafe !output.pointee.hasSplices, unsafe session.pointee.pending == nil {
      return unsafe body(output.pointee.bytes)
    }
    var reply: [UInt8] = []
    unsafe output.pointee.forEachSegment(limit: .max) { reply += $0.copied() }
    if let pending = unsafe session.pointee.pending {
      unsafe pending.pointee.forEachSegment(limit: .max) { reply += $0.copied() }
    }
    unsafe dropEmbeddedPending(session)
    unsafe output.pointee.removeAll()
    reply.withBytes { body($0) }
  }

  /// The text of the string under a key; nil if there is none, or it is no string. Bytes that are not UTF-8 are
  /// replaced. What `GET` does, without the protocol: the fastest way to look.
  package func embeddedText(_ key: String, database: Int = 0) throws(EmbeddedCallError) -> String? {
    if isEntered { throw .reentrant }
    lock()
    defer { unlock() }
    if unsafe !state.pointee.gates.isDisjoint(with: [.busy, .asleep]) { try waitForScripts() }
    guard unsafe database >= 0 && database < state.pointee.databaseCount else { throw .noSuchDatabase }
    var key = key
    return key.withUTF8 { (utf8) -> String? in
      let pointer = unsafe utf8.baseAddress.map { unsafe UnsafeRawPointer($0) }
      let key = unsafe pointer.map { unsafe Bytes($0, count: utf8.count) } ?? Bytes("")
      let hash = unsafe KeyHash.hash(key, seed: state.pointee.hashSeed)
      guard let entry = unsafe (state.pointee.databases + database).pointee.table.find(key, hash: hash) else {
        return nil
      }
      let deadline = entry.deadlineMilliseconds
      if deadline != Entry.noDeadline {
        unsafe state.pointee.refreshTime()
        if unsafe deadline <= state.pointee.now { return nil }
      }
      switch entry.kind {
      case .inline: return entry.inlineBytes.text
      case .integer: return String(entry.integer)
      case .buffer: return entry.buffer.bytes.text
      default: return nil
      }
    }
  }

  private var embeddedOutputPointer: UnsafeMutablePointer<ReplyBuffer> {
    // The buffer lies in the state block, which does not move.
    unsafe withUnsafeMutablePointer(to: &state.pointee.embeddedOutput) { unsafe $0 }
  }

  /// Forgets what was said to the session outside a call: the end of a script whose call had given up waiting.
  private func dropEmbeddedPending(_ session: SessionPointer) {
    guard let pending = unsafe session.pointee.pending else { return }
    unsafe session.pointee.pending = nil
    unsafe pending.deinitialize(count: 1)
    unsafe pending.deallocate()
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
    unsafe dropEmbeddedPending(session)
    unsafe session.pointee.database = Int32(clamping: database)
    return unsafe session
  }

  /// Helps a running script along until it has ended, or is over its time limit.
  func waitForScripts() throws(EmbeddedCallError) {
    let source = unsafe state.pointee.clocks.source
    let limit = unsafe source.monotonicMicroseconds() &+ state.pointee.configuration.scriptTimeLimit &* 1000
    while unsafe !state.pointee.gates.isDisjoint(with: [.busy, .asleep]) {
      // Another server's answer comes by way of the loop, which the lock keeps out.
      if unsafe state.pointee.pendingCall != nil { throw .busy }
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
