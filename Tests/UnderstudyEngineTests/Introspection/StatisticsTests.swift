// What INFO counts: changes of data, commands, what was freed; and the events of LATENCY that no command causes.

import Synchronization
import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "StatisticsOracleTests")))
struct StatisticsOracleTests {
  private func figure(_ name: String, _ info: String) -> Int? {
    info.split(separator: "\r\n").first { $0.hasPrefix("\(name):") }.flatMap { Int($0.dropFirst(name.count + 1)) }
  }

  /// By how much a figure grows with some calls, here and there.
  private func growth(
    _ both: OracleComparison, of name: String, by calls: [[String]]
  ) throws -> (ours: Int?, theirs: Int?) {
    let before = try both.replies(["INFO"], protocol: 2)
    for call in calls { _ = try both.replies(call, protocol: 2) }
    let after = try both.replies(["INFO"], protocol: 2)
    func difference(_ one: String, _ two: String) -> Int? {
      figure(name, one).flatMap { one in figure(name, two).map { $0 - one } }
    }
    return (difference(before.ours, after.ours), difference(before.theirs, after.theirs))
  }

  private static let data = """
    FLUSHALL|SET s 1|RPUSH l a b c d|RPUSH one a|SADD st a b c|SADD s1 a|ZADD z 1 a 2 b 3 c|HSET h a 1 b 2 c 3|XADD x 1-1 a b|\
    XADD x 1-2 a b|XADD x 1-3 a b|XGROUP CREATE x g 0
    """

  /// A change of each element counts.
  @Test func changesOfData() throws {
    let both = try OracleComparison()
    for line in """
      MSET a 1 b 2|MSETNX a 1 b 2|RPUSH l 1 2 3|LPUSHX l 1 2|LPOP l 2|LPOP one|RPOP l 9|LTRIM l 1 2|LTRIM l 9 9|LTRIM l 0 -1|LREM l 0 a
      LREM one 0 a|LMOVE l l2 LEFT RIGHT|LMOVE one l2 LEFT RIGHT|LMPOP 1 l LEFT COUNT 3|BLPOP l 0|BLPOP one 0|BLMOVE l l2 LEFT LEFT 0
      RPOPLPUSH l l|RPOPLPUSH one one|LINSERT l BEFORE a x|LSET l 0 x|SADD st x y z a|SREM st a b|SREM st a b c|SPOP st|SPOP st 2
      SPOP st 9|SPOP s1|SMOVE st st2 a|SMOVE s1 st a|SMOVE s1 st2 a|SUNIONSTORE d st|SINTERSTORE st nk|HSET h x 1 y 2 a 9|HMSET h a 1
      HDEL h a b|HDEL h a b c|HSETNX h q 1|HINCRBY h a 1|ZADD z 5 x 6 y|ZADD z 1 a|ZADD z CH 1 a 7 b 8 n|ZINCRBY z 1 a|ZREM z a b
      ZREM z a b c|ZPOPMIN z 2|ZPOPMAX z|BZPOPMIN z 0|ZMPOP 1 z MIN COUNT 2|ZREMRANGEBYRANK z 0 1|ZREMRANGEBYSCORE z 0 9
      ZUNIONSTORE d 1 z|ZUNIONSTORE z 1 nk|ZRANGESTORE d z 0 -1|XADD x 5-1 a b|XADD x MAXLEN 1 6-1 a b|XDEL x 1-1 1-2
      XTRIM x MAXLEN 0|XREADGROUP GROUP g c STREAMS x >|XGROUP CREATECONSUMER x g cc|XGROUP DESTROY x g|XGROUP SETID x g 0
      XSETID x 9-9|DEL s l z|UNLINK s l|EXPIRE s 100|EXPIRE s -1|PERSIST s|RENAME s s2|RENAME s l|RENAMENX s n|COPY s s3|MOVE s 1
      SORT l ALPHA STORE d|SORT nk STORE l|SETRANGE s 0 x|APPEND s x|PFADD p a|PFADD p a b c|PFMERGE p p2|SETBIT s 1 1
      BITFIELD s SET u8 0 1 SET u8 8 1|BITFIELD s SET u8 0 49|BITFIELD s SET u8 0 50 GET u8 0 SET u8 0 50
      BITFIELD n SET u8 0 0 GET u8 0 SET u8 8 1|BITFIELD s OVERFLOW FAIL INCRBY u2 0 9|BITOP AND d s|BITOP AND s nk
      GEOADD g 1 1 a 2 2 b|GETDEL s|GETEX s EX 10|SET s x EX 10|SWAPDB 0 1|FLUSHDB|FLUSHALL|SCRIPT LOAD return(1)|PUBLISH a b
      """.split(whereSeparator: { $0 == "|" || $0.isNewline }) {
      for call in Self.data.split(separator: "|") { _ = try both.replies(call.split(separator: " ").map(String.init), protocol: 2) }
      let (ours, theirs) = try growth(
        both, of: "rdb_changes_since_last_save", by: [line.split(separator: " ").map(String.init)])
      #expect(ours != nil && ours == theirs, "\(line)")
    }
  }

