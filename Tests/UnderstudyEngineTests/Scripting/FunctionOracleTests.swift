// FUNCTION and FCALL, each call made to an engine and to a live redis-server, in both protocols. Libraries are listed one
// at a time: a real server's order of several is that of a hash table.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "FunctionOracleTests")))
struct FunctionOracleTests {
  private func compare(
    _ calls: [[String]], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let both = try OracleComparison()
    for version in [2, 3] {
      _ = try both.replies(["FUNCTION", "FLUSH"], protocol: version)
      _ = try both.replies(["FLUSHALL"], protocol: version)
      for call in calls {
        let (ours, theirs) = try both.replies(call, protocol: version)
        #expect(ours == theirs, "\(call) in RESP\(version)", sourceLocation: sourceLocation)
      }
    }
  }

  private func load(_ code: String, _ options: String...) -> [String] { ["FUNCTION", "LOAD"] + options + [code] }

  @Test func theFirstLine() throws {
    let register = "redis.register_function('f', function() end)"
    let codes = [
      "", "x", "#!lua name=a", "#!lua name=a\n", "#!lua name=a\nreturn 1", "#!lua\nreturn 1", "#!lua \nreturn 1",
      "#!lua name=\nreturn 1", "#!lua name=a-b\nreturn 1", "#!lua name=a name=b\nreturn 1", "#!lua foo=a\nreturn 1",
      "#!lua name=a foo\nreturn 1", "#!LUA NAME=a\n\(register)", "#!js name=a\nreturn 1", "#!js name=a-b\nreturn 1",
      "#! name=a\nreturn 1", "#!\nreturn 1", "#!\"lua name=a\nreturn 1", "#!lua name='c'\n\(register)",
      "#!lua name=\"q q\"\nreturn 1", "#!lua name=é\nreturn 1", "#!lua\tname=d  \r\n\(register)", "#!lua name=a\0\nx",
      "#!lua foo\0bar name=a\nreturn 1", "#!lua name=\(String(repeating: "x", count: 200))\nreturn 1",
    ]
    try compare(codes.flatMap { [load($0, "REPLACE"), ["FUNCTION", "FLUSH"]] })
  }

  @Test func namesThatAreTaken() throws {
    let f = "redis.register_function('f', function() return 1 end)"
    let g = "redis.register_function('g', function() return 2 end)"
    try compare([
      load("#!lua name=a\n\(f)"), load("#!lua name=a\n\(g)"), load("#!lua name=b\n\(f)"),
      load("#!lua name=b\n\(g)\(f)"), load("#!lua name=b\n\(g)\(g)"),
      load("#!lua name=b\nredis.register_function('F', function() end)"), ["FCALL", "f", "0"], ["FCALL", "g", "0"],
      load("#!lua name=a\n\(g)", "replace"), ["FCALL", "f", "0"], ["FCALL", "g", "0"],
      load("#!lua name=a\nerror(1)", "REPLACE"), load("#!lua name=a\nreturn 1", "REPLACE"), ["FCALL", "g", "0"],
      load("#!lua name=a\n\(f)", "REPLACE", "REPLACE"), load("#!lua name=a\n\(f)", "FOO"), load("a", "b", "c"),
      load("#!lua name=A\n\(g)"), ["FCALL", "G", "0"], ["FUNCTION", "DELETE", "A"], ["FUNCTION", "DELETE", "A"],
      ["FCALL", "g", "0"], ["FUNCTION", "LIST"], ["FUNCTION", "STATS"],
      load("#!lua name=b\n\(g)"), load("#!lua name=b\n\(f)", "REPLACE"), ["FCALL", "g", "0"],
    ])
  }

