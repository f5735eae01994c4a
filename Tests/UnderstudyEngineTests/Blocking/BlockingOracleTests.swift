// Calls of blocking commands that do not block, each made to an engine and to a live redis-server, in both protocols.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "BlockingOracleTests")))
struct BlockingOracleTests {
  /// The timeout stands first and is looked at last.
  @Test func orderOfChecks() throws {
    try OracleComparison.compare(
      """
      BLMPOP x 0 l LEFT
      BLMPOP x 1 l LEFT
      BLMPOP -1 1 l LEFT
      BLMPOP x 1 l FOO
      BLMPOP x 9 l LEFT
      BLMPOP x 1 l LEFT COUNT 0
      BLMPOP x 1 l LEFT COUNT 1 COUNT 1
      BZMPOP x 0 z MIN
      BZMPOP x 1 z MIN
      BZMPOP -1 1 z MIN
      BZMPOP x 1 z FOO
      BZMPOP x 1 z MIN COUNT x
      """)
  }
}
