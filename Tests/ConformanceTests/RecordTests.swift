// `record` and `diff`, against the real server: what is written below a request is what came, in both protocols, and two
// servers differ where they do.

import Testing
import UnderstudyConformance
import UnderstudyTestSupport

@Suite(.enabled(if: OracleServer.isAvailable(for: "recording from redis-server"))) struct RecordTests {
  @Test func gapsAreFilledWithWhatCame() throws {
    let server = try OracleServer()
    let target = Target(server.tcp)
    let recorder = Recorder(SuiteRun(target, try target.describe(timeout: 10_000)))
    let filled = try recorder.fill(
      Array(
        """
        == a
        # Prose stays.
        > SET k v
        > GET k
        > GET missing
        > LPOP missing 1
        > ZADD z 1.5 m
        > ZRANGE z 0 -1 WITHSCORES
        > HSET h f v
        > HGETALL h
        > XADD s 1-1 f v
        > XREAD STREAMS s 0
        a> BLPOP l 0
        a blocked
        > RPUSH l x
        a< ?
        > PING
        +PONG
        """.utf8), path: "a/b.case")
    #expect(filled.problems == [])
    #expect(
      filled.text == """
        == a
        # Prose stays.
        > SET k v
        +OK
        > GET k
        "v"
        > GET missing
        null
        > LPOP missing 1
        nullarray
        > ZADD z 1.5 m
        :1
        > ZRANGE z 0 -1 WITHSCORES
        *<pairs>[ "m" ,1.5 ]
        > HSET h f v
        :1
        > HGETALL h
        %{ "f" "v" }
        > XADD s 1-1 f v
        "1-1"
        > XREAD STREAMS s 0
        2| *[ *[ "s" *[ *[ "1-1" *[ "f" "v" ] ] ] ] ]
        3| %{ "s" *[ *[ "1-1" *[ "f" "v" ] ] ] }
        a> BLPOP l 0
        a blocked
        > RPUSH l x
        :1
        a< *[ "l" "x" ]
        > PING
        +PONG
        """)
    // What was written is a case, and true.
    _ = try parse(filled.text)
  }

  @Test func twoServersDifferWhereTheyDo() throws {
    let (one, other) = (try OracleServer(), try OracleServer(["--set-max-intset-entries", "0"]))
    let ports = [one, other].map { server in
      if case .tcp(let host, let port) = server.tcp { "\(host):\(port)" } else { "" }
    }
    let output = "/tmp/understudy-conformance-diff.txt"
    #expect(Program.main(["diff", ports[0], ports[0], "--filter", "keys/keys.case OBJECT*"]) == 0)
    #expect(Program.main(["diff", ports[0], ports[1], "--filter", "keys/keys.case OBJECT*", "--output", output]) == 1)
  }
}
