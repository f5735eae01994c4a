// MurmurHash64A: the 64-bit hash by Austin Appleby (public domain) that decides what an element does to a HyperLogLog. It is
// part of the format of those strings, and of nothing else here: `KeyHash` is the hash of keys.
//
// This file may say `unsafe`. What keeps it safe: words are loaded within the run's count only.

enum MurmurHash64A {
  /// Eight bytes at a time, the first the lowest, on every machine.
  static func hash(_ bytes: Bytes, seed: UInt64) -> UInt64 {
    let factor: UInt64 = 0xc6a4_a793_5bd1_e995
    let count = bytes.count
    var hash = seed ^ (UInt64(truncatingIfNeeded: count) &* factor)
    let whole = count & ~7
    var index = 0
    while index < whole {
      var word = unsafe UInt64(littleEndian: bytes.pointer.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      word = word &* factor
      word ^= word >> 47
      hash = (hash ^ (word &* factor)) &* factor
      index &+= 8
    }
    if index < count {
      var rest: UInt64 = 0
      for offset in (index..<count).reversed() { rest = rest << 8 | UInt64(bytes[offset]) }
      hash = (hash ^ rest) &* factor
    }
    hash = (hash ^ (hash >> 47)) &* factor
    return hash ^ (hash >> 47)
  }
}
