// The trait for Swift Testing, and the help for XCTest.

import Testing
import Understudy
import UnderstudyTesting
import XCTest

@Suite(.redis) struct TraitTests {
  @Test func eachTestHasAServer() throws {
    let redis = try RedisServer.current
    #expect(redis.isRunning)
    #expect(try redis.keys() == [])
    try redis.set("mine", "1")
  }

  @Test func anotherTestSeesNothingOfIt() throws {
    #expect(try RedisServer.current.keys() == [])
  }

  @Test(arguments: [1, 2, 3]) func eachCaseHasAServer(number: Int) throws {
    let redis = try RedisServer.current
    #expect(try redis.get("number") == nil)
    try redis.set("number", "\(number)")
  }
}

struct TraitOptionTests {
  static var old: RedisServer.Options {
    var options = RedisServer.Options()
    options.version = "7.0"
    return options
  }

  @Test(.redis(Self.old)) func optionsAreTaken() throws {
    #expect(try RedisServer.current.options.version == "7.0")
  }

  @Test func withoutTheTraitThereIsNone() {
    #expect(throws: RedisServerError.notRunning) { try RedisServer.current }
  }
}

final class XCTestHelpTests: XCTestCase {
  func testAServerForTheTest() async throws {
    let redis = try await startRedis()
    try redis.set("k", "v")
    XCTAssertEqual(try redis.get("k"), "v")
  }
}
