// Streams through the engine: what depends on the data clock, on the version, on sharing with copies.

import Testing

@testable import UnderstudyEngine

@Suite struct StreamCommandTests {
  private let harness = EngineHarness()

  private func set(_ milliseconds: Int64) {
    harness.engine.withLock { _ = harness.engine.set(.data, microseconds: milliseconds * 1000) }
  }

  @Test func idsUnderAClockThatStandsStillAndGoesBack() {
    let client = harness.client()
    harness.engine.withLock { harness.engine.freeze(.data) }
    set(1000)
    #expect(client.call("XADD", "s", "*", "f", "v") == "$6\r\n1000-0\r\n")
    #expect(client.call("XADD", "s", "*", "f", "v") == "$6\r\n1000-1\r\n")
    set(900)
    #expect(client.call("XADD", "s", "*", "f", "v") == "$6\r\n1000-2\r\n")
    #expect(
      client.call("XADD", "s", "900-5", "f", "v").hasPrefix(
        "-ERR The ID specified in XADD is equal or smaller"))
    set(1001)
    #expect(client.call("XADD", "s", "*", "f", "v") == "$6\r\n1001-0\r\n")
    // The clock does not bind an ID that is given.
    #expect(
      client.call("XADD", "s", "5000-18446744073709551615", "f", "v")
        == "$25\r\n5000-18446744073709551615\r\n")
    #expect(client.call("XADD", "s", "*", "f", "v") == "$6\r\n5001-0\r\n")
    set(0)
    #expect(client.call("XADD", "new", "*", "f", "v") == "$3\r\n0-1\r\n")
  }

  @Test func aFullMillisecond() {
    let client = harness.client()
    client.call("XADD", "s", "5-18446744073709551615", "f", "v")
    #expect(
      client.call("XADD", "s", "5-*", "f", "v").hasPrefix("-ERR The ID specified in XADD is equal or smaller")
    )
    #expect(client.call("XADD", "s", "6-*", "f", "v") == "$3\r\n6-0\r\n")
  }

  @Test func whatCameWithLaterVersions() {
    var configuration = Configuration()
    configuration.emulatedVersion = "7.0.0"
    let old = EngineHarness(configuration).client()
    let new = harness.client()
    for client in [old, new] {
      client.call("XADD", "s", "1", "f", "v")
      client.call("XADD", "s", "2", "f", "v")
      client.call("XDEL", "s", "2")
      client.call("XDEL", "s", "1")
    }
    #expect(old.call("XSETID", "s", "1") == "+OK\r\n")
    #expect(
      new.call("XSETID", "s", "1")
        == "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id\r\n")
    #expect(
      old.call("XREAD", "STREAMS", "a", "b", "0").hasPrefix("-ERR Unbalanced XREAD list of streams: for each")
    )
    #expect(
      new.call("XREAD", "STREAMS", "a", "b", "0").hasPrefix(
        "-ERR Unbalanced 'xread' list of streams: for each"))
  }

  @Test func aCopyGoesItsOwnWay() {
    let client = harness.client()
    for id in 1...250 { client.call("XADD", "s", "\(id)", "f", "\(id)") }
    #expect(client.call("COPY", "s", "t") == ":1\r\n")
    client.call("XDEL", "s", "120")
    client.call("XTRIM", "s", "MAXLEN", "50")
    client.call("XADD", "t", "1000", "f", "v")
    #expect(client.call("XLEN", "s") == ":50\r\n")
    #expect(client.call("XLEN", "t") == ":251\r\n")
    #expect(
      client.call("XRANGE", "t", "120", "120") == "*1\r\n*2\r\n$5\r\n120-0\r\n*2\r\n$1\r\nf\r\n$3\r\n120\r\n")
    #expect(client.call("XADD", "s", "251", "f", "v") == "$5\r\n251-0\r\n")
    #expect(client.call("XINFO", "STREAM", "t").contains("$20\r\nmax-deleted-entry-id\r\n$3\r\n0-0\r\n"))
  }

  @Test func aReplyInRESP3IsAMap() {
    let client = harness.client()
    client.call("HELLO", "3")
    client.call("XADD", "s", "1-1", "f", "v")
    #expect(
      client.call("XREAD", "STREAMS", "s", "0")
        == "%1\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n")
    #expect(client.call("XREAD", "STREAMS", "s", "1-1") == "_\r\n")
  }
}
