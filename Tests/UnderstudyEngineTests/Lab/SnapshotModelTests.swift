// Snapshots under random commands of all types: what a snapshot holds stays as it was, byte for byte, through whatever
// becomes of the keyspace and of other snapshots; what is restored is the same; and who has none saved sees no difference.

import Testing

@testable import UnderstudyEngine

@Suite struct SnapshotModelTests {
  /// A call of some command that changes data, of databases as a whole at times.
  private static func call(_ random: inout TestRandom) -> [String] {
    func number(_ range: Range<Int>) -> String { String(Int.random(in: range, using: &random)) }
    switch Int.random(in: 0..<100, using: &random) {
    case 0: return ["SELECT", number(0..<3)]
    case 1: return ["SWAPDB", number(0..<3), number(0..<3)]
    case 2: return [["FLUSHDB"], ["FLUSHDB", "SYNC"], ["FLUSHALL"], ["PING"], ["PING"]].randomElement(using: &random) ?? []
    case 3..<30:
      // Many small keys: the table grows, splits, shrinks and merges.
      let key = "s" + number(0..<4000)
      return [["SET", key, number(0..<99999)], ["SET", key, key, "PX", number(1..<9000)], ["APPEND", key, "x"], ["DEL", key]]
        .randomElement(using: &random) ?? []
    case 30..<34:
      let first = Int.random(in: 0..<4000, using: &random)
      return ["DEL"] + (0..<300).map { "s\((first + $0) % 4000)" }
    case 34..<38:
      let first = Int.random(in: 0..<4000, using: &random)
      return ["MSET"] + (0..<300).flatMap { ["s\((first + $0) % 4000)", "value \($0)"] }
    case 38: return ["SPOP", "k" + number(0..<12), "3"]
    case 39: return ["GET", "s" + number(0..<4000)]
    case 40: return ["XACK", "k" + number(0..<12), "g", "1-1"]
    case 41: return ["HPEXPIRE", "k" + number(0..<12), number(1..<9000), "FIELDS", "1", "e" + number(0..<400)]
    default: return MemoryAccountTests.call(&random)
    }
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.emulatedVersion = "8.4.0"
    configuration.hashMaxListpackEntries = 32
    configuration.zsetMaxListpackEntries = 32
    return configuration
  }

  private func advance(_ harness: EngineHarness, milliseconds: Int64) {
    harness.engine.withLock {
      _ = harness.engine.advance(.data, microseconds: milliseconds * 1000)
      harness.engine.settleClocks()
    }
  }

