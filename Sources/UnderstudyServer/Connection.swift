// Connection: one client's connection as a state machine without IO. Bytes and news of the socket go in; actions come
// out, which a transport carries out and reports back on. It knows no descriptor, so it is tested without sockets, and
// whatever stands between (TLS, faults) stands on one side of this border only.
//
// The protocol: call an input function (`received`, `resume`, `becameWritable`, `noticed`, `inputEnded`, `failed`);
// carry out the step's action; report (`sent`, `flushed`) where the action says so; do what that answers; and so on
// until an action is `.none`. Then watch the socket for what `interest` says.
//
// A new input is a new function here with its test in ConnectionTests; a new action also needs its arm in
// `LoopState.carryOut`.
//
// This file may say `unsafe`. What keeps it safe: a connection is used by its loop's thread only, the engine outlives
// it, and its session lives until `leave`.

package import UnderstudyEngine

/// What a transport has to do for a connection.
package enum TransportAction: UInt8, Sendable {
  /// Nothing more for now.
  case none
  /// Send the step's bytes, then report with `sent`.
  case send
  /// Send what the session has pending, then report with `flushed`.
  case flush
  /// Call `resume` when other connections have had their turn.
  case resume
  /// Shut the sending side down and discard what arrives until the peer closes, or a second has gone by: the last
  /// words would be lost if bytes were unread at the close.
  case linger
  /// Close at once.
  case close
  /// Close with a reset.
  case reset
  /// Shut the sending side down, and go on.
  case halfClose
}

/// An action, with the bytes that it is about.
@safe
package struct TransportStep {
  package var action: TransportAction
  package var base: UnsafeRawPointer?
  package var count: Int

  package init(_ action: TransportAction) {
    self.action = action
    unsafe base = nil
    count = 0
  }

  package init(sending base: UnsafeRawPointer, count: Int) {
    action = .send
    unsafe self.base = unsafe base
    self.count = count
  }
}

/// What a socket is watched for.
package struct Interest: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }
  package static let read = Interest(rawValue: 1)
  package static let write = Interest(rawValue: 2)
  /// That the peer sends no more, though nothing is read.
  package static let peerEnd = Interest(rawValue: 8)
}

