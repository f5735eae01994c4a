// Clients that wait in XREAD.

import Testing

@testable import UnderstudyEngine

@Suite struct StreamBlockingTests {
  private let harness = EngineHarness()

  /// The reply of XREAD with one entry of one stream.
  static func reply(_ key: String, _ id: String) -> String {
    "*1\r\n*2\r\n$\(key.utf8.count)\r\n\(key)\r\n*1\r\n"
      + "*2\r\n$\(id.utf8.count)\r\n\(id)\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n"
  }

  @Test func everyWaitingClientIsServed() {
    let (one, two, three) = (harness.client(), harness.client(), harness.client())
    three.call("XADD", "s", "1-1", "f", "v")
    #expect(one.call("XREAD", "BLOCK", "0", "STREAMS", "s", "$") == "")
    #expect(two.call("XREAD", "BLOCK", "0", "STREAMS", "t", "s", "0", "1-1") == "")
    three.call("XADD", "s", "2-1", "f", "v")
    #expect(one.pending() == Self.reply("s", "2-1"))
    #expect(two.pending() == Self.reply("s", "2-1"))
    #expect(one.call("PING") == "+PONG\r\n")
  }

  @Test func whatIsThereIsAnsweredAtOnce() {
    let client = harness.client()
    client.call("XADD", "s", "1-1", "f", "v")
    #expect(client.call("XREAD", "BLOCK", "0", "STREAMS", "s", "0") == Self.reply("s", "1-1"))
  }

  @Test func timeUpInTheWaitClock() {
    let client = harness.client()
    harness.engine.withLock { harness.engine.freeze(.wait) }
    #expect(client.call("XREAD", "BLOCK", "500", "STREAMS", "s", "$") == "")
    _ = harness.engine.withLock { harness.engine.advance(.wait, microseconds: 499_000) }
    #expect(client.pending() == "")
    _ = harness.engine.withLock { harness.engine.advance(.wait, microseconds: 1_000) }
    #expect(client.pending() == "*-1\r\n")
  }

  /// The end of the stream is where it was when the client came, not where it is when it is served.
  @Test func theEndIsFoundOutOnce() {
    let (one, two) = (harness.client(), harness.client())
    two.call("XADD", "s", "5-0", "f", "v")
    one.call("XREAD", "BLOCK", "0", "STREAMS", "s", "$")
    two.call("MULTI")
    two.call("XADD", "s", "6-0", "f", "v")
    two.call("DEL", "s")
    two.call("XADD", "s", "5-1", "f", "v")
    two.call("EXEC")
    #expect(one.pending() == Self.reply("s", "5-1"))
    one.call("XREAD", "BLOCK", "0", "STREAMS", "s", "$")
    two.call("DEL", "s")
    #expect(one.pending() == "")
    two.call("XADD", "s", "5-1", "f", "v")
    #expect(one.pending() == "")
    two.call("XADD", "s", "5-2", "f", "v")
    #expect(one.pending() == Self.reply("s", "5-2"))
  }

  @Test func anotherTypeAndARenameInIt() {
    let (one, two) = (harness.client(), harness.client())
    one.call("XREAD", "BLOCK", "0", "STREAMS", "s", "0")
    two.call("SET", "s", "x")
    #expect(one.pending() == "")
    two.call("XADD", "other", "3-1", "f", "v")
    two.call("RENAME", "other", "s")
    #expect(one.pending() == Self.reply("s", "3-1"))
  }

  /// An entry that came and has gone within one transaction: 7.0 answers the stream with no entries, 7.2 goes
  /// on waiting.
  @Test(arguments: ["7.0.0", "7.2.0"]) func anEntryThatHasGone(version: Version) {
    var configuration = Configuration()
    configuration.emulatedVersion = version
    let harness = EngineHarness(configuration)
    let (one, two) = (harness.client(), harness.client())
    two.call("XADD", "s", "1-1", "f", "v")
    one.call("XREAD", "BLOCK", "0", "STREAMS", "s", "$")
    two.call("MULTI")
    two.call("XADD", "s", "2-1", "f", "v")
    two.call("XDEL", "s", "2-1")
    two.call("EXEC")
    #expect(one.pending() == (version < "7.2.0" ? "*1\r\n*2\r\n$1\r\ns\r\n*0\r\n" : ""))
  }

  /// Each stream is looked up twice, as on the real server, whatever is asked for.
  @Test func missesAreCounted() {
    let (one, two) = (harness.client(), harness.client())
    one.call("XREAD", "BLOCK", "0", "STREAMS", "s", "t", "$", "0")
    #expect(two.call("INFO", "stats").contains("keyspace_misses:4\r\n"))
  }

  @Test func insideATransactionNobodyWaits() {
    let client = harness.client()
    client.call("MULTI")
    client.call("XREAD", "BLOCK", "0", "STREAMS", "s", "$")
    #expect(client.call("EXEC") == "*1\r\n*-1\r\n")
  }
}