  @Test(arguments: testSeeds(4))
  func snapshotsStayAsTheyWere(seed: UInt64) {
    var random = TestRandom(seed: seed)
    let harness = EngineHarness(Self.configuration, seed: seed)
    harness.engine.withLock { harness.engine.freeze(.data) }
    let client = harness.client()
    // The longest of the requests: what is needed to read them stays.
    client.raw(HarnessClient.frame(["MSET"] + (0..<600).map { "\($0)" }))
    client.call("FLUSHALL", "SYNC")
    let before = harness.usedMemory
    var saved: [(data: SavedData, was: WholeData)] = []
    for step in 0..<80 {
      for _ in 0..<60 { client.raw(HarnessClient.frame(Self.call(&random))) }
      client.call("DISCARD")
      advance(harness, milliseconds: Int64.random(in: 0..<1500, using: &random))
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4:
        let was = harness.data
        saved.append((harness.save(), was))
      case 4..<7:
        guard let chosen = saved.randomElement(using: &random) else { continue }
        harness.restore(chosen.data)
        let now = harness.data
        #expect(now == chosen.was, "seed \(seed), step \(step): restored something else")
        let violations = harness.violations
        #expect(violations == [], "seed \(seed), step \(step)")
        // Also after a good while, or at once.
        if Bool.random(using: &random) { harness.settle() }
      case 7:
        guard let index = saved.indices.randomElement(using: &random) else { continue }
        harness.drop(saved.remove(at: index).data)
      default: break
      }
      guard step % 10 == 9 else { continue }
      for (data, was) in saved {
        let isSame = harness.data(of: data) == was
        #expect(isSame, "seed \(seed), step \(step): a snapshot has changed")
      }
      #expect(harness.violations == [], "seed \(seed), step \(step)")
    }
    for (data, _) in saved { harness.drop(data) }
    saved = []
    client.call("SELECT", "0")
    client.call("FLUSHALL", "SYNC")
    harness.settle()
    #expect(harness.usedMemory == before, "seed \(seed): memory that nobody holds")
  }

  /// Two engines of the same seed, one of which saves and drops: no command tells them apart.
  @Test(arguments: testSeeds(3), ["noeviction", "allkeys-lfu"])
  func nobodyNoticesASave(seed: UInt64, policy: String) {
    var random = TestRandom(seed: seed)
    let (one, other) = (EngineHarness(Self.configuration, seed: seed), EngineHarness(Self.configuration, seed: seed))
    let clients = [one, other].map { harness in
      harness.engine.withLock {
        harness.engine.freeze(.data)
        _ = harness.engine.set(.data, microseconds: 1_000_000_000)
      }
      let client = harness.client()
      client.call("CONFIG", "SET", "maxmemory-policy", policy)
      return client
    }
    var saved: [SavedData] = []
    for step in 0..<2500 {
      let call = HarnessClient.frame(Self.call(&random))
      let replies = clients.map { $0.raw(call) }
      #expect(replies[0] == replies[1], "seed \(seed), step \(step): \(call)")
      if step % 50 == 0 {
        for harness in [one, other] { advance(harness, milliseconds: 700) }
        saved.append(one.save())
        if saved.count > 4 { one.drop(saved.remove(at: Int.random(in: 0..<4, using: &random))) }
      }
      if step % 500 == 0 {
        let isSame = one.data == other.data
        #expect(isSame, "seed \(seed), step \(step)")
      }
    }
  }

  /// What is told to be held by a snapshot alone is what its drop frees, where values are strings.
  @Test(arguments: testSeeds(4))
  func whatIsHeldIsWhatADropFrees(seed: UInt64) {
    var random = TestRandom(seed: seed)
    let harness = EngineHarness(seed: seed)
    let client = harness.client()
    var saved: [SavedData] = []
    for _ in 0..<30 {
      for _ in 0..<200 {
        let key = "s\(Int.random(in: 0..<3000, using: &random))"
        let value = String(repeating: "v", count: Int.random(in: 0..<600, using: &random))
        let call = [["SET", key, value], ["SET", key, value, "EX", "1000"], ["DEL", key], ["GET", key]]
        client.raw(HarnessClient.frame(call.randomElement(using: &random) ?? []))
      }
      switch Int.random(in: 0..<4, using: &random) {
      case 0, 1: saved.append(harness.save())
      case 2: if let chosen = saved.randomElement(using: &random) { harness.restore(chosen) }
      default:
        guard let index = saved.indices.randomElement(using: &random) else { continue }
        harness.settle()
        let was = harness.data
        let chosen = saved.remove(at: index)
        let (held, before) = (harness.engine.withLock { unsafe harness.engine.state.pointee.bytesHeld(by: chosen) }, harness.usedMemory)
        harness.drop(chosen)
        harness.settle()
        #expect(before - harness.usedMemory == held, "seed \(seed)")
        let isSame = harness.data == was
        #expect(isSame, "seed \(seed)")
      }
    }
    harness.settle()
    let all = harness.engine.withLock { unsafe harness.engine.state.pointee.findHeldBySnapshots().bytes }
    let before = harness.usedMemory
    for chosen in saved { harness.drop(chosen) }
    harness.settle()
    #expect(before - harness.usedMemory == all, "seed \(seed)")
  }
}
