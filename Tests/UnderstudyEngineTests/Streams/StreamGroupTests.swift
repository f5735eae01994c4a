// Consumer groups through the engine: what depends on the data clock, on the version, on sharing with copies; and
// clients that wait in XREADGROUP.

import Testing

@testable import UnderstudyEngine

@Suite struct StreamGroupTests {
  private func harness(_ version: Version = "7.2.0") -> EngineHarness {
    var configuration = Configuration()
    configuration.emulatedVersion = version
    return EngineHarness(configuration)
  }

  private func set(_ harness: EngineHarness, _ milliseconds: Int64) {
    harness.engine.withLock {
      harness.engine.freeze(.data)
      _ = harness.engine.set(.data, microseconds: milliseconds * 1000)
    }
  }

  @Test func idleTimesInTheDataClock() {
    let harness = harness()
    let client = harness.client()
    set(harness, 1000)
    client.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    client.call("XADD", "s", "1", "f", "v")
    client.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
    set(harness, 1700)
    #expect(
      client.call("XPENDING", "s", "g", "-", "+", "9") == "*1\r\n*4\r\n$3\r\n1-0\r\n$1\r\nc\r\n:700\r\n:1\r\n"
    )
    #expect(client.call("XPENDING", "s", "g", "IDLE", "701", "-", "+", "9") == "*0\r\n")
    #expect(client.call("XPENDING", "s", "g", "IDLE", "700", "-", "+", "9").hasPrefix("*1\r\n"))
    #expect(client.call("XCLAIM", "s", "g", "d", "701", "1", "JUSTID") == "*0\r\n")
    #expect(client.call("XCLAIM", "s", "g", "d", "700", "1", "JUSTID") == "*1\r\n$3\r\n1-0\r\n")
    set(harness, 2000)
    #expect(client.call("XAUTOCLAIM", "s", "g", "e", "301", "-") == "*3\r\n$3\r\n0-0\r\n*0\r\n*0\r\n")
    #expect(
      client.call("XAUTOCLAIM", "s", "g", "e", "300", "-", "JUSTID")
        == "*3\r\n$3\r\n0-0\r\n*1\r\n$3\r\n1-0\r\n*0\r\n")
    // The clock goes back: nothing is idle for less than no time.
    set(harness, 100)
    #expect(
      client.call("XPENDING", "s", "g", "-", "+", "9") == "*1\r\n*4\r\n$3\r\n1-0\r\n$1\r\ne\r\n:0\r\n:1\r\n")
    #expect(client.call("XCLAIM", "s", "g", "c", "0", "1", "IDLE", "30", "JUSTID") == "*1\r\n$3\r\n1-0\r\n")
    #expect(
      client.call("XPENDING", "s", "g", "-", "+", "9") == "*1\r\n*4\r\n$3\r\n1-0\r\n$1\r\nc\r\n:30\r\n:1\r\n")
  }

  /// Since 7.2 a consumer is made and seen when it asks, not when it gets something, and its last success is told.
  @Test func consumersThatAskInVain() {
    let new = harness()
    set(new, 1000)
    let client = new.client()
    client.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    client.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
    set(new, 1400)
    #expect(
      client.call("XINFO", "CONSUMERS", "s", "g")
        == "*1\r\n*8\r\n$4\r\nname\r\n$1\r\nc\r\n$7\r\npending\r\n:0\r\n$4\r\nidle\r\n:400\r\n$8\r\ninactive\r\n:-1\r\n"
    )
    client.call("XADD", "s", "1", "f", "v")
    client.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
    set(new, 1500)
    client.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
    set(new, 1600)
    #expect(
      client.call("XINFO", "CONSUMERS", "s", "g")
        == "*1\r\n*8\r\n$4\r\nname\r\n$1\r\nc\r\n$7\r\npending\r\n:1\r\n$4\r\nidle\r\n:100\r\n$8\r\ninactive\r\n:200\r\n"
    )
    client.call("XCLAIM", "s", "g", "d", "5000", "1")
    client.call("XAUTOCLAIM", "s", "g", "e", "5000", "-")
    #expect(client.call("XINFO", "CONSUMERS", "s", "g").hasPrefix("*3\r\n"))
    #expect(client.call("XINFO", "STREAM", "s", "FULL").contains("$11\r\nactive-time\r\n:1400\r\n"))

    let old = harness("7.0.0")
    set(old, 1000)
    let other = old.client()
    other.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    other.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
    #expect(other.call("XINFO", "CONSUMERS", "s", "g") == "*0\r\n")
    other.call("XADD", "s", "1", "f", "v")
    other.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
    other.call("XCLAIM", "s", "g", "d", "5000", "1")
    other.call("XAUTOCLAIM", "s", "g", "e", "5000", "-")
    #expect(
      other.call("XINFO", "CONSUMERS", "s", "g")
        == "*1\r\n*6\r\n$4\r\nname\r\n$1\r\nc\r\n$7\r\npending\r\n:1\r\n$4\r\nidle\r\n:0\r\n")
    #expect(!other.call("XINFO", "STREAM", "s", "FULL").contains("active-time"))
  }

  @Test func aCopyHasGroupsOfItsOwn() {
    let client = harness().client()
    client.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    for id in 1...300 { client.call("XADD", "s", "\(id)", "f", "v") }
    client.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">")
    client.call("COPY", "s", "t")
    #expect(client.call("XACK", "s", "g", "150") == ":1\r\n")
    #expect(client.call("XGROUP", "DELCONSUMER", "t", "g", "c") == ":300\r\n")
    #expect(client.call("XPENDING", "t", "g") == "*4\r\n:0\r\n$-1\r\n$-1\r\n*-1\r\n")
    #expect(client.call("XPENDING", "s", "g").hasPrefix("*4\r\n:299\r\n$3\r\n1-0\r\n$5\r\n300-0\r\n"))
    #expect(client.call("XGROUP", "DESTROY", "s", "g") == ":1\r\n")
    #expect(client.call("XINFO", "GROUPS", "t").hasPrefix("*1\r\n"))
  }

  // MARK: Waiting

  private static let wait = ["XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", ">"]

  @Test func oneEntryServesOneConsumer() {
    let harness = harness()
    let (one, two, three) = (harness.client(), harness.client(), harness.client())
    three.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    #expect(one.raw(HarnessClient.frame(Self.wait)) == "")
    #expect(two.raw(HarnessClient.frame(Self.wait)) == "")
    three.call("XADD", "s", "1-1", "f", "v")
    #expect(one.pending() == StreamBlockingTests.reply("s", "1-1"))
    #expect(two.pending() == "")
    three.call("XADD", "s", "1-2", "f", "v")
    #expect(two.pending() == StreamBlockingTests.reply("s", "1-2"))
    #expect(three.call("XPENDING", "s", "g").hasPrefix("*4\r\n:2\r\n$3\r\n1-1\r\n$3\r\n1-2\r\n"))
  }

  struct Loss: CustomTestStringConvertible {
    var commands: [[String]]
    var old: String
    var new: String
    var testDescription: String { commands.map { $0.joined(separator: " ") }.joined(separator: "; ") }
  }

  private static let noGroup =
    "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option\r\n"
  private static let unblocked = "-UNBLOCKED the stream key no longer exists\r\n"
  private static let groupGone = "-NOGROUP the consumer group this client was blocked on no longer exists\r\n"
  private static let wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"

  /// What takes the key or the group away ends the wait at once; the words changed with 7.2.
  @Test(arguments: [
    Loss(commands: [["DEL", "s"]], old: unblocked, new: noGroup),
    Loss(commands: [["SET", "s", "x"]], old: unblocked, new: wrongType),
    Loss(commands: [["RENAME", "s", "t"]], old: unblocked, new: noGroup),
    Loss(commands: [["MOVE", "s", "1"]], old: unblocked, new: noGroup),
    Loss(commands: [["FLUSHALL"]], old: unblocked, new: noGroup),
    Loss(commands: [["FLUSHDB"]], old: unblocked, new: noGroup),
    Loss(commands: [["SWAPDB", "0", "1"]], old: unblocked, new: noGroup),
    Loss(commands: [["PEXPIREAT", "s", "1"]], old: unblocked, new: noGroup),
    Loss(commands: [["XGROUP", "DESTROY", "s", "g"]], old: groupGone, new: noGroup),
    Loss(
      commands: [["MULTI"], ["DEL", "s"], ["XADD", "s", "1", "f", "v"], ["EXEC"]], old: groupGone,
      new: noGroup),
    Loss(
      commands: [["MULTI"], ["DEL", "s"], ["LPUSH", "s", "x"], ["EXEC"]], old: unblocked, new: wrongType),
  ])
  func lossOfTheKeyOrTheGroup(loss: Loss) {
    for (version, expected) in [("7.0.0", loss.old), ("7.2.0", loss.new)] as [(Version, String)] {
      let harness = harness(version)
      let (one, two, three) = (harness.client(), harness.client(), harness.client())
      two.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
      #expect(one.raw(HarnessClient.frame(Self.wait)) == "")
      #expect(three.call("XREAD", "BLOCK", "0", "STREAMS", "s", "$") == "")
      for command in loss.commands { two.raw(HarnessClient.frame(command)) }
      #expect(one.pending() == expected, "\(version)")
      #expect(one.call("PING") == "+PONG\r\n")
      // XREAD needs no group, and so not this very key.
      let isServed = loss.commands.contains { $0[0] == "XADD" }
      #expect(three.pending().isEmpty != isServed, "\(version)")
    }
  }

  @Test func theKeyExpiresWhileAClientWaits() {
    let harness = harness()
    let (one, two) = (harness.client(), harness.client())
    set(harness, 1000)
    two.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    two.call("PEXPIRE", "s", "50")
    one.raw(HarnessClient.frame(Self.wait))
    set(harness, 1049)
    #expect(one.pending() == "")
    set(harness, 1050)
    #expect(one.pending() == Self.noGroup)
  }

  @Test func timeUpInTheWaitClock() {
    let harness = harness()
    let client = harness.client()
    client.call("HELLO", "3")
    client.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    harness.engine.withLock { harness.engine.freeze(.wait) }
    #expect(client.call("XREADGROUP", "GROUP", "g", "c", "BLOCK", "20", "STREAMS", "s", ">") == "")
    _ = harness.engine.withLock { harness.engine.advance(.wait, microseconds: 20_000) }
    #expect(client.pending() == "_\r\n")
    #expect(
      client.call("XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", "0")
        == "%1\r\n$1\r\ns\r\n*0\r\n")
  }
}
