// The life of servers under stress: let go of, cancelled, started and stopped from many tasks at once.

import Foundation
import Testing
import Understudy
import UnderstudyTestSupport
import UnderstudyTesting

@Suite struct LifeTests {
  private func client(_ redis: RedisServer) throws -> RawClient {
    try RawClient(.tcp(host: redis.host, port: redis.port))
  }

  @Test func runStopsWhenItsTaskIsCancelled() async throws {
    let (servers, hand) = AsyncStream.makeStream(of: RedisServer.self)
    let task = Task {
      try await RedisServer.run { redis in
        hand.yield(redis)
        // Ends with the cancellation, and with nothing else.
        for await _ in AsyncStream.makeStream(of: Void.self).stream {}
        try Task.checkCancellation()
      }
    }
    var redis: RedisServer?
    for await server in servers {
      redis = server
      break
    }
    let server = try #require(redis)
    let client = try client(server)
    #expect(try client.command("PING") == .simple("PONG"))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(!server.isRunning)
    #expect(try client.receiveUntilClosed() == [])
  }

  @Test func aServerThatIsLetGoOfStops() async throws {
    weak var gone: RedisServer?
    let connected: RawClient
    let (host, port): (String, Int)
    do {
      let redis = try await RedisServer.start()
      gone = redis
      (host, port) = (redis.host, redis.port)
      connected = try client(redis)
      #expect(try connected.command("PING") == .simple("PONG"))
    }
    #expect(gone == nil)
    #expect(try connected.receiveUntilClosed() == [])
    // Another server of a parallel test may have drawn the port by now; it would not know this client.
    try wait(until: "nobody listens any more") {
      guard let client = try? RawClient(.tcp(host: host, port: port)) else { return true }
      return (try? client.command("CLIENT", "ID")) == nil
    }
  }

  @Test func manyLivesLeaveNothingBehind() async throws {
    let before = Self.descriptorCount
    for index in 0..<300 {
      let redis = try await RedisServer.start()
      try redis.set("k", "\(index)")
      if index.isMultiple(of: 2) { await redis.stop() }
    }
    // The last ones let go of may not be closed yet, and parallel tests have descriptors of their own.
    try wait(until: "the descriptors are closed") { Self.descriptorCount < before + 150 }
  }

  private static var descriptorCount: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count) ?? 0
  }

  @Test func ofManyStartsOneWins() async throws {
    let redis = try RedisServer()
    let wins = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask {
          do {
            try await redis.start()
            return true
          } catch {
            #expect(error as? RedisServerError == .alreadyRunning)
            return false
          }
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(wins == 1)
    #expect(try client(redis).command("PING") == .simple("PONG"))
    await redis.stop()
  }

  @Test func anyTaskMayDoAnythingAtAnyTime() async throws {
    let redis = try await RedisServer.start()
    try redis.set("steady", "1")
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<8 {
        group.addTask {
          for round in 0..<30 {
            do throws(RedisServerError) {
              switch (worker + round) % 5 {
              case 0: await redis.stop()
              case 1: try await redis.start()
              case 2: try await redis.restart()
              case 3: try redis.call("INCR", "count")
              default: #expect(try redis.get("steady") == "1")
              }
              _ = (redis.isRunning, redis.port, redis.url)
            } catch {
              switch error {
              case .alreadyRunning, .notRunning: break
              // A parallel test may have drawn the port between a stop and the start behind it.
              case .cannotBind: break
              default: Issue.record("\(error)")
              }
            }
          }
        }
      }
    }
    await redis.stop()
    #expect(!redis.isRunning)
    try await redis.start()
    #expect(try client(redis).command("GET", "steady") == .bulk(Array("1".utf8)))
    await redis.stop()
  }

  @Test func allServersShareOneThread() async throws {
    var servers: [RedisServer] = []
    for _ in 0..<20 { servers.append(try await RedisServer.start()) }
    #if os(Linux)
      var names: [String] = []
      for task in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task") {
        // A thread may end between the two looks.
        let name = try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)
        names.append(name?.trimmingCharacters(in: .newlines) ?? "")
      }
      #expect(names.count { $0 == "understudy-loop" } == 1)
    #endif
    for redis in servers { await redis.stop() }
  }

  @Test func aSocketPathThatIsTooLongIsATypedError() async throws {
    let options = RedisServer.Options(port: nil, unixSocketPath: "/tmp/" + String(repeating: "x", count: 200))
    do {
      _ = try await RedisServer.start(options)
      Issue.record("the system takes no path of 205 bytes")
    } catch {
      guard case .cannotBind(let address, let reason) = error else {
        Issue.record("not a failure to bind: \(error)")
        return
      }
      #expect(address == options.unixSocketPath)
      #expect(reason == "File name too long")
    }
  }

  @Test func aZeroByteInAnAddressIsATypedError() {
    #expect(throws: RedisServerError.invalidOption("the host contains a zero byte")) {
      try RedisServer(.init(host: "127.0.0.1\0.example"))
    }
    #expect(throws: RedisServerError.invalidOption("the socket's path contains a zero byte")) {
      try RedisServer(.init(unixSocketPath: "/tmp/a\0b"))
    }
  }

  @Test func urlsNameEveryEndpoint() async throws {
    let path = "/tmp/under study-\(UInt32.random(in: 0 ... .max)).sock"
    let escaped = path.replacing(" ", with: "%20")
    try await RedisServer.run(.init(unixSocketPath: path, password: "p:w")) { redis in
      #expect(redis.url == "redis://:p%3Aw@127.0.0.1:\(redis.port)")
      #expect(redis.unixSocketURL == "unix://:p%3Aw@\(escaped)")
    }
    try await RedisServer.run(.init(port: nil, unixSocketPath: path)) { redis in
      #expect(redis.url == "unix://\(escaped)")
    }
    try await RedisServer.run { redis in #expect(redis.unixSocketURL == nil) }
  }

  @Test func aDatabaseThatIsNotThereIsAnError() async throws {
    try await RedisServer.run { redis in
      try redis.set("k", "v", database: 15)
      #expect(try redis.get("k", database: 15) == "v")
      #expect(try redis.get("k") == nil)
      for database in [-1, 16, Int.max] {
        #expect(throws: RedisServerError.reply("ERR DB index is out of range")) {
          try redis.set("k", "v", database: database)
        }
        #expect(throws: RedisServerError.reply("ERR DB index is out of range")) {
          try redis.get("k", database: database)
        }
      }
    }
  }

  @Test func aSeedReplaysWhatAServerDraws() async throws {
    func draw(_ options: RedisServer.Options) async throws -> (seed: UInt64, keys: [String]) {
      try await RedisServer.run(options) { redis in
        for index in 0..<100 { try redis.call("SADD", "set", "\(index)") }
        return (redis.seed, try (0..<20).map { _ in try redis.call("SRANDMEMBER", "set").string ?? "" })
      }
    }
    let first = try await draw(.init())
    let again = try await draw(.init(seed: first.seed))
    #expect(first.keys == again.keys, "seed \(first.seed)")
    #expect(Set(first.keys).count > 1, "seed \(first.seed)")
  }
}

@Suite(.redis(.init(version: "7.0"))) struct NestedTraitTests {
  @Test func aSuiteHandsItsOptionsOn() throws {
    #expect(try RedisServer.current.options.version == "7.0")
  }

  @Test(.redis(.init(version: "7.2"))) func theNearerTraitCounts() throws {
    #expect(try RedisServer.current.options.version == "7.2")
  }
}
