// What goes when memory is over `maxmemory`: which keys by each policy, how much at once, and who hears of it.

import Testing

@testable import UnderstudyEngine

@Suite struct EvictionTests {
  private let harness: EngineHarness
  private let client: HarnessClient

  init() {
    harness = EngineHarness()
    client = harness.client()
    harness.engine.withLock { harness.engine.freeze(.data) }
    // From here on the engine's own memory stays as it is.
    client.call("CONFIG", "SET", "maxmemory", "0")
  }

  private static let padding = String(repeating: "v", count: 180)

  private func fill(_ names: [String], deadline: ((Int) -> Int)? = nil) {
    for (index, name) in names.enumerated() {
      if let deadline {
        client.call("SET", name, Self.padding, "EX", String(deadline(index)))
      } else {
        client.call("SET", name, Self.padding)
      }
    }
  }

  private func advance(seconds: Int64) {
    harness.engine.withLock { _ = harness.engine.advance(.data, microseconds: seconds * 1_000_000) }
  }

  private func limit(_ bytes: Int64, _ policy: String, samples: Int = 5, tenacity: Int = 10) {
    client.call(
      "CONFIG", "SET", "maxmemory-policy", policy, "maxmemory-samples", String(samples),
      "maxmemory-eviction-tenacity", String(tenacity), "maxmemory", String(bytes))
  }

  private func isThere(_ name: String) -> Bool { client.call("EXISTS", name) == ":1\r\n" }

  private var keyCount: Int { Int(client.call("DBSIZE").filter(\.isNumber)) ?? -1 }

  private var evicted: Int { harness.engine.withLock { unsafe Int(harness.engine.state.pointee.statistics.evictedKeys) } }

