// What the tests of the value containers share: a seeded generator, and bytes to and from test-friendly
// forms. A failing randomized test prints its seed; `UNDERSTUDY_TEST_SEED` replays it.

import UnderstudyEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// SplitMix64: small, seeded, good enough for tests.
struct TestRandom: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// The seeds a randomized test runs with: those given, or the one of the environment.
func testSeeds(_ count: UInt64 = 4) -> [UInt64] {
  if let text = unsafe getenv("UNDERSTUDY_TEST_SEED"), let seed = unsafe UInt64(String(cString: text)) {
    return [seed]
  }
  return Array(1...count)
}

extension Array where Element == UInt8 {
  init(_ bytes: Bytes) {
    self = unsafe Array(UnsafeRawBufferPointer(start: bytes.pointer, count: bytes.count))
  }

  init(_ text: String) { self = Array(text.utf8) }

  /// Lends the array as `Bytes`.
  func lend<R>(_ body: (Bytes) throws -> R) rethrows -> R {
    try unsafe withUnsafeBytes { buffer in
      if let base = buffer.baseAddress { return try body(unsafe Bytes(base, count: buffer.count)) }
      return try body(Bytes(""))
    }
  }
}

extension String {
  /// Lends the UTF-8 form as `Bytes`.
  func lend<R>(_ body: (Bytes) throws -> R) rethrows -> R { try Array(utf8).lend(body) }

  init(_ bytes: Bytes) { self = String(decoding: [UInt8](bytes), as: UTF8.self) }
}