  @Test func registration() throws {
    let calls = [
      "", "'x'", "'x', 1", "1, F", "'', F", "'a b', F", "'x', F, {}, 1", "'x', F, {}", "{}, F", "'x', F, nil", "{}", "1",
      "nil, F", "true, F", "'x', redis.log", "'a\\0b', F", "'é', F", "12345678901234567890, F", "1.5, F",
      "{function_name = 'x'}", "{callback = F}", "{function_name = 'x', callback = 1}",
      "{function_name = 'x', callback = redis.log}", "{function_name = 1, callback = F}",
      "{function_name = {}, callback = F}", "{function_name = 'x', callback = F, description = 1}",
      "{function_name = 'x', callback = F, description = {}}",
      "{function_name = 'x', callback = F, description = 'a\\0b\\r\\n'}",
      "{function_name = 'x', callback = F, description = ''}", "{function_name = 'x', callback = F, flags = 1}",
      "{function_name = 'x', callback = F, flags = {'foo'}}", "{function_name = 'x', callback = F, flags = {1}}",
      "{function_name = 'x', callback = F, flags = {a = 'no-writes'}}", "{function_name = 'x', callback = F, foo = 'no'}",
      "{function_name = 'x', callback = F, [1] = 'no-writes'}", "{function_name = 'x.y', callback = F}",
      "{function_name = 'x', callback = F, [{}] = 'no-writes'}", "{function_name = 'x', callback = F, flags = {{}}}",
      "{function_name = 'x', callback = F, flags = {'no-writes', nil, 'zz'}}",
      "{function_name = 'x', callback = F, flags = {'NO-WRITES'}}",
      "{FUNCTION_NAME = 'x', Callback = F, flags = {'allow-cross-slot-keys', 'no-writes', 'allow-oom', 'allow-stale', "
        + "'no-cluster', 'no-writes'}}",
    ]
    try compare(
      calls.flatMap {
        [
          load("#!lua name=c\nlocal function F(k, a) return {#k, #a} end\nredis.register_function(\($0))", "REPLACE"),
          ["FUNCTION", "LIST", "WITHCODE"],
        ]
      })
  }

  /// What the code of a library sees while it is loaded, and what becomes of its errors.
  @Test func theGlobalsOfLoading() throws {
    let names =
      "server _G _VERSION string table math bit cjson cmsgpack struct pcall error assert ipairs pairs next type tostring "
      + "tonumber setmetatable getmetatable rawget rawset select unpack load loadstring xpcall coroutine os debug print "
      + "collectgarbage gcinfo KEYS ARGV newproxy redis.call redis.pcall redis.register_function redis.log redis.setresp "
      + "redis.sha1hex redis.error_reply redis.status_reply redis.set_repl redis.REPL_ALL redis.LOG_DEBUG "
      + "redis.LOG_NOTICE redis.LOG_WARNING redis.LOG_VERBOSE redis.REDIS_VERSION redis.breakpoint redis.debug "
      + "redis.replicate_commands redis.acl_check_cmd redis.REPL_NONE redis.nosuch"
    let register = "redis.register_function('f', function() return {type(x), tonumber(x)} end)"
    let codes =
      names.split(separator: " ").map { "local x = \($0) \(register)" } + [
        "x = 1", "return ]", "\n\nreturn nosuch", "redis.x = 1", "redis.call('ping')", "return redis[1]", "return redis[{}]",
        "local x = ('a'):upper() .. 1 + 1 \(register)", "redis.log(1)", "redis.log(9, 'x')", "return 1 .. {}",
        "return #redis", "local r = redis \(register) return r.foo.bar", "return ...", "\(register) return f",
        "redis.register_function = 1", "local a <const> = 1",
      ]
    try compare(codes.flatMap { [load("#!lua name=c\n" + $0, "REPLACE"), ["FCALL", "f", "0"]] })
  }

