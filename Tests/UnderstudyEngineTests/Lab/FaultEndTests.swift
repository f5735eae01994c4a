// How faults end, and what becomes of what they had begun: in an engine without sockets.

import Testing

@testable import UnderstudyEngine

@Suite struct FaultEndTests {
  private let bench = FaultBench()

  private func remove(_ id: String) -> Bool { bench.engine.withLock { bench.engine.removeFault(id) } }

  private func reset() {
    bench.engine.withLock { bench.engine.resetFaults() }
    bench.settle()
  }

  private func isConcerned(_ client: ShapedClient) -> Bool {
    unsafe client.session.pointee.faults != nil
  }

  @Test func resettingEndsWhatIsHeldBack() throws {
    let endpoint = try bench.endpoint("svc-a")
    try bench.rule("slow ENDPOINT svc-a DO accept DRIP 1 1000")
    let dripping = bench.client(at: endpoint)
    #expect(dripping.call("PING") == "+")
    try bench.rule("before COMMAND incr DO beforeExecution DELAY 1000")
    try bench.rule("after COMMAND echo DO afterExecution DELAY 1000")
    try bench.rule("swap COMMAND get DO afterExecution SWAP")
    let (one, two, three) = (bench.client(), bench.client(), bench.client())
    #expect(one.call("INCR k", "PING") == "" && two.call("ECHO a") == "" && three.call("GET none") == "")
    reset()
    #expect(dripping.taken() == "PONG\r\n" && one.taken() == ":1\r\n+PONG\r\n" && two.taken() == "$1\r\na\r\n")
    #expect(three.taken() == "$-1\r\n")
    for client in [dripping, one, two, three] { #expect(!isConcerned(client)) }
    // A delay that was cut short is not added to the next.
    try bench.rule("again COMMAND incr TIMES 1 DO beforeExecution DELAY 10")
    #expect(one.call("INCR k") == "")
    bench.advance(milliseconds: 10)
    #expect(one.taken() == ":2\r\n")
    try bench.rule("gc ENDPOINT svc-a COMMAND set DO beforeExecution PAUSE 1000")
    #expect(dripping.call("SET k v") == "")
    reset()
    #expect(dripping.taken() == "+OK\r\n")
    for client in [dripping, one, two, three] { client.close() }
  }

  /// A pause that has run out is nobody's business any more, nor is a delay.
  @Test func whatIsOverIsForgotten() throws {
    let endpoint = try bench.endpoint("svc-a")
    try bench.rule("gc ENDPOINT svc-a COMMAND set DO beforeExecution PAUSE 30")
    let client = bench.client(at: endpoint)
    #expect(client.call("SET k v") == "")
    #expect(remove("gc"))
    #expect(isConcerned(client))
    bench.advance(milliseconds: 30)
    #expect(client.taken() == "+OK\r\n" && !isConcerned(client))
    let late = bench.client(at: endpoint)
    #expect(!isConcerned(late))
    for client in [client, late] { client.close() }
  }

  // MARK: Ends

  @Test func theHarderEndWins() throws {
    try bench.rule("half COMMAND get DO afterExecution HALFCLOSE")
    try bench.rule("reset COMMAND ping DO beforeExecution RESET")
    try bench.rule("late COMMAND echo DO afterExecution DELAY 10")
    let client = bench.client()
    client.call("GET k")
    #expect(client.ending == .halfClose)
    client.call("PING")
    #expect(client.ending == .reset)
    // Before the first is reached, too.
    let other = bench.client()
    other.call("ECHO a", "GET k", "PING")
    #expect(other.ending == nil)
    bench.advance(milliseconds: 10)
    #expect(other.taken() == "$1\r\na\r\n" && other.ending == .reset)
    for client in [client, other] { client.close() }
  }

  /// A failover spares nobody: not who hangs, and not whose output is held back.
  @Test func failoverResetsEverybody() throws {
    let (a, _) = (try bench.endpoint("a"), try bench.endpoint("b"))
    try bench.rule("hang COMMAND get DO beforeExecution HANG")
    try bench.rule("late COMMAND ping DO afterExecution DELAY 1000")
    let (hanging, held) = (bench.client(at: a), bench.client(at: a))
    #expect(hanging.call("GET k") == "" && hanging.ending == .hang && held.call("PING") == "")
    _ = try bench.engine.withLock { try bench.engine.addPreset(.failover, "a", "b") }
    bench.settle()
    #expect(hanging.ending == .reset && held.ending == .reset && held.taken() == "")
    for client in [hanging, held] { client.close() }
  }

  // MARK: Replies

  /// The whole reply of a transaction that was suspended amid it.
  @Test(arguments: [
    ("afterExecution DROP", "+PONG\r\n"), ("replyByte 5 DROP", "*3\r\n++PONG\r\n"),
    ("afterExecution SUBSTITUTE :7\\r\\n", ":7\r\n+PONG\r\n"), ("replyByte 99 DROP", "*3\r\n+PONG\r\n:1\r\n+PONG\r\n+PONG\r\n"),
  ]) func suspendedTransactions(_ action: String, _ reply: String) throws {
    try bench.rule("r COMMAND exec DO \(action)")
    let client = bench.client()
    let script = "for i = 1, 30000000 do end return 1"
    client.raw("MULTI\r\nPING\r\n" + HarnessClient.frame(["EVAL", script, "0"]) + "PING\r\n")
    var text = client.raw("EXEC\r\nPING\r\n")
    #expect(unsafe text == "" && client.session.pointee.flags.contains(.suspended))
    for _ in 0..<100_000 where unsafe client.session.pointee.flags.contains(.suspended) {
      bench.settle()
      text += client.taken()
    }
    bench.settle()
    text += client.taken()
    #expect(text == reply)
    #expect(unsafe client.session.pointee.faults?.waiting == nil)
    client.close()
  }

  /// What was to become of a reply goes with it.
  @Test func repliesThatAreNotWanted() throws {
    try bench.rule("r COMMAND get DO afterExecution DELAY 1000")
    try bench.rule("d COMMAND echo DO afterExecution DRIP 1 1000")
    let client = bench.client()
    #expect(client.call("CLIENT REPLY SKIP", "GET k", "PING") == "+PONG\r\n")
    #expect(client.call("CLIENT REPLY SKIP", "ECHO k", "PING") == "+PONG\r\n")
    client.close()
  }

  /// What is said before a command runs is none of its reply.
  @Test func surplusBeforeAReply() throws {
    try bench.rule("s COMMAND incr DO beforeExecution SURPLUS +A\\r\\n")
    try bench.rule("d COMMAND incr DO afterExecution DROP")
    let client = bench.client()
    #expect(client.call("INCR k", "PING") == "+A\r\n+PONG\r\n")
    client.close()
  }

  // MARK: Adding

  /// A preset that is refused changes nothing.
  @Test func refusedPresetsKeepTheOldOne() throws {
    let engine = bench.engine
    let (a, _) = (try bench.endpoint("a"), try bench.endpoint("b"))
    engine.withLock { engine.openEndpointListener = { _, _ in .success(nil) } }
    _ = try bench.endpoint("socket")
    _ = try engine.withLock { try engine.addPreset(.moved, "a", "b") }
    #expect(throws: FaultRefusal.self) { try engine.withLock { try engine.addPreset(.moved, "a", "socket") } }
    let client = bench.client(at: a)
    #expect(client.call("GET foo").hasPrefix("-MOVED 12182"))
    client.close()
  }

  /// An endpoint may be called like an address.
  @Test func redirectionsKnowEndpointsFirst() throws {
    let number = try bench.endpoint("host:1")
    try bench.rule("r DO beforeExecution REDIRECT MOVED host:1")
    let client = bench.client()
    #expect(client.call("GET foo") == "-MOVED 12182 127.0.0.1:\(20_000 + number)\r\n")
    client.close()
  }

  @Test func quotasForgetWhoMayOnlyRead() throws {
    let endpoint = try bench.endpoint("a")
    func set(_ quota: LabQuota?) throws { try bench.engine.withLock { try bench.engine.setQuota(quota, of: "a") } }
    try set(LabQuota(connections: 0, then: .readonly))
    let client = bench.client(at: endpoint)
    #expect(client.call("SET k v").hasPrefix("-READONLY"))
    try set(nil)
    try set(LabQuota(connections: 5, then: .readonly))
    #expect(client.call("SET k v") == "+OK\r\n")
    client.close()
  }

  // MARK: What is kept

  @Test func timersOfTheGoneDoNotPileUp() throws {
    try bench.rule("idle DO idle 3600000 CLOSE")
    for _ in 0..<1_000 {
      let client = bench.client()
      client.call("PING")
      client.close()
    }
    #expect(unsafe bench.engine.state.pointee.timers.count < 200)
    for index in 0..<1_500 {
      try bench.rule("r\(index) FOR 3600000 DO beforeExecution DROP")
      #expect(remove("r\(index)"))
    }
    #expect(unsafe bench.engine.state.pointee.timers.count < 200)
    #expect(unsafe bench.engine.state.pointee.lab.faults.past.count <= FaultTable.pastLimit)
  }
}
