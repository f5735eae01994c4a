// Transactions with edges, each call made to an engine and to a live redis-server, in both protocols.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "TransactionOracleTests")))
struct TransactionOracleTests {
  /// An EXEC that is refused itself says so in its own way, and ends the transaction.
  @Test func execIsRefused() throws {
    try OracleComparison.compare(
      """
      EXEC 0
      MULTI
      SET a b
      EXEC 0
      GET a
      EXEC
      MULTI
      NOSUCH
      EXEC 0
      """)
  }
}
