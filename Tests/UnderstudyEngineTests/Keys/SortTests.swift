// SORT in all its forms, in raw replies as the real server gives them.

import Testing

@testable import UnderstudyEngine

@Suite struct SortTests {
  private let client = EngineHarness().client()

  private func sort(_ arguments: String...) -> [String] {
    client.raw(HarnessClient.frame(["SORT"] + arguments)).components()
  }

  @Test func numbersAndTexts() {
    client.call("RPUSH", "l", "3", "1", "10", "2.5", "-7")
    #expect(sort("l") == ["-7", "1", "2.5", "3", "10"])
    #expect(sort("l", "DESC") == ["10", "3", "2.5", "1", "-7"])
    #expect(sort("l", "DESC", "ASC", "ALPHA") == ["-7", "1", "10", "2.5", "3"])
    #expect(sort("l", "LIMIT", "1", "2") == ["1", "2.5"])
    #expect(sort("l", "LIMIT", "-5", "2") == ["-7", "1"])
    #expect(sort("l", "LIMIT", "3", "-7") == ["3", "10"])
    #expect(sort("l", "LIMIT", "9223372036854775807", "9223372036854775807") == [])
    #expect(sort("l", "LIMIT", "0", "0") == [])
    client.call("SADD", "s", "3", "20", "1")
    #expect(sort("s") == ["1", "3", "20"])
    client.call("ZADD", "z", "9", "1", "8", "2", "7", "3")
    #expect(sort("z", "DESC") == ["3", "2", "1"])
    #expect(client.call("SORT", "none") == "*0\r\n")
    #expect(client.call("SORT_RO", "l", "LIMIT", "0", "1") == "*1\r\n$2\r\n-7\r\n")
  }

  @Test func whatIsANumber() {
    let no = "-ERR One or more scores can't be converted into double\r\n"
    for text in ["x", "1 ", "nan", "1e400", "1e-400", "1e-310"] {
      client.call("DEL", "l")
      client.call("RPUSH", "l", "1", text)
      #expect(client.call("SORT", "l") == no, "\(text)")
      #expect(client.call("SORT", "l", "STORE", "d") == no)
    }
    client.call("DEL", "l")
    client.call("RPUSH", "l", "inf", "-inf", "0x10", " 1", "", "-0.5")
    #expect(sort("l") == ["-inf", "-0.5", "", " 1", "0x10", "inf"])
  }

