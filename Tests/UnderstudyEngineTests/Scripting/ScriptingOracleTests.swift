// Calls of scripts with edges, each made to an engine and to a live redis-server, in both protocols.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "ScriptingOracleTests")))
struct ScriptingOracleTests {
  @Test func debuggingIsNotPipelined() throws {
    try OracleComparison.compare(
      """
      SCRIPT DEBUG NO
      SCRIPT DEBUG x
      MULTI
      SCRIPT DEBUG NO
      SCRIPT DEBUG x
      EXEC
      """)
  }

  /// What cannot be a digest is unknown before anything else is looked at.
  @Test func digestsAndNumbersOfKeys() throws {
    try OracleComparison.compare(
      """
      EVALSHA x 0
      EVALSHA x y
      EVALSHA_RO x -1
      EVALSHA ffffffffffffffffffffffffffffffffffffffff x
      EVALSHA ffffffffffffffffffffffffffffffffffffffff -1
      EVALSHA ffffffffffffffffffffffffffffffffffffffff 5 a
      EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
      """)
  }
}
