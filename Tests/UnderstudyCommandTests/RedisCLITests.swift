// redis-cli with the server: sessions as people have them, and its modes. What it says is compared with what it says to
// redis-server, wherever that is the same each time.

import Foundation
import Testing
import UnderstudyTestSupport

/// What somebody types, and how redis-cli was started for it.
struct CLISession: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let options: [String]
  let input: String

  init(_ description: String, _ options: [String] = [], _ input: String = "") {
    (testDescription, self.options, self.input) = (description, options, input)
  }

  static let all = [
    CLISession("commands, errors and repetition", [], """
      set a 1
      get a
      :get a
      3 incr a
      get
      get nosuch
      lpush a x
      nosuch "quo\\x41ted" 'arg'
      lrange list 0 -1
      lrange none 0 -1
      unbalanced "quotes
      info nosuch
      config get maxmemory
      debug sleep 0

      exit
      get never
      """),
    CLISession("formatted for people", ["--no-raw"], """
      get a
      get none
      incr a
      hgetall hash
      lrange list 0 -1
      eval "return {1, {2, {}}, 'x'}" 0
      zrange zset 0 -1 withscores
      get binary
      get
      ping
      """),
    CLISession("RESP3, formatted for people", ["-3", "--no-raw"], """
      hgetall hash
      smembers set
      zrange zset 0 -1 withscores
      zscore zset b
      get none
      config get appendonly
      debug protocol attrib
      debug protocol bignum
      debug protocol double
      debug protocol true
      debug protocol null
      debug protocol map
      debug protocol set
      debug protocol verbatim
      debug protocol string
      xrange stream - +
      """),
    CLISession("the protocol is changed on the way", ["--no-raw"], """
      hgetall hash
      hello 3
      hgetall hash
      hello 2
      hgetall hash
      hello 4
      hello 2 setname me
      client getname
      reset
      client getname
      """),
    CLISession("a transaction", ["--no-raw"], """
      multi
      incr n
      lpush n x
      exec
      multi
      nosuch
      incr n
      exec
      watch n
      multi
      discard
      unwatch
      get n
      """),
    CLISession("databases", [], "select 3\nset k v\nselect 0\nget k\nselect 16\nswapdb 0 3\nget k\ndbsize\n"),
    CLISession("a database of its own", ["-n", "5"], "dbsize\nset k v\nselect 0\nexists k\n"),
    CLISession("comma-separated", ["--csv"], "lrange list 0 -1\nhgetall hash\nget none\nget binary\nincr n\nget\n"),
    CLISession("JSON", ["--json"], """
      hgetall hash
      lrange list 0 -1
      zrange zset 0 -1 withscores
      get none
      get binary
      zscore zset b
      xrange stream - +
      get
      """),
    CLISession("JSON in RESP2", ["--json", "-2"], "hgetall hash\nlrange list 0 -1\nget none\nzscore zset b\n"),
    CLISession("arguments", ["get", "a"]),
    CLISession("arguments with escapes", ["--quoted-input", "set", "\"\\x00\\xff\"", "\"\\r\\n\""]),
    CLISession("an error that counts", ["-e", "nosuch"]),
    CLISession("an error that does not count", ["nosuch"]),
    CLISession("again and again", ["-r", "3", "-i", "0", "incr", "n"]),
    CLISession("a value from the input", ["-x", "set", "k"], "the value\n"),
    CLISession("a value in the middle", ["-X", "here", "set", "here", "v"], "the key"),
    CLISession("other ends of lines", ["-d", "|", "lrange", "list", "0", "-1"]),
    CLISession("a wrong password", ["-a", "wrong", "get", "a"]),
    CLISession("a pipe", ["--pipe"], """
      SET p1 1\r
      *3\r
      $3\r
      SET\r
      $2\r
      p2\r
      $4\r
      \r
      x\r
      INCR p1\r
      LPUSH p1 x\r
      NOSUCH\r

      """),
    CLISession("a long pipe", ["--pipe"], (0..<20_000).map { "SET k\($0) \($0)\r\n" }.joined()),
  ]
}

@Suite(
  .enabled(if: ClientProgram.redisCLI.isAvailable(for: "what redis-cli shows")),
  .enabled(if: OracleServer.isAvailable(for: "what redis-cli shows of both servers")))
struct RedisCLITests {
  private let understudy: UnderstudyProcess
  private let oracle: OracleServer
  private let folder = try? TestFolder()

  init() throws {
    understudy = try UnderstudyProcess(["--emulate-version", "7.0", "--enable-debug-command", "yes"])
    oracle = try OracleServer()
    for server in [understudy, oracle] as [any TestServer] {
      let client = try RawClient(server.tcp)
      try client.command("SET", "a", "1")
      try client.command("SET", "binary", "\"\u{1}\n\u{e9}")
      try client.command("RPUSH", "list", "a", "b \"c\"", "d,e", "")
      try client.command("HSET", "hash", "f", "1", "g", "two")
      try client.command("SADD", "set", "member")
      try client.command("ZADD", "zset", "1", "a", "2.5", "b", "inf", "c")
      try client.command("XADD", "stream", "1-1", "f", "v", "g", "w")
    }
  }

