// Version: what a server is, and what a command or an option came with.
//
// Valkey began as Redis 7.2.4 and has gone its own way since. So a version of Valkey counts as Redis 7.2.4 wherever
// versions of Redis are compared, and what only Valkey has is declared as `valkey-9.0.0` and the like:
//
//   emulated          has                                    has not
//   `8.0`             what Redis had up to 8.0               what is declared with a version of Valkey
//   `valkey-9.0`      what Redis had up to 7.2,              what Redis brought after 7.2, unless an argument is declared
//                     and what Valkey had up to 9.0          for Valkey as well (`Argument.since`)

/// A released version of Redis, as `7.0.0`, or of Valkey, as `valkey-9.0.0`.
package struct Version: Sendable, Hashable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
  private struct Numbers: Sendable, Hashable, Comparable {
    let major: Int
    let minor: Int
    let patch: Int

    static func < (left: Numbers, right: Numbers) -> Bool {
      (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    var text: String { "\(major).\(minor).\(patch)" }

    /// Reads `7`, `7.2` or `7.2.4`; nil for anything else.
    init?(_ text: some StringProtocol) {
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      guard (1...3).contains(parts.count) else { return nil }
      var numbers: [Int] = []
      for part in parts {
        guard let number = Int(part), (0...9999).contains(number) else { return nil }
        numbers.append(number)
      }
      self.init(numbers[0], numbers.count > 1 ? numbers[1] : 0, numbers.count > 2 ? numbers[2] : 0)
    }

    init(_ major: Int, _ minor: Int, _ patch: Int) {
      self.major = major
      self.minor = minor
      self.patch = patch
    }
  }

  private let redis: Numbers
  private let valkey: Numbers?

  package init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
    redis = Numbers(major, minor, patch)
    valkey = nil
  }

  private init(valkey: Numbers) {
    redis = Numbers(7, 2, 4)
    self.valkey = valkey
  }

  package static func valkey(_ major: Int, _ minor: Int, _ patch: Int = 0) -> Version {
    Version(valkey: Numbers(major, minor, patch))
  }

  /// Reads `7`, `7.2`, `7.2.4` or `valkey-9.0`; nil for anything else.
  package init?(_ text: some StringProtocol) {
    let prefix = "valkey-"
    if text.lowercased().hasPrefix(prefix) {
      guard let numbers = Numbers(text.dropFirst(prefix.count)) else { return nil }
      self.init(valkey: numbers)
    } else {
      guard let numbers = Numbers(text) else { return nil }
      self.init(numbers.major, numbers.minor, numbers.patch)
    }
  }

  /// A literal that is no version reads as 0.0.0; a test keeps the declarations from it.
  package init(stringLiteral value: String) {
    self = Version(value) ?? Version(0, 0, 0)
  }

  /// The numbers of the Redis that this is, or that this Valkey began as.
  package var major: Int { redis.major }
  package var minor: Int { redis.minor }
  package var patch: Int { redis.patch }

  package var isValkey: Bool { valkey != nil }

  /// The product's own numbers: `9.0.0` for Valkey 9.0.
  package var numbers: String { (valkey ?? redis).text }

  /// The numbers by which it is compatible with Redis: `7.2.4` for every Valkey.
  package var redisNumbers: String { redis.text }

  package var description: String { valkey.map { "valkey-\($0.text)" } ?? redis.text }

  /// Valkey's numbers as one, a byte each (0x090000 is 9.0.0); 0 for Redis.
  package var valkeyNumber: Int { valkey.map { $0.major << 16 | $0.minor << 8 | $0.patch } ?? 0 }

  /// The same with the patch level of a release, where only major and minor are given: clients compare it.
  package var released: Version {
    guard patch == 0, !isValkey else { return self }
    switch (major, minor) {
    case (7, 0): return Version(7, 0, 15)
    case (7, 2): return Version(7, 2, 4)
    case (7, 4): return Version(7, 4, 1)
    default: return self
    }
  }

  /// Whether a server of this version has what came with `feature`.
  package func includes(_ feature: Version) -> Bool {
    guard let needed = feature.valkey else { return feature.redis <= redis }
    guard let valkey else { return false }
    return needed <= valkey
  }

  /// By the numbers of Redis.
  package static func < (left: Version, right: Version) -> Bool { left.redis < right.redis }
}
