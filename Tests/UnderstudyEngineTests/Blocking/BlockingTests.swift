// Clients that wait: who is served, when, and what ends a wait.

import Testing

@testable import UnderstudyEngine

@Suite struct BlockingTests {
  private let harness = EngineHarness()

  @Test func theLongestWaitingClientIsServedFirst() {
    let (one, two, three) = (harness.client(), harness.client(), harness.client())
    #expect(one.call("BLPOP", "k", "0") == "")
    #expect(two.call("BRPOP", "k", "0") == "")
    #expect(three.call("RPUSH", "k", "a", "b", "c") == ":3\r\n")
    #expect(one.pending() == "*2\r\n$1\r\nk\r\n$1\r\na\r\n")
    #expect(two.pending() == "*2\r\n$1\r\nk\r\n$1\r\nc\r\n")
    #expect(three.call("LRANGE", "k", "0", "-1") == "*1\r\n$1\r\nb\r\n")
  }

  @Test func aTransactionServesOnlyWhenItHasEnded() {
    let (one, two) = (harness.client(), harness.client())
    one.call("BLPOP", "k", "0")
    two.call("MULTI")
    two.call("RPUSH", "k", "a")
    two.call("LPUSH", "k", "b")
    #expect(two.call("EXEC") == "*2\r\n:1\r\n:2\r\n")
    #expect(one.pending() == "*2\r\n$1\r\nk\r\n$1\r\nb\r\n")
  }

  @Test func aKeyOfAnotherTypeServesNobody() {
    let (one, two, three) = (harness.client(), harness.client(), harness.client())
    one.call("BLPOP", "k", "0")
    two.call("SADD", "k", "a")
    #expect(one.pending() == "")
    two.call("SREM", "k", "a")
    three.call("BRPOP", "k", "0")
    two.call("RPUSH", "k", "x")
    #expect(one.pending() == "*2\r\n$1\r\nk\r\n$1\r\nx\r\n")
    #expect(three.pending() == "")
  }

  @Test func oneMoveFeedsTheNext() {
    let (one, two, three) = (harness.client(), harness.client(), harness.client())
    one.call("BRPOPLPUSH", "a", "b", "0")
    two.call("BLMOVE", "b", "c", "LEFT", "RIGHT", "0")
    three.call("RPUSH", "a", "v")
    #expect(one.pending() == "$1\r\nv\r\n")
    #expect(two.pending() == "$1\r\nv\r\n")
    #expect(three.call("LRANGE", "c", "0", "-1") == "*1\r\n$1\r\nv\r\n")
  }

  @Test func insideATransactionNobodyWaits() {
    let client = harness.client()
    client.call("MULTI")
    client.call("BLPOP", "k", "0")
    client.call("BLMOVE", "k", "j", "LEFT", "LEFT", "0")
    client.call("BLMPOP", "0", "1", "k", "LEFT")
    #expect(client.call("EXEC") == "*3\r\n*-1\r\n$-1\r\n*-1\r\n")
  }

  @Test func timeUpInTheWaitClock() {
    let client = harness.client()
    harness.engine.withLock { harness.engine.freeze(.wait) }
    #expect(client.call("BLPOP", "k", "0.5") == "")
    _ = harness.engine.withLock { harness.engine.advance(.wait, microseconds: 499_000) }
    #expect(client.pending() == "")
    _ = harness.engine.withLock { harness.engine.advance(.wait, microseconds: 1_000) }
    #expect(client.pending() == "*-1\r\n")
    #expect(client.call("PING") == "+PONG\r\n")
  }

  @Test(arguments: ["x", "nan", "", " 1"]) func aTimeoutThatIsNoNumber(text: String) {
    #expect(harness.client().call("BLPOP", "k", text) == "-ERR timeout is not a float or out of range\r\n")
  }

  @Test func timeoutsOutOfRange() {
    let client = harness.client()
    #expect(client.call("BLPOP", "k", "-1") == "-ERR timeout is negative\r\n")
    #expect(client.call("BLPOP", "k", "1e300") == "-ERR timeout is out of range\r\n")
    #expect(client.call("BLPOP", "k", "9223372036854775") == "-ERR timeout is out of range\r\n")
  }

  @Test func whatAWaitingClientHasSentRunsAfterwards() {
    let (one, two) = (harness.client(), harness.client())
    one.raw(HarnessClient.frame(["BLPOP", "k", "0"]) + HarnessClient.frame(["PING"]))
    two.call("RPUSH", "k", "v")
    #expect(one.pending() == "*2\r\n$1\r\nk\r\n$1\r\nv\r\n+PONG\r\n")
  }

  @Test func aClientThatHasGoneIsNotServed() {
    let two = harness.client()
    do {
      let one = harness.client()
      one.call("BLPOP", "k", "0")
    }
    two.call("RPUSH", "k", "v")
    #expect(two.call("LLEN", "k") == ":1\r\n")
  }

  @Test func manyWaitingClientsAreServedInOrder() {
    let waiting = (0..<200).map { _ in harness.client() }
    for client in waiting { client.call("BLPOP", "k", "other", "0") }
    let pusher = harness.client()
    for index in 0..<200 { pusher.call("RPUSH", index % 3 == 0 ? "other" : "k", "\(index)") }
    for (index, client) in waiting.enumerated() { #expect(client.pending().hasSuffix("\r\n\(index)\r\n")) }
  }
}
