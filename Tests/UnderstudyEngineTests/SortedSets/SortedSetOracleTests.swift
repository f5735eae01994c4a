// Calls of sorted sets with edges, each made to an engine and to a live redis-server, in both protocols.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "SortedSetOracleTests")))
struct SortedSetOracleTests {
  @Test func optionsTwice() throws {
    try OracleComparison.compare(
      """
      ZADD z 1 a 2 b
      ZRANGE z 0 -1 REV REV
      ZRANGESTORE d z 0 -1 REV REV
      ZRANGESTORE d z REV REV REV REV
      ZRANGE z 0 9 BYSCORE BYSCORE
      ZRANGE z - + BYLEX BYLEX
      ZRANGE z - + BYLEX REV REV LIMIT x 1
      ZRANGE z 0 9 BYSCORE LIMIT 0 1 LIMIT 1 1
      ZRANGE z 0 -1 WITHSCORES WITHSCORES
      """)
  }

  /// The small form shows integers as it keeps them: as integers, up to half of 64 bits.
  @Test func scoresInScans() throws {
    let scores = [
      "1.2e18", "1e17", "1e16", "9007199254740993", "123456789012345678", "4611686018427387904", "4611686018427389000",
      "-4611686018427387904", "-4611686018427389000", "9e18", "-1e300", "0.1", "-0", "inf", "1e15", "-7",
    ]
    for limit in ["0", "128"] {
      let calls = scores.map { "ZADD z\($0) \($0) m\nZSCAN z\($0) 0\nZRANGE z\($0) 0 -1 WITHSCORES" }
      try OracleComparison.compare("CONFIG SET zset-max-listpack-entries \(limit)\n" + calls.joined(separator: "\n"))
    }
  }

  /// A zero has a sign, which sums and weights make and take; ZADD does not change it.
  @Test func negativeZero() throws {
    for limit in ["0", "128"] {
      try OracleComparison.compare(
        """
        CONFIG SET zset-max-listpack-entries \(limit)
        ZADD z 0 a -0 b
        ZUNIONSTORE d 2 z z WEIGHTS -1 12
        ZRANGE d 0 -1 WITHSCORES
        ZUNIONSTORE d 1 z WEIGHTS -1
        ZRANGE d 0 -1 WITHSCORES
        ZINTERSTORE d 2 z z WEIGHTS -1 -1 AGGREGATE MAX
        ZRANGE d 0 -1 WITHSCORES
        ZADD z -0 a 0 b
        ZRANGE z 0 -1 WITHSCORES
        ZADD z CH -0 a 0 b
        ZINCRBY z -0 a
        ZINCRBY z 0 b
        ZADD z XX INCR 0 b
        ZADD z GT CH -0 a
        ZRANGE z 0 -1 WITHSCORES
        """)
    }
  }
}
