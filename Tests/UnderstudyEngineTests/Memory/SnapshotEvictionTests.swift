// `maxmemory` while snapshots are held: what only they hold is not counted, so the same keys stay as without them.

import Testing

@testable import UnderstudyEngine

@Suite struct SnapshotEvictionTests {
  private static let padding = String(repeating: "v", count: 180)

  /// What becomes of keys under a limit, in an engine that saves at times, or never does.
  private func run(
    _ policy: String, saving: Bool, restoring: Bool = false, containers: Bool = false
  ) -> (left: Int, evicted: Int, refused: Int) {
    let harness = EngineHarness()
    let client = harness.client()
    harness.engine.withLock { harness.engine.freeze(.data) }
    client.call("CONFIG", "SET", "maxmemory", "0")
    let allowed = harness.usedMemory + 200_000
    client.call("CONFIG", "SET", "maxmemory-policy", policy, "maxmemory", String(allowed))
    var refused = 0
    var saved: [SavedData] = []
    for index in 0..<4000 {
      if saving && index % 400 == 200 {
        saved.append(harness.save())
        if saved.count > 3 { harness.drop(saved.removeFirst()) }
        if restoring, index % 800 == 200, let last = saved.last { harness.restore(last) }
      }
      let key = "key:\(index)"
      let reply: String
      if containers && index % 3 == 0 {
        client.call("RPUSH", key, Self.padding)
        reply = client.call("PEXPIRE", key, "10000000")
      } else {
        reply = client.call("SETEX", key, "10000", Self.padding)
      }
      if reply.hasPrefix("-OOM ") { refused += 1 }
      if index % 2 == 0 { client.call("GET", "key:\(index / 2)") }
    }
    let left = Int(client.call("DBSIZE").filter(\.isNumber)) ?? -1
    let evicted = harness.engine.withLock { unsafe Int(harness.engine.state.pointee.statistics.evictedKeys) }
    return (left, evicted, refused)
  }

  @Test(arguments: ["allkeys-lru", "allkeys-lfu", "volatile-ttl", "allkeys-random", "noeviction"], [false, true])
  func theSameNumberOfKeysStays(policy: String, containers: Bool) {
    let alone = run(policy, saving: false, containers: containers)
    let watched = run(policy, saving: true, containers: containers)
    let restored = run(policy, saving: true, restoring: true, containers: containers)
    for result in [watched, restored] {
      #expect(abs(result.left - alone.left) <= alone.left / 50, "\(result.left) and \(alone.left) keys stay")
      #expect(abs(result.evicted - alone.evicted) <= alone.evicted / 50 + 20)
      #expect(abs(result.refused - alone.refused) <= alone.refused / 50)
    }
  }

  /// A limit that the data alone fits into evicts nothing, however much a snapshot holds.
  @Test func snapshotsMakeNoKeyGo() {
    var configuration = Configuration()
    configuration.debugCommand = .yes
    let harness = EngineHarness(configuration)
    let client = harness.client()
    client.call("DEBUG", "POPULATE", "3000", "old", "100")
    let saved = harness.save()
    client.call("FLUSHALL")
    client.call("DEBUG", "POPULATE", "3000", "new", "100")
    harness.settle()
    client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", String(harness.usedMemory - 100_000))
    for index in 0..<500 { client.call("GET", "new:\(index)") }
    harness.settle()
    #expect(client.call("DBSIZE") == ":3000\r\n")
    // Without them there is room all the more; with their data in the keyspace it is the same again.
    harness.restore(saved)
    client.call("PING")
    harness.settle()
    #expect(client.call("DBSIZE") == ":3000\r\n")
    harness.drop(saved)
    client.call("PING")
    harness.settle()
    #expect(client.call("DBSIZE") == ":3000\r\n")
  }
}
