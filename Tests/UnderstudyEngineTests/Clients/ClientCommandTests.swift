// CLIENT and what it does to others, against the real server where replies are alike, and by itself where they cannot
// be.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "ClientOracleTests")))
struct ClientOracleTests {
  @Test func errorsAndPlainReplies() throws {
    let both = try OracleComparison()
    for line in [
      "CLIENT", "CLIENT FOO", "CLIENT ID x", "CLIENT GETNAME", "CLIENT SETNAME foo", "CLIENT GETNAME",
      "CLIENT SETNAME a\tb", "CLIENT LIST x", "CLIENT LIST x y", "CLIENT LIST TYPE foo", "CLIENT LIST TYPE normal x",
      "CLIENT LIST TYPE master", "CLIENT LIST TYPE replica", "CLIENT LIST TYPE slave", "CLIENT LIST ID",
      "CLIENT LIST ID x", "CLIENT LIST ID 0", "CLIENT LIST ID -1", "CLIENT LIST ID 999999", "CLIENT KILL",
      "CLIENT KILL foo", "CLIENT KILL 1.1.1.1:1", "CLIENT KILL ID x", "CLIENT KILL ID 0", "CLIENT KILL ID 99999999",
      "CLIENT KILL ID", "CLIENT KILL ID 5 x", "CLIENT KILL FOO x", "CLIENT KILL TYPE foo", "CLIENT KILL TYPE replica",
      "CLIENT KILL USER foo", "CLIENT KILL USER default SKIPME x", "CLIENT KILL ADDR 1.1.1.1:1",
      "CLIENT KILL LADDR 1.1.1.1:1", "CLIENT KILL SKIPME yes ADDR x", "CLIENT KILL TYPE master", "CLIENT PAUSE",
      "CLIENT PAUSE x", "CLIENT PAUSE -1", "CLIENT PAUSE 10 foo", "CLIENT PAUSE 10 ALL x", "CLIENT UNPAUSE",
      "CLIENT UNPAUSE x", "CLIENT UNBLOCK", "CLIENT UNBLOCK x", "CLIENT UNBLOCK 99999", "CLIENT UNBLOCK 99999 foo",
      "CLIENT UNBLOCK 99999 TIMEOUT x", "CLIENT UNBLOCK 99999 ERROR", "CLIENT REPLY", "CLIENT REPLY FOO",
      "CLIENT REPLY ON", "CLIENT NO-EVICT", "CLIENT NO-EVICT foo", "CLIENT NO-EVICT ON", "CLIENT NO-EVICT off",
      "CLIENT NO-TOUCH on", "CLIENT TRACKINGINFO", "CLIENT GETREDIR", "CLIENT CACHING YES", "CLIENT CACHING FOO",
      "CLIENT TRACKING FOO", "CLIENT TRACKING OFF", "CLIENT TRACKING ON REDIRECT 9999",
      "CLIENT TRACKING ON REDIRECT x", "CLIENT TRACKING ON FOO", "CLIENT TRACKING ON OPTIN OPTOUT",
      "CLIENT TRACKING ON PREFIX a", "CLIENT TRACKING OFF BCAST", "CLIENT SETINFO LIB-NAME x",
      "CLIENT MAINT_NOTIFICATIONS ON", "CLIENT HELP x",
    ] {
      for version in [2, 3] {
        let replies = try both.replies(line.split(separator: " ").map(String.init), protocol: version)
        #expect(replies.ours == replies.theirs, "\(line) in RESP\(version)")
      }
    }
  }

  /// Fields of CLIENT LIST: the same names in the same order.
  @Test func aLineHasTheFieldsOfRedis() throws {
    let both = try OracleComparison()
    let replies = try both.replies(["CLIENT", "INFO"], protocol: 2)
    func names(_ reply: String) -> [Substring] {
      let line = reply.split(separator: "\r\n").last ?? ""
      return line.split(whereSeparator: { $0 == " " || $0 == "\n" }).map { $0.prefix { $0 != "=" } }
    }
    #expect(names(replies.ours) == names(replies.theirs))
    #expect(names(replies.ours).count > 20)
  }

