// Server: an engine with its listeners. Any thread may start and stop it; the sockets themselves belong to the loop.
//
// Starting makes the sockets on the calling thread, so that a port in use is an error of `start`, and hands them to the
// loop. Stopping takes until the loop has dropped every client: `stop()` waits for that, `stop(then:)` does not. The
// data stays in the engine: `restart` is a stop and a start on the same ports.
//
// This file may say `unsafe`. What keeps it safe: a host is made here and given to the loop, which frees it when the
// server stops.

internal import CUnderstudyPlatform
internal import Synchronization
package import UnderstudyEngine

/// Which TCP port to listen on.
package enum PortChoice: Hashable, Sendable {
  case none
  /// A free one.
  case automatic
  case fixed(UInt16)
}

package struct ServerOptions: Sendable {
  /// Addresses of the TCP listener, as redis-server's `bind`: `*` and `::*` are all, a leading `-` says that the
  /// machine may lack the address.
  package var bind = ["127.0.0.1"]
  package var port = PortChoice.automatic
  /// The TCP port of clients that speak TLS, at the same addresses.
  package var tlsPort = PortChoice.none
  /// What TLS is made by, from the configuration's settings; nil if there is none in this program.
  package var security: TransportSecurity?
  /// How long a TLS handshake may take, microseconds.
  package var handshakeTime: Int64 = 60_000_000
  /// The path of a Unix socket.
  package var unixSocket: String?
  /// The permissions of the Unix socket; 0 leaves them to the umask.
  package var unixSocketPermissions: UInt32 = 0
  package var controlPort = PortChoice.none
  /// How many connections the system holds that are not yet accepted.
  package var backlog: Int32 = 511

  package init() {}
}

/// Where a running server listens.
package struct ServerAddresses: Hashable, Sendable {
  package var host: String
  package var port: UInt16?
  package var tlsPort: UInt16?
  package var controlPort: UInt16?
  /// Where the control port is: on the loopback interface if it has no password, whatever `bind` says.
  package var controlHost: String
  package var unixSocket: String?
}

