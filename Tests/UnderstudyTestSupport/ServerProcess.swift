// The two servers that the tests start as processes: the oracle, a real redis-server, and the built `understudy`.
//
// Each has its own free port and Unix socket, is ready when the initialiser returns, and ends with the reference to it.
// What a server is started with beyond that is the caller's `arguments`.

/// A running server and where it listens.
public protocol TestServer: AnyObject, Sendable {
  /// What to call it in a transcript.
  var name: String { get }
  var tcp: ServerAddress { get }
  var unix: ServerAddress { get }
  var processID: Int32 { get }
}

/// Why the oracle is not there.
public struct OracleMissing: Error, CustomStringConvertible {
  public init() {}

  public var description: String {
    "redis-server was not found. Install it (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis) "
      + "or name it in UNDERSTUDY_REDIS_SERVER."
  }
}

/// A redis-server of its own for a test to compare with.
public final class OracleServer: TestServer {
  public let name = "redis-server"
  public let tcp: ServerAddress
  public let unix: ServerAddress
  public var processID: Int32 { process.processID }

  private let process: ChildProcess

  /// The path of the redis-server to use, or nil if there is none.
  public static let path: String? =
    TestEnvironment.variable("UNDERSTUDY_REDIS_SERVER") ?? TestEnvironment.executable(named: "redis-server")

  /// Whether tests that need the oracle can run. Without it they are skipped, each one named on standard output, unless
  /// this is continuous integration, where they run and fail. For `@Test(.enabled(if: OracleServer.isAvailable(for: …)))`.
  public static func isAvailable(for test: String) -> Bool {
    if path != nil || TestEnvironment.isContinuousIntegration { return true }
    print("⚠️  SKIPPED: \(test). \(OracleMissing())")
    return false
  }

  /// Starts redis-server without persistence and waits until it answers.
  public init(_ arguments: [String] = []) throws {
    guard let path = Self.path else { throw OracleMissing() }
    let (process, tcp, unix) = try launch { port, socket in
      [
        path, "--save", "", "--port", String(port), "--unixsocket", socket, "--bind", "127.0.0.1",
        "--enable-debug-command", "yes", "--daemonize", "no", "--appendonly", "no",
      ] + arguments
    }
    self.process = process
    self.tcp = tcp
    self.unix = unix
  }

  public func stop() { process.stop() }
}

/// The `understudy` executable that the package builds, started as its users start it.
public final class UnderstudyProcess: TestServer {
  public let name = "understudy"
  public let tcp: ServerAddress
  public let unix: ServerAddress
  public let processID: Int32
  /// The line of JSON with which it announced itself.
  public let announcement: String

  private let process: ChildProcess

  /// The executable to start: the one the environment names, or the one built beside the running tests; nil if none is.
  public static let path: String? = {
    if let path = TestEnvironment.variable("UNDERSTUDY_BINARY") { return path }
    guard let folder = TestEnvironment.folderOfRunningExecutable, isExecutable("\(folder)/understudy") else {
      return nil
    }
    return "\(folder)/understudy"
  }()

  /// Starts it on free ports and waits for the announcement.
  /// - Parameters:
  ///   - path: the executable, if not the one found by itself
  ///   - leading: what stands first: a configuration file
  ///   - arguments: further directives
  public init(
    path: String? = UnderstudyProcess.path, leading: [String] = [], _ arguments: [String] = []
  ) throws {
    guard let path else {
      throw SocketError("no understudy executable beside the tests; build it, or name it in UNDERSTUDY_BINARY")
    }
    // Not named after a port: a redis-server started at the same time may get that one.
    let socket = "/tmp/understudy-test-\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).sock"
    process = try ChildProcess(
      [path] + leading + ["--port", "auto", "--unixsocket", socket] + arguments, keepsOutput: true, leftover: socket)
    while true {
      guard let line = try process.readLine(milliseconds: 20_000) else {
        throw SocketError("\(path) ended without announcing where it listens")
      }
      if line.hasPrefix("{") {
        announcement = line
        break
      }
    }
    guard let port = announcedNumber("port", in: announcement) else {
      throw SocketError("the announcement names no port: \(announcement)")
    }
    tcp = .tcp(host: "127.0.0.1", port: port)
    unix = .unix(path: socket)
    processID = process.processID
  }

  /// The port that speaks to the lab, if the server was started with one.
  public var controlPort: Int? { announcedNumber("controlPort", in: announcement) }

  /// The port that speaks TLS, if the server was started with one.
  public var tlsPort: Int? { announcedNumber("tlsPort", in: announcement) }

  public func stop() { process.stop() }

  /// Sends the server a signal.
  public func signal(_ number: Int32) { process.signal(number) }

  /// True while it has not ended.
  public var isRunning: Bool { process.isRunning }
}

/// The number of one field of a flat JSON object.
private func announcedNumber(_ field: String, in json: String) -> Int? {
  let parts = json.split(separator: "\"\(field)\":", maxSplits: 1, omittingEmptySubsequences: false)
  guard parts.count == 2 else { return nil }
  return Int(String(parts[1].drop { $0 == " " }.prefix { $0.isNumber }))
}

/// Starts a server on a free port, with another one if somebody took that port in the meantime.
private func launch(
  _ command: (_ port: Int, _ socket: String) -> [String]
) throws -> (ChildProcess, ServerAddress, ServerAddress) {
  var lastError: any Error = SocketError("not started")
  for _ in 0..<3 {
    let port = try Descriptor.freePort()
    let socket = "/tmp/understudy-test-\(port).sock"
    let process = try ChildProcess(command(port, socket), leftover: socket)
    do {
      try waitUntilReady(process, .tcp(host: "127.0.0.1", port: port), milliseconds: 20_000)
      return (process, .tcp(host: "127.0.0.1", port: port), .unix(path: socket))
    } catch {
      lastError = error
    }
  }
  throw lastError
}

/// Waits until `process` itself, and not a stranger on the same port, answers at `address`.
private func waitUntilReady(_ process: ChildProcess, _ address: ServerAddress, milliseconds: Int) throws {
  let deadline = Deadline(milliseconds: milliseconds)
  while true {
    if let client = try? RawClient(address, timeoutMilliseconds: deadline.remainingMilliseconds) {
      let owner = try client.info("server", "process_id")
      if owner == String(process.processID) { return }
      throw SocketError("\(address) belongs to process \(owner ?? "?"), not to \(process.processID)")
    }
    guard process.isRunning else { throw SocketError("the server at \(address) ended at once") }
    if deadline.hasPassed { throw SocketError("no server answered at \(address) within \(milliseconds) ms") }
    process.pause(milliseconds: 5)
  }
}