  @Test func errors() {
    client.call("SET", "k", "v")
    #expect(
      client.call("SORT", "k") == "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n")
    #expect(client.call("SORT", "k", "FOO") == "-ERR syntax error\r\n")
    #expect(client.call("SORT", "l", "LIMIT", "0") == "-ERR syntax error\r\n")
    #expect(client.call("SORT", "l", "LIMIT", "a", "1") == "-ERR value is not an integer or out of range\r\n")
    #expect(client.call("SORT", "l", "STORE") == "-ERR syntax error\r\n")
    #expect(client.call("SORT", "l", "GET") == "-ERR syntax error\r\n")
    #expect(client.call("SORT_RO", "l", "STORE", "x") == "-ERR syntax error\r\n")
  }

  @Test func byOtherKeys() {
    client.call("RPUSH", "l", "1", "2", "3", "4")
    client.call("SET", "w_1", "30")
    client.call("SET", "w_2", "20")
    client.call("SET", "w_3", "10")
    client.call("HSET", "h_1", "weight", "1", "name", "one")
    client.call("HSET", "h_2", "weight", "3", "name", "two")
    client.call("HSET", "h_3", "weight", "2", "name", "three")
    // Without a weight an element weighs nothing.
    #expect(sort("l", "BY", "w_*") == ["4", "3", "2", "1"])
    #expect(sort("l", "BY", "h_*->weight") == ["4", "1", "3", "2"])
    #expect(sort("l", "BY", "h_*->name", "ALPHA") == ["4", "1", "3", "2"])
    #expect(
      sort("l", "BY", "h_*->weight", "DESC", "LIMIT", "0", "2", "GET", "#", "GET", "h_*->name") == [
        "2", "two", "3", "three",
      ])
    #expect(
      client.call("SORT", "l", "BY", "nosort", "GET", "w_*", "GET", "#", "GET", "constant", "LIMIT", "3", "1")
        == "*3\r\n$-1\r\n$1\r\n4\r\n$-1\r\n")
    // An arrow with nothing behind it is part of the name; a string has no fields, a hash is no string.
    client.call("SET", "w_1->", "arrow")
    #expect(
      client.call("SORT", "l", "LIMIT", "0", "1", "GET", "w_*->", "GET", "w_*->f", "GET", "h_*")
        == "*3\r\n$5\r\narrow\r\n$-1\r\n$-1\r\n")
    #expect(client.call("SORT", "l", "BY", "h_*->name").hasPrefix("-ERR One or more scores"))
  }

  @Test func unsortedKeepsItsOrder() {
    client.call("RPUSH", "l", "3", "1", "2", "x")
    #expect(sort("l", "BY", "nosort") == ["3", "1", "2", "x"])
    #expect(sort("l", "BY", "nosort", "DESC", "LIMIT", "1", "2") == ["2", "1"])
    client.call("ZADD", "z", "1", "c", "2", "b", "3", "a")
    #expect(sort("z", "BY", "nosort") == ["c", "b", "a"])
    #expect(sort("z", "BY", "nosort", "DESC", "LIMIT", "0", "2") == ["a", "b"])
    #expect(sort("z", "BY", "nosort", "LIMIT", "1", "10") == ["b", "a"])
    #expect(sort("z", "BY", "nosort", "LIMIT", "5", "10") == [])
    #expect(client.call("OBJECT", "ENCODING", "z") == "$8\r\nskiplist\r\n")
    client.call("SADD", "s", "c", "a", "b")
    #expect(client.call("SORT", "s", "BY", "nosort", "STORE", "d") == ":3\r\n")
    #expect(client.call("LRANGE", "d", "0", "-1").components() == ["a", "b", "c"])
    let script = "return redis.call('SORT', KEYS[1], 'BY', 'nosort', 'DESC')"
    #expect(client.call("EVAL", script, "1", "s").components() == ["c", "b", "a"])
  }

  @Test func storing() {
    client.call("RPUSH", "l", "3", "1", "2")
    client.call("SET", "d", "v", "EX", "100")
    #expect(client.call("SORT", "l", "STORE", "d") == ":3\r\n")
    #expect(client.call("TTL", "d") == ":-1\r\n")
    #expect(client.call("LRANGE", "d", "0", "-1").components() == ["1", "2", "3"])
    #expect(client.call("OBJECT", "ENCODING", "d") == "$8\r\nlistpack\r\n")
    // Over its own source; what is missing becomes an empty string.
    #expect(client.call("SORT", "l", "STORE", "l", "GET", "#", "GET", "none_*") == ":6\r\n")
    #expect(client.call("LRANGE", "l", "0", "-1").components() == ["1", "", "2", "", "3", ""])
    #expect(client.call("SORT", "none", "STORE", "d") == ":0\r\n")
    #expect(client.call("EXISTS", "d") == ":0\r\n")
    for index in 0..<3000 { client.call("RPUSH", "large", "\(index)") }
    #expect(client.call("SORT", "large", "DESC", "STORE", "d") == ":3000\r\n")
    #expect(client.call("LRANGE", "d", "0", "1").components() == ["2999", "2998"])
    #expect(client.call("OBJECT", "ENCODING", "d") == "$9\r\nquicklist\r\n")
  }

  @Test func textsWithZeroBytes() {
    client.call("RPUSH", "l", "a\0b", "a", "a\0a")
    // What is answered is compared as C compares strings, what is stored as bytes.
    #expect(sort("l", "ALPHA").map { $0.prefix(1) } == ["a", "a", "a"])
    client.call("SORT", "l", "ALPHA", "STORE", "d")
    #expect(client.call("LRANGE", "d", "0", "-1").components() == ["a", "a\0a", "a\0b"])
  }
}
