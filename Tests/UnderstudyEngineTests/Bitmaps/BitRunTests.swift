// The bit operations on runs of bytes, against the same done bit by bit.

import Testing

@testable import UnderstudyEngine

@Suite struct BitRunTests {
  private func bits(_ bytes: [UInt8]) -> [Bool] {
    bytes.flatMap { byte in (0..<8).map { byte & (0x80 >> $0) != 0 } }
  }

  @Test(arguments: testSeeds()) func countingAndSearching(_ seed: UInt64) {
    var random = TestRandom(seed: seed)
    for _ in 0..<500 {
      // Mostly equal bytes, so that whole words are skipped.
      let fill: UInt8 = Bool.random(using: &random) ? 0 : 0xff
      var bytes = [UInt8](repeating: fill, count: Int.random(in: 0...40, using: &random))
      for _ in 0..<Int.random(in: 0...2, using: &random) where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let all = bits(bytes)
      let lower = Int.random(in: 0...all.count, using: &random)
      let range = lower..<Int.random(in: lower...all.count, using: &random)
      bytes.lend { run in
        #expect(run.countOfOnes(in: range) == all[range].count { $0 }, "seed \(seed)")
        for value in [true, false] {
          #expect(run.firstBit(value, in: range) == all[range].firstIndex(of: value), "seed \(seed)")
        }
      }
    }
  }

  @Test(arguments: testSeeds()) func fields(_ seed: UInt64) {
    var random = TestRandom(seed: seed)
    var buffer = [UInt8](repeating: 0, count: 0).lend { SharedBuffer(copying: $0) }
    buffer.extend(to: 32)
    defer { buffer.release() }
    var model = [Bool](repeating: false, count: 256)
    for _ in 0..<500 {
      let width = Int.random(in: 1...64, using: &random)
      let offset = Int.random(in: 0...(256 - width), using: &random)
      let value = UInt64.random(in: 0...(.max >> UInt64(64 - width)), using: &random)
      buffer.setField(at: offset, width: width, to: value)
      for bit in 0..<width { model[offset + bit] = value >> UInt64(width - 1 - bit) & 1 == 1 }
      #expect(buffer.bytes.field(at: offset, width: width) == value, "seed \(seed)")
      #expect(bits([UInt8](buffer.bytes)) == model, "seed \(seed)")
    }
    // Behind the end all is zero.
    #expect(buffer.bytes.field(at: 250, width: 64) == buffer.bytes.field(at: 250, width: 6) << 58)
    #expect(buffer.bytes.field(at: 4_294_967_295, width: 64) == 0)
  }

  @Test func operations() {
    let client = EngineHarness().client()
    client.call("MSET", "long", "abcdefghij", "short", "  ")
    #expect(client.call("BITOP", "OR", "d", "short", "long") == ":10\r\n")
    #expect(client.call("GET", "d") == "$10\r\nabcdefghij\r\n")
    #expect(client.call("BITOP", "AND", "d", "long", "short") == ":10\r\n")
    #expect(client.call("GET", "d") == "$10\r\n  \0\0\0\0\0\0\0\0\r\n")
    #expect(client.call("BITOP", "XOR", "long", "long", "short", "none") == ":10\r\n")
    #expect(client.call("GET", "long") == "$10\r\nABcdefghij\r\n")
    client.call("SET", "d", "x", "EX", "100")
    client.call("BITOP", "OR", "d", "short")
    #expect(client.call("TTL", "d") == ":-1\r\n")
    #expect(client.call("BITOP", "NOT", "d", "none") == ":0\r\n")
    #expect(client.call("EXISTS", "d") == ":0\r\n")
  }
}
