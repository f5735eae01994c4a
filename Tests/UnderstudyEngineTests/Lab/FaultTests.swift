// Fault rules in an engine without sockets: what each action does to the bytes, and that one seed gives one run.

import Testing

@testable import UnderstudyEngine

@Suite struct FaultTests {
  private let bench = FaultBench()

  // MARK: Determinism

  /// What a seed's run comes to: which commands of which connections were bitten.
  private func run(_ seed: UInt64) throws -> [String] {
    let bench = FaultBench(seed: seed)
    let endpoint = try bench.endpoint("svc-a")
    try bench.rule("half ENDPOINT svc-a FAMILY INCR KEY n* PROB 0.3 DO afterExecution ERROR ERR_lost")
    try bench.rule("third ENDPOINT svc-a COMMAND get AFTER 2 TIMES 1 DO beforeExecution ERROR ERR_no")
    let clients = (0..<4).map { _ in bench.client(at: endpoint) }
    var replies: [String] = []
    for round in 0..<10 {
      for client in clients { replies.append(client.call("INCRBY n\(round) 1", "GET n1", "INCR other")) }
    }
    for client in clients { client.close() }
    let firings = try ["half", "third"].flatMap { try bench.report($0)?.firings ?? [] }
    return replies + firings.map { "\($0.connection)/\($0.ordinal) \($0.command ?? "") \($0.tookEffect)" }
  }

