// RDB alone: what was dumped comes back the same, and what was damaged does no harm.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

struct RDBTests {
  // MARK: Parts

  @Test func checksum() { #expect("123456789".lend { CRC64.checksum($0) } == 0xe9c6_d914_c4b8_d9ca) }

  @Test(arguments: testSeeds()) func compression(seed: UInt64) throws {
    var dice = SeededGenerator(seed: seed)
    var compressor = LZF.Compressor()
    for _ in 0..<200 {
      let count = Int.random(in: 0...dice.pick([10, 100, 2000, 40_000]), using: &dice)
      let letters = dice.pick([1, 2, 20, 256])
      var text = (0..<count).map { _ in UInt8(truncatingIfNeeded: Int.random(in: 0..<letters, using: &dice)) }
      if dice.chance(30) { text += text }
      guard let compressed = text.lend({ compressor.compress($0) }) else { continue }
      #expect(compressed.count <= text.count - 4)
      let original = compressed.lend { LZF.decompress($0, count: text.count) }
      #expect(original == text, "seed \(seed)")
      // Damaged, it is another text of that length, or none.
      var damaged = compressed
      damage(&damaged, &dice)
      let other = damaged.lend { LZF.decompress($0, count: text.count) }
      #expect(other == nil || other?.count == text.count, "seed \(seed)")
    }
  }

  @Test func aSmallTextThatClaimsToBeHuge() {
    #expect([0x20, 0x00].lend { LZF.decompress($0, count: .max) } == nil)
    #expect([0x20, 0x00].lend { LZF.decompress($0, count: -1) } == nil)
    #expect([0x20, 0x00].lend { LZF.decompress($0, count: 3) } == nil)
  }

  // MARK: Values

  /// A sorted set that is to be in its large form does not go through the small one, which has no negative zero.
  @Test func aNegativeZeroBeforeALongMember() {
    let payload: [UInt8] =
      [5, 2, 1, 0x62, 0, 0, 0, 0, 0, 0, 0, 0x80, 0xc3, 9, 0x40, 0x64, 1, 0x61, 0x61, 0xe0, 0x57, 0, 1, 0x61, 0x61]
      + [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x0a, 0, 0x29, 0x65, 0x56, 0x91, 0x7c, 0x2a, 0xbf, 0x2a]
    let client = EngineHarness().client()
    #expect(client.bytes(encodeCommand(["RESTORE", "z", "0", CallArgument(payload)])) == Array("+OK\r\n".utf8))
    #expect(client.call("ZSCORE", "z", "b") == "$2\r\n-0\r\n")
    #expect(client.call("OBJECT", "ENCODING", "z") == "$8\r\nskiplist\r\n")
  }

  /// Every kind of value in every form, in both versions of the format.
  @Test(arguments: ["7.0.0", "7.2.0"] as [Version], testSeeds(2)) func whatIsDumpedComesBack(_ version: Version, seed: UInt64) {
    let values = RandomValues(version, seed: seed)
    var forms: Set<String> = []
    for (index, kind) in RandomValues.kinds.enumerated() {
      for round in 0..<8 {
        values.make("k", kind, round)
        let payload = values.dump("k")
        #expect(values.client.bytes(encodeCommand(["RESTORE", "r", "0", CallArgument(payload), "REPLACE"])) == Array("+OK\r\n".utf8))
        let facts = ["k", "r"].map { key in
          values.client.call("DEBUG", "DIGEST-VALUE", key) + values.client.call("OBJECT", "ENCODING", key)
            + values.client.call("TYPE", key)
        }
        #expect(facts[0] == facts[1], "\(kind), seed \(seed)")
        forms.insert("\(index) \(values.client.call("OBJECT", "ENCODING", "r"))")
        // The same again is the same.
        if kind != "set" && kind != "hash" { #expect(values.dump("r") == payload, "\(kind), seed \(seed)") }
      }
    }
    #expect(forms.count >= (version < "7.2.0" ? 11 : 13), "\(forms.sorted())")
  }

  @Test func errorsAndOptions() {
    let harness = EngineHarness()
    harness.engine.withLock { harness.engine.freeze(.data) }
    let client = harness.client()
    client.call("SET", "k", "value")
    let payload = payload(client, "k")
    func restore(_ key: String, _ words: String...) -> String {
      let options = words.dropFirst().map { CallArgument($0) }
      let bytes = client.bytes(encodeCommand(["RESTORE", CallArgument(key), CallArgument(words[0]), CallArgument(payload)] + options))
      return String(decoding: bytes, as: UTF8.self)
    }
    #expect(restore("k", "0") == "-BUSYKEY Target key name already exists.\r\n")
    #expect(restore("k", "0", "REPLACE") == "+OK\r\n")
    #expect(restore("t", "5000") == "+OK\r\n")
    #expect(client.call("PTTL", "t") == ":5000\r\n")
    #expect(restore("gone", "1", "ABSTTL") == "+OK\r\n")
    #expect(client.call("EXISTS", "gone") == ":0\r\n")
    #expect(restore("gone", "9223372036854775807") == "+OK\r\n")
    #expect(client.call("EXISTS", "gone") == ":0\r\n")
    #expect(restore("idle", "0", "IDLETIME", "1000") == "+OK\r\n")
    #expect(client.call("OBJECT", "IDLETIME", "idle") == ":1000\r\n")
  }

  private func payload(_ client: HarnessClient, _ key: String) -> [UInt8] { RandomValues.dump(client, key) }

  /// Bits flipped, bytes cut off, lengths made up, and the checksum made right again: an error, or a value that all
  /// commands can work with.
  @Test(arguments: ["7.0.0", "7.2.0"] as [Version], testSeeds()) func damagedDumpsDoNoHarm(_ version: Version, seed: UInt64) {
    let values = RandomValues(version, seed: seed)
    let client = values.client
    var accepted = 0
    for kind in RandomValues.kinds {
      for round in 0..<60 {
        values.make("k", kind, round % 7)
        var payload = Array(values.dump("k").dropLast(10))
        for _ in 0..<Int.random(in: 1...3, using: &values.dice) { damage(&payload, &values.dice) }
        if values.dice.chance(10), !payload.isEmpty { payload[0] = UInt8.random(in: 0...22, using: &values.dice) }
        DumpFooter.append(to: &payload, version: 10)
        let reply = client.bytes(encodeCommand(["RESTORE", "r", "0", CallArgument(payload), "REPLACE"]))
        guard reply.first == UInt8(ascii: "+") else {
          #expect(reply == Array("-ERR Bad data format\r\n".utf8), "\(kind), seed \(seed)")
          continue
        }
        accepted += 1
        for call in RandomValues.uses { #expect(!client.bytes(encodeCommand(call)).isEmpty, "\(kind), \(call), seed \(seed)") }
      }
    }
    #expect(accepted > 20, "seed \(seed): hardly any was accepted")
  }
}

/// An engine with values of all kinds, large and small.
final class RandomValues {
  static let kinds = ["string", "list", "set", "hash", "zset", "stream"]
  /// Calls that read or change a value of any kind, under "r"; those for other kinds are errors.
  static let uses: [[CallArgument]] = [
    ["DEBUG", "DIGEST-VALUE", "r"], ["OBJECT", "ENCODING", "r"], ["MEMORY", "USAGE", "r"], ["DUMP", "r"], ["GET", "r"],
    ["APPEND", "r", "x"], ["LRANGE", "r", "0", "-1"], ["LPUSH", "r", "x"], ["LINSERT", "r", "BEFORE", "1", "y"],
    ["LREM", "r", "0", "x"], ["LTRIM", "r", "1", "-2"], ["SMEMBERS", "r"], ["SADD", "r", "7", "new"], ["SREM", "r", "1", "new"],
    ["SPOP", "r"], ["HGETALL", "r"], ["HSET", "r", "new", "x", "1", "y"], ["HDEL", "r", "1"], ["HRANDFIELD", "r", "5"],
    ["ZRANGE", "r", "0", "-1", "WITHSCORES"], ["ZADD", "r", "5", "new"], ["ZRANGEBYSCORE", "r", "-inf", "5"],
    ["ZREMRANGEBYRANK", "r", "0", "1"], ["XRANGE", "r", "-", "+"], ["XREVRANGE", "r", "+", "-"],
    ["XINFO", "STREAM", "r", "FULL"], ["XPENDING", "r", "g"], ["XADD", "r", "*", "f", "v"],
    ["XREADGROUP", "GROUP", "g", "c", "STREAMS", "r", ">"], ["XAUTOCLAIM", "r", "g", "d", "0", "0"],
    ["XTRIM", "r", "MAXLEN", "3"], ["COPY", "r", "other", "REPLACE"], ["DUMP", "other"], ["DEL", "r"],
  ]

  var dice: SeededGenerator
  let client: HarnessClient
  private let harness: EngineHarness

  init(_ version: Version, seed: UInt64) {
    var configuration = Configuration()
    configuration.emulatedVersion = version
    configuration.debugCommand = .yes
    harness = EngineHarness(configuration)
    client = harness.client()
    dice = SeededGenerator(seed: seed)
  }

  static func dump(_ client: HarnessClient, _ key: String) -> [UInt8] {
    let reply = client.bytes(encodeCommand(["DUMP", CallArgument(key)]))
    guard let end = reply.firstIndex(of: 10), reply.count > end + 3 else { return [] }
    return Array(reply[(end + 1)..<(reply.count - 2)])
  }

  func dump(_ key: String) -> [UInt8] { Self.dump(client, key) }

  /// The calls that make a value of a kind; the higher the round, the more elements.
  static func calls(_ key: CallArgument, _ kind: String, _ round: Int, _ dice: inout SeededGenerator) -> [[CallArgument]] {
    let count = [1, 2, 5, 20, 60, 130, 200, 600][min(round, 7)]
    func word(_ dice: inout SeededGenerator) -> CallArgument {
      switch Int.random(in: 0..<10, using: &dice) {
      case ..<3: return CallArgument(Int.random(in: -100...100, using: &dice))
      case 3: return CallArgument(Int64.random(in: .min ... .max, using: &dice))
      case ..<8: return CallArgument("word \(Int.random(in: 0...10_000, using: &dice))")
      case 8: return CallArgument(String(repeating: "ab", count: Int.random(in: 0...40, using: &dice)))
      default: return CallArgument((0..<Int.random(in: 0...70, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) })
      }
    }
    func words() -> [CallArgument] { (0..<count).map { _ in word(&dice) } }
    switch kind {
    case "string":
      let long = CallArgument(String(repeating: "long string ", count: count * 10))
      return [["SET", key, [long, CallArgument(round * 1001), "word", word(&dice)][round % 4]]]
    case "list":
      let long = round > 4 ? [CallArgument(String(repeating: "xyz", count: 5000))] : []
      return [["RPUSH", key] + words() + long + words()]
    case "set" where round == 0: return [["SADD", key, "a", "word", "7"]]
    case "set": return [["SADD", key] + (round % 2 == 0 ? words() : (0..<count).map { CallArgument($0 * dice.pick([1, 70_000])) })]
    case "hash": return [["HSET", key] + words().flatMap { [$0, word(&dice)] }]
    case "zset":
      return [["ZADD", key] + words().flatMap { [dice.pick(["1", "-2.5", "inf", "-inf", "3e100", "0.1", "7"]), $0] }]
    default:
      var calls: [[CallArgument]] = (1...count).map { index in
        ["XADD", key, "\(1_000_000 + index * 10)-\(index % 3)"] + (index % 7 == 0 ? ["other", word(&dice)] : ["f", word(&dice), "g", "v"])
      }
      calls += [["XDEL", key, "1000010-1", "1000050-2"]]
      if round % 2 == 0 {
        calls += [
          ["XGROUP", "CREATE", key, "g", "0"], ["XGROUP", "CREATE", key, "empty", "$", "ENTRIESREAD", "3"],
          ["XGROUP", "CREATECONSUMER", key, "g", "idle"],
          ["XREADGROUP", "GROUP", "g", "c", "COUNT", "\(count / 2 + 1)", "STREAMS", key, ">"],
          ["XREADGROUP", "GROUP", "g", "d", "COUNT", "3", "STREAMS", key, ">"], ["XACK", key, "g", "1000020-2"],
        ]
      }
      return calls
    }
  }

  func make(_ key: String, _ kind: String, _ round: Int) {
    for call in [["DEL", CallArgument(key)]] + Self.calls(CallArgument(key), kind, round, &dice) {
      _ = client.bytes(encodeCommand(call))
    }
  }
}
