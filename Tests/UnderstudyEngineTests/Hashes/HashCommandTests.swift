// Hashes through the engine, in raw replies.

import Testing

@testable import UnderstudyEngine

@Suite struct HashCommandTests {
  private let client = EngineHarness().client()

  @Test func fields() {
    #expect(client.call("HSET", "h", "a", "1", "b", "2") == ":2\r\n")
    #expect(client.call("HSET", "h", "a", "3", "c", "4") == ":1\r\n")
    #expect(client.call("HSET", "h", "a") == "-ERR wrong number of arguments for 'hset' command\r\n")
    #expect(client.call("HMSET", "h", "a", "1", "b") == "-ERR wrong number of arguments for 'hmset' command\r\n")
    #expect(client.call("HMGET", "h", "a", "x", "c") == "*3\r\n$1\r\n3\r\n$-1\r\n$1\r\n4\r\n")
    #expect(client.call("HSETNX", "h", "a", "9") == ":0\r\n")
    #expect(client.call("HSTRLEN", "h", "a") == ":1\r\n")
    #expect(client.call("HDEL", "h", "a", "b", "x") == ":2\r\n")
    #expect(client.call("HGETALL", "h") == "*2\r\n$1\r\nc\r\n$1\r\n4\r\n")
    #expect(client.call("HDEL", "h", "c") == ":1\r\n")
    #expect(client.call("HLEN", "h") == ":0\r\n")
  }

  @Test func mapsInRESP3() {
    client.call("HELLO", "3")
    client.call("HSET", "h", "a", "1")
    #expect(client.call("HGETALL", "h") == "%1\r\n$1\r\na\r\n$1\r\n1\r\n")
    #expect(client.call("HRANDFIELD", "h", "5", "WITHVALUES") == "*1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n")
    #expect(client.call("HGET", "h", "x") == "_\r\n")
  }

  @Test func increments() {
    #expect(client.call("HINCRBY", "h", "n", "5") == ":5\r\n")
    #expect(client.call("HINCRBY", "h", "n", "9223372036854775807") == "-ERR increment or decrement would overflow\r\n")
    #expect(client.call("HINCRBYFLOAT", "h", "n", "0.1") == "$3\r\n5.1\r\n")
    #expect(client.call("HINCRBY", "h", "n", "1") == "-ERR hash value is not an integer\r\n")
    client.call("HSET", "h", "t", "text")
    #expect(client.call("HINCRBYFLOAT", "h", "t", "1") == "-ERR hash value is not a float\r\n")
    #expect(client.call("HINCRBYFLOAT", "none", "t", "inf") == "-ERR value is NaN or Infinity\r\n")
  }

  @Test func randomFieldsAreDistinctUnlessTheCountIsNegative() {
    for count in [10, 500] {
      let key = "h\(count)"
      for index in 0..<count { client.call("HSET", key, "f\(index)", "v\(index)") }
      for wanted in [1, 5, count / 2, count, count * 2] {
        let reply = client.call("HRANDFIELD", key, "\(wanted)")
        let fields = reply.split(separator: "\r\n").filter { $0.hasPrefix("f") }
        #expect(fields.count == min(wanted, count))
        #expect(Set(fields).count == fields.count)
      }
      #expect(client.call("HRANDFIELD", key, "-7").hasPrefix("*7\r\n"))
    }
    #expect(client.call("HRANDFIELD", "h10", "-9223372036854775808").hasPrefix("-ERR value is out of range"))
  }

  @Test(arguments: [20, 3000]) func aScanShowsEveryField(count: Int) {
    for index in 0..<count { client.call("HSET", "h", "f\(index)", "v") }
    var seen: Set<Substring> = []
    var cursor = "0"
    repeat {
      let parts = client.call("HSCAN", "h", cursor, "COUNT", "50").split(separator: "\r\n")
      cursor = String(parts[2])
      for part in parts where part.hasPrefix("f") { seen.insert(part) }
    } while cursor != "0"
    #expect(seen.count == count)
  }
}
