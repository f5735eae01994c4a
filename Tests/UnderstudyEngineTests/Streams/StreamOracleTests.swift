// Calls of streams with edges, each made to an engine and to a live redis-server, in both protocols.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "StreamOracleTests")))
struct StreamOracleTests {
  /// Calls to a stream that has entries already, or to none.
  struct Calls: CustomTestStringConvertible {
    let testDescription: String
    let text: String

    init(_ name: String, onFilledStream: Bool = true, _ text: String) {
      testDescription = name
      self.text = (onFilledStream ? Self.filling : "") + text
    }

    private static let filling = """
      SET str x
      XADD s 5 a b
      XADD s 6 a b
      XADD s 7 a b
      XADD s 8 a b
      XADD s 9 a b
      XADD s 10 a b
      XADD s 11 a b
      XADD s 12 a b
      XADD s 13 c d e f
      XADD s 14-1 a b

      """
  }

  @Test(arguments: calls) func answersAsTheRealServer(to calls: Calls) throws {
    try OracleComparison.compare(calls.text)
  }

  private static let calls = [
    Calls(
      "ids of new entries", onFilledStream: false,
      """
      XADD
      XADD s
      XADD s * a
      XADD s * a b c
      XADD s 0-0 a b
      XADD s 0 a b
      XADD s 0-* a b
      XADD s 0-* a b
      EXISTS s
      XADD s 1 a b
      XADD s 1-* a b
      XADD s 1-1 a b
      XADD s - a b
      XADD s + a b
      XADD s x a b
      XADD s 1-x a b
      XADD s 18446744073709551615-18446744073709551615 a b
      XADD s * a b
      XADD s 18446744073709551615-* a b
      XADD s 5-* a b
      DEL s
      XADD s 5-18446744073709551615 a b
      XADD s 4-* a b
      """),
    Calls(
      "options of new entries", onFilledStream: false,
      """
      XADD n NOMKSTREAM 1-1 a b
      XADD s MAXLEN x 6 a b
      XADD s MAXLEN -1 6 a b
      XADD s MAXLEN = 6 a b
      XADD s MAXLEN ~ = 6 a b
      XADD s MAXLEN 3 MINID 3 6 a b
      XADD s MINID - 6 a b
      XADD s MINID + 7 a b
      XLEN s
      XADD s MINID x 8 a b
      XADD s LIMIT 3 8 a b
      XADD s LIMIT 0 8 a b
      XADD s MAXLEN 3 LIMIT 0 8 a b
      XADD s MAXLEN ~ 3 LIMIT -1 8 a b
      XADD s MAXLEN ~ 3 LIMIT x 8 a b
      XADD s MAXLEN ~ 3 LIMIT 10 8 a b
      XADD s maxlen = 1 9 a b
      XADD s MAXLEN
      XADD s MAXLEN 1 2 3
      XADD s MAXLEN 100 10 a b
      XADD s NOMKSTREAM NOMKSTREAM 11 a b
      XADD s +12 a b
      XADD s ·13 a b
      XADD s 0014 a b
      XADD s -15 a b
      XADD s 15- a b
      XADD s 15-1- a b
      XADD s 15-x001 a b
      XADD s 16x00x a b
      XADD s "" a b
      XADD s 17-·1 a b
      SET str x
      XADD str 1-1 a b
      XADD str NOMKSTREAM 1-1 a b
      XADD str x a b
      XLEN str
      XLEN none
      XLEN
      """),
    Calls(
      "ranges",
      """
      XRANGE str - +
      XRANGE none - +
      XRANGE none x y
      XRANGE s - + COUNT
      XRANGE s - + COUNT x
      XRANGE s - + COUNT 0
      XRANGE s - + COUNT -1
      XRANGE none - + COUNT 0
      XRANGE str - + COUNT 0
      XRANGE s - + COUNT 1
      XRANGE s - + COUNT 1 COUNT 2
      XRANGE s - + FOO
      XRANGE s - + FOO 1
      XRANGE s ( +
      XRANGE s (- +
      XRANGE s (6 (9
      XRANGE s (18446744073709551615-18446744073709551615 +
      XRANGE s (18446744073709551615 +
      XRANGE s - (0
      XRANGE s - (0-0
      XRANGE s 6 (7
      XRANGE s 10 -
      XRANGE s + -
      XREVRANGE s + -
      XREVRANGE s (9 (5 COUNT 2
      XREVRANGE s - +
      XREVRANGE s + - COUNT 0
      XREVRANGE s x y
      """),
    Calls(
      "deleting and describing",
      """
      XDEL s
      XDEL s x
      XDEL s 9 x
      XDEL s -
      XDEL s 9 9 9
      XDEL none x
      XDEL none 1
      XDEL str x
      XDEL str 1
      XDEL s 10 11
      XINFO STREAM s
      XINFO STREAM s FULL
      XINFO STREAM s FULL COUNT 1
      XINFO STREAM s FULL COUNT 0
      XINFO STREAM s FULL COUNT -1
      XINFO STREAM s FULL COUNT x
      XINFO STREAM s FULL COUNT
      XINFO STREAM s FOO
      XINFO STREAM s FULL FOO 1
      XINFO STREAM none FOO
      XINFO STREAM none
      XINFO STREAM str
      XINFO STREAM str FULL FOO 1
      XINFO STREAM
      XINFO
      XINFO FOO
      """),
    Calls(
      "trimming",
      """
      XTRIM
      XTRIM s
      XTRIM s MAXLEN
      XTRIM s MAXLEN x
      XTRIM s LIMIT 1
      XTRIM s LIMIT 0
      XTRIM s LIMIT x
      XTRIM s MAXLEN 3 LIMIT 2
      XTRIM s MAXLEN ~ 3 LIMIT 2 MAXLEN = 1
      XTRIM s MAXLEN ~
      XTRIM s MINID ~\0y 7 LIMIT x
      XTRIM s MAXLEN =\0y 100
      XADD s *\0y a b c
      XREAD STREAMS s $\0y
      XREAD STREAMS s >\0y
      XTRIM s MAXLEN = x
      XTRIM s FOO 1
      XTRIM s 1-1 1
      XTRIM s * 1
      XTRIM s NOMKSTREAM 1
      XTRIM s NOMKSTREAM MAXLEN 1
      XTRIM s MAXLEN 2
      XTRIM s MINID 12
      XTRIM s MINID +
      XTRIM none MAXLEN 1
      XTRIM str MAXLEN 1
      XTRIM str MAXLEN x
      XINFO STREAM s
      XLEN s
      """),
    Calls(
      "setting the last ID",
      """
      XSETID s
      XSETID s 1
      XSETID s 30
      XSETID s x
      XSETID s -
      XSETID s 30 ENTRIESADDED
      XSETID s 30 ENTRIESADDED x
      XSETID s 30 ENTRIESADDED -1
      XSETID s 30 ENTRIESADDED 100
      XSETID s 30 MAXDELETEDID x
      XSETID s 30 MAXDELETEDID 40
      XSETID s 30 MAXDELETEDID 0
      XSETID s 30 MAXDELETEDID 29
      XSETID s 28
      XSETID s 30 FOO
      XSETID s 30 ENTRIESADDED 1 FOO 2
      XSETID s 30 ENTRIESADDED 1 MAXDELETEDID 5
      XSETID none 1
      XSETID none x
      XSETID str 1
      XADD s 31 a b
      XSETID s 30
      XSETID s 31 ENTRIESADDED 0
      XSETID s 31 ENTRIESADDED 1
      XINFO STREAM s
      """),
    Calls(
      "reading",
      """
      XREAD
      XREAD STREAMS s
      XREAD STREAMS s 0
      XREAD STREAMS s s 0
      XREAD COUNT 1 STREAMS s 0
      XREAD COUNT x STREAMS s 0
      XREAD COUNT -1 STREAMS s 0
      XREAD COUNT 0 STREAMS s 0
      XREAD BLOCK x STREAMS s 0
      XREAD BLOCK -1 STREAMS s 0
      XREAD BLOCK 1.5 STREAMS s 0
      XREAD STREAMS s $
      XREAD STREAMS none $
      XREAD STREAMS s >
      XREAD STREAMS s x
      XREAD STREAMS s -
      XREAD STREAMS s +
      XREAD STREAMS str 0
      XREAD STREAMS str s 0 0
      XREAD STREAMS s str 0 0
      XREAD STREAMS s str x 0
      XREAD STREAMS str x
      XREAD STREAMS str $
      XREAD STREAMS str >
      XREAD STREAMS s none s 0 0 0
      XREAD GROUP a b STREAMS s 0
      XREAD GROUP a STREAMS s 0
      XREAD GROUP a b
      XREAD NOACK STREAMS s 0
      XREAD FOO STREAMS s 0
      XREAD COUNT STREAMS s 0
      XREAD COUNT 1 BLOCK 1
      XREAD COUNT 1 2 3
      XREAD STREAMS s 18446744073709551615-18446744073709551615
      XREAD STREAMS s 18446744073709551615
      XREAD NOACK
      XREAD a b STREAMS
      XREAD COUNT 2 STREAMS
      MULTI
      XREAD BLOCK 0 STREAMS s $
      XREAD BLOCK 0 STREAMS none $
      XADD s 40 a b
      EXEC
      EVAL return·redis.call('xread','block','0','streams',KEYS[1],'$') 1 s
      EVAL return·redis.call('xread','streams',KEYS[1],'0') 1 s
      EVAL return·redis.pcall('xread','BLOCK','x','streams',KEYS[1],'0') 1 s
      COPY s s2
      XADD s2 50 a b
      XDEL s 40
      XRANGE s - +
      XRANGE s2 - +
      XINFO STREAM s2
      OBJECT ENCODING s
      TYPE s
      """),
    Calls(
      "blocks", onFilledStream: false,
      """
      CONFIG SET stream-node-max-entries 3
      DEL s
      XADD s 1 a b
      XADD s 2 a b c d
      XADD s 3 a b
      XADD s 4 a b
      XADD s 258 a b
      XADD s 259 a b
      XADD s 260-5 a b
      XINFO STREAM s
      XTRIM s MAXLEN ~ 6
      XTRIM s MAXLEN ~ 3
      XTRIM s MAXLEN ~ 3 LIMIT 1
      XTRIM s MAXLEN ~ 0 LIMIT 3
      XTRIM s MINID ~ 4
      XTRIM s MINID ~ 259
      XADD s MAXLEN ~ 1 1000 a b
      XADD s MINID ~ 1 1001 a b
      XINFO STREAM s FULL
      CONFIG SET stream-node-max-entries 100
      CONFIG SET stream-node-max-bytes 50
      XADD s 1002 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbb
      XADD s 1003 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbb
      XADD s 1004 a b
      XINFO STREAM s FULL
      CONFIG SET stream-node-max-bytes 4096
      XDEL s 1000 1001 1002 1003 1004
      XINFO STREAM s FULL
      XINFO STREAM s
      EXISTS s
      XREAD STREAMS s 0
      XREAD STREAMS s $
      """),
  ]
}
