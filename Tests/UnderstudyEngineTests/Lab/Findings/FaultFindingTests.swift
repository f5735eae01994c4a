// What faults make of a client that does not mind them: writes sent again, connections used on, waits without an end.

import Testing

@testable import UnderstudyEngine

@Suite struct FaultFindingTests {
  private let bench = FaultBench()
  private let endpoint: Int

  init() throws { endpoint = try bench.endpoint("svc-a") }

  private func drawn() -> [String] {
    let report = bench.engine.withLock { bench.engine.findings() }
    return report.atLeast(.high).map { "\($0.rule) \($0.certainty.name) \($0.count)" }
  }

  /// The reply is lost behind the write, in each way that there is.
  @Test(arguments: ["RESET", "CLOSE", "HALFCLOSE", "ERROR ERR_lost"])
  func aWriteIsSentAgain(_ action: String) throws {
    try bench.rule("lost ENDPOINT svc-a FAMILY INCR TIMES 1 SHARED DO afterExecution \(action)")
    _ = bench.client(at: endpoint).call("INCR n")
    _ = bench.client(at: endpoint).call("INCR other")
    #expect(drawn() == [])
    _ = bench.client(at: endpoint).call("INCR n")
    #expect(drawn() == ["exec.duplicate certain 1"])
  }

  /// One that had not run is sent again rightly.
  @Test func aWriteThatHadNotRun() throws {
    try bench.rule("lost ENDPOINT svc-a FAMILY INCR TIMES 1 SHARED DO beforeExecution RESET")
    _ = bench.client(at: endpoint).call("INCR n")
    _ = bench.client(at: endpoint).call("INCR n")
    #expect(drawn() == [])
  }

  /// With the reply that was lost went those behind it.
  @Test func aPipelineIsSentAgain() throws {
    try bench.rule("lost ENDPOINT svc-a FAMILY INCR TIMES 1 SHARED DO afterExecution RESET")
    let one = bench.client(at: endpoint)
    _ = one.call("INCR a", "INCR b", "INCR c")
    one.close()
    let ran = bench.engine.withLock { bench.engine.ledger(of: "svc-a")?.commands.first { $0.name == "incr" }?.count } ?? 0
    _ = bench.client(at: endpoint).call("INCR a", "INCR b", "INCR c")
    // As many as had run the first time.
    let found = bench.engine.withLock { bench.engine.findings() }.findings.filter { $0.rule == "exec.duplicate" }
    #expect(ran > 0 && found.count == Int(ran))
  }

  @Test(arguments: ["DROP", "SURPLUS +A\\r\\n"])
  func aConnectionIsUsedOn(_ action: String) throws {
    try bench.rule("odd ENDPOINT svc-a COMMAND get TIMES 1 DO afterExecution \(action)")
    let client = bench.client(at: endpoint)
    _ = client.call("GET a")
    bench.settle()
    #expect(drawn() == [])
    _ = client.call("GET b")
    #expect(drawn() == ["reply.desync certain 1"])
  }

  @Test func aServerThatHangs() throws {
    try bench.rule("hangs ENDPOINT svc-a COMMAND get DO beforeExecution HANG")
    bench.engine.withLock { bench.engine.findingOptions[.hangMilliseconds] = 0 }
    let client = bench.client(at: endpoint)
    _ = client.call("GET a")
    #expect(drawn() == ["conn.no-timeout high 1"])
    client.close()
    #expect(drawn() == [])
  }
}
