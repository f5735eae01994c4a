// What Python's clients do with the server: redis-py, synchronous and asyncio, rq, valkey-py, coredis, Valkey GLIDE, and
// the frameworks that stand on them, in both protocols, over both transports. The programs lie in `Python/`; each is run
// once for each way to connect, and is a suite of its own.

import Testing
import UnderstudyTLS
import UnderstudyTestSupport

/// How a client reaches a server and speaks to it.
struct WayToConnect: Sendable, CustomTestStringConvertible {
  enum Transport: String, CaseIterable { case tcp, unix }
  enum Parser: String, CaseIterable { case hiredis, python }

  var transport: Transport
  var protocolVersion: Int
  var parser: Parser

  var testDescription: String { "\(transport), RESP\(protocolVersion), \(parser) parser" }

  static let all = Transport.allCases.flatMap { transport in
    [2, 3].flatMap { version in
      Parser.allCases.map { WayToConnect(transport: transport, protocolVersion: version, parser: $0) }
    }
  }

  /// Each transport, protocol and parser with each of the others at least once, for what takes long.
  static let some = all.filter { way in
    ((way.transport == .tcp) == (way.protocolVersion == 3)) == (way.parser == .hiredis)
  }

  func url(of server: any TestServer) -> String {
    switch transport == .tcp ? server.tcp : server.unix {
    case .tcp(let host, let port): "redis://\(host):\(port)"
    case .unix(let path): "unix://\(path)"
    }
  }
}

@Suite(.enabled(if: ClientProgram.python.isAvailable(for: "what Python's clients do")))
struct PythonClientTests {
  private static let folder = "\(TestEnvironment.repository)/Tests/UnderstudyCommandTests/Python"

  @Test(arguments: WayToConnect.all)
  func redisPy(_ way: WayToConnect) throws {
    try run("redis_py.py", on: UnderstudyProcess(), way)
  }

