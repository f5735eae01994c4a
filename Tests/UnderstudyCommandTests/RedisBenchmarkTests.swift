// redis-benchmark with the server: each of its tests must be measured, and leave behind what it leaves on redis-server.

import Testing
import UnderstudyTestSupport

@Suite(.enabled(if: ClientProgram.redisBenchmark.isAvailable(for: "redis-benchmark")))
struct RedisBenchmarkTests {
  /// The tests that it runs if none are named, as version 7.0.15 names them.
  private static let defaultList = [
    "PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "LPUSH", "RPUSH", "LPOP", "RPOP", "SADD", "HSET", "SPOP",
    "ZADD", "ZPOPMIN", "LPUSH (needed to benchmark LRANGE)", "LRANGE_100 (first 100 elements)",
    "LRANGE_300 (first 300 elements)", "LRANGE_500 (first 500 elements)", "LRANGE_600 (first 600 elements)",
    "MSET (10 keys)",
  ]

  private let server: UnderstudyProcess

  // Lists have the form of the version that the real server has.
  init() throws { server = try UnderstudyProcess(["--emulate-version", "7.0"]) }

  /// Runs it and answers which tests it measured.
  private func measured(
    _ arguments: [String], of server: any TestServer, _ transport: WayToConnect.Transport = .tcp
  ) throws -> [String] {
    let place = switch transport == .tcp ? server.tcp : server.unix {
    case .tcp(_, let port): ["-p", "\(port)"]
    case .unix(let path): ["-s", path]
    }
    let run = try ProgramRun(of: ClientProgram.redisBenchmark.find(), place + ["--csv"] + arguments)
    // What fails, it says there or in between; that reconnecting may use up the ports is no failure.
    let complaints = run.errors.split(separator: "\n").filter { !$0.hasPrefix("WARNING: Keepalive disabled.") }
    #expect(run.status == 0 && complaints.isEmpty, "\(run.output)\(run.errors)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.first?.hasPrefix("\"test\",\"rps\",\"avg_latency_ms\"") == true)
    let names = lines.dropFirst().map { line in
      // "SET","11555.56","18.498",…
      let cells = line.split(separator: "\",\"").map { $0.trimmingPrefix("\"") }
      #expect(cells.count == 8, "\(line)")
      #expect(cells.dropFirst().first.flatMap { Double($0) }.map { $0 > 0 } == true, "\(line)")
      return String(cells.first ?? "")
    }
    let client = try RawClient(server.tcp)
    #expect(try client.command("INFO", "errorstats").text == "# Errorstats\r\n")
    return names
  }

  /// What the server counts of a command's calls.
  private func calls(of command: String) throws -> Int {
    let line = try RawClient(server.tcp).info("commandstats", "cmdstat_\(command)") ?? ""
    return line.firstMatch(of: /^calls=(\d+),.*,rejected_calls=0,failed_calls=0$/).flatMap { Int($0.1) } ?? 0
  }

  @Test(arguments: WayToConnect.Transport.allCases, ["1", "16"])
  func theDefaultList(_ transport: WayToConnect.Transport, pipelined: String) throws {
    #expect(try measured(["-n", "320", "-P", pipelined], of: server, transport) == Self.defaultList)
    for command in ["set", "get", "incr", "rpush", "lpop", "sadd", "hset", "spop", "zadd", "zpopmin", "mset"] {
      // It does not stop in the middle of a round of its 50 clients.
      #expect(try calls(of: command) >= 320, "\(command)")
    }
  }

  /// Both servers hold the same afterwards.
  @Test(.enabled(if: OracleServer.isAvailable(for: "what redis-benchmark leaves behind")))
  func whatItLeavesBehind() throws {
    let oracle = try OracleServer()
    // One client: how many requests more than asked for many clients send is a matter of chance.
    let arguments = ["-n", "100", "-c", "1", "-d", "5"]
    #expect(try measured(arguments, of: server) == measured(arguments, of: oracle))
    func keys(of server: any TestServer) throws -> [String] {
      let client = try RawClient(server.tcp)
      return try client.command("KEYS", "*").texts.sorted().map { key in
        let key = Argument(key)
        let type = try client.command("TYPE", key), encoding = try client.command("OBJECT", "ENCODING", key)
        let content = type.text == "string" ? try client.command("GET", key) : .nullBulk
        let count = type.text == "list" ? try client.command("LLEN", key) : .nullBulk
        return "\(key) \(type) \(encoding) \(content) \(count)"
      }
    }
    let left = try keys(of: server)
    #expect(left == (try keys(of: oracle)))
    #expect(left.count > 3)
  }

  @Test func chosenTests() throws {
    let names = ["SET", "GET", "INCR", "LPUSH", "SADD", "HSET", "ZADD"]
    let list = names.map { $0.lowercased() }.joined(separator: ",")
    #expect(try measured(["-t", list, "-n", "1000", "-r", "500", "-3", "-P", "4"], of: server) == names)
    // Random keys: 500 members at most, and surely more than one.
    let client = try RawClient(server.tcp)
    guard case .integer(let members) = try client.command("SCARD", "myset") else {
      Issue.record("no set")
      return
    }
    #expect((2...500).contains(members))
  }

  @Test(arguments: WayToConnect.Transport.allCases)
  func threads(_ transport: WayToConnect.Transport) throws {
    let arguments = ["-t", "set,get,mset", "-n", "2000", "-r", "1000", "--threads", "2", "-3"]
    #expect(try measured(arguments, of: server, transport) == ["SET", "GET", "MSET (10 keys)"])
    #expect(try calls(of: "hello") > 0)
  }

  @Test func largeValuesConnectionsMadeAnewAndOtherDatabases() throws {
    #expect(try measured(["-t", "set,get", "-n", "200", "-d", "100000"], of: server) == ["SET", "GET"])
    #expect(try RawClient(server.tcp).command("STRLEN", "key:__rand_int__") == .integer(100_000))
    #expect(try measured(["-t", "ping_mbulk", "-n", "200", "-k", "0"], of: server) == ["PING_MBULK"])
    #expect(try measured(["-t", "set", "-n", "100", "--dbnum", "3"], of: server) == ["SET"])
    #expect(try RawClient(server.tcp).info("keyspace", "db3")?.hasPrefix("keys=1,") == true)
    try RawClient(server.tcp).command("CONFIG", "SET", "requirepass", "se cret")
    let run = try ProgramRun(
      of: ClientProgram.redisBenchmark.find(), ["-s", socketPath, "-a", "se cret", "-t", "get", "-n", "100", "--csv"])
    #expect(run.output.contains("\n\"GET\",") && run.errors == "", "\(run.output)\(run.errors)")
  }

  private var socketPath: String {
    guard case .unix(let path) = server.unix else { return "" }
    return path
  }

  @Test func commandsOfOnesOwn() throws {
    let script = ["-n", "100", "-r", "10", "eval", "return redis.call('incr', KEYS[1])", "1", "k:__rand_int__"]
    #expect(try measured(script, of: server).count == 1)
    #expect(try calls(of: "eval") >= 100 && calls(of: "incr") >= 100)
  }
}
