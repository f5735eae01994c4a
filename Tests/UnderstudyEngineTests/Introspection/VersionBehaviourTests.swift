// What commands that there always were do differently from one emulated version to the next.

import Testing

@testable import UnderstudyEngine

@Suite struct VersionBehaviourTests {
  private func client(_ version: Version) -> HarnessClient {
    var configuration = Configuration()
    configuration.emulatedVersion = version
    return EngineHarness(configuration).client()
  }

  private func call(_ words: String, _ client: HarnessClient) -> String {
    client.raw(HarnessClient.frame(words.split(separator: " ").map(String.init)))
  }

  @Test func hscanWithoutValues() {
    let new = client("7.4.0")
    _ = call("HSET h a 1 b 2", new)
    #expect(call("HSCAN h 0 NOVALUES", new) == "*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n")
    #expect(call("HSCAN h 0 COUNT 5 novalues MATCH a", new) == "*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n")
    _ = call("SADD s a", new)
    let refusal = "-ERR NOVALUES option can only be used in HSCAN\r\n"
    #expect(call("SSCAN s 0 NOVALUES", new) == refusal)
    #expect(call("SCAN 0 NOVALUES", new) == refusal)
    let old = client("7.2.0")
    _ = call("HSET h a 1", old)
    #expect(call("HSCAN h 0 NOVALUES", old) == "-ERR syntax error\r\n")
    #expect(call("SCAN 0 NOVALUES", old) == "-ERR syntax error\r\n")
  }

