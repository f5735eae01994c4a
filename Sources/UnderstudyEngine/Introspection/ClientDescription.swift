// What there is to say of a client: its addresses, as the transport tells them, and whether it is on this machine.
//
// This file may say `unsafe`. What keeps it safe: a session's transport handle is passed back only to the transport
// that gave it, while the session is open.

extension EngineState {
  /// The addresses of a session and its descriptor. What is no connection has none.
  func addresses(of session: SessionPointer) -> (address: String, localAddress: String, descriptor: Int32) {
    guard let transport = unsafe session.pointee.transport, let describe = unsafe hooks.describeTransport else {
      return (":0", ":0", -1)
    }
    return unsafe describe(transport)
  }

  /// Whether the client is on this machine: over a Unix socket, in this process, or through a loopback address.
  func isLocal(_ session: SessionPointer) -> Bool {
    if unsafe !session.pointee.flags.isDisjoint(with: [.unixSocket, .embedded]) { return true }
    let address = unsafe addresses(of: session).address
    return address.hasPrefix("127.0.0.1:") || address.hasPrefix("::1:") || address.hasPrefix("[::1]:")
  }
}

extension Context {
  /// Whether the client is on this machine.
  var isLocal: Bool { unsafe engine.isLocal(sessionPointer) }
}
