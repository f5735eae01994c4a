// Nothing a script does shows in the next one, and nothing it finds leads out of the sandbox.

import Testing

@Suite struct SandboxTests {
  /// What a script sees, as one text: globals, the libraries' functions, and whether they still work.
  private static let inventory = """
    local seen, lines = {}, {}
    local function walk(name, t)
      if seen[t] then return end
      seen[t] = true
      for k, v in pairs(t) do
        lines[#lines + 1] = name .. '.' .. tostring(k) .. ':' .. type(v)
        if type(v) == 'table' and k ~= 'KEYS' and k ~= 'ARGV' then walk(name .. '.' .. tostring(k), v) end
      end
    end
    walk('_G', _G)
    walk('string metatable', getmetatable(''))
    lines[#lines + 1] = ('x'):rep(3) .. table.concat({1, 2}) .. math.max(1, 2) .. tostring(redis.call('get', 'k'))
    lines[#lines + 1] = tostring(getmetatable(_G)) .. tostring(getmetatable(redis)) .. #KEYS .. #ARGV
    table.sort(lines)
    return table.concat(lines, ' ')
    """

  @Test(arguments: Self.escapes)
  func noEscape(body: String) {
    let engine = ScriptEngine(memoryLimitBytes: 64 << 20, stuckInstructions: 50_000_000)
    let before = engine.reply(Self.inventory)
    #expect(!before.hasPrefix("-"))
    _ = engine.run(body, keys: ["a"], arguments: ["b"])
    _ = engine.run("pcall(function() \(body) end) return pcall(function() \(body) end)")
    _ = engine.run("return coroutine.wrap(function() \(body) end)()")
    #expect(engine.reply(Self.inventory) == before)
  }

  static let escapes = [
    // Globals.
    "x = 1", "_G.x = 1", "_G['x'] = 1", "rawset(_G, 'x', 1)", "redis = nil", "KEYS = nil", "_G._G = {}",
    "_ENV = nil", "_ENV = {}", "_ENV.x = 1", "local _ENV = {} x = 1", "_ENV._ENV = 1", "string = nil",
    "for k in pairs(_G) do _G[k] = nil end", "for k in pairs(_G) do rawset(_G, k, nil) end",
    "setmetatable(_G, nil)", "setmetatable(_G, {__index = function() return 1 end})",
    "setmetatable(_G, {__newindex = function() end}) x = 1", "getmetatable(_G).__index = nil",
    "getmetatable(_G).__newindex = nil", "debug.setmetatable(_G, nil)",
    "table.insert(_G, 1)", "table.remove(_G)", "table.sort(_G)", "table.setn(_G, 1)", "_G[1] = 1",
    "local g = _G g.x = 1", "next(_G)", "unpack(_G)", "ipairs(_G)",
    "for k, v in next, _G do if type(v) == 'table' then v.x = 1 end end",
    "table.foreach(_G, function(k, v) if type(v) == 'table' then rawset(v, 'x', 1) end end)",
    // Libraries.
    "redis.call = nil", "rawset(redis, 'call', nil)", "redis.x = 1", "string.format = nil", "string.x = 1",
    "rawset(string, 'rep', nil)", "table.concat = nil", "math.max = nil", "math.pi = 3",
    "coroutine.wrap = nil",
    "table.insert(redis, 'x')", "table.insert(string, 1, 'x')", "table.insert(math, 'x')",
    "setmetatable(redis, {})", "setmetatable(string, {})", "getmetatable(redis).__index.call = nil",
    "getmetatable('').__index = nil", "getmetatable('').__index.rep = nil", "getmetatable('').__add = nil",
    "getmetatable('').x = 1", "rawset(getmetatable(''), '__index', nil)",
    "setmetatable(getmetatable(''), {})",
    "rawset(getmetatable('').__index, 'rep', nil)",
    "for k in pairs(getmetatable('')) do rawset(string, k, 1) end",
    "(''):__join(1, 2)", "('').__join = nil", "string.__join = 1",
    // Ways out.
    "return require('os')", "return io.open('/etc/passwd')", "return os.execute('true')",
    "return dofile('/etc/passwd')",
    "return loadfile('/etc/passwd')", "return package.loaded", "return debug.getregistry()", "print(1)",
    "warn('@on')",
    "return string.dump(function() end)", "return getfenv(1)", "setfenv(1, {})", "return newproxy(true)",
    "return collectgarbage('stop')", "return collectgarbage('setpause', 0)", "return utf8.char(1)",
    "return string.pack('i', 1)", "return table.move({}, 1, 1, 1)", "return table.pack(1)",
    "return rawlen(_G)",
    "return loadstring('x = 1')()", "return loadstring('_ENV = nil')()", "return loadstring('_G.x = 1')()",
    "return load(function() return nil end)()", "return loadstring('\\27Lua')",
    "return loadstring(string.char(27, 76, 117, 97, 84, 0, 25, 147))",
    "return loadstring('return _ENV')()", "local f = loadstring('return ...') return f(_G)",
    "return coroutine.wrap(function() return _ENV end)()",
    "return coroutine.create(function() return _G end)",
    // Metamethods that would run later, or where nobody expects them.
    "setmetatable({}, {__gc = function() x = 1 end}) collectgarbage()",
    "local m = {} m.__gc = function() end local t = setmetatable({}, m) t = nil collectgarbage()",
    "setmetatable({}, {__mode = 'k', __gc = 1})",
    "local t = setmetatable({}, {__metatable = 1}) setmetatable(t, {})",
    "return setmetatable({}, {__index = function() _G.x = 1 end})[1]",
    "return tostring(setmetatable({}, {__tostring = function() x = 1 end}))",
    "error(setmetatable({}, {__tostring = function() while true do end end}))",
    "error({1, 2})", "error({code = 5})", "error(nil)", "error()", "error(function() end)",
    "error(coroutine.create(function() end))", "return {err = setmetatable({}, {__index = _G})}",
    "return setmetatable({}, {__concat = function(a, b) return a end}) .. 'x'",
    "local t = {} t[1] = t return t", "local t = {} t.map = t return t",
    "local t = {} t.set = {[t] = 1} return t",
    // State that a library keeps.
    "redis.setresp(3)", "redis.set_repl(redis.REPL_NONE)", "redis.replicate_commands()", "math.randomseed(7)",
    "redis.breakpoint()", "redis.debug('x')", "redis.log(redis.LOG_WARNING, 'x')",
  ]

