// Calls of consumer groups with edges, each made to an engine and to a live redis-server, in both protocols.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "StreamGroupOracleTests")))
struct StreamGroupOracleTests {
  @Test func groupsAndConsumers() throws {
    try OracleComparison.compare(
      """
      SET str x
      XGROUP
      XGROUP FOO
      XGROUP FOO s g
      XGROUP CREATE
      XGROUP CREATE s g
      XGROUP CREATE s g $
      XGROUP CREATE s g x
      XGROUP CREATE s g $ FOO
      XGROUP CREATE s g $ MKSTREAM FOO
      XGROUP CREATE str g x
      XGROUP CREATE str g x FOO
      XGROUP CREATE none g x MKSTREAM
      EXISTS none
      XGROUP CREATE s g - MKSTREAM
      XGROUP CREATE s g $ ENTRIESREAD
      XGROUP CREATE s g $ ENTRIESREAD x
      XGROUP CREATE s g $ ENTRIESREAD -2
      XGROUP CREATE s g $ MKSTREAM ENTRIESREAD 1 MKSTREAM
      XGROUP CREATE s g $ MKSTREAM ENTRIESREAD -1
      XGROUP CREATE s g $
      XGROUP CREATE s g $ MKSTREAM
      XGROUP CREATE s g2 5 ENTRIESREAD 3
      XGROUP CREATE s "" 18446744073709551615-18446744073709551615
      XINFO GROUPS s
      XINFO STREAM s
      XINFO STREAM s FULL
      XGROUP SETID
      XGROUP SETID s g
      XGROUP SETID s g x
      XGROUP SETID s g -
      XINFO GROUPS s
      XGROUP SETID s g +
      XINFO GROUPS s
      XGROUP SETID s g $
      XGROUP SETID s g 0 ENTRIESREAD
      XGROUP SETID s g 0 ENTRIESREAD x
      XGROUP SETID s g 0 ENTRIESREAD -5
      XGROUP SETID s g 0 ENTRIESREAD 7
      XGROUP SETID s g 0 MKSTREAM
      XGROUP SETID s g 0 ENTRIESREAD 7 ENTRIESREAD 8
      XGROUP SETID s none 0
      XGROUP SETID s none x
      XGROUP SETID none g 0
      XGROUP SETID str g x
      XGROUP CREATECONSUMER s g
      XGROUP CREATECONSUMER s g c
      XGROUP CREATECONSUMER s g c
      XGROUP CREATECONSUMER s g b
      XGROUP CREATECONSUMER s none c
      XGROUP CREATECONSUMER none g c
      XGROUP CREATECONSUMER str g c
      XGROUP CREATECONSUMER s g c x
      XGROUP DELCONSUMER s g zz
      XGROUP DELCONSUMER s g b
      XGROUP DELCONSUMER s g b
      XGROUP DELCONSUMER s none b
      XGROUP DELCONSUMER none g b
      XGROUP DELCONSUMER str g b
      XGROUP DELCONSUMER s g
      XGROUP DESTROY s
      XGROUP DESTROY s none
      XGROUP DESTROY none g
      XGROUP DESTROY str g
      XGROUP DESTROY s g2
      XGROUP DESTROY s g2
      XGROUP DESTROY s g x
      XINFO GROUPS s
      """)
  }

