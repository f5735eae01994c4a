// What Redis 8.2 and 8.4 brought for streams: XDELEX, XACKDEL, trimming that minds consumer groups, and XREADGROUP with
// CLAIM. What is expected is what their documentation and tests say.

import Testing

@testable import UnderstudyEngine

@Suite struct LaterStreamCommandTests {
  private let harness: EngineHarness
  private let client: HarnessClient
  private static let start: Int64 = 1_700_000_000_000

  init() {
    var configuration = Configuration()
    configuration.emulatedVersion = "8.4.0"
    harness = EngineHarness(configuration)
    client = harness.client()
    harness.engine.withLock { harness.engine.freeze(.data) }
    set(0)
  }

  private func set(_ milliseconds: Int64) {
    harness.engine.withLock {
      _ = harness.engine.set(.data, microseconds: (Self.start + milliseconds) * 1000)
      harness.engine.settleClocks()
    }
  }

  private func call(_ words: String) -> String { Self.call(words, client) }

  @discardableResult
  private static func call(_ words: String, _ client: HarnessClient) -> String {
    client.raw(HarnessClient.frame(words.split(separator: " ").map(String.init)))
  }

  private func integers(_ values: Int64...) -> String {
    values.reduce("*\(values.count)\r\n") { $0 + ":\($1)\r\n" }
  }

  /// A stream of so many entries, `1-0` and on, which the groups named have read.
  private func makeStream(_ count: Int, readBy groups: String...) {
    _ = call("DEL s")
    for index in 1...count { _ = call("XADD s \(index)-0 f v\(index)") }
    for group in groups {
      _ = call("XGROUP CREATE s \(group) 0")
      _ = call("XREADGROUP GROUP \(group) of-\(group) STREAMS s >")
    }
  }

  private func pending(_ group: String) -> String {
    String(call("XPENDING s \(group)").split(separator: "\r\n")[1])
  }

  @Test func olderVersionsKnowNoneOfIt() {
    for version: Version in ["7.0.0", "7.2.0", "8.0.0"] {
      var configuration = Configuration()
      configuration.emulatedVersion = version
      let client = EngineHarness(configuration).client()
      #expect(Self.call("XDELEX s IDS 1 1-1", client).hasPrefix("-ERR unknown command 'XDELEX'"))
      #expect(Self.call("XACKDEL s g IDS 1 1-1", client).hasPrefix("-ERR unknown command 'XACKDEL'"))
      #expect(Self.call("XADD s KEEPREF * f v", client).hasPrefix("-ERR Invalid stream ID"))
      #expect(Self.call("XTRIM s MAXLEN 1 DELREF", client) == "-ERR syntax error\r\n")
      #expect(Self.call("XREADGROUP GROUP g c CLAIM 1 STREAMS s >", client) == "-ERR syntax error\r\n")
    }
  }

  @Test func deletingMindsGroups() {
    #expect(call("XDELEX none IDS 2 1-1 2-2") == integers(-1, -1))
    makeStream(3, readBy: "a", "b")
    #expect(call("XDELEX s IDS 2 1-0 9-0") == integers(1, -1))
    #expect(pending("a") == ":3")
    #expect(call("XDELEX s ACKED IDS 2 2-0 9-0") == integers(2, -1))
    _ = call("XACK s a 2-0")
    #expect(call("XDELEX s IDS 1 2-0 ACKED") == integers(2))
    _ = call("XACK s b 2-0")
    #expect(call("XDELEX s acked IDS 1 2-0") == integers(1))
    #expect(call("XDELEX s DELREF IDS 2 3-0 1-0") == integers(1, -1))
    // What was left of an entry that had been deleted is gone too.
    #expect(pending("a") == ":0" && pending("b") == ":0")
    #expect(call("XLEN s") == ":0\r\n")
    // What a group has not read yet, it needs; without groups nobody does.
    _ = call("XADD s 4-0 f v")
    #expect(call("XDELEX s ACKED IDS 1 4-0") == integers(2))
    _ = call("XGROUP DESTROY s a")
    _ = call("XGROUP DESTROY s b")
    #expect(call("XDELEX s ACKED IDS 1 4-0") == integers(1))
    #expect(call("XINFO STREAM s").contains("max-deleted-entry-id\r\n$3\r\n4-0\r\n"))
  }