  /// A chain of `..` with metamethods that make the stack move: the VM itself must never see it.
  @Test func concatenationWithMetamethodsIsSafe() {
    let engine = ScriptEngine()
    let body = """
      local function deep(n) if n > 0 then return deep(n - 1) .. '' end return 'x' end
      local m = {__concat = function(a, b) deep(150) collectgarbage() return type(a) .. type(b) end}
      local t = setmetatable({}, m)
      local r = {}
      for i = 1, 50 do r[i] = 'a' .. t .. i .. t .. 'b' .. {} == nil end
      return r
      """
    _ = engine.run(body)
    #expect(
      engine.reply(
        "local t = setmetatable({}, {__concat = function(a, b) return 'c' end}) "
          + "return 'a' .. t .. 'b' .. t") == "$2\r\nac\r\n")
    #expect(
      engine.reply(
        "local t = setmetatable({}, {__concat = function(a, b) return (type(a) == 'table' and 't' or a) .. "
          + "(type(b) == 'table' and 't' or b) end}) return 'a' .. t .. 'b' .. 1.0 .. t")
        == "$5\r\natb1t\r\n")
  }

  @Test func whatStrictModeRefuses() {
    let strict = ScriptEngine(strict: true)
    #expect(strict.reply("return redis.call('KEYS', '*')").hasPrefix("-ERR KEYS is refused inside scripts: "))
    #expect(strict.reply("return redis.pcall('keys', '*').err").hasPrefix("$"))
    #expect(strict.reply("return math.random()").hasPrefix("-ERR user_script:1: math.random is refused"))
    #expect(strict.reply("math.randomseed(1)").hasPrefix("-ERR user_script:1: math.randomseed is refused"))
    #expect(strict.host.calls.isEmpty)
    let loose = ScriptEngine(strict: false)
    loose.host.canned["KEYS"] = "*1\r\n$1\r\na\r\n"
    #expect(loose.reply("return redis.call('keys', '*')") == "*1\r\n$1\r\na\r\n")
    let dice = "local t = {} for i = 1, 8 do t[i] = math.random(1000) end return table.concat(t, ' ')"
    #expect(ScriptEngine(seed: 7).reply(dice) == ScriptEngine(seed: 7).reply(dice))
    #expect(ScriptEngine(seed: 7).reply(dice) != ScriptEngine(seed: 8).reply(dice))
  }

  /// The order of `pairs` is the same in every state.
  @Test func pairsHasOneOrder() {
    let body = """
      local t, r = {10, 20, z = 1, a = 2, [-1] = 3, [2.5] = 4, [true] = 5, [100] = 6, aa = 7}, {}
      for k, v in pairs(t) do r[#r + 1] = tostring(k) if k == 'a' then t.z = nil end end
      return table.concat(r, ' ')
      """
    for _ in 0..<5 { #expect(ScriptEngine().reply(body) == "$24\r\n1 2 100 -1 2.5 a aa true\r\n") }
  }

  @Test func versionsDifferInWhatTheyOffer() {
    #expect(
      ScriptEngine(version: 0x0007_000f).reply("return os").hasPrefix("-ERR user_script:1: Script attempted"))
    #expect(ScriptEngine(version: 0x0007_0400).reply("return type(os.clock())") == "$6\r\nnumber\r\n")
    #expect(ScriptEngine(version: 0x0008_0201).reply("return redis.REDIS_VERSION") == "$5\r\n8.2.1\r\n")
  }

  @Test func logsReachTheHost() {
    let engine = ScriptEngine()
    _ = engine.run("redis.log(redis.LOG_NOTICE, 'a', 1, 2.5, {}, 'b')")
    #expect(engine.host.logged.first?.level == 2)
    #expect(engine.host.logged.first?.message == "a 1 2.5  b")
  }
}
