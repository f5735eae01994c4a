// What the rules of scripts draw, and what they do not.

import Testing

@testable import UnderstudyEngine

@Suite struct ScriptFindingTests {
  private let bench = FindingsBench()
  private let own: HarnessClient

  init() { own = bench.client() }

  private func eval(_ body: String, _ rest: String...) -> String {
    own.raw(HarnessClient.frame(["EVAL", body] + rest))
  }

  // MARK: Keys

  @Test func aKeyThatIsNotInKEYS() throws {
    _ = eval("redis.call('SET', KEYS[1], 1) return redis.call('GET', KEYS[1] .. ':ts')", "1", "limit")
    #expect(bench.drawn() == ["script.undeclared-key certain"])
    let finding = try #require(bench.findings("script.undeclared-key").first)
    #expect(finding.key == Array("limit:ts".utf8) && finding.message.contains("calls GET limit:ts, which is not in KEYS"))
  }

  @Test func keysThatAreInKEYS() {
    _ = eval("redis.call('MSET', KEYS[1], 1, KEYS[2], 2) return redis.call('GET', KEYS[2])", "2", "a", "b")
    #expect(bench.drawn(atLeast: .info) == [])
  }

  /// KEYS[1] as a namespace.
  @Test func keysOfANamespace() {
    _ = eval("return redis.call('ZADD', KEYS[1] .. ':beats', 1, 'x')", "1", "queue")
    #expect(bench.drawn(atLeast: .medium) == ["script.undeclared-key medium"])
  }

  /// Without the lab's looking: the directive alone.
  @Test func undeclaredKeysAreWarnedOf() {
    let harness = EngineHarness()
    let client = harness.client()
    client.call("CONFIG", "SET", "lua-undeclared-keys", "warn")
    #expect(client.call("EVAL", "return redis.call('SET', 'a', 1)", "0") == "+OK\r\n")
    let report = harness.engine.withLock { harness.engine.findings() }
    #expect(report.findings.map { "\($0.rule) \($0.endpoint)" } == ["script.undeclared-key default"])
  }

  @Test func refusedKeysAreToldToo() {
    let client = bench.client()
    client.call("CONFIG", "SET", "lua-undeclared-keys", "error")
    #expect(client.call("EVAL", "return redis.call('SET', 'a', 1)", "0").hasPrefix("-ERR SET touches 'a'"))
    #expect(bench.drawn() == ["script.undeclared-key certain"])
  }

  // MARK: Sources

  @Test func valuesInTheSource() {
    for value in 1...4 {
      #expect(bench.drawn() == [])
      _ = eval("return redis.call('SET', KEYS[1], '\(value)') -- \(value)", "1", "k")
    }
    #expect(bench.drawn() == ["script.literal-args high"])
  }

  /// Different commands, and different parameters, are different scripts; and one script many times is one.
  @Test func scriptsOfTheirOwn() {
    for command in ["GET", "TTL", "TYPE", "STRLEN", "EXISTS"] { _ = eval("return redis.call('\(command)', KEYS[1])", "1", "k") }
    for index in 1...5 {
      _ = eval("return ARGV[\(index)]", "0", "1", "2", "3", "4", "5")
      _ = eval("return redis.call('SET', KEYS[1], ARGV[1])", "1", "k", "\(index)")
    }
    #expect(bench.findings("script.literal-args").isEmpty)
  }

  @Test func noScriptAndNothingFollows() {
    let client = bench.client()
    let sha = String(repeating: "0", count: 40)
    client.call("EVALSHA", sha, "0")
    #expect(bench.drawn() == ["script.no-fallback high"])
    client.call("EVAL", "return 1", "0")
    #expect(bench.drawn() == [])
    client.call("EVALSHA", sha, "0")
    client.call("SCRIPT", "LOAD", "return 2")
    #expect(bench.drawn(atLeast: .info) == [])
  }

  // MARK: Errors

  @Test func anErrorBehindAWrite() throws {
    let body = "redis.call('SET', KEYS[1], 'x') return redis.call('INCR', KEYS[1])"
    #expect(eval(body, "1", "k").hasPrefix("-ERR value is not an integer"))
    #expect(bench.drawn() == ["script.partial-write certain"])
    #expect(try #require(bench.findings("script.partial-write").first).message.contains("wrote (SET k x) and then failed: ERR value"))
  }

  @Test(arguments: [
    // Handled, returned, or before the write.
    "redis.call('SET', KEYS[1], 'x') redis.pcall('INCR', KEYS[1]) return 1",
    "redis.call('SET', KEYS[1], 'x') return redis.pcall('INCR', KEYS[1])",
    "redis.call('SET', KEYS[1], 'x') return redis.error_reply('LIMIT reached')",
    "redis.call('HGET', KEYS[1], 'f') redis.call('INCR', KEYS[1]) redis.call('DEL', KEYS[1]) return {err='no'}",
    "error('before any write')",
  ])
  func errorsThatAreNone(_ body: String) {
    _ = eval(body + " -- " + body, "1", "k")
    #expect(bench.drawn() == [])
  }