  @Test func acknowledgingAndDeleting() {
    #expect(call("XACKDEL none g IDS 2 1-1 2-2") == integers(-1, -1))
    makeStream(2)
    #expect(call("XACKDEL s g IDS 2 1-1 2-2") == integers(-1, -1))
    makeStream(2, readBy: "a", "b")
    #expect(call("XACKDEL s a DELREF IDS 2 1-0 2-0") == integers(1, 1))
    #expect(call("XLEN s") == ":0\r\n" && pending("a") == ":0" && pending("b") == ":0")
    #expect(call("XACKDEL s b DELREF IDS 2 1-0 2-0") == integers(-1, -1))
    makeStream(2, readBy: "a", "b")
    #expect(call("XACKDEL s a ACKED IDS 2 1-0 2-0") == integers(2, 2))
    #expect(call("XLEN s") == ":2\r\n" && pending("a") == ":0" && pending("b") == ":2")
    #expect(call("XACKDEL s b ACKED IDS 2 1-0 2-0") == integers(1, 1))
    #expect(call("XLEN s") == ":0\r\n")
    makeStream(2, readBy: "a", "b")
    #expect(call("XACKDEL s a KEEPREF IDS 2 1-0 2-0") == integers(1, 1))
    #expect(call("XLEN s") == ":0\r\n" && pending("a") == ":0" && pending("b") == ":2")
    #expect(call("XACKDEL s b IDS 2 1-0 2-0") == integers(1, 1))
    #expect(pending("b") == ":0")
  }

