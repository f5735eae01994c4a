// Client-side caching, compared with the real server: what clients read, word for word, in both protocols.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "TrackingOracleTests")))
struct TrackingOracleTests {
  @Test(arguments: [2, 3]) func plain(version: Int) throws {
    let talk = try OracleConversation(["c": version, "w": 2])
    for (name, calls) in [
      ("c", "CLIENT TRACKINGINFO|CLIENT GETREDIR|CLIENT TRACKING ON|CLIENT TRACKINGINFO|CLIENT GETREDIR"),
      ("c", "GET a"), ("w", "SET a 1"), ("w", "SET a 2"),
      // One's own changes are told behind one's own replies.
      ("c", "GET a|SET a 3|GET a|INCR a|PING"),
      ("c", "GET a|MULTI|SET a 3|GET a|SET a 4|EXEC|PING"),
      ("c", "GET a|FLUSHDB|PING"), ("c", "GET a"), ("w", "FLUSHALL"), ("w", "FLUSHDB"),
      ("c", "RPUSH l 1|LRANGE l 0 -1|MULTI|RPUSH l a|FLUSHALL|GET l|SET l 1|EXEC|PING"),
      ("c", "MGET t1 t2 t3|EXISTS t4|TYPE t5|TTL t6|STRLEN t7|SORT_RO t8|LCS t9 t10"),
      ("w", "MSET t1 1 t2 1 t3 1 t4 1 t5 1 t6 1 t7 1 t8 1 t9 1 t10 1"),
      ("c", "GETEX t1|SORT t2|WATCH t3|UNWATCH|TOUCH t4|OBJECT ENCODING t5|DUMP t6"),
      ("w", "DEL t1 t2 t3 t4 t5 t6"),
      // Names, not databases.
      ("c", "GET m"), ("w", "SELECT 1|SET m 1|SELECT 0"),
      ("w", "SET m 1|SET n 1|SET o 1|SADD s 1"), ("c", "GET m|GET n|GET o"),
      ("w", "EXPIRE m 100|PERSIST m|TOUCH m|RENAME n p|COPY o q|MOVE o 2|COPY m o"),
      ("c", "GET m"), ("w", "SWAPDB 0 3|SWAPDB 0 3|GET m|SET m 1 NX|SET m 1 XX"),
      // Keys without counterparts are not noted.
      ("c", "XREAD STREAMS b d x|XREAD STREAMS e f 0 0"), ("w", "SET b 1|SET d 1|SET e 1|SET f 1|FLUSHALL"),
      ("c", "KEYS none|DBSIZE|XREAD STREAMS x 0|GEORADIUS g 1 1 1 m"), ("w", "XADD x 1-1 a b|GEOADD g 1 1 a"),
      ("c", "SUBSCRIBE ch|UNSUBSCRIBE"),
      ("c", "MULTI|CLIENT TRACKING OFF|GET q|CLIENT TRACKING ON|GET r|EXEC"), ("w", "MSET q 1 r 1"),
      ("c", "GET q|CLIENT TRACKING OFF|CLIENT TRACKING OFF|CLIENT TRACKINGINFO"), ("w", "SET q 1"),
      ("c", "CLIENT TRACKING ON|GET q|RESET"), ("w", "SET q 1"),
    ] { try talk.say(name, version == 3 && calls.hasSuffix("RESET") ? "PING" : calls) }
  }

