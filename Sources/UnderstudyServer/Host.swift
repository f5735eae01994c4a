// Host: what a loop keeps of one server: its listeners and its connections. Touched by the loop's thread only, once it
// has been handed over.
//
// This file may say `unsafe`. What keeps it safe: a node is freed at the end of the round in which its connection was
// closed, when no event and no list speaks of it any more; a host after its last node.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

package typealias HostPointer = UnsafeMutablePointer<Host>
typealias NodePointer = UnsafeMutablePointer<ConnectionNode>
typealias ListenerPointer = UnsafeMutablePointer<Listener>

/// One connection in its loop: the state machine, its socket, and its place in the host's list.
@safe
struct ConnectionNode {
  let descriptor: Int32
  /// What the socket is watched for.
  var watched: Interest = .read
  var waitsForTurn = false
  /// The poller knows nothing of it: a socket that broke would be ready for ever.
  var isUnwatched = false
  var connection: Connection
  let host: HostPointer
  /// What stands between the socket and the connection, if anything does.
  let filtered: FilteredTransport?
  /// A proxy's: the descriptor of its connection to the server behind; negative if there is none.
  var upstream: Int32 = -1
  var previous: NodePointer?
  var next: NodePointer?

  /// What the socket is to be watched for.
  var interest: Interest {
    guard filtered != nil, !connection.isWaiting, connection.phase != .hanging else { return connection.interest }
    return filtered?.interest(connection.interest) ?? []
  }
}

@safe
struct Listener {
  let socket: ListeningSocket
  let host: HostPointer
  /// The endpoint that its connections come in at.
  var endpoint = 0
  /// The loop watches it.
  var isWatched = false
  /// It takes nobody in for now, and whoever connects is refused: its descriptor listens no more. The loop's alone.
  var isSilent = false
  /// Not watched: there are no descriptors left to accept with.
  var isPaused = false
}

@safe
package struct Host {
  let engine: Engine
  let onShutdown: (@Sendable () -> Void)?
  /// Makes the filters of connections that speak TLS, and how long their handshake may take, microseconds.
  let filters: FilterSource
  let handshakeTime: Int64
  /// The server behind a proxy.
  let upstream: UpstreamAddress?
  /// Takes lines about what went wrong.
  let log: (@Sendable (String) -> Void)?
  var listeners: [ListenerPointer] = unsafe []
  var first: NodePointer?
  /// When its tasks want to run, on the loop's clock.
  var due = Int64.max
  /// Whether it stands in the loop's list of servers that something was done for.
  var isTouched = false

  /// Tells the addresses of a connection, for CLIENT LIST and the like. Both ends of a Unix socket go by its path.
  @safe
  static func describe(
    _ transport: UnsafeMutableRawPointer
  ) -> (address: String, localAddress: String, descriptor: Int32) {
    let node = unsafe transport.assumingMemoryBound(to: ConnectionNode.self)
    let descriptor = unsafe node.pointee.descriptor
    if unsafe !node.pointee.connection.session.pointee.flags.contains(.unixSocket) {
      let address = text(descriptor, peer: true)
      return (address.isEmpty ? ":0" : address, text(descriptor, peer: false), descriptor)
    }
    let endpoint = unsafe node.pointee.connection.session.pointee.endpoint
    let path = unsafe node.pointee.host.pointee.listeners.lazy.filter { unsafe $0.pointee.endpoint == endpoint }
      .compactMap { unsafe $0.pointee.socket.path }.first
    return ("\(path ?? ""):0", "\(path ?? ""):0", descriptor)
  }

  private static func text(_ descriptor: Int32, peer: Bool) -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      guard let base = buffer.baseAddress else { return "" }
      let count = unsafe understudy_address(descriptor, peer, base, buffer.count)
      return unsafe String(
        decoding: UnsafeRawBufferPointer(start: base, count: min(count, buffer.count)), as: UTF8.self)
    }
  }

  static func make(
    of server: Server, sockets: [ListeningSocket], refused: Set<Int>, onShutdown: (@Sendable () -> Void)?
  ) -> HostPointer {
    let host = HostPointer.allocate(capacity: 1)
    unsafe host.initialize(
      to: Host(
        engine: server.engine, onShutdown: onShutdown, filters: server.filters,
        handshakeTime: server.options.handshakeTime, upstream: server.engine.withLock { server.engine.configuration.upstream },
        log: server.log))
    for socket in sockets { _ = unsafe add(socket, to: host, refused: refused) }
    return unsafe host
  }

  /// Gives a host a listener, which the loop has yet to watch.
  ///
  /// - Parameter refused: the endpoints that refuse whoever connects, by rules that outlive their listeners.
  static func add(
    _ socket: ListeningSocket, to host: HostPointer, endpoint: Int = 0, refused: Set<Int>
  ) -> ListenerPointer {
    let listener = ListenerPointer.allocate(capacity: 1)
    unsafe listener.initialize(to: Listener(socket: socket, host: host, endpoint: endpoint))
    if socket.kind != .control && refused.contains(endpoint) {
      unsafe listener.pointee.isSilent = understudy_stop_listening(socket.descriptor) >= 0
    }
    unsafe host.pointee.listeners.append(listener)
    return unsafe listener
  }
}
