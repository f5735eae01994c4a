// The loop's servers: taken in, let go, and their listeners.
//
// This file may say `unsafe`. What keeps it safe: a host leaves every list of the loop before it is freed.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

extension LoopState {
  /// How many connections one listener may take in a round.
  private static var acceptsPerRound: Int { 256 }

  mutating func adopt(_ host: HostPointer) {
    unsafe hosts.append(host)
    let engine = unsafe host.pointee.engine
    engine.withLock { unsafe engine.describeTransport = { Host.describe($0) } }
    for unsafe listener in unsafe listeners(of: host) { unsafe watch(listener) }
    unsafe touch(host)
  }

  /// What a host listens on. Endpoints are opened by any thread, with the engine's lock.
  private func listeners(of host: HostPointer) -> [ListenerPointer] {
    unsafe host.pointee.engine.withLock { unsafe host.pointee.listeners }
  }

  private mutating func watch(_ listener: ListenerPointer) {
    if unsafe listener.pointee.isWatched || listener.pointee.isSilent { return }
    unsafe listener.pointee.isWatched = true
    _ = unsafe poller.add(
      listener.pointee.socket.descriptor, .read, handle: UInt(bitPattern: listener) | Tag.listener)
  }

  /// Watches listeners that a host has been given, and closes those that were taken away from it. A host that has been
  /// shut meanwhile has closed what it was given.
  mutating func relisten(_ host: HostPointer, added: [ListenerPointer], removed: [ListenerPointer]) {
    for unsafe listener in unsafe removed { unsafe close(listener) }
    guard unsafe hosts.contains(host) else { return }
    let listeners = unsafe listeners(of: host)
    for unsafe listener in unsafe added where unsafe listeners.contains(listener) { unsafe watch(listener) }
  }

  /// Watches listeners that listen again, or lets those alone that do not.
  mutating func rewatch(_ host: HostPointer, _ changed: [ListenerPointer], listens: Bool) {
    guard unsafe hosts.contains(host) else { return }
    let listeners = unsafe listeners(of: host)
    for unsafe listener in unsafe changed where unsafe listeners.contains(listener) {
      // Its number has come to be another socket's: what was watched is gone.
      unsafe poller.remove(listener.pointee.socket.descriptor)
      unsafe listener.pointee.isWatched = false
      unsafe listener.pointee.isSilent = !listens
      unsafe pausedListeners.removeAll { unsafe $0 == listener }
      unsafe watch(listener)
    }
  }

  private mutating func close(_ listener: ListenerPointer) {
    unsafe poller.remove(listener.pointee.socket.descriptor)
    unsafe listener.pointee.socket.close()
    unsafe pausedListeners.removeAll { unsafe $0 == listener }
    unsafe listener.deinitialize(count: 1)
    unsafe listener.deallocate()
  }

  /// Closes what a host has, and frees it.
  mutating func drop(_ host: HostPointer) {
    unsafe shut(host)
    unsafe hosts.removeAll { unsafe $0 == host }
    unsafe touched.removeAll { unsafe $0 == host }
    unsafe host.deinitialize(count: 1)
    unsafe host.deallocate()
  }

  /// Closes what a host has: listeners first, so that nobody comes in while the others go out.
  mutating func shut(_ host: HostPointer) {
    // CLIENT LIST, on whatever thread, looks for a socket's path among them, with the engine's lock.
    let listeners = unsafe host.pointee.engine.withLock { () -> [ListenerPointer] in
      let taken = unsafe host.pointee.listeners
      unsafe host.pointee.listeners = unsafe []
      return unsafe taken
    }
    for unsafe listener in unsafe listeners { unsafe close(listener) }
    unsafe dropCalls(of: host)
    while let node = unsafe host.pointee.first { unsafe carryOut(node, node.pointee.connection.dropped()) }
    unsafe host.pointee.due = Int64.max
  }

  // MARK: Accepting

  mutating func accept(_ listener: ListenerPointer) {
    for _ in 0..<Self.acceptsPerRound {
      let descriptor = unsafe understudy_accept(listener.pointee.socket.descriptor)
      if descriptor < 0 {
        if understudy_is_exhaustion(-descriptor) { unsafe pause(listener) }
        return
      }
      unsafe welcome(descriptor, listener)
    }
  }

