// EVAL, SCRIPT and what a script does to the engine around it. What the language itself does is tested at the
// bridge (CUnderstudyLuaTests); replies and texts are those of redis-server 7.0.15.

import Testing

@testable import UnderstudyEngine

@Suite struct ScriptingTests {
  @Test func aScriptReachesTheKeyspace() {
    let client = EngineHarness().client()
    #expect(client.call("EVAL", "return redis.call('set', KEYS[1], ARGV[1])", "1", "k", "v") == "+OK\r\n")
    #expect(client.call("GET", "k") == "$1\r\nv\r\n")
    #expect(
      client.call("EVAL", "return redis.call('get', 'k') .. #KEYS .. #ARGV", "1", "a", "b", "c")
        == "$3\r\nv12\r\n")
    #expect(client.call("EVAL", "return redis.call('get', 'nosuch')", "0") == "$-1\r\n")
  }

  @Test func theCacheOfScripts() {
    let client = EngineHarness().client()
    let sha = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
    let missing = "-NOSCRIPT No matching script. Please use EVAL.\r\n"
    #expect(client.call("EVALSHA", sha, "0") == missing)
    #expect(client.call("SCRIPT", "LOAD", "return 1") == "$40\r\n\(sha)\r\n")
    #expect(client.call("EVALSHA", sha, "0") == ":1\r\n")
    #expect(client.call("EVALSHA", sha.uppercased(), "0") == ":1\r\n")
    #expect(client.call("SCRIPT", "EXISTS", sha, "x", sha.uppercased()) == "*3\r\n:1\r\n:0\r\n:1\r\n")
    #expect(client.call("SCRIPT", "FLUSH", "x") == "-ERR SCRIPT FLUSH only support SYNC|ASYNC option\r\n")
    #expect(client.call("SCRIPT", "FLUSH", "ASYNC") == "+OK\r\n")
    #expect(client.call("EVALSHA", sha, "0") == missing)
    #expect(client.call("EVAL", "return 1", "0") == ":1\r\n")
    #expect(client.call("EVALSHA", sha, "0") == ":1\r\n")
    for index in 0..<200 { #expect(client.call("EVAL", "return \(index)", "0") == ":\(index)\r\n") }
    for index in 0..<200 { #expect(client.call("EVAL", "return \(index)", "0") == ":\(index)\r\n") }
  }

  @Test func argumentsAreChecked() {
    let client = EngineHarness().client()
    #expect(client.call("EVAL", "return 1", "x") == "-ERR value is not an integer or out of range\r\n")
    #expect(client.call("EVAL", "return 1", "-1") == "-ERR Number of keys can't be negative\r\n")
    #expect(
      client.call("EVAL", "return 1", "2", "a")
        == "-ERR Number of keys can't be greater than number of args\r\n")
    #expect(
      client.call("EVAL", "foo bar", "0")
        == "-ERR Error compiling script (new function): user_script:1: '=' expected near 'bar'\r\n")
    #expect(client.call("SCRIPT", "KILL") == "-NOTBUSY No scripts in execution right now.\r\n")
    #expect(
      client.call("SCRIPT", "LOAD", "foo bar").hasPrefix("-ERR Error compiling script (new function): "))
  }

  @Test func whatScriptsMayNotCall() {
    let client = EngineHarness().client()
    func error(_ body: String, _ command: String = "EVAL") -> String {
      let reply = client.call(command, body, "0")
      return reply.components(before: " script: ")
    }
    #expect(error("return redis.call('nosuch')") == "-ERR Unknown Redis command called from script")
    #expect(
      error("return redis.call('get')") == "-ERR Wrong number of args calling Redis command from script")
    #expect(error("return redis.call('multi')") == "-ERR This Redis command is not allowed from script")
    #expect(
      error("return redis.call('eval', 'return 1', 0)")
        == "-ERR This Redis command is not allowed from script")
    #expect(
      error("return redis.call('script', 'flush')") == "-ERR This Redis command is not allowed from script")
    let readOnly = "-ERR Write commands are not allowed from read-only scripts."
    #expect(error("return redis.call('set', 'a', 'b')", "EVAL_RO") == readOnly)
    #expect(error("return redis.call('publish', 'a', 'b')", "EVAL_RO") == readOnly)
    #expect(error("#!lua flags=no-writes\nreturn redis.call('set', 'a', 'b')") == readOnly)
    #expect(
      error("#!lua\nreturn 1", "EVAL_RO")
        == "-ERR Can not execute a script with write flag using *_ro command.\r\n")
    #expect(client.call("EVAL_RO", "return redis.call('get', 'a')", "0") == "$-1\r\n")
  }

  @Test(arguments: [
    ("#!lua", "-ERR Invalid script shebang"), ("#!js\nx", "-ERR Unexpected engine in script shebang: #!js"),
    ("#!lua name=x\nreturn 1", "-ERR Unknown lua shebang option: name=x"),
    ("#!lua flags=nope\nreturn 1", "-ERR Unexpected flag in script shebang: nope"),
    ("#!lua flags=no-writes,allow-oom, x\nreturn 1", "-ERR Unexpected flag in script shebang: "),
    ("#! lua\nreturn 1", "-ERR Unexpected engine in script shebang: #!"),
    ("#!lua\r\nreturn 1", ":1"), ("#!lua  flags=no-writes  \nreturn 1", ":1"),
    ("#!lua flags=\nreturn 1", ":1"),
    (
      "#!lua flags=no-writes\nx y",
      "-ERR Error compiling script (new function): user_script:2: '=' expected near 'y'"
    ),
  ])
  func theLineOfFlags(body: String, expected: String) {
    #expect(EngineHarness().client().call("EVAL", body, "0") == expected + "\r\n")
  }

  @Test func aScriptsDatabaseIsItsOwn() {
    let client = EngineHarness().client()
    client.call("SET", "k", "zero")
    #expect(client.call("EVAL", "redis.call('select', 3) return redis.call('get', 'k')", "0") == "$-1\r\n")
    #expect(client.call("GET", "k") == "$4\r\nzero\r\n")
    client.call("SELECT", "3")
    #expect(client.call("EVAL", "return redis.call('get', 'k')", "0") == "$-1\r\n")
  }

  @Test func scriptsInTransactions() {
    let client = EngineHarness().client()
    client.call("MULTI")
    #expect(client.call("EVAL", "return redis.call('set', 'k', 'v')", "0") == "+QUEUED\r\n")
    client.call("GET", "k")
    #expect(client.call("EXEC") == "*2\r\n+OK\r\n$1\r\nv\r\n")
  }

  @Test func repliesFollowTheProtocol() {
    let client = EngineHarness().client()
    client.call("HELLO", "3")
    #expect(client.call("EVAL", "return {map = {a = 1}}", "0") == "%1\r\n$1\r\na\r\n:1\r\n")
    #expect(client.call("EVAL", "return redis.call('get', 'nosuch')", "0") == "_\r\n")
    #expect(
      client.call("EVAL", "redis.setresp(3) return redis.call('get', 'nosuch') == nil", "0") == "#t\r\n")
  }

  /// A script that is held to its keys, and one that is not.
  @Test func keysThatWereNotDeclared() {
    let client = EngineHarness().client()
    let body = "redis.call('set', KEYS[1], 1) return redis.call('mget', KEYS[1], ARGV[1])"
    #expect(client.call("EVAL", body, "1", "a", "b") == "*2\r\n$1\r\n1\r\n$-1\r\n")
    client.call("CONFIG", "SET", "lua-undeclared-keys", "error")
    #expect(client.call("EVAL", body, "2", "a", "b", "b") == "*2\r\n$1\r\n1\r\n$-1\r\n")
    let refusal = "ERR MGET touches 'b', which is not among the script's keys: pass it in KEYS (or set lua-undeclared-keys allow)"
    #expect(client.call("EVAL", body, "1", "a", "b").hasPrefix("-\(refusal) script: "))
    #expect(
      client.call("EVAL", "return redis.pcall('get', 'b').err", "1", "a").contains("GET touches 'b'"))
    #expect(client.call("EVAL", "return redis.call('ping')", "0") == "+PONG\r\n")
    client.call("CONFIG", "SET", "lua-undeclared-keys", "allow")
    #expect(client.call("EVAL", body, "1", "a", "b") == "*2\r\n$1\r\n1\r\n$-1\r\n")
  }

  /// KEYS and dice are refused through call and pcall, unless the server is told otherwise.
  @Test func strictScripts() {
    let client = EngineHarness().client()
    let bodies = ["return redis.call('keys', '*')", "return redis.pcall('KEYS', '*')", "return math.random(1)", "math.randomseed(1)"]
    for body in bodies {
      let reply = client.call("EVAL", body, "0")
      #expect(reply.hasPrefix("-ERR ") && reply.contains(" is refused"), "\(body): \(reply)")
    }
    client.call("CONFIG", "SET", "lua-strict", "no")
    #expect(bodies.map { client.call("EVAL", $0, "0") } == ["*0\r\n", "*0\r\n", ":1\r\n", "$-1\r\n"])
  }

  @Test(.timeLimit(.minutes(1))) func whatHoldsItselfIsNotPackedForever() {
    let client = EngineHarness().client()
    let body = "local t = {} for i = 1, 16 do t[i] = t end return cmsgpack.pack(t)"
    #expect(client.call("EVAL", body, "0").hasPrefix("-ERR user_script:1: too many values to pack"))
    // What has that many values honestly is packed.
    #expect(client.call("EVAL", "local t = {} for i = 1, 1000 do t[i] = i end return #cmsgpack.pack(t, t)", "0") == ":5242\r\n")
  }

  @Test func valkeyShowsScriptsAndHasAServer() {
    var configuration = Configuration()
    configuration.emulatedVersion = "valkey-8.1.2"
    let client = EngineHarness(configuration).client()
    let sha = String(client.call("SCRIPT", "LOAD", "#!lua flags=no-writes\nreturn 1").dropFirst(4).prefix(40))
    #expect(client.call("SCRIPT", "SHOW", sha) == "$30\r\n#!lua flags=no-writes\nreturn 1\r\n")
    #expect(client.call("SCRIPT", "SHOW", "x") == "-NOSCRIPT No matching script. Please use EVAL.\r\n")
    #expect(
      client.call("EVAL", "return {server.SERVER_NAME, redis.SERVER_VERSION, server.SERVER_VERSION_NUM, redis.REDIS_VERSION}", "0")
        == "*4\r\n$6\r\nvalkey\r\n$5\r\n8.1.2\r\n:524546\r\n$5\r\n7.2.4\r\n")
    #expect(client.call("EVAL", "return server.call('ping')", "0") == "+PONG\r\n")
    client.call("FUNCTION", "LOAD", "#!lua name=a\nserver.register_function('f', function() return server.call('ping') end)")
    #expect(client.call("FCALL", "f", "0") == "+PONG\r\n")
    let redis = EngineHarness().client()
    #expect(redis.call("SCRIPT", "SHOW", sha).hasPrefix("-ERR unknown subcommand 'SHOW'"))
    #expect(redis.call("EVAL", "return server", "0").contains("nonexistent global variable 'server'"))
  }

  /// INFO tells what lives, and may be called by the script itself.
  @Test func theMemoryOfScripts() {
    let client = EngineHarness().client()
    for index in 0..<2000 { client.call("EVAL", "local t = {} for i = 1, 20 do t[i] = {i} end return #t", "0", "\(index)") }
    let text = client.call("INFO", "memory")
    let used = text.split(separator: "\r\n").first { $0.hasPrefix("used_memory_lua:") }?.split(separator: ":").last
    #expect(used.flatMap { Int($0) }.map { $0 < 100 * 1024 } == true)
    #expect(client.call("EVAL", "return #redis.call('info', 'memory') > 0 and 1", "0") == ":1\r\n")
    #expect(client.call("EVAL", "return 1", "0") == ":1\r\n")
  }

  @Test func largeValuesPassThrough() {
    let client = EngineHarness().client()
    let value = String(repeating: "x", count: 200_000)
    client.call("SET", "k", value)
    #expect(client.call("EVAL", "return #redis.call('get', 'k')", "0") == ":200000\r\n")
    #expect(client.call("EVAL", "return redis.call('get', 'k')", "0") == "$200000\r\n\(value)\r\n")
  }
}