  @Test func debugRepliesOfEveryType() throws {
    let both = try OracleComparison(["--enable-debug-command", "yes"])
    for type in [
      "string", "integer", "double", "null", "array", "set", "map", "attrib", "push", "verbatim", "true", "false",
      "bignum", "foo",
    ] {
      for version in [2, 3] {
        let replies = try both.frames(["DEBUG", "PROTOCOL", type], protocol: version)
        #expect(replies.ours == replies.theirs, "\(type) in RESP\(version)")
      }
    }
    try both.expectEqual("DEBUG", "FOO")
    try both.expectEqual("DEBUG", "SLEEP", "x")
    try both.expectEqual("DEBUG", "ERROR", "FOO bar")
    try both.expectEqual("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "100b")
    try both.expectEqual("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "5gb")
    try both.expectEqual("DEBUG", "OBJECT", "none")
    try both.expectEqual("DEBUG", "RELOAD", "foo")
    try both.expectEqual("SHUTDOWN", "FOO")
    try both.expectEqual("SHUTDOWN", "ABORT")
    try both.expectEqual("SHUTDOWN", "NOSAVE", "ABORT")
  }

  /// Equal data has equal digests, here and there.
  @Test func digests() throws {
    let both = try OracleComparison(["--enable-debug-command", "yes"])
    for call in [
      ["SET", "k", "v"], ["SET", "i", "12345"], ["SET", "t", "x", "EX", "1000"],
      ["SET", "long", String(repeating: "a", count: 600)], ["RPUSH", "l", "a", "b", "3"], ["SADD", "s", "x", "1"],
      ["SADD", "n", "1", "2"], ["HSET", "h", "f", "v", "g", "2"], ["ZADD", "z", "1", "a", "0.1", "b"],
      ["XADD", "x", "1-1", "f", "v"], ["XADD", "x", "2", "g", "w", "h", "3"],
      ["SELECT", "3"], ["SET", "q", "1"],
    ] {
      _ = try both.replies(call, protocol: 2)
    }
    for call in [["DEBUG", "DIGEST"], ["DEBUG", "DIGEST-VALUE", "q", "none"]] {
      let replies = try both.replies(call, protocol: 2)
      #expect(replies.ours == replies.theirs, "\(call)")
    }
    _ = try both.replies(["SELECT", "0"], protocol: 2)
    let values = try both.replies(
      ["DEBUG", "DIGEST-VALUE", "k", "i", "t", "long", "l", "s", "n", "h", "z", "x"], protocol: 2)
    #expect(values.ours == values.theirs)
  }
}

@Suite struct ClientCommandTests {
  private let harness = EngineHarness()

  @Test func aKilledClientIsGoneAtOnce() {
    let (one, other) = (harness.client(), harness.client())
    other.call("SUBSCRIBE", "c")
    #expect(one.call("PUBSUB", "NUMSUB", "c").hasSuffix(":1\r\n"))
    #expect(one.call("CLIENT", "KILL", "TYPE", "pubsub") == ":1\r\n")
    #expect(one.call("PUBSUB", "NUMSUB", "c").hasSuffix(":0\r\n"))
    #expect(one.call("CLIENT", "LIST").components(of: "id=") == 1)
    #expect(one.call("CLIENT", "KILL", "ID", "2") == ":0\r\n")
    let last = one.rawAndClose(HarnessClient.frame(["CLIENT", "KILL", "ID", "1", "SKIPME", "no"]))
    #expect(last.text == ":1\r\n" && last.isClosed)
  }

  @Test func namesAndLibraries() {
    let client = harness.client()
    #expect(client.call("CLIENT", "SETINFO", "lib-name", "redis-py") == "+OK\r\n")
    #expect(client.call("CLIENT", "SETINFO", "LIB-VER", "8.1") == "+OK\r\n")
    #expect(client.call("CLIENT", "SETINFO", "FOO", "x") == "-ERR Unrecognized option 'FOO'\r\n")
    #expect(
      client.call("CLIENT", "SETINFO", "lib-name", "a b")
        == "-ERR lib-name cannot contain spaces, newlines or special characters.\r\n")
    client.call("CLIENT", "SETNAME", "me")
    client.call("CLIENT", "NO-TOUCH", "ON")
    let info = client.call("CLIENT", "INFO")
    #expect(info.contains(" name=me ") && info.contains(" flags=T ") && info.contains(" cmd=client|info "))
    #expect(info.contains(" lib-name=redis-py lib-ver=8.1\n"))
    #expect(
      client.call("CLIENT", "MAINT_NOTIFICATIONS", "ON")
        == "-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.\r\n")
    client.call("MULTI")
    client.call("CLIENT", "INFO")
    let inside = client.call("EXEC")
    #expect(inside.contains(" flags=xT ") && inside.contains(" multi=1 ") && inside.contains(" cmd=exec "))
  }

  @Test func repliesSwitchedOff() {
    let client = harness.client()
    #expect(client.call("CLIENT", "REPLY", "SKIP") == "")
    #expect(client.call("PING") == "")
    #expect(client.call("PING") == "+PONG\r\n")
    #expect(client.call("CLIENT", "REPLY", "SKIP") == "")
    #expect(client.call("CLIENT", "REPLY", "SKIP") == "")
    #expect(client.call("PING") == "")
    #expect(client.call("PING") == "+PONG\r\n")
    client.call("CLIENT", "REPLY", "SKIP")
    #expect(client.call("CLIENT", "REPLY", "ON") == "+OK\r\n")
    #expect(client.call("CLIENT", "REPLY", "OFF") == "")
    #expect(client.call("NOSUCH") == "")
    #expect(client.call("SUBSCRIBE", "c") == "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n")
    client.call("UNSUBSCRIBE")
    #expect(client.call("CLIENT", "REPLY", "ON") == "+OK\r\n")
  }

