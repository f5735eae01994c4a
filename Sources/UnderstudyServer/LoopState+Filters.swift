// The loop's hands for connections behind a filter: bytes pass through it in both directions, and a handshake comes
// before the first request. Plain connections pay one comparison a read and a send for that, and never come here.
//
// This file may say `unsafe`. What keeps it safe: what was offered to a filter is taken back before the buffer is used
// again; a node that was closed meanwhile is freed at the end of the round only.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

extension LoopState {
  /// Reads what has arrived, and lets the connection have what the filter makes of it.
  mutating func readFiltered(_ node: NodePointer, _ filtered: FilteredTransport) {
    if unsafe !filtered.filter.isEstablished && node.pointee.connection.asksAtHandshake,
      unsafe !passesHandshakeFault(node, filtered)
    {
      return
    }
    let cipher = unsafe filterBuffer()
    let descriptor = unsafe node.pointee.descriptor
    let count = unsafe understudy_receive(descriptor, cipher.baseAddress, cipher.count)
    if count < 0 {
      let code = Int32(truncatingIfNeeded: -count)
      if understudy_is_would_block(code) { return }
      if !filtered.filter.isEstablished { return unsafe turnAway(node, because: ServerError.text(code)) }
      return unsafe carryOut(node, node.pointee.connection.failed())
    }
    if count == 0 {
      // Not all say goodbye, and redis-server does not mind.
      if filtered.filter.isEstablished { return unsafe carryOut(node, node.pointee.connection.inputEnded()) }
      filtered.filter.offerEnd()
    } else {
      unsafe filtered.filter.offer(UnsafeRawBufferPointer(start: cipher.baseAddress, count: count))
    }
    unsafe takeIn(node, filtered)
    unsafe filtered.filter.offer(UnsafeRawBufferPointer(start: nil, count: 0))
  }

  private mutating func takeIn(_ node: NodePointer, _ filtered: FilteredTransport) {
    var isInHandshake = !filtered.filter.isEstablished
    while true {
      let target = unsafe node.pointee.connection.readTarget(readBuffer)
      let input = unsafe filtered.filter.open(into: target)
      if isInHandshake && filtered.filter.isEstablished {
        isInHandshake = false
        if unsafe !endHandshake(node, filtered) { return }
      }
      switch input {
      case .bytes(let count):
        let bytes = unsafe UnsafeMutableRawBufferPointer(start: target.baseAddress, count: count)
        let step = unsafe node.pointee.connection.received(bytes, output)
        unsafe touch(node.pointee.host)
        unsafe carryOut(node, step)
        if unsafe node.pointee.connection.phase != .open { return }
      case .wantsMore:
        _ = unsafe flushFiltered(node, filtered)
        return
      case .ended:
        if unsafe flushFiltered(node, filtered) { unsafe carryOut(node, node.pointee.connection.inputEnded()) }
        return
      case .broken where !filtered.filter.isEstablished:
        return unsafe turnAway(node, because: filtered.filter.failure)
      case .broken:
        // The peer is told what was wrong, if it listens.
        if unsafe flushFiltered(node, filtered) { unsafe carryOut(node, node.pointee.connection.failed()) }
        return
      }
    }
  }

  /// Sends what the filter has to say by itself, and watches the socket for what is then to come.
  ///
  /// - Returns: whether the connection is still there.
  mutating func flushFiltered(_ node: NodePointer, _ filtered: FilteredTransport) -> Bool {
    if unsafe node.pointee.connection.phase == .closed { return false }
    let descriptor = unsafe node.pointee.descriptor
    let left = unsafe filtered.flush { unsafe Self.send(descriptor, $0, $1) }
    unsafe carryOut(node, left < 0 ? node.pointee.connection.failed() : TransportStep(.none))
    return unsafe node.pointee.connection.phase != .closed
  }