  /// Everything through a proxy before the real server, once as it is, once with fault rules that make it go slowly. Over
  /// TCP only, as the proxy reaches that server: CLIENT LIST and MONITOR tell.
  @Test(
    .enabled(if: OracleServer.isAvailable(for: "redis-py through a proxy")),
    arguments: zip(WayToConnect.some.filter { $0.transport == .tcp }, [false, true]))
  func redisPyThroughAProxy(_ way: WayToConnect, isFaulted: Bool) throws {
    let server = try OracleServer()
    let proxy = try UnderstudyProcess(["--upstream", "\(server.tcp)", "--control-port", "auto"])
    if isFaulted {
      let control = try RawClient(.tcp(host: "127.0.0.1", port: try #require(proxy.controlPort)))
      let rule: [Argument] = ["LAB.FAULT", "ADD", "slow", "PROB", "0.01", "DO", "afterExecution", "DELAY", "1"]
      #expect(try control.command(rule) == .simple("OK"))
    }
    try run("redis_py.py", on: proxy, way)
  }

  /// Everything over TLS, with a certificate on both sides. Not with asyncio: on a busy machine a hundred of its
  /// handshakes at once take longer than its time limits, with redis-server too.
  @Test(arguments: WayToConnect.some.filter { $0.transport == .tcp })
  func redisPyOverTLS(_ way: WayToConnect) throws {
    let folder = try TestFolder()
    let files = try TestIdentities().write(to: folder.path)
    let server = try UnderstudyProcess([
      "--tls-port", "auto", "--tls-cert-file", files.serverCertificate, "--tls-key-file", files.serverKey,
      "--tls-ca-cert-file", files.authorityCertificate,
    ])
    let url = "rediss://localhost:\(try #require(server.tlsPort))?ssl_ca_certs=\(files.authorityCertificate)"
      + "&ssl_certfile=\(files.clientCertificate)&ssl_keyfile=\(files.clientKey)"
    try run("redis_py.py", on: server, way, url: url)
  }

  @Test(arguments: WayToConnect.some)
  func redisPyAsyncio(_ way: WayToConnect) throws {
    try run("redis_py_asyncio.py", on: UnderstudyProcess(), way)
  }

  @Test(arguments: WayToConnect.some)
  func rq(_ way: WayToConnect) throws {
    let server = try UnderstudyProcess(["--control-port", "auto"])
    let control = try #require(server.controlPort)
    try run("rq_jobs.py", on: server, way, ["--control", "redis://127.0.0.1:\(control)"])
  }

  /// What clients make of lost replies and of the errors that operators know.
  @Test(arguments: WayToConnect.some.filter { $0.transport == .tcp })
  func faults(_ way: WayToConnect) throws {
    let server = try UnderstudyProcess(["--control-port", "auto"])
    let control = try #require(server.controlPort)
    try run("faults.py", on: server, way, ["--control", "redis://127.0.0.1:\(control)"])
  }

  /// GLIDE knows no Unix socket, and the others speak with parsers of their own.
  @Test(arguments: WayToConnect.some.filter { $0.transport == .tcp })
  func otherClients(_ way: WayToConnect) throws {
    try run("other_clients.py", on: UnderstudyProcess(), way)
  }

  /// redis-py keeps nothing of a server older than 7.4.
  @Test func clientSideCaching() throws {
    let way = WayToConnect(transport: .tcp, protocolVersion: 3, parser: .hiredis)
    try run("caching.py", on: UnderstudyProcess(["--emulate-version", "8.0"]), way)
  }

  /// channels empties itself with a script that calls KEYS, which has to be allowed.
  @Test(arguments: WayToConnect.some)
  func frameworks(_ way: WayToConnect) throws {
    try run("frameworks.py", on: UnderstudyProcess(["--lua-strict", "no"]), way)
  }

  /// What the lab says of pools, of misuse, and of libraries that do nothing wrong.
  @Test(arguments: [2, 3])
  func findings(_ protocolVersion: Int) throws {
    let server = try UnderstudyProcess(["--control-port", "auto"])
    let control = try #require(server.controlPort)
    let way = WayToConnect(transport: .tcp, protocolVersion: protocolVersion, parser: .hiredis)
    try run("findings.py", on: server, way, ["--control", "redis://127.0.0.1:\(control)"])
  }

  /// What the other programs expect is what the real server does as well.
  @Test(
    .enabled(if: OracleServer.isAvailable(for: "what Python's other clients expect")),
    arguments: ["other_clients.py", "frameworks.py"])
  func theRealServerForOtherClients(_ program: String) throws {
    try run(program, on: OracleServer(), WayToConnect(transport: .tcp, protocolVersion: 3, parser: .hiredis))
  }

  /// What the programs expect is what the real server does.
  @Test(
    .enabled(if: OracleServer.isAvailable(for: "what Python's clients expect")),
    arguments: ["redis_py.py", "redis_py_asyncio.py", "rq_jobs.py"])
  func theRealServerToo(_ program: String) throws {
    try run(program, on: OracleServer(), WayToConnect(transport: .unix, protocolVersion: 3, parser: .hiredis))
  }

  /// Where no server is, nothing passes.
  @Test(arguments: ["redis_py.py", "redis_py_asyncio.py", "rq_jobs.py"])
  func canFail(_ program: String) throws {
    let port = try freePort()
    let run = try python([program, "--url", "redis://127.0.0.1:\(port)"])
    #expect(run.status == 1)
    let count = try testCount(program)
    #expect(run.errors.contains("\nFAILED (errors=\(count))\n"), "\(run.errors.suffix(2000))")
  }

  /// Runs a program: each of its tests must have run and passed.
  private func run(
    _ program: String, on server: any TestServer, _ way: WayToConnect, _ arguments: [String] = [], url: String? = nil
  ) throws {
    let run = try python(
      [
        program, "--url", url ?? way.url(of: server), "--protocol", "\(way.protocolVersion)", "--parser", way.parser.rawValue,
      ] + arguments)
    #expect(run.status == 0, "\(program) with \(server.name), \(way.testDescription):\n\(run.output)\(run.errors)")
    // The last lines are `Ran 37 tests in 1.287s`, an empty one, and `OK`, which would also name what was skipped.
    let count = try testCount(program)
    #expect(run.errors.contains("\nRan \(count) tests in ") && run.errors.hasSuffix("\n\nOK\n"), "\(run.errors)")
  }

  private func python(_ arguments: [String]) throws -> ProgramRun {
    // Without `-B` it would leave compiled files in the sources.
    try ProgramRun(of: ClientProgram.python.find(), ["-B"] + arguments, in: Self.folder)
  }

  /// How many tests a program has.
  private func testCount(_ program: String) throws -> Int {
    let text = try #require(readSmallFile("\(Self.folder)/\(program)"))
    let count = text.matches(of: /\n    (async )?def test_/).count
    try #require(count > 0)
    return count
  }
}
