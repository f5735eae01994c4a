// Sets through the engine, in raw replies.

import Testing

@testable import UnderstudyEngine

@Suite struct SetCommandTests {
  private let client = EngineHarness().client()

  private func members(_ reply: String) -> [Substring] {
    reply.split(separator: "\r\n").dropFirst().filter { !$0.hasPrefix("$") }.sorted()
  }

  @Test func addAndRemove() {
    #expect(client.call("SADD", "s", "3", "1", "2", "1") == ":3\r\n")
    #expect(client.call("SMEMBERS", "s") == "*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n")
    #expect(client.call("SISMEMBER", "s", "2") == ":1\r\n")
    #expect(client.call("SMISMEMBER", "s", "9", "3") == "*2\r\n:0\r\n:1\r\n")
    #expect(client.call("SREM", "s", "1", "2", "3", "4") == ":3\r\n")
    #expect(client.call("SCARD", "s") == ":0\r\n")
    client.call("HELLO", "3")
    #expect(client.call("SMEMBERS", "s") == "~0\r\n")
  }

  @Test func moving() {
    client.call("SADD", "a", "1", "2")
    #expect(client.call("SMOVE", "a", "b", "1") == ":1\r\n")
    #expect(client.call("SMOVE", "a", "b", "1") == ":0\r\n")
    #expect(client.call("SMOVE", "a", "a", "2") == ":1\r\n")
    #expect(client.call("SMOVE", "a", "b", "2") == ":1\r\n")
    #expect(client.call("SCARD", "a") == ":0\r\n")
    #expect(client.call("SMEMBERS", "b") == "*2\r\n$1\r\n1\r\n$1\r\n2\r\n")
  }

  @Test func algebra() {
    client.call("SADD", "a", "1", "2", "x")
    client.call("SADD", "b", "2", "3", "x")
    #expect(members(client.call("SINTER", "a", "b")) == ["2", "x"])
    #expect(members(client.call("SUNION", "a", "b", "none")) == ["1", "2", "3", "x"])
    #expect(members(client.call("SDIFF", "a", "b")) == ["1"])
    #expect(client.call("SINTERCARD", "2", "a", "b", "LIMIT", "1") == ":1\r\n")
    #expect(client.call("SINTERCARD", "3", "a", "b") == "-ERR Number of keys can't be greater than number of args\r\n")
    // The target may be one of the operands.
    #expect(client.call("SUNIONSTORE", "a", "a", "b") == ":4\r\n")
    #expect(client.call("SDIFFSTORE", "a", "a", "b") == ":1\r\n")
    #expect(members(client.call("SMEMBERS", "a")) == ["1"])
    #expect(client.call("SINTERSTORE", "a", "a", "b") == ":0\r\n")
    #expect(client.call("SCARD", "a") == ":0\r\n")
  }

  @Test func randomMembers() {
    for index in 0..<400 { client.call("SADD", "s", "m\(index)") }
    for wanted in [1, 10, 399, 400, 500] {
      let found = members(client.call("SRANDMEMBER", "s", "\(wanted)"))
      #expect(found.count == min(wanted, 400))
      #expect(Set(found).count == found.count)
    }
    #expect(members(client.call("SPOP", "s", "399")).count == 399)
    #expect(client.call("SCARD", "s") == ":1\r\n")
    #expect(client.call("SPOP", "s", "1").hasPrefix("*1\r\n"))
    #expect(client.call("SPOP", "s") == "$-1\r\n")
  }
}
