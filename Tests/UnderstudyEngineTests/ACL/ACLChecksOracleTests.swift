// What users may do, against the real server: calls, transactions, scripts, channels, authentication, and what ACL LOG
// keeps of refusals.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "ACLChecksOracleTests")))
struct ACLChecksOracleTests {
  /// Makes calls, one a line, and expects equal replies in both protocols. `a> CALL` is one of another client, named `a`;
  /// `·` is a blank within a word, `""` an empty one.
  private func compare(
    _ script: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for version in [2, 3] {
      let both = try OracleComparison()
      for line in script.split(separator: "\n") {
        var words = line.split(separator: " ").map {
          $0 == "\"\"" ? "" : String($0.map { $0 == "·" ? " " : $0 })
        }
        let name = words[0].hasSuffix(">") ? words.removeFirst() : "one"
        let (ours, theirs) = try both.replies(words, as: name, protocol: version)
        func relaxed(_ reply: String) -> String {
          ACLComparison.ordered(
            words[0] == "ACL" ? ACLComparison.withoutMoments(reply) : withoutIdentifier(reply))
        }
        #expect(relaxed(ours) == relaxed(theirs), "\(line) in RESP\(version)", sourceLocation: sourceLocation)
      }
    }
  }

  /// Clients have other numbers, and other emulated versions' names.
  private func withoutIdentifier(_ reply: String) -> String {
    var lines = reply.components(separatedBy: "\r\n")
    for index in lines.indices where index + 1 < lines.count && lines[index] == "id" {
      lines[index + 1] = ":"
    }
    return lines.joined(separator: "\r\n")
  }

  private let bob = """
    ACL SETUSER bob reset on >pw ~k* +get +set +multi +exec +discard +eval +eval_ro +publish +subscribe +psubscribe +unsubscribe \
    +punsubscribe +select +mget +client|getname &ch* +sort +acl|whoami +hello +script|load
    b> AUTH bob pw

    """

  /// A call whose number of keys is no good has no keys, its destination included.
  @Test func callsWithoutKeys() throws {
    try compare(
      """
      ACL SETUSER u on nopass +@all ~b resetchannels
      u> AUTH u x
      u> ZDIFFSTORE k 0 a
      u> ZUNIONSTORE k 1 b
      u> ZUNIONSTORE b 1 k
      u> ZINTERSTORE k 5 b
      u> ZINTERSTORE k x b
      u> EVAL return(1) 0 k
      u> EVAL return(1) -1 k
      u> LMPOP 0 k LEFT
      u> SINTERCARD 0 k
      u> ZUNION 0 k
      ACL DRYRUN u ZUNIONSTORE "" 0 b d
      ACL DRYRUN u ZUNIONSTORE d 1 b
      COMMAND GETKEYS ZUNIONSTORE d 0 b
      COMMAND GETKEYS EVAL x 0 b
      """)
  }

  @Test func commandsKeysAndChannels() throws {
    try compare(
      bob + """
        b> ACL WHOAMI
        b> GET x
        b> GET k
        b> MGET k1 x y k
        b> DEL k
        b> CLIENT LIST
        b> CLIENT GETNAME
        b> CLIENT
        b> CONFIG GET x
        b> CONFIG
        b> FOO
        b> GET
        b> PUBLISH x y
        b> PUBLISH chx y
        b> SPUBLISH chx y
        b> SUBSCRIBE cha x
        b> PSUBSCRIBE ch*
        b> PUNSUBSCRIBE
        b> PSUBSCRIBE cha*
        b> UNSUBSCRIBE
        b> ACL LIST
        b> ACL FOO
        b> HELLO
        b> RESET
        b> ACL WHOAMI
        ACL LOG
        ACL LOG 2
        ACL LOG RESET
        ACL LOG
        """)
  }

  @Test func keysAreReadAndWritten() throws {
    let calls = [
      "GET %", "SET % v", "SET % v GET", "EXISTS %", "TYPE %", "TTL %", "STRLEN %", "APPEND % x", "DEL %",
      "COPY % w1",
      "COPY r1 %", "RENAME % w1", "LPUSH % a", "LPOP %", "LMOVE r1 % LEFT LEFT", "LMOVE rw1 % LEFT LEFT",
      "SINTERSTORE % r1",
      "SUNION % r1", "SINTERCARD 2 % r1", "ZADD % 1 a", "ZCARD %", "ZRANGESTORE % r1 0 1", "BITOP NOT % r1",
      "BITFIELD % GET u4 0",
      "BITFIELD % SET u4 0 1", "BITFIELD_RO % GET u4 0", "SORT % STORE w1", "SORT r1 STORE %", "SORT_RO %",
      "XADD % * f v",
      "XREAD STREAMS % 0", "XREADGROUP GROUP g c STREAMS % >", "OBJECT ENCODING %", "MEMORY USAGE %",
      "EVAL return·1 1 %",
      "EVAL_RO return·1 1 %", "EVAL return·1 -1 %", "EVAL return·1 3 % r1", "GETEX %", "GETDEL %", "INCR %",
      "EXPIRE % 1",
      "PERSIST %", "TOUCH %", "UNLINK %", "DUMP %", "HGET % f", "HSET % f v", "HEXISTS % f", "HSTRLEN % f",
      "HGETALL %",
      "GEOADD % 1 1 a", "GEORADIUS r1 1 1 1 M STORE %", "GEORADIUS % 1 1 1 M",
      "GEOSEARCHSTORE % r1 FROMLONLAT 1 1 BYRADIUS 1 M",
      "PFADD % a", "PFCOUNT r1 %", "PFMERGE % r1", "LCS r1 %", "MSET % v w1 v", "MGET r1 %", "BLPOP % 1",
      "LMPOP 2 rw1 % LEFT",
      "ZUNIONSTORE % 2 r1 r2", "ZUNION 2 r1 %", "WATCH %", "RESTORE % 0 x", "SMOVE rw1 % a", "SPOP %",
      "SETRANGE % 0 a",
    ]
    var script = "ACL SETUSER u +@all %R~r* %W~w* %RW~rw* (+get +set ~x %R~y)\n"
    for key in ["r1", "w1", "rw1", "none", "x", "y"] {
      for call in calls { script += "ACL DRYRUN u \(call.map { $0 == "%" ? key : String($0) }.joined())\n" }
    }
    try compare(script)
  }