  @Test func readingForAGroup() throws {
    try OracleComparison.compare(
      """
      SET str x
      XGROUP CREATE s g $ MKSTREAM
      XREADGROUP
      XREADGROUP GROUP g c STREAMS s
      XREADGROUP GROUP g c STREAMS s >
      XREADGROUP GROUP g c COUNT 1 STREAMS s >
      XREADGROUP GROUP g c STREAMS s s >
      XREADGROUP COUNT 1 NOACK STREAMS s >
      XREADGROUP COUNT 1 COUNT 2 STREAMS s >
      XREADGROUP GROUP g c FOO STREAMS s >
      XREADGROUP GROUP g c COUNT x STREAMS s >
      XREADGROUP GROUP g c BLOCK x STREAMS s >
      XREADGROUP GROUP g c COUNT 1 BLOCK 1
      XREADGROUP GROUP none c STREAMS s >
      XREADGROUP GROUP g c STREAMS none >
      XREADGROUP GROUP gx00y c STREAMS sx00z >
      XREADGROUP GROUP g c STREAMS str >
      XREADGROUP GROUP g c STREAMS s $
      XREADGROUP GROUP g c STREAMS s x
      XREADGROUP GROUP g c STREAMS s none > >
      XREADGROUP GROUP g c STREAMS s 0
      XADD s 1 a b
      XADD s 2 a b
      XADD s 3 c d e f
      XADD s 4 a b
      XREADGROUP GROUP g c STREAMS s 0
      XREADGROUP GROUP g c COUNT 2 STREAMS s >
      XREADGROUP GROUP g c COUNT 1 STREAMS s 0
      XREADGROUP GROUP g c COUNT 0 STREAMS s 1
      XREADGROUP GROUP g c COUNT -1 STREAMS s 1
      XREADGROUP GROUP g c STREAMS s 0
      XREADGROUP GROUP g c STREAMS s 18446744073709551615
      XREADGROUP GROUP g c STREAMS s 18446744073709551615-18446744073709551615
      XREADGROUP GROUP g d NOACK STREAMS s s > >
      XREADGROUP GROUP g d STREAMS s >
      XREADGROUP GROUP g newone STREAMS s >
      XREADGROUP GROUP g newtwo STREAMS s 0
      XINFO GROUPS s
      """)
  }

  @Test func whatIsPending() throws {
    try OracleComparison.compare(
      """
      SET str x
      XGROUP CREATE s g $ MKSTREAM
      XADD s 1 a b
      XADD s 2 a b
      XADD s 3 a b
      XADD s 4 a b
      XREADGROUP GROUP g c COUNT 2 STREAMS s >
      XREADGROUP GROUP g c COUNT 1 STREAMS s 0
      XREADGROUP GROUP g d NOACK STREAMS s >
      XADD s 5 a b
      XADD s 6 a b
      XADD s 7 a b
      XREADGROUP GROUP g c COUNT 2 STREAMS s >
      XPENDING
      XPENDING s
      XPENDING s g
      XPENDING s g x
      XPENDING s g - +
      XPENDING s g - + x
      XPENDING s g x + 1
      XPENDING s g - x 1
      XPENDING s g (18446744073709551615-18446744073709551615 + 1
      XPENDING s g - (0 1
      XPENDING s g - + 0
      XPENDING s g - + -1
      XPENDING s g IDLE x - + 1
      XPENDING s g IDLE 1 -
      XPENDING s g IDLE 1 - +
      XPENDING s g IDLE 1000000 - + 10
      XPENDING s g IDLE 0 - + 10 zz
      XPENDING s g IDLE 1000000 - + 10 c
      XPENDING s g - + 10 zz
      XPENDING s g - + 10 d
      XPENDING s none
      XPENDING none g
      XPENDING str g
      XPENDING none g - + x
      XPENDING s none - + 1
      """)
  }

  @Test func acknowledging() throws {
    try OracleComparison.compare(
      """
      SET str x
      XGROUP CREATE s g $ MKSTREAM
      XADD s 1 a b
      XADD s 2 a b
      XADD s 3 a b
      XADD s 4 a b
      XREADGROUP GROUP g c COUNT 2 STREAMS s >
      XREADGROUP GROUP g c COUNT 1 STREAMS s 0
      XREADGROUP GROUP g d NOACK STREAMS s >
      XADD s 5 a b
      XADD s 6 a b
      XADD s 7 a b
      XREADGROUP GROUP g c COUNT 2 STREAMS s >
      XACK
      XACK s g
      XACK s g x
      XACK s g 1 x
      XACK s none x
      XACK none g x
      XACK str g x
      XACK s g 1 1 9
      XPENDING s g
      XDEL s 2
      XREADGROUP GROUP g c STREAMS s 0
      XADD s 5 a b
      XADD s 6 a b
      XADD s 7 a b
      XREADGROUP GROUP g c COUNT 2 STREAMS s >
      XINFO GROUPS s
      """)
  }

