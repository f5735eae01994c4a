// RedisServer: a server in the process that uses it. Its life: made, started, restarted, stopped; and where it
// listens. What it starts with is in RedisServer+Options.swift, data in RedisServer+Data.swift, time in
// RedisServer+Clock.swift.
//
// Starting, stopping and restarting take turns, so that they may be called from any tasks at once. None of them keeps a
// thread waiting: what the loop has to do for them is awaited.

internal import Synchronization
internal import UnderstudyEngine
internal import UnderstudyServer

/// A Redis-compatible server that lives in this process, on a free port of the loopback interface.
///
/// ```swift
/// let redis = try await RedisServer.start()
/// // any client: redis.url
/// try redis.call("SET", "greeting", "hello")
/// await redis.stop()
/// ```
///
/// All servers of a process share one IO thread; a thousand of them are no trouble. Each has data of its own. A server
/// that is let go of without having been stopped stops by itself. A client's `SHUTDOWN` stops it too, and never the
/// process.
///
/// Calls (``call(_:database:)``, ``get(_:database:)`` and their relatives) are plain synchronous functions: they run
/// on the caller's thread and take well under a microsecond; only starting and stopping wait, and are `async`.
public final class RedisServer: Sendable {
  private let server: Server
  /// Whether it has been started, and neither stopped nor shut down since.
  private let isStarted = Atomic<Bool>(false)
  private let turns = Turns()
  /// The options that the server was made with.
  public let options: Options
  /// What replays every random choice of the server: the seed of the options, or the one that was drawn.
  public let seed: UInt64

  /// Makes a server that does not listen yet: `start` does.
  ///
  /// - Throws: ``RedisServerError/invalidOption(_:)``.
  public init(_ options: Options = Options()) throws(RedisServerError) {
    self.options = options
    seed = options.seed ?? UInt64.random(in: 0 ... .max)
    server = Server(engine: Engine(try options.configuration(), seed: seed), options: options.serverOptions)
    let faults = server.engine.withLock { server.engine.loadUsers() }
    if let fault = faults.first { throw .invalidOption(fault) }
  }

  // MARK: Life

  /// Makes and starts a server.
  ///
  /// - Throws: ``RedisServerError/cannotBind(address:reason:)``; ``RedisServerError/invalidOption(_:)``.
  public static func start(_ options: Options = Options()) async throws(RedisServerError) -> RedisServer {
    let server = try RedisServer(options)
    try await server.start()
    return server
  }

  /// Runs `body` with a server of its own, and stops the server behind it, whatever becomes of `body`.
  public static func run<Result>(
    _ options: Options = Options(), isolation: isolated (any Actor)? = #isolation,
    _ body: (RedisServer) async throws -> Result
  ) async throws -> Result {
    let server = try await RedisServer.start(options)
    do {
      let result = try await body(server)
      await server.stop()
      return result
    } catch {
      await server.stop()
      throw error
    }
  }

  /// Starts listening. Clients can connect when this returns.
  ///
  /// A stopped server starts with its data; if its port is a free one, with another one. ``restart()`` keeps the port.
  ///
  /// - Throws: ``RedisServerError/cannotBind(address:reason:)``; ``RedisServerError/alreadyRunning``.
  public func start() async throws(RedisServerError) {
    await turns.take()
    defer { turns.give() }
    if isStarted.load(ordering: .acquiring) { throw .alreadyRunning }
    // What a client's SHUTDOWN has left.
    await drop()
    try listen { server throws(ServerError) in try server.start { [weak self] in self?.hasBeenShutDown() } }
  }

  /// Stops listening and drops every client. The data stays, for another `start`. Stopping twice is no error.
  public func stop() async {
    await turns.take()
    defer { turns.give() }
    isStarted.store(false, ordering: .releasing)
    endWaits()
    await drop()
  }

