// Engine: one server without IO. `(now, session, bytes) → bytes and effects`: it owns no socket, no thread, no clock and
// no source of randomness; all are handed in. The network loop, embedded calls, the simulation and the control port are
// thin hands around it.
//
// One executor: whoever enters takes `lock`, once per batch, and everything else here asks for that lock to be held.
// A transport works like this, under the lock:
//   open        once a connection is there
//   readTarget  where the next bytes shall be read to
//   receive     those bytes: requests run, replies go to the output handed in
//   drained     after unsent output has left
//   runTasks    between batches: timers, expiry, suspended scripts, clients that may go on
//   takeFlush   sessions that have output of others' making, or that must be closed
//   close       once the connection is gone
//
// This file may say `unsafe`. What keeps it safe: the state block lives exactly as long as the engine.

internal import CUnderstudyPlatform

/// What the transport has to do after a batch.
package enum BatchResult: Sendable {
  /// Send what was written.
  case idle
  /// Send what was written, then call `proceed`: there is more to run.
  case more
  /// Send what was written, then close.
  case close
}

@safe
package final class Engine: @unchecked Sendable {
  let state: UnsafeMutablePointer<EngineState>
  private let mutex: UnsafeMutablePointer<understudy_mutex>

  /// - Parameters:
  ///   - configuration: what the server starts with.
  ///   - time: where real time comes from.
  ///   - seed: what replays every random choice; drawn from the machine if nil.
  package init(_ configuration: Configuration = Configuration(), time: TimeSource = .system, seed: UInt64? = nil) {
    unsafe mutex = .allocate(capacity: 1)
    unsafe understudy_mutex_init(mutex)
    unsafe state = .allocate(capacity: 1)
    let used = MemoryAccount.apart {
      unsafe state.initialize(to: EngineState(configuration, clocks: Clocks(source: time), seed: seed))
    }
    unsafe state.pointee.account = MemoryAccount(startup: used)
  }

  deinit {
    _ = MemoryAccount.apart { _ = unsafe state.deinitialize(count: 1) }
    unsafe state.deallocate()
    unsafe understudy_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  @inline(__always)
  package func lock() {
    unsafe understudy_mutex_lock(mutex)
    unsafe state.pointee.account.enter()
  }

  @inline(__always)
  package func unlock() {
    unsafe state.pointee.account.leave()
    unsafe understudy_mutex_unlock(mutex)
  }

  /// Whether the calling thread is in the executor already: a call from inside a callback would never return.
  package var isEntered: Bool { unsafe understudy_mutex_is_mine(mutex) != 0 }

  /// Enters the executor.
  @inline(__always)
  package func withLock<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock()
    defer { unlock() }
    return try body()
  }

  /// The gates that are closed for everyone: none, as long as nobody asks for anything out of the ordinary.
  var gates: Gates { unsafe state.pointee.gates }

  var dispatcher: Dispatcher { unsafe Dispatcher(state: state) }

  // MARK: Sessions

  /// Makes a session for a connection that came in at an endpoint. Nil if `maxclients` are there: the transport then
  /// sends `Engine.maximumClientsReply` and closes.
  package func open(
    transport: UnsafeMutableRawPointer?, flags: SessionFlags = [], endpoint: Int = 0
  ) -> SessionPointer? {
    if unsafe state.pointee.connectionCount >= state.pointee.configuration.maximumClients
      && flags.isDisjoint(with: [.control, .embedded])
    {
      unsafe state.pointee.statistics.connectionsRejected += 1
      return nil
    }
    if flags.contains(.control) { return unsafe makeControlSession(transport: transport, flags: flags) }
    let session = unsafe makeSession(flags: flags)
    unsafe session.pointee.transport = transport
    unsafe state.pointee.statistics.connectionsReceived += 1
    if flags.isDisjoint(with: .embedded) { unsafe state.pointee.openRecord(session, endpoint: endpoint) }
    unsafe state.pointee.forwardIfProxy(session)
    if unsafe session.pointee.record != nil { unsafe state.pointee.acceptFaults(session) }
    return unsafe session
  }

  package static var maximumClientsReply: StaticString { "-ERR max number of clients reached\r\n" }

  /// What a client of another machine reads while `servesLoopbackOnly`.
  package static func protectedModeReply(isControl: Bool) -> StaticString {
    guard isControl else {
      return """
        -DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the \
        default user. In this mode connections are only accepted from the loopback interface. If you want to connect from \
        external computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending \
        the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host \
        the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG \
        REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the \
        Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If \
        you started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Setup a \
        an authentication password for the default user. NOTE: You only need to do one of the above things in order for \
        the server to start accepting connections from the outside.\r\n\

        """
    }
    return """
      -DENIED protected mode is on, and the control port has no password. Connect from the same machine, or start the \
      server with --control-password.\r\n\

      """
  }

  /// Whether connections of other machines are refused: `protected-mode`, and nothing else that keeps strangers out.
  package func servesLoopbackOnly(isControl: Bool) -> Bool {
    let needsNoPassword =
      unsafe isControl
      ? state.pointee.configuration.controlPassword.isEmpty : state.pointee.acl.defaultUser.rules.needsNoPassword
    return unsafe state.pointee.configuration.isProtected && needsNoPassword
  }

  func makeSession(flags: SessionFlags) -> SessionPointer {
    let session = SessionPointer.allocate(capacity: 1)
    let identifier = unsafe state.pointee.nextSessionIdentifier
    unsafe state.pointee.nextSessionIdentifier += 1
    unsafe session.initialize(
      to: Session(identifier: identifier, now: state.pointee.clocks.waitMicroseconds))
    unsafe session.pointee.flags = flags
    unsafe state.pointee.beginAsDefaultUser(session)
    unsafe state.pointee.sessions[identifier] = session
    unsafe state.pointee.countMemory(MemoryLayout<Session>.stride)
    return unsafe session
  }

  /// Forgets a session whose connection is gone. What it watched, waited for and was subscribed to is let go; a
  /// script that it started runs on.
  package func close(_ session: SessionPointer) {
    if unsafe session.pointee.flags.contains(.control) {
      unsafe state.pointee.controlSessions.remove(session)
      unsafe state.pointee.lab.waits.remove(of: session)
    } else {
      unsafe state.pointee.closeRecord(session)
      unsafe state.pointee.forgetClientMemory(session)
      unsafe dispatcher.release(session)
      unsafe state.pointee.sessions[session.pointee.identifier] = nil
      if let faults = unsafe session.pointee.faults {
        unsafe state.pointee.noteStaleTimers(faults.timerCount(session))
      }
      unsafe state.pointee.countMemory(-MemoryLayout<Session>.stride)
    }
    unsafe state.pointee.effects.forget(session)
    unsafe session.pointee.discard()
    unsafe session.deinitialize(count: 1)
    unsafe session.deallocate()
  }

  // MARK: Effects

  /// Sessions with output of others' making, or to be closed; each is given once.
  package func takeFlush() -> [SessionPointer] {
    guard unsafe !state.pointee.effects.flush.isEmpty else { return unsafe [] }
    let list = unsafe state.pointee.effects.flush
    unsafe state.pointee.effects.flush.removeAll(keepingCapacity: true)
    for unsafe session in unsafe list {
      unsafe session.pointee.flags.remove(.flushQueued)
      unsafe state.pointee.noteClientMemory(session)
    }
    return unsafe list
  }

  /// Whether something waits for the transport: asked after embedded calls.
  package var hasEffects: Bool {
    unsafe !state.pointee.effects.flush.isEmpty || !state.pointee.effects.run.isEmpty
  }

  /// Whether `runTasks` should be called before the time that it last asked for: asked after each batch.
  @inline(__always)
  package var wantsTasks: Bool {
    unsafe state.pointee.tasksChanged.pointee || !state.pointee.effects.run.isEmpty
  }

  /// Whether SHUTDOWN was accepted.
  package var isShutdownRequested: Bool { unsafe state.pointee.effects.shutdown }
}