  @Test func claiming() throws {
    try OracleComparison.compare(
      """
      SET str x
      XGROUP CREATE s g $ MKSTREAM
      XADD s 1 a b
      XADD s 2 a b
      XADD s 3 a b
      XADD s 4 a b
      XREADGROUP GROUP g c COUNT 2 STREAMS s >
      XREADGROUP GROUP g c COUNT 1 STREAMS s 0
      XREADGROUP GROUP g d NOACK STREAMS s >
      XADD s 5 a b
      XADD s 6 a b
      XADD s 7 a b
      XREADGROUP GROUP g c COUNT 2 STREAMS s >
      XCLAIM
      XCLAIM s g d 0
      XCLAIM s g d x
      XCLAIM s g d x 1
      XCLAIM s none d x 1
      XCLAIM none g d x 1
      XCLAIM str g d x 1
      XCLAIM s g d 0 x
      XCLAIM s g d 0 5 x
      XCLAIM s g d 0 5 xx00y
      XCLAIM s g d 0 5 IDLE
      XCLAIM s g d 0 5 IDLE x
      XCLAIM s g d 0 5 TIME x
      XCLAIM s g d 0 5 RETRYCOUNT x
      XCLAIM s g d 0 5 LASTID x
      XCLAIM s g d 0 5 LASTID -
      XCLAIM s g d 0 5 6 JUSTID 7
      XCLAIM s g d 100000 5
      XCLAIM s g d 0 5
      XCLAIM s g d 0 5
      XCLAIM s g d 0 7
      XCLAIM s g d 0 7 FORCE
      XCLAIM s g e 0 4 FORCE JUSTID
      XCLAIM s g e 0 6 JUSTID
      XCLAIM s g f -5 6 RETRYCOUNT 9
      XCLAIM s g f 0 2
      XCLAIM s g f 0 9
      XCLAIM s g f 0 6 6 5 IDLE 100000
      XCLAIM s g f 100 6 JUSTID LASTID 100
      XCLAIM s g zzz 100000 6
      XCLAIM s g f 0 5 IDLE -9223372036854775808
      XCLAIM s g f 0 5 IDLE 9223372036854775807
      XCLAIM s g f 0 5 TIME -1
      XPENDING s g
      XINFO GROUPS s
      """)
  }

  @Test func claimingWhatIsOld() throws {
    try OracleComparison.compare(
      """
      SET str x
      XGROUP CREATE s g $ MKSTREAM
      XADD s 1 a b
      XADD s 2 a b
      XADD s 3 a b
      XADD s 4 a b
      XREADGROUP GROUP g c COUNT 2 STREAMS s >
      XREADGROUP GROUP g c COUNT 1 STREAMS s 0
      XREADGROUP GROUP g d NOACK STREAMS s >
      XADD s 5 a b
      XADD s 6 a b
      XADD s 7 a b
      XREADGROUP GROUP g c COUNT 2 STREAMS s >
      XAUTOCLAIM
      XAUTOCLAIM s g c 0
      XAUTOCLAIM s g c x 0
      XAUTOCLAIM s g c 0 x
      XAUTOCLAIM s g c 0 (18446744073709551615-18446744073709551615
      XAUTOCLAIM s g c 0 0 COUNT
      XAUTOCLAIM s g c 0 0 COUNT x
      XAUTOCLAIM s g c 0 0 COUNT 0
      XAUTOCLAIM s g c 0 0 COUNT -1
      XAUTOCLAIM s g c 0 0 COUNT 576460752303423488
      XAUTOCLAIM s g c 0 0 COUNT 576460752303423487
      XAUTOCLAIM s g c 0 0 COUNT 9223372036854775808
      XAUTOCLAIM s g c 0 0 FOO
      XAUTOCLAIM s none c 0 0
      XAUTOCLAIM none g c 0 0
      XAUTOCLAIM str g c 0 0
      XAUTOCLAIM str g c x 0
      XAUTOCLAIM s g auto 100000000 -
      XAUTOCLAIM s g c 0 0 COUNT 1
      XAUTOCLAIM s g c 0 5 COUNT 1 JUSTID
      XAUTOCLAIM s g c 0 (5 COUNT 10
      XDEL s 4 6
      XAUTOCLAIM s g d 0 - COUNT 1
      XAUTOCLAIM s g d 0 - COUNT 2
      XAUTOCLAIM s g d 0 -
      XAUTOCLAIM s g d 0 +
      XPENDING s g
      XGROUP DELCONSUMER s g d
      XPENDING s g
      XINFO GROUPS s
      """)
  }