  @Test func oneSeedIsOneRun() throws {
    let first = try run(42)
    for _ in 0..<100 { #expect(try run(42) == first) }
    #expect(try run(43) != first)
    // Each of four connections loses its third GET, and some of its INCRs.
    #expect(first.filter { $0.hasSuffix("get false") }.count == 4)
    let bitten = first.filter { $0.hasSuffix("incrby true") }.count
    #expect(bitten > 0 && bitten < 40)
  }

  // MARK: Before and after

  @Test func whatActionsDoToReplies() throws {
    let cases: [(rule: String, reply: String, runs: Bool)] = [
      ("beforeExecution ERROR ERR_no", "-ERR no\r\n+PONG\r\n", false),
      ("beforeExecution SUBSTITUTE :7\\r\\n", ":7\r\n+PONG\r\n", false),
      ("beforeExecution RAW x", "x+PONG\r\n", false),
      ("beforeExecution DROP", "+PONG\r\n", false),
      ("beforeExecution SURPLUS +A\\r\\n", "+A\r\n:1\r\n+PONG\r\n", true),
      ("beforeExecution REDIRECT MOVED 10.0.0.1:7000", "-MOVED 7629 10.0.0.1:7000\r\n+PONG\r\n", false),
      ("beforeExecution ROLE replica", "-READONLY You can't write against a read only replica.\r\n+PONG\r\n", false),
      ("beforeExecution ROLE loading", "-LOADING Redis is loading the dataset in memory\r\n", false),
      ("afterExecution ERROR ERR_no", "-ERR no\r\n+PONG\r\n", true),
      ("afterExecution SUBSTITUTE :7\\r\\n", ":7\r\n+PONG\r\n", true),
      ("afterExecution RAW x", "x+PONG\r\n", true),
      ("afterExecution DROP", "+PONG\r\n", true),
      ("afterExecution TRUNCATE 2", ":1+PONG\r\n", true),
      ("afterExecution SURPLUS +A\\r\\n", ":1\r\n+A\r\n+PONG\r\n", true),
      ("afterExecution SWAP", "+PONG\r\n:1\r\n", true),
      ("replyByte 1 RAW x", ":x+PONG\r\n", true),
      ("replyByte 3 DROP", ":1\r+PONG\r\n", true),
      // Longer than the reply: it does not bite.
      ("replyByte 9 DROP", ":1\r\n+PONG\r\n", true),
    ]
    for (rule, reply, runs) in cases {
      try bench.rule("r TIMES 1 DO \(rule)")
      let client = bench.client()
      let text = client.call("INCR k", "PING")
      #expect(text.hasPrefix(reply), "\(rule): \(text.debugDescription)")
      let report = try #require(try bench.report("r"))
      #expect(report.fired == (rule.contains("9 DROP") ? 0 : 1), "\(rule)")
      #expect(report.firings.first?.tookEffect != !runs, "\(rule)")
      client.close()
      #expect(bench.engine.withLock { bench.engine.removeFault("r") })
      let other = bench.client()
      #expect(other.call("DEL k") == ":\(runs ? 1 : 0)\r\n", "\(rule)")
      other.close()
    }
  }

  @Test func connectionsEndWhereTheyAreTo() throws {
    let endings: [(String, FaultEnding)] = [
      ("CLOSE", .close), ("RESET", .reset), ("HALFCLOSE", .halfClose), ("HANG", .hang),
    ]
    for (word, ending) in endings {
      for (stage, reply, count) in [("beforeExecution", "+1\r\n", 0), ("afterExecution", "+1\r\n", 1), ("replyByte 2", "+1\r\n:1", 1)] {
        try bench.rule("r COMMAND incr DO \(stage) \(word)")
        let client = bench.client()
        let text = client.raw("ECHO 1\r\nINCR k\r\nPING\r\n").replacing("$1\r\n1\r\n", with: "+1\r\n")
        #expect(text == reply && client.ending == ending, "\(stage) \(word): \(text.debugDescription)")
        #expect(client.call("PING") == "")
        client.close()
        _ = bench.engine.withLock { bench.engine.removeFault("r") }
        let other = bench.client()
        #expect(other.call("DEL k") == ":\(count)\r\n", "\(stage) \(word)")
        other.close()
      }
    }
  }

  @Test func delaysWaitForTheClock() throws {
    try bench.rule("before COMMAND incr TIMES 1 DO beforeExecution DELAY 100")
    let (client, other) = (bench.client(), bench.client())
    #expect(client.call("INCR k", "PING") == "")
    // It has not run, and nobody else waits.
    #expect(other.call("GET k") == "$-1\r\n")
    bench.advance(milliseconds: 99)
    #expect(client.taken() == "")
    bench.advance(milliseconds: 1)
    #expect(client.taken() == ":1\r\n+PONG\r\n")
    try bench.rule("after COMMAND incr TIMES 1 DO afterExecution DELAY 50")
    #expect(client.call("PING", "INCR k", "PING") == "+PONG\r\n")
    #expect(other.call("GET k") == "$1\r\n2\r\n")
    bench.advance(milliseconds: 50)
    #expect(client.taken() == ":2\r\n+PONG\r\n")
    try bench.rule("byte COMMAND incr TIMES 1 DO replyByte 2 DELAY 50")
    #expect(client.call("INCR k") == ":3")
    bench.advance(milliseconds: 50)
    #expect(client.taken() == "\r\n")
    client.close()
    other.close()
  }

  @Test func jitterIsDrawnFromTheSeed() throws {
    try bench.rule("slow DO afterExecution DELAY 10 100")
    let client = bench.client()
    client.call("PING")
    var waited = 0
    while client.taken() == "" && waited < 200 {
      bench.advance(milliseconds: 1)
      waited += 1
    }
    #expect((10...110).contains(waited))
    client.close()
  }

  @Test func repliesDrip() throws {
    try bench.rule("drip COMMAND echo DO afterExecution DRIP 3 10")
    let client = bench.client()
    #expect(client.call("ECHO hello", "PING") == "$5\r")
    bench.advance(milliseconds: 10)
    #expect(client.taken() == "\nhe")
    // Many pieces are due at once.
    bench.advance(milliseconds: 20)
    #expect(client.taken() == "llo\r\n+PONG\r\n")
    client.close()
  }

  /// A slow line: everything that a connection is told.
  @Test func connectionsDrip() throws {
    try bench.rule("slow DO accept DRIP 2 5")
    let client = bench.client()
    #expect(client.call("PING") == "+P")
    bench.advance(milliseconds: 15)
    #expect(client.taken() == "ONG\r\n")
    // What was not needed is not saved up.
    bench.advance(milliseconds: 100)
    #expect(client.call("PING") == "+P")
    client.close()
  }

  @Test func anEndpointPauses() throws {
    let endpoint = try bench.endpoint("svc-a")
    let (one, two, outside) = (bench.client(at: endpoint), bench.client(at: endpoint), bench.client())
    try bench.rule("gc ENDPOINT svc-a COMMAND set TIMES 1 DO beforeExecution PAUSE 30")
    #expect(one.call("SET k v") == "")
    #expect(two.call("PING") == "" && outside.call("PING") == "+PONG\r\n")
    let late = bench.client(at: endpoint)
    #expect(late.call("PING") == "")
    bench.advance(milliseconds: 30)
    #expect(one.taken() == "+OK\r\n" && two.taken() == "+PONG\r\n" && late.taken() == "+PONG\r\n")
    for client in [one, two, outside, late] { client.close() }
  }

  /// A BLPOP whose reply is lost loses the element.
  @Test func waitingCommandsAreBittenWhenTheyEnd() throws {
    try bench.rule("lost COMMAND blpop DO afterExecution RESET")
    let (client, other) = (bench.client(), bench.client())
    client.call("BLPOP list 0")
    #expect(client.ending == nil)
    #expect(other.call("RPUSH list a", "LLEN list") == ":1\r\n:0\r\n")
    #expect(client.ending == .reset && client.taken() == "")
    #expect(try bench.report("lost")?.firings.first?.tookEffect == true)
    client.close()
    other.close()
  }

  @Test func transactionsAreMatchedAsTheyAreQueued() throws {
    try bench.rule("r COMMAND incr DO beforeExecution ERROR ERR_no")
    try bench.rule("e FAMILY exec DO afterExecution DROP")
    let client = bench.client()
    #expect(client.call("MULTI", "SET a 1", "INCR a", "EXEC") == "+OK\r\n+QUEUED\r\n-ERR no\r\n")
    #expect(try bench.report("e")?.firings.first?.tookEffect == false)
    client.close()
  }

  @Test func idleConnections() throws {
    let client = bench.client()
    try bench.rule("idle DO idle 20 CLOSE")
    bench.advance(milliseconds: 15)
    client.call("PING")
    bench.advance(milliseconds: 15)
    #expect(client.ending == nil)
    bench.advance(milliseconds: 5)
    #expect(client.ending == .close)
    client.close()
    _ = bench.engine.withLock { bench.engine.removeFault("idle") }
    try bench.rule("told COMMAND hello DO idle PUSH note :3")
    let speaker = bench.client()
    #expect(speaker.call("HELLO 3").hasSuffix(">2\r\n$4\r\nnote\r\n:3\r\n"))
    #expect(speaker.call("PING") == "+PONG\r\n")
    speaker.close()
  }

  @Test func pushes() throws {
    let (reader, writer) = (bench.client(), bench.client())
    reader.call("SUBSCRIBE c")
    try bench.rule("r TIMES 1 DO push DROP")
    #expect(writer.call("PUBLISH c one") == ":1\r\n" && reader.taken() == "")
    writer.call("PUBLISH c two")
    #expect(reader.taken().hasSuffix("two\r\n"))
    try bench.rule("late TIMES 1 DO push DELAY 5")
    writer.call("PUBLISH c three", "PUBLISH c four")
    #expect(reader.taken() == "")
    bench.advance(milliseconds: 5)
    #expect(reader.taken().contains("three"))
    try bench.rule("cut DO push TRUNCATE 4")
    writer.call("PUBLISH c five")
    #expect(reader.taken() == "*3\r\n")
    reader.close()
    writer.close()
  }

  @Test func accepting() throws {
    try bench.rule("full AFTER 1 TIMES 1 DO accept ERROR ERR_max")
    let clients = (0..<3).map { _ in bench.client() }
    #expect(clients.map(\.ending) == [nil, .close, nil])
    #expect(clients[1].taken() == "-ERR max\r\n")
    try bench.rule("slow DO accept DELAY 5")
    let slow = bench.client()
    #expect(slow.call("PING") == "")
    bench.advance(milliseconds: 5)
    #expect(slow.taken() == "+PONG\r\n")
    for client in clients + [slow] { client.close() }
  }

  @Test func handshakes() throws {
    try bench.rule("hello DO handshake ERROR ERR_busy")
    let client = bench.client()
    #expect(client.call("CLIENT SETNAME x") == "-ERR busy\r\n")
    #expect(client.call("GET k") == "$-1\r\n")
    // It is over.
    #expect(client.call("CLIENT SETNAME x") == "+OK\r\n")
    client.close()
  }

  // MARK: Matching

  @Test func matchers() throws {
    let endpoint = try bench.endpoint("svc-a")
    let client = bench.client(at: endpoint)
    let other = bench.client(at: endpoint)
    client.call("CLIENT SETNAME web", "CLIENT SETINFO LIB-NAME redis-py")
    let cases: [(String, String, bites: Bool)] = [
      ("COMMAND get", "GET a", true), ("COMMAND get", "MGET a", false), ("FAMILY get", "MGET b a", true),
      ("COMMAND config", "CONFIG GET maxclients", true), ("COMMAND config|set", "CONFIG GET maxclients", false),
      ("GROUP string", "APPEND a b", true), ("GROUP string", "LPUSH l a", false), ("FLAG denyoom", "SET a b", true),
      ("FLAG denyoom", "GET a", false), ("NOFLAG write", "SET a b", false), ("NOFLAG write", "GET a", true),
      ("KEY user:*", "MGET a user:1", true), ("KEY user:*", "MGET a b", false), ("KEY user:*", "ECHO user:1", false),
      ("CLIENT web", "PING", true), ("CLIENT db", "PING", false), ("LIBRARY redis-*", "PING", true),
      ("USER default", "PING", true), ("USER bob", "PING", false), ("CONNECTION 1", "PING", true),
      ("CONNECTION 2", "PING", false), ("DB 0", "PING", true), ("DB 3", "PING", false),
      ("ENDPOINT svc-a", "PING", true), ("ENDPOINT default", "PING", false), ("COMMAND get COMMAND set", "SET a b", true),
      ("FAMILY incr FLAG write", "DECR n", true), ("GROUP string FAMILY incr FAMILY push", "LPUSH l a", false),
    ]
    for (matcher, call, bites) in cases {
      try bench.rule("r \(matcher) DO beforeExecution ERROR ERR_bitten")
      #expect((client.call(call) == "-ERR bitten\r\n") == bites, "\(matcher): \(call)")
      _ = bench.engine.withLock { bench.engine.removeFault("r") }
      #expect(!client.call(call).hasPrefix("-ERR bitten"))
    }
    client.close()
    other.close()
  }

  /// Rules come and go under open connections; nobody pays who is not concerned.
  @Test func rulesComeAndGo() throws {
    let client = bench.client()
    #expect(unsafe client.session.pointee.gates.isEmpty)
    try bench.rule("r DO beforeExecution DROP")
    #expect(client.call("PING") == "")
    _ = bench.engine.withLock { bench.engine.removeFault("r") }
    #expect(client.call("PING") == "+PONG\r\n")
    #expect(unsafe client.session.pointee.gates.isEmpty && client.session.pointee.faults == nil)
    try bench.rule("short FOR 10 DO beforeExecution DROP")
    #expect(client.call("PING") == "")
    bench.advance(milliseconds: 10)
    #expect(client.call("PING") == "+PONG\r\n")
    client.close()
  }

  @Test func countersAndTheLedger() throws {
    try bench.rule("shared COMMAND get SHARED TIMES 1 DO afterExecution RESET")
    try bench.rule("never COMMAND set DO afterExecution RESET")
    try bench.rule("maybe COMMAND set PROB 0.5 DO afterExecution RESET")
    let (one, two) = (bench.client(), bench.client())
    one.call("GET k")
    #expect(two.call("GET k") == "$-1\r\n")
    #expect(bench.engine.withLock { bench.engine.rulesNeverFired } == ["never"])
    one.close()
    let record = try #require(bench.engine.withLock { bench.engine.ledger()?.connections.first })
    #expect(record.faults.map(\.rule) == ["shared"] && record.ending == .fault && record.outstanding == 1)
    #expect(record.faults.first?.tookEffect == true && record.faults.first?.ordinal == 1)
    let json = try #require(bench.engine.withLock { bench.engine.ledger()?.json })
    #expect(json.contains(#""faults":[{"time":"#) && json.contains(#""closedBy":"fault""#))
    two.close()
  }
}