  @Test func whatIsWrongIsTold() {
    makeStream(1, readBy: "g")
    _ = call("SET x v")
    for command in ["XDELEX s", "XACKDEL s g"] {
      for count in ["abc", "0", "-5"] {
        #expect(call("\(command) IDS \(count) 1-1") == "-ERR Number of IDs must be a positive integer\r\n")
      }
      for count in ["3", "9223372036854775807"] {
        #expect(
          call("\(command) IDS \(count) 1-1 2-2")
            == "-ERR The `numids` parameter must match the number of arguments\r\n")
      }
      for wrong in [
        "IDS 1 1-1 2-2", "KEEPREF DELREF IDS 1 1-1", "KEEPREF ACKED IDS 1 1-1", "DELREF IDS 1 1-1 ACKED",
        "FOO IDS 1 1-1", "KEEPREF 1 1-1", "IDS 1 1-1 IDS 1 1-1", "KEEPREF 1 1-1 IDS",
      ] {
        #expect(call("\(command) \(wrong)") == "-ERR syntax error\r\n", "\(command) \(wrong)")
      }
      #expect(call("\(command) IDS 2 1-0 x").hasPrefix("-ERR Invalid stream ID"))
    }
    #expect(call("XLEN s") == ":1\r\n")
    #expect(call("XDELEX x IDS 1 1-1").hasPrefix("-WRONGTYPE"))
    #expect(call("XACKDEL x g IDS 1 1-1").hasPrefix("-WRONGTYPE"))
    #expect(call("XDELEX s IDS 1").hasPrefix("-ERR wrong number of arguments for 'xdelex'"))
    #expect(call("XACKDEL s g IDS 1").hasPrefix("-ERR wrong number of arguments for 'xackdel'"))
  }

  @Test func trimmingMindsGroups() {
    makeStream(5)
    _ = call("XGROUP CREATE s g 0")
    // Nothing has been read yet.
    #expect(call("XADD s MAXLEN = 1 ACKED 6-0 f v") == "$3\r\n6-0\r\n")
    #expect(call("XLEN s") == ":6\r\n")
    _ = call("XREADGROUP GROUP g c COUNT 1 STREAMS s >")
    _ = call("XACK s g 1-0")
    _ = call("XADD s MAXLEN = 1 ACKED 7-0 f v")
    #expect(call("XLEN s") == ":6\r\n")
    _ = call("XREADGROUP GROUP g c STREAMS s >")
    // One in the middle stays.
    _ = call("XACK s g 2-0 3-0 5-0 6-0 7-0")
    #expect(call("XTRIM s MAXLEN 2 ACKED") == ":4\r\n")
    #expect(call("XRANGE s - + COUNT 1").contains("4-0"))
    #expect(call("XLEN s") == ":2\r\n")
    #expect(call("XTRIM s MINID 9 ACKED") == ":1\r\n")
    #expect(call("XLEN s") == ":1\r\n")
    #expect(call("XTRIM s ACKED MAXLEN 0") == ":0\r\n")
    #expect(call("XTRIM s DELREF MAXLEN 0") == ":1\r\n")
    #expect(pending("g") == ":0")
    makeStream(5, readBy: "g")
    #expect(call("XTRIM s MINID 3 DELREF") == ":2\r\n")
    #expect(pending("g") == ":3")
    #expect(call("XTRIM s MINID 5 KEEPREF") == ":2\r\n")
    #expect(pending("g") == ":3")
    _ = call("XADD s DELREF MAXLEN 0 * f v")
    #expect(call("XLEN s") == ":0\r\n" && pending("g") == ":2")
    #expect(call("XTRIM s MAXLEN 0 ACKED DELREF") == "-ERR syntax error\r\n")
    #expect(call("XTRIM s ACKED DELREF").hasPrefix("-ERR"))
  }

  @Test func approximateTrimmingTakesWholeBlocks() {
    client.call("CONFIG", "SET", "stream-node-max-entries", "10")
    makeStream(35, readBy: "g")
    #expect(call("XTRIM s MAXLEN ~ 1 ACKED") == ":0\r\n")
    _ = call("XACK s g " + (1...24).map { "\($0)-0" }.joined(separator: " "))
    #expect(call("XTRIM s MAXLEN ~ 1 ACKED") == ":20\r\n")
    #expect(call("XTRIM s MAXLEN ~ 1 DELREF") == ":10\r\n")
    #expect(pending("g") == ":5")
  }

  @Test func claimingWhileReading() {
    makeStream(3)
    _ = call("XGROUP CREATE s g 0")
    _ = call("XREADGROUP GROUP g one COUNT 2 STREAMS s >")
    set(40)
    #expect(
      call("XREADGROUP GROUP g two CLAIM 50 STREAMS s >")
        == "*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*4\r\n$3\r\n3-0\r\n*2\r\n$1\r\nf\r\n$2\r\nv3\r\n:0\r\n:0\r\n")
    set(60)
    #expect(
      call("XREADGROUP GROUP g two COUNT 1 CLAIM 50 STREAMS s >")
        == "*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*4\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$2\r\nv1\r\n:60\r\n:1\r\n")
    #expect(call("XPENDING s g - + 9 two").contains("$3\r\n1-0\r\n$3\r\ntwo\r\n:0\r\n:2\r\n"))
    // The longest idle first.
    _ = call("XADD s 4-0 f v4")
    let reply = call("XREADGROUP CLAIM 0 GROUP g three STREAMS s >")
    let order = reply.split(separator: "\r\n").filter { $0.hasSuffix("-0") }
    #expect(order == ["2-0", "3-0", "1-0", "4-0"])
    #expect(reply.hasSuffix(":0\r\n:0\r\n"))
    // With an ID it is history as ever.
    #expect(call("XREADGROUP GROUP g three COUNT 1 CLAIM 0 STREAMS s 0").contains("*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n"))
    #expect(call("XREADGROUP GROUP g two CLAIM 9223372036854775807 STREAMS s >") == "*-1\r\n")
    _ = call("XTRIM s MAXLEN 0")
    #expect(call("XREADGROUP GROUP g two CLAIM 0 STREAMS s >") == "*-1\r\n")
  }

  @Test func claimingWithoutAcknowledgement() {
    makeStream(2)
    _ = call("XGROUP CREATE s g 0")
    _ = call("XREADGROUP GROUP g one COUNT 1 STREAMS s >")
    set(100)
    let order = call("XREADGROUP GROUP g two NOACK CLAIM 50 STREAMS s >").split(separator: "\r\n")
      .filter { $0.hasSuffix("-0") }
    #expect(order == ["1-0", "2-0"])
    #expect(pending("g") == ":1")
  }

  @Test func wrongWaysToClaim() {
    makeStream(1, readBy: "g")
    for idle in ["test", "5.5", "10e", "+10", "-0", "-5.5", "STREAMS"] {
      #expect(
        call("XREADGROUP GROUP g c CLAIM \(idle) STREAMS s >") == "-ERR min-idle-time is not an integer\r\n",
        "\(idle)")
    }
    #expect(call("XREADGROUP GROUP g c CLAIM -10 STREAMS s >") == "-ERR min-idle-time must be a positive integer\r\n")
    #expect(
      call("XREAD COUNT 2 CLAIM 10 STREAMS s 0-0")
        == "-ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead.\r\n")
    #expect(call("XREADGROUP GROUP g CLAIM 50 c STREAMS s >") == "-ERR syntax error\r\n")
    #expect(call("XREADGROUP GROUP none c CLAIM 50 STREAMS s >").hasPrefix("-NOGROUP No such key"))
  }

  @Test func whoWaitsIsServedWhenAnEntryHasBeenIdleForLongEnough() {
    makeStream(1, readBy: "g")
    let waiting = harness.client()
    #expect(Self.call("XREADGROUP GROUP g two BLOCK 0 CLAIM 1000 STREAMS s >", waiting) == "")
    set(999)
    #expect(waiting.pending() == "")
    set(1000)
    #expect(waiting.pending().hasSuffix(":1000\r\n:1\r\n"))
    // A new entry is not waited with.
    #expect(Self.call("XREADGROUP GROUP g two BLOCK 0 CLAIM 1000 STREAMS s >", waiting) == "")
    _ = call("XADD s 2-0 f v2")
    #expect(waiting.pending().hasSuffix("$2\r\nv2\r\n:0\r\n:0\r\n"))
  }

  @Test func whoWaitsIsServedWhenADeliveryIsDatedBack() {
    makeStream(1, readBy: "g")
    let waiting = harness.client()
    #expect(Self.call("XREADGROUP GROUP g two BLOCK 0 CLAIM 1000 STREAMS s >", waiting) == "")
    _ = call("XCLAIM s g three 0 1-0 IDLE 500 JUSTID")
    #expect(waiting.pending() == "")
    _ = call("XCLAIM s g three 0 1-0 IDLE 5000 JUSTID")
    #expect(waiting.pending().contains("$3\r\n1-0\r\n"))
    // And at the right time, if it was dated back by less.
    #expect(Self.call("XREADGROUP GROUP g two BLOCK 0 CLAIM 1000 STREAMS s >", waiting) == "")
    _ = call("XCLAIM s g three 0 1-0 IDLE 900 JUSTID")
    set(99)
    #expect(waiting.pending() == "")
    set(100)
    #expect(waiting.pending().contains("$3\r\n1-0\r\n"))
  }

  @Test func twoWhoWaitTakeTheSameEntryOneAfterTheOther() {
    makeStream(1)
    _ = call("XDEL s 1-0")
    _ = call("XGROUP CREATE s g 0")
    let first = harness.client()
    let second = harness.client()
    Self.call("XREADGROUP GROUP g one BLOCK 0 CLAIM 100 STREAMS s >", first)
    Self.call("XREADGROUP GROUP g two BLOCK 0 CLAIM 100 STREAMS s >", second)
    _ = call("XADD s 2-0 f v2")
    #expect(first.pending().hasSuffix(":0\r\n:0\r\n"))
    #expect(second.pending() == "")
    set(100)
    #expect(second.pending().hasSuffix(":100\r\n:1\r\n"))
  }
}
