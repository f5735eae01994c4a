// The loop's hands for a proxy: each client's connection has one of its own to the server behind. What the engine wants to
// send there is sent whenever something was done for the client; what comes from there is handed to the engine, which has
// the client's connection flushed. A client that does not read has its server's replies wait in the socket.
//
// This file may say `unsafe`. What keeps it safe: a link forgets its node when that is left, before it is freed.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

/// A connection to the server behind, by its descriptor.
@safe
struct UpstreamLink {
  /// Nil once its client has gone: then what is left is sent, and it is closed.
  var node: NodePointer?
  var isConnected = false
  var watched: Interest = [.read, .write]
  /// What a client that has gone had still to say.
  var rest: [UInt8] = []

  init(_ node: NodePointer) { unsafe self.node = node }
}

extension LoopState {
  /// Connects a client that was just accepted to the server behind.
  mutating func beginUpstream(_ node: NodePointer) {
    let host = unsafe node.pointee.host
    guard let address = unsafe host.pointee.upstream else { return }
    let descriptor = unsafe address.host.withCString { unsafe understudy_connect_start($0, address.port) }
    guard descriptor >= 0 else { return unsafe endUpstream(node, because: ServerError.text(-descriptor)) }
    unsafe node.pointee.upstream = descriptor
    upstreams[descriptor] = unsafe UpstreamLink(node)
    if !poller.add(descriptor, [.read, .write], handle: UInt(descriptor) << 2 | Tag.descriptor) {
      unsafe endUpstream(node, because: "there is no descriptor left to watch")
    }
  }

  /// A connection to the server behind is ready for something.
  mutating func proceedUpstream(_ descriptor: Int32, _ ready: UInt32) {
    guard var link = upstreams[descriptor] else { return }
    guard let node = unsafe link.node else { return sendRest(descriptor) }
    if !link.isConnected {
      let code = understudy_connect_error(descriptor)
      guard code == 0 else { return unsafe endUpstream(node, because: ServerError.text(code)) }
      link.isConnected = true
      upstreams[descriptor] = link
    }
    if ready & UInt32(UNDERSTUDY_READABLE | UNDERSTUDY_HUNG_UP) != 0, unsafe !readUpstream(node, descriptor) { return }
    unsafe sendUpstream(node)
  }

  /// Reads what has come; false if the connection has ended.
  private mutating func readUpstream(_ node: NodePointer, _ descriptor: Int32) -> Bool {
    let engine = unsafe node.pointee.host.pointee.engine
    let count = unsafe understudy_receive(descriptor, readBuffer.baseAddress, readBuffer.count)
    if count > 0, let base = unsafe readBuffer.baseAddress {
      unsafe engine.receiveUpstream(node.pointee.connection.session, Bytes(UnsafeRawPointer(base), count: count))
      unsafe touch(node.pointee.host)
      return true
    }
    let code = Int32(truncatingIfNeeded: -count)
    if count < 0 && understudy_is_would_block(code) { return true }
    unsafe endUpstream(node, because: count == 0 ? nil : ServerError.text(code))
    return false
  }

  /// Sends what the engine has for the server behind, and watches for what there is to be waited for.
  mutating func sendUpstream(_ node: NodePointer) {
    let descriptor = unsafe node.pointee.upstream
    guard descriptor >= 0, var link = upstreams[descriptor], link.isConnected else { return }
    let engine = unsafe node.pointee.host.pointee.engine
    let session = unsafe node.pointee.connection.session
    let left = unsafe engine.sendUpstream(session) { bytes in
      let sent = unsafe understudy_send(descriptor, bytes.pointer, bytes.count)
      return sent < 0 && understudy_is_would_block(Int32(truncatingIfNeeded: -sent)) ? 0 : sent
    }
    // Its last words may still be there to be read.
    var interest: Interest = unsafe engine.isUpstreamHeld(session) ? [] : .read
    if left > 0 { interest.insert(.write) }
    if interest != link.watched {
      link.watched = interest
      upstreams[descriptor] = link
      poller.modify(descriptor, interest, handle: UInt(descriptor) << 2 | Tag.descriptor)
    }
    if engine.withLock({ engine.hasEffects }) { unsafe touch(node.pointee.host) }
  }

  /// The connection to the server behind is gone: its client's is to end.
  private mutating func endUpstream(_ node: NodePointer, because reason: String?) {
    let descriptor = unsafe node.pointee.upstream
    if descriptor >= 0 {
      unsafe node.pointee.upstream = -1
      upstreams[descriptor] = nil
      poller.remove(descriptor)
      understudy_close(descriptor)
    }
    let host = unsafe node.pointee.host
    unsafe host.pointee.engine.endUpstream(node.pointee.connection.session, because: reason)
    unsafe touch(host)
  }

  /// A client is gone: what it asked for is still to reach the server behind.
  mutating func leaveUpstream(_ node: NodePointer) {
    let descriptor = unsafe node.pointee.upstream
    guard descriptor >= 0, var link = upstreams[descriptor] else { return }
    unsafe node.pointee.upstream = -1
    unsafe link.node = nil
    link.rest = unsafe node.pointee.host.pointee.engine.takeUnsentUpstream(node.pointee.connection.session)
    upstreams[descriptor] = link
    sendRest(descriptor)
  }

  private mutating func sendRest(_ descriptor: Int32) {
    guard var link = upstreams[descriptor] else { return }
    if !link.isConnected {
      let code = understudy_connect_error(descriptor)
      if code != 0 { return closeUpstream(descriptor) }
    }
    if !link.rest.isEmpty {
      let sent = unsafe link.rest.withUnsafeBytes { unsafe understudy_send(descriptor, $0.baseAddress, $0.count) }
      if sent < 0 && !isWaiting(-sent) { return closeUpstream(descriptor) }
      link.rest.removeFirst(max(0, sent))
    }
    guard link.rest.isEmpty else {
      upstreams[descriptor] = link
      return poller.modify(descriptor, .write, handle: UInt(descriptor) << 2 | Tag.descriptor)
    }
    // Closing at once would have the server behind drop what it has yet to read.
    upstreams[descriptor] = nil
    linger(descriptor)
  }

  /// Whether a socket takes no more for now, or is not yet connected.
  private func isWaiting(_ code: Int) -> Bool {
    let code = Int32(truncatingIfNeeded: code)
    return understudy_is_would_block(code) || understudy_is_connecting(code)
  }

  private mutating func closeUpstream(_ descriptor: Int32) {
    upstreams[descriptor] = nil
    poller.remove(descriptor)
    understudy_close(descriptor)
  }
}
