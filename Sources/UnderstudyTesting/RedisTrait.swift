// The trait for Swift Testing: each test gets a fresh server of its own, which is stopped behind it.

public import Testing
public import Understudy

/// Gives each test a server of its own: `@Test(.redis)`, or `@Suite(.redis)` for every test of a suite.
///
/// Inside the test, `try RedisServer.current` is the server. Each case of a parameterized test gets its own.
public struct RedisTrait: TestTrait, SuiteTrait, TestScoping {
  let options: RedisServer.Options
  /// From which certainty on findings fail the test; nil if they do not.
  var failOn: Finding.Certainty?
  /// What is let pass.
  var allow: [Finding.Allowance] = []

  /// A suite hands the trait on to its tests; it is they that get servers.
  public var isRecursive: Bool { true }

  /// A server is for one test case; a suite or a test function as a whole has none.
  public func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
    testCase == nil ? nil : self
  }

  /// Runs a test with a server of its own.
  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await RedisServer.run(options) { server in
      if failOn != nil { try server.recordDefaultEndpoint() }
      try await RedisServer.$ofTest.withValue(server) { try await function() }
      guard let failOn, server.isRunning else { return }
      let report = try server.finish(failOn: nil, allow: allow)
      for finding in report.atLeast(failOn) { Issue.record("\(finding)") }
    }
  }
}

extension Trait where Self == RedisTrait {
  /// A fresh server for each test.
  public static var redis: RedisTrait { RedisTrait(options: RedisServer.Options()) }

  /// A fresh server with these options for each test: `@Test(.redis(.init(version: "7.0")))`. Of two traits, the one
  /// nearer to the test counts.
  public static func redis(_ options: RedisServer.Options) -> RedisTrait { RedisTrait(options: options) }

  /// A fresh server for each test, which writes down what clients do at its endpoints, the default one included, and
  /// fails the test for findings of at least this certainty: `@Test(.redis(failOn: .certain))`.
  ///
  /// - Parameters:
  ///   - failOn: the least certainty that fails the test. Findings are issues of it, one each.
  ///   - allow: what is known and let pass.
  ///   - options: what the server starts with.
  public static func redis(
    failOn: Finding.Certainty, allow: [Finding.Allowance] = [], _ options: RedisServer.Options = RedisServer.Options()
  ) -> RedisTrait { RedisTrait(options: options, failOn: failOn, allow: allow) }
}

extension RedisServer {
  @TaskLocal static var ofTest: RedisServer?

  /// The server that the trait has started for the running test.
  ///
  /// - Throws: ``RedisServerError/notRunning`` in a test without the trait, and in a detached task.
  public static var current: RedisServer {
    get throws(RedisServerError) {
      guard let server = ofTest else { throw .notRunning }
      return server
    }
  }
}
