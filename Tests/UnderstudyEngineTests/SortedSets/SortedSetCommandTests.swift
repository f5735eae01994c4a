// Sorted sets through the engine, in raw replies.

import Testing

@testable import UnderstudyEngine

@Suite struct SortedSetCommandTests {
  private let client = EngineHarness().client()

  private func all(_ key: String) -> [Substring] {
    client.call("ZRANGE", key, "0", "-1", "WITHSCORES").split(separator: "\r\n").dropFirst().filter {
      !$0.hasPrefix("$")
    }
  }

  @Test func conditionsOfZAdd() {
    #expect(client.call("ZADD", "z", "1", "a", "2", "b") == ":2\r\n")
    #expect(client.call("ZADD", "z", "NX", "9", "a", "3", "c") == ":1\r\n")
    #expect(client.call("ZADD", "z", "XX", "CH", "5", "a", "9", "x") == ":1\r\n")
    #expect(client.call("ZADD", "z", "GT", "CH", "4", "a", "6", "b") == ":1\r\n")
    #expect(client.call("ZADD", "z", "LT", "INCR", "1", "a") == "$-1\r\n")
    #expect(client.call("ZADD", "z", "INCR", "0.5", "a") == "$3\r\n5.5\r\n")
    #expect(all("z") == ["c", "3", "a", "5.5", "b", "6"])
    #expect(client.call("ZADD", "z", "NX", "XX", "1", "a").hasPrefix("-ERR XX and NX options"))
    #expect(client.call("ZADD", "z", "GT", "LT", "1", "a").hasPrefix("-ERR GT, LT, and/or NX options"))
    #expect(client.call("ZADD", "z", "1", "a", "x", "b") == "-ERR value is not a valid float\r\n")
    #expect(client.call("ZADD", "none", "XX", "1", "a") == ":0\r\n")
    client.call("ZADD", "z", "inf", "a")
    #expect(client.call("ZINCRBY", "z", "-inf", "a") == "-ERR resulting score is not a number (NaN)\r\n")
  }

  @Test func ranges() {
    client.call("ZADD", "z", "1", "a", "2", "b", "3", "c", "4", "d")
    #expect(client.call("ZRANGE", "z", "(1", "3", "BYSCORE") == "*2\r\n$1\r\nb\r\n$1\r\nc\r\n")
    #expect(client.call("ZRANGE", "z", "+inf", "-inf", "BYSCORE", "REV", "LIMIT", "1", "2") == "*2\r\n$1\r\nc\r\n$1\r\nb\r\n")
    #expect(client.call("ZREVRANGE", "z", "0", "1") == "*2\r\n$1\r\nd\r\n$1\r\nc\r\n")
    #expect(client.call("ZREVRANGEBYSCORE", "z", "(4", "2", "LIMIT", "0", "1") == "*1\r\n$1\r\nc\r\n")
    #expect(client.call("ZCOUNT", "z", "(1", "+inf") == ":3\r\n")
    #expect(client.call("ZRANGE", "z", "0", "1", "LIMIT", "0", "1").hasPrefix("-ERR syntax error, LIMIT is only"))
    #expect(client.call("ZRANGESTORE", "t", "z", "1", "2") == ":2\r\n")
    #expect(all("t") == ["b", "2", "c", "3"])
    #expect(client.call("ZRANGESTORE", "t", "z", "8", "9") == ":0\r\n")
    #expect(client.call("ZCARD", "t") == ":0\r\n")
    client.call("ZADD", "l", "0", "a", "0", "b", "0", "c")
    #expect(client.call("ZRANGEBYLEX", "l", "(a", "+") == "*2\r\n$1\r\nb\r\n$1\r\nc\r\n")
    #expect(client.call("ZLEXCOUNT", "l", "-", "[b") == ":2\r\n")
    #expect(client.call("ZREMRANGEBYLEX", "l", "-", "(c") == ":2\r\n")
    #expect(client.call("ZRANGEBYLEX", "l", "a", "+") == "-ERR min or max not valid string range item\r\n")
  }