  @Test(arguments: [
    "return redis.call('KEYS', '*')", "return math.random()", "return os.time()", "return io.open('x')",
    "return redis.call('SUBSCRIBE', 'c')", "counter = 1 return counter",
  ])
  func whatNoScriptMayDo(_ body: String) {
    #expect(eval(body, "0").hasPrefix("-"))
    #expect(bench.drawn() == ["script.rejected certain"])
  }

  // MARK: Parameters

  @Test func aParameterThatIsNotThere() {
    _ = eval("redis.call('GET', KEYS[1]) return tostring(ARGV[2])", "1", "k", "1")
    // ARGV[1] is passed and not read; ARGV[2] is read and not passed.
    #expect(bench.drawn() == ["script.arity high"])
    #expect(bench.findings("script.arity").count == 2)
  }

  @Test(arguments: [
    "return {KEYS[1], ARGV[1], ARGV[2] or 'default'}", "if ARGV[2] then return 1 end return KEYS[1] .. ARGV[1]",
    "local n = ARGV[2] if not n then n = 1 end return KEYS[1] .. ARGV[1]",
    "local s = '' for i, v in ipairs(ARGV) do s = s .. v end return s .. KEYS[1]",
    "local i = 1 while ARGV[i] do i = i + 1 end return KEYS[1]", "return {KEYS[1], unpack(ARGV)}",
    "if ARGV[1] == 'never' then return ARGV[2] + 1 end return KEYS[1]",
  ])
  func parametersThatMayBeMissing(_ body: String) {
    #expect(!eval(body, "1", "k", "a").hasPrefix("-"))
    #expect(bench.drawn(atLeast: .info) == [])
  }

  @Test func aParameterThatIsNeverRead() {
    _ = eval("return redis.call('GET', KEYS[1])", "2", "a", "b")
    #expect(bench.drawn() == ["script.arity high"])
  }

  @Test func facts() {
    let facts = ScriptFacts(
      Bytes("local k, n = KEYS[1], #ARGV -- KEYS[9]\nif ARGV[ 3 ] == nil then return [[KEYS[8]]] end return KEYS[2] .. redis.KEYS[7]"))
    #expect(facts.keys == ScriptFacts.Uses(indices: [1, 2], optional: [1, 2], isDynamic: false))
    #expect(facts.arguments == ScriptFacts.Uses(indices: [3], optional: [3], isDynamic: true))
    // Whatever comes is read to its end.
    for text in ["'", "[[", "--[==[ x", "\"\\", "KEYS", "KEYS[", "a..b...", "1..2"] {
      text.withBytes { #expect(ScriptFacts($0).keys.indices.isEmpty) }
    }
  }

  // MARK: Off unless asked for

  @Test func habits() {
    let calls: [(body: String, rest: [String], rule: String)] = [
      ("for i = 1, 2000 do local x = i end return 1", ["0"], "script.slow medium"),
      ("local t = redis.call('TIME') return redis.call('SET', KEYS[1], t[1])", ["1", "k"], "script.nondeterministic medium"),
      ("return redis.call('MGET', KEYS[1], KEYS[2])", ["2", "a", "b"], "script.cross-slot high"),
      ("return redis.call('SET', KEYS[1], tostring(2 ^ 53))", ["1", "k"], "script.lua-number medium"),
    ]
    for call in calls {
      let bench = FindingsBench()
      let client = bench.client()
      client.raw(HarnessClient.frame(["EVAL", call.body] + call.rest))
      #expect(bench.drawn(atLeast: .info) == [], "\(call.body)")
      for rule in calls { bench.switchOn(String(rule.rule.prefix { $0 != " " })) }
      bench.set(.slowInstructions, 1_000)
      client.raw(HarnessClient.frame(["EVAL", call.body] + call.rest))
      #expect(bench.drawn(atLeast: .info) == [call.rule], "\(call.body)")
    }
  }

  @Test(arguments: ["0.1 + 0.2", "2 ^ 60 .. ''", "tostring(10 ^ 15)"])
  func numbersThatLuaWritesOtherwise(_ number: String) {
    bench.switchOn("script.lua-number")
    _ = eval("return redis.call('SET', KEYS[1], \(number))", "1", "k")
    #expect(bench.drawn(atLeast: .info) == ["script.lua-number medium"])
  }

  @Test(arguments: ["2 ^ 40", "'1234567890123456789'", "0.5", "'1e+15x'", "ARGV[1]"])
  func numbersThatAreAsTheyWere(_ number: String) {
    bench.switchOn("script.lua-number")
    _ = eval("local a = ARGV[1] return redis.call('SET', KEYS[1], \(number))", "1", "k", "0.30000000000000004")
    #expect(bench.drawn(atLeast: .info) == [])
  }

  @Test func habitsThatAreFine() {
    for rule in ["script.slow", "script.nondeterministic", "script.cross-slot", "script.lua-number"] { bench.switchOn(rule) }
    _ = eval("redis.call('SET', KEYS[1], ARGV[1]) return redis.call('TIME')", "1", "k", "1e+20")
    _ = eval("return redis.call('MGET', KEYS[1], KEYS[2])", "2", "{a}1", "{a}2")
    #expect(bench.drawn(atLeast: .info) == [])
    #expect(KeySlot.slot(of: Array("foo".utf8)) == 12182 && KeySlot.slot(of: Array("{user1000}.following".utf8)) == 3443)
  }
}