extension EngineState {
  /// Connections, as `maxclients` counts them.
  var connectionCount: Int { unsafe sessions.count - internalSessionCount }

  /// Makes `session` one that the transport must look at.
  mutating func queueFlush(_ session: SessionPointer) {
    guard unsafe !session.pointee.flags.contains(.flushQueued) else { return }
    unsafe session.pointee.flags.insert(.flushQueued)
    unsafe effects.flush.append(session)
  }

  /// Lets `session` go on with its retained input at the next opportunity.
  mutating func queueRun(_ session: SessionPointer) {
    guard unsafe session.pointee.input != nil, unsafe !session.pointee.flags.contains(.runQueued) else { return }
    unsafe session.pointee.flags.insert(.runQueued)
    unsafe effects.run.append(session)
  }

  /// Where messages to `session` go that are not the reply to its running command.
  mutating func outbox(of session: SessionPointer) -> UnsafeMutablePointer<ReplyBuffer> {
    if let currentOutput = unsafe currentOutput, unsafe current == session { return unsafe currentOutput }
    if let pending = unsafe session.pointee.pending {
      unsafe queueFlush(session)
      return unsafe pending
    }
    let made = UnsafeMutablePointer<ReplyBuffer>.allocate(capacity: 1)
    unsafe made.initialize(to: ReplyBuffer(capacity: 256, isCounted: true))
    unsafe session.pointee.pending = made
    unsafe queueFlush(session)
    return unsafe made
  }
}

extension Effects {
  mutating func forget(_ session: SessionPointer) {
    if unsafe session.pointee.flags.contains(.flushQueued) { unsafe flush.removeAll { unsafe $0 == session } }
    if unsafe session.pointee.flags.contains(.runQueued) { unsafe run.removeAll { unsafe $0 == session } }
  }
}