  private mutating func welcome(_ descriptor: Int32, _ listener: ListenerPointer) {
    let host = unsafe listener.pointee.host
    let engine = unsafe host.pointee.engine
    let kind = unsafe listener.pointee.socket.kind
    let isStranger = unsafe !listener.pointee.socket.isPrivate && isStranger(descriptor, listener)
    if isStranger && kind != .tls { return reject(descriptor, Engine.protectedModeReply(isControl: kind == .control)) }
    var flags: SessionFlags = []
    if kind == .unix { flags.insert(.unixSocket) }
    if kind == .control { flags.insert(.control) }
    var filtered: FilteredTransport?
    if kind == .tls {
      guard let filter = unsafe host.pointee.filters.factory?.makeFilter() else { return understudy_close(descriptor) }
      filtered = FilteredTransport(filter, rejection: isStranger ? Engine.protectedModeReply(isControl: false) : nil)
    }
    let node = NodePointer.allocate(capacity: 1)
    var (keepAlive, isShaped) = (0, false)
    // Under one lock: as soon as the session is open, CLIENT LIST on another thread may ask the node for its addresses.
    let isOpen = engine.withLock {
      guard let session = unsafe engine.open(transport: node, flags: flags, endpoint: listener.pointee.endpoint)
      else { return false }
      unsafe node.initialize(
        to: ConnectionNode(
          descriptor: descriptor, connection: Connection(engine: engine, session: session), host: host,
          filtered: filtered, next: host.pointee.first))
      keepAlive = engine.keepAliveSeconds
      isShaped = unsafe session.pointee.isShaped
      return true
    }
    guard isOpen else {
      unsafe node.deallocate()
      // To who speaks TLS it cannot be said without a handshake.
      return kind == .tls ? understudy_close(descriptor) : reject(descriptor, Engine.maximumClientsReply)
    }
    if keepAlive > 0 && !flags.contains(.unixSocket) {
      understudy_keep_alive(descriptor, Int32(clamping: keepAlive))
    }
    unsafe host.pointee.first?.pointee.previous = node
    unsafe host.pointee.first = node
    if !poller.add(descriptor, .read, handle: UInt(bitPattern: node)) {
      return unsafe carryOut(node, node.pointee.connection.dropped())
    }
    if filtered != nil { unsafe beginHandshake(node) }
    if unsafe node.pointee.connection.session.pointee.isForwarded { unsafe beginUpstream(node) }
    // A fault may have something to say at once.
    if isShaped { unsafe touch(host) }
  }

  /// Whether a connection from another machine came to a server that is open to this one only.
  private func isStranger(_ descriptor: Int32, _ listener: ListenerPointer) -> Bool {
    let engine = unsafe listener.pointee.host.pointee.engine
    let isControl = unsafe listener.pointee.socket.kind == .control
    return engine.withLock { engine.servesLoopbackOnly(isControl: isControl) } && !understudy_is_peer_local(descriptor)
  }

  /// Says why, and closes.
  private mutating func reject(_ descriptor: Int32, _ text: StaticString) {
    _ = unsafe understudy_send(descriptor, text.utf8Start, text.utf8CodeUnitCount)
    _ = poller.add(descriptor, .read, handle: UInt(descriptor) << 2 | Tag.descriptor)
    linger(descriptor)
  }

  /// Without descriptors the listener would be ready for ever: it rests until one is closed, or a moment has gone by.
  private mutating func pause(_ listener: ListenerPointer) {
    unsafe listener.pointee.isPaused = true
    unsafe pausedListeners.append(listener)
    unsafe poller.modify(
      listener.pointee.socket.descriptor, [], handle: UInt(bitPattern: listener) | Tag.listener)
    nextDue = min(nextDue, understudy_monotonic_microseconds() + Self.acceptRest)
  }

  mutating func resumeListeners() {
    for unsafe listener in unsafe pausedListeners {
      unsafe listener.pointee.isPaused = false
      unsafe poller.modify(
        listener.pointee.socket.descriptor, .read, handle: UInt(bitPattern: listener) | Tag.listener)
    }
    unsafe pausedListeners.removeAll()
  }
}
