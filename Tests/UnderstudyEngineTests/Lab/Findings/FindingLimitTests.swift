// What the rules do at their limits: limits beyond all measure, tables that are full, data that goes away under them, and
// asking in between.

import Testing

@testable import UnderstudyEngine

@Suite struct FindingLimitTests {
  private let bench = FindingsBench()

  private func run(_ client: HarnessClient, _ calls: String...) {
    for call in calls { client.raw(HarnessClient.frame(call.split(separator: " ").map { String($0) })) }
  }

  // MARK: Limits

  /// Rules whose limit is the time within which something has to happen.
  private static let timed: Set<String> = ["exec.duplicate", "atomic.incr-expire", "atomic.setnx-expire"]

  /// Something of each group of rules, with limits that are out of this world.
  @Test(arguments: [Int64.max, Int64.max / 1000, 0]) func limitsOfAnySize(_ value: Int64) throws {
    let control = bench.harness.control()
    for threshold in FindingThreshold.allCases {
      #expect(control.call("LAB.RULE", "LIMIT", threshold.rawValue, "\(value)") == "+OK\r\n")
    }
    for rule in FindingManifest.all { bench.switchOn(rule.id) }
    let clients = (0..<3).map { _ in bench.client() }
    for client in clients {
      run(
        client, "SET a 1", "SETNX lock 1", "EXPIRE lock 60", "INCR n", "EXPIRE n 60", "GET a", "GET a", "DEL lock",
        "RPUSH l 1 2 3", "LRANGE l 0 -1", "EVAL return(redis.call('SET','a',1)) 0")
      client.raw(String(repeating: "INCR n\r\n", count: 5))
      try bench.record(client).noteHang(at: 0)
      try bench.mark(.checkout, client)
    }
    try bench.record(clients[0]).noteLostReply(ordinal: 2)
    run(clients[0], "SET a 1")
    _ = bench.report()
    try bench.mark(.return, clients[0])
    // Limits of nothing draw everything; greater ones than there is time, nothing that has one.
    let limited = Set(FindingManifest.all.filter { !$0.thresholds.isEmpty }.map(\.id))
    let found = Set(bench.report().findings.map(\.rule))
    if value > 0 { #expect(found.isDisjoint(with: limited.subtracting(Self.timed))) } else { #expect(!found.isDisjoint(with: limited)) }
  }

  @Test func aLimitHasAnEnd() {
    bench.set(.resendMilliseconds, .max)
    bench.set(.heldMilliseconds, .min)
    let options = bench.harness.engine.withLock { bench.harness.engine.findingOptions }
    #expect(options[.resendMilliseconds] == FindingThreshold.greatest && options[.heldMilliseconds] == 0)
    #expect(options.microseconds(.resendMilliseconds) == FindingThreshold.greatest * 1000)
  }

  // MARK: Tables

  @Test func theLatestKeysAreRemembered() {
    var table = RecentTable<Int, Int>(limit: 3)
    for index in 0..<3 { table[index] = index }
    // The oldest becomes the latest, so the next oldest goes.
    table[0] = 10
    table[3] = 3
    #expect(table.count == 3 && table[0] == 10 && table[1] == nil && table[2] == 2)
    #expect(table.remove(2) == 2 && table.remove(2) == nil)
    table.change(3) { $0 += 1 }
    table[4] = 4
    #expect(table.count == 3 && table[3] == 4 && table[0] == 10)
    table.removeAll { $0 == 0 }
    #expect(table.count == 2)
    // Setting the same key over and over fills nothing up.
    for index in 0..<10_000 { table[index % 2] = index }
    #expect(table.count == 3 && table[0] == 9_998 && table[1] == 9_999 && table[4] == 4)
  }

  /// A rule whose table is full sees what happens now.
  @Test func locksThatAreNeverReleased() {
    let client = bench.client()
    let requests = (0..<KeyWatch.limit + 10).map { HarnessClient.frame(["SET", "lock:\($0)", "1", "NX", "EX", "60"]) }
    for start in stride(from: 0, to: requests.count, by: 500) {
      client.raw(requests[start..<min(requests.count, start + 500)].joined())
    }
    run(client, "SET lock:new 1 NX EX 60", "DEL lock:new", "DEL lock:0")
    let found = bench.findings("lock.unchecked-release")
    #expect(found.count == 1 && found.first?.count == 1 && found.first?.key == Array("lock:new".utf8))
  }

  @Test func whatClosedConnectionsKeep() throws {
    var client: HarnessClient? = bench.client()
    let record = try bench.record(#require(client))
    run(try #require(client), "SET a 1", "WATCH a", "INCR a")
    #expect(record.track?.writes.count == 2 && record.track?.watches.count == 1)
    client = nil
    #expect(record.closedAt != nil && record.track?.writes.isEmpty == true && record.track?.watches.isEmpty == true)
  }

  @Test func requestsOfManyKeys() throws {
    let client = bench.client()
    let record = try bench.record(client)
    client.raw(HarnessClient.frame(["WATCH"] + (0..<1_000).map { "k\($0)" }))
    #expect(record.track?.watches.count == 64)
    client.raw(HarnessClient.frame(["SUBSCRIBE"] + (0..<1_000).map { "c\($0)" }))
    #expect(record.track?.channels.count == 256)
  }

  // MARK: Data that goes away

  @Test(arguments: ["FLUSHALL", "FLUSHDB ASYNC", "SWAPDB 0 1", "LAB.RESET DATA"])
  func locksOfAnEmptiedDatabase(_ call: String) {
    let client = bench.client()
    run(client, "SET lock 1 NX EX 10", "INCR hits")
    let isLab = call.hasPrefix("LAB")
    run(isLab ? bench.harness.control() : client, call)
    // Written by somebody who is not looked at.
    bench.harness.engine.withLock { bench.harness.engine.setLedgerLevel(.counters) }
    run(bench.harness.client(), "SET lock 1", "SET hits 1")
    run(client, "EXPIRE hits 60", "DEL lock")
    #expect(bench.drawn() == [])
  }

  // MARK: Asking

  /// Asking does not change what is found.
  @Test func aRowThatIsAskedForInBetween() {
    bench.set(.roundTrips, 20)
    bench.set(.roundTripGapMilliseconds, 600_000)
    let client = bench.client()
    for index in 0..<15 { run(client, "GET user:\(index)") }
    #expect(bench.drawn(atLeast: .medium, isFinished: false) == [])
    for index in 15..<30 { run(client, "GET user:\(index)") }
    let first = bench.report(isFinished: false).findings
    #expect(first.map(\.rule) == ["roundtrip.n+1"] && first.first?.story.contains("30 × GET user:* in a row") == true)
    #expect(bench.report(isFinished: false).findings.map(\.count) == [1])
    // When it has ended it is told as it was.
    run(client, "SET other 1")
    #expect(bench.report().findings.map(\.story) == first.map(\.story))
  }

  @Test func aMarkOfNobody() {
    let engine = bench.harness.engine
    engine.withLock {
      engine.setLedgerLevel(.counters)
      #expect(!engine.mark(.checkout, client: 999) && engine.labMarks.isEmpty)
    }
    let client = bench.harness.client()
    let number = UInt64(client.call("CLIENT", "ID").filter(\.isNumber)) ?? 0
    engine.withLock { #expect(!engine.mark(.checkout, client: number) && engine.labMarks.isEmpty) }
  }

  // MARK: Lines that suppress

  @Test func linesWithOddKeys() {
    let long = String(repeating: "k", count: 100)
    for key in ["plain", "it's", "a \"b\"", "a\\*[x]?", "größe:1", "\u{1}\n", long, ""] {
      let client = bench.client()
      client.call("SET", key, "1", "EX", "60")
      client.call("SET", key, "2")
    }
    #expect(bench.drawn() == ["ttl.lost high"])
    #expect(CommandText.whole(Array("größe x".utf8)) == "\"größe x\"")
    #expect(CommandText.whole([0xff, 0x41]) == #""\xffA""#)
  }

  @Test func linesForManyKeys() throws {
    let client = bench.client()
    for index in [7, 1234, 99] {
      client.call("SET", "*user:\(index):x", "1", "EX", "60")
      client.call("SET", "*user:\(index):x", "2")
    }
    #expect(bench.drawn() == ["ttl.lost high"])
    #expect(try #require(bench.report().findings.first).suppress == #"LAB.ALLOW ADD ttl.lost ENDPOINT default KEY \*user:*:x WHY "…""#)
    func pattern(_ keys: String...) -> String { KeyShape.pattern(keys.map { Array($0.utf8) }).text }
    #expect(pattern("a?1") == #"a\?1"# && pattern("a1", "a2") == "a*" && pattern("stock", "store") == "sto*" && pattern("a", "b") == "*")
    let long = String(repeating: "k", count: 200)
    #expect(pattern(long + "1", long + "2") == long.prefix(128) + "*")
  }

  // MARK: Scripts

  @Test(.timeLimit(.minutes(1))) func aLongScript() {
    let line = "local a = KEYS[1]\n"
    let source = Array(String(repeating: line, count: 3_000).utf8)
    let facts = source.withBytes { ScriptFacts($0) }
    #expect(facts.keys.indices == [1] && facts.keys.optional == [])
  }

  @Test func oddIndicesOfArguments() {
    let client = bench.client()
    for index in ["1e300", "-1e300", "0/0", "1/0", "1.5"] {
      #expect(client.call("EVAL", "return ARGV[\(index)]", "0") == "_\r\n")
    }
    #expect(bench.drawn() == [])
  }

  // MARK: Waits

  @Test func waitsOfAnyLength() {
    let engine = bench.harness.engine
    let ends = Ends()
    engine.withLock {
      let now = engine.labFigures(of: "default")?.changes ?? 0
      _ = engine.onLabChange(since: now, microseconds: .max) { ends.add($0) }
      _ = engine.runTasks()
      #expect(ends.all == [])
      engine.endLabWaits()
      #expect(ends.all == ["ended"])
      // Who comes late does not wait for what will not happen.
      _ = engine.onLabChange(since: now, microseconds: .max) { ends.add($0) }
      #expect(ends.all == ["ended", "ended"])
      engine.openLabWaits()
      let later = engine.labFigures(of: "default")?.changes ?? 0
      _ = engine.onLabChange(since: later, microseconds: .max) { ends.add($0) }
      #expect(ends.all.count == 2)
    }
    bench.client().call("GET", "a")
    engine.withLock { _ = engine.runTasks() }
    #expect(ends.all == ["ended", "ended", "changed"])
  }

  /// What waits are for, by each figure that is counted by itself.
  @Test func figuresOneByOne() throws {
    let client = bench.client()
    client.call("GET", "a")
    _ = bench.harness.client()
    let engine = bench.harness.engine
    try engine.withLock {
      let figures = try #require(engine.labFigures(of: "default")).figures
      for figure in LabFigure.allCases {
        let value = unsafe engine.state.pointee.value(of: LabCondition.Subject(endpoint: 0, figure: figure))
        #expect(value == figure.value(figures), "\(figure)")
      }
    }
  }

  /// Under the engine's lock.
  private final class Ends: @unchecked Sendable {
    var all: [String] = []
    func add(_ end: LabWaitEnd) { all.append("\(end)") }
  }
}