@safe
package struct Connection {
  package enum Phase: UInt8, Sendable {
    case open
    /// Nothing more is executed; closed once everything has been sent.
    case finishing
    /// The peer sends no more; what it asked for is carried out and sent.
    case draining
    /// A fault has it hang: nothing is read of it, and nothing sent.
    case hanging
    /// The transport has been told to close, or to linger.
    case closed
  }

  package private(set) var phase = Phase.open
  /// Whether output waits for the socket to take more.
  private var hasUnsent = false
  /// Whether the peer takes no more: what it asked for is still carried out, its replies are dropped.
  private var isDeaf = false
  /// Whether requests that waited when the input ended have been given their chance.
  private var hasRunRest = false
  /// Whether output waits for a time, by a fault: the engine tells when it may leave.
  private var isHeld = false
  /// Whether the engine has to be asked what becomes of the handshake of what stands between. As of when the session was
  /// opened: what faults know of it now is the engine's, under its lock.
  package private(set) var asksAtHandshake: Bool
  /// Whether nothing is read for now: a fault delays the handshake of what stands between.
  package private(set) var isWaiting = false
  /// What the last batch asked for once its output is away.
  private var afterSending = BatchResult.idle
  package let session: SessionPointer
  private unowned(unsafe) let engine: Engine

  /// Call it under the engine's lock.
  package init(engine: Engine, session: SessionPointer) {
    unsafe self.engine = engine
    unsafe self.session = unsafe session
    asksAtHandshake = unsafe session.pointee.asksAtHandshake
  }

  /// Whether the socket need not be watched at all: nothing is read or sent any more, and only the engine has to finish.
  package var isDone: Bool { phase == .draining && isDeaf }

  /// What the socket is to be watched for.
  package var interest: Interest {
    switch phase {
    case .open where isWaiting: .peerEnd
    case .open: hasUnsent ? [.read, .write] : .read
    case .finishing, .draining: hasUnsent ? .write : []
    case .hanging: .peerEnd
    case .closed: []
    }
  }

  // MARK: Inputs

  /// Where the next bytes are to be read to: `shared`, or straight into a large argument.
  package func readTarget(_ shared: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
    unsafe engine.readTarget(session, shared: shared)
  }

  /// Bytes have arrived in `readTarget`.
  package mutating func received(
    _ bytes: UnsafeMutableRawBufferPointer, _ output: UnsafeMutablePointer<ReplyBuffer>
  ) -> TransportStep {
    guard phase == .open else { return TransportStep(.none) }
    return unsafe after(engine.serve(session, bytes, into: output))
  }

  /// The turn that `.resume` asked for.
  package mutating func resume(_ output: UnsafeMutablePointer<ReplyBuffer>) -> TransportStep {
    guard phase == .open || phase == .draining else { return TransportStep(.none) }
    return unsafe after(engine.serveRest(session, into: output))
  }

  private mutating func after(_ batch: Batch) -> TransportStep {
    afterSending = batch.result
    switch batch.output {
    case .plain where !isDeaf: return unsafe TransportStep(sending: batch.base, count: batch.count)
    case .queued where !isDeaf: return hasUnsent && batch.result == .idle ? TransportStep(.none) : TransportStep(.flush)
    case .queued, .plain:
      dropOutput()
      return allSent()
    case .none: return allSent()
    }
  }

  /// The socket took `count` of the bytes of a `.send`; a negative count is an error that is not "try again".
  package mutating func sent(
    _ count: Int, of total: Int, _ output: UnsafeMutablePointer<ReplyBuffer>
  ) -> TransportStep {
    if count == total { return allSent() }
    if count < 0 { return becameDeaf() }
    unsafe engine.keepUnsent(session, output, sent: count)
    // Not only kept: the engine has to learn how much there is.
    return someUnsent()
  }

  /// A `.flush` is done.
  package mutating func flushed(_ outcome: Flushed) -> TransportStep {
    isHeld = outcome.isHeld
    if outcome.left != 0 { return outcome.left < 0 ? becameDeaf() : someUnsent() }
    hasUnsent = false
    switch outcome.ending {
    case nil: return isHeld ? held() : allSent()
    case .close: return finished(lingers: true)
    case .reset:
      phase = .closed
      return TransportStep(.reset)
    case .halfClose:
      // What it still asks for is carried out; the engine drops the replies.
      return TransportStep(.halfClose)
    case .hang:
      phase = .hanging
      afterSending = .idle
      return TransportStep(.none)
    }
  }

  /// What a `.halfClose` answers.
  package mutating func halfClosed() -> TransportStep { allSent() }

  /// What becomes of a handshake that a fault is about; nil if it is to go on.
  package mutating func handshakeBegins() -> HandshakeFault {
    guard asksAtHandshake else { return .none }
    let fault = unsafe engine.faultAtHandshake(session)
    switch fault {
    case .none, .say, .close, .reset: asksAtHandshake = false
    case .hang: phase = .hanging
    case .wait: isWaiting = true
    }
    return fault
  }

  /// The socket takes bytes again.
  package mutating func becameWritable() -> TransportStep { TransportStep(hasUnsent ? .flush : .none) }

  /// The engine has named the session: output of others' making, or a flag that ends the connection.
  package mutating func noticed() -> TransportStep {
    let flags = unsafe session.pointee.flags
    if flags.contains(.killed) && phase != .closed { return ended() }
    // One that hangs may be told to end.
    if phase == .hanging { return TransportStep(.flush) }
    guard phase == .open || phase == .draining || (phase == .finishing && isHeld) else { return TransportStep(.none) }
    if unsafe isWaiting && !session.pointee.isDelayed { isWaiting = false }
    if flags.contains(.closeAfterReply) { afterSending = .close }
    if isDeaf {
      dropOutput()
      return allSent()
    }
    return TransportStep(.flush)
  }

  /// The peer has shut its sending side. Requests that wait for output to drain are still carried out; a client that
  /// waits in a blocking command is gone.
  package mutating func inputEnded() -> TransportStep {
    switch phase {
    case .open:
      // What was read is carried out, though a fault has it wait, or the server behind a proxy has yet to answer; nobody waits
      // for output that a fault holds back.
      let isBusy = unsafe hasUnsent || session.pointee.hasCommandsToRun
      guard unsafe isBusy && session.pointee.flags.isDisjoint(with: [.blocked]) else { return ended() }
      phase = .draining
      return TransportStep(.none)
    case .hanging: return ended()
    case .finishing, .draining, .closed: return TransportStep(.none)
    }
  }

  /// The connection broke.
  package mutating func failed() -> TransportStep {
    switch phase {
    case .open, .draining: becameDeaf()
    case .finishing, .hanging: ended()
    case .closed: TransportStep(.none)
    }
  }

  /// The server stops.
  package mutating func dropped() -> TransportStep { ended() }

  // MARK: Inside

  private mutating func allSent() -> TransportStep {
    switch afterSending {
    case .more: return TransportStep(.resume)
    case .close: return finished()
    case .idle:
      switch phase {
      case .draining: return drained()
      case .finishing: return finished()
      case .open, .hanging, .closed: return TransportStep(.none)
      }
    }
  }

  /// What may leave has left, and the rest waits for its time.
  private mutating func held() -> TransportStep {
    if afterSending == .more { return TransportStep(.resume) }
    if afterSending == .close { phase = .finishing }
    if unsafe phase == .draining && !session.pointee.hasCommandsToRun { return ended() }
    return TransportStep(.none)
  }

  private mutating func someUnsent() -> TransportStep {
    hasUnsent = true
    if afterSending == .close { phase = .finishing }
    // The rest of the input goes on by itself once the output has drained.
    return TransportStep(.none)
  }

  /// The input has ended and the output is away: is there more to carry out?
  private mutating func drained() -> TransportStep {
    // The engine tells when a delay is over, and when a reply has come.
    if unsafe session.pointee.isDelayed || session.pointee.awaitsUpstream { return TransportStep(.none) }
    if hasRunRest { return ended() }
    hasRunRest = true
    return TransportStep(.resume)
  }

  private mutating func finished(lingers: Bool = false) -> TransportStep {
    phase = .closed
    return unsafe TransportStep((lingers || session.pointee.flags.contains(.lingers)) && !isDeaf ? .linger : .close)
  }

  /// A write failed: nobody reads replies any more. A pipeline runs to its end all the same.
  private mutating func becameDeaf() -> TransportStep {
    guard phase == .open || phase == .draining else { return ended() }
    isDeaf = true
    hasUnsent = false
    phase = .draining
    dropOutput()
    return allSent()
  }

  private func dropOutput() {
    unsafe engine.dropPending(session)
  }

  private mutating func ended() -> TransportStep {
    phase = .closed
    return TransportStep(.close)
  }
}
