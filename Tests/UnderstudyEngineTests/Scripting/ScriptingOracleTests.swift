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

  /// PFCOUNT may keep the count in its value, so that a script that only reads may not call it.
  @Test func countingMayWrite() throws {
    let both = try OracleComparison()
    for script in ["pfcount", "pfadd", "get", "publish"] {
      try both.expectEqual("EVAL_RO", "return redis.call('\(script)', KEYS[1], ARGV[1])", "1", "h", "x")
      try both.expectEqual("EVAL_RO", "return redis.call('\(script)', KEYS[1])", "1", "h")
    }
  }

  /// An error of a command that a script calls is counted with that command, and not again with the script that hands it
  /// on; a call that is refused is a rejected one.
  @Test func errorsAreCountedOnce() throws {
    let both = try OracleComparison()
    for script in [
      "return redis.call('incr', KEYS[1])", "redis.pcall('incr', KEYS[1]) return 1", "return redis.pcall('incr', KEYS[1])",
      "return redis.call('subscribe', 'c')", "redis.pcall('subscribe', 'c') return 1", "return redis.call('incr')",
      "redis.pcall('incr') return 1", "return redis.call('foo')", "redis.pcall('foo') return 1",
      "return redis.error_reply('MY x')", "error('x')", "error(redis.pcall('incr', KEYS[1]))",
      "#!lua flags=no-writes\nreturn redis.call('set', KEYS[1], '1')",
      "#!lua flags=no-writes\nredis.pcall('set', KEYS[1], '1') return 1",
    ] {
      for call in [["SET", "k", "text"], ["CONFIG", "RESETSTAT"], ["EVAL", script, "1", "k"]] {
        _ = try both.replies(call, protocol: 2)
      }
      let (ours, theirs) = try both.replies(["INFO", "everything"], protocol: 2)
      #expect(Self.counts(ours) == Self.counts(theirs) && Self.counts(ours).contains("total_error_replies:1"), "\(script)")
    }
  }

  /// The lines that count errors, and calls, rejections and failures of commands.
  private static func counts(_ information: String) -> Set<Substring> {
    Set(
      information.split(separator: "\r\n").filter {
        $0.hasPrefix("errorstat_") || $0.hasPrefix("total_error_replies:")
          || $0.hasPrefix("cmdstat_") && !$0.hasPrefix("cmdstat_config") && !$0.hasPrefix("cmdstat_info")
      }.map { line in
        guard let time = line.firstRange(of: /,usec=\d+,usec_per_call=[\d.]+/) else { return line }
        return Substring(line[..<time.lowerBound] + line[time.upperBound...])
      })
  }
}
