// What the rules of connections and pools draw, and what they do not.

import Testing

@testable import UnderstudyEngine

@Suite struct ConnectionFindingTests {
  private let bench = FindingsBench()

  // MARK: What is left

  private static let states: [(calls: [[String]], state: String)] = [
    ([["MULTI"], ["SET", "a", "1"]], "MULTI (#3) is open"), ([["WATCH", "k"]], "WATCH (#3) is on"),
    ([["SUBSCRIBE", "c"]], "subscribed (#3)"),
    ([["SELECT", "3"]], "SELECT (#3) has left it in another database than its handshake chose"),
    ([["CLIENT", "TRACKING", "ON"]], "CLIENT TRACKING (#3) is on"),
  ]

  @Test(arguments: states.indices)
  func whatIsLeftAtACheckpoint(_ index: Int) throws {
    let (calls, state) = Self.states[index]
    let client = bench.client()
    client.call("GET", "a")
    for call in calls { client.raw(HarnessClient.frame(call)) }
    #expect(bench.drawn() == [])
    try bench.mark(.checkpoint)
    #expect(bench.drawn() == ["state.dirty certain"])
    #expect(bench.findings("state.dirty").first?.message.contains(": \(state) at a checkpoint. ") == true)
  }

  @Test func whatIsLeftAtAReturn() throws {
    let client = bench.client()
    client.call("GET", "a")
    try bench.mark(.return, client)
    #expect(bench.drawn() == [])
    client.call("WATCH", "k")
    try bench.mark(.return, client)
    #expect(bench.drawn() == ["state.dirty certain"])
  }

  @Test func theDatabaseOfTheHandshakeIsTheBaseline() throws {
    let client = bench.client()
    client.call("SELECT", "2")
    client.call("GET", "a")
    client.call("MULTI")
    client.call("EXEC")
    client.call("SUBSCRIBE", "c")
    client.call("UNSUBSCRIBE", "c")
    try bench.mark(.checkpoint)
    #expect(bench.drawn(atLeast: .info) == [])
  }

  private func use(_ calls: [[String]]) {
    let client = bench.client()
    for call in calls { client.raw(HarnessClient.frame(call)) }
  }

  @Test func whatIsLeftAtAClose() {
    use([["GET", "a"], ["WATCH", "k"]])
    #expect(bench.drawn() == ["state.dirty certain"])
    use([["SET", "a", "1"], ["SELECT", "3"], ["GET", "a"]])
    #expect(bench.drawn(atLeast: .medium) == ["state.dirty certain", "state.dirty medium"])
  }

  /// A subscriber's connection ends so; what the server closes is not the client's doing.
  @Test func whatACloseMayLeave() throws {
    use([["SUBSCRIBE", "c"]])
    let client = bench.client()
    client.call("WATCH", "k")
    let identifier = try bench.record(client).identifier
    _ = bench.client().call("CLIENT", "KILL", "ID", "\(identifier)")
    #expect(bench.drawn(atLeast: .medium) == [])
  }

  // MARK: Marks and waits

  @Test func aConnectionIsHeld() throws {
    bench.set(.heldMilliseconds, 0)
    let client = bench.client()
    client.call("GET", "a")
    try bench.mark(.checkout, client)
    #expect(bench.drawn() == ["conn.held high"])
  }

  @Test func aConnectionIsGivenBackInTime() throws {
    bench.set(.heldMilliseconds, 3_600_000)
    let client = bench.client()
    client.call("GET", "a")
    try bench.mark(.checkout, client)
    #expect(bench.drawn() == [])
    try bench.mark(.return, client)
    #expect(bench.drawn(atLeast: .info) == [])
  }

  @Test func whoIsBlockedAtTheEnd() {
    let client = bench.client()
    client.call("BLPOP", "list", "5")
    #expect(bench.drawn(isFinished: false) == [])
    #expect(bench.drawn() == ["block.at-finish high"])
    bench.client().call("RPUSH", "list", "a")
    #expect(bench.drawn() == [])
  }

  @Test func aCallIsGivenUp() {
    use([["BLPOP", "list", "5"]])
    #expect(bench.drawn(atLeast: .info) == ["conn.abandoned info"])
  }

  @Test func aServerThatHangs() throws {
    let client = bench.client()
    client.call("GET", "a")
    let record = try bench.record(client)
    record.noteHang(at: 0)
    bench.set(.hangMilliseconds, 3_600_000)
    #expect(bench.drawn() == [])
    bench.set(.hangMilliseconds, 0)
    #expect(bench.drawn() == ["conn.no-timeout high"])
    record.noteHang(at: nil)
    #expect(bench.drawn() == [])
  }

  @Test func habits() {
    let client = bench.harness.client()
    client.call("BLPOP", "a", "0")
    bench.client().call("RPUSH", "a", "1")
    #expect(bench.drawn(atLeast: .info) == [])
    for rule in ["conn.unnamed", "block.forever"] { bench.switchOn(rule) }
    client.call("BLPOP", "a", "0.0")
    bench.client().call("RPUSH", "a", "1")
    client.call("BLPOP", "a", "1")
    bench.client().call("RPUSH", "a", "1")
    #expect(bench.drawn(atLeast: .info) == ["block.forever info", "conn.unnamed info"])
    #expect(bench.findings("block.forever").first?.count == 1)
  }

  // MARK: Pools

