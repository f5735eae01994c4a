// What the rules of keys and commands draw, and what they do not; and how findings are counted, allowed and told.

import Testing

@testable import UnderstudyEngine

@Suite struct KeyFindingTests {
  private let bench = FindingsBench()

  init() { bench.set(.atomicMilliseconds, 60_000) }

  private func run(_ calls: [String]) {
    let client = bench.client()
    for call in calls { client.raw(HarnessClient.frame(call.split(separator: " ").map { String($0) })) }
  }

  private static let drawing: [(calls: [String], rule: String)] = [
    (["SET lock 1 NX EX 10", "DEL lock"], "lock.unchecked-release high"),
    (["SETNX lock 1", "UNLINK lock"], "lock.unchecked-release high"),
    (["INCR hits", "EXPIRE hits 60"], "atomic.incr-expire high"),
    (["INCRBY hits 5", "PEXPIRE hits 60000"], "atomic.incr-expire high"),
    (["SETNX lock 1", "EXPIRE lock 60"], "atomic.setnx-expire high"),
    (["SET lock 1 NX", "EXPIRE lock 60"], "atomic.setnx-expire high"),
    (["SET cache 1 EX 60", "SET cache 2"], "ttl.lost high"),
    (["SET cache 1 EX 60", "GETSET cache 2"], "ttl.lost high"),
    (["SET cache 1 EX 60", "MSET other 1 cache 2"], "ttl.lost high"),
    (["SET cache 1 EX 60", "MULTI", "SET cache 2", "EXEC"], "ttl.lost high"),
    (["KEYS *"], "cmd.keys certain"),
  ]

  @Test(arguments: drawing.indices)
  func whatDraws(_ index: Int) {
    run(Self.drawing[index].calls)
    #expect(bench.drawn(atLeast: .info) == [Self.drawing[index].rule])
  }

  private static let fine: [[String]] = [
    // Looked at, not set, or of another's making.
    ["SET lock 1 NX EX 10", "GET lock", "DEL lock"], ["SET lock 1 NX EX 10", "WATCH lock", "MULTI", "DEL lock", "EXEC"],
    ["SET lock 1", "SET lock 1 NX EX 10", "DEL lock"], ["SET key 1 EX 10", "DEL key"],
    ["SET lock 1 NX EX 10", "SET lock 2 EX 10", "DEL lock"],
    ["SET lock 1 NX EX 10", "EVAL return(redis.call('DEL',KEYS[1])) 1 lock", "DEL lock"],
    // Not new, or in one step.
    ["INCR hits", "INCR hits", "EXPIRE hits 60"], ["MULTI", "INCR hits", "EXPIRE hits 60", "EXEC"],
    ["SET hits 0 EX 60 NX", "INCR hits"], ["SET lock 1 NX EX 10", "EXPIRE lock 60", "GET lock"],
    // The deadline stays, is given again, or had gone.
    ["SET cache 1 EX 60", "SET cache 2 KEEPTTL"], ["SET cache 1 EX 60", "SET cache 2 PX 10"], ["SET cache 1 EX 60", "APPEND cache x"],
    ["SET cache 1 EX 60", "SET cache 2 NX"], ["SET cache 1 EX 60", "PERSIST cache", "SET cache 2"],
    ["SET cache 1 EX 60", "DEL cache", "SET cache 2"],
    ["SCAN 0"], ["HSET h f 1", "HGETALL h"],
  ]

  @Test(arguments: fine.indices)
  func whatDoesNot(_ index: Int) {
    run(Self.fine[index])
    #expect(bench.drawn(atLeast: .info) == [])
  }

  /// Both in one request is not one step, but no client ends between them either.
  @Test func countersInOnePipeline() {
    let client = bench.client()
    client.raw(HarnessClient.frame(["INCR", "hits"]) + HarnessClient.frame(["EXPIRE", "hits", "60"]))
    #expect(bench.drawn() == [])
  }

  // MARK: Commands

  @Test func largeValues() {
    let client = bench.client()
    client.raw(HarnessClient.frame(["SADD", "s"] + (0..<1_000).map { "\($0)" }))
    client.raw(HarnessClient.frame(["RPUSH", "l"] + (0..<1_000).map { "\($0)" }))
    client.call("LRANGE", "l", "0", "10")
    client.call("SRANDMEMBER", "s", "1000")
    #expect(bench.drawn() == [])
    client.call("SMEMBERS", "s")
    client.call("LRANGE", "l", "0", "-1")
    #expect(bench.drawn() == ["cmd.bigkey certain"])
    #expect(bench.findings("cmd.bigkey").count == 2)
  }

  @Test func roundTripsInARow() throws {
    bench.set(.roundTripGapMilliseconds, 60_000)
    let client = bench.client()
    for index in 0..<30 { client.call("GET", "user:\(index)") }
    client.call("PING")
    #expect(bench.drawn(atLeast: .medium) == ["roundtrip.n+1 medium"])
    let message = try #require(bench.findings("roundtrip.n+1").first?.message)
    #expect(message.contains("30 × GET user:* in a row (from #2), each waiting for the last. MGET or one pipeline would save about"))
  }

