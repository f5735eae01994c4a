// Databases as a whole: emptied, exchanged, counted; and what is freed in steps after that.

import Testing

@testable import UnderstudyEngine

@Suite struct WholeDatabaseTests {
  private let harness = EngineHarness()

  @Test(arguments: ["FLUSHALL", "FLUSHDB"]) func flushDirtiesWatchesOfKeysThatWereThere(_ flush: String) {
    let (one, other) = (harness.client(), harness.client())
    one.call("SET", "a", "1")
    one.call("WATCH", "a")
    other.call(flush)
    one.call("MULTI")
    #expect(one.call("EXEC") == "*-1\r\n")
    one.call("WATCH", "a")
    other.call(flush, "ASYNC")
    one.call("MULTI")
    #expect(one.call("EXEC") == "*0\r\n")
  }

  @Test func flushOfOneDatabaseLeavesTheOthers() {
    let client = harness.client()
    client.call("SET", "a", "1", "EX", "100")
    client.call("SELECT", "1")
    client.call("MSET", "a", "1", "b", "2")
    #expect(client.call("DBSIZE") == ":2\r\n")
    client.call("FLUSHDB")
    #expect(client.call("DBSIZE") == ":0\r\n")
    client.call("SELECT", "0")
    #expect(client.call("TTL", "a") == ":100\r\n")
    client.call("FLUSHALL")
    #expect(client.call("DBSIZE") == ":0\r\n")
  }

  @Test func exchangeTakesDeadlinesAlong() {
    let client = harness.client()
    client.call("SET", "a", "1", "EX", "100")
    client.call("SWAPDB", "0", "5")
    #expect(client.call("EXISTS", "a") == ":0\r\n")
    client.call("SELECT", "5")
    #expect(client.call("TTL", "a") == ":100\r\n")
    client.call("PERSIST", "a")
    client.call("SWAPDB", "5", "0")
    client.call("SELECT", "0")
    #expect(client.call("TTL", "a") == ":-1\r\n")
  }

  @Test func exchangeDirtiesWatchesOfBoth() {
    let (one, two, three, other) = (harness.client(), harness.client(), harness.client(), harness.client())
    other.call("SELECT", "1")
    other.call("SET", "b", "1")
    one.call("WATCH", "b")
    two.call("SELECT", "1")
    two.call("WATCH", "b")
    three.call("WATCH", "absent")
    other.call("SWAPDB", "0", "1")
    for client in [one, two, three] { client.call("MULTI") }
    #expect(one.call("EXEC") == "*-1\r\n")
    #expect(two.call("EXEC") == "*-1\r\n")
    #expect(three.call("EXEC") == "*0\r\n")
  }

  @Test func exchangeServesWhoWaits() {
    let (waiting, other) = (harness.client(), harness.client())
    #expect(waiting.call("BLPOP", "l", "0") == "")
    other.call("SELECT", "3")
    other.call("RPUSH", "l", "x")
    #expect(other.call("SWAPDB", "0", "3") == "+OK\r\n")
    #expect(waiting.pending() == "*2\r\n$1\r\nl\r\n$1\r\nx\r\n")
  }

  @Test func waitEndsWhenItsTimeIsUp() {
    let client = harness.client()
    harness.engine.withLock { harness.engine.freeze(.wait) }
    #expect(client.call("WAIT", "0", "0") == ":0\r\n")
    #expect(client.call("WAIT", "1", "50") == "")
    _ = harness.engine.withLock { harness.engine.advance(.wait, microseconds: 49_000) }
    #expect(client.pending() == "")
    _ = harness.engine.withLock { harness.engine.advance(.wait, microseconds: 1_000) }
    #expect(client.pending() == ":0\r\n")
    #expect(client.call("WAITAOF", "0", "1", "50") == "")
    _ = harness.engine.withLock { harness.engine.advance(.wait, microseconds: 50_000) }
    #expect(client.pending() == "*2\r\n:0\r\n:0\r\n")
    client.call("MULTI")
    client.call("WAIT", "1", "0")
    #expect(client.call("EXEC") == "*1\r\n:0\r\n")
  }