  @Test(arguments: [2, 3]) func whatIsRefused(version: Int) throws {
    let talk = try OracleConversation(["c": version])
    for calls in [
      "CLIENT TRACKING", "CLIENT TRACKING MAYBE", "CLIENT TRACKING ON FOO", "CLIENT TRACKING ON REDIRECT",
      "CLIENT TRACKING ON BCAST PREFIX", "CLIENT TRACKING MAYBE PREFIX x", "CLIENT TRACKING ON PREFIX x",
      "CLIENT TRACKING ON REDIRECT 0", "CLIENT TRACKING ON REDIRECT -1", "CLIENT TRACKING ON REDIRECT x",
      "CLIENT TRACKING ON REDIRECT 99999", "CLIENT TRACKING ON REDIRECT @c REDIRECT @c", "CLIENT TRACKING ON OPTIN OPTOUT",
      "CLIENT TRACKING ON BCAST OPTIN", "CLIENT TRACKING OFF BCAST PREFIX a", "CLIENT CACHING YES", "CLIENT CACHING",
      "CLIENT CACHING MAYBE", "CLIENT TRACKING ON|CLIENT CACHING YES|CLIENT CACHING NO|CLIENT CACHING MAYBE",
      "CLIENT TRACKING ON BCAST", "CLIENT TRACKING ON OPTIN|CLIENT TRACKINGINFO|CLIENT TRACKING ON OPTOUT",
      "CLIENT CACHING NO", "CLIENT TRACKING ON|CLIENT TRACKINGINFO", "CLIENT TRACKING OFF|CLIENT TRACKING ON BCAST",
      "CLIENT TRACKING ON OPTIN OPTOUT", "CLIENT TRACKING ON", "CLIENT TRACKINGINFO",
      "CLIENT TRACKING OFF|CLIENT TRACKING ON BCAST PREFIX foo PREFIX ba|CLIENT TRACKINGINFO",
      "CLIENT TRACKING ON BCAST PREFIX foo", "CLIENT TRACKING ON BCAST PREFIX fo", "CLIENT TRACKING ON BCAST PREFIX foob",
      "CLIENT TRACKING ON BCAST PREFIX zz PREFIX zza", "CLIENT TRACKING ON BCAST PREFIX zy|CLIENT TRACKINGINFO",
      "CLIENT TRACKING ON BCAST|CLIENT TRACKINGINFO", "CLIENT TRACKING ON BCAST PREFIX \"\"",
      "CLIENT TRACKING ON BCAST NOLOOP|CLIENT TRACKINGINFO",
    ] { try talk.say("c", calls) }
  }

  @Test(arguments: [2, 3]) func options(version: Int) throws {
    let talk = try OracleConversation(["c": version, "w": 2])
    for (name, calls) in [
      ("c", "CLIENT TRACKING ON NOLOOP|GET a|SET a 1|GET a|FLUSHALL|PING"), ("c", "GET a"), ("w", "SET a 1"),
      ("c", "CLIENT TRACKING OFF|CLIENT TRACKING ON OPTIN"),
      ("c", "CLIENT CACHING YES|CLIENT TRACKINGINFO|CLIENT GETNAME|CLIENT TRACKINGINFO|PING|CLIENT TRACKINGINFO"),
      ("c", "CLIENT CACHING YES|GET o1|GET o2"), ("w", "MSET o1 1 o2 1"),
      ("c", "CLIENT CACHING YES|FOO|GET o1"), ("c", "CLIENT CACHING YES|GET|GET o1"), ("w", "MSET o1 1 o2 1"),
      ("c", "CLIENT CACHING YES|MULTI|GET o1|GET o2|EXEC|GET o3"), ("w", "MSET o1 1 o2 1 o3 1"),
      ("c", "MULTI|CLIENT CACHING YES|GET o1|GET o2|EXEC|GET o3"), ("w", "MSET o1 1 o2 1 o3 1"),
      ("c", "CLIENT TRACKING OFF|CLIENT TRACKING ON OPTOUT|CLIENT CACHING YES"),
      ("c", "CLIENT CACHING NO|CLIENT TRACKINGINFO|GET o1|GET o2"), ("w", "MSET o1 1 o2 1"),
    ] { try talk.say(name, calls) }
  }

  @Test(arguments: [2, 3]) func prefixes(version: Int) throws {
    let talk = try OracleConversation(["c": version, "w": 2])
    for (name, calls) in [
      ("c", "CLIENT TRACKING ON BCAST PREFIX foo PREFIX ba"),
      ("w", "SET foo1 1|SET bar 1|SET foo2 2|SET x 1|SET foo1 2"),
      // Behind everything that was sent in one piece.
      ("c", "SET foo1 1|PING|SET foo2 1|PING"), ("w", "MULTI|SET foo1 1|DEL foo1|SET foo3 1|EXEC"),
      ("w", "SET fo 1|SET f 1|SET \"\" 1"), ("w", "FLUSHALL"), ("c", "FLUSHALL|PING"),
      ("c", "CLIENT TRACKING ON BCAST"), ("w", "MSET foo1 1 foo2 2 bar 1 \"\" 1"),
      ("c", "CLIENT TRACKING OFF|CLIENT TRACKING ON BCAST NOLOOP"), ("c", "SET foo1 1|PING"), ("w", "SET foo1 1"),
      // What a script changes is not its caller's doing.
      ("c", "EVAL redis.call('SET',KEYS[1],'x') 1 foo1|PING"), ("c", "MULTI|SET foo1 1|EXEC|PING"),
      ("c", "CLIENT TRACKING OFF"), ("w", "SET foo1 1"),
    ] { try talk.say(name, calls) }
  }