  @Test func roundTripsThatAreNoRow() {
    bench.set(.roundTripGapMilliseconds, 60_000)
    let client = bench.client()
    // Polling; few; for different things; sent together.
    for _ in 0..<30 { client.call("GET", "state") }
    for index in 0..<10 { client.call("GET", "few:\(index)") }
    for index in 0..<30 { client.call(index % 2 == 0 ? "GET" : "TTL", "mixed:\(index)") }
    client.raw((0..<30).map { HarnessClient.frame(["GET", "piped:\($0)"]) }.joined())
    #expect(bench.drawn(atLeast: .medium) == [])
  }

  @Test func giantPipelines() {
    let client = bench.client()
    client.raw((0..<999).map { HarnessClient.frame(["INCR", "k\($0)"]) }.joined())
    #expect(bench.drawn(atLeast: .info) == [])
    client.raw((0..<1_000).map { HarnessClient.frame(["INCR", "k\($0)"]) }.joined())
    #expect(bench.drawn(atLeast: .info) == ["pipeline.giant info"])
  }

  @Test func errorsInAPipeline() {
    let client = bench.client()
    client.call("SET", "s", "x")
    client.call("INCR", "s")
    #expect(bench.drawn(atLeast: .info) == [])
    client.raw(HarnessClient.frame(["INCR", "s"]) + HarnessClient.frame(["SET", "after", "1"]))
    #expect(bench.drawn(atLeast: .info) == ["pipeline.partial-error info"])
  }

  // MARK: Findings as such

  @Test func theSameIsOneFindingThatCounts() throws {
    for index in 0..<5 { run(["SET job:\(index) 1 EX 60", "SET job:\(index) 2"]) }
    let found = bench.findings("ttl.lost")
    #expect(found.map(\.count) == [5] && found.first?.connections.count == 5)
    #expect(found.first?.key == Array("job:0".utf8))
  }

  @Test func allowances() throws {
    for key in ["job:0", "job:1", "lamp"] { run(["SET \(key) 1 EX 60", "SET \(key) 2"]) }
    func kept(_ allowances: FindingAllowance...) -> [String] {
      bench.report().allowing(allowances).findings.compactMap { $0.key?.text }
    }
    #expect(kept() == ["job:0", "lamp"])
    #expect(kept(FindingAllowance(rule: "ttl.lost", why: "-")) == [])
    #expect(kept(FindingAllowance(rule: "ttl.lost", key: Array("job:*".utf8), why: "-")) == ["lamp"])
    // Not all of its keys are covered.
    #expect(kept(FindingAllowance(rule: "ttl.lost", key: Array("job:0".utf8), why: "-")) == ["job:0", "lamp"])
    #expect(kept(FindingAllowance(rule: "ttl.lost", identity: Array("s*".utf8), why: "-")) == [])
    #expect(kept(FindingAllowance(rule: "ttl.lost", identity: Array("other".utf8), why: "-")).count == 2)
    #expect(kept(FindingAllowance(rule: "ttl.lost", endpoint: "svc-b", why: "-")).count == 2)
    #expect(kept(FindingAllowance(rule: "cmd.keys", why: "-")).count == 2)
    let report = bench.report().allowing([
      FindingAllowance(rule: "ttl.lost", why: "meant so"), FindingAllowance(rule: "cmd.keys", why: "-"),
    ])
    #expect(report.allowed.map(\.why) == ["meant so", "meant so"] && report.unused.map(\.rule) == ["cmd.keys"])
  }

  @Test func rulesCanBeSwitchedOff() {
    bench.harness.engine.withLock { bench.harness.engine.findingOptions.switched["cmd.keys"] = false }
    run(["KEYS *"])
    #expect(bench.drawn(atLeast: .info) == [])
  }

  @Test func theNumberIsBounded() {
    let client = bench.client()
    for index in 0..<1_200 {
      // Letters, so that each is a shape of its own.
      let key = String(index, radix: 26).map { String(UnicodeScalar(UInt8(97 + (Int(String($0), radix: 26) ?? 0)))) }.joined()
      client.call("SET", key, "1", "EX", "60")
      client.call("SET", key, "2")
    }
    let report = bench.report()
    #expect(report.findings.count <= FindingList.limit + 5 && report.dropped > 100)
  }

  @Test func shapesOfKeys() {
    for (key, shape) in [
      ("user:17", "user:*"), ("a1b", "a*b"), ("lock", "lock"), ("s:550e8400-e29b-41d4-a716-446655440000", "s:*-*-*-*-*"),
      ("job:deadbeef01", "job:*"), ("face", "face"), ("", ""),
    ] { #expect(KeyShape.of(Array(key.utf8)) == shape) }
  }

  @Test func theJSON() throws {
    run(["SET \"k\" 1 EX 60", "SET \"k\" 2"])
    let json = bench.report().findings.json
    #expect(json.hasPrefix(#"[{"rule":"ttl.lost","certainty":"high","endpoint":"default","identity":"svc","name":"svc""#))
    #expect(json.contains(#""evidence":["conn 1 #3 "#) && json.contains(#""suppress":"LAB.ALLOW ADD ttl.lost ENDPOINT default KEY "#))
  }

  @Test func theManifest() {
    let rules = FindingManifest.all
    #expect(Set(rules.map(\.id)).count == rules.count && rules.count == 35)
    for rule in rules {
      #expect(rule.watches.hasSuffix(".") && rule.guardedBy.hasSuffix(".") && rule.fix.hasSuffix("."), "\(rule.id)")
      #expect(rule.consequence.hasSuffix("."), "\(rule.id)")
    }
    // Every limit is some rule's.
    #expect(Set(rules.flatMap(\.thresholds)) == Set(FindingThreshold.allCases))
  }
}
