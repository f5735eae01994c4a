// Strings through the engine, in raw replies. The replies are those of redis-server 7.0.15.

import Testing

@testable import UnderstudyEngine

@Suite struct StringCommandTests {
  private let client = EngineHarness().client()
  private static let wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"

  @Test func counters() {
    #expect(client.call("INCR", "n") == ":1\r\n")
    #expect(client.call("INCRBY", "n", "41") == ":42\r\n")
    #expect(client.call("DECR", "n") == ":41\r\n")
    #expect(client.call("DECRBY", "n", "50") == ":-9\r\n")
    #expect(client.call("GET", "n") == "$2\r\n-9\r\n")
    client.call("SET", "n", "9223372036854775807")
    #expect(client.call("INCR", "n") == "-ERR increment or decrement would overflow\r\n")
    #expect(client.call("GET", "n") == "$19\r\n9223372036854775807\r\n")
    #expect(client.call("DECRBY", "n", "-9223372036854775808") == "-ERR decrement would overflow\r\n")
    client.call("SET", "n", " 1")
    #expect(client.call("INCR", "n") == "-ERR value is not an integer or out of range\r\n")
    #expect(client.call("INCRBY", "n", "1.0") == "-ERR value is not an integer or out of range\r\n")
  }

  /// A counter that was written into is text; it counts on as a number.
  @Test func counterInText() {
    client.call("SET", "n", "1")
    client.call("APPEND", "n", "2")
    #expect(client.call("OBJECT", "ENCODING", "n") == "$3\r\nraw\r\n")
    #expect(client.call("INCR", "n") == ":13\r\n")
    #expect(client.call("OBJECT", "ENCODING", "n") == "$3\r\nint\r\n")
    #expect(client.call("INCRBYFLOAT", "n", "1") == "$2\r\n14\r\n")
    #expect(client.call("OBJECT", "ENCODING", "n") == "$6\r\nembstr\r\n")
  }

  @Test func countersKeepTheirDeadline() {
    client.call("SET", "n", "1", "EX", "100")
    client.call("SET", "t", "1.5", "EX", "100")
    client.call("INCR", "n")
    client.call("INCRBYFLOAT", "t", "1")
    client.call("APPEND", "n", "0")
    client.call("SETRANGE", "n", "0", "7")
    #expect(client.call("TTL", "n") == ":100\r\n")
    #expect(client.call("TTL", "t") == ":100\r\n")
    client.call("GETSET", "n", "2")
    #expect(client.call("TTL", "n") == ":-1\r\n")
  }

  @Test func floats() {
    #expect(client.call("INCRBYFLOAT", "f", "10.5") == "$4\r\n10.5\r\n")
    #expect(client.call("INCRBYFLOAT", "f", "5.0e3") == "$6\r\n5010.5\r\n")
    #expect(client.call("INCRBYFLOAT", "f", "inf") == "-ERR increment would produce NaN or Infinity\r\n")
    #expect(client.call("INCRBYFLOAT", "f", "nan") == "-ERR value is not a valid float\r\n")
    client.call("SET", "f", "text")
    #expect(client.call("INCRBYFLOAT", "f", "1") == "-ERR value is not a valid float\r\n")
    #expect(client.call("INCRBYFLOAT", "g", "1e4932").hasPrefix("$4933\r\n1000000000000000000"))
  }

  @Test func rangesOfBytes() {
    client.call("SET", "s", "hello world")
    #expect(client.call("GETRANGE", "s", "0", "4") == "$5\r\nhello\r\n")
    #expect(client.call("SUBSTR", "s", "-5", "-1") == "$5\r\nworld\r\n")
    #expect(client.call("GETRANGE", "s", "-1", "-5") == "$0\r\n\r\n")
    #expect(client.call("GETRANGE", "s", "-100", "-99") == "$1\r\nh\r\n")
    #expect(client.call("GETRANGE", "s", "5", "9223372036854775807") == "$6\r\n world\r\n")
    #expect(client.call("GETRANGE", "s", "-9223372036854775808", "0") == "$1\r\nh\r\n")
    #expect(client.call("SETRANGE", "s", "6", "redis") == ":11\r\n")
    #expect(client.call("GET", "s") == "$11\r\nhello redis\r\n")
    #expect(client.call("SETRANGE", "t", "3", "x") == ":4\r\n")
    #expect(client.call("GET", "t") == "$4\r\n\0\0\0x\r\n")
    #expect(client.call("SETRANGE", "u", "536870911", "") == ":0\r\n")
    #expect(client.call("EXISTS", "u") == ":0\r\n")
  }

