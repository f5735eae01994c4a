// What a transport gets to carry out of a shaped session: as many bytes as may leave, and the end that they come to.
//
// This file may say `unsafe`. What keeps it safe: segments are lent to the transport for the time of one call.

internal import CUnderstudyPlatform

/// What came of a flush.
package struct Flushed: Sendable {
  /// Bytes that the socket did not take, or a negative error.
  package var left: Int
  /// Output waits for a time, not for the socket: the transport is told when it may leave.
  package var isHeld = false
  /// What the transport has to do to the connection now.
  package var ending: FaultEnding?

  package init(left: Int, isHeld: Bool = false, ending: FaultEnding? = nil) {
    self.left = left
    self.isHeld = isHeld
    self.ending = ending
  }
}

/// What is to become of a TLS handshake.
package enum HandshakeFault: Sendable {
  case none
  case close, reset, hang
  /// The transport is told when it may read.
  case wait
  /// These bytes are said, in plain, and the connection is closed.
  case say([UInt8])
}

extension Session {
  /// Whether the transport has to ask what becomes of the session's TLS handshake.
  package var asksAtHandshake: Bool { faults?.awaitsHandshake == true }

  /// Whether it executes nothing for now because of a delay.
  package var isDelayed: Bool { flags.contains(.delayed) }

  /// Whether it has something to execute that waits, for a delay, for output to leave, or for the server behind a proxy.
  package var hasCommandsToRun: Bool { !flags.isDisjoint(with: [.delayed, .outputFull]) || awaitsUpstream }

  /// Whether a fault concerns it: then the transport has to look at it as soon as it is there.
  package var isShaped: Bool { faults != nil }
}

extension Engine {
  /// `flush` of a session whose output has a shape.
  func flushShaped(
    _ session: SessionPointer, _ pending: UnsafeMutablePointer<ReplyBuffer>, _ faults: FaultConnection,
    _ segments: UnsafeMutablePointer<OutputSegment>, capacity: Int, _ send: (Int) -> Int
  ) -> Flushed {
    unsafe state.pointee.waitNow = state.pointee.clocks.waitMicroseconds
    defer {
      unsafe setOutputFull(session, pending.pointee.totalCount > Self.outputBatchLimit)
      unsafe state.pointee.noteClientMemory(session)
    }
    while true {
      if faults.shape.isOver {
        unsafe pending.pointee.removeAll(keeping: 0)
        return Flushed(left: 0)
      }
      let count = unsafe pending.pointee.totalCount
      switch unsafe state.pointee.released(session, faults, count: count) {
      case .held: return Flushed(left: 0, isHeld: true)
      case .sends(0):
        if count == 0 { unsafe state.pointee.followFaults(session) }
        return Flushed(left: 0)
      case .sends(let allowed):
        let left = unsafe sendSome(allowed, of: pending, faults, segments, capacity: capacity, send)
        // As on the real server, a client is not idle as long as it reads.
        if left < allowed { unsafe session.pointee.lastActiveAt = state.pointee.waitNow }
        if left != 0 { return Flushed(left: left) }
      case .ends(let ending):
        unsafe session.pointee.bytesSent &-= Int64(count)
        unsafe pending.pointee.removeAll(keeping: 0)
        faults.shape.end(ending)
        if ending == .close || ending == .reset { unsafe session.pointee.record?.noteEnding(.fault) }
        return Flushed(left: 0, ending: ending)
      }
    }
  }

  /// Sends the first `allowed` bytes; answers how many are left, or a negative error.
  private func sendSome(
    _ allowed: Int, of pending: UnsafeMutablePointer<ReplyBuffer>, _ faults: FaultConnection,
    _ segments: UnsafeMutablePointer<OutputSegment>, capacity: Int, _ send: (Int) -> Int
  ) -> Int {
    var left = allowed
    while left > 0 {
      var (count, offered) = (0, 0)
      unsafe pending.pointee.forEachSegment(limit: capacity) { bytes in
        let part = min(bytes.count, left - offered)
        guard part > 0 else { return }
        unsafe segments[count] = unsafe OutputSegment(bytes: bytes.pointer, count: part)
        count += 1
        offered += part
      }
      let sent = send(count)
      if sent < 0 { return sent }
      unsafe pending.pointee.removeFirst(sent)
      faults.shape.sent(sent)
      left -= sent
      if sent < offered { return left }
    }
    return 0
  }

  /// The first bytes of a TLS handshake are there to be read.
  package func faultAtHandshake(_ session: SessionPointer) -> HandshakeFault {
    lock()
    defer { unlock() }
    unsafe state.pointee.refreshTime()
    guard let faults = unsafe session.pointee.faults, faults.awaitsHandshake else { return .none }
    if unsafe session.pointee.flags.contains(.delayed) { return .wait }
    faults.awaitsHandshake = false
    guard let rule = unsafe state.pointee.fire([.tls], session, FaultSubject()) else { return .none }
    unsafe state.pointee.note(rule, session, FaultSubject(), tookEffect: false)
    switch rule.rule.action {
    case .close, .reset, .hang, .raw:
      unsafe session.pointee.record?.noteEnding(.fault)
      unsafe session.pointee.flags.insert(.cut)
    default: break
    }
    switch rule.rule.action {
    case .close: return .close
    case .reset: return .reset
    case .hang:
      faults.shape.end(.hang)
      return .hang
    case .raw(let bytes): return .say(bytes)
    case .delay(let milliseconds, let jitter):
      unsafe state.pointee.delay(
        session, by: state.pointee.drawn(milliseconds, jitter, rule, session, FaultSubject()))
      return .wait
    default: return .none
    }
  }
}

extension ReplyBuffer {
  /// Copies the large values that are referred to from `mark` on to where they stand, so that the bytes there are the reply.
  mutating func flatten(from mark: Int) {
    guard hasSplices else { return }
    var bytes: [UInt8] = []
    forEachSegment(from: mark) { bytes += $0.copied() }
    rewind(to: mark)
    bytes.withBytes { append($0) }
  }
}
