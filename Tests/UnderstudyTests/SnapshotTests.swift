// Snapshots as a user of the library has them: held by the program, by name, and for servers of their own.

import Synchronization
import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct SnapshotTests {
  private func client(_ redis: RedisServer) throws -> RawClient {
    try RawClient(.tcp(host: redis.host, port: redis.port))
  }

  @Test func dataComesBackAsOftenAsWanted() async throws {
    try await RedisServer.run { redis in
      try redis.set("k", "v")
      try redis.call("RPUSH", "list", "a", database: 7)
      let saved = try redis.snapshot()
      #expect(saved.keyCount == 2)
      for _ in 0..<3 {
        try redis.set("k", "other")
        try redis.call("RPUSH", "list", "b", database: 7)
        try redis.restore(saved)
        #expect(try redis.get("k") == "v")
        #expect(try redis.list("list", database: 7) == ["a"])
      }
      try redis.flushAll()
      try redis.restore(saved)
      #expect(try redis.keys() == ["k"])
    }
  }

  @Test func clientsSeeARestore() async throws {
    try await RedisServer.run { redis in
      let (watcher, waiter, cacher) = (try client(redis), try client(redis), try client(redis))
      try redis.call("RPUSH", "list", "a")
      let saved = try redis.snapshot()
      try redis.flushAll()
      try cacher.command("HELLO", "3")
      try cacher.command("CLIENT", "TRACKING", "ON")
      try cacher.command("GET", "k")
      try watcher.command("WATCH", "k")
      try watcher.command("MULTI")
      try waiter.send(encodeCommand(["BLPOP", "list", "0"]))
      try wait(until: "the client is blocked") { try redis.call("INFO", "clients").string?.contains("blocked_clients:1") == true }
      try redis.restore(saved)
      #expect(try waiter.receiveValue() == .array([.bulk(Array("list".utf8)), .bulk(Array("a".utf8))]))
      #expect(try watcher.command("EXEC") == .nullArray)
      #expect(try cacher.receiveValue() == .push([.bulk(Array("invalidate".utf8)), .null]))
      // It was served before the call returned.
      #expect(try redis.list("list") == [])
    }
  }

  @Test func namesAreThoseOfTheControlPort() async throws {
    try await RedisServer.run(.init(opensControlPort: true)) { redis in
      let control = try RawClient(.tcp(host: redis.host, port: try #require(redis.controlPort)))
      try redis.clock(.data).set(to: .seconds(1000))
      try redis.clock(.data).freeze()
      try redis.set("k", "v")
      try redis.saveSnapshot("seeded")
      try redis.flushAll()
      #expect(try control.command("LAB.SNAPSHOT", "RESTORE", "seeded") == .simple("OK"))
      #expect(try redis.get("k") == "v")
      try redis.set("k", "w")
      #expect(try control.command("LAB.SNAPSHOT", "SAVE", "later") == .simple("OK"))
      try redis.restoreSnapshot("seeded")
      #expect(try redis.get("k") == "v")
      let all = try redis.namedSnapshots()
      #expect(all.map(\.name) == ["seeded", "later"] && all.map(\.keyCount) == [1, 1])
      #expect(all.allSatisfy { $0.savedAt == .seconds(1000) && (1..<10_000).contains($0.bytesHeld) })
      try redis.dropSnapshot("seeded")
      let unknown = RedisServerError.invalidOption("no snapshot of that name: 'seeded'")
      #expect(throws: unknown) { try redis.restoreSnapshot("seeded") }
      #expect(throws: unknown) { try redis.dropSnapshot("seeded") }
      #expect(throws: RedisServerError.invalidOption("a snapshot needs a name that is not empty")) {
        try redis.saveSnapshot("")
      }
      // One that the program holds has no name to be listed, or dropped, by.
      let held = try redis.snapshot()
      #expect(try redis.namedSnapshots().map(\.name) == ["later"])
      #expect(held.keyCount == 1)
    }
  }

  @Test func aPreparedDataSetForEachServer() async throws {
    let prepared = try await RedisServer.run { redis in
      for index in 0..<500 { try redis.set("k\(index)", "v\(index)") }
      try redis.call("SADD", "set", "a", "b")
      return try redis.snapshot()
    }
    // The server that it came from is stopped by now.
    try await withThrowingTaskGroup { group in
      for number in 0..<8 {
        group.addTask {
          let redis = try await RedisServer.start(with: prepared)
          #expect(try redis.call("DBSIZE") == .integer(501))
          try redis.set("k7", "mine \(number)")
          try redis.delete("set")
          // Back to the start: from the prepared data, or in constant time from a snapshot of its own.
          try redis.restore(prepared)
          let own = try redis.snapshot()
          try redis.flushAll()
          try redis.restore(own)
          #expect(try redis.get("k7") == "v7" && redis.members("set") == ["a", "b"])
          await redis.stop()
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func aSmallerServerRefuses() async throws {
    try await RedisServer.run { redis in
      try redis.call("SET", "k", "v", database: 9)
      let saved = try redis.snapshot()
      await #expect(
        throws: RedisServerError.invalidOption("the snapshot needs 10 databases: see the directive 'databases'")
      ) { try await RedisServer.start(with: saved, .init(directives: ["databases": "4"])) }
    }
  }

  @Test func memoryGoesWithTheLastHolder() async throws {
    try await RedisServer.run { redis in
      func used() throws -> Int {
        let line = try redis.call("INFO", "memory").string?.split(separator: "\r\n").first { $0.hasPrefix("used_memory:") }
        return Int(line?.split(separator: ":").last ?? "") ?? -1
      }
      try redis.set("first", "v")
      let before = try used()
      for index in 0..<20_000 { try redis.set("k\(index)", "a value of a certain length, for there is to be some memory") }
      var saved: RedisServer.Snapshot? = try redis.snapshot()
      let copy = saved
      try redis.flushAll()
      #expect(try used() > before + 1_000_000)
      saved = nil
      #expect(try copy.map { try redis.restore($0) } != nil)
      #expect(try redis.call("DBSIZE") == .integer(20_001))
      try redis.flushAll()
      _ = consume copy
      _ = consume saved
      try wait(until: "the snapshot is freed") { try used() < before + 5_000 }
    }
  }

  @Test func whileAScriptRunsItIsBusy() async throws {
    try await RedisServer.run(.init(directives: ["busy-reply-threshold": "50"])) { redis in
      try redis.set("k", "v")
      let saved = try redis.snapshot()
      try redis.saveSnapshot("s")
      let author = try client(redis)
      try author.send(encodeCommand(["EVAL", "redis.call('SET', 'k', 'w') while true do end", "1", "k"]))
      try wait(until: "the script is over its limit") {
        do {
          _ = try redis.get("k")
          return false
        } catch RedisServerError.busy { return true }
      }
      #expect(throws: RedisServerError.busy) { try redis.restore(saved) }
      #expect(throws: RedisServerError.busy) { _ = try redis.snapshot() }
      #expect(throws: RedisServerError.busy) { try redis.restoreSnapshot("s") }
      #expect(try redis.namedSnapshots().count == 1)
    }
  }

  @Test func aStoppedServerIsNotAsked() async throws {
    let redis = try await RedisServer.start()
    let saved = try redis.snapshot()
    await redis.stop()
    #expect(throws: RedisServerError.notRunning) { try redis.restore(saved) }
    #expect(throws: RedisServerError.notRunning) { _ = try redis.snapshot() }
    #expect(throws: RedisServerError.notRunning) { try redis.saveSnapshot("s") }
  }

  /// From many threads at once, handles coming and going.
  @Test func manyThreadsSaveAndRestore() async throws {
    try await RedisServer.run { redis in
      for index in 0..<2000 { try redis.set("k\(index)", "v") }
      let first = try redis.snapshot()
      try await withThrowingTaskGroup { group in
        for task in 0..<4 {
          group.addTask {
            for step in 0..<100 {
              try redis.set("k\((step * 37 + task) % 2000)", "changed")
              let mine = try redis.snapshot()
              try redis.restore(step % 3 == 0 ? first : mine)
              #expect(try redis.call("DBSIZE") == .integer(2000))
            }
          }
        }
        try await group.waitForAll()
      }
      try redis.restore(first)
      #expect(try redis.get("k37") == "v")
    }
  }
}