  @Test func aPauseHoldsWritesAndOffersThemAgain() {
    let (one, other) = (harness.client(), harness.client())
    harness.engine.withLock { harness.engine.freeze(.wait) }
    #expect(one.call("CLIENT", "PAUSE", "1000", "WRITE") == "+OK\r\n")
    #expect(other.call("SET", "k", "v") == "")
    #expect(one.call("GET", "k") == "$-1\r\n")
    #expect(one.call("INFO", "clients").contains("blocked_clients:1\r\n"))
    #expect(one.call("EVAL", "#!lua flags=no-writes\nreturn 1", "0") == ":1\r\n")
    #expect(one.call("CLIENT", "PAUSE", "10", "WRITE") == "+OK\r\n")
    advance(999)
    #expect(other.pending() == "")
    advance(1)
    #expect(other.pending() == "+OK\r\n")
    #expect(one.call("GET", "k") == "$1\r\nv\r\n")
    one.call("CLIENT", "PAUSE", "1000", "WRITE")
    #expect(other.call("EVAL", "return 1", "0") == "")
    one.call("CLIENT", "UNPAUSE")
    #expect(other.pending() == ":1\r\n")
  }

  @Test func unblocking() {
    let (one, other) = (harness.client(), harness.client())
    #expect(other.call("BLPOP", "list", "0") == "")
    #expect(one.call("CLIENT", "LIST", "ID", "2").contains(" flags=b "))
    #expect(one.call("CLIENT", "UNBLOCK", "2") == ":1\r\n")
    #expect(other.pending() == "*-1\r\n")
    other.call("BLPOP", "list", "0")
    #expect(one.call("CLIENT", "UNBLOCK", "2", "ERROR") == ":1\r\n")
    #expect(other.pending() == "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n")
    #expect(one.call("CLIENT", "UNBLOCK", "2") == ":0\r\n")
    #expect(one.call("INFO", "errorstats").contains("errorstat_UNBLOCKED:count=1\r\n"))
  }

  /// Nobody is answered while the server sleeps, and the sleep is one of the wait clock.
  @Test func sleeping() {
    var configuration = Configuration()
    configuration.debugCommand = .yes
    let harness = EngineHarness(configuration)
    let (one, other) = (harness.client(), harness.client())
    harness.engine.withLock { harness.engine.freeze(.wait) }
    #expect(one.call("DEBUG", "SLEEP", "2") == "")
    #expect(other.call("PING") == "")
    #expect(other.call("NOSUCH") == "")
    harness.engine.withLock { _ = harness.engine.advance(.wait, microseconds: 1_999_999) }
    #expect(other.pending() == "")
    harness.engine.withLock { _ = harness.engine.advance(.wait, microseconds: 1) }
    #expect(one.pending() == "+OK\r\n")
    #expect(other.pending() == "+PONG\r\n-ERR unknown command 'NOSUCH', with args beginning with: \r\n")
    one.call("MULTI")
    one.call("DEBUG", "SLEEP", "1")
    one.call("PING")
    #expect(one.call("EXEC") == "*2\r\n")
    harness.engine.withLock { _ = harness.engine.advance(.wait, microseconds: 1_000_000) }
    #expect(one.pending() == "+OK\r\n+PONG\r\n")
  }

  /// 7.0 carries out each option of HELLO as it reads it; shapes of subcommands that do not fit quote what was written.
  @Test(.enabled(if: OracleServer.isAvailable(for: "introductionsAreCarriedOut")))
  func introductionsAreCarriedOut() throws {
    for call in [
      "HELLO 2 SETNAME a FOO", "HELLO 2 SETNAME b SETNAME c·d", "HELLO 2 SETNAME e AUTH foo bar",
      "HELLO 2 SETNAME f AUTH foo", "HELLO 2 \0", "HELLO 2 SETNAME g x\0y",
    ] {
      try OracleComparison.compare("\(call)\nCLIENT GETNAME")
    }
    try OracleComparison.compare(
      """
      CLIENT unblock 1 ERROR x
      CLIENT Pause 1 ALL x
      PUBSUB channels a b
      PUBSUB ShardChannels a b
      SLOWLOG Get 1 2
      DEBUG \0
      CLIENT KILL TYPE a\0b
      CLIENT KILL USER a\0b
      CONFIG SET a\0b c
      EXPIRE k 1 a\0b
      DEBUG a\0b c
      """)
  }

  private func advance(_ milliseconds: Int64) {
    harness.engine.withLock { _ = harness.engine.advance(.wait, microseconds: milliseconds * 1000) }
  }
}

extension String {
  /// How often `part` stands in the text with a blank or a line's beginning before it.
  fileprivate func components(of part: String) -> Int {
    split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\r\n" }).filter { $0.hasPrefix(part) }.count
  }
}