  /// To learn a key's type is to look it up.
  @Test func keysLookedAtByScan() throws {
    let both = try OracleComparison()
    for call in [["MSET", "a", "1", "b", "2"], ["SADD", "c", "1"]] { _ = try both.replies(call, protocol: 2) }
    for call in ["SCAN 0", "SCAN 0 TYPE string", "SCAN 0 MATCH a TYPE string", "SCAN 0 TYPE nosuch"] {
      let (ours, theirs) = try growth(both, of: "keyspace_hits", by: [call.split(separator: " ").map(String.init)])
      #expect(ours != nil && ours == theirs, "\(call)")
    }
  }

  /// What was refused, or only queued, has not run.
  @Test func commandsThatRan() throws {
    let both = try OracleComparison()
    for calls in [
      "NOSUCH", "GET", "GET a b", "GET a", "EXEC", "MULTI|GET a|SET a 1|EXEC", "MULTI|GET a|DISCARD", "MULTI|NOSUCH|GET a|EXEC",
      "EVAL redis.pcall('nosuch')redis.pcall('get')redis.pcall('get','a') 0", "CLIENT FOO", "SUBSCRIBE",
    ] {
      let words = calls.split(separator: "|").map { $0.split(separator: " ").map(String.init) }
      let (ours, theirs) = try growth(both, of: "total_commands_processed", by: words)
      #expect(ours != nil && ours == theirs, "\(calls)")
    }
  }
}

@Suite struct StatisticsTests {
  /// The calls of a script are logged as of no client.
  @Test func callsOfScriptsComeFromNowhere() {
    let client = EngineHarness().client()
    client.call("CLIENT", "SETNAME", "me")
    client.call("CONFIG", "SET", "slowlog-log-slower-than", "0")
    client.call("EVAL", "return redis.call('GET', KEYS[1])", "1", "k")
    let log = client.call("SLOWLOG", "GET", "2")
    #expect(log.contains("$3\r\nGET\r\n$1\r\nk\r\n$3\r\n?:0\r\n$0\r\n\r\n"))
    #expect(log.contains("$2\r\nme\r\n"))
  }

  @Test func whatWasFreedIsCountedAnew() {
    let harness = EngineHarness()
    let client = harness.client()
    client.raw(HarnessClient.frame(["SADD", "s"] + (0..<2000).map { "member \($0)" }))
    client.call("UNLINK", "s")
    harness.settle()
    #expect(client.call("INFO", "memory").contains("lazyfreed_objects:1\r\n"))
    client.call("CONFIG", "RESETSTAT")
    #expect(client.call("INFO", "memory").contains("lazyfreed_objects:0\r\n"))
  }

  /// A clock that goes on by a millisecond whenever it is read makes everything slow.
  @Test func slowExpiryAndEvictionAreEvents() throws {
    let clock = Atomic<Int64>(1_000_000)
    let read: @Sendable () -> Int64 = { clock.add(1000, ordering: .relaxed).newValue }
    let engine = Engine(Configuration(), time: TimeSource(wallMicroseconds: read, monotonicMicroseconds: read), seed: 1)
    func call(_ words: String...) throws {
      try engine.embeddedCall(count: words.count, { index, body in words[index].lend(body) }) { _ in }
    }
    try call("SET", "k", "v", "PX", "1")
    try call("SET", "kept", String(repeating: "x", count: 5000))
    try call("CONFIG", "SET", "latency-monitor-threshold", "1")
    engine.withLock { while engine.runTasks() == 0 {} }
    try call("CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "allkeys-random")
    try call("GET", "kept")
    let events = engine.withLock { unsafe Set(engine.state.pointee.observation.latency.events.keys) }
    #expect(events.isSuperset(of: ["expire-cycle", "expire-del", "eviction-cycle", "eviction-del"]), "\(events)")
  }
}