  private static let library = """
    #!lua name=lib
    local n = 0
    local loading = redis
    local function add(name, callback, flags)
      redis.register_function{function_name = name, callback = callback, flags = flags}
    end
    add('count', function(keys, args) n = n + 1 return n end)
    add('unknown', function() return foo end)
    add('assign', function() foo = 1 end)
    add('field', function() return redis.foo end)
    add('late', function() loading.register_function('z', function() end) end)
    add('later', function() return loading.call('ping') end)
    add('again', function() redis.register_function('z', function() end) end)
    add('fails', function() error('my err') end)
    add('fails2', function() return redis.call('foo') end)
    add('fails3', function() return redis.call('incr', 'x', 'y', 'z') end)
    add('fails4', function() error({err = 'MY err'}) end)
    add('fails5', function() return redis.error_reply('MY err') end)
    add('fails6', function() return math.foo.x end)
    add('fails7', function() return redis.call('lpush', 'k', 'x') end)
    add('caught', function() local ok, e = pcall(redis.call, 'foo') return {ok, e} end)
    add('set', function(k, a) return redis.call('set', k[1], a[1]) end)
    add('get', function(k, a) return redis.call('get', k[1]) end, {'no-writes'})
    add('getset', function(k, a) return redis.call('set', k[1], a[1]) end, {'no-writes'})
    add('args', function(...) return {select('#', ...), ({...})[1], ({...})[2], #({...})[1], #({...})[2]} end)
    add('keys', function(k) return KEYS end)
    add('argv', function(k) return ARGV end)
    add('text', function(k) return loadstring('return redis.call("ping")')() end)
    add('text2', function(k) return loadstring('return KEYS')() end)
    add('fcall', function(k) return redis.call('fcall', 'count', 0) end)
    add('eval', function(k) return redis.call('eval', 'return 1', 0) end)
    add('list', function(k) return redis.call('function', 'list') end)
    add('map', function(k) redis.setresp(3) return {map = {a = 1}} end)
    add('three', function(k) redis.setresp(3) return redis.call('hgetall', 'h') end)
    add('bool', function(k) return true end)
    add('yield', function(k) coroutine.yield(1) end)
    add('json', function(k) return cjson.encode({1, 2}) end)
    add('globals', function()
      local r = {} for k in pairs(_G) do r[#r + 1] = k end table.sort(r) return table.concat(r, ' ')
    end)
    add('redis', function()
      local r = {} for k in pairs(redis) do r[#r + 1] = k end table.sort(r) return table.concat(r, ' ')
    end)
    """

  @Test func calling() throws {
    var calls = [load(Self.library), ["HSET", "h", "a", "1"]]
    calls += [
      "count 0", "COUNT 0", "count 1", "count -1", "count x", "count 0x", "nosuch 0", "nosuch x", "nosuch -1",
      "count 99999999999999999999", "count 9223372036854775807", "count 01", "unknown 0", "assign 0", "field 0", "late 0",
      "later 0", "again 0", "fails 0", "FAILS 0", "fails2 0", "fails3 0", "fails4 0", "fails5 0", "fails6 0", "set 1 k v",
      "fails7 0", "caught 0", "get 1 k", "getset 1 k w", "args 2 a b c", "args 0", "keys 0", "argv 0", "text 0", "text2 0",
      "fcall 0", "eval 0", "list 0", "map 0", "three 0", "bool 0", "yield 0", "json 0", "redis 0", "count 0",
    ].flatMap { line in
      let words = line.split(separator: " ").map { String($0) }
      return [["FCALL"] + words, ["FCALL_RO"] + words]
    }
    calls += [
      ["FCALL", "count"], ["FUNCTION"], ["FUNCTION", "STATS"], ["SCRIPT", "FLUSH"], ["FCALL", "count", "0"],
      ["FLUSHALL"], ["FCALL", "count", "0"], ["EVAL", "return redis.call('fcall', 'count', 0)", "0"],
      ["EVAL", "return redis.register_function('x', function() end)", "0"], ["MULTI"], ["FCALL", "count", "0"],
      ["FUNCTION", "DELETE", "lib"], ["FCALL", "count", "0"], ["EXEC"],
    ]
    try compare(calls)
  }

  /// The globals of functions, but for those that are not there.
  @Test func theGlobalsOfFunctions() throws {
    try compare([load(Self.library), ["FCALL", "globals", "0"]])
  }

  @Test func subcommands() throws {
    let read = """
      #!lua name=lib
      redis.register_function{
        function_name = 'read', callback = function(k) return redis.call('get', k[1]) end, flags = {'no-writes'},
        description = 'reads'}
      """
    try compare(
      [load(read)]
        + [
          "STATS", "STATS x", "LIST", "LIST x", "LIST LIBRARYNAME", "LIST LIBRARYNAME x", "LIST LIBRARYNAME * LIBRARYNAME *",
          "LIST WITHCODE WITHCODE", "LIST WITHCODE LIBRARYNAME LI?", "LIST LIBRARYNAME [a-m]* WITHCODE", "KILL", "KILL x",
          "DELETE", "DELETE nosuch", "DELETE lib x", "FLUSH x", "FLUSH sync x", "FLUSH SYNC async", "foo", "LOAD",
          "LOAD a b", "DUMP", "DUMP x", "RESTORE", "RESTORE x", "RESTORE x y", "RESTORE x FLUSH y", "RESTORE x FLUSH",
          "LIST", "FLUSH ASYNC", "LIST", "STATS", "DUMP", "FLUSH sync", "FLUSH",
        ].map { ["FUNCTION"] + $0.split(separator: " ").map { String($0) } })
    try compare(
      [
        "GETKEYS FCALL f 2 a b c", "GETKEYSANDFLAGS FCALL f 2 a b c", "GETKEYSANDFLAGS FCALL_RO f 2 a b c",
        "GETKEYS FCALL f 0", "GETKEYS FCALL f 1",
      ].map { ["COMMAND"] + $0.split(separator: " ").map { String($0) } })
  }

