// RandomSource: randomness as an input. One generator an engine, seeded by the caller or by the machine; whatever is
// drawn (hash seeds, random keys and members, run identifiers, a script's numbers) comes from it, so that one seed
// replays a run.

/// SplitMix64: small, fast, and good enough for choosing members; not for secrets.
package struct RandomSource: RandomNumberGenerator, Sendable {
  /// The seed that replays what is drawn.
  package let seed: UInt64
  private var state: UInt64

  package init(seed: UInt64?) {
    var system = SystemRandomNumberGenerator()
    let chosen = seed ?? system.next()
    self.seed = chosen
    state = chosen
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// So many hexadecimal digits, as run identifiers are made of.
  mutating func hexadecimal(count: Int) -> String {
    var text = ""
    while text.utf8.count < count {
      let word = String(next(), radix: 16)
      text += String(repeating: "0", count: 16 - word.utf8.count) + word
    }
    return String(text.prefix(count))
  }
}
