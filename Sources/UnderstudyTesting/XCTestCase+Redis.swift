// Help for XCTest: a server that is stopped when the test ends.

public import Understudy
public import XCTest

extension XCTestCase {
  /// Starts a server that is stopped when the test has ended, whatever its outcome.
  ///
  /// - Throws: as ``RedisServer/start(_:)``.
  public func startRedis(_ options: RedisServer.Options = RedisServer.Options()) async throws -> RedisServer {
    let server = try await RedisServer.start(options)
    addTeardownBlock { await server.stop() }
    return server
  }
}