  @Test func ranksWithScores() {
    client.call("ZADD", "z", "1", "a", "2.5", "b")
    #expect(client.call("ZRANK", "z", "b") == ":1\r\n")
    #expect(client.call("ZREVRANK", "z", "b", "WITHSCORE") == "*2\r\n:0\r\n$3\r\n2.5\r\n")
    #expect(client.call("ZRANK", "z", "x", "WITHSCORE") == "*-1\r\n")
    var configuration = Configuration()
    configuration.emulatedVersion = "7.0.0"
    let old = EngineHarness(configuration).client()
    #expect(old.call("ZRANK", "z", "b", "WITHSCORE") == "-ERR wrong number of arguments for 'zrank' command\r\n")
  }

  @Test func pairsInRESP3() {
    client.call("HELLO", "3")
    client.call("ZADD", "z", "1", "a", "0.1", "b", "inf", "c")
    #expect(client.call("ZSCORE", "z", "b") == ",0.1\r\n")
    #expect(client.call("ZRANGE", "z", "2", "2", "WITHSCORES") == "*1\r\n*2\r\n$1\r\nc\r\n,inf\r\n")
    #expect(client.call("ZPOPMIN", "z") == "*2\r\n$1\r\nb\r\n,0.1\r\n")
    #expect(client.call("ZPOPMIN", "z", "1") == "*1\r\n*2\r\n$1\r\na\r\n,1\r\n")
    #expect(client.call("BZPOPMAX", "z", "0") == "*3\r\n$1\r\nz\r\n$1\r\nc\r\n,inf\r\n")
    #expect(client.call("ZCARD", "z") == ":0\r\n")
  }

  @Test func combinations() {
    client.call("ZADD", "a", "1", "x", "2", "y")
    client.call("ZADD", "b", "10", "y", "20", "z")
    client.call("SADD", "s", "y", "z")
    #expect(client.call("ZUNIONSTORE", "t", "2", "a", "b", "WEIGHTS", "2", "1") == ":3\r\n")
    #expect(all("t") == ["x", "2", "y", "14", "z", "20"])
    #expect(client.call("ZINTER", "3", "a", "b", "s", "AGGREGATE", "MAX", "WITHSCORES") == "*2\r\n$1\r\ny\r\n$2\r\n10\r\n")
    #expect(client.call("ZDIFF", "2", "a", "s") == "*1\r\n$1\r\nx\r\n")
    #expect(client.call("ZINTERCARD", "2", "b", "s", "LIMIT", "1") == ":1\r\n")
    #expect(client.call("ZINTERSTORE", "t", "2", "a", "none") == ":0\r\n")
    #expect(client.call("ZCARD", "t") == ":0\r\n")
    #expect(client.call("ZUNION", "0", "a") == "-ERR at least 1 input key is needed for 'zunion' command\r\n")
    #expect(client.call("ZUNION", "1", "a", "WEIGHTS", "inf") == "*2\r\n$1\r\nx\r\n$1\r\ny\r\n")
  }

  @Test func waitingForAMember() {
    let harness = EngineHarness()
    let (one, two, three) = (harness.client(), harness.client(), harness.client())
    one.call("BZPOPMIN", "k", "0")
    two.call("BZMPOP", "0", "2", "j", "k", "MAX", "COUNT", "2")
    #expect(three.call("ZADD", "k", "1", "a", "2", "b", "3", "c") == ":3\r\n")
    #expect(one.pending() == "*3\r\n$1\r\nk\r\n$1\r\na\r\n$1\r\n1\r\n")
    #expect(two.pending() == "*2\r\n$1\r\nk\r\n*2\r\n*2\r\n$1\r\nc\r\n$1\r\n3\r\n*2\r\n$1\r\nb\r\n$1\r\n2\r\n")
    one.call("BZPOPMIN", "k", "0")
    three.call("ZADD", "src", "7", "m")
    three.call("ZUNIONSTORE", "k", "1", "src")
    #expect(one.pending() == "*3\r\n$1\r\nk\r\n$1\r\nm\r\n$1\r\n7\r\n")
  }
}
