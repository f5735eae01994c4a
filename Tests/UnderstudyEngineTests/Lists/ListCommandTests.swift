// Lists through the engine, in raw replies. The differential tests compare with a real server; these fix what must hold
// without one.

import Testing

@testable import UnderstudyEngine

@Suite struct ListCommandTests {
  private let client = EngineHarness().client()

  private func elements(_ key: String) -> String { client.call("LRANGE", key, "0", "-1") }

  @Test func pushAndPopAtBothEnds() {
    #expect(client.call("RPUSH", "l", "b", "c") == ":2\r\n")
    #expect(client.call("LPUSH", "l", "a") == ":3\r\n")
    #expect(elements("l") == "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n")
    #expect(client.call("LPOP", "l") == "$1\r\na\r\n")
    #expect(client.call("RPOP", "l", "5") == "*2\r\n$1\r\nc\r\n$1\r\nb\r\n")
    #expect(client.call("LLEN", "l") == ":0\r\n")
    #expect(client.call("RPUSHX", "l", "x") == ":0\r\n")
    #expect(client.call("LPOP", "l") == "$-1\r\n")
    #expect(client.call("LPOP", "l", "1") == "*-1\r\n")
    #expect(client.call("LPOP", "l", "1", "2") == "-ERR wrong number of arguments for 'lpop' command\r\n")
  }

  @Test func anotherTypeIsRefused() {
    client.call("SET", "s", "v")
    let wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
    for command in [
      ["RPUSH", "s", "1"], ["LPOP", "s"], ["LRANGE", "s", "0", "1"], ["BLPOP", "s", "0"], ["LMOVE", "s", "t", "LEFT", "LEFT"],
    ] {
      #expect(client.raw(HarnessClient.frame(command)) == wrong)
    }
  }

  @Test func changesInTheMiddle() {
    client.call("RPUSH", "l", "a", "b", "a", "c", "a")
    #expect(client.call("LREM", "l", "-2", "a") == ":2\r\n")
    #expect(client.call("LINSERT", "l", "BEFORE", "b", "x") == ":4\r\n")
    #expect(client.call("LINSERT", "l", "AFTER", "none", "x") == ":-1\r\n")
    #expect(client.call("LSET", "l", "-1", "z") == "+OK\r\n")
    #expect(client.call("LSET", "l", "4", "z") == "-ERR index out of range\r\n")
    #expect(elements("l") == "*4\r\n$1\r\na\r\n$1\r\nx\r\n$1\r\nb\r\n$1\r\nz\r\n")
    #expect(client.call("LTRIM", "l", "1", "-2") == "+OK\r\n")
    #expect(elements("l") == "*2\r\n$1\r\nx\r\n$1\r\nb\r\n")
    client.call("LTRIM", "l", "5", "9")
    #expect(client.call("LLEN", "l") == ":0\r\n")
  }

  @Test func positions() {
    client.call("RPUSH", "l", "a", "b", "c", "a", "b")
    #expect(client.call("LPOS", "l", "b") == ":1\r\n")
    #expect(client.call("LPOS", "l", "b", "RANK", "-1") == ":4\r\n")
    #expect(client.call("LPOS", "l", "a", "COUNT", "0") == "*2\r\n:0\r\n:3\r\n")
    #expect(client.call("LPOS", "l", "a", "COUNT", "0", "MAXLEN", "2") == "*1\r\n:0\r\n")
    #expect(client.call("LPOS", "l", "a", "RANK", "0").hasPrefix("-ERR RANK can't be zero"))
    #expect(client.call("LPOS", "none", "a", "COUNT", "1") == "*0\r\n")
  }

  @Test func movingWithinOneListRotatesIt() {
    client.call("RPUSH", "l", "a", "b", "c")
    #expect(client.call("LMOVE", "l", "l", "LEFT", "RIGHT") == "$1\r\na\r\n")
    #expect(elements("l") == "*3\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\na\r\n")
    #expect(client.call("LMOVE", "l", "l", "LEFT", "LEFT") == "$1\r\nb\r\n")
    client.call("RPUSH", "one", "x")
    #expect(client.call("RPOPLPUSH", "one", "one") == "$1\r\nx\r\n")
    #expect(client.call("RPOPLPUSH", "one", "two") == "$1\r\nx\r\n")
    #expect(client.call("LLEN", "one") == ":0\r\n")
  }

  @Test func popFromTheFirstListThatHasSome() {
    client.call("RPUSH", "l", "a", "b")
    #expect(client.call("LMPOP", "2", "k", "l", "RIGHT", "COUNT", "9") == "*2\r\n$1\r\nl\r\n*2\r\n$1\r\nb\r\n$1\r\na\r\n")
    #expect(client.call("LMPOP", "1", "l", "LEFT") == "*-1\r\n")
    #expect(client.call("LMPOP", "9223372036854775807", "l", "LEFT") == "-ERR syntax error\r\n")
  }
}