  @Test func xreadFromTheLastEntry() {
    let new = client("7.4.0")
    #expect(call("XREAD STREAMS s +", new) == "*-1\r\n")
    _ = call("XADD s 1-0 f a", new)
    _ = call("XADD s 2-0 f b", new)
    let last = "*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n2-0\r\n*2\r\n$1\r\nf\r\n$1\r\nb\r\n"
    #expect(call("XREAD STREAMS s +", new) == last)
    #expect(call("XREAD COUNT 1 STREAMS s +", new) == last)
    _ = call("XADD s 3-0 f c", new)
    _ = call("XDEL s 3-0", new)
    #expect(call("XREAD STREAMS s +", new) == last)
    _ = call("XGROUP CREATE s g 0", new)
    #expect(
      call("XREADGROUP GROUP g c STREAMS s +", new).hasPrefix("-ERR The + ID is meaningless in the context of XREADGROUP"))
    #expect(call("XREAD STREAMS s +", client("7.2.0")).hasPrefix("-ERR Invalid stream ID"))
  }

  @Test func rangesOfBitsAreReadBeforeTheirKey() {
    let (new, old) = (client("7.4.0"), client("7.2.0"))
    for (call, error) in [
      ("BITCOUNT none 0", "syntax error"), ("BITCOUNT none 0 1 FOO", "syntax error"),
      ("BITCOUNT none 0 1 BIT 2", "syntax error"), ("BITCOUNT none x 1", "value is not an integer or out of range"),
      ("BITCOUNT none 0 x FOO", "value is not an integer or out of range"), ("BITPOS none 1 0 1 FOO", "syntax error"),
      ("BITPOS none 0 x", "value is not an integer or out of range"), ("BITPOS none 1 0 1 BIT 2", "syntax error"),
      ("BITPOS none 1 0 x FOO", "syntax error"), ("BITPOS none 0 0 x", "value is not an integer or out of range"),
    ] {
      #expect(self.call(call, new) == "-ERR \(error)\r\n", "\(call)")
      #expect(self.call(call, old).hasPrefix(":"), "\(call)")
    }
    #expect(call("BITCOUNT none 0 1 BIT", new) == ":0\r\n")
    #expect(call("BITPOS none 1 0 1 BIT", new) == ":-1\r\n")
    #expect(call("BITPOS none 0", new) == ":0\r\n")
  }

  @Test func partsOfStringsThatEndBeforeTheirBeginning() {
    for (version, hasFirst) in [("7.4.0", true), ("8.0.0", false)] {
      let client = client(Version(version) ?? "7.0.0")
      client.call("SET", "k", "hello")
      let first = hasFirst ? "$1\r\nh\r\n" : "$0\r\n\r\n"
      #expect(call("GETRANGE k -100 -100", client) == first)
      #expect(call("GETRANGE k 0 -6", client) == first)
      #expect(call("SUBSTR k 0 -9223372036854775808", client) == first)
      #expect(call("GETRANGE k 0 -5", client) == "$1\r\nh\r\n")
      #expect(call("GETRANGE k -100 -1", client) == "$5\r\nhello\r\n")
      #expect(call("GETRANGE k -1 -2", client) == "$0\r\n\r\n")
      let marks = hasFirst ? "ID or '$'" : "ID, '+', or '$'"
      #expect(
        call("XREAD COUNT 1 STREAMS s", client)
          == "-ERR Unbalanced 'xread' list of streams: for each stream key an \(marks) must be specified.\r\n")
    }
  }

  @Test func scanByType() {
    for (version, removes) in [("7.2.0", true), ("7.4.0", true), ("8.0.0", false)] {
      var configuration = Configuration()
      configuration.emulatedVersion = Version(version) ?? "7.2.0"
      configuration.expiresActively = false
      let harness = EngineHarness(configuration)
      let client = harness.client()
      harness.engine.withLock { harness.engine.freeze(.data) }
      client.call("SET", "s", "v")
      client.call("HSET", "h", "f", "v")
      client.call("PEXPIRE", "h", "100")
      harness.engine.withLock { _ = harness.engine.advance(.data, microseconds: 200_000) }
      // What a pattern leaves out is not looked at.
      #expect(call("SCAN 0 MATCH s TYPE string", client) == "*2\r\n$1\r\n0\r\n*1\r\n$1\r\ns\r\n")
      #expect(call("DBSIZE", client) == ":2\r\n")
      #expect(call("SCAN 0 TYPE string", client) == "*2\r\n$1\r\n0\r\n*1\r\n$1\r\ns\r\n")
      #expect(call("DBSIZE", client) == (removes ? ":1\r\n" : ":2\r\n"), "\(version)")
      let unknown = removes ? "*2\r\n$1\r\n0\r\n*0\r\n" : "-ERR unknown type name 'x'\r\n"
      #expect(call("SCAN 0 TYPE x", client) == unknown)
      #expect(call("SCAN 0 TYPE x COUNT y", client).hasPrefix(removes ? "-ERR value is not" : "-ERR unknown type"))
      #expect(call("SCAN 0 TYPE ZSet", client) == "*2\r\n$1\r\n0\r\n*0\r\n")
    }
  }

  @Test func keysAwaitedInAnyCaseAreCounted() {
    let harness = EngineHarness()
    let clients = (0..<3).map { _ in harness.client() }
    _ = call("XGROUP CREATE s g $ MKSTREAM", clients[2])
    _ = call("XREADGROUP GROUP g c BLOCK 0 STREAMS s >", clients[0])
    _ = call("BLPOP l 0", clients[1])
    let info = call("INFO clients", clients[2])
    #expect(info.contains("total_blocking_keys:2\r\ntotal_blocking_keys_on_nokey:1\r\n"))
  }

  @Test func whoWatchesIsTold() {
    for version: Version in ["7.2.0", "7.4.0", "8.0.0"] {
      var configuration = Configuration()
      configuration.emulatedVersion = version
      let harness = EngineHarness(configuration)
      let (one, other, third) = (harness.client(), harness.client(), harness.client())
      _ = call("WATCH a b", one)
      _ = call("WATCH b c", other)
      _ = call("SUBSCRIBE x", third)
      let info = call("INFO clients", other)
      let list = call("CLIENT LIST ID 1", other)
      #expect(info.contains("watching_clients:2\r\n") == (version >= "7.4.0"))
      #expect(info.contains("pubsub_clients:1\r\n") == (version >= "7.4.0"))
      #expect(info.contains("total_watched_keys:3\r\n") == (version >= "7.4.0"))
      #expect(list.contains(" multi=-1 watch=2 qbuf=") == (version >= "7.4.0"))
      #expect(list.contains(" io-thread=0") == (version >= "8.0.0"))
    }
  }

  @Test func clientsAreClosedByTheirAge() {
    var configuration = Configuration()
    configuration.emulatedVersion = "7.4.0"
    let harness = EngineHarness(configuration)
    harness.engine.withLock { harness.engine.freeze(.wait) }
    let old = harness.client()
    harness.engine.withLock { _ = harness.engine.advance(.wait, microseconds: 10_000_000) }
    let new = harness.client()
    #expect(call("CLIENT KILL MAXAGE x", new) == "-ERR maxage is not an integer or out of range\r\n")
    #expect(call("CLIENT KILL MAXAGE 0", new) == "-ERR maxage should be greater than 0\r\n")
    #expect(call("CLIENT KILL MAXAGE 11", new) == ":0\r\n")
    #expect(call("CLIENT KILL MAXAGE 10 TYPE pubsub", new) == ":0\r\n")
    #expect(call("CLIENT KILL MAXAGE 10", new) == ":1\r\n")
    #expect(call("CLIENT KILL MAXAGE 10", new) == ":0\r\n")
    #expect(call("CLIENT KILL MAXAGE 10", client("7.2.0")) == "-ERR syntax error\r\n")
    _ = old
  }

  @Test func coordinatesInTheirShortestForm() {
    let (new, old) = (client("8.0.0"), client("7.4.0"))
    for client in [new, old] { _ = call("GEOADD g 13.361389 38.115556 a", client) }
    #expect(call("GEOPOS g a", new) == "*1\r\n*2\r\n$18\r\n13.361389338970184\r\n$16\r\n38.1155563954963\r\n")
    #expect(call("GEOPOS g a", old) == "*1\r\n*2\r\n$20\r\n13.36138933897018433\r\n$20\r\n38.11555639549629859\r\n")
    let search = "GEOSEARCH g FROMLONLAT 13.36 38.11 BYRADIUS 9 km WITHCOORD"
    #expect(call(search, new).contains("13.361389338970184\r\n") && call(search, old).contains("13.36138933897018433"))
    _ = call("HELLO 3", new)
    #expect(call("GEOPOS g a", new) == "*1\r\n*2\r\n,13.361389338970184\r\n,38.1155563954963\r\n")
  }

  @Test func flagsOfVersions() {
    #expect(call("COMMAND INFO HEXPIRE", client("7.4.0")).contains("denyoom"))
    #expect(!call("COMMAND INFO HEXPIRE", client("8.0.0")).contains("denyoom"))
  }

  @Test func scriptsMayCallWhatBlocks() {
    for (version, may) in [("7.0.0", false), ("7.2.0", true)] {
      let client = client(Version(version) ?? "7.0.0")
      _ = call("RPUSH l a", client)
      for (script, expected) in [
        ("return redis.call('BLPOP','l',0)", "*2\r\n$1\r\nl\r\n$1\r\na\r\n"),
        ("return redis.call('BLPOP','l',0)", "$-1\r\n"),
        ("return redis.call('BZPOPMIN','z',1)", "$-1\r\n"),
        ("return redis.call('BLMOVE','l','m','LEFT','LEFT',0)", "$-1\r\n"),
      ] {
        let reply = client.call("EVAL", script, "1", "l")
        if may {
          #expect(reply == expected, "\(script)")
        } else {
          #expect(reply.hasPrefix("-ERR This Redis command is not allowed from script"), "\(script)")
        }
      }
      #expect(call("COMMAND INFO BLPOP", client).contains("noscript") != may)
    }
    let block = "return redis.call('XREAD','BLOCK','0','STREAMS','s','$')"
    #expect(client("7.2.0").call("EVAL", block, "0").contains("not allowed with BLOCK option from scripts"))
    #expect(client("7.4.0").call("EVAL", block, "0") == "$-1\r\n")
  }
}
