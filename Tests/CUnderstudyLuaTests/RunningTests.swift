// Starting, suspending, resuming and killing scripts; limits of memory, stack and time.

import Testing

@Suite struct RunningTests {
  @Test func aScriptReturnsItsValue() {
    let engine = ScriptEngine()
    #expect(engine.run("return 1") == .done(":1\r\n"))
    #expect(
      engine.run("return KEYS[1]..ARGV[2]", keys: ["a"], arguments: ["b", "c"]) == .done("$2\r\nac\r\n"))
    #expect(engine.run("return {#KEYS, #ARGV}") == .done("*2\r\n:0\r\n:0\r\n"))
  }

  /// Tables with more paths than can be walked: within themselves twice, or shared at each of many levels.
  @Test(arguments: [
    ("local t = {} t[1] = t t[2] = t return t", "-ERR reached lua stack limit\r\n"),
    ("local t = {} t.map = {a = t, b = t} return t", "-ERR reached lua stack limit\r\n"),
    ("local t = {1} for i = 1, 60 do t = {t, t} end return t", "-ERR the reply of the script is too large\r\n"),
    (
      "local s, t = string.rep('x', 1e6), {} for i = 1, 1e5 do t[i] = s end return t",
      "-ERR the reply of the script is too large\r\n"
    ),
  ])
  func anEndlessReplyIsAnError(body: String, reply: String) {
    let engine = ScriptEngine()
    #expect(engine.run(body) == .done(reply))
    #expect(engine.run("return 1") == .done(":1\r\n"))
  }

  @Test func callsReachTheHost() {
    let engine = ScriptEngine()
    #expect(engine.reply("return redis.call('incr', KEYS[1])", keys: ["n"]) == ":1\r\n")
    #expect(engine.reply("redis.call('set','x',3.0) return redis.call('get','x')") == "$1\r\n3\r\n")
    #expect(engine.host.calls == [["incr", "n"], ["set", "x", "3"], ["get", "x"]])
  }

  @Test(arguments: [1000, 3000, 20000] as [UInt64])
  func aScriptGoesOnWhereItsSliceEnded(slice: UInt64) {
    let engine = ScriptEngine()
    engine.host.yieldAfterInstructions = slice
    let body = "local n = 0 for i = 1, 20000 do n = n + i end return n"
    var outcome = engine.start(body)
    var slices = 0
    while outcome == .yielded {
      #expect(engine.isSuspended)
      slices += 1
      outcome = engine.resume()
    }
    #expect(outcome == .done(":200010000\r\n"))
    #expect(slices > 0)
  }

  /// Every function that calls back is suspended inside the callback, and goes on there.
  @Test(arguments: [
    ("return (string.gsub('abc', '%w', function(c) BUSY() return c .. c end))", "$6\r\naabbcc\r\n"),
    (
      "local t = {3,1,2} table.sort(t, function(a, b) BUSY() return a > b end) return t",
      "*3\r\n:3\r\n:2\r\n:1\r\n"
    ),
    ("local ok, v = pcall(function() BUSY() error('x', 0) end) return v", "$1\r\nx\r\n"),
    ("return select(2, pcall(function(...) BUSY() return ... end, 7))", ":7\r\n"),
    (
      "return select(2, xpcall(function() BUSY() error('x', 0) end, function(e) BUSY() return e .. 'y' end))",
      "$2\r\nxy\r\n"
    ),
    ("return tostring(setmetatable({}, {__tostring = function() BUSY() return 'me' end}))", "$2\r\nme\r\n"),
    ("local n = 0 return load(function() BUSY() n = n + 1 return ({'return ', '4'})[n] end)()", ":4\r\n"),
    (
      "local f = coroutine.wrap(function(a) BUSY() local b = coroutine.yield(a + 1) BUSY() return b end) "
        + "return {f(1), f(9)}", "*2\r\n:2\r\n:9\r\n"
    ),
    (
      "local co = coroutine.create(function() "
        + "local f = coroutine.wrap(function() BUSY() return 5 end) BUSY() "
        + "return f() end) return {coroutine.resume(co)}", "*2\r\n:1\r\n:5\r\n"
    ),
    ("return table.foreach({4, 5}, function(k, v) BUSY() if k == 2 then return v end end)", ":5\r\n"),
    ("return table.foreachi({4, 5}, function(k, v) BUSY() if k == 2 then return v end end)", ":5\r\n"),
    (
      "local t = setmetatable({}, {__index = function(_, k) BUSY() return k end}) return t.abc",
      "$3\r\nabc\r\n"
    ),
    ("local t = 0 for k, v in pairs({1, 2, x = 3}) do BUSY() t = t + v end return t", ":6\r\n"),
  ])
  func callbacksMayBeSuspended(body: String, expected: String) {
    let engine = ScriptEngine()
    engine.host.yieldAfterInstructions = 1000
    let busy = "local function BUSY() for i = 1, 2500 do end end "
    var outcome = engine.start(busy + body)
    var slices = 0
    while outcome == .yielded {
      slices += 1
      outcome = engine.resume()
    }
    #expect(outcome == .done(expected))
    #expect(slices > 0)
  }

  /// What runs for ever can be killed, whatever it does against it.
  @Test(arguments: [
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "local function f() return f() end return f()",
    "while true do xpcall(function() while true do end end, function() while true do end end) end",
    "local co = coroutine.wrap(function() while true do end end) while true do pcall(co) end",
    "setmetatable({}, {__gc = function() while true do end end}) while true do local t = {} end",
    "return ('x'):gsub('x', function() while true do end end)",
    "table.sort({3, 2, 1}, function() while true do end end)",
    "while true do load(function() while true do end end) end",
    "for i = 1, 1e15 do end",
    "repeat until false",
    "local t = setmetatable({}, {__index = function(t, k) return t[k] end}) "
      + "while true do pcall(function() return t.x end) end",
    "local t = setmetatable({}, {__concat = function() while true do end end}) return 'x' .. t",
  ])
  func nothingEscapesAKill(body: String) {
    let engine = ScriptEngine()
    engine.host.yieldAfterInstructions = 10000
    var outcome = engine.start(body)
    for _ in 0..<5 where outcome == .yielded { outcome = engine.resume() }
    #expect(outcome == .yielded)
    let reply = engine.kill("ERR Script killed by user with SCRIPT KILL...")
    #expect(reply.hasPrefix("-ERR Script killed by user with SCRIPT KILL... script: "))
    #expect(!engine.isSuspended)
    engine.host.yieldAfterInstructions = .max
    #expect(engine.run("return 1") == .done(":1\r\n"))
  }

  /// Code that cannot be suspended is ended with an error that it cannot catch.
  @Test(arguments: [
    "local m = {__lt = function() while true do end end} "
      + "while true do pcall(table.sort, {setmetatable({}, m), setmetatable({}, m)}) end",
    "local t = setmetatable({}, {__index = function() "
      + "while true do pcall(function() while true do end end) end end}) "
      + "return string.gsub('x', 'x', t)",
    "local t = setmetatable({}, {__index = function() "
      + "local f = coroutine.wrap(function() while true do end end) "
      + "while true do pcall(f) end end}) return string.gsub('x', 'x', t)",
  ])
  func whatCannotBeSuspendedIsAborted(body: String) {
    let engine = ScriptEngine(stuckInstructions: 1_000_000)
    engine.host.yieldAfterInstructions = 10000
    var outcome = engine.start(body)
    for _ in 0..<5 where outcome == .yielded { outcome = engine.resume() }
    #expect(outcome.text.hasPrefix("-ERR Script aborted: "))
    engine.host.yieldAfterInstructions = .max
    #expect(engine.run("return 1") == .done(":1\r\n"))
  }

  /// A host whose clock stands still does not keep a script from being suspended.
  @Test func slicesEndByInstructionCountToo() {
    let engine = ScriptEngine(sliceInstructions: 5000)
    #expect(engine.start("while true do end") == .yielded)
    _ = engine.kill("ERR x")
  }

  @Test(arguments: [
    "return ('x'):rep(1e15)", "return string.rep('', 1e15)", "return ('x'):rep(1e9)",
    "local t = {} for i = 1, 1e9 do t[i] = i end", "local s = 'x' while true do s = s .. s end",
    "local t = {} while true do t = {t} end",
    "return string.format('%99999d', 1)", "return ('x'):rep(1e6):gsub('x', ('y'):rep(1e6))",
    "local a = ('a'):rep(30) return a:find(('a?'):rep(30) .. a)",
    "return ('a'):rep(5000):find(('.-'):rep(20) .. 'b')",
    "return ('a'):rep(400000):find(('a'):rep(200000) .. 'b', 1, true)",
    "return unpack({}, 1, 1e8)", "return unpack({}, -1e15, 1e15)", "table.insert({}, -1e15, 1)",
    "return table.concat({}, '', 1, 1e15)", "return string.byte(('x'):rep(1e7), 1, -1)",
    "return table.insert(setmetatable({}, {__len = function() return 1e15 end}), 1)",
    "return string.char(unpack({}, 1, 7000))",
  ])
  func resourcesAreBounded(body: String) {
    let engine = ScriptEngine(memoryLimitBytes: 64 << 20, stuckInstructions: 100_000_000)
    _ = engine.run(body)
    #expect(engine.run("return 1") == .done(":1\r\n"))
    #expect(engine.usedMemory < 80 << 20)
  }

  @Test func lackOfMemoryCanBeCaught() {
    let engine = ScriptEngine(memoryLimitBytes: 8 << 20)
    #expect(
      engine.reply("local ok, e = pcall(string.rep, 'x', 1e8) return {tostring(ok), e}")
        == "*2\r\n$5\r\nfalse\r\n$17\r\nnot enough memory\r\n")
    #expect(engine.reply("return string.rep('x', 1e8)").hasPrefix("-ERR not enough memory script: "))
    #expect(engine.run("return 1") == .done(":1\r\n"))
  }

  @Test func deepRecursionIsAnError() {
    let engine = ScriptEngine()
    #expect(
      engine.reply("local function f() return 1 + f() end return f()")
        .hasPrefix("-ERR user_script:1: stack overflow script: "))
    #expect(engine.reply("local function f() pcall(f) end f() return 1") == ":1\r\n")
    #expect(
      engine.reply(
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x"
      )
      .hasPrefix("-ERR "))
    #expect(engine.reply("local s = string.rep('(', 300) return loadstring(s)").hasPrefix("$-1"))
  }

  /// A cyclic table ends where a real server ends it.
  @Test func cyclicRepliesEnd() {
    let engine = ScriptEngine()
    let array = engine.reply("local t = {} t[1] = t return t")
    #expect(array.utf8.count == 7995 * 4 + "-ERR reached lua stack limit\r\n".utf8.count)
    let map = engine.reply("local t = {} t.map = t return t")
    #expect(map.hasPrefix("*2\r\n$3\r\nmap\r\n*2\r\n"))
    #expect(map.utf8.count == 2665 * 13 + "-ERR reached lua stack limit\r\n".utf8.count)
  }

  @Test func anEngineIsUsableAfterManyErrors() {
    let engine = ScriptEngine(memoryLimitBytes: 32 << 20)
    for i in 0..<300 { _ = engine.run("local t = {} for i = 1, 1000 do t[i] = {} end error('x\(i)')") }
    #expect(engine.run("return 1") == .done(":1\r\n"))
  }

  @Test func largeArgumentsAreNotKept() {
    let engine = ScriptEngine()
    let big = String(repeating: "x", count: 4 << 20)
    _ = engine.run("return #ARGV[1]", arguments: [big])
    for _ in 0..<20 { _ = engine.run("local t = {} for i = 1, 20000 do t[i] = {} end") }
    #expect(engine.usedMemory < 8 << 20)
  }
}
