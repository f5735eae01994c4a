// Deadlines, under a data clock that stands still, goes forward and goes back.

import Testing

@testable import UnderstudyEngine

@Suite struct ExpiryTests {
  private let harness = EngineHarness()
  private let client: HarnessClient
  private static let start: Int64 = 1_700_000_000_000

  init() {
    client = harness.client()
    set(0)
    harness.engine.withLock { harness.engine.freeze(.data) }
    set(0)
  }

  /// Sets the data clock to so many milliseconds behind the start.
  private func set(_ milliseconds: Int64) {
    harness.engine.withLock {
      _ = harness.engine.set(.data, microseconds: (Self.start + milliseconds) * 1000)
    }
  }

  /// Runs tasks, once; what they answer.
  private func runTasks() -> Int64? { harness.engine.withLock { harness.engine.runTasks() } }

  private var count: Int { unsafe harness.engine.state.pointee.databases[0].count }
  private var expiredCount: Int64 { unsafe harness.engine.state.pointee.statistics.expiredKeys }
  /// Makes a call and lets nobody run tasks after it.
  private func embed(_ arguments: String...) {
    #expect(throws: Never.self) {
      try harness.engine.embeddedCall(
        count: arguments.count, { index, lend in arguments[index].withBytes { lend($0) } }
      ) { #expect($0[0] != UInt8(ascii: "-")) }
    }
  }
  private var needsTasks: Bool { harness.engine.withLock { harness.engine.needsTasks } }
  private func expireActively(_ isOn: Bool) {
    harness.engine.withLock { harness.engine.configuration.expiresActively = isOn }
  }

  @Test func deadlinesAreToldInAllUnits() {
    client.call("SET", "k", "v")
    #expect(client.call("TTL", "k") == ":-1\r\n")
    #expect(client.call("PEXPIRETIME", "k") == ":-1\r\n")
    #expect(client.call("TTL", "none") == ":-2\r\n")
    #expect(client.call("EXPIRETIME", "none") == ":-2\r\n")
    #expect(client.call("PEXPIRE", "k", "1500") == ":1\r\n")
    #expect(client.call("PTTL", "k") == ":1500\r\n")
    #expect(client.call("TTL", "k") == ":2\r\n")
    set(1)
    #expect(client.call("PTTL", "k") == ":1499\r\n")
    #expect(client.call("TTL", "k") == ":1\r\n")
    #expect(client.call("PEXPIRETIME", "k") == ":\(Self.start + 1500)\r\n")
    #expect(client.call("EXPIRETIME", "k") == ":1700000002\r\n")
    #expect(client.call("EXPIREAT", "k", "1700000100") == ":1\r\n")
    #expect(client.call("TTL", "k") == ":100\r\n")
    #expect(client.call("PERSIST", "k") == ":1\r\n")
    #expect(client.call("PERSIST", "k") == ":0\r\n")
    #expect(client.call("PERSIST", "none") == ":0\r\n")
    #expect(client.call("EXPIRE", "none", "1") == ":0\r\n")
  }