  // MARK: Payloads

  private func bulk(_ reply: [UInt8]) -> [UInt8] {
    guard let end = reply.firstIndex(of: 10) else { return [] }
    return Array(reply[(end + 1)...].dropLast(2))
  }

  private func payload(_ body: [UInt8], version: UInt16 = 10) -> [UInt8] {
    var bytes = body
    DumpFooter.append(to: &bytes, version: version)
    return bytes
  }

  private func dump(_ codes: String...) -> [UInt8] {
    var writer = RDBWriter(version: 10, compresses: true)
    for code in codes {
      writer.byte(RDBOpcode.function)
      code.withBytes { writer.string($0) }
    }
    return payload(writer.bytes)
  }

  /// What one has written is what the other writes, and reads.
  @Test func dumpsAreTheSame() throws {
    let both = try OracleComparison()
    let long = String(repeating: "-- and on and on\n", count: 200)
    for code in [
      "#!lua name=a\nredis.register_function('f',function() return 1 end)", "#!lua name=b\n\(long)redis.register_function('f', redis.log)",
      Self.library,
    ] {
      _ = try both.expectSame(["FUNCTION", "FLUSH"], seed: 0)
      _ = try both.expectSame(["FUNCTION", "LOAD", CallArgument(code)], seed: 0)
      let payload = bulk(try both.expectSame(["FUNCTION", "DUMP"], seed: 0))
      for policy in ["APPEND", "REPLACE", "FLUSH"] {
        _ = try both.expectSame(["FUNCTION", "RESTORE", CallArgument(payload), CallArgument(policy)], seed: 0)
        _ = try both.expectSame(["FUNCTION", "LIST", "WITHCODE", "LIBRARYNAME", "?"], seed: 0)
      }
    }
  }

  @Test func restoring() throws {
    func library(_ name: String, _ functions: String...) -> String {
      "#!lua name=\(name)\n" + functions.map { "redis.register_function('\($0)', function() return '\(name)' end)" }.joined()
    }
    let both = try OracleComparison()
    let (a, b) = (library("a", "f"), library("b", "g", "h"))
    _ = try both.expectSame(["FUNCTION", "LOAD", CallArgument(a)], seed: 0)
    let payloads: [[UInt8]] = [
      dump(a), dump(a, b), dump(b, library("c", "F")), dump(library("d", "f")), dump(a, a), dump(library("a", "x"), b),
      dump(library("a", "g"), b), dump("#!lua name=a\nredis.nosuch()"), dump("x"), dump("#!lua name=e\nreturn 1"),
      payload([]), payload([0, 1, 118]), payload([255]), payload([245]), payload([245, 0xc0, 1]),
      payload([245, 0x7f, 0xff, 1, 2, 3]), [], [1, 2, 3], payload(Array(dump(a).dropLast(10)), version: 9),
      payload(Array(dump(a).dropLast(10)), version: 11), dump(library("z", "z")) + [0],
    ]
    for policy in ["APPEND", "REPLACE", "FLUSH"] {
      for payload in payloads {
        _ = try both.expectSame(["FUNCTION", "FLUSH"], seed: 0)
        _ = try both.expectSame(["FUNCTION", "LOAD", CallArgument(a)], seed: 0)
        _ = try both.expectSame(["FUNCTION", "RESTORE", CallArgument(payload), CallArgument(policy)], seed: 0)
        for name in ["f", "g", "h", "x"] { _ = try both.expectSame(["FCALL", CallArgument(name), "0"], seed: 0) }
        for name in ["a", "b", "c", "d"] {
          // Functions of one library, too, stand in the order of a hash table.
          let list = try both.bytes(["FUNCTION", "LIST", "LIBRARYNAME", CallArgument(name)])
          #expect(list.ours.sorted() == list.theirs.sorted())
        }
        _ = try both.expectSame(["FUNCTION", "STATS"], seed: 0)
      }
    }
  }
}
