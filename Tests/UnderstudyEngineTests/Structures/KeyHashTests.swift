// The hash of keys, and the buffers of long values.

import Testing

@testable import UnderstudyEngine

@Suite struct KeyHashTests {
  @Test func everyLengthAndEveryByteMatters() {
    let seed = HashSeed(42)
    var seen: Set<UInt64> = []
    for length in 0..<200 {
      var key = [UInt8](repeating: 7, count: length)
      seen.insert(key.lend { KeyHash.hash($0, seed: seed) })
      for index in 0..<length {
        key[index] ^= 1
        seen.insert(key.lend { KeyHash.hash($0, seed: seed) })
        key[index] ^= 1
      }
    }
    #expect(seen.count == 200 + 199 * 200 / 2)
  }

  @Test func seedsDiffer() {
    let key = Bytes("a key")
    #expect(Set((0..<1000).map { KeyHash.hash(key, seed: HashSeed(UInt64($0))) }).count == 1000)
  }

  /// Keys that differ little must spread over directory, home slots and tags alike.
  @Test func allBitsAreEven() {
    for prefix in ["", "user:", "a rather long prefix of a key, longer than 48 bytes in all:"] {
      var ones = [Int](repeating: 0, count: 64)
      for number in 0..<4096 {
        let hash = Array("\(prefix)\(number)".utf8).lend { KeyHash.hash($0, seed: HashSeed(1)) }
        for bit in 0..<64 where hash >> bit & 1 == 1 { ones[bit] += 1 }
      }
      // 2048 expected, a deviation of 32.
      #expect(ones.allSatisfy { abs($0 - 2048) < 192 }, "\(prefix) \(ones)")
    }
  }

  /// A seed replays the same order of SCAN on every machine and in every version.
  @Test func valuesArePinned() {
    let seed = HashSeed(2026)
    #expect(KeyHash.hash(Bytes(""), seed: seed) == 8_515_004_902_761_937_645)
    #expect(KeyHash.hash(Bytes("key"), seed: seed) == 15_376_812_680_514_820_168)
    #expect(KeyHash.hash(Bytes("key:000000000001"), seed: seed) == 15_478_639_652_362_842_738)
    #expect(KeyHash.hash(Bytes("a key between 16 and 48 bytes"), seed: seed) == 6_844_031_299_325_180_635)
    #expect(
      KeyHash.hash(Bytes("a key of more than forty-eight bytes, which takes the wide way"), seed: seed)
        == 8_779_025_118_590_693_179)
  }
}

@Suite struct SharedBufferTests {
  @Test func appendAndReplace() {
    var buffer = SharedBuffer(copying: Bytes("abc"))
    buffer.append(Bytes("def"))
    #expect([UInt8](buffer.bytes) == [UInt8]("abcdef"))
    buffer.replace(at: 8, with: Bytes("x"))
    #expect([UInt8](buffer.bytes) == [UInt8]("abcdef\0\0x"))
    buffer.replace(at: 1, with: Bytes("ZZ"))
    #expect([UInt8](buffer.bytes) == [UInt8]("aZZdef\0\0x"))
    buffer.setCount(2)
    #expect([UInt8](buffer.bytes) == [UInt8]("aZ"))
    buffer.replace(at: 2, with: Bytes(""))
    #expect([UInt8](buffer.bytes) == [UInt8]("aZ"))
    buffer.release()
  }

  @Test func appendingToItself() {
    var buffer = SharedBuffer(copying: Bytes("ab"))
    var expected = [UInt8]("ab")
    for _ in 0..<12 {
      buffer.append(buffer.bytes)
      expected += expected
      #expect([UInt8](buffer.bytes) == expected)
    }
    #expect(buffer.capacity < 4 * buffer.count)
    buffer.release()
  }

  @Test func sharedBuffersAreCopied() {
    let first = SharedBuffer(copying: Bytes("abc"))
    first.retain()
    var second = first
    second.append(second.bytes)
    #expect([UInt8](first.bytes) == [UInt8]("abc"))
    #expect([UInt8](second.bytes) == [UInt8]("abcabc"))
    #expect(first.isUnique && second.isUnique)
    first.release()
    second.release()
  }

  @Test func growthIsBounded() {
    var buffer = SharedBuffer.allocate(count: 3 << 20)
    buffer.setCount(0)
    buffer.reserve((3 << 20) + 1)
    #expect(buffer.capacity <= (4 << 20) + 1)
    buffer.release()
  }
}
