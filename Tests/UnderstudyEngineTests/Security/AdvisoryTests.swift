// Advisories: what once crashed, hung or opened a Redis, by the number under which it was published, sent to an engine that
// must answer it with an error or a value and go on. The page Security.md names each with its test here.
//
// To add one: a row in the table whose kind it is, and the number in the page.

@testable import UnderstudyEngine
import Testing

/// One attack: the requests, and what the last reply begins with.
struct Attack: CustomTestStringConvertible, Sendable {
  let advisory: String
  let requests: [[String]]
  let reply: String

  init(_ advisory: String, _ requests: [[String]], _ reply: String) {
    self.advisory = advisory
    self.requests = requests
    self.reply = reply
  }

  /// A script.
  init(_ advisory: String, script: String, _ reply: String) {
    self.init(advisory, [["EVAL", script, "0"]], reply)
  }

  var testDescription: String { "\(advisory): \(requests.last.map { String($0.joined(separator: " ").prefix(80)) } ?? "")" }
}

@Suite struct AdvisoryTests {
  /// Every engine of these tests keeps scripts short: what hangs, fails.
  private let harness: EngineHarness

  init() {
    var configuration = Configuration()
    configuration.scriptDeadline = 60_000
    configuration.emulatedVersion = "8.4.0"
    harness = EngineHarness(configuration)
  }

  private func withstands(_ attack: Attack) {
    let client = harness.client()
    var last = ""
    for request in attack.requests {
      last = client.call(arguments: request)
      // A script of more than one slice; the deadline ends it.
      while last.isEmpty { last = client.pending() }
    }
    #expect(last.hasPrefix(attack.reply), "\(attack.advisory): \(last.prefix(200))")
    #expect(client.call("PING") == "+PONG\r\n")
    #expect(client.call("FLUSHALL") == "+OK\r\n")
  }

  // MARK: Scripts that leave their sandbox

  @Test(arguments: [
    // Bytecode can do what source cannot.
    Attack("CVE-2015-4335", script: "local f, e = loadstring('\\27LuaQ') return {tostring(f), e}", "*2\r\n$3\r\nnil\r\n"),
    Attack(
      "CVE-2015-4335", script: "return tostring(load(function() return nil end, 'x', 'b')) .. tostring(loadfile)",
      "-ERR user_script:1: Script attempted to access nonexistent global variable 'loadfile'"),
    // A library left where scripts find it.
    Attack(
      "CVE-2022-0543", script: "return package.loadlib('libc.so.6', 'system')",
      "-ERR user_script:1: Script attempted to access nonexistent global variable 'package'"),
    Attack("CVE-2022-0543", script: "return os.execute('true')", "-ERR user_script:1: attempt to call field 'execute' (a nil value)"),
    Attack("CVE-2022-0543", script: "return io.open('/etc/passwd')", "-ERR user_script:1: Script attempted to access nonexistent"),
    Attack("CVE-2022-0543", script: "return debug.getinfo(1)", "-ERR user_script:1: Script attempted to access nonexistent"),
    // What one user's script leaves for the scripts of another.
    Attack("CVE-2022-24735", script: "redis.call = function() end", "-ERR user_script:1: Attempt to modify a readonly table"),
    Attack("CVE-2022-24735", script: "rawset(_G, 'x', 1)", "-ERR Attempt to modify a readonly table"),
    Attack("CVE-2022-24735", script: "setmetatable(_G, {})", "-ERR Attempt to modify a readonly table"),
    Attack("CVE-2025-46818", script: "getmetatable('').__index = nil", "-ERR user_script:1: Attempt to modify a readonly table"),
    Attack("CVE-2025-46818", script: "return tostring(getmetatable(1))", "$3\r\nnil\r\n"),
    Attack("CVE-2025-46818", script: "return tostring(getmetatable(true)) .. tostring(getmetatable(print == nil))", "-ERR"),
    // A debugger that works on the server's stack.
    Attack("CVE-2021-32672", [["SCRIPT", "DEBUG", "YES"], ["EVAL", "return 1", "0"]], ":1"),
  ])
  func scriptsStayInTheirSandbox(_ attack: Attack) { withstands(attack) }

  // MARK: Scripts that break the libraries beneath