  /// A send as filters know it: 0 if the socket takes nothing for now.
  static func send(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
    let sent = unsafe understudy_send(descriptor, base, count)
    return sent < 0 && understudy_is_would_block(Int32(truncatingIfNeeded: -sent)) ? 0 : sent
  }

  /// Where bytes are read to before a filter opens them.
  private mutating func filterBuffer() -> UnsafeMutableRawBufferPointer {
    if let buffer = unsafe cipherBuffer { return unsafe buffer }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readSize, alignment: 64)
    unsafe cipherBuffer = unsafe buffer
    return unsafe buffer
  }

  // MARK: Handshakes

  /// Asks what faults make of a handshake, and does that; true if it is to go on.
  private mutating func passesHandshakeFault(_ node: NodePointer, _ filtered: FilteredTransport) -> Bool {
    unsafe touch(node.pointee.host)
    switch unsafe node.pointee.connection.handshakeBegins() {
    case .none:
      // One that had to wait has its time from now on.
      if handshakes[UInt(bitPattern: node)] == nil { unsafe beginHandshake(node) }
      return true
    case .wait, .hang:
      handshakes[UInt(bitPattern: node)] = nil
      unsafe carryOut(node, TransportStep(.none))
    case .close: unsafe part(node, filtered)
    case .reset:
      _ = unsafe node.pointee.connection.dropped()
      unsafe carryOut(node, TransportStep(.reset))
    case .say(let bytes):
      let descriptor = unsafe node.pointee.descriptor
      bytes.withBytes { _ = unsafe Self.send(descriptor, $0.pointer, $0.count) }
      unsafe part(node, filtered)
    }
    return false
  }

  /// Gives a new connection's handshake its time.
  mutating func beginHandshake(_ node: NodePointer) {
    let deadline = understudy_monotonic_microseconds() &+ (unsafe node.pointee.host.pointee.handshakeTime)
    handshakes[UInt(bitPattern: node)] = deadline
    handshakeDue = min(handshakeDue, deadline)
    nextDue = min(nextDue, deadline)
  }

  /// The handshake is done: true if the client may come in.
  private mutating func endHandshake(_ node: NodePointer, _ filtered: FilteredTransport) -> Bool {
    handshakes[UInt(bitPattern: node)] = nil
    guard let rejection = filtered.rejection else { return true }
    let descriptor = unsafe node.pointee.descriptor
    var segment = unsafe OutputSegment(bytes: rejection.utf8Start, count: rejection.utf8CodeUnitCount)
    _ = unsafe filtered.send(&segment, count: 1) { unsafe Self.send(descriptor, $0, $1) }
    unsafe part(node, filtered)
    return false
  }

  /// A handshake that failed, or took too long: the peer is told if it can be, and the log.
  private mutating func turnAway(_ node: NodePointer, because reason: String) {
    guard let filtered = unsafe node.pointee.filtered else { return }
    if let log = unsafe node.pointee.host.pointee.log {
      let (address, local, _) = Host.describe(node)
      log("Error accepting a client connection: \(reason) (addr=\(address) laddr=\(local))")
    }
    unsafe part(node, filtered)
  }

  /// Says what there is to say and closes, so that the peer can read it.
  private mutating func part(_ node: NodePointer, _ filtered: FilteredTransport) {
    _ = unsafe node.pointee.connection.dropped()
    unsafe carryOut(node, TransportStep(.linger))
  }

  /// Lets go of handshakes whose time is up.
  mutating func runHandshakes(_ now: Int64) {
    if handshakeDue <= now {
      handshakeDue = Int64.max
      for (handle, deadline) in handshakes {
        if deadline > now {
          handshakeDue = min(handshakeDue, deadline)
        } else if let node = unsafe NodePointer(bitPattern: handle) {
          handshakes[handle] = nil
          unsafe turnAway(node, because: "the handshake took too long")
        }
      }
    }
    nextDue = min(nextDue, handshakeDue)
  }
}