/// Scripts over their first slice. The script clock stands still but for what the test adds; slices then end
/// by the number of instructions.
@Suite struct LongScriptTests {
  private let busy =
    "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"
  private let endless = "while true do end"
  private let harness: EngineHarness

  init() {
    harness = EngineHarness()
    harness.engine.freeze(.script)
  }

  private func passLimit() {
    #expect(harness.engine.advance(.script, microseconds: 6_000_000))
  }

  @Test func othersWaitAndAreThenToldBusy() {
    let (one, two, three) = (harness.client(), harness.client(), harness.client())
    #expect(one.call("EVAL", endless, "0") == "")
    #expect(two.call("PING") == "")
    #expect(two.pending() == "")
    passLimit()
    #expect(two.pending() == busy)
    #expect(two.call("GET", "k") == busy)
    #expect(three.call("EVAL", "return 1", "0") == busy)
    #expect(three.call("MULTI") == "+OK\r\n")
    #expect(three.call("GET", "k") == busy)
    #expect(three.call("EXEC").hasPrefix("-EXECABORT Transaction discarded because of: BUSY Redis is busy"))
    #expect(three.call("EXEC").hasPrefix("-EXECABORT Transaction discarded because of: BUSY Redis is busy"))
    #expect(three.call("NOSUCH").hasPrefix("-ERR unknown command"))
    #expect(three.call("SCRIPT", "KILL") == "+OK\r\n")
    let reply = one.pending()
    #expect(
      reply == "-ERR Script killed by user with SCRIPT KILL... script: "
        + "\(Self.sha(endless)), on @user_script:1.\r\n")
    #expect(two.call("PING") == "+PONG\r\n")
    #expect(one.call("PING") == "+PONG\r\n")
    #expect(three.call("SCRIPT", "KILL") == "-NOTBUSY No scripts in execution right now.\r\n")
  }

  /// Who asks for the debugger is told that there is none; scripts run as ever.
  @Test func thereIsNoDebugger() {
    let client = harness.client()
    for mode in ["YES", "sync"] {
      #expect(client.call("SCRIPT", "DEBUG", mode) == "-ERR This server has no script debugger\r\n")
      #expect(client.call("EVAL", "return 1", "0") == ":1\r\n")
    }
    #expect(client.call("SCRIPT", "DEBUG", "NO") == "+OK\r\n")
  }

  @Test func heldRequestsRunWhenTheScriptEnds() {
    let (one, two) = (harness.client(), harness.client())
    let body = "local n = 0 while n < 12000000 do n = n + 1 end return redis.call('set', 'k', n)"
    #expect(one.call("EVAL", body, "0") == "")
    var early = two.raw("*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n")
    var done = ""
    for _ in 0..<200 where done.isEmpty { done += one.pending() }
    #expect(done == "+OK\r\n")
    early += two.pending()
    #expect(early == "$8\r\n12000000\r\n+PONG\r\n")
  }

  /// A script is one command: what it has caused so far waits for its end, whoever is served meanwhile.
  @Test func nothingIsServedBeforeTheScriptEnds() {
    harness.engine.withLock { harness.engine.freeze(.data) }
    let (one, two, waiting) = (harness.client(), harness.client(), harness.client())
    for client in [one, two] { client.call("HELLO", "3") }
    one.call("CLIENT", "TRACKING", "ON")
    one.call("GET", "tracked")
    #expect(waiting.call("BLPOP", "list", "0") == "")
    let body = """
      redis.call('rpush', 'list', 'a') redis.call('set', 'tracked', 'v')
      local n = 0 while n < 60000000 do n = n + 1 end return redis.call('llen', 'list')
      """
    #expect(one.call("EVAL", body, "0") == "")
    passLimit()
    #expect(two.call("RESET") == "+RESET\r\n")
    #expect(two.call("MULTI") == "+OK\r\n")
    #expect(waiting.pending() == "")
    #expect(one.pending() == "")
    var done = ""
    for _ in 0..<2000 where done.isEmpty { done += one.pending() }
    let pushed = ["tracked", "list"].map { ">2\r\n$10\r\ninvalidate\r\n*1\r\n$\($0.utf8.count)\r\n\($0)\r\n" }
    #expect(done == ":1\r\n" + pushed.joined())
    #expect(waiting.pending() == "*2\r\n$4\r\nlist\r\n$1\r\na\r\n" && two.pending() == "")
  }

  /// With NOLOOP whoever calls a script is not told of what it changed, nor when it had been suspended.
  @Test func aSuspendedScriptIsItsCallers() {
    let (one, two) = (harness.client(), harness.client())
    for (client, options) in [(one, ["NOLOOP"]), (two, [])] {
      client.call("HELLO", "3")
      client.raw(HarnessClient.frame(["CLIENT", "TRACKING", "ON"] + options))
      client.call("GET", "k")
    }
    #expect(one.call("EVAL", "local n = 0 while n < 8000000 do n = n + 1 end return redis.call('set', 'k', n)", "0") == "")
    var done = ""
    for _ in 0..<200 where done.isEmpty { done += one.pending() }
    #expect(done == "+OK\r\n" && one.call("PING") == "+PONG\r\n")
    #expect(two.pending() == ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n")
  }

  @Test func aScriptThatHasWrittenIsNotKilled() {
    let (one, two) = (harness.client(), harness.client())
    #expect(one.call("EVAL", "redis.call('set', 'k', 'v') " + endless, "0") == "")
    passLimit()
    #expect(one.pending() == "")
    #expect(
      two.call("SCRIPT", "KILL").hasPrefix("-UNKILLABLE Sorry the script already executed write commands"))
    #expect(two.call("PING") == busy)
  }

  /// Real time ends a script that has written, and one whose clock stands still.
  @Test(arguments: ["while true do end", "redis.call('set', 'k', 'v') while true do pcall(function() while true do end end) end"])
  func aDeadlineEndsAnyScript(body: String) {
    let one = harness.client()
    one.call("CONFIG", "SET", "lua-deadline", "1")
    var reply = one.call("EVAL", body, "0")
    while reply.isEmpty { reply = one.pending() }
    #expect(
      reply == "-ERR Script ended: it ran for longer than lua-deadline (1 ms) script: \(Self.sha(body)), on @user_script:1.\r\n")
    #expect(one.call("EVAL", "return 1", "0") == ":1\r\n")
  }

  /// So does it where a script cannot be suspended.
  @Test func aDeadlineEndsWhatCannotBeSuspended() {
    let one = harness.client()
    one.call("CONFIG", "SET", "lua-deadline", "1")
    let body = "return string.gsub('x', 'x', setmetatable({}, {__index = function() while true do end end}))"
    var reply = one.call("EVAL", body, "0")
    while reply.isEmpty { reply = one.pending() }
    #expect(reply.hasPrefix("-ERR Script aborted: "))
  }

  @Test func aScriptSuspendsItsTransaction() {
    let (one, two) = (harness.client(), harness.client())
    one.call("MULTI")
    one.call("SET", "k", "1")
    one.call("EVAL", endless, "0")
    one.call("SET", "k", "2")
    one.call("EVAL", "return 7", "0")
    #expect(one.raw(HarnessClient.frame(["EXEC"]) + "PING\r\n") == "*4\r\n+OK\r\n")
    #expect(two.call("GET", "k") == "")
    #expect(two.pending() == "")
    #expect(harness.client().call("SCRIPT", "KILL").hasPrefix("+OK"))
    let rest = one.pending()
    #expect(rest.hasPrefix("-ERR Script killed by user with SCRIPT KILL..."))
    #expect(rest.hasSuffix("+OK\r\n:7\r\n+PONG\r\n"))
    #expect(two.pending() == "$1\r\n2\r\n")
  }

  @Test func aScriptSeesOneDataTime() {
    let one = harness.client()
    harness.engine.freeze(.data)
    one.call("SET", "k", "v", "PX", "1000")
    let body = "local n = 0 while n < 8000000 do n = n + 1 end return redis.call('get', 'k')"
    #expect(one.call("EVAL", body, "0") == "")
    #expect(harness.engine.advance(.data, microseconds: 10_000_000))
    var done = ""
    for _ in 0..<200 where done.isEmpty { done += one.pending() }
    #expect(done == "$1\r\nv\r\n")
    #expect(one.call("GET", "k") == "$-1\r\n")
  }

  @Test func theCallerMayLeave() {
    var one: HarnessClient? = harness.client()
    let two = harness.client()
    #expect(one?.call("EVAL", endless, "0") == "")
    one = nil
    passLimit()
    _ = two.pending()
    #expect(two.call("PING") == busy)
    #expect(two.call("SCRIPT", "KILL") == "+OK\r\n")
    _ = two.pending()
    #expect(two.call("PING") == "+PONG\r\n")
  }

  /// The loop must not sleep while a script waits for its next slice.
  @Test func theLoopIsToldToGoOn() {
    let one = harness.client()
    // The clock was frozen; the tasks have seen it after this.
    _ = harness.engine.runTasks()
    #expect(!harness.engine.needsTasks)
    #expect(one.call("EVAL", endless, "0") == "")
    #expect(harness.engine.needsTasks)
    #expect(harness.engine.runTasks() == 0)
    #expect(harness.client().call("SCRIPT", "KILL") == "+OK\r\n")
    _ = one.pending()
    #expect(!harness.engine.needsTasks)
  }

  @Test func anEngineMayEndWithASuspendedScript() {
    let harness = EngineHarness()
    harness.engine.freeze(.script)
    #expect(harness.client().call("EVAL", endless, "0") == "")
  }

  private static func sha(_ body: String) -> String {
    let reply = EngineHarness().client().call("SCRIPT", "LOAD", body)
    return String(reply.dropFirst(4).prefix(40))
  }
}

extension String {
  /// What stands before `separator`; all if it does not occur.
  fileprivate func components(before separator: String) -> String {
    var rest = self[...]
    while !rest.isEmpty {
      if rest.hasPrefix(separator) { return String(self[..<rest.startIndex]) }
      rest = rest.dropFirst()
    }
    return self
  }
}
