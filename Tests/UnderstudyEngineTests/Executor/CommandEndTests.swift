// What follows a command's reply also follows that of one which was stopped on its way: a script of several slices, a
// client that waited, DEBUG SLEEP. Expectations are what redis-server 7.0.15 says to the same calls.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite struct CommandEndTests {
  private let harness: EngineHarness
  private static let loop = "local n = 0 while n < 8000000 do n = n + 1 end "

  init() {
    var configuration = Configuration()
    configuration.emulatedVersion = "7.0.0"
    configuration.debugCommand = .yes
    harness = EngineHarness(configuration)
  }

  /// What a client reads until it has read `end`.
  private func read(_ client: HarnessClient, until end: String, _ start: String = "") throws -> String {
    var text = start
    try wait(until: "a client has read \(end)") {
      text += client.pending()
      return text.hasSuffix(end)
    }
    return text
  }

  /// Commands that are stopped, and what another client does to end them.
  private static let stopped: [(call: [String], ending: [String])] = [
    (["BLPOP", "nk", "0"], ["LPUSH", "nk", "v"]), (["BLPOP", "nk", "0.02"], []), (["XREAD", "BLOCK", "20", "STREAMS", "x", "$"], []),
    (["WAIT", "1", "20"], []), (["DEBUG", "SLEEP", "0.02"], []), (["BRPOP", "nk", "0"], ["CLIENT", "UNBLOCK", "1", "ERROR"]),
    (["EVAL", loop + "return 1", "0"], []), (["EVAL", loop + "return {err='MY e'}", "0"], []), (["FCALL", "f", "0"], []),
    (["EVAL", "while true do end", "0"], ["SCRIPT", "KILL"]),
  ]

  private func clients() -> (one: HarnessClient, two: HarnessClient) {
    let (one, two) = (harness.client(), harness.client())
    two.call("FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() \(Self.loop) return 1 end)")
    two.call("CONFIG", "SET", "busy-reply-threshold", "1")
    return (one, two)
  }

  private func end(_ ending: [String], _ two: HarnessClient) throws {
    if ending.isEmpty { return }
    let frame = HarnessClient.frame(ending)
    if ending[0] == "SCRIPT" {
      // Held until the script is over its time limit.
      _ = try read(two, until: "+OK\r\n", two.raw(frame))
    } else {
      two.raw(frame)
    }
  }

  @Test(arguments: 0..<10) func replyOff(index: Int) throws {
    let (one, two) = clients()
    let (call, ending) = Self.stopped[index]
    let text = one.raw(
      HarnessClient.frame(["CLIENT", "REPLY", "OFF"]) + HarnessClient.frame(call)
        + HarnessClient.frame(["CLIENT", "REPLY", "ON"]))
    try end(ending, two)
    #expect(try read(one, until: "+OK\r\n", text) == "+OK\r\n", "\(call)")
    #expect(one.call("PING") == "+PONG\r\n")
  }

  @Test(arguments: 0..<10) func replySkip(index: Int) throws {
    let (one, two) = clients()
    let (call, ending) = Self.stopped[index]
    let text = one.raw(
      HarnessClient.frame(["CLIENT", "REPLY", "SKIP"]) + HarnessClient.frame(call) + HarnessClient.frame(["ECHO", "x"]))
    try end(ending, two)
    #expect(try read(one, until: "x\r\n", text) == "$1\r\nx\r\n", "\(call)")
  }

  /// What of a transaction's reply stands there when it is suspended is dropped too; a request that is only held keeps its skip.
  @Test func transactionsAndPauses() throws {
    let (one, two) = clients()
    let calls = [
      ["CLIENT", "REPLY", "OFF"], ["MULTI"], ["PING"], ["EVAL", Self.loop + "return 1", "0"], ["PING"], ["EXEC"],
      ["CLIENT", "REPLY", "ON"],
    ]
    let text = one.raw(calls.map(HarnessClient.frame).joined())
    #expect(try read(one, until: "+OK\r\n", text) == "+OK\r\n")
    two.call("CLIENT", "PAUSE", "100000")
    #expect(one.raw(HarnessClient.frame(["CLIENT", "REPLY", "SKIP"]) + "PING\r\nECHO x\r\n") == "")
    #expect(two.raw("CLIENT UNPAUSE\r\n") == "")
    #expect(harness.engine.advance(.wait, microseconds: 200_000_000))
    #expect(try read(one, until: "x\r\n") == "$1\r\nx\r\n")
  }

  @Test(arguments: [true, false]) func clientCaching(isOptIn: Bool) throws {
    let (one, two) = clients()
    one.call("HELLO", "3")
    one.raw(HarnessClient.frame(["CLIENT", "TRACKING", "ON", isOptIn ? "OPTIN" : "OPTOUT"]))
    let told = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n"
    for calls in [
      [["EVAL", Self.loop + "return redis.call('get', KEYS[1])", "1", "a"]],
      [["MULTI"], ["EVAL", Self.loop + "return 1", "0"], ["GET", "a"], ["EXEC"]],
    ] {
      one.raw(HarnessClient.frame(["CLIENT", "CACHING", isOptIn ? "YES" : "NO"]))
      let text = one.raw((calls + [["ECHO", "end"]]).map(HarnessClient.frame).joined())
      _ = try read(one, until: "end\r\n", text)
      two.call("SET", "a", "1")
      #expect(one.pending() == (isOptIn ? told : ""))
      // It was for one command.
      one.raw("GET a\r\n")
      two.call("SET", "a", "1")
      #expect(one.pending() == (isOptIn ? "" : told))
    }
  }

  /// A script of several slices is measured, and so is the transaction around it; its failure is one.
  @Test func measuresAndFailures() throws {
    let (one, two) = clients()
    two.call("CONFIG", "SET", "slowlog-log-slower-than", "0", "latency-monitor-threshold", "1")
    two.call("CONFIG", "RESETSTAT")
    for call in [
      ["EVAL", Self.loop + "return 1", "0"], ["FCALL", "f", "0"], ["EVAL", Self.loop + "return {err='MY e'}", "0"],
      ["EVAL", Self.loop + "error('x')", "0"],
    ] { _ = try read(one, until: "\r\n", one.raw(HarnessClient.frame(call))) }
    _ = try read(
      one, until: ":1\r\n", one.raw("MULTI\r\n" + HarnessClient.frame(["EVAL", Self.loop + "return 1", "0"]) + "EXEC\r\n"))
    let log = two.call("SLOWLOG", "GET", "-1")
    #expect(log.matches(of: /\$4\r\nEVAL\r\n/).count == 4 && log.matches(of: /\$5\r\nFCALL\r\n/).count == 1)
    #expect(two.call("LATENCY", "LATEST").contains("$7\r\ncommand\r\n"))
    let histogram = two.call("LATENCY", "HISTOGRAM", "eval", "fcall", "exec")
    #expect(histogram.contains("$4\r\neval\r\n*4\r\n$5\r\ncalls\r\n:4\r\n") && histogram.contains("$4\r\nexec\r\n"))
    let figures = two.call("INFO", "everything")
    let eval = try #require(figures.firstMatch(of: /cmdstat_eval:calls=4,usec=(\d+),.*failed_calls=2/))
    #expect(try #require(Int(eval.1)) > 1000)
    #expect(figures.contains("errorstat_MY:count=1") && figures.contains("errorstat_ERR:count=1"))
    #expect(figures.contains("total_error_replies:2"))
  }
}
