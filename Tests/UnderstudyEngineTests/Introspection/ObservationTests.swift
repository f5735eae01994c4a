// INFO, SLOWLOG, LATENCY, MONITOR and keyspace notifications.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "ObservationOracleTests")))
struct ObservationOracleTests {
  /// The headers in the order of the real server, for each way of asking.
  @Test func infoHasTheSectionsOfRedis() throws {
    let both = try OracleComparison()
    func headers(_ text: String) -> [Substring] { text.split(separator: "\r\n").filter { $0.hasPrefix("# ") } }
    for sections in [
      [], ["all"], ["everything"], ["default"], ["nosuch"], ["Server", "clients"], ["default", "commandstats"],
      ["keyspace", "nosuch"], ["errorstats"],
    ] {
      let replies = try both.replies(["INFO"] + sections, protocol: 2)
      #expect(headers(replies.ours) == headers(replies.theirs), "\(sections)")
    }
    #expect(try both.replies(["INFO"], protocol: 3).ours.hasPrefix("="))
  }

  /// Every name that we tell is one of the real server's, in the same section and order.
  @Test func infoTellsNothingThatRedisDoesNot() throws {
    let both = try OracleComparison()
    for section in ["clients", "memory", "persistence", "stats", "replication", "cpu", "cluster"] {
      let replies = try both.replies(["INFO", section], protocol: 2)
      func names(_ text: String) -> [Substring] {
        text.split(separator: "\r\n").filter { $0.contains(":") }.map { $0.prefix { $0 != ":" } }
      }
      let theirs = names(replies.theirs)
      let ours = names(replies.ours)
      #expect(!ours.isEmpty)
      #expect(theirs.filter { ours.contains($0) } == ours, "\(section)")
    }
  }

  @Test func errorsAndShapes() throws {
    let both = try OracleComparison()
    for line in [
      "SLOWLOG", "SLOWLOG FOO", "SLOWLOG GET x", "SLOWLOG GET -2", "SLOWLOG GET 1 2", "SLOWLOG RESET",
      "SLOWLOG GET",
      "SLOWLOG LEN", "LATENCY LATEST", "LATENCY HISTORY foo", "LATENCY GRAPH foo", "LATENCY RESET foo",
      "LATENCY RESET", "LATENCY HISTOGRAM foo", "LATENCY FOO", "MEMORY USAGE none", "MEMORY USAGE none SAMPLES",
      "MEMORY USAGE none SAMPLES x", "MEMORY USAGE none SAMPLES -1", "MEMORY USAGE none FOO 1", "MEMORY PURGE",
      "MEMORY FOO", "LOLWUT VERSION x", "MONITOR x",
    ] {
      for version in [2, 3] {
        let replies = try both.replies(line.split(separator: " ").map(String.init), protocol: version)
        #expect(replies.ours == replies.theirs, "\(line) in RESP\(version)")
      }
    }
  }

  /// The same events, in the same order, from the same calls.
  @Test func keyspaceNotifications() throws {
    try OracleComparison.compareEvents([
      ["SADD", "aSet", "x"], ["LCS", "aSet", "none"], ["LCS", "none", "aSet"],
      ["GET", "none"], ["SET", "k", "1"], ["SET", "k", "2"], ["DEL", "k"], ["LPUSH", "l", "x"], ["RPOP", "l"],
      ["HSET", "h", "f", "v"], ["HDEL", "h", "f"], ["SADD", "s", "m"], ["ZADD", "z", "1", "m"],
      ["EXPIRE", "z", "100"],
      ["PERSIST", "z"], ["RENAME", "z", "y"], ["COPY", "y", "c"], ["MOVE", "c", "5"], ["RENAME", "y", "s"],
      ["OBJECT", "ENCODING", "none"],
      ["TTL", "none"], ["EXISTS", "none"], ["STRLEN", "none"], ["INCR", "n"], ["SELECT", "2"],
      ["SET", "other", "1"], ["EXPIRE", "other", "-1"],
    ])
  }
}

@Suite struct ObservationTests {
  /// What waits is logged when it is served, behind what served it.
  @Test func waitingCommandsAreLoggedWhenTheyAreServed() {
    let harness = EngineHarness()
    let (one, two) = (harness.client(), harness.client())
    two.call("CONFIG", "SET", "slowlog-log-slower-than", "0")
    #expect(one.call("BLPOP", "list", "0") == "")
    two.call("SLOWLOG", "RESET")
    two.call("RPUSH", "list", "a")
    #expect(one.pending().hasPrefix("*2"))
    let log = two.call("SLOWLOG", "GET")
    let names = log.matches(of: /\$5\r\n(BLPOP|RPUSH)\r\n/).map { String($0.1) }
    #expect(names == ["BLPOP", "RPUSH"], "\(log)")
  }

