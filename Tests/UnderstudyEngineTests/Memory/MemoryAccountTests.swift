// The account of memory: it grows and shrinks with the data, comes back to where it was when all has gone, and is each
// engine's own.

import Testing

@testable import UnderstudyEngine

extension EngineHarness {
  /// The bytes that the engine has in use.
  var usedMemory: Int64 { engine.withLock { unsafe engine.state.pointee.usedMemory } }

  /// Runs the tasks until they have nothing more to do at once.
  func settle() {
    engine.withLock {
      var rounds = 0
      while engine.runTasks() == 0 && rounds < 100_000 { rounds += 1 }
      _ = unsafe engine.takeFlush()
    }
  }
}

@Suite struct MemoryAccountTests {
  /// What the places of many arguments took is nobody's afterwards, in however many pieces they came.
  @Test func aCommandOfManyArgumentsLeavesNothing() {
    let harness = EngineHarness()
    let client = harness.client()
    client.call("PING")
    harness.settle()
    let before = harness.usedMemory
    let request = Array(HarnessClient.frame(["DEL"] + (0..<100_000).map { "k\($0)" }).utf8)
    var reply: [UInt8] = []
    for start in stride(from: 0, to: request.count, by: 65_536) {
      reply += client.bytes(Array(request[start..<min(start + 65_536, request.count)]))
    }
    #expect(reply == Array(":0\r\n".utf8))
    client.call("PING")
    harness.settle()
    #expect(harness.usedMemory == before)
  }

  /// A call of some command that changes data, with few keys, so that types collide and values grow.
  static func call(_ random: inout TestRandom) -> [String] {
    func number(_ range: Range<Int>) -> String { String(Int.random(in: range, using: &random)) }
    func text() -> String {
      let length = [3, 20, 70, 600, 5000].randomElement(using: &random) ?? 3
      return String(repeating: "x", count: Int.random(in: 0..<length, using: &random))
    }
    let key = "k" + number(0..<12)
    let element = Bool.random(using: &random) ? number(0..<400) : "e\(number(0..<400))\(text())"
    let forms: [[String]] = [
      ["SET", key, text()], ["SET", key, number(0..<9), "PX", "100000"], ["APPEND", key, text()],
      ["SETRANGE", key, number(0..<3000), text()], ["INCR", key], ["SETBIT", key, number(0..<9000), "1"],
      ["LPUSH", key, element, text()], ["RPUSH", key, text(), text(), element], ["LPOP", key, number(0..<5)],
      ["LINSERT", key, "BEFORE", element, text()], ["LTRIM", key, number(0..<5), number(0..<300)],
      ["LREM", key, "0", element], ["RPOPLPUSH", key, key],
      ["SADD", key, element, number(0..<100_000)], ["SREM", key, element], ["SPOP", key, number(0..<40)],
      ["HSET", key, element, text()], ["HDEL", key, element],
      ["HPEXPIRE", key, "100000", "FIELDS", "1", element],
      ["ZADD", key, number(0..<99), element], ["ZREM", key, element], ["ZPOPMIN", key, number(0..<30)],
      ["ZREMRANGEBYRANK", key, "3", number(0..<60)], ["PFADD", key, element, text()],
      ["XADD", key, "*", "f", text()], ["XTRIM", key, "MAXLEN", number(0..<200)],
      ["XGROUP", "CREATE", key, "g", "0"], ["XREADGROUP", "GROUP", "g", "c\(number(0..<9))", "STREAMS", key, ">"],
      ["XGROUP", "DELCONSUMER", key, "g", "c\(number(0..<9))"], ["XGROUP", "DESTROY", key, "g"],
      ["COPY", key, "k" + number(0..<12), "REPLACE"], ["RENAME", key, "k" + number(0..<12)], ["DEL", key],
      ["UNLINK", key], ["PEXPIRE", key, number(1..<1_000_000)], ["PERSIST", key],
      ["SUNIONSTORE", key, "k" + number(0..<12), "k" + number(0..<12)],
      ["ZUNIONSTORE", key, "2", "k" + number(0..<12), "k" + number(0..<12)],
      ["MULTI"], ["GET", key], ["DISCARD"], ["EXEC"], ["MOVE", key, "3"],
    ]
    return forms.randomElement(using: &random) ?? ["PING"]
  }

