// Dumps of hashes whose fields have deadlines, in the forms of 7.4: what the published descriptions of the format say, and
// what was dumped comes back the same.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite struct DeadlineDumpTests {
  private let harness: EngineHarness
  private let client: HarnessClient
  private static let start: Int64 = 1_700_000_000_000

  init() {
    var configuration = Configuration()
    configuration.emulatedVersion = "7.4.0"
    configuration.debugCommand = .yes
    configuration.compressesDumps = false
    harness = EngineHarness(configuration)
    client = harness.client()
    harness.engine.withLock {
      harness.engine.freeze(.data)
      _ = harness.engine.set(.data, microseconds: Self.start * 1000)
    }
  }

  private func call(_ words: String) -> String {
    client.raw(HarnessClient.frame(words.split(separator: " ").map(String.init)))
  }

  private func restore(_ key: String, _ payload: [UInt8]) -> String {
    let reply = client.bytes(encodeCommand(["RESTORE", CallArgument(key), "0", CallArgument(payload), "REPLACE"]))
    return String(decoding: reply, as: UTF8.self)
  }

  private func word(_ value: Int64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> Int64($0 * 8)) }
  }

  private func finished(_ bytes: [UInt8], version: UInt16 = 12) -> [UInt8] {
    var bytes = bytes
    DumpFooter.append(to: &bytes, version: version)
    return bytes
  }

  /// The soonest deadline, and a listpack of field, value and deadline, ordered by the deadlines; 0 is none.
  @Test func theSmallForm() {
    _ = call("HSET h a x b y c z")
    _ = call("HPEXPIREAT h \(Self.start + 5000) FIELDS 1 b")
    _ = call("HPEXPIREAT h \(Self.start + 2000) FIELDS 1 c")
    let dump = RandomValues.dump(client, "h")
    var pack = Listpack()
    for (field, value, deadline) in [("c", "z", Self.start + 2000), ("b", "y", Self.start + 5000), ("a", "x", 0)] {
      field.lend { pack.append($0) }
      value.lend { pack.append($0) }
      pack.append(deadline)
    }
    let packed = [UInt8](pack.bytes)
    pack.release()
    #expect(dump == finished([25] + word(Self.start + 2000) + [UInt8(packed.count)] + packed))
    #expect(restore("r", dump) == "+OK\r\n")
    #expect(call("HPEXPIRETIME r FIELDS 3 a b c") == "*3\r\n:-1\r\n:\(Self.start + 5000)\r\n:\(Self.start + 2000)\r\n")
    #expect(call("OBJECT ENCODING r") == "$10\r\nlistpackex\r\n")
    // Without any deadline left the form is the same.
    _ = call("HPERSIST h FIELDS 2 b c")
    #expect(RandomValues.dump(client, "h").prefix(9) == [25, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  /// The soonest deadline, the number of fields, and before each field how far its deadline is from that, and one more.
  @Test func theLargeForm() {
    _ = call("CONFIG SET hash-max-listpack-entries 0")
    _ = call("HSET h a x")
    _ = call("HPEXPIREAT h \(Self.start + 2000) FIELDS 1 a")
    #expect(RandomValues.dump(client, "h") == finished([24] + word(Self.start + 2000) + [1, 1, 1, 97, 1, 120]))
    _ = call("HSET h b y")
    let payload = finished([24] + word(Self.start + 2000) + [3, 0, 1, 98, 1, 121, 1, 1, 97, 1, 120, 11, 1, 99, 1, 122])
    #expect(restore("r", payload) == "+OK\r\n")
    #expect(call("HPEXPIRETIME r FIELDS 3 a b c") == "*3\r\n:\(Self.start + 2000)\r\n:-1\r\n:\(Self.start + 2010)\r\n")
    #expect(call("OBJECT ENCODING r") == "$9\r\nhashtable\r\n")
    // One that has never had a deadline left is like any other.
    _ = call("HPERSIST h FIELDS 1 a")
    #expect(RandomValues.dump(client, "h").first == 4)
  }

  @Test func whatIsRestoredExpires() {
    _ = call("HSET h a x b y")
    _ = call("HPEXPIREAT h \(Self.start + 2000) FIELDS 1 a")
    let dump = RandomValues.dump(client, "h")
    _ = call("DEL h")
    #expect(restore("r", dump) == "+OK\r\n" && restore("s", dump) == "+OK\r\n")
    _ = call("RENAME s t")
    harness.engine.withLock { _ = harness.engine.advance(.data, microseconds: 3_000_000) }
    harness.settle()
    #expect(call("HKEYS r") == "*1\r\n$1\r\nb\r\n" && call("HLEN t") == ":1\r\n")
    // What is over its time is not dumped, and what comes back late goes at once.
    #expect(restore("u", dump) == "+OK\r\n")
    #expect(call("HGETALL u") == "*2\r\n$1\r\nb\r\n$1\r\ny\r\n")
    _ = call("HSET v a x")
    _ = call("HPEXPIREAT v \(Self.start + 4000) FIELDS 1 a")
    let gone = RandomValues.dump(client, "v")
    harness.engine.withLock { _ = harness.engine.advance(.data, microseconds: 3_000_000) }
    #expect(call("DUMP v") == "$-1\r\n")
    #expect(restore("w", gone) == "+OK\r\n")
    harness.settle()
    #expect(call("EXISTS w") == ":0\r\n")
  }

  @Test func olderVersionsDoNotKnowThem() {
    _ = call("HSET h a x")
    _ = call("HPEXPIREAT h \(Self.start + 2000) FIELDS 1 a")
    let dump = Array(RandomValues.dump(client, "h").dropLast(10))
    var configuration = Configuration()
    configuration.emulatedVersion = "7.2.0"
    let old = EngineHarness(configuration).client()
    for (version, error) in [(12, "DUMP payload version or checksum are wrong"), (11, "Bad data format")] {
      let payload = finished(dump, version: UInt16(version))
      let reply = old.bytes(encodeCommand(["RESTORE", "h", "0", CallArgument(payload)]))
      #expect(String(decoding: reply, as: UTF8.self) == "-ERR \(error)\r\n")
    }
  }

  @Test(arguments: testSeeds()) func damagedOnesDoNoHarm(seed: UInt64) {
    var dice = SeededGenerator(seed: seed)
    var accepted = 0
    for round in 0..<300 {
      _ = call("DEL h")
      _ = call("CONFIG SET hash-max-listpack-entries \(round % 2 == 0 ? 128 : 2)")
      let count = Int.random(in: 1...20, using: &dice)
      for field in 0..<count {
        _ = call("HSET h f\(field) v\(Int.random(in: 0...99, using: &dice))")
        if dice.chance(50) {
          _ = call("HPEXPIREAT h \(Self.start + Int64.random(in: 1...9999, using: &dice)) FIELDS 1 f\(field)")
        }
      }
      let whole = RandomValues.dump(client, "h")
      #expect(restore("r", whole) == "+OK\r\n")
      #expect(RandomValues.dump(client, "r").count == whole.count && call("HLEN r") == ":\(count)\r\n", "seed \(seed)")
      var payload = Array(whole.dropLast(10))
      for _ in 0..<Int.random(in: 1...3, using: &dice) { damage(&payload, &dice) }
      if dice.chance(20), !payload.isEmpty { payload[0] = UInt8.random(in: 21...26, using: &dice) }
      let reply = restore("r", finished(payload))
      guard reply == "+OK\r\n" else {
        #expect(reply == "-ERR Bad data format\r\n", "seed \(seed)")
        continue
      }
      accepted += 1
      for use in RandomValues.uses { #expect(!client.bytes(encodeCommand(use)).isEmpty, "\(use), seed \(seed)") }
      harness.settle()
    }
    #expect(accepted > 5, "seed \(seed): hardly any was accepted")
  }
}
