// KeyHash: the seeded hash of keys and elements.
//
// A multiply-and-fold hash (the family of wyhash): two words of the key, each hidden by a word of the seed,
// are multiplied to 128 bits and the halves folded. Both words of the seed take part in the first product, so
// that a client who does not know the seed cannot make a factor zero and cannot build colliding keys. Not
// cryptographic. The table relies on good *top* bits (directory, home slot, tag). Same seed, same key: same
// hash on every machine of either endianness we run on (all are little-endian).
//
// This file may say `unsafe`. What keeps it safe: every load lies within `0..<key.count`, by the case
// distinction on the length.

internal import CUnderstudyPlatform

/// What makes a server's hashes its own. From the system's randomness in use, from the seed in tests.
package struct HashSeed: Sendable, Equatable {
  @usableFromInline let first: UInt64
  @usableFromInline let second: UInt64

  package init(_ seed: UInt64) {
    first = HashSeed.scatter(seed &+ 0x9e37_79b9_7f4a_7c15)
    second = HashSeed.scatter(seed &+ 0x3c6e_f372_fe94_f82a)
  }

  /// The finalizer of splitmix64: every bit of the input changes every bit of the output half the time.
  private static func scatter(_ seed: UInt64) -> UInt64 {
    var word = seed
    word = (word ^ (word &>> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word &>> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word &>> 31)
  }
}

package enum KeyHash {
  /// The 64-bit hash of `key`. Any length, the empty key included.
  @inline(__always)
  package static func hash(_ key: Bytes, seed: HashSeed) -> UInt64 {
    let count = key.count
    let start = unsafe key.pointer
    if count <= 16 {
      var a: UInt64 = 0
      var b: UInt64 = 0
      if count >= 8 {
        a = unsafe understudy_load64(start)
        b = unsafe understudy_load64(start + (count &- 8))
      } else if count >= 4 {
        a = unsafe UInt64(understudy_load32(start))
        b = unsafe UInt64(understudy_load32(start + (count &- 4)))
      } else if count > 0 {
        a = unsafe UInt64(start.load(as: UInt8.self)) &<< 16
        a |= unsafe UInt64(start.load(fromByteOffset: count &>> 1, as: UInt8.self)) &<< 8
        a |= unsafe UInt64(start.load(fromByteOffset: count &- 1, as: UInt8.self))
      }
      return finish(a, b, count, seed)
    }
    return unsafe hashLong(start, count, seed)
  }

  @inline(__always)
  private static func finish(_ a: UInt64, _ b: UInt64, _ count: Int, _ seed: HashSeed) -> UInt64 {
    let folded = fold(a ^ seed.first, b ^ seed.second)
    return fold(
      folded ^ 0xa076_1d64_78bd_642f, seed.first ^ UInt64(truncatingIfNeeded: count) ^ 0xe703_7ed1_a0b4_28db)
  }

  @inline(__always)
  private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }

  /// More than 16 bytes: 16 at a time into one lane, beyond 48 bytes 48 at a time into three; the last 16
  /// bytes (overlapping what was read) go through the short keys' end.
  private static func hashLong(_ start: UnsafeRawPointer, _ count: Int, _ seed: HashSeed) -> UInt64 {
    var cursor = unsafe start
    var left = count
    var lane = seed.first ^ 0x8ebc_6af0_9c88_c6e3
    if left > 48 {
      var lane1 = seed.second ^ 0x5899_65cc_7537_4cc3
      var lane2 = seed.first ^ 0x1d8e_4e27_c47d_124f
      repeat {
        lane = unsafe fold(understudy_load64(cursor) ^ seed.second, understudy_load64(cursor + 8) ^ lane)
        lane1 = unsafe fold(
          understudy_load64(cursor + 16) ^ seed.first, understudy_load64(cursor + 24) ^ lane1)
        lane2 = unsafe fold(
          understudy_load64(cursor + 32) ^ seed.second, understudy_load64(cursor + 40) ^ lane2)
        unsafe cursor += 48
        left &-= 48
      } while left > 48
      lane ^= lane1 ^ (lane2 &* 0x9e37_79b9_7f4a_7c15)
    }
    while left > 16 {
      lane = unsafe fold(understudy_load64(cursor) ^ seed.second, understudy_load64(cursor + 8) ^ lane)
      unsafe cursor += 16
      left &-= 16
    }
    let end = unsafe start + count
    let a = unsafe understudy_load64(end - 16)
    let b = unsafe understudy_load64(end - 8)
    return finish(a ^ lane, b, count, seed)
  }
}
