// What the rules of transactions and of replies draw, and what they do not.

import Testing

@testable import UnderstudyEngine

@Suite struct TransactionFindingTests {
  private let bench = FindingsBench()

  @Test func anOwnWriteDirtiesTheWatch() throws {
    let client = bench.client()
    client.call("SET", "stock", "5")
    client.call("WATCH", "stock")
    client.call("GETSET", "stock", "4")
    client.call("MULTI")
    client.call("SET", "other", "1")
    #expect(client.call("EXEC") == "_\r\n")
    #expect(bench.drawn(atLeast: .medium) == ["tx.self-dirtied certain"])
    let finding = try #require(bench.findings("tx.self-dirtied").first)
    #expect(
      finding.message == """
        tx.self-dirtied default conn 1: WATCH stock (#3) → GETSET on the same connection (#4) → EXEC nil (#7). The write dirtied \
        its own watch. Move GETSET between MULTI and EXEC.
        """)
    #expect(finding.evidence.map(\.line) == ["conn 1 #3 WATCH stock", "conn 1 #4 GETSET stock 4", "conn 1 #7 EXEC"])
    #expect(finding.identity.name == "svc" && finding.key == Array("stock".utf8) && finding.count == 1)
  }

  /// Another client's write, a same-value SET, an EXPIRE: conflicts, but not of one's own making.
  @Test(arguments: [["SET", "k", "v"], ["EXPIRE", "k", "10"], ["DEL", "k"]])
  func anotherClientsWrite(_ write: [String]) {
    let (one, two) = (bench.client(), bench.client())
    for _ in 0..<2 {
      one.call("SET", "k", "v", "KEEPTTL")
      one.call("WATCH", "k")
      two.raw(HarnessClient.frame(write))
      one.call("MULTI")
      one.call("PING")
      one.call("EXEC")
    }
    // Nobody has tried again after the second one.
    #expect(bench.drawn(atLeast: .medium) == ["tx.nil-unretried medium"])
    one.call("WATCH", "k")
    #expect(bench.drawn(atLeast: .medium) == [])
  }

  @Test func anOwnWriteInsideTheTransactionIsFine() {
    let client = bench.client()
    client.call("WATCH", "k")
    client.call("MULTI")
    client.call("GETSET", "k", "1")
    client.call("EXEC")
    // As is one behind UNWATCH, or of another key.
    client.call("WATCH", "k")
    client.call("SET", "other", "1")
    client.call("UNWATCH")
    client.call("SET", "k", "2")
    client.call("MULTI")
    client.call("EXEC")
    #expect(bench.drawn(atLeast: .info) == [])
  }

  @Test func aTransactionIsSplit() {
    let (one, two) = (bench.client(), bench.client())
    one.call("MULTI")
    two.call("SET", "k", "1")
    two.call("EXEC")
    #expect(bench.drawn() == ["tx.split certain"])
    #expect(bench.findings("tx.split").first?.connections == [2, 1])
  }

  @Test func execWithoutMultiByItselfIsNoSplit() {
    let (one, two) = (bench.client(), bench.client("another"))
    two.call("MULTI")
    one.call("EXEC")
    two.call("EXEC")
    #expect(bench.drawn() == [])
  }

  // MARK: Replies

  @Test func aWriteIsSentAgain() throws {
    let (one, two) = (bench.client(), bench.client())
    one.call("INCR", "n")
    one.call("SET", "s", "1")
    let record = try bench.record(one)
    record.noteLostReply(ordinal: 2)
    record.noteLostReply(ordinal: 3)
    two.call("INCR", "m")
    #expect(bench.drawn(atLeast: .info) == [])
    two.call("INCR", "n")
    two.call("SET", "s", "1")
    #expect(bench.drawn(atLeast: .info) == ["exec.duplicate certain", "exec.duplicate info"])
    #expect(bench.findings("exec.duplicate").first?.connections == [2, 1])
  }

  @Test func aTransactionOrAScriptIsSentAgain() throws {
    let (one, two) = (bench.client(), bench.client())
    let body = "return redis.call('INCR', KEYS[1])"
    one.call("MULTI")
    one.call("INCR", "n")
    one.call("EXEC")
    one.call("EVAL", body, "1", "s")
    let record = try bench.record(one)
    record.noteLostReply(ordinal: 4)
    record.noteLostReply(ordinal: 5)
    two.call("MULTI")
    two.call("INCR", "n")
    two.call("EXEC")
    two.call("EVAL", body, "1", "s")
    #expect(bench.findings("exec.duplicate").map(\.certainty) == [.certain, .certain])
  }

  /// The same write twice is a program's good right, as long as no reply was lost.
  @Test func writesThatAreNotLost() {
    let client = bench.client()
    for _ in 0..<3 { client.call("INCR", "n") }
    #expect(bench.drawn(atLeast: .info) == [])
  }

  @Test func aConnectionIsUsedOn() throws {
    let client = bench.client()
    client.call("GET", "a")
    let record = try bench.record(client)
    record.noteMissingReply(ordinal: 2)
    // The fault was within the burst that is over now.
    record.track?.burstNumber += 1
    client.call("GET", "b")
    #expect(bench.drawn() == ["reply.desync certain"])
    let other = bench.client()
    let second = try bench.record(other)
    second.noteSurplusReply()
    second.track?.burstNumber += 1
    other.call("GET", "b")
    #expect(bench.findings("reply.desync").map(\.count) == [1, 1])
  }

  /// What was sent together with the command whose reply is missing is no use of the connection behind it.
  @Test func aPipelineIsNotUsedOn() throws {
    let client = bench.client()
    client.call("GET", "a")
    let record = try bench.record(client)
    // As if the fault struck within the burst that comes now.
    record.track?.missingReply = (2, record.track.map { $0.burstNumber } ?? 0)
    client.raw(HarnessClient.frame(["GET", "b"]) + HarnessClient.frame(["GET", "c"]))
    #expect(bench.drawn() == [])
  }
}
