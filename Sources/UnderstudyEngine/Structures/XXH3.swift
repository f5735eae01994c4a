// XXH3: the 64-bit hash of that name, without seed and with the default secret. It is what DIGEST answers, so its value,
// unlike that of KeyHash, is part of the protocol.
//
// By length: up to 16 bytes in one step each for 1…3, 4…8 and 9…16; up to 240 in pairs of words mixed with the secret;
// longer ones in stripes of 64 bytes over eight accumulators, scrambled after every 16th stripe.
//
// This file says `unsafe`. What keeps it safe: words are loaded by `word` and `half` alone, whose offsets follow
// from the length that chose the way, and which assert that they lie within the run.

/// The hash of a run of bytes.
package enum XXH3 {
  package static func hash(_ bytes: Bytes) -> UInt64 {
    switch bytes.count {
    case 0: seal(secret(56) ^ secret(64))
    case 1...3: hashOf3(bytes)
    case 4...8: hashOf8(bytes)
    case 9...16: hashOf16(bytes)
    case 17...128: hashOf128(bytes)
    case 129...240: hashOf240(bytes)
    default: hashOfMore(bytes)
    }
  }

  // MARK: Short runs

  private static func hashOf3(_ bytes: Bytes) -> UInt64 {
    let count = bytes.count
    let joined =
      UInt32(bytes[0]) << 16 | UInt32(bytes[count >> 1]) << 24 | UInt32(bytes[count - 1]) | UInt32(count) << 8
    let first = secret(0)
    let flip = (first ^ first >> 32) & 0xffff_ffff
    return seal(UInt64(joined) ^ flip)
  }

  private static func hashOf8(_ bytes: Bytes) -> UInt64 {
    let input = half(bytes, bytes.count - 4) &+ half(bytes, 0) << 32
    var hash = input ^ (secret(8) ^ secret(16))
    hash ^= rotated(hash, 49) ^ rotated(hash, 24)
    hash = hash &* 0x9fb2_1c65_1e98_df25
    hash ^= (hash >> 35) &+ UInt64(bytes.count)
    hash = hash &* 0x9fb2_1c65_1e98_df25
    return hash ^ hash >> 28
  }

  private static func hashOf16(_ bytes: Bytes) -> UInt64 {
    let low = word(bytes, 0) ^ (secret(24) ^ secret(32))
    let high = word(bytes, bytes.count - 8) ^ (secret(40) ^ secret(48))
    return finish(UInt64(bytes.count) &+ low.byteSwapped &+ high &+ folded(low, high))
  }

  private static func hashOf128(_ bytes: Bytes) -> UInt64 {
    let count = bytes.count
    var hash = UInt64(count) &* prime64[0]
    // From the middle outwards, a pair from each end.
    for step in stride(from: (count - 1) / 32, through: 0, by: -1) {
      hash = hash &+ pair(bytes, step * 16, step * 32)
      hash = hash &+ pair(bytes, count - (step + 1) * 16, step * 32 + 16)
    }
    return finish(hash)
  }

  private static func hashOf240(_ bytes: Bytes) -> UInt64 {
    var hash = UInt64(bytes.count) &* prime64[0]
    for step in 0..<8 { hash = hash &+ pair(bytes, step * 16, step * 16) }
    hash = finish(hash)
    for step in 8..<bytes.count / 16 { hash = hash &+ pair(bytes, step * 16, (step - 8) * 16 + 3) }
    return finish(hash &+ pair(bytes, bytes.count - 16, 136 - 17))
  }

  /// Two words, mixed with the secret from an offset.
  private static func pair(_ bytes: Bytes, _ offset: Int, _ secretOffset: Int) -> UInt64 {
    folded(word(bytes, offset) ^ secret(secretOffset), word(bytes, offset + 8) ^ secret(secretOffset + 8))
  }

  // MARK: Long runs

  private static let stripe = 64
  private static let stripesPerBlock = (secretCount - stripe) / 8

  private static func hashOfMore(_ bytes: Bytes) -> UInt64 {
    var sums = SIMD8<UInt64>(
      prime32[2], prime64[0], prime64[1], prime64[2], prime64[3], prime32[1], prime64[4], prime32[0])
    let last = bytes.count - 1
    for step in 0..<last / stripe {
      let place = step % stripesPerBlock
      accumulate(&sums, bytes, step * stripe, place * 8)
      if place == stripesPerBlock - 1 { scramble(&sums) }
    }
    accumulate(&sums, bytes, bytes.count - stripe, secretCount - stripe - 7)
    var hash = UInt64(bytes.count) &* prime64[0]
    for index in 0..<4 {
      hash =
        hash
        &+ folded(
          sums[index * 2] ^ secret(11 + index * 16), sums[index * 2 + 1] ^ secret(11 + index * 16 + 8))
    }
    return finish(hash)
  }

  private static func accumulate(
    _ sums: inout SIMD8<UInt64>, _ bytes: Bytes, _ offset: Int, _ secretOffset: Int
  ) {
    for lane in 0..<8 {
      let data = word(bytes, offset + lane * 8)
      let key = data ^ secret(secretOffset + lane * 8)
      sums[lane ^ 1] = sums[lane ^ 1] &+ data
      sums[lane] = sums[lane] &+ (key & 0xffff_ffff) &* (key >> 32)
    }
  }

  private static func scramble(_ sums: inout SIMD8<UInt64>) {
    for lane in 0..<8 {
      let sum = sums[lane] ^ sums[lane] >> 47 ^ secret(secretCount - stripe + lane * 8)
      sums[lane] = sum &* prime32[0]
    }
  }

  // MARK: Parts

  private static let prime64: SIMD8<UInt64> = [
    0x9e37_79b1_85eb_ca87, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0x85eb_ca77_c2b2_ae63,
    0x27d4_eb2f_1656_67c5, 0, 0, 0,
  ]
  private static let prime32: SIMD4<UInt64> = [0x9e37_79b1, 0x85eb_ca77, 0xc2b2_ae3d, 0]

  /// The two halves of a product of 128 bits, folded into one word.
  private static func folded(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.low ^ product.high
  }

  private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 { word << bits | word >> (64 - bits) }

  private static func finish(_ hash: UInt64) -> UInt64 {
    let mixed = (hash ^ hash >> 37) &* 0x1656_6791_9e37_79f9
    return mixed ^ mixed >> 32
  }

  /// How the shortest runs end.
  private static func seal(_ hash: UInt64) -> UInt64 {
    var hash = (hash ^ hash >> 33) &* prime64[1]
    hash = (hash ^ hash >> 29) &* prime64[2]
    return hash ^ hash >> 32
  }

  @inline(__always)
  private static func word(_ bytes: Bytes, _ offset: Int) -> UInt64 {
    assert(offset >= 0 && offset + 8 <= bytes.count)
    return unsafe UInt64(littleEndian: bytes.pointer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  private static func half(_ bytes: Bytes, _ offset: Int) -> UInt64 {
    assert(offset >= 0 && offset + 4 <= bytes.count)
    let loaded = unsafe bytes.pointer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    return UInt64(UInt32(littleEndian: loaded))
  }

  /// Eight bytes of the secret, from any offset on.
  @inline(__always)
  private static func secret(_ offset: Int) -> UInt64 {
    let shift = UInt64(offset % 8 * 8)
    let word = secretWords[offset / 8]
    return shift == 0 ? word : word >> shift | secretWords[offset / 8 + 1] << (64 - shift)
  }

  private static let secretCount = 192

  /// The default secret of the algorithm, as its specification lists it, in little-endian words.
  private static let secretWords: [UInt64] = [
    0xbe4b_a423_396c_feb8, 0x1cad_21f7_2c81_017c, 0xdb97_9083_e96d_d4de, 0x1f67_b3b7_a4a4_4072,
    0x78e5_c0cc_4ee6_79cb, 0x2172_ffcc_7dd0_5a82, 0x8e24_43f7_7446_08b8, 0x4c26_3a81_e690_35e0,
    0xcb00_c391_bb52_283c, 0xa32e_531b_8b65_d088, 0x4ef9_0da2_9748_6471, 0xd8ac_dea9_46ef_1938,
    0x3f34_9ce3_3f76_faa8, 0x1d4f_0bc7_c7bb_dcf9, 0x3159_b4cd_4be0_518a, 0x6473_78d9_c97e_9fc8,
    0xc3eb_d334_83ac_c5ea, 0xeb63_13fa_ffa0_81c5, 0x49da_f0b7_51dd_0d17, 0x9e68_d429_2655_16d3,
    0xfca1_477d_58be_162b, 0xce31_d07a_d1b8_f88f, 0x2804_1695_8f3a_cb45, 0x7e40_4bbb_cafb_d7af,
  ]
}