  private func cli(
    _ arguments: [String], input: String = "", of server: any TestServer, _ transport: WayToConnect.Transport = .tcp
  ) throws -> ProgramRun {
    try ProgramRun(
      of: ClientProgram.redisCLI.find(), Self.place(of: server, transport) + arguments, input: input,
      in: folder?.path, seconds: 60)
  }

  private static func place(of server: any TestServer, _ transport: WayToConnect.Transport) -> [String] {
    switch transport == .tcp ? server.tcp : server.unix {
    case .tcp(_, let port): ["-p", "\(port)"]
    case .unix(let path): ["-s", path]
    }
  }

  /// What both servers make redis-cli say: the same. Answers what ours does.
  @discardableResult
  private func same(
    _ arguments: [String], input: String = "", _ transport: WayToConnect.Transport = .tcp,
    in view: (String) -> String = { $0 }, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ProgramRun {
    let ours = try cli(arguments, input: input, of: understudy, transport)
    let real = try cli(arguments, input: input, of: oracle, transport)
    #expect(view(ours.output) == view(real.output), sourceLocation: sourceLocation)
    #expect(ours.errors == real.errors, sourceLocation: sourceLocation)
    #expect(ours.status == real.status, sourceLocation: sourceLocation)
    return ours
  }

  @Test(arguments: CLISession.all, WayToConnect.Transport.allCases)
  func sessions(_ session: CLISession, transport: WayToConnect.Transport) throws {
    let said = try same(session.options, input: session.input, transport) { text in
      // The numbers of connections are each server's own.
      text.replacing(/"id"( => |\n *\d+\) )\(integer\) \d+/) { "\"id\"\($0.1)" }
    }
    #expect(!said.output.isEmpty || !said.errors.isEmpty)
  }

  @Test func urls() throws {
    for server in [understudy, oracle] as [any TestServer] {
      guard case .tcp(_, let port) = server.tcp else { continue }
      let run = try ProgramRun(
        of: ClientProgram.redisCLI.find(), ["-u", "redis://127.0.0.1:\(port)/2"], input: "set k v\nselect 2\nget k\n")
      #expect(run.output == "OK\nOK\nv\n" && run.errors == "")
    }
  }

  @Test func passwords() throws {
    for server in [understudy, oracle] as [any TestServer] {
      try RawClient(server.tcp).command("CONFIG", "SET", "requirepass", "se cret")
    }
    #expect(try same(["get", "a"]).output == "NOAUTH Authentication required.\n\n")
    #expect(try same(["-a", "se cret", "--no-auth-warning", "get", "a"]).output == "1\n")
    #expect(try same(["--user", "default", "--pass", "se cret", "--no-auth-warning", "get", "a"]).output == "1\n")
    try same(["--no-auth-warning"], input: "get a\nauth wrong\nauth default 'se cret'\nget a\n")
  }

  /// Scripts in files, with their keys and arguments.
  @Test func scripts() throws {
    let folder = try #require(folder)
    let script = try folder.file("a.lua", "return {KEYS[1], ARGV[1], 1.5, redis.call('GET', KEYS[2]), #ARGV}\n")
    #expect(try same(["--no-raw", "--eval", script, "k", "a", ",", "v", "w"]).output.contains("4) \"1\"\n"))
    let failing = try folder.file("b.lua", "return redis.call('LPUSH', KEYS[1], 'x')\n")
    #expect(try same(["--eval", failing, "a"]).output.hasPrefix("WRONGTYPE "))
    let error = try folder.file("c.lua", "return redis.error_reply('MINE own text')\n")
    #expect(try same(["--eval", error]).output == "MINE own text\n\n")
  }