  @Test func tooLong() {
    let limit = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n"
    client.call("CONFIG", "SET", "proto-max-bulk-len", "1048576")
    #expect(client.call("SETRANGE", "s", "1048575", "x") == ":1048576\r\n")
    #expect(client.call("APPEND", "s", "x") == limit)
    #expect(client.call("SETRANGE", "s", "1048576", "x") == limit)
    #expect(client.call("SETRANGE", "none", "9223372036854775807", "x") == limit)
    #expect(client.call("SETRANGE", "none", "-1", "x") == "-ERR offset is out of range\r\n")
    #expect(client.call("EXISTS", "none") == ":0\r\n")
    #expect(client.call("STRLEN", "s") == ":1048576\r\n")
    #expect(
      client.call("SETBIT", "b", "8388608", "1") == "-ERR bit offset is not an integer or out of range\r\n")
  }

  @Test func many() {
    #expect(client.call("MSET", "a", "1", "b", "two") == "+OK\r\n")
    client.call("SADD", "set", "x")
    #expect(client.call("MGET", "a", "none", "set", "b") == "*4\r\n$1\r\n1\r\n$-1\r\n$-1\r\n$3\r\ntwo\r\n")
    #expect(client.call("MSETNX", "c", "3", "a", "2") == ":0\r\n")
    #expect(client.call("EXISTS", "c") == ":0\r\n")
    #expect(client.call("MSETNX", "c", "3", "c", "4") == ":1\r\n")
    #expect(client.call("GET", "c") == "$1\r\n4\r\n")
    #expect(client.call("MSET", "a", "1", "b") == "-ERR wrong number of arguments for 'mset' command\r\n")
    #expect(client.call("MSETNX", "a", "1", "b") == "-ERR wrong number of arguments for 'msetnx' command\r\n")
  }

  @Test func getAndDoSomething() {
    #expect(client.call("GETSET", "s", "a") == "$-1\r\n")
    #expect(client.call("GETSET", "s", "b") == "$1\r\na\r\n")
    #expect(client.call("GETEX", "s", "EX", "10", "EX", "20") == "$1\r\nb\r\n")
    #expect(client.call("TTL", "s") == ":20\r\n")
    #expect(client.call("GETEX", "s", "EX", "10", "PERSIST") == "-ERR syntax error\r\n")
    #expect(client.call("GETEX", "s", "EX", "0") == "-ERR invalid expire time in 'getex' command\r\n")
    #expect(client.call("GETEX", "s", "PERSIST") == "$1\r\nb\r\n")
    #expect(client.call("TTL", "s") == ":-1\r\n")
    #expect(client.call("GETEX", "s", "PXAT", "1") == "$1\r\nb\r\n")
    #expect(client.call("EXISTS", "s") == ":0\r\n")
    #expect(client.call("GETEX", "s", "EX", "text") == "$-1\r\n")
    client.call("SET", "s", "x")
    #expect(client.call("GETDEL", "s") == "$1\r\nx\r\n")
    #expect(client.call("GETDEL", "s") == "$-1\r\n")
  }

  @Test func setWithALifetime() {
    #expect(client.call("SETEX", "s", "10", "v") == "+OK\r\n")
    #expect(client.call("PTTL", "s") == ":10000\r\n")
    #expect(client.call("PSETEX", "s", "0", "v") == "-ERR invalid expire time in 'psetex' command\r\n")
    #expect(
      client.call("SETEX", "s", "9223372036854775807", "v")
        == "-ERR invalid expire time in 'setex' command\r\n")
    #expect(client.call("SETNX", "s", "w") == ":0\r\n")
    #expect(client.call("SET", "s", "v", "EX", "10", "EX", "20") == "+OK\r\n")
    #expect(client.call("TTL", "s") == ":20\r\n")
    #expect(client.call("SET", "s", "v", "EX", "10", "PX", "20") == "-ERR syntax error\r\n")
    #expect(client.call("SET", "s", "v", "KEEPTTL", "KEEPTTL") == "+OK\r\n")
    #expect(client.call("TTL", "s") == ":20\r\n")
  }

  /// The last moment there is, is not "never".
  @Test func theLatestDeadline() {
    let latest = "9223372036854775807"
    client.call("SET", "s", "v", "PXAT", latest)
    #expect(client.call("PEXPIRETIME", "s") != ":-1\r\n")
    client.call("PERSIST", "s")
    client.call("GETEX", "s", "PXAT", latest)
    #expect(client.call("PEXPIRETIME", "s") != ":-1\r\n")
  }

  /// What INFO counts as changes since the last save: one for a key, however many events it raises.
  @Test func changesAreCountedOnce() {
    let harness = EngineHarness()
    let client = harness.client()
    func changes(_ command: String...) -> Int64 {
      harness.engine.withLock { unsafe harness.engine.state.pointee.statistics.changes = 0 }
      client.raw(HarnessClient.frame(command))
      return harness.engine.withLock { unsafe harness.engine.state.pointee.statistics.changes }
    }
    #expect(changes("SETEX", "s", "10", "v") == 1)
    #expect(changes("SET", "s", "v", "EX", "10") == 1)
    #expect(changes("MSET", "a", "1", "b", "2") == 2)
    #expect(changes("SETBIT", "bits", "0", "0") == 1)
    #expect(changes("SETBIT", "bits", "0", "0") == 0)
    #expect(changes("GETEX", "s") == 0)
    #expect(changes("FLUSHDB") == 4)
    #expect(changes("SAVE") == 0)
  }

  @Test func anotherTypeIsRefused() {
    client.call("SADD", "set", "x")
    for command in [
      ["APPEND", "set", "x"], ["STRLEN", "set"], ["INCR", "set"], ["INCRBYFLOAT", "set", "x"],
      ["GETDEL", "set"],
      ["GETRANGE", "set", "0", "1"], ["SETRANGE", "set", "0", ""], ["GETSET", "set", "x"],
      ["GETEX", "set", "EX", "x"],
    ] {
      #expect(client.raw(HarnessClient.frame(command)) == Self.wrongType, "\(command)")
    }
    #expect(client.call("SCARD", "set") == ":1\r\n")
  }

  @Test func commonSubsequences() {
    client.call("MSET", "x", "ohmytext", "y", "mynewtext")
    #expect(client.call("LCS", "x", "y") == "$6\r\nmytext\r\n")
    #expect(client.call("LCS", "x", "y", "LEN") == ":6\r\n")
    #expect(
      client.call("LCS", "x", "y", "IDX", "MINMATCHLEN", "4", "WITHMATCHLEN")
        == "*4\r\n$7\r\nmatches\r\n*1\r\n*3\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n:4\r\n$3\r\nlen\r\n:6\r\n")
    #expect(client.call("LCS", "none", "y") == "$0\r\n\r\n")
    #expect(
      client.call("LCS", "x", "y", "LEN", "IDX")
        == "-ERR If you want both the length and indexes, please just use IDX.\r\n")
    client.call("SADD", "set", "x")
    #expect(client.call("LCS", "x", "set", "BAD") == "-ERR The specified keys must contain string values\r\n")
  }

  /// A large value that is on its way to a client stays what it was when it was read.
  @Test func repliesUnderWayDoNotChange() {
    let text = String(repeating: "a", count: 100_000)
    client.call("SET", "s", text)
    client.call("APPEND", "s", "b")
    let read = HarnessClient.frame(["GET", "s"])
    let reply = client.raw(
      read + HarnessClient.frame(["APPEND", "s", "c"]) + read
        + HarnessClient.frame(["SETRANGE", "s", "0", "X"]) + read)
    let expected =
      "$100001\r\n\(text)b\r\n:100002\r\n$100002\r\n\(text)bc\r\n:100002\r\n"
      + "$100002\r\nX\(text.dropFirst())bc\r\n"
    #expect(reply == expected)
  }
}