  @Test func slowCallsAreKeptWithoutTheirSecrets() {
    let client = EngineHarness().client()
    client.call("SLOWLOG", "RESET")
    client.call("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "3")
    client.call("AUTH", "default", "secret")
    client.call("CONFIG", "SET", "requirepass", "")
    client.raw(HarnessClient.frame((["SADD", "s"] + (0..<40).map { "m\($0)" })))
    let log = client.call("SLOWLOG", "GET", "-1")
    #expect(log.hasPrefix("*3\r\n") && !log.contains("secret") && log.contains("(redacted)"))
    #expect(log.contains("... (11 more arguments)"))
    #expect(client.call("SLOWLOG", "LEN") == ":3\r\n")
    client.call("CONFIG", "SET", "slowlog-log-slower-than", "-1")
    client.call("SLOWLOG", "RESET")
    #expect(client.call("SLOWLOG", "LEN") == ":0\r\n")
  }

  /// The clock is read for commands only once somebody has asked for times.
  @Test func nothingIsMeasuredUnasked() {
    let harness = EngineHarness()
    let client = harness.client()
    client.call("SET", "k", "v")
    #expect(harness.engine.gates.isEmpty)
    #expect(client.call("INFO", "commandstats").contains("cmdstat_set:calls=1,usec=0,"))
    client.call("SET", "k", "v")
    #expect(client.call("LATENCY", "HISTOGRAM", "set").hasPrefix("*2\r\n$3\r\nset\r\n*4\r\n$5\r\ncalls\r\n:1\r\n"))
  }

  @Test func countersAndTheirReset() {
    let client = EngineHarness().client()
    client.call("SET", "k", "v", "PX", "100000")
    client.call("GET", "k")
    client.call("GET", "none")
    client.call("LPUSH", "k", "x")
    client.call("NOSUCH")
    client.call("GET")
    let info = client.call("INFO", "everything")
    for line in [
      "keyspace_hits:1", "keyspace_misses:1", "total_error_replies:3", "errorstat_WRONGTYPE:count=1",
      "errorstat_ERR:count=2", "connected_clients:1", "redis_version:7.2.4", "db0:keys=1,expires=1,avg_ttl=",
    ] {
      #expect(info.contains("\r\n\(line)"), "\(line)")
    }
    #expect(info.contains("cmdstat_lpush:calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=1\r\n"))
    #expect(info.contains("cmdstat_get:calls=2,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0\r\n"))
    client.call("CONFIG", "RESETSTAT")
    let after = client.call("INFO", "everything")
    #expect(after.contains("\r\nkeyspace_hits:0\r\n") && after.contains("\r\ntotal_error_replies:0\r\n"))
    #expect(!after.contains("cmdstat_get:") && !after.contains("errorstat_"))
    #expect(after.contains("cmdstat_config|resetstat:calls=1,"))
  }

  @Test func theMeanTimeToLive() {
    var index = ExpiryIndex()
    func expectMean(_ expected: Int64, from now: Int64) {
      let mean = index.meanTime(from: now)
      #expect(mean == expected)
    }
    expectMean(0, from: 0)
    for deadline in [Int64.max - 5, Int64.max - 7, 100] { index.insert(deadline: deadline, hash: 1) }
    index.remove(deadline: 100, hash: 1)
    expectMean(10, from: Int64.max - 16)
    _ = index.popDue(now: Int64.max - 7)
    expectMean(11, from: Int64.max - 16)
  }

  @Test func monitors() {
    let harness = EngineHarness()
    let (monitor, client) = (harness.client(), harness.client())
    #expect(monitor.call("MONITOR") == "+OK\r\n")
    client.call("SET", "k", "a\"\u{1}\n")
    client.call("CONFIG", "GET", "port")
    client.call("AUTH", "secret")
    client.call("EVAL", "return redis.call('get', 'k')", "0")
    let lines = monitor.pending().split(separator: "\r\n").map { $0.drop { $0 != "[" } }
    #expect(
      lines == [
        "[0 :0] \"SET\" \"k\" \"a\\\"\\x01\\n\"", "[0 :0] \"AUTH\" \"(redacted)\"",
        "[0 :0] \"EVAL\" \"return redis.call('get', 'k')\" \"0\"", "[0 lua] \"get\" \"k\"",
      ])
    #expect(monitor.call("GET", "k").hasPrefix("-ERR Replica can't interact with the keyspace\r\n"))
    monitor.call("RESET")
    client.call("PING")
    #expect(monitor.pending() == "")
    #expect(harness.engine.gates.isEmpty)
  }
}