  @Test(arguments: [
    Attack("CVE-2018-11218", script: "return cmsgpack.unpack('\\219\\255\\255\\255\\255')", "-ERR"),
    Attack("CVE-2018-11218", script: "return cmsgpack.unpack('\\221\\255\\255\\255\\255')", "-ERR"),
    Attack("CVE-2018-11218", script: "return cmsgpack.unpack(string.rep('\\145', 1000000) .. '\\1')", "-ERR"),
    Attack("CVE-2018-11218", script: "local t = {} t[1] = t return #cmsgpack.pack(t)", ":17"),
    Attack("CVE-2018-11219", script: "return struct.unpack('I2147483648', 'xxxx')", "-ERR user_script:1: integral size overflow"),
    Attack("CVE-2018-11219", script: "return struct.pack('>!16i99', 1)", "-ERR user_script:1: integral size 99 is larger"),
    Attack("CVE-2020-14147", script: "return struct.unpack('I4', 'abcd', 9223372036854775807)", "-ERR"),
    Attack("CVE-2020-14147", script: "return struct.unpack('c9223372036854775807', 'abcd')", "-ERR"),
    Attack("CVE-2022-24834", script: "return cjson.encode(string.rep('\\1', 100000)) == nil", "$-1\r\n"),
    Attack("CVE-2022-24834", script: "local t = {} t[1] = t return cjson.encode(t)", "-ERR user_script:1: Cannot serialise"),
    Attack("CVE-2022-24834", script: "return cjson.decode(string.rep('[', 100000))", "-ERR user_script:1: Found too many nested"),
    Attack("CVE-2024-31449", script: "return bit.tohex(65535, -2147483648)", "$8\r\n0000FFFF\r\n"),
    Attack("CVE-2025-46817", script: "return {unpack({0, 0}, 9223372036854775806, 9223372036854775807)}", "*0\r\n"),
    Attack("CVE-2025-46817", script: "return {unpack({1, 2, 3}, -2, 2147483647)}", "-ERR user_script:1: too many results to unpack"),
    Attack("CVE-2021-32626", script: "return redis.call('RPUSH', 'l', unpack({}, 1, 8000))", "-ERR user_script:1: too many results"),
    Attack("CVE-2021-32626", script: "local function f() return 1 + f() end return f()", "-ERR user_script:1: stack overflow"),
  ])
  func librariesCheckWhatTheyAreGiven(_ attack: Attack) { withstands(attack) }

  // MARK: Scripts that break the compiler or the collector

  @Test(arguments: [
    Attack("CVE-2022-24736", [["EVAL", "", "0"]], "$-1\r\n"),
    Attack("CVE-2022-24736", [["EVAL", "#!lua", "0"]], "-ERR Invalid script shebang"),
    Attack("CVE-2022-24736", [["FUNCTION", "LOAD", "#!lua name=x"]], "-ERR"),
    Attack("CVE-2025-46819", script: "return [" + String(repeating: "=", count: 100_000), "-ERR Error compiling script"),
    Attack("CVE-2025-46819", script: "return [" + String(repeating: "=", count: 50_000) + "[x]", "-ERR Error compiling script"),
    Attack("CVE-2025-46819", script: "return '" + String(repeating: "\\", count: 50_001), "-ERR Error compiling script"),
    Attack(
      "CVE-2025-49844",
      script: "for i = 1, 300 do loadstring('return ' .. i, string.rep('x', i)) collectgarbage() end return 1", ":1"),
    // Finalizers would run when no script does.
    Attack(
      "CVE-2024-46981",
      [
        ["EVAL", "setmetatable({}, {__gc = function() redis.call('SET', 'gc', '1') end}) return 1", "0"],
        ["EVAL", "collectgarbage() return 1", "0"], ["SCRIPT", "FLUSH"], ["EXISTS", "gc"],
      ], ":0"),
  ])
  func compilerAndCollectorHold(_ attack: Attack) { withstands(attack) }

  // MARK: Numbers that overflow

  private static let most = "9223372036854775807", least = "-9223372036854775808"

  @Test(arguments: [
    Attack("CVE-2021-29477", [["SET", "k", "abc"], ["LCS", "k", "k", "IDX", "MINMATCHLEN", most]], "*4"),
    Attack("CVE-2021-32761", [["BITFIELD", "k", "GET", "u63", most]], "-ERR bit offset is not an integer or out of range"),
    Attack("CVE-2021-32761", [["BITFIELD", "k", "SET", "u8", "#\(most)", "1"]], "-ERR bit offset"),
    Attack("CVE-2022-35977", [["SETRANGE", "k", most, "x"]], "-ERR string exceeds maximum allowed size"),
    Attack("CVE-2022-35977", [["RPUSH", "l", "1"], ["SORT", "l", "LIMIT", most, most]], "*0"),
    Attack(
      "CVE-2022-35951",
      [["XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"], ["XAUTOCLAIM", "s", "g", "c", "0", "0", "COUNT", most]],
      "-ERR COUNT must be"),
    Attack("CVE-2023-22458", [["HSET", "h", "f", "1"], ["HRANDFIELD", "h", least, "WITHVALUES"]], "-ERR value is out of range"),
    Attack("CVE-2023-22458", [["ZADD", "z", "1", "m"], ["ZRANDMEMBER", "z", least, "WITHSCORES"]], "-ERR value is out of range"),
    Attack("CVE-2023-25155", [["SADD", "s", "a"], ["SRANDMEMBER", "s", least]], "-ERR value is out of range"),
    Attack("CVE-2023-28856", [["HSET", "h", "f", "1"], ["HINCRBYFLOAT", "h", "f", "nan"], ["HGET", "h", "f"]], "$1\r\n1\r\n"),
    Attack("CVE-2021-41099", [["CONFIG", "SET", "proto-max-bulk-len", "18446744073709551615"]], "-ERR CONFIG SET failed"),
    Attack("CVE-2021-32687", [["CONFIG", "SET", "set-max-intset-entries", most], ["SADD", "s", "1", "2"], ["SMEMBERS", "s"]], "*2"),
    Attack("CVE-2023-36824", [["COMMAND", "GETKEYS", "ZMPOP", most, "a", "MIN"]], "-ERR Invalid arguments"),
    Attack("CVE-2023-36824", [["COMMAND", "GETKEYS", "EVAL", "x", "2147483647", "a"]], "*0\r\n"),
  ])
  func numbersDoNotOverflow(_ attack: Attack) { withstands(attack) }