  @Test(arguments: [2, 3], [2, 3]) func redirection(version: Int, other: Int) throws {
    let talk = try OracleConversation(["c": version, "t": other, "w": 2])
    for (name, calls) in [
      ("c", "CLIENT TRACKING ON REDIRECT @t|CLIENT TRACKINGINFO|GET a"), ("w", "SET a 1"),
      ("t", "SUBSCRIBE __redis__:invalidate"), ("c", "GET a"), ("w", "SET a 1"), ("c", "GET a|SET a 1|PING"),
      ("c", "GET a"), ("w", "FLUSHALL"), ("c", "GET a|FLUSHALL"),
      ("t", "UNSUBSCRIBE"), ("t", "PSUBSCRIBE x*"), ("c", "GET a"), ("w", "SET a 1"),
      ("c", "CLIENT TRACKING OFF|CLIENT TRACKING ON BCAST REDIRECT @t"), ("w", "MSET a 1 b 2"), ("c", "SET a 2"),
    ] { try talk.say(name, calls) }
    if other == 3 {
      // Amid the reply, before 7.2.
      try talk.say("c", "CLIENT TRACKING OFF|CLIENT TRACKING ON REDIRECT @t|MGET a b")
      try talk.say("t", "MULTI|SET a 1|PING|SET b 1|EXEC|PING")
    }
  }

  @Test(arguments: [2, 3]) func aRedirectionThatBreaks(version: Int) throws {
    let talk = try OracleConversation(["c": version, "t": 3, "w": 2])
    try talk.say("c", "CLIENT TRACKING ON REDIRECT @t|GET a|CLIENT TRACKINGINFO")
    try talk.say("w", "CLIENT KILL ID @t", closes: "t")
    for (name, calls) in [
      ("c", "CLIENT TRACKINGINFO"), ("w", "SET a 1"), ("c", "CLIENT TRACKINGINFO|GET a"), ("w", "SET a 1"),
      ("c", "CLIENT TRACKING ON|CLIENT TRACKINGINFO"),
    ] { try talk.say(name, calls) }
  }

  /// Before 7.2 what a script reads counts as a reading of the keys it was given.
  @Test func scripts() throws {
    let talk = try OracleConversation(["c": 3, "w": 2])
    for (name, calls) in [
      ("c", "CLIENT TRACKING ON"),
      ("c", "EVAL return(redis.call('GET','s1')) 1 s2"), ("w", "SET s1 1"), ("w", "SET s2 1"),
      ("c", "EVAL redis.call('GET',KEYS[1])return(redis.call('SET',KEYS[1],'x')) 1 s2|PING"),
      ("c", "EVAL return(1) 1 s2"), ("w", "SET s2 1"),
      ("c", "EVAL_RO return(redis.call('GET',KEYS[1])) 1 s2"), ("w", "SET s2 1"),
      ("c", "EVAL_RO return(1) 1 s2"), ("w", "SET s2 1"),
      ("c", "CLIENT TRACKING OFF|EVAL return(redis.call('GET',KEYS[1])) 1 s2"), ("w", "SET s2 1"),
    ] { try talk.say(name, calls) }
  }

  @Test func clientsThatWait() throws {
    let talk = try OracleConversation(["c": 3, "w": 2])
    try talk.say("c", "CLIENT TRACKING ON|LRANGE l 0 -1|LRANGE k 0 -1")
    try talk.say("w", "RPUSH l x|BLPOP l 1|RPUSH k x|LPOP k")
  }

  @Test func figures() throws {
    let both = try OracleComparison()
    for call in [["CLIENT", "TRACKING", "ON"], ["MGET", "a", "b", "c"]] {
      for name in ["one", "two"] { _ = try both.replies(call, as: name, protocol: 3) }
    }
    _ = try both.replies(["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "a", "PREFIX", "b"], as: "three", protocol: 3)
    _ = try both.replies(["CLIENT", "TRACKING", "OFF"], as: "two", protocol: 3)
    let (ours, theirs) = try both.replies(["INFO", "everything"], protocol: 2)
    func lines(_ text: String) -> [Substring] { text.split(separator: "\r\n").filter { $0.hasPrefix("tracking_") } }
    #expect(lines(ours) == lines(theirs) && lines(ours).count == 4)
    let (list, otherList) = try both.replies(["CLIENT", "LIST"], protocol: 2)
    func fields(_ text: String) -> [Substring] {
      text.split { " \n".contains($0) }.filter { $0.hasPrefix("flags=") || $0.hasPrefix("redir=") }
    }
    #expect(fields(list) == fields(otherList))
  }
}
