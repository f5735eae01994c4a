// What a user writes: the trait, a server by hand, and XCTest.

import Greeter
import Testing
import Understudy
import UnderstudyTesting
import XCTest

@Suite(.redis) struct GreeterTests {
  @Test func greets() throws {
    let redis = try RedisServer.current
    let greeter = Greeter(port: redis.port)
    #expect(greeter.greet("Ada") == "Hello Ada, for the 1. time")
    #expect(greeter.greet("Ada") == "Hello Ada, for the 2. time")
    #expect(try redis.get("greetings:Ada") == "2")
  }

  @Test(.redis(.init(password: "secret"))) func isToldThatItMayNot() throws {
    let greeter = Greeter(port: try RedisServer.current.port)
    #expect(greeter.greet("Ada")?.contains("NOAUTH") == true)
  }

  @Test func runsAScript() throws {
    let redis = try RedisServer.current
    #expect(try redis.call("EVAL", "return redis.call('INCR', KEYS[1])", "1", "k").integer == 1)
  }
}

@Test func aServerByHand() async throws {
  try await RedisServer.run { redis in
    #expect(Greeter(port: redis.port).greet("Ada") != nil)
    try await redis.restart()
    #expect(Greeter(port: redis.port).greet("Ada") == "Hello Ada, for the 2. time")
  }
}

final class GreeterCase: XCTestCase {
  func testGreets() async throws {
    let redis = try await startRedis()
    XCTAssertEqual(Greeter(port: redis.port).greet("Ada"), "Hello Ada, for the 1. time")
    XCTAssertEqual(try redis.keys(), ["greetings:Ada"])
  }
}
