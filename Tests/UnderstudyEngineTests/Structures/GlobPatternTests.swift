// Patterns whose answers were asked of a redis-server 7.0.15 (KEYS with one key, and CONFIG GET for the
// case).

import Testing

@testable import UnderstudyEngine

@Suite struct GlobPatternTests {
  func matches(_ pattern: String, _ text: String, ignoringCase: Bool = false) -> Bool {
    pattern.lend { pattern in text.lend { GlobPattern(pattern, ignoringCase: ignoringCase).matches($0) } }
  }

  @Test(arguments: [
    ("a*c", "abbc"), ("*", "a"), ("a**c", "ac"), ("h?llo", "hello"), ("h[ae]llo", "hallo"),
    ("h[^e]llo", "hallo"),
    ("h[a-b]llo", "hbllo"), ("[z-a]", "m"), ("[^", "x"), ("[abc", "b"), ("a\\*", "a*"), ("a\\", "a\\"),
    ("[a-]", "^"),
    ("[\\]]", "]"), ("[]", "") /* nothing matches the empty text */, ("x[\\a-z]", "x-"), ("**a", "ba"),
    ("?*", "a"), ("", ""),
  ])
  func matching(_ pattern: String, _ text: String) {
    #expect(matches(pattern, text) == (!text.isEmpty || pattern.isEmpty))
  }

  @Test(arguments: [
    ("*", ""), ("**", ""), ("a", "ab"), ("a*c", "abb"), ("h[^e]llo", "hello"), ("[", "["), ("[]", "]"),
    ("[]a", "]"), ("?", ""),
    ("a\\", "a"), ("", "a"), ("[a-", "b"), ("A", "a"), ("*a*b*c", "cba"),
  ])
  func notMatching(_ pattern: String, _ text: String) { #expect(!matches(pattern, text)) }

  @Test func ignoringCase() {
    #expect(matches("MaX*", "maxmemory", ignoringCase: true))
    #expect(matches("[A-C]x", "bX", ignoringCase: true))
    #expect(!matches("[\\A]", "a", ignoringCase: true))
    #expect(!matches("ab", "abc", ignoringCase: true))
  }

  @Test func noBlowUp() {
    let text = String(repeating: "a", count: 10_000)
    #expect(!matches(String(repeating: "a*", count: 50) + "b", text))
    #expect(matches(String(repeating: "*a", count: 500), text))
  }

  @Test(arguments: testSeeds())
  func neverReadsBeyond(seed: UInt64) {
    var random = TestRandom(seed: seed)
    let alphabet = Array("ab-*?[]^\\".utf8)
    for _ in 0..<20_000 {
      // Exact allocations, so that the address sanitizer sees a byte too much.
      let pattern = (0..<Int(random.next() % 8)).map { _ in alphabet[Int(random.next() % 9)] }
      let text = (0..<Int(random.next() % 6)).map { _ in alphabet[Int(random.next() % 9)] }
      let strict = pattern.lend { pattern in text.lend { GlobPattern(pattern).matches($0) } }
      let lenient = pattern.lend { pattern in
        text.lend { GlobPattern(pattern, ignoringCase: true).matches($0) }
      }
      #expect(!strict || lenient, "seed \(seed)")
    }
  }
}
