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

  /// Starts a server that writes down what clients do, and fails the test for findings of at least this certainty when it
  /// has ended.
  ///
  /// - Parameters:
  ///   - failOn: the least certainty that fails the test.
  ///   - allow: what is known and let pass.
  ///   - options: what the server starts with.
  /// - Throws: as ``RedisServer/start(_:)``.
  public func startRedis(
    failOn: Finding.Certainty, allow: [Finding.Allowance] = [], _ options: RedisServer.Options = RedisServer.Options(),
    file: StaticString = #filePath, line: UInt = #line
  ) async throws -> RedisServer {
    let server = try await startRedis(options)
    try server.recordDefaultEndpoint()
    addTeardownBlock {
      guard server.isRunning else { return }
      let report = try server.finish(failOn: nil, allow: allow)
      for finding in report.atLeast(failOn) { XCTFail("\(finding)", file: file, line: line) }
    }
    return server
  }
}