  @Test func copiesAndProgress() throws {
    try OracleComparison.compare(
      """
      SET str x
      XGROUP CREATE s g $ MKSTREAM
      XADD s 1 a b
      XADD s 2 a b
      XADD s 3 a b
      XADD s 4 a b
      XREADGROUP GROUP g c COUNT 2 STREAMS s >
      XREADGROUP GROUP g c COUNT 1 STREAMS s 0
      XREADGROUP GROUP g d NOACK STREAMS s >
      XADD s 5 a b
      XADD s 6 a b
      XADD s 7 a b
      XREADGROUP GROUP g c COUNT 2 STREAMS s >
      COPY s t
      XACK s g 5
      XGROUP DESTROY t g
      XGROUP CREATE t q 0
      XREADGROUP GROUP q c STREAMS t >
      XPENDING t q
      XPENDING s g
      XINFO GROUPS s
      XINFO GROUPS t
      XDEL t 3
      XINFO GROUPS t
      XADD t 200 a b
      XINFO GROUPS t
      XREADGROUP GROUP q c STREAMS t >
      XINFO GROUPS t
      XTRIM t MAXLEN 1
      XINFO GROUPS t
      XREADGROUP GROUP q c STREAMS t 0
      MULTI
      XREADGROUP GROUP q c BLOCK 0 STREAMS t >
      XADD t 300 a b
      XREADGROUP GROUP q c BLOCK 0 STREAMS t >
      EXEC
      EVAL return·redis.call('xreadgroup','group','q','c','streams',KEYS[1],'>') 1 t
      EVAL return·redis.pcall('xreadgroup','group','q','c','block',0,'streams',KEYS[1],'>') 1 t
      TYPE t
      WATCH t
      XACK t q 300
      XGROUP CREATECONSUMER t q yy
      MULTI
      EXEC
      WATCH mk
      XGROUP CREATE mk g $ MKSTREAM
      MULTI
      EXEC
      """)
  }

  @Test func events() throws {
    let calls = """
      XADD s 1 f v
      XADD s MAXLEN 1 2 f v
      XADD s MAXLEN 5 3 f v
      XADD none NOMKSTREAM 1 f v
      XTRIM s MAXLEN 1
      XTRIM s MAXLEN 1
      XDEL s 9
      XSETID s 9
      XREAD STREAMS none s 0 0
      XREAD STREAMS none $
      XRANGE none - +
      XGROUP CREATE s g 0
      XGROUP CREATE made g 0 MKSTREAM
      XGROUP CREATE none g 0
      XGROUP SETID s g 0
      XGROUP CREATECONSUMER s g c
      XGROUP CREATECONSUMER s g c
      XREADGROUP GROUP g d STREAMS s >
      XREADGROUP GROUP g e STREAMS s >
      XREADGROUP GROUP g f STREAMS s 0
      XREADGROUP GROUP g c STREAMS none >
      XCLAIM s g h 0 3
      XAUTOCLAIM s g i 0 0
      XAUTOCLAIM none g i x 0
      XAUTOCLAIM none g i 0 0
      XACK s g 3
      XACK none g 3
      XPENDING none g
      XGROUP DELCONSUMER s g d
      XGROUP DELCONSUMER s g d
      XDEL s 3
      XGROUP DESTROY s g
      XGROUP DESTROY s g
      XINFO STREAM none
      COPY s t
      DEL s
      """
    try OracleComparison.compareEvents(calls.split(separator: "\n").map { $0.split(separator: " ").map(String.init) })
  }
}