  @Test func severalSelectors() throws {
    try compare(
      """
      SET key 1
      ACL SETUSER s on nopass +mget ~key (+mget ~key ~otherkey) (+publish &a &b) (+select|1)
      b> AUTH s x
      b> GET key
      b> MGET otherkey someotherkey
      b> MGET key otherkey someotherkey
      b> MGET key otherkey
      b> PUBLISH a x
      b> PUBLISH c x
      b> SELECT 1
      b> SELECT 0
      b> SELECT
      ACL LOG
      """)
  }

  @Test func transactions() throws {
    try compare(
      bob + """
        b> MULTI
        b> GET x
        b> EXEC
        b> MULTI
        b> DEL k
        b> EXEC
        b> MULTI
        b> PUBLISH x 1
        b> GET k
        b> DISCARD
        b> MULTI
        b> GET k
        b> MGET k kx
        b> PUBLISH ch x
        b> SELECT 0
        b> CLIENT GETNAME
        ACL SETUSER bob resetkeys resetchannels ~kx -select -client|getname
        b> EXEC
        ACL SETUSER bob -exec resetkeys ~k*
        b> MULTI
        b> GET k
        b> EXEC
        b> GET k
        ACL LOG 100
        """)
  }

  @Test func scripts() throws {
    try compare(
      bob + """
        b> EVAL return·redis.call("get","x") 0
        b> EVAL return·redis.call("get","k") 0
        b> EVAL return·redis.call("del","k") 0
        b> EVAL return·redis.call("publish","x","y") 0
        b> EVAL return·redis.pcall("get","x") 0
        b> EVAL return·redis.pcall("get","x").err 0
        b> EVAL return·redis.call("foo") 0
        b> EVAL_RO return·redis.call("del","k") 0
        b> EVAL_RO return·redis.call("set","k","v") 0
        b> EVAL return·redis.call("get") 0
        b> EVAL return·redis.call("multi") 0
        b> EVAL return·1 1 x
        b> EVAL return·redis.acl_check_cmd("get","k") 0
        b> EVAL return·redis.acl_check_cmd("get","x") 0
        b> EVAL return·redis.acl_check_cmd("del","k") 0
        b> EVAL return·redis.acl_check_cmd("publish","x","y") 0
        b> EVAL return·redis.acl_check_cmd("get") 0
        b> EVAL return·redis.acl_check_cmd("config") 0
        b> EVAL return·redis.acl_check_cmd("multi") 0
        b> EVAL return·redis.acl_check_cmd("foo","k") 0
        EVAL return·redis.acl_check_cmd("get","x") 0
        EVAL return·redis.call("get","x") 0
        b> MULTI
        b> EVAL return·redis.call("get","x") 0
        b> EXEC
        ACL LOG 100
        """)
  }

  @Test func sortReadsKeysThatAreNoArguments() throws {
    try compare(
      """
      RPUSH list 1
      SET v1 1
      ACL SETUSER s on nopass (+sort ~list)
      b> AUTH s x
      b> SORT list
      b> SORT list BY x
      b> SORT list BY v*
      b> SORT list GET v*
      b> SORT list GET #
      b> SORT list GET v* BY v*
      ACL SETUSER s (+sort ~list ~v*)
      b> SORT list BY v*
      ACL SETUSER s (+sort ~list %W~*)
      b> SORT list GET v*
      ACL SETUSER s (+sort ~list %R~*)
      b> SORT list BY v* GET v* GET #
      """)
  }

  @Test func authentication() throws {
    try compare(
      """
      AUTH x
      AUTH a b c
      AUTH
      AUTH nobody x
      AUTH default x
      ACL SETUSER u on >p
      b> AUTH u q
      b> auth u p
      b> ACL WHOAMI
      b> AUTH default x
      b> ACL WHOAMI
      ACL SETUSER u off
      c> AUTH u p
      c> HELLO 2 AUTH u p
      c> MULTI
      c> AUTH u p
      c> EXEC
      ACL SETUSER default off
      PING
      d> PING
      d> HELLO 2
      d> AUTH x
      d> AUTH default x
      d> FOO
      d> GET
      d> QUIT
      ACL SETUSER default on
      e> PING
      ACL SETUSER default >x
      PING
      e> PING
      f> PING
      f> AUTH y
      f> AUTH x
      f> PING
      ACL LOG 100
      """)
  }

  @Test func requirepassIsTheDefaultUsersPassword() throws {
    try compare(
      """
      CONFIG SET requirepass secret
      PING
      AUTH wrong
      AUTH secret
      ACL LIST
      a> PING
      CONFIG SET requirepass other
      PING
      b> PING
      b> AUTH secret
      b> AUTH other
      ACL SETUSER default resetpass
      CONFIG GET requirepass
      c> AUTH other
      CONFIG SET maxclients 100
      ACL LIST
      CONFIG SET requirepass other
      ACL LIST
      CONFIG SET requirepass ""
      ACL LIST
      d> PING
      """)
  }
}