  @Test func connectionsLeak() {
    let clients = (0..<20).map { index in
      let client = bench.client()
      client.call("SET", "k\(index)", "v")
      return client
    }
    #expect(bench.drawn() == ["conn.leak high"])
    #expect(bench.findings("conn.leak").first?.message.contains("19 of 20 connections") == true)
    _ = clients
  }

  @Test func threeAbandonedConnectionsAreALeak() {
    let clients = (0..<4).map { _ in
      let client = bench.client()
      client.call("GET", "k")
      return client
    }
    #expect(bench.drawn() == ["conn.leak high"])
    // Those that are used again are none.
    for client in clients { client.call("GET", "k") }
    #expect(bench.drawn() == [])
  }

  /// Spare connections were never used; and connections for different purposes are different.
  @Test func connectionsThatMayStandIdle() {
    let spare = (0..<5).map { _ in bench.client() }
    let uses = [["GET", "a"], ["SUBSCRIBE", "c"], ["BRPOP", "q", "5"], ["PUBLISH", "c", "1"], ["SET", "a", "1"], ["LPUSH", "p", "1"]]
    let busy = uses.map { call in
      let client = bench.client()
      client.raw(HarnessClient.frame(call))
      return client
    }
    #expect(bench.drawn(isFinished: false) == [])
    _ = (spare, busy)
  }

  /// Who waits is not idle, however long ago the call was made.
  @Test func connectionsThatHaveWaited() {
    let clients = (0..<6).map { _ in
      let client = bench.client()
      client.call("BLPOP", "q", "5")
      return client
    }
    let helper = bench.client("helper")
    for _ in clients { helper.call("RPUSH", "q", "x") }
    for client in clients { #expect(client.pending().hasPrefix("*2")) }
    #expect(bench.drawn() == [])
  }

  /// A pool that replaces its connections when they have grown old.
  @Test func aPoolThatRotates() {
    for _ in 0..<6 {
      let client = bench.client()
      for _ in 0..<5 { client.call("GET", "k") }
    }
    #expect(bench.drawn(atLeast: .medium) == [])
  }

  @Test func aBudget() {
    bench.set(.connectionBudget, 2)
    let clients = (0..<3).map { _ in bench.client() }
    for client in clients { client.call("GET", "k") }
    #expect(bench.drawn() == ["conn.leak high"])
    _ = clients
  }

  @Test func subscribersTwiceOver() {
    let clients = (0..<3).map { _ in
      let client = bench.client()
      client.call("SUBSCRIBE", "news")
      return client
    }
    #expect(bench.drawn() == ["conn.leak high"])
    _ = clients
    let other = FindingsBench()
    let apart = (0..<3).map { index in
      let client = other.client()
      client.call("SUBSCRIBE", "news\(index)")
      return client
    }
    #expect(other.drawn() == [])
    _ = apart
  }

  @Test func connectionsChurn() {
    for index in 0..<20 { use([["SET", "k\(index)", "v"]]) }
    #expect(bench.drawn(atLeast: .medium) == ["conn.churn high"])
    let message = bench.findings("conn.churn").first?.message ?? ""
    #expect(message.contains("20 connections were opened for at most one command each, 1 at once"))
  }

  /// Health checks, command-line tools, and a few connections that may be such.
  @Test func connectionsThatMayBeShort() {
    for _ in 0..<20 { use([["PING"]]) }
    for _ in 0..<20 {
      let tool = bench.harness.client()
      tool.call("COMMAND", "DOCS", "get")
      tool.call("GET", "a")
    }
    #expect(bench.drawn(atLeast: .medium) == [])
    for _ in 0..<6 { bench.harness.client().call("GET", "a") }
    #expect(bench.drawn(atLeast: .medium) == ["conn.churn medium"])
    for _ in 0..<12 { bench.harness.client().call("GET", "a") }
    #expect(bench.drawn(atLeast: .medium) == ["conn.churn high"])
  }

  /// A record with a lane: `i10` is idle until 10, `b20` busy until 20.
  private func record(_ id: UInt64, _ lane: String) -> ConnectionRecord {
    let record = ConnectionRecord(identifier: id, endpoint: 0, ordinal: Int64(id), level: .full, at: 0)
    record.isShakingHands = false
    record.firstCommandAt = 0
    var time: Int64 = 0
    for part in lane.split(separator: " ") {
      record.enter(part.first == "b" ? .busy : .idle, at: time)
      time = (Int64(part.dropFirst()) ?? 0) * 1000
    }
    record.close(at: time)
    return record
  }

  @Test func saturation() {
    let full = FindingsState.saturation([record(1, "b190 i200"), record(2, "b195 i200")], until: 200_000)
    #expect(full.saturated == 190_000 && full.total == 200_000)
    let half = FindingsState.saturation([record(1, "b100 i200"), record(2, "i100 b200")], until: 200_000)
    #expect(half.saturated == 0 && half.total == 200_000)
  }

  @Test func aPoolIsTooLarge() {
    let clients = (0..<12).map { _ in bench.client() }
    for _ in 0..<2 { for client in clients { client.call("GET", "k") } }
    #expect(bench.drawn(atLeast: .medium) == ["pool.oversized medium"])
    let other = FindingsBench()
    let few = (0..<9).map { _ in other.client() }
    for _ in 0..<2 { for client in few { client.call("GET", "k") } }
    #expect(other.drawn(atLeast: .medium) == [])
  }
}