  // MARK: Values and arguments that are not what they claim to be

  /// The heads of HyperLogLogs.
  private static let dense = "HYLL" + String(repeating: "\0", count: 12), sparse = "HYLL\u{1}" + String(repeating: "\0", count: 11)

  @Test(arguments: [
    Attack("CVE-2018-12453", [["SET", "k", "v"], ["XGROUP", "CREATE", "k", "g", "$"]], "-WRONGTYPE"),
    Attack("CVE-2019-10192", [["SET", "p", sparse + "\u{7f}"], ["PFMERGE", "q", "p"]], "-INVALIDOBJ"),
    Attack("CVE-2019-10193", [["SET", "p", dense], ["PFCOUNT", "p"]], "-WRONGTYPE Key is not a valid HyperLogLog"),
    Attack("CVE-2025-32023", [["SET", "p", sparse + String(repeating: "\u{7f}", count: 17)], ["PFMERGE", "q", "p"]], "-INVALIDOBJ"),
    Attack("CVE-2023-28425", [["MSETNX", "k", "a", "k", "b"], ["GET", "k"]], "$1\r\nb\r\n"),
    Attack("CVE-2024-31227", [["ACL", "SETUSER", "u", "%~x"]], "-ERR Error in ACL SETUSER modifier"),
    Attack("CVE-2024-51741", [["ACL", "SETUSER", "u", "(%)"]], "-ERR Error in ACL SETUSER modifier"),
    Attack("CVE-2024-51741", [["ACL", "SETUSER", "u", "(+get"]], "-ERR Unmatched parenthesis in acl selector starting at '(+get'"),
    Attack("CVE-2025-62507", [["XACKDEL", "s", "g", "IDS", "100"] + (1...100).map { "\($0)-0" }], "*100"),
  ])
  func valuesAreChecked(_ attack: Attack) { withstands(attack) }

  /// CVE-2022-36021, CVE-2024-31228: patterns that take exponential time, or a frame of the stack for each character.
  @Test func patternsAreMatchedInBoundedTime() {
    let client = harness.client()
    client.call("SET", String(repeating: "a", count: 2_000), "1")
    let patterns = [("a*", 500), ("*?", 5_000), ("[a-", 5_000)].map { String(repeating: $0, count: $1) + "b" }
    for pattern in patterns {
      #expect(client.call("KEYS", pattern).hasPrefix("*"))
      #expect(client.call("SCAN", "0", "MATCH", pattern).hasPrefix("*2"))
      #expect(client.call("PUBSUB", "CHANNELS", pattern) == "*0\r\n")
    }
  }

  /// CVE-2021-32675: clients that have not said who they are and ask for memory.
  @Test(arguments: ["*11\r\n", "*1\r\n$16385\r\n", "*1000000\r\n"])
  func strangersGetNoMemory(_ request: String) {
    harness.client().call("CONFIG", "SET", "requirepass", "x")
    let (text, isClosed) = harness.client().rawAndClose(request)
    #expect(text.hasPrefix("-ERR Protocol error: unauthenticated") && isClosed)
  }

  /// CVE-2021-21309: lengths near the end of what numbers hold.
  @Test(arguments: ["*1\r\n$9223372036854775807\r\n", "*9223372036854775807\r\n", "*1\r\n$-9223372036854775808\r\n"])
  func lengthsAreBounded(_ request: String) {
    let (text, isClosed) = harness.client().rawAndClose(request)
    #expect(text.hasPrefix("-ERR Protocol error: invalid") && isClosed)
  }

  /// CVE-2023-41053: SORT_RO reads keys that the user may not read.
  @Test func sortReadsNoForbiddenKey() {
    let client = harness.client()
    client.call("SET", "secret1", "x")
    client.call("RPUSH", "list", "1")
    client.call("ACL", "SETUSER", "reader", "on", "nopass", "+@all", "~list")
    client.call("AUTH", "reader", "")
    for command in ["SORT", "SORT_RO"] {
      #expect(client.call(command, "list", "GET", "secret*").hasPrefix("-ERR GET option of SORT denied"))
      #expect(client.call(command, "list", "BY", "secret*").hasPrefix("-ERR BY option of SORT denied"))
    }
  }
}
