// The life of a server in this process, as a user of the library sees it.

import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct RedisServerTests {
  private func client(_ redis: RedisServer) throws -> RawClient {
    try RawClient(.tcp(host: redis.host, port: redis.port))
  }

  @Test func startsOnAFreePortAndAnswersAnyClient() async throws {
    let redis = try await RedisServer.start()
    #expect(redis.isRunning)
    #expect(redis.port > 0)
    #expect(redis.url == "redis://127.0.0.1:\(redis.port)")
    let client = try client(redis)
    #expect(try client.command("SET", "k", "v") == .simple("OK"))
    #expect(try redis.get("k") == "v")
    await redis.stop()
    #expect(!redis.isRunning)
  }

  @Test func runAlwaysStops() async throws {
    struct Failure: Error {}
    nonisolated(unsafe) var kept: RedisServer?
    await #expect(throws: Failure.self) {
      try await RedisServer.run { redis in
        unsafe kept = redis
        throw Failure()
      }
    }
    let redis = try #require(unsafe kept)
    #expect(!redis.isRunning)
    #expect(throws: RedisServerError.notRunning) { try redis.get("k") }
  }

  @Test func stopDropsClients() async throws {
    let redis = try await RedisServer.start()
    let client = try client(redis)
    #expect(try client.command("PING") == .simple("PONG"))
    await redis.stop()
    #expect(try client.receiveUntilClosed() == [])
  }

  @Test func restartKeepsPortAndData() async throws {
    let redis = try await RedisServer.start()
    let before = redis.port
    let old = try client(redis)
    _ = try old.command("RPUSH", "list", "a", "b")
    try await redis.restart()
    #expect(redis.port == before)
    #expect(try old.receiveUntilClosed() == [])
    #expect(try redis.list("list") == ["a", "b"])
    #expect(try client(redis).command("LLEN", "list") == .integer(2))
    await redis.stop()
  }

  @Test func misuseIsATypedError() async throws {
    let redis = try await RedisServer.start()
    await #expect(throws: RedisServerError.alreadyRunning) { try await redis.start() }
    var taken = RedisServer.Options()
    taken.port = UInt16(redis.port)
    do {
      _ = try await RedisServer.start(taken)
      Issue.record("two servers on one port")
    } catch {
      guard case .cannotBind(let address, _) = error else {
        Issue.record("not a failure to bind: \(error)")
        return
      }
      #expect(address.contains("\(redis.port)"))
    }
    await redis.stop()
    await redis.stop()
    #expect(throws: RedisServerError.notRunning) { try redis.call("PING") }
    await #expect(throws: RedisServerError.notRunning) { try await redis.restart() }
    var odd = RedisServer.Options()
    odd.version = "seven"
    #expect(throws: RedisServerError.self) { try RedisServer(odd) }
  }

  @Test func aStoppedServerStartsAgainWithItsData() async throws {
    let redis = try await RedisServer.start()
    try redis.set("k", "v")
    await redis.stop()
    try await redis.start()
    #expect(try redis.get("k") == "v")
    await redis.stop()
  }

  @Test func manyServersShareNothingButTheThread() async throws {
    var servers: [RedisServer] = []
    for index in 0..<50 {
      let redis = try await RedisServer.start()
      try redis.set("which", "\(index)")
      servers.append(redis)
    }
    for (index, redis) in servers.enumerated() {
      #expect(try client(redis).command("GET", "which") == .bulk(Array("\(index)".utf8)))
    }
    for redis in servers { await redis.stop() }
  }

  @Test func listensAtAUnixSocketAlone() async throws {
    var options = RedisServer.Options()
    options.port = nil
    options.unixSocketPath = "/tmp/understudy-\(UInt32.random(in: 0 ... .max)).sock"
    try await RedisServer.run(options) { redis in
      #expect(redis.port == 0)
      let client = try RawClient(.unix(path: options.unixSocketPath ?? ""))
      #expect(try client.command("PING") == .simple("PONG"))
    }
  }

  @Test func aPasswordIsAskedFor() async throws {
    var options = RedisServer.Options()
    options.password = "p@ss"
    try await RedisServer.run(options) { redis in
      #expect(redis.url == "redis://:p%40ss@127.0.0.1:\(redis.port)")
      let client = try client(redis)
      #expect(try client.command("PING") == .error("NOAUTH Authentication required."))
      #expect(try client.command("AUTH", "p@ss") == .simple("OK"))
      #expect(try client.command("PING") == .simple("PONG"))
    }
  }
}
