// Data and time of a server, reached without a client.

import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct DataAndClockTests {
  @Test func typedLooksAtData() async throws {
    try await RedisServer.run { redis in
      try redis.call("HSET", "h", "f", "1", "g", "2")
      try redis.call("SADD", "s", "a", "b")
      try redis.call("ZADD", "z", "2", "b", "1.5", "a")
      try redis.call("RPUSH", "l", "x", "y")
      #expect(try redis.hash("h") == ["f": "1", "g": "2"])
      #expect(try redis.members("s") == ["a", "b"])
      #expect(try redis.sortedSet("z").map(\.member) == ["a", "b"])
      #expect(try redis.sortedSet("z").map(\.score) == [1.5, 2])
      #expect(try redis.list("l") == ["x", "y"])
      #expect(try redis.keys() == ["h", "l", "s", "z"])
      #expect(try redis.delete("h", "none") == 1)
      #expect(try redis.get("h") == nil)
      #expect(try redis.exists("l"))
      try redis.flushAll()
      #expect(try redis.keys() == [])
    }
  }

  @Test func errorRepliesAreThrown() async throws {
    try await RedisServer.run { redis in
      try redis.set("k", "v")
      #expect(
        throws: RedisServerError.reply("WRONGTYPE Operation against a key holding the wrong kind of value")
      ) { try redis.call("LPUSH", "k", "x") }
      #expect(throws: RedisServerError.reply("ERR unknown command 'NOSUCH', with args beginning with: ")) {
        try redis.call("NOSUCH")
      }
    }
  }

  @Test func bytesSurvive() async throws {
    try await RedisServer.run { redis in
      let value: [UInt8] = [0, 13, 10, 255]
      try redis.call(bytes: [Array("SET".utf8), [0], value])
      #expect(try redis.call(bytes: [Array("GET".utf8), [0]]) == .bulk(value))
    }
  }

  @Test func timeIsAnInput() async throws {
    try await RedisServer.run { redis in
      let clock = redis.clock(.data)
      try clock.freeze()
      try redis.set("k", "v", expiresAfter: .seconds(300))
      #expect(try redis.timeToLive("k") == .seconds(300))
      try clock.advance(by: .seconds(299))
      #expect(try redis.timeToLive("k") == .seconds(1))
      #expect(try redis.get("k") == "v")
      try clock.advance(by: .seconds(1))
      #expect(try redis.get("k") == nil)
      #expect(try redis.call("DBSIZE") == .integer(0))
      #expect(throws: RedisServerError.self) { try clock.advance(by: .seconds(-1)) }
      #expect(throws: RedisServerError.self) { try redis.clock(.wait).set(to: .zero) }
    }
  }

  @Test func advancingTheWaitClockEndsABlockingCommand() async throws {
    try await RedisServer.run { redis in
      try redis.clock(.wait).freeze()
      let client = try RawClient(.tcp(host: redis.host, port: redis.port))
      try client.sendCommand(["BLPOP", "list", "60"])
      try wait(until: "the client is blocked") {
        try redis.call("CLIENT", "LIST").string?.contains("cmd=blpop") == true
      }
      #expect(try !client.hasInput())
      try redis.clock(.wait).advance(by: .seconds(61))
      #expect(try client.receive() == Array("*-1\r\n".utf8))
    }
  }

  @Test func aCallWakesAClientThatWaits() async throws {
    try await RedisServer.run { redis in
      let client = try RawClient(.tcp(host: redis.host, port: redis.port))
      try client.sendCommand(["BLPOP", "list", "0"])
      try wait(until: "the client is blocked") {
        try redis.call("CLIENT", "LIST").string?.contains("cmd=blpop") == true
      }
      try redis.call("RPUSH", "list", "x")
      #expect(try client.receive() == Array("*2\r\n$4\r\nlist\r\n$1\r\nx\r\n".utf8))
    }
  }
}