  /// Drops every client and listens again, on the same port and with the same data: what clients see of a server that
  /// crashed and came back.
  ///
  /// - Throws: ``RedisServerError/notRunning``; ``RedisServerError/cannotBind(address:reason:)`` if another process
  ///   took the port meanwhile.
  public func restart() async throws(RedisServerError) {
    await turns.take()
    defer { turns.give() }
    guard isStarted.load(ordering: .acquiring) else { throw .notRunning }
    await drop()
    try listen { server throws(ServerError) in try server.startAgain { [weak self] in self?.hasBeenShutDown() } }
  }

  private func listen(_ start: (Server) throws(ServerError) -> Void) throws(RedisServerError) {
    // Before the loop has it: a client's SHUTDOWN may come at once.
    server.engine.withLock { server.engine.openLabWaits() }
    isStarted.store(true, ordering: .releasing)
    do {
      try start(server)
      // Who has waited over a restart waits on.
      wakeLoop()
    } catch {
      isStarted.store(false, ordering: .releasing)
      endWaits()
      throw RedisServerError(error)
    }
  }

  /// Has the loop close what the server has, if it has anything; returns when that is done.
  private func drop() async {
    await withCheckedContinuation { continuation in
      do {
        try server.stop { continuation.resume() }
      } catch {
        continuation.resume()
      }
    }
  }

  /// Called on the loop's thread when a client's SHUTDOWN has closed everything.
  private func hasBeenShutDown() {
    isStarted.store(false, ordering: .releasing)
    endWaits()
  }

  /// Whoever waits for something to happen, or is about to, waits in vain.
  private func endWaits() {
    let engine = server.engine
    if engine.isEntered { engine.endLabWaits() } else { engine.withLock { engine.endLabWaits() } }
  }

  /// Whether the server listens.
  public var isRunning: Bool { isStarted.load(ordering: .acquiring) && server.isRunning }

  // MARK: Where it listens

  /// The address of the TCP listener.
  public var host: String { server.addresses?.host ?? options.host }

  /// The TCP port; 0 before the first start, and if there is none. A stopped server tells the one it had.
  public var port: Int { Int(server.addresses?.port ?? 0) }

  /// The port of clients that speak TLS, if there is one: UnderstudyTLS makes it public.
  package var securePort: Int? { server.addresses?.tlsPort.map { Int($0) } }

  /// The port of the control connection, if one was asked for.
  public var controlPort: Int? { server.addresses?.controlPort.map { Int($0) } }

  /// The path of the Unix socket, if one was asked for.
  public var unixSocketPath: String? { options.unixSocketPath }

  /// What clients connect with: `redis://127.0.0.1:6379`, with the password if there is one. The URL of the Unix
  /// socket if the server has no TCP port.
  public var url: String {
    if options.port == nil, let unixSocketURL { return unixSocketURL }
    return url(scheme: "redis", port: port)
  }

  package func url(scheme: String, port: Int) -> String {
    let host = host.contains(":") ? "[\(host)]" : host
    return "\(scheme)://\(options.credentials)\(host):\(port)"
  }

  /// What clients connect with through the Unix socket: `unix:///tmp/redis.sock`, as most of them spell it.
  public var unixSocketURL: String? {
    options.unixSocketPath.map { unixSocketURL($0) }
  }

  func unixSocketURL(_ path: String) -> String {
    "unix://\(options.credentials)\(path.percentEncoded(keeping: UInt8(ascii: "/")))"
  }

  // MARK: For the other files

  /// The engine of a running server.
  func runningEngine() throws(RedisServerError) -> Engine {
    guard isStarted.load(ordering: .acquiring) else { throw .notRunning }
    return server.engine
  }

  /// Has the loop look at what a call has set off: messages to subscribers, clients that stop waiting.
  func wakeLoop() { server.wakeIfNeeded() }
}

extension RedisServerError {
  init(_ error: ServerError) {
    switch error {
    case .cannotListen(let address, let code):
      self = .cannotBind(address: address, reason: ServerError.text(code))
    case .noResources: self = .cannotBind(address: "", reason: error.description)
    case .portsClash, .cannotSecure: self = .invalidOption(error.description)
    case .cannotReach(let address, let reason): self = .cannotReach(address: address, reason: reason)
    case .alreadyRunning: self = .alreadyRunning
    case .notRunning: self = .notRunning
    }
  }
}