  /// The help that it makes of COMMAND DOCS: all but the summaries, which are our own words.
  @Test func help() throws {
    func entries(_ run: ProgramRun) -> [String: String] {
      // Each is a line with the command and its arguments, then lines of `summary:`, `since:` and others.
      var entries: [String: String] = [:], name = ""
      for line in run.output.split(whereSeparator: \.isNewline) where !line.contains("summary:") {
        if line.hasPrefix("  \u{1B}[1m") { name = String(line) }
        entries[name, default: ""] += line + "\n"
      }
      return entries
    }
    let families = [
      "generic", "string", "list", "set", "hash", "sorted_set", "stream", "bitmap", "pubsub", "transactions",
      "scripting", "connection", "server",
    ]
    let input = families.map { "help @\($0)\n" }.joined() + "help set\nhelp xadd\nhelp client kill\nhelp nosuch\n"
    let (ours, real) = (try cli([], input: input, of: understudy), try cli([], input: input, of: oracle))
    #expect(ours.errors == real.errors && ours.status == 0)
    let (some, all) = (entries(ours), entries(real))
    #expect(some.count > 200)
    for (name, text) in some.sorted(by: { $0.key < $1.key }) { #expect(text == all[name]) }
    #expect(ours.output.contains("key value") && ours.output.contains("Answers the "))
  }

  @Test func scans() throws {
    func sorted(_ text: String) -> String { text.split(separator: "\n").sorted().joined(separator: "\n") }
    for index in 0..<500 {
      for server in [understudy, oracle] as [any TestServer] {
        try RawClient(server.unix).command("SET", "key:\(index)", "v")
      }
    }
    #expect(try same(["--scan"], in: sorted).output.split(separator: "\n").count == 507)
    #expect(try same(["--scan", "--pattern", "key:1*"], .unix, in: sorted).output.split(separator: "\n").count == 111)
    #expect(try same(["--scan", "--pattern", "none*"], in: sorted).output == "")
  }

  /// The order in which keys are met is each server's own; what is found in the end is not.
  @Test(arguments: WayToConnect.Transport.allCases)
  func bigKeys(_ transport: WayToConnect.Transport) throws {
    func summary(_ text: String) -> String {
      String(text[(text.range(of: "-------- summary -------")?.lowerBound ?? text.startIndex)...])
        .replacing(/Biggest string.*/, with: "")  // there are two of them
    }
    let said = try same(["--bigkeys"], transport, in: summary).output
    #expect(said.contains("Biggest   hash found '\"hash\"' has 2 fields\n"))
    #expect(said.contains("Sampled 7 keys in the keyspace!\n"))
  }

  /// How much memory a value takes is each server's own.
  @Test func memoryKeys() throws {
    for server in [understudy, oracle] as [any TestServer] {
      let run = try cli(["--memkeys"], of: server)
      #expect(run.status == 0 && run.errors == "" && run.output.contains("Sampled 7 keys in the keyspace!\n"))
      #expect(run.output.contains(/Biggest +list found '"list"' has [1-9]\d* bytes\n/))
    }
  }

  @Test func hotKeys() throws {
    #expect(try cli(["--hotkeys"], of: understudy).errors.hasPrefix("Error: ERR An LFU maxmemory policy is not selected"))
    for server in [understudy, oracle] as [any TestServer] {
      try RawClient(server.tcp).command("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
      let run = try cli(["--hotkeys"], of: server)
      #expect(run.status == 0 && run.errors == "" && run.output.contains("Sampled 7 keys in the keyspace!\n"))
    }
  }

  /// Modes that go on until they are ended: redis-cli is read line by line.
  @Test(arguments: WayToConnect.Transport.allCases)
  func whatGoesOn(_ transport: WayToConnect.Transport) throws {
    let client = try RawClient(understudy.tcp)
    let path = try ClientProgram.redisCLI.find()
    func start(_ arguments: [String]) throws -> ChildProcess {
      try ChildProcess([path] + Self.place(of: understudy, transport) + arguments, keepsOutput: true)
    }

    let statistics = try start(["--stat", "-i", "0.01"])
    #expect(try statistics.readLine()?.hasPrefix("------- data ------") == true)
    #expect(try statistics.readLine()?.hasPrefix("keys       mem      clients") == true)
    let row = try statistics.readLine() ?? ""
    #expect(row.split(separator: " ").first == "7" && row.contains("(+0)"), "\(row)")
    statistics.stop()  // its INFOs would be seen below

    let subscriber = try start(["subscribe", "news", "more"])
    let confirmations = try (0..<6).map { _ in try subscriber.readLine() }
    #expect(confirmations == ["subscribe", "news", "1", "subscribe", "more", "2"])
    #expect(try client.command("PUBLISH", "news", "hello") == .integer(1))
    #expect(try (0..<3).map { _ in try subscriber.readLine() } == ["message", "news", "hello"])

    let monitor = try start(["monitor"])
    #expect(try monitor.readLine() == "OK")
    try client.command("SET", "k", "\"\u{1}")
    let line = try monitor.readLine() ?? ""
    #expect(line.contains(/^\d{10}\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "k" "\\"\\x01"$/), "\(line)")
    // Over a Unix socket it is told the path of the socket.
    guard case .unix(let socket) = understudy.unix else { return }
    try RawClient(understudy.unix).command("PING")
    #expect(try monitor.readLine()?.hasSuffix(" [0 unix:\(socket)] \"PING\"") == true)
  }

  /// At a terminal it shows what arguments are to come, which it learns from COMMAND DOCS.
  @Test(.enabled(if: ClientProgram.python.isAvailable(for: "redis-cli at a terminal")))
  func atATerminal() throws {
    for server in [understudy, oracle] as [any TestServer] {
      for transport in WayToConnect.Transport.allCases {
        let run = try ProgramRun(
          of: ClientProgram.python.find(),
          ["-B", "\(TestEnvironment.repository)/Tests/UnderstudyCommandTests/Python/redis_cli_terminal.py",
            try ClientProgram.redisCLI.find()] + Self.place(of: server, transport))
        #expect(run.status == 0, "\(server.name): \(run.output)\(run.errors)")
        #expect(run.output == "7 hints seen\n")
      }
    }
  }
}