  @Test(arguments: EvictionPolicy.allCases)
  func memoryStaysBelowTheLimit(policy: EvictionPolicy) {
    let allowed = harness.usedMemory + 100_000
    limit(allowed, policy.rawValue)
    var refused = 0
    for index in 0..<2000 {
      let reply = client.call("SETEX", "key:\(index)", "10000", Self.padding)
      if reply.hasPrefix("-OOM ") { refused += 1 } else { #expect(reply == "+OK\r\n") }
      #expect(harness.usedMemory < allowed + 4096)
    }
    if policy == .noEviction {
      #expect(refused > 1000 && evicted == 0)
    } else {
      // Asking may make another one go.
      let left = keyCount
      #expect(refused == 0 && evicted > 1000 && evicted + left == 2000)
      // No more goes than has to.
      #expect(harness.usedMemory > allowed - 4096)
    }
  }

  @Test(arguments: ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"])
  func onlyKeysWithDeadlinesGo(policy: String) {
    let (lasting, passing) = ((0..<100).map { "lasting\($0)" }, (0..<100).map { "passing\($0)" })
    fill(lasting)
    fill(passing) { _ in 10_000 }
    limit(harness.usedMemory - 10_000, policy)
    harness.settle()
    #expect(lasting.allSatisfy(isThere))
    #expect((30...50).contains(evicted))
    limit(1, policy)
    harness.settle()
    #expect(lasting.allSatisfy(isThere) && !passing.contains(where: isThere))
    #expect(client.call("SET", "another", "v").hasPrefix("-OOM "))
    #expect(client.call("GET", lasting[0]).hasPrefix("$180\r\n"))
  }

  @Test func theSoonestDeadlineGoesFirst() {
    let listener = harness.client()
    client.call("CONFIG", "SET", "notify-keyspace-events", "Ee")
    listener.call("SUBSCRIBE", "__keyevent@0__:evicted")
    // Deadlines in no order.
    fill((0..<40).map { "k\($0)" }) { 1000 + ($0 * 17) % 40 }
    limit(harness.usedMemory - 4000, "volatile-ttl", samples: 1)
    harness.settle()
    let heard = listener.pending().split(separator: "\r\n").filter { $0.hasPrefix("k") }
    let order = (0..<40).sorted { ($0 * 17) % 40 < ($1 * 17) % 40 }.map { "k\($0)" }
    #expect(heard.count == evicted && evicted > 10)
    #expect(heard.map { String($0) } == Array(order.prefix(evicted)))
  }

  /// With as many samples as keys the choice is exact.
  @Test(arguments: ["allkeys-lru", "volatile-lru"])
  func theLongestUnusedGoFirst(policy: String) {
    let names = (0..<60).map { "k\($0)" }
    fill(names) { _ in 100_000 }
    for name in names.shuffledForTest() {
      advance(seconds: 10)
      client.call("GET", name)
    }
    limit(harness.usedMemory - 6000, policy, samples: 1000)
    harness.settle()
    let order = names.shuffledForTest()
    #expect(evicted > 15 && order.prefix(evicted).allSatisfy { !isThere($0) })
    #expect(order.dropFirst(evicted).allSatisfy(isThere))
  }

  @Test func withFewSamplesTheUsedMostlyStay() {
    let names = (0..<1000).map { "k\($0)" }
    fill(names)
    advance(seconds: 1000)
    for name in names.prefix(500) { client.call("GET", name) }
    limit(harness.usedMemory - 100_000, "allkeys-lru")
    harness.settle()
    #expect(evicted > 300)
    let lost = names.prefix(500).filter { !isThere($0) }.count
    // At random it would be half of them.
    #expect(lost < evicted / 10)
  }

  @Test(arguments: ["allkeys-lfu", "volatile-lfu"])
  func theRarelyUsedGoFirst(policy: String) {
    client.call("CONFIG", "SET", "maxmemory-policy", policy)
    let names = (0..<60).map { "k\($0)" }
    fill(names) { _ in 100_000 }
    for name in names.suffix(30) { for _ in 0..<60 { client.call("GET", name) } }
    limit(harness.usedMemory - 5000, policy, samples: 1000)
    harness.settle()
    #expect((15...30).contains(evicted))
    #expect(names.suffix(30).allSatisfy(isThere))
  }

  @Test(arguments: ["allkeys-lru", "allkeys-random", "volatile-ttl", "volatile-random", "volatile-lfu"])
  func allDatabasesTakePart(policy: String) {
    for database in 0..<3 {
      client.call("SELECT", String(database * 5))
      fill((0..<100).map { "k\($0)" }) { _ in 1000 }
    }
    limit(1, policy)
    harness.settle()
    for database in 0..<3 {
      client.call("SELECT", String(database * 5))
      #expect(keyCount == 0)
    }
    #expect(evicted == 300)
  }

  @Test(arguments: [(0, 16), (1, 32), (10, 320), (11, 368), (100, 3000)])
  func aTurnHasItsBounds(tenacity: Int, keys: Int) {
    fill((0..<3000).map { "k\($0)" })
    client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-random", "maxmemory-eviction-tenacity", String(tenacity))
    harness.engine.withLock {
      var changed = harness.engine.configuration
      changed.maximumMemory = 1
      harness.engine.configuration = changed
      unsafe #expect(harness.engine.state.pointee.makeRoom() == (keys == 3000 ? .exhausted : .shrinking))
    }
    #expect(evicted == keys)
  }

  /// Commands go on while there is still something to evict.
  @Test func nothingIsRefusedBeforeAllIsEvicted() {
    fill((0..<3000).map { "k\($0)" })
    let used = harness.usedMemory
    harness.engine.withLock {
      var changed = harness.engine.configuration
      changed.maximumMemory = UInt64(used - 300_000)
      changed.evictionPolicy = .allKeysRandom
      changed.evictionTenacity = 0
      harness.engine.configuration = changed
    }
    #expect(client.call("SET", "new", "v") == "+OK\r\n")
    harness.settle()
    #expect(harness.usedMemory <= used - 300_000)
  }

  /// A large value is freed in steps, and nothing else goes meanwhile.
  @Test func largeValuesDoNotTakeOthersAlong() {
    for part in 0..<50 { client.call("SADD", "large", (0..<400).map { "m\(part * 400 + $0)" }) }
    advance(seconds: 500)
    fill((0..<200).map { "k\($0)" })
    limit(harness.usedMemory - 10_000, "allkeys-lru", samples: 1000)
    harness.settle()
    #expect(evicted == 1 && !isThere("large"))
  }

  @Test func whoWatchesHears() {
    let other = harness.client()
    fill(["k"])
    other.call("WATCH", "k")
    limit(1, "allkeys-lru")
    harness.settle()
    client.call("CONFIG", "SET", "maxmemory", "0")
    other.call("MULTI")
    #expect(other.call("EXEC") == "*-1\r\n")
  }

  /// Who has cached a key that goes hears of it, and, if it was its own command that made it go, before the reply.
  @Test func whoHasItCachedHears() {
    let (one, other) = (harness.client(), harness.client())
    for client in [one, other] {
      client.call("HELLO", "3")
      client.call("CLIENT", "TRACKING", "ON")
    }
    client.call("SETEX", "k", "100", Self.padding)
    one.call("GET", "k")
    other.call("GET", "k")
    harness.engine.withLock {
      var changed = harness.engine.configuration
      changed.evictionPolicy = .volatileTTL
      changed.maximumMemory = 1
      harness.engine.configuration = changed
    }
    let invalidation = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"
    #expect(one.call("SET", "new", "v") == "\(invalidation)-OOM command not allowed when used memory > 'maxmemory'.\r\n")
    #expect(other.pending() == invalidation)
  }

  @Test func pausesHoldEvictionBack() {
    fill((0..<50).map { "k\($0)" })
    client.call("CLIENT", "PAUSE", "100000", "WRITE")
    limit(1, "allkeys-lru")
    #expect(client.call("GET", "k0").hasPrefix("$180"))
    #expect(evicted == 0)
    client.call("CLIENT", "UNPAUSE")
    harness.settle()
    // It goes on by itself.
    #expect(evicted == 50)
  }

  @Test func whatIsDeletedMakesRoom() {
    client.call("SADD", "large", (0..<20_000).map { "member:\($0)" })
    limit(harness.usedMemory - 10_000, "noeviction")
    #expect(client.call("SET", "k", "v").hasPrefix("-OOM "))
    // The value is freed in steps, but whoever needs its memory gets it.
    let both = client.raw(HarnessClient.frame(["DEL", "large"]) + HarnessClient.frame(["SET", "k", "v"]))
    #expect(both == ":1\r\n+OK\r\n")
  }

  @Test func oneSeedEvictsTheSameKeys() {
    func run() -> String {
      let harness = EngineHarness(seed: 42)
      let client = harness.client()
      harness.engine.withLock { harness.engine.freeze(.data) }
      client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-random", "maxmemory", "200000")
      for index in 0..<3000 { client.call("SET", "k\(index)", Self.padding) }
      return client.call("KEYS", "*")
    }
    let first = run()
    #expect(first.utf8.count > 1000 && first == run())
  }
}

extension [String] {
  /// An order that has nothing to do with that of the keys.
  fileprivate func shuffledForTest() -> [String] {
    var random = TestRandom(seed: 7)
    return shuffled(using: &random)
  }
}

extension HarnessClient {
  @discardableResult
  fileprivate func call(_ command: String, _ key: String, _ rest: [String]) -> String {
    raw(HarnessClient.frame([command, key] + rest))
  }
}
