// Endpoints: a listener of its own for each client under test, over the same data, and what the ledger says of who came
// in there. Fault rules and findings hang on endpoints too.

internal import UnderstudyEngine

extension RedisServer {
  /// Where an endpoint listens.
  public enum Listener: Sendable, Hashable {
    /// A free TCP port at the server's address.
    case tcp
    /// The same, with TLS: the server must have been given certificates (UnderstudyTLS).
    case tls
    /// A Unix socket. The system allows about a hundred bytes for its path.
    case unixSocket(path: String)
  }

  /// A way into the server for one client under test.
  ///
  /// Clients of one machine look alike to a server. A client that is given an endpoint of its own is told apart: the
  /// ledger, faults and findings are the endpoint's. All endpoints of a server share its data.
  public struct Endpoint: Sendable {
    let server: RedisServer
    /// What the endpoint is called.
    public let name: String
    /// The TCP port; nil for a Unix socket.
    public let port: Int?
    /// The path of the Unix socket; nil for a TCP port.
    public let unixSocketPath: String?
    private let isSecure: Bool

    init(server: RedisServer, name: String, listener: EndpointListener?, port: Int?) {
      self.server = server
      self.name = name
      self.port = port
      if case .unix(let path)? = listener { unixSocketPath = path } else { unixSocketPath = nil }
      isSecure = listener == .tls
    }

    /// The address that the port is at.
    public var host: String { server.host }

    /// What clients connect with: `redis://127.0.0.1:49152`, with the password if there is one; `rediss://` with TLS.
    public var url: String {
      if let path = unixSocketPath { return server.unixSocketURL(path) }
      return server.url(scheme: isSecure ? "rediss" : "redis", port: port ?? 0)
    }

    /// What the connections that came in here did.
    ///
    /// - Throws: ``RedisServerError/notRunning``; ``RedisServerError/reentrantCall``.
    public func ledger() throws(RedisServerError) -> Ledger { try server.ledger(of: name) }

    /// Closes the listener and its connections. Its ledger stays.
    ///
    /// - Throws: ``RedisServerError/invalidOption(_:)`` if it is closed already, or the server's own.
    public func close() throws(RedisServerError) {
      let name = name
      try server.withEngine { engine throws(EndpointRefusal) in try engine.closeEndpoint(name) }
    }
  }

  /// Opens an endpoint: a listener over the same data, on a port of its own. It listens as long as the server runs; a
  /// ``restart()`` keeps its port.
  ///
  /// - Parameters:
  ///   - name: 1 to 64 printable ASCII characters without spaces, not the name of another one.
  ///   - listener: what to listen on.
  /// - Throws: ``RedisServerError/invalidOption(_:)`` if there is such an endpoint, or the socket cannot be made;
  ///   ``RedisServerError/notRunning``.
  public func endpoint(_ name: String, on listener: Listener = .tcp) throws(RedisServerError) -> Endpoint {
    let kind: EndpointListener = switch listener {
      case .tcp: .tcp
      case .tls: .tls
      case .unixSocket(let path): .unix(path: path)
    }
    let port = try withEngine { engine throws(EndpointRefusal) in
      let number = try engine.openEndpoint(name, kind)
      return engine.endpoints[number].port
    }
    return Endpoint(server: self, name: name, listener: kind, port: port)
  }

  /// The server's own port and socket, as an endpoint: `default`.
  public var defaultEndpoint: Endpoint {
    Endpoint(
      server: self, name: "default", listener: options.port == nil ? options.unixSocketPath.map { .unix(path: $0) } : .tcp,
      port: options.port == nil ? nil : port)
  }

  /// Writes down every command of connections that come in at the default endpoint from now on, as it is done at the
  /// others; or only counts connections, which costs nothing and is what the server begins with.
  public func recordDefaultEndpoint(_ records: Bool = true) throws(RedisServerError) {
    try withEngine { engine throws(EndpointRefusal) in engine.setLedgerLevel(records ? .full : .counters) }
  }

  /// What the connections of an endpoint did; of all endpoints if nil.
  ///
  /// - Throws: ``RedisServerError/invalidOption(_:)`` if there is no such endpoint; ``RedisServerError/notRunning``.
  public func ledger(of endpoint: String? = nil) throws(RedisServerError) -> Ledger {
    try withEngine { engine throws(EndpointRefusal) in
      guard let report = engine.ledger(of: endpoint) else {
        throw EndpointRefusal("there is no endpoint '\(endpoint ?? "")'")
      }
      return Ledger(report)
    }
  }

  /// Calls `body` in the executor, on this thread, and has the loop see to what that sets off.
  func withEngine<Result>(_ body: (Engine) throws(EndpointRefusal) -> Result) throws(RedisServerError) -> Result {
    let engine = try runningEngine()
    if engine.isEntered { throw .reentrantCall }
    do throws(EndpointRefusal) {
      let result = try engine.withLock { () throws(EndpointRefusal) in try body(engine) }
      wakeLoop()
      return result
    } catch {
      throw .invalidOption(error.reason)
    }
  }
}