  @Test func timeIsThatOfTheDataClock() {
    let client = harness.client()
    _ = harness.engine.withLock { harness.engine.set(.data, microseconds: 1_700_000_000_000_123) }
    harness.engine.withLock { harness.engine.freeze(.data) }
    #expect(client.call("TIME").hasPrefix("*2\r\n$10\r\n1700000000\r\n$"))
    client.call("SAVE")
    #expect(client.call("LASTSAVE") == ":1700000000\r\n")
    #expect(client.call("BGSAVE", "SCHEDULE") == "+Background saving started\r\n")
    client.call("MULTI")
    #expect(client.call("SAVE") == "-ERR Command not allowed inside a transaction\r\n")
  }

  // MARK: Freeing in steps

  private var pending: Int {
    harness.engine.withLock { unsafe harness.engine.state.pointee.graveyard.pointee.pendingObjects }
  }

  private var freed: Int {
    harness.engine.withLock { unsafe harness.engine.state.pointee.graveyard.pointee.freedObjects }
  }

  /// Makes a set too large to be freed in one step.
  private func makeLarge(_ key: String, _ client: HarnessClient) {
    let members = (0..<20_000).map { "member \($0)" }
    client.raw(HarnessClient.frame(["SADD", key] + members))
  }

  @Test(arguments: [
    ["DEL", "large"], ["UNLINK", "large"], ["SET", "large", "x"], ["RENAME", "small", "large"], ["FLUSHDB"],
  ])
  func whatIsLargeIsFreedBetweenBatches(_ command: [String]) {
    let client = harness.client()
    makeLarge("large", client)
    client.call("SET", "small", "x")
    client.raw(HarnessClient.frame(command))
    // The harness runs tasks after each call: one step is done, and much is left.
    #expect(pending == 1, "\(command)")
    var rounds = 0
    while pending > 0 && rounds < 1000 {
      let next = harness.engine.withLock { harness.engine.runTasks() }
      #expect(pending == 0 || next == 0, "it must be called again at once")
      rounds += 1
    }
    #expect(pending == 0 && freed == 1 && rounds > 3, "\(command): \(rounds) rounds")
  }

  /// A large value among many keys does not go along with its segment.
  @Test func largeValuesOfAFlushedDatabase() {
    let client = harness.client()
    makeLarge("large", client)
    client.raw((0..<200).reduce("") { $0 + HarnessClient.frame(["SET", "key \($1)", "\($1)"]) })
    client.call("FLUSHALL")
    #expect(pending == 1)
    var rounds = 0
    while pending > 0 && rounds < 1000 {
      _ = harness.engine.withLock { harness.engine.runTasks() }
      rounds += 1
    }
    #expect(pending == 0 && freed == 202 && rounds > 3)
  }

  @Test func flushOfManyKeysIsFreedInSteps() {
    let client = harness.client()
    var calls = ""
    for index in 0..<20_000 { calls += HarnessClient.frame(["SET", "key \(index)", "\(index)"]) }
    client.raw(calls)
    #expect(client.call("DBSIZE") == ":20000\r\n")
    client.call("FLUSHALL")
    #expect(client.call("DBSIZE") == ":0\r\n")
    #expect(pending == 20_000)
    client.call("SET", "a", "1")
    var rounds = 0
    while pending > 0 && rounds < 1000 {
      _ = harness.engine.withLock { harness.engine.runTasks() }
      rounds += 1
    }
    #expect(pending == 0 && freed == 20_000 && rounds > 3)
    #expect(client.call("GET", "a") == "$1\r\n1\r\n")
    client.raw(calls)
    client.call("FLUSHALL", "SYNC")
    #expect(pending == 0 && freed == 20_000)
  }
}
