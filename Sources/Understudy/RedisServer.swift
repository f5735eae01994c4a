// RedisServer: a server in the process that uses it. Its life: made, started, restarted, stopped; and where it listens.
// Data is in RedisServer+Data.swift, time in RedisServer+Clock.swift.

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
/// that is let go of without having been stopped stops by itself.
///
/// Calls (``call(_:database:)``, ``get(_:database:)`` and their relatives) are plain synchronous functions: they run
/// on the caller's thread and take well under a microsecond; only starting and stopping wait, and are `async`.
public final class RedisServer: Sendable {
  /// What a server starts with.
  public struct Options: Sendable {
    /// The address to listen at.
    public var host = "127.0.0.1"
    /// The TCP port; 0 takes a free one, nil opens none.
    public var port: UInt16? = 0
    /// The path of a Unix socket to listen at as well.
    public var unixSocketPath: String?
    /// Whether to open a control port, for tests in other languages.
    public var opensControlPort = false
    /// The version of Redis to emulate, as `7.2`: commands that are newer are unknown.
    public var version = "7.2"
    /// What replays every random choice of the server; drawn anew for each server if nil.
    public var seed: UInt64?
    /// What clients must authenticate with.
    public var password: String?
    /// Further directives, as in `redis.conf`: `["maxclients": "10"]`.
    public var directives: [String: String] = [:]

    public init() {}
  }

  private let server: Server
  private let isStarted = Atomic<Bool>(false)
  /// The options that the server was made with.
  public let options: Options

  /// Makes a server that does not listen yet: `start` does.
  ///
  /// - Throws: ``RedisServerError/invalidOption(_:)``.
  public init(_ options: Options = Options()) throws(RedisServerError) {
    self.options = options
    let configuration = try options.configuration()
    var serverOptions = ServerOptions()
    serverOptions.bind = [options.host]
    serverOptions.port = options.port.map { $0 == 0 ? .automatic : .fixed($0) } ?? .none
    serverOptions.unixSocket = options.unixSocketPath
    serverOptions.controlPort = options.opensControlPort ? .automatic : .none
    server = Server(engine: Engine(configuration, seed: options.seed), options: serverOptions)
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
  /// - Throws: ``RedisServerError/cannotBind(address:reason:)``; ``RedisServerError/alreadyRunning``.
  public func start() async throws(RedisServerError) {
    do {
      try server.start()
    } catch {
      throw RedisServerError(error)
    }
    isStarted.store(true, ordering: .releasing)
  }

  /// Stops listening and drops every client. The data stays, for another `start`. Stopping twice is no error.
  public func stop() async {
    isStarted.store(false, ordering: .releasing)
    try? server.stop()
  }

  /// Drops every client and listens again, on the same port and with the same data: what clients see of a server that
  /// crashed and came back.
  ///
  /// - Throws: ``RedisServerError/notRunning``; ``RedisServerError/cannotBind(address:reason:)`` if another process
  ///   took the port meanwhile.
  public func restart() async throws(RedisServerError) {
    do {
      try server.restart()
    } catch {
      isStarted.store(false, ordering: .releasing)
      throw RedisServerError(error)
    }
  }

  /// Whether the server listens.
  public var isRunning: Bool { isStarted.load(ordering: .acquiring) && server.isRunning }

  // MARK: Where it listens

  /// The address of the TCP listener.
  public var host: String { server.addresses?.host ?? options.host }

  /// The TCP port; 0 before the first start, and if there is none.
  public var port: Int { Int(server.addresses?.port ?? 0) }

  /// The port of the control connection, if one was asked for.
  public var controlPort: Int? { server.addresses?.controlPort.map { Int($0) } }

  /// The path of the Unix socket, if one was asked for.
  public var unixSocketPath: String? { options.unixSocketPath }

  /// What clients connect with: `redis://127.0.0.1:6379`, with the password if there is one.
  public var url: String {
    let credentials = options.password.map { ":\($0.percentEncoded)@" } ?? ""
    let host = host.contains(":") ? "[\(host)]" : host
    return "redis://\(credentials)\(host):\(port)"
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

extension RedisServer.Options {
  /// Directives that say where to listen: options here, because the server takes them before it has a configuration.
  private static let ownOptions: Set = ["port", "bind", "unixsocket", "control-port"]

  /// The options as the engine's configuration.
  func configuration() throws(RedisServerError) -> Configuration {
    var configuration = Configuration()
    var given = directives.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    given.insert(("emulate-version", version), at: 0)
    if let password { given.append(("requirepass", password)) }
    for (name, value) in given {
      let name = name.lowercased()
      if Self.ownOptions.contains(name) {
        throw .invalidOption("the directive '\(name)' is an option of its own")
      }
      do {
        try Directives.apply(name: name, values: [Array(value.utf8)], to: &configuration)
      } catch {
        throw .invalidOption("\(name) \(value): \(error.text)")
      }
    }
    return configuration
  }
}

extension RedisServerError {
  init(_ error: ServerError) {
    switch error {
    case .cannotListen(let address, let code):
      self = .cannotBind(address: address, reason: ServerError.text(code))
    case .noResources: self = .cannotBind(address: "", reason: error.description)
    case .alreadyRunning: self = .alreadyRunning
    case .notRunning: self = .notRunning
    }
  }
}

extension String {
  /// The text with all but letters, digits and `-._~` as %XX, as the parts of a URL want it.
  var percentEncoded: String {
    var result = ""
    for byte in utf8 {
      switch byte {
      case 45, 46, 48...57, 65...90, 95, 97...122, 126: result.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return result
  }
}