  @Test(arguments: testSeeds(6))
  func nothingIsLeftOfWhatHasGone(seed: UInt64) {
    var random = TestRandom(seed: seed)
    var configuration = Configuration()
    configuration.emulatedVersion = "8.4.0"
    configuration.hashMaxListpackEntries = 32
    let harness = EngineHarness(configuration, seed: seed)
    let client = harness.client()
    client.call("PING")
    let before = harness.usedMemory
    for round in 0..<3 {
      for _ in 0..<1500 { client.raw(HarnessClient.frame(Self.call(&random))) }
      client.call("DISCARD")
      #expect(harness.usedMemory > before)
      client.call("FLUSHALL", round == 1 ? "ASYNC" : "SYNC")
      harness.settle()
      #expect(harness.usedMemory == before, "seed \(seed), round \(round)")
    }
  }

  @Test func halfRequestsAndTransactionsCount() {
    let harness = EngineHarness()
    let client = harness.client()
    client.call("PING")
    let before = harness.usedMemory
    client.raw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\nabc")
    #expect(harness.usedMemory > before + 1_000_000)
    client.raw(String(repeating: "x", count: 999_997) + "\r\n")
    #expect(harness.usedMemory > before + 1_000_000)
    client.call("DEL", "k")
    #expect(harness.usedMemory == before)
    client.call("MULTI")
    for _ in 0..<1000 { client.call("SET", "k", String(repeating: "x", count: 100)) }
    #expect(harness.usedMemory > before + 100_000)
    client.call("DISCARD")
    #expect(harness.usedMemory == before)
    do { _ = harness.client() }
    #expect(harness.usedMemory == before)
  }

  @Test func enginesKeepApart() {
    let (one, other) = (EngineHarness(), EngineHarness())
    let (first, second) = (one.client(), other.client())
    first.call("PING")
    second.call("PING")
    let before = (one.usedMemory, other.usedMemory)
    for index in 0..<100 {
      first.call("SET", "k\(index)", "v")
      second.call("SET", "k\(index)", String(repeating: "v", count: 10_000))
    }
    #expect((3_200..<100_000).contains(one.usedMemory - before.0))
    #expect((1_000_000..<1_200_000).contains(other.usedMemory - before.1))
    second.call("FLUSHALL")
    other.settle()
    #expect(other.usedMemory == before.1)
  }

  /// What MEMORY USAGE tells of the keys adds up to what the account has grown by.
  @Test func usageOfKeysAddsUp() {
    let harness = EngineHarness()
    let client = harness.client()
    client.call("PING")
    let before = harness.usedMemory
    for index in 0..<2000 {
      client.call("SET", "s\(index)", String(repeating: "v", count: index % 700))
      client.call("HSET", "h\(index % 20)", "field\(index)", String(repeating: "v", count: index % 100))
      client.call("RPUSH", "l\(index % 10)", String(repeating: "v", count: index % 300))
      client.call("ZADD", "z\(index % 5)", "\(index)", "member\(index)")
      client.call("SADD", "t\(index % 5)", "member\(index)")
      client.call("XADD", "x\(index % 5)", "*", "field", "value")
    }
    let grown = harness.usedMemory - before
    var keys = (0..<2000).map { "s\($0)" } + (0..<20).map { "h\($0)" } + (0..<10).map { "l\($0)" }
    keys += (0..<5).flatMap { ["z\($0)", "t\($0)", "x\($0)"] }
    var sum: Int64 = 0
    for key in keys { sum += Int64(client.call("MEMORY", "USAGE", key).filter(\.isNumber)) ?? 0 }
    #expect(abs(sum - grown) < grown / 12, "keys \(sum), account \(grown)")
  }

  @Test func infoTellsIt() {
    let harness = EngineHarness()
    let client = harness.client()
    func field(_ name: String) -> Int64 {
      let lines = client.call("INFO", "memory").split(separator: "\r\n")
      return lines.compactMap { line in
        line.hasPrefix("\(name):") ? Int64(line.dropFirst(name.utf8.count + 1)) : nil
      }.first ?? -1
    }
    let before = field("used_memory")
    #expect(before >= field("used_memory_startup") && field("used_memory_startup") > 0)
    client.call("SET", "k", String(repeating: "v", count: 300_000))
    #expect(field("used_memory") >= before + 300_000)
    client.call("DEL", "k")
    #expect(field("used_memory") < before + 100_000)
    #expect(field("used_memory_peak") >= before + 300_000)
  }
}