  @Test func conditions() {
    client.call("SET", "k", "v")
    #expect(client.call("EXPIRE", "k", "100", "XX") == ":0\r\n")
    #expect(client.call("EXPIRE", "k", "100", "GT") == ":0\r\n")
    #expect(client.call("EXPIRE", "k", "100", "LT") == ":1\r\n")
    #expect(client.call("EXPIRE", "k", "200", "NX") == ":0\r\n")
    #expect(client.call("EXPIRE", "k", "100", "GT") == ":0\r\n")
    #expect(client.call("EXPIRE", "k", "100", "LT") == ":0\r\n")
    #expect(client.call("EXPIRE", "k", "101", "xx", "gt") == ":1\r\n")
    #expect(client.call("EXPIRE", "k", "99", "LT", "XX") == ":1\r\n")
    #expect(client.call("TTL", "k") == ":99\r\n")
    let conflict = "-ERR NX and XX, GT or LT options at the same time are not compatible\r\n"
    #expect(client.call("EXPIRE", "k", "1", "NX", "XX") == conflict)
    #expect(client.call("EXPIRE", "k", "x", "NX", "GT") == conflict)
    #expect(
      client.call("EXPIRE", "k", "1", "GT", "LT")
        == "-ERR GT and LT options at the same time are not compatible\r\n")
    #expect(client.call("EXPIRE", "k", "x", "FOO") == "-ERR Unsupported option FOO\r\n")
    #expect(client.call("EXPIRE", "none", "x") == "-ERR value is not an integer or out of range\r\n")
  }

  @Test func timesAtTheEdges() {
    client.call("SET", "k", "v")
    let invalid = "-ERR invalid expire time in 'expire' command\r\n"
    for seconds in ["9223372036854775807", "9223372036854775", "-9223372036854775808"] {
      #expect(client.call("EXPIRE", "k", seconds) == invalid)
    }
    #expect(
      client.call("PEXPIRE", "k", "9223372036854775807")
        == "-ERR invalid expire time in 'pexpire' command\r\n")
    // The last time there is does not mean "never".
    #expect(client.call("PEXPIREAT", "k", "9223372036854775807") == ":1\r\n")
    #expect(client.call("EXPIRETIME", "k") == ":9223372036854776\r\n")
    #expect(client.call("PERSIST", "k") == ":1\r\n")
    for call in [
      ["EXPIRE", "k", "0"], ["PEXPIRE", "k", "-1"], ["EXPIRE", "k", "-9223372036854775"],
      ["PEXPIREAT", "k", "1"],
      ["EXPIREAT", "k", "1700000000"],
    ] {
      client.call("SET", "k", "v")
      #expect(client.raw(HarnessClient.frame(call)) == ":1\r\n", "\(call)")
      #expect(client.call("EXISTS", "k") == ":0\r\n", "\(call)")
    }
  }

  @Test func aKeyGoesAtItsMillisecond() {
    client.call("SET", "k", "v", "PX", "100")
    set(99)
    #expect(client.call("GET", "k") == "$1\r\nv\r\n")
    set(100)
    #expect(client.call("GET", "k") == "$-1\r\n")
    #expect(client.call("PTTL", "k") == ":-2\r\n")
    // Gone is gone, though the clock goes back.
    set(0)
    #expect(client.call("GET", "k") == "$-1\r\n")
    #expect(count == 0 && expiredCount == 1)
  }

  @Test(arguments: [true, false])
  func everyLookSeesThatAKeyHasExpired(actively: Bool) {
    expireActively(actively)
    let looks: [([String], String)] = [
      (["GET", "k"], "$-1\r\n"), (["EXISTS", "k"], ":0\r\n"), (["TYPE", "k"], "+none\r\n"),
      (["DEL", "k"], ":0\r\n"),
      (["UNLINK", "k"], ":0\r\n"), (["TOUCH", "k"], ":0\r\n"), (["TTL", "k"], ":-2\r\n"),
      (["PERSIST", "k"], ":0\r\n"),
      (["EXPIRE", "k", "10"], ":0\r\n"), (["KEYS", "*"], "*0\r\n"), (["KEYS", "k"], "*0\r\n"),
      (["SCAN", "0", "COUNT", "100"], "*2\r\n$1\r\n0\r\n*0\r\n"), (["RANDOMKEY"], "$-1\r\n"),
      (["RENAME", "k", "j"], "-ERR no such key\r\n"), (["COPY", "k", "j"], ":0\r\n"),
      (["MOVE", "k", "1"], ":0\r\n"),
      (["OBJECT", "ENCODING", "k"], "$-1\r\n"), (["SORT", "k"], "*0\r\n"),
      (["SET", "k", "v", "XX"], "$-1\r\n"), (["SET", "k", "v", "NX"], "+OK\r\n"),
    ]
    for (call, expected) in looks {
      set(0)
      client.call("SET", "k", "v", "PX", "100")
      set(100)
      #expect(client.raw(HarnessClient.frame(call)) == expected, "\(call)")
    }
  }

  @Test func targetsThatHaveExpiredAreNotInTheWay() {
    expireActively(false)
    client.call("SET", "j", "old", "PX", "100")
    client.call("SET", "k", "v")
    set(100)
    #expect(client.call("RENAMENX", "k", "j") == ":1\r\n")
    #expect(client.call("PTTL", "j") == ":-1\r\n")
    client.call("SET", "k", "old", "PX", "100")
    set(200)
    #expect(client.call("COPY", "j", "k") == ":1\r\n")
    client.call("SELECT", "1")
    client.call("SET", "k", "old", "PX", "100")
    client.call("SELECT", "0")
    set(300)
    #expect(client.call("MOVE", "k", "1") == ":1\r\n")
    #expect(client.call("SCAN", "0") == "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nj\r\n")
  }

  @Test func anOverwrittenDeadlineDoesNothing() {
    client.call("SET", "k", "v", "PX", "100")
    client.call("SET", "k", "w", "PX", "500")
    client.call("SET", "j", "v", "PX", "100")
    client.call("SET", "j", "w")
    client.call("SET", "l", "v", "PX", "100")
    client.call("DEL", "l")
    client.call("SET", "l", "w")
    client.call("SET", "m", "v", "PX", "500")
    client.call("PEXPIRE", "m", "50")
    client.call("SET", "n", "v", "PX", "100")
    client.call("SET", "n", "w", "KEEPTTL")
    set(100)
    _ = runTasks()
    #expect(count == 3 && expiredCount == 2)
    #expect(client.call("GET", "k") == "$1\r\nw\r\n")
    #expect(client.call("GET", "j") == "$1\r\nw\r\n")
    #expect(client.call("GET", "l") == "$1\r\nw\r\n")
    set(500)
    _ = runTasks()
    #expect(count == 2 && expiredCount == 3)
  }

  @Test func keysDueTogetherGoTogether() {
    for index in 0..<100 { client.call("SET", "k\(index)", "v", "PXAT", "\(Self.start + 100)") }
    client.call("SET", "later", "v", "PXAT", "\(Self.start + 101)")
    set(99)
    _ = runTasks()
    #expect(count == 101)
    set(100)
    #expect(runTasks() == nil)
    #expect(count == 1 && expiredCount == 100)
  }

  @Test func theClockSetBackGivesTime() {
    client.call("SET", "k", "v", "PX", "1000")
    set(-5000)
    #expect(client.call("PTTL", "k") == ":6000\r\n")
    client.call("SET", "j", "v", "PX", "1000")
    #expect(client.call("OBJECT", "IDLETIME", "k") == ":0\r\n")
    set(-4000)
    _ = runTasks()
    #expect(client.call("KEYS", "*") == "*1\r\n$1\r\nk\r\n")
    set(1000)
    _ = runTasks()
    #expect(count == 0)
  }

  @Test func idleTimeFollowsTheClock() {
    client.call("SET", "k", "v")
    set(10_000)
    #expect(client.call("OBJECT", "IDLETIME", "k") == ":10\r\n")
    client.call("TYPE", "k")
    client.call("TTL", "k")
    client.call("EXISTS", "k")
    #expect(client.call("OBJECT", "IDLETIME", "k") == ":10\r\n")
    client.call("TOUCH", "k")
    #expect(client.call("OBJECT", "IDLETIME", "k") == ":0\r\n")
  }

  @Test func manyDueAtOnceGoInSteps() {
    let total = 100_000
    var requests = ""
    for index in 0..<total { requests += HarnessClient.frame(["SET", "k\(index)", "v", "PX", "100"]) }
    client.raw(requests)
    #expect(count == total)
    set(100)
    // The clock stands still: nothing but the answer of `runTasks` brings the transport back.
    var rounds = 0
    while let wait = runTasks() {
      #expect(wait == 0)
      rounds += 1
      if rounds == 10 {
        // Between two steps a client gets its turn, and sees none of the others.
        #expect(count > 0)
        #expect(client.call("GET", "k1") == "$-1\r\n")
      }
      if rounds > total { break }
    }
    #expect(count == 0 && expiredCount == Int64(total))
    #expect(rounds > 100 && rounds <= 1000)
  }

  @Test func withoutActiveExpiryKeysStayUntilLookedAt() {
    expireActively(false)
    for index in 0..<10 { client.call("SET", "k\(index)", "v", "PX", "100") }
    set(100)
    #expect(runTasks() == nil)
    #expect(count == 10)
    #expect(client.call("GET", "k3") == "$-1\r\n")
    #expect(count == 9)
    #expect(client.call("KEYS", "*") == "*0\r\n")
    #expect(count == 9)
    #expect(client.call("SCAN", "0", "COUNT", "100") == "*2\r\n$1\r\n0\r\n*0\r\n")
    #expect(count == 0 && expiredCount == 10)
    client.call("SET", "k", "v", "PX", "100")
    set(200)
    _ = runTasks()
    #expect(!needsTasks)
    expireActively(true)
    #expect(needsTasks)
    _ = runTasks()
    #expect(count == 0)
  }

  /// The transport sleeps until it is told otherwise: whatever makes something due sooner must say so.
  @Test func theTransportIsWokenForASoonerDeadline() {
    harness.engine.withLock { harness.engine.followReal(.data) }
    _ = runTasks()
    #expect(!needsTasks)
    embed("SET", "far", "v", "EX", "1000")
    #expect(needsTasks)
    #expect((runTasks() ?? 0) > 900_000_000)
    embed("SET", "farther", "v", "EX", "2000")
    #expect(!needsTasks)
    embed("PEXPIRE", "farther", "500000")
    #expect(needsTasks)
    #expect((runTasks() ?? 0) < 600_000_000)
    embed("DEL", "farther", "far")
    #expect(runTasks() == nil)
    embed("SET", "far", "v", "EX", "3000")
    #expect(needsTasks)
  }

  @Test func transactionsAndExpiry() {
    expireActively(false)
    let other = harness.client()
    // Expired after it was watched: the transaction fails.
    other.call("SET", "k", "v", "PX", "100")
    client.call("WATCH", "k")
    set(100)
    client.call("MULTI")
    client.call("PING")
    #expect(client.call("EXEC") == "*-1\r\n")
    // Expired before it was watched: that it is removed is no change.
    other.call("SET", "k", "v", "PX", "100")
    set(200)
    client.call("WATCH", "k")
    #expect(other.call("GET", "k") == "$-1\r\n")
    client.call("MULTI")
    client.call("PING")
    #expect(client.call("EXEC") == "*1\r\n+PONG\r\n")
    // But that it comes again is.
    other.call("SET", "k", "v", "PX", "100")
    set(300)
    client.call("WATCH", "k")
    other.call("SET", "k", "w")
    client.call("MULTI")
    client.call("PING")
    #expect(client.call("EXEC") == "*-1\r\n")
  }
}
