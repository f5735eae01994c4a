// Calls with edges, each made to an engine and to a live redis-server, in both protocols.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "StringOracleTests")))
struct StringOracleTests {
  @Test func optionsOfSetAndGetEx() throws {
    try OracleComparison.compare(
      """
      SET k v EX 10 EX 20
      SET k v EX 10 PX 20
      SET k v KEEPTTL EX 10
      SET k v EX
      SET k v NX XX
      SET k v XX GET
      GETEX k PERSIST PERSIST
      GETEX k EX 10 PERSIST
      GETEX k KEEPTTL
      GETEX none EX abc
      GETEX k EX 9223372036854775807
      GETEX k PX 9223372036854775807
      GETEX k EXAT 0
      GETEX k XX
      GETEX k EXAT 1
      EXISTS k
      SETEX k 0 v
      SETEX k x v
      PSETEX k 9223372036854775807 v
      """)
  }

  @Test func bitmaps() throws {
    try OracleComparison.compare(
      """
      SADD s m
      SETBIT s x 1
      SETBIT s 0 2
      SETBIT s 0 1
      SETBIT b -1 1
      SETBIT b 4294967296 1
      SETBIT b 4294967295 2
      SETBIT b 7 0
      STRLEN b
      GETBIT b 4294967295
      GETBIT b 4294967296
      SET n 123
      GETBIT n 2
      BITCOUNT n
      BITCOUNT s x y
      BITCOUNT none x y
      BITCOUNT n 0
      BITCOUNT n 0 1 FOO
      BITCOUNT n -1 -2 FOO
      BITCOUNT n -10 -9
      BITCOUNT n 5 12 bit
      BITCOUNT n 100 200
      BITPOS s 3
      BITPOS none 1 x
      BITPOS n 1 0 foo
      BITPOS n 1 0 foo bar
      BITPOS n 1 0 -1 BIT x
      BITPOS n 1 -100 -99
      BITPOS n 1 5 1
      BITPOS n 0 3 12 BIT
      SET e ""
      BITPOS e 0
      BITOP FOO d n
      BITOP NOT d n n
      BITOP AND d n s
      BITOP XOR d n b none
      GET d
      BITOP OR d none
      EXISTS d
      """)
  }

  @Test func bitFields() throws {
    try OracleComparison.compare(
      """
      SET n 123
      BITFIELD n
      BITFIELD n GET u8
      BITFIELD n GET u64 0
      BITFIELD n GET u08 0
      BITFIELD n GET U8 0
      BITFIELD n GET u8 #0001
      BITFIELD n GET u8 #2305843009213693952
      BITFIELD n GET u8 #1152921504606846976
      BITFIELD n GET u8 4294967295
      BITFIELD n GET u8 34359738367
      BITFIELD n SET u8 0 x
      BITFIELD n OVERFLOW FOO
      BITFIELD n OVERFLOW SAT
      BITFIELD n SET i8 0 300 GET i8 0
      BITFIELD n OVERFLOW SAT SET u8 0 300 INCRBY u8 0 10 OVERFLOW FAIL INCRBY u8 0 10 SET u8 0 256
      BITFIELD n OVERFLOW SAT SET i8 0 -300 INCRBY i8 0 -1
      BITFIELD n OVERFLOW SAT SET i8 0 -9223372036854775808 GET i8 0
      BITFIELD n INCRBY u63 0 9223372036854775807
      BITFIELD n INCRBY u63 0 -9223372036854775808
      BITFIELD n OVERFLOW SAT INCRBY u63 0 -9223372036854775808
      BITFIELD n INCRBY i64 0 9223372036854775807
      BITFIELD n INCRBY i64 3 9223372036854775807
      BITFIELD n OVERFLOW FAIL INCRBY i64 0 9223372036854775807
      BITFIELD n OVERFLOW SAT SET u8 0 -1
      GET n
      BITFIELD q OVERFLOW FAIL INCRBY u2 0 5
      STRLEN q
      BITFIELD_RO n SET u8 0 1
      BITFIELD_RO n OVERFLOW SAT GET u8 0
      BITFIELD_RO n FOO
      """)
  }

  /// Only what changes something dirties a watch.
  @Test func whatDirtiesAWatch() throws {
    let changes = [
      "SETBIT w 1 1", "SETBIT w 1 0", "BITFIELD w SET u8 0 97", "BITFIELD w SET u8 0 98",
      "BITFIELD w OVERFLOW FAIL SET u8 0 999", "SETRANGE w 0 a", "APPEND w x", "SETNX w x", "GETEX w",
      "GETEX w EX 100",
      "GETEX w PERSIST", "BITOP OR w none", "GETDEL none", "FLUSHALL", "SWAPDB 0 1", "SWAPDB 1 2", "INCR w",
      "MSET w 1",
      "MSETNX w 1",
    ]
    for change in changes {
      for value in ["abc", "5"] {
        try OracleComparison.compare("SET w \(value)\nWATCH w\n\(change)\nMULTI\nEXEC\nFLUSHALL")
        try OracleComparison.compare("WATCH w\n\(change)\nMULTI\nEXEC\nFLUSHALL")
      }
    }
  }

  @Test func databases() throws {
    try OracleComparison.compare(
      """
      SELECT x
      SELECT 2147483648
      SELECT 16
      FLUSHALL x
      FLUSHDB SYNC ASYNC
      FLUSHALL async
      SWAPDB 0 x
      SWAPDB 2147483648 0
      SWAPDB 0 16
      SWAPDB -1 0
      SWAPDB 3 3
      SET a 1
      SWAPDB 0 1
      DBSIZE
      SELECT 1
      DBSIZE
      BGSAVE x
      BGSAVE SCHEDULE x
      WAIT x 0
      WAIT 0 x
      WAIT 0 -1
      WAIT 0 9223372036854775807
      WAIT -1 0
      ROLE
      REPLICAOF NO ONE
      SLAVEOF no one
      REPLICAOF NO TWO
      REPLICAOF a 99999999
      """)
  }
}