@safe
package final class Server: Sendable {
  package let engine: Engine
  package let options: ServerOptions
  let loop: EventLoop
  let running: Mutex<Running>
  /// What makes the filters of TLS now.
  let filters = FilterSource()
  /// Takes lines about what went wrong, in redis-server's words, for a log at its level of warnings.
  let log: (@Sendable (String) -> Void)?

  @safe
  struct Running: ~Copyable {
    nonisolated(unsafe) var host: HostPointer?
    /// As of the latest start.
    var addresses: ServerAddresses?
    /// Where it listens: as the options say, until a client changes it.
    var bind: [String]
    /// The endpoints that are open.
    var endpoints: [EndpointSocket] = []
  }

  package init(
    engine: Engine, options: ServerOptions = ServerOptions(), loop: EventLoop = .shared,
    log: (@Sendable (String) -> Void)? = nil
  ) {
    self.engine = engine
    self.options = options
    self.loop = loop
    self.log = log
    unsafe running = Mutex(Running(bind: options.bind))
  }

  deinit {
    // Nobody waits for it: whoever lets go of a server is not to be held up, and the host keeps the engine.
    let host = unsafe running.withLock { unsafe $0.takeHost() }
    if let host = unsafe host { unsafe loop.drop(host, then: {}) }
  }

  /// Where it listens; of a stopped server, where it did last.
  package var addresses: ServerAddresses? { running.withLock { $0.addresses } }

  package var isRunning: Bool { running.withLock { unsafe $0.host != nil } }

  /// Starts listening.
  ///
  /// - Parameter onShutdown: called on the loop's thread when a client's SHUTDOWN has stopped the server.
  package func start(onShutdown: (@Sendable () -> Void)? = nil) throws(ServerError) {
    try running.withLock { (running) throws(ServerError) in
      guard unsafe running.host == nil else { throw .alreadyRunning }
      try start(
        &running, port: options.port, tlsPort: options.tlsPort, controlPort: options.controlPort, onShutdown)
    }
  }

  /// Stops listening and drops every client. Returns when that has happened.
  package func stop() throws(ServerError) {
    guard let host = unsafe running.withLock({ unsafe $0.takeHost() }) else { throw .notRunning }
    unsafe loop.drop(host)
  }

  /// Stops listening and drops every client; `done` is called on the loop's thread when that has happened.
  package func stop(then done: @escaping @Sendable () -> Void) throws(ServerError) {
    guard let host = unsafe running.withLock({ unsafe $0.takeHost() }) else { throw .notRunning }
    unsafe loop.drop(host, then: done)
  }

  /// Starts a stopped server on the ports that it had.
  package func startAgain(onShutdown: (@Sendable () -> Void)? = nil) throws(ServerError) {
    try running.withLock { (running) throws(ServerError) in
      guard unsafe running.host == nil else { throw .alreadyRunning }
      guard let before = running.addresses else { throw .notRunning }
      try start(&running, like: before, onShutdown)
    }
  }

  /// Drops every client and listens again, on the same ports. The data stays.
  package func restart() throws(ServerError) {
    try running.withLock { (running) throws(ServerError) in
      guard let host = unsafe running.takeHost(), let before = running.addresses else { throw .notRunning }
      let onShutdown = unsafe host.pointee.onShutdown
      unsafe loop.drop(host)
      try start(&running, like: before, onShutdown)
    }
  }

  /// Tells the loop that a call from outside has given the engine something to do. Cheap enough to follow every call.
  package func wakeIfNeeded() {
    guard engine.withLock({ engine.needsTasks }) else { return }
    running.withLock { running in
      guard let host = unsafe running.host else { return }
      unsafe loop.settle(host)
    }
  }

  private func start(
    _ running: inout Running, like before: ServerAddresses, _ onShutdown: (@Sendable () -> Void)?
  ) throws(ServerError) {
    try start(
      &running, port: before.port.map { .fixed($0) } ?? .none,
      tlsPort: before.tlsPort.map { .fixed($0) } ?? .none,
      controlPort: before.controlPort.map { .fixed($0) } ?? .none, onShutdown)
  }

  private func start(
    _ running: inout Running, port: PortChoice, tlsPort: PortChoice, controlPort: PortChoice,
    _ onShutdown: (@Sendable () -> Void)?
  ) throws(ServerError) {
    if case .fixed(let number) = controlPort, port == controlPort || tlsPort == controlPort {
      throw .portsClash(number)
    }
    let (settings, isControlOpen) = engine.withLock { (engine.configuration.tls, engine.configuration.controlPassword.isEmpty) }
    if tlsPort != .none || settings.isWanted {
      do throws(SecurityRefusal) { filters.factory = try secure(settings) } catch { throw .cannotSecure(error.reason) }
    }
    try loop.ensureStarted()
    var sockets: [ListeningSocket] = []
    var again: [(endpoint: Int, sockets: [ListeningSocket])] = []
    var options = options
    options.bind = running.bind
    do {
      var control = options
      if isControlOpen { control.bind = Listening.loopback(of: options.bind) }
      var addresses = ServerAddresses(
        host: Self.reachable(options.bind.first), controlHost: Self.reachable(control.bind.first))
      addresses.port = try Listening.tcp(options, port, .tcp, into: &sockets)
      addresses.tlsPort = try Listening.tcp(options, tlsPort, .tls, into: &sockets)
      addresses.controlPort = try Listening.tcp(control, controlPort, .control, into: &sockets)
      if let path = options.unixSocket {
        try Listening.unix(options, path, into: &sockets)
        addresses.unixSocket = path
      }
      for endpoint in running.endpoints {
        if endpoint.listener == .tls { try secureIfNeeded(settings) }
        again.append((endpoint.number, []))
        let port = endpoint.port.map { PortChoice.fixed($0) } ?? .none
        _ = try listen(options.bind, endpoint.listener, port: port, into: &again[again.count - 1].sockets)
      }
      running.addresses = addresses
      // A server that is bound to no address has its port still, for when it will be.
      var number: UInt16?
      if case .fixed(let wanted) = port { number = wanted }
      tellEngine(addresses, port: addresses.port ?? number, bind: options.bind)
    } catch {
      for socket in sockets + again.flatMap(\.sockets) { socket.close() }
      throw error
    }
    // Fault rules outlive a restart.
    let refused = engine.withLock { engine.refusedEndpoints }
    let host = unsafe Host.make(of: self, sockets: sockets, refused: refused, onShutdown: onShutdown)
    for (endpoint, again) in again {
      for socket in again { _ = unsafe Host.add(socket, to: host, endpoint: endpoint, refused: refused) }
    }
    unsafe running.host = unsafe host
    unsafe loop.adopt(host)
  }

  /// What makes the filters of connections, from settings.
  func secure(_ settings: TLSSettings) throws(SecurityRefusal) -> any TransportFilterFactory {
    guard let security = options.security else { throw SecurityRefusal("There is no TLS in this program.") }
    return try security(settings)
  }

  /// Lets CONFIG GET and INFO speak of the listeners that there are, and CONFIG SET move them.
  private func tellEngine(_ addresses: ServerAddresses, port: UInt16?, bind: [String]) {
    engine.withLock {
      var configuration = engine.configuration
      configuration.port = Int(port ?? 0)
      configuration.picksPort = false
      configuration.tls.port = Int(addresses.tlsPort ?? 0)
      configuration.tls.picksPort = false
      configuration.controlPort = addresses.controlPort.map { Int($0) }
      configuration.picksControlPort = false
      configuration.unixSocketPath = addresses.unixSocket ?? ""
      configuration.unixSocketPermissions = Int(options.unixSocketPermissions)
      configuration.bindAddresses = bind
      engine.configuration = configuration
      engine.applyConfiguration = { [weak self] new, changed in self?.apply(new, changed) }
      serveEndpoints()
    }
  }

  /// An address under which a client on this machine reaches a listener on `bind`.
  static func reachable(_ bind: String?) -> String {
    switch bind {
    case nil, "*", "0.0.0.0": return "127.0.0.1"
    case "::*", "-::*", "::", "-::": return "::1"
    case let address?: return address.hasPrefix("-") ? String(address.dropFirst()) : address
    }
  }
}

/// What makes the filters of connections to come: replaced when a client changes the settings.
final class FilterSource: Sendable {
  private let current = Mutex<(any TransportFilterFactory)?>(nil)

  var factory: (any TransportFilterFactory)? {
    get { current.withLock { $0 } }
    set { current.withLock { $0 = newValue } }
  }
}

extension Server.Running {
  mutating func takeHost() -> HostPointer? {
    let taken = unsafe host
    unsafe host = nil
    return unsafe taken
  }
}
