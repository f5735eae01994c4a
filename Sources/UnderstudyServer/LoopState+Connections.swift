// The loop's hands: reads, and carries out what a connection's state machine asks for.
//
// This file may say `unsafe`. What keeps it safe: a node's session is closed together with its socket, once.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

extension LoopState {
  mutating func ready(_ node: NodePointer, _ ready: UInt32) {
    if unsafe node.pointee.connection.phase == .closed { return }
    if ready & UInt32(UNDERSTUDY_WRITABLE) != 0 {
      if let filtered = unsafe node.pointee.filtered, unsafe !flushFiltered(node, filtered) { return }
      unsafe carryOut(node, node.pointee.connection.becameWritable())
      unsafe touch(node.pointee.host)
      if unsafe node.pointee.connection.phase == .closed { return }
    }
    if ready & UInt32(UNDERSTUDY_READABLE) != 0, unsafe node.pointee.watched.contains(.read) {
      unsafe read(node)
    } else if ready & UInt32(UNDERSTUDY_HUNG_UP) != 0 {
      unsafe carryOut(node, node.pointee.connection.failed())
    }
  }

  private mutating func read(_ node: NodePointer) {
    if let filtered = unsafe node.pointee.filtered { return unsafe readFiltered(node, filtered) }
    let target = unsafe node.pointee.connection.readTarget(readBuffer)
    let count = unsafe understudy_receive(node.pointee.descriptor, target.baseAddress, target.count)
    if count > 0 {
      let bytes = unsafe UnsafeMutableRawBufferPointer(start: target.baseAddress, count: count)
      let step = unsafe node.pointee.connection.received(bytes, output)
      unsafe touch(node.pointee.host)
      unsafe carryOut(node, step)
    } else if count == 0 {
      unsafe carryOut(node, node.pointee.connection.inputEnded())
    } else if !understudy_is_would_block(Int32(truncatingIfNeeded: -count)) {
      unsafe carryOut(node, node.pointee.connection.failed())
    }
  }

  /// Carries out what a step asks for, and what the report of that asks for in turn.
  mutating func carryOut(_ node: NodePointer, _ first: TransportStep) {
    var step = first
    while true {
      switch step.action {
      case .none:
        if unsafe node.pointee.upstream >= 0 { unsafe sendUpstream(node) }
        if unsafe node.pointee.connection.isDone {
          if unsafe !node.pointee.isUnwatched { unsafe poller.remove(node.pointee.descriptor) }
          unsafe node.pointee.isUnwatched = true
          return
        }
        let interest = unsafe node.pointee.interest
        if unsafe interest != node.pointee.watched { unsafe watch(node, interest) }
        return
      case .send:
        var sent: Int
        if let filtered = unsafe node.pointee.filtered {
          let descriptor = unsafe node.pointee.descriptor
          unsafe segments[0] = unsafe OutputSegment(bytes: step.base, count: step.count)
          sent = unsafe filtered.send(segments, count: 1) { unsafe Self.send(descriptor, $0, $1) }
        } else {
          sent = unsafe understudy_send(node.pointee.descriptor, step.base, step.count)
          if sent < 0 && understudy_is_would_block(Int32(truncatingIfNeeded: -sent)) { sent = 0 }
        }
        step = unsafe node.pointee.connection.sent(sent, of: step.count, output)
      case .flush:
        let descriptor = unsafe node.pointee.descriptor
        let segments = unsafe segments
        let filtered = unsafe node.pointee.filtered
        let outcome = unsafe node.pointee.host.pointee.engine.flush(
          node.pointee.connection.session, segments, capacity: 64
        ) { count in
          if let filtered { return unsafe filtered.send(segments, count: count) { unsafe Self.send(descriptor, $0, $1) } }
          let sent = unsafe understudy_send_segments(descriptor, segments, Int32(count))
          return sent < 0 && understudy_is_would_block(Int32(truncatingIfNeeded: -sent)) ? 0 : sent
        }
        step = unsafe node.pointee.connection.flushed(outcome)
      case .resume:
        if unsafe !node.pointee.waitsForTurn {
          unsafe node.pointee.waitsForTurn = true
          unsafe turns.append(node)
        }
        step.action = .none
      case .linger:
        let descriptor = unsafe node.pointee.descriptor
        unsafe leave(node)
        linger(descriptor)
        return
      case .halfClose:
        let descriptor = unsafe node.pointee.descriptor
        unsafe node.pointee.filtered?.finish { unsafe Self.send(descriptor, $0, $1) }
        understudy_shutdown_write(descriptor)
        step = unsafe node.pointee.connection.halfClosed()
      case .close, .reset:
        let descriptor = unsafe node.pointee.descriptor
        poller.remove(descriptor)
        unsafe leave(node, saysGoodbye: step.action == .close)
        if step.action == .reset { understudy_close_with_reset(descriptor) } else { understudy_close(descriptor) }
        if unsafe !pausedListeners.isEmpty { resumeListeners() }
        return
      }
    }
  }

  private mutating func watch(_ node: NodePointer, _ interest: Interest) {
    unsafe node.pointee.watched = interest
    unsafe poller.modify(node.pointee.descriptor, interest, handle: UInt(bitPattern: node))
  }

  /// Lets go of everything of a node but its descriptor.
  private mutating func leave(_ node: NodePointer, saysGoodbye: Bool = true) {
    if let filtered = unsafe node.pointee.filtered {
      let descriptor = unsafe node.pointee.descriptor
      if saysGoodbye { unsafe filtered.finish { unsafe Self.send(descriptor, $0, $1) } }
      handshakes[UInt(bitPattern: node)] = nil
    }
    let host = unsafe node.pointee.host
    if unsafe node.pointee.upstream >= 0 { unsafe leaveUpstream(node) }
    unsafe host.pointee.engine.withLock { unsafe host.pointee.engine.close(node.pointee.connection.session) }
    unsafe touch(host)
    if let previous = unsafe node.pointee.previous {
      unsafe previous.pointee.next = node.pointee.next
    } else {
      unsafe host.pointee.first = node.pointee.next
    }
    unsafe node.pointee.next?.pointee.previous = node.pointee.previous
    if unsafe node.pointee.waitsForTurn { unsafe turns.removeAll { unsafe $0 == node } }
    unsafe graves.append(node)
  }

  // MARK: Lingering

  /// Keeps a socket that is done, without its connection, until the peer has closed or the time is up.
  mutating func linger(_ descriptor: Int32) {
    understudy_shutdown_write(descriptor)
    let deadline = understudy_monotonic_microseconds() + Self.lingerTime
    lingering[descriptor] = deadline
    nextDue = min(nextDue, deadline)
    poller.modify(descriptor, .read, handle: UInt(descriptor) << 2 | Tag.descriptor)
    discard(descriptor)
  }

  /// Reads what nobody wants; at its end the socket is closed.
  mutating func discard(_ descriptor: Int32) {
    guard lingering[descriptor] != nil else { return }
    let count = unsafe understudy_receive(descriptor, readBuffer.baseAddress, readBuffer.count)
    if count > 0 || understudy_is_would_block(Int32(truncatingIfNeeded: -count)) { return }
    endLingering(descriptor)
  }

  mutating func endLingering(_ descriptor: Int32) {
    lingering[descriptor] = nil
    poller.remove(descriptor)
    understudy_close(descriptor)
  }
}
