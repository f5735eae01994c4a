// Direct calls at their edges: what they must refuse, and what one call must not leave behind for the next.

import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct DirectCallTests {
  /// All direct calls share one session: a transaction or a subscription of one would be everybody's.
  @Test(
    arguments: [
      ["MULTI"], ["EXEC"], ["DISCARD"], ["WATCH", "k"], ["UNWATCH"], ["SUBSCRIBE", "c"], ["PSUBSCRIBE", "p*"], ["SELECT", "1"],
      ["HELLO", "2"], ["AUTH", "x"], ["QUIT"], ["RESET"],
    ])
  func commandsOfAConnectionAreRefused(arguments: [String]) async throws {
    try await RedisServer.run { redis in
      try redis.set("k", "before")
      let name = arguments[0].lowercased()
      let refusal = RedisServerError.reply(
        "ERR '\(name)' changes its connection, and a direct call has none: use a client")
      #expect(throws: refusal) { try redis.call(bytes: arguments.map { Array($0.utf8) }) }
      // Nothing has changed for the next call.
      #expect(try redis.call("PING") == .simple("PONG"))
      #expect(try redis.call("SET", "k", "v") == .simple("OK"))
      #expect(try redis.call("HGETALL", "none") == .map([]))
    }
  }

  /// A call that gives up waiting for its own script must not hand the script's late reply to a later call.
  @Test func aLateReplyBelongsToNobody() async throws {
    var options = RedisServer.Options()
    options.directives = ["busy-reply-threshold": "1"]
    try await RedisServer.run(options) { redis in
      #expect(throws: RedisServerError.busy) {
        try redis.call("EVAL", "local i = 0 while i < ARGV[1] + 0 do i = i + 1 end return 'late'", "0", "20000000")
      }
      try wait(until: "the script has ended", milliseconds: 60_000) { (try? redis.call("PING")) != nil }
      #expect(try redis.call("ECHO", "mine") == .bulk(Array("mine".utf8)))
    }
  }

  @Test func manyArgumentsAndLargeOnes() async throws {
    try await RedisServer.run { redis in
      let elements = (0..<5000).map { "element-\($0)" }
      #expect(try redis.call(bytes: [Array("RPUSH".utf8), Array("l".utf8)] + elements.map { Array($0.utf8) }).integer == 5000)
      #expect(try redis.list("l") == elements)
      let large = String(repeating: "x", count: 3_000_000)
      try redis.set("big", large)
      #expect(try redis.get("big") == large)
      #expect(try redis.call("GET", "big").string == large)
      #expect(try redis.call("PING") == .simple("PONG"))
    }
  }

  @Test func callsFromManyTasks() async throws {
    try await RedisServer.run { redis in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<8 {
          group.addTask {
            for index in 0..<500 {
              try redis.call("RPUSH", "calls", "x")
              try redis.set("key:\(task)", "\(index)")
              guard try redis.get("key:\(task)") == "\(index)" else { throw RedisServerError.reply("a foreign value") }
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try redis.call("LLEN", "calls").integer == 4000)
    }
  }
}
