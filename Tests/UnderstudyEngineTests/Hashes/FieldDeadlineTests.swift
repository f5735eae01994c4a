// Deadlines of hash fields, under a data clock that stands still until the test moves it. What is expected is what the
// documentation and the tests of Redis 7.4 and 8.0 say.

import Testing

@testable import UnderstudyEngine

@Suite struct FieldDeadlineTests {
  private let harness: EngineHarness
  private let client: HarnessClient
  private static let start: Int64 = 1_700_000_000_000

  init() {
    var configuration = Configuration()
    configuration.emulatedVersion = "8.0.0"
    harness = EngineHarness(configuration)
    client = harness.client()
    set(0)
    harness.engine.withLock { harness.engine.freeze(.data) }
    set(0)
  }

  /// Sets the data clock to so many milliseconds behind the start.
  private func set(_ milliseconds: Int64) {
    harness.engine.withLock { _ = harness.engine.set(.data, microseconds: (Self.start + milliseconds) * 1000) }
  }

  private func expireActively(_ isOn: Bool) {
    harness.engine.withLock { harness.engine.configuration.expiresActively = isOn }
  }

  /// Makes hashes large from the first field on.
  private func useTables() { client.call("CONFIG", "SET", "hash-max-listpack-entries", "0") }

  /// A call whose words stand in one string.
  private func call(_ words: String) -> String {
    client.raw(HarnessClient.frame(words.split(separator: " ").map(String.init)))
  }

  private func integers(_ values: Int64...) -> String {
    values.reduce("*\(values.count)\r\n") { $0 + ":\($1)\r\n" }
  }

  @Test func anOlderVersionKnowsNoneOfIt() {
    for version: Version in ["7.0.0", "7.2.0"] {
      var configuration = Configuration()
      configuration.emulatedVersion = version
      let client = EngineHarness(configuration).client()
      for name in ["HEXPIRE", "HPTTL", "HPERSIST", "HGETEX", "HSETEX", "HGETDEL"] {
        #expect(client.call(name, "k").hasPrefix("-ERR unknown command '\(name)'"))
      }
    }
    var configuration = Configuration()
    configuration.emulatedVersion = "7.4.0"
    let client = EngineHarness(configuration).client()
    #expect(client.call("HTTL", "k", "FIELDS", "1", "f") == "*1\r\n:-2\r\n")
    #expect(client.call("HGETEX", "k", "FIELDS", "1", "f").hasPrefix("-ERR unknown command"))
  }

  @Test(arguments: [false, true])
  func deadlinesAreToldInAllUnits(large: Bool) {
    if large { useTables() }
    _ = call("HSET h a 1 b 2 c 3")
    #expect(call("HPEXPIRE h 1500 FIELDS 2 a none") == integers(1, -2))
    #expect(call("HPTTL h FIELDS 3 a b none") == integers(1500, -1, -2))
    #expect(call("HTTL h FIELDS 1 a") == integers(2))
    set(1)
    #expect(call("HPTTL h FIELDS 1 a") == integers(1499))
    #expect(call("HPEXPIRETIME h FIELDS 2 a b") == integers(Self.start + 1500, -1))
    #expect(call("HEXPIRETIME h FIELDS 1 a") == integers(1_700_000_002))
    #expect(call("HEXPIREAT h 1700000100 FIELDS 1 b") == integers(1))
    #expect(call("HTTL h FIELDS 1 b") == integers(100))
    #expect(call("HPEXPIREAT h 1700000000500 FIELDS 1 c") == integers(1))
    #expect(call("HPTTL h FIELDS 1 c") == integers(499))
    #expect(call("HPERSIST h FIELDS 3 a c none") == integers(1, 1, -2))
    #expect(call("HPERSIST h FIELDS 1 a") == integers(-1))
    #expect(call("OBJECT ENCODING h") == (large ? "$9\r\nhashtable\r\n" : "$10\r\nlistpackex\r\n"))
    for look in ["HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME", "HPERSIST"] {
      #expect(call("\(look) nosuch FIELDS 2 a b") == integers(-2, -2))
    }
    #expect(call("HEXPIRE nosuch 10 FIELDS 2 a b") == integers(-2, -2))
    #expect(call("EXISTS nosuch") == ":0\r\n")
  }

  @Test(arguments: [false, true])
  func conditions(large: Bool) {
    if large { useTables() }
    _ = call("HSET h a 1 b 2")
    #expect(call("HEXPIRE h 100 XX FIELDS 1 a") == integers(0))
    #expect(call("HEXPIRE h 100 GT FIELDS 1 a") == integers(0))
    #expect(call("HEXPIRE h 100 LT FIELDS 1 a") == integers(1))
    #expect(call("HEXPIRE h 200 NX FIELDS 2 a b") == integers(0, 1))
    #expect(call("HEXPIRE h 100 GT FIELDS 2 a b") == integers(0, 0))
    #expect(call("HEXPIRE h 100 LT FIELDS 2 a b") == integers(0, 1))
    #expect(call("HEXPIRE h 101 gt FIELDS 2 a b") == integers(1, 1))
    #expect(call("HEXPIRE h 7 xx FIELDS 2 a b") == integers(1, 1))
    #expect(call("HTTL h FIELDS 2 a b") == integers(7, 7))
  }

  @Test func whatIsWrongIsToldInOrder() {
    _ = call("SET s v")
    _ = call("HSET h a 1")
    let wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
    #expect(call("HEXPIRE s x FOO 0 a") == wrongType)
    #expect(call("HTTL s FOO 0 a") == wrongType)
    #expect(call("HPERSIST s FOO 0 a") == wrongType)
    #expect(call("HEXPIRE h x FOO 0 a") == "-ERR value is not an integer or out of range\r\n")
    #expect(call("HEXPIRE h -1 FIELDS 1 a") == "-ERR invalid expire time, must be >= 0\r\n")
    #expect(call("HEXPIRE h -9223372036854775808 FIELDS 1 a") == "-ERR invalid expire time, must be >= 0\r\n")
    #expect(call("HEXPIRE h 281474976710 FIELDS 1 a") == "-ERR invalid expire time in 'hexpire' command\r\n")
    #expect(
      call("HPEXPIRE h 9223372036854775807 FIELDS 1 a") == "-ERR invalid expire time in 'hpexpire' command\r\n")
    #expect(
      call("HEXPIREAT h 9223372036854775807 FIELDS 1 a") == "-ERR invalid expire time in 'hexpireat' command\r\n")
    // The last moment of all, and the first behind it.
    let last: Int64 = (1 << 46) - 1
    #expect(call("HPEXPIREAT h \(last + 1) FIELDS 1 a") == "-ERR invalid expire time in 'hpexpireat' command\r\n")
    #expect(call("HPEXPIRE h \(last + 1 - Self.start) FIELDS 1 a").hasPrefix("-ERR invalid expire time in"))
    #expect(call("HPEXPIREAT h \(last) FIELDS 1 a") == integers(1))
    #expect(call("HPEXPIRE h \(last - Self.start) FIELDS 1 a") == integers(1))
    let missing = "-ERR Mandatory argument FIELDS is missing or not at the right position\r\n"
    #expect(call("HEXPIRE h 1 FOO 0 a") == missing)
    #expect(call("HEXPIRE h 1 NX FOO 1 a") == missing)
    #expect(call("HEXPIRE h 1 NX XX FIELDS 1 a") == missing)
    #expect(call("HTTL h FOO 1 a") == missing)
    #expect(call("HPERSIST h FOO 1 a") == missing)
    for count in ["0", "-1", "x", "9223372036854775808"] {
      let text = "-ERR Parameter `numFields` should be greater than 0\r\n"
      #expect(call("HEXPIRE h 1 FIELDS \(count) a") == text)
      #expect(call("HTTL h FIELDS \(count) a") == "-ERR Number of fields must be a positive integer\r\n")
      #expect(call("HPERSIST h FIELDS \(count) a") == "-ERR Number of fields must be a positive integer\r\n")
    }
    let differs = "-ERR The `numfields` parameter must match the number of arguments\r\n"
    for command in ["HEXPIRE h 1", "HTTL h", "HPERSIST h", "HGETDEL h", "HGETEX h", "HGETEX h PERSIST"] {
      #expect(call("\(command) FIELDS 1 a b") == differs, "\(command)")
      #expect(call("\(command) FIELDS 3 a b") == differs, "\(command)")
      #expect(call("\(command) FIELDS 9223372036854775807 a b") == differs, "\(command)")
    }
    #expect(call("HEXPIRE h 1 FIELDS 1").hasPrefix("-ERR wrong number of arguments for 'hexpire'"))
    #expect(call("HTTL h FIELDS 1").hasPrefix("-ERR wrong number of arguments for 'httl'"))
  }

  @Test(arguments: [false, true])
  func aFieldGoesAtItsMillisecond(large: Bool) {
    if large { useTables() }
    for actively in [true, false] {
      expireActively(actively)
      set(0)
      client.call("FLUSHALL")
      _ = call("HSET h a 1 b 2 c 3")
      _ = call("HPEXPIRE h 100 FIELDS 2 a b")
      set(99)
      #expect(call("HGET h a") == "$1\r\n1\r\n")
      set(100)
      let looks: [(String, String)] = [
        ("HGET h a", "$-1\r\n"), ("HMGET h a c", "*2\r\n$-1\r\n$1\r\n3\r\n"), ("HLEN h", ":1\r\n"),
        ("HEXISTS h a", ":0\r\n"), ("HSTRLEN h b", ":0\r\n"), ("HKEYS h", "*1\r\n$1\r\nc\r\n"),
        ("HVALS h", "*1\r\n$1\r\n3\r\n"), ("HGETALL h", "*2\r\n$1\r\nc\r\n$1\r\n3\r\n"),
        ("HRANDFIELD h", "$1\r\nc\r\n"), ("HRANDFIELD h 5", "*1\r\n$1\r\nc\r\n"),
        ("HSCAN h 0", "*2\r\n$1\r\n0\r\n*2\r\n$1\r\nc\r\n$1\r\n3\r\n"), ("HTTL h FIELDS 2 a c", "*2\r\n:-2\r\n:-1\r\n"),
        ("HPERSIST h FIELDS 1 b", "*1\r\n:-2\r\n"), ("HEXPIRE h 5 FIELDS 1 b", "*1\r\n:-2\r\n"),
        ("HDEL h a", ":0\r\n"), ("HSETNX h a 9", ":1\r\n"), ("HINCRBY h b 5", ":5\r\n"),
      ]
      for (look, expected) in looks { #expect(call(look) == expected, "\(look), actively: \(actively)") }
    }
  }

  @Test(arguments: [false, true])
  func theKeyGoesWithItsLastField(large: Bool) {
    if large { useTables() }
    for actively in [true, false] {
      expireActively(actively)
      let looks: [(String, String)] = [
        ("HGET h a", "$-1\r\n"), ("HGETALL h", "*0\r\n"), ("HLEN h", ":0\r\n"), ("HRANDFIELD h 3", "*0\r\n"),
        ("HSCAN h 0", "*2\r\n$1\r\n0\r\n*0\r\n"), ("HDEL h a", ":0\r\n"), ("HINCRBY h a 3", ":3\r\n"),
        ("HINCRBYFLOAT h a 3", "$1\r\n3\r\n"), ("HSET h z 1", ":1\r\n"), ("HGETDEL h FIELDS 1 a", "*1\r\n$-1\r\n"),
        ("HGETEX h EX 9 FIELDS 1 a", "*1\r\n$-1\r\n"), ("HSETEX h FXX FIELDS 1 a 2", ":0\r\n"),
      ]
      for (look, expected) in looks {
        set(0)
        client.call("FLUSHALL")
        _ = call("HSET h a 1 b 2")
        _ = call("HPEXPIRE h 100 FIELDS 1 a")
        _ = call("HPEXPIRE h 50 FIELDS 1 b")
        set(100)
        #expect(call(look) == expected, "\(look), actively: \(actively)")
        let isThere = expected.hasPrefix(":3") || expected == "$1\r\n3\r\n" || expected == ":1\r\n"
        #expect(call("EXISTS h") == (isThere ? ":1\r\n" : ":0\r\n"), "\(look)")
        #expect(call("PTTL h") == (isThere ? ":-1\r\n" : ":-2\r\n"), "\(look)")
      }
    }
  }

  @Test func activeExpiryNeedsNobodyToLook() {
    for index in 0..<300 { _ = call("HSET small\(index) a 1 b 2") }
    _ = call("HSET large keep 1")
    for index in 0..<1000 { _ = call("HSET large f\(index) 1") }
    for index in 0..<300 { _ = call("HPEXPIRE small\(index) 100 FIELDS 2 a b") }
    for index in 0..<1000 { _ = call("HPEXPIRE large 100 FIELDS 1 f\(index)") }
    #expect(call("DBSIZE") == ":301\r\n")
    set(100)
    harness.engine.withLock { harness.engine.settleClocks() }
    #expect(call("DBSIZE") == ":1\r\n")
    #expect(call("HLEN large") == ":1\r\n")
    #expect(call("INFO stats").contains("\r\nexpired_subkeys:1600\r\n"))
    #expect(call("INFO keyspace").contains("db0:keys=1,expires=0,avg_ttl=0,subexpiry=0\r\n"))
  }

  @Test func aClockThatMovesWhileClientsArePausedWaits() {
    _ = call("HSET h a 1 b 2")
    _ = call("HPEXPIRE h 100 FIELDS 1 a")
    _ = call("CLIENT PAUSE 100000 WRITE")
    set(200)
    harness.engine.withLock { harness.engine.settleClocks() }
    // Gone for whoever looks, but not yet removed.
    #expect(call("HGETALL h") == "*2\r\n$1\r\nb\r\n$1\r\n2\r\n")
    #expect(call("HGET h a") == "$-1\r\n")
    #expect(call("INFO stats").contains("\r\nexpired_subkeys:0\r\n"))
    _ = call("CLIENT UNPAUSE")
    #expect(call("INFO stats").contains("\r\nexpired_subkeys:1\r\n"))
    #expect(call("HLEN h") == ":1\r\n")
  }

  @Test(arguments: [false, true])
  func aTimeInThePastDeletes(large: Bool) {
    if large { useTables() }
    _ = call("HSET h a 1 b 2 c 3")
    #expect(call("HPEXPIRE h 0 FIELDS 2 a a") == integers(2, -2))
    #expect(call("HEXPIREAT h 1 NX FIELDS 1 b") == integers(2))
    #expect(call("HEXPIREAT h 1 XX FIELDS 1 c") == integers(0))
    #expect(call("HGETALL h") == "*2\r\n$1\r\nc\r\n$1\r\n3\r\n")
    #expect(call("HPEXPIREAT h 1 FIELDS 1 c") == integers(2))
    #expect(call("EXISTS h") == ":0\r\n")
  }

  @Test(arguments: [false, true])
  func settingDropsTheDeadlineAndIncrementingKeepsIt(large: Bool) {
    if large { useTables() }
    _ = call("HSET h a 1 b 2 c 3")
    _ = call("HEXPIRE h 100 FIELDS 3 a b c")
    _ = call("HSET h a 5")
    _ = call("HINCRBY h b 5")
    _ = call("HINCRBYFLOAT h c 0.5")
    #expect(call("HTTL h FIELDS 3 a b c") == integers(-1, 100, 100))
    #expect(call("HMGET h a b c") == "*3\r\n$1\r\n5\r\n$1\r\n7\r\n$3\r\n3.5\r\n")
    _ = call("HMSET h b x")
    _ = call("HDEL h c")
    _ = call("HSET h c 1")
    #expect(call("HTTL h FIELDS 2 b c") == integers(-1, -1))
    set(200_000)
    #expect(call("HLEN h") == ":3\r\n")
  }

  @Test(arguments: [false, true])
  func deadlinesGoWithTheValue(large: Bool) {
    if large { useTables() }
    _ = call("HSET h a 1 b 2")
    _ = call("HPEXPIRE h 100 FIELDS 1 a")
    _ = call("COPY h copy")
    _ = call("COPY h other DB 3")
    _ = call("RENAME h renamed")
    _ = call("COPY renamed moved")
    _ = call("MOVE moved 5")
    #expect(call("HPTTL copy FIELDS 2 a b") == integers(100, -1))
    #expect(call("HPTTL renamed FIELDS 2 a b") == integers(100, -1))
    // One changes, the others do not.
    _ = call("HPEXPIRE copy 500 FIELDS 1 a")
    _ = call("SET victim x")
    _ = call("COPY copy victim REPLACE")
    #expect(call("INFO keyspace").contains("subexpiry=3\r\n"))
    set(100)
    harness.engine.withLock { harness.engine.settleClocks() }
    #expect(call("HLEN copy") == ":2\r\n")
    #expect(call("HLEN victim") == ":2\r\n")
    #expect(call("HLEN renamed") == ":1\r\n")
    for database in [3, 5] {
      _ = call("SELECT \(database)")
      #expect(call("INFO keyspace").contains("db\(database):keys=1,expires=0,avg_ttl=0,subexpiry=0\r\n"))
    }
    _ = call("SELECT 0")
    // What takes the place of such a hash, or removes it, leaves nothing behind in the index.
    _ = call("SET victim x")
    _ = call("DEL copy")
    #expect(call("INFO keyspace").contains("db0:keys=2,expires=0,avg_ttl=0,subexpiry=0\r\n"))
    _ = call("HSET h a 1")
    _ = call("HEXPIRE h 100 FIELDS 1 a")
    _ = call("EXPIRE h 10")
    #expect(call("INFO keyspace").contains("expires=1,avg_ttl=10000,subexpiry=1\r\n"))
    _ = call("SET h x KEEPTTL")
    #expect(call("INFO keyspace").contains("expires=1,avg_ttl=10000,subexpiry=0\r\n"))
    _ = call("HSET i a 1")
    _ = call("HEXPIRE i 100 FIELDS 1 a")
    _ = call("SWAPDB 0 7")
    #expect(call("INFO keyspace").contains("db7:keys=4,expires=1,avg_ttl=10000,subexpiry=1\r\n"))
    _ = call("FLUSHALL")
    set(1_000_000)
    #expect(call("DBSIZE") == ":0\r\n")
  }

  @Test func eventsAreThoseOfRedis() {
    client.call("CONFIG", "SET", "notify-keyspace-events", "KEA")
    let listener = harness.client()
    listener.call("PSUBSCRIBE", "__keyevent@0__:*")
    func events(_ action: () -> Void) -> [String] {
      action()
      let channel = "__keyevent@0__:"
      return listener.pending().split(separator: "\r\n").filter { $0.hasPrefix(channel) && !$0.hasSuffix("*") }
        .map { String($0.dropFirst(channel.count)) }
    }
    #expect(events { _ = call("HSET h a 1 b 2 c 3 d 4") } == ["hset"])
    #expect(events { _ = call("HPEXPIRE h 100 FIELDS 3 a b none") } == ["hexpire"])
    #expect(events { _ = call("HPEXPIRE h 100 NX FIELDS 1 a") } == [])
    #expect(events { _ = call("HPERSIST h FIELDS 2 a c") } == ["hpersist"])
    #expect(events { _ = call("HPERSIST h FIELDS 2 a c") } == [])
    #expect(events { _ = call("HPEXPIREAT h 1 FIELDS 1 a") } == ["hdel"])
    #expect(events { set(100); _ = call("PING") } == ["hexpired"])
    #expect(events { _ = call("HPEXPIREAT h 1 FIELDS 2 c d") } == ["hdel", "del"])
    _ = call("HSET h a 1 b 2")
    _ = call("HPEXPIRE h 100 FIELDS 2 a b")
    _ = listener.pending()
    #expect(events { set(300); _ = call("PING") } == ["hexpired", "del"])
    expireActively(false)
    _ = call("HSET h a 1 b 2")
    _ = call("HPEXPIRE h 100 FIELDS 1 a")
    _ = listener.pending()
    #expect(events { set(500); _ = call("HGET h b") } == ["hexpired"])
    #expect(events { _ = call("HSETEX h FIELDS 1 x 1") } == ["hset"])
    #expect(events { _ = call("HSETEX h EX 10 FIELDS 1 x 1") } == ["hset", "hexpire"])
    #expect(events { _ = call("HSETEX h PXAT 1 FIELDS 1 x 1") } == ["hset", "hdel"])
    #expect(events { _ = call("HGETEX h EX 10 FIELDS 1 b") } == ["hexpire"])
    #expect(events { _ = call("HGETEX h FIELDS 1 b") } == [])
    #expect(events { _ = call("HGETEX h PERSIST FIELDS 1 b") } == ["hpersist"])
    #expect(events { _ = call("HGETEX h PERSIST FIELDS 1 b") } == [])
    #expect(events { _ = call("HGETEX h PXAT 1 FIELDS 1 b") } == ["hdel", "del"])
    _ = call("HSET h a 1 b 2")
    _ = listener.pending()
    #expect(events { _ = call("HGETDEL h FIELDS 2 a none") } == ["hdel"])
    #expect(events { _ = call("HGETDEL h FIELDS 1 b") } == ["hdel", "del"])
  }

  @Test func watchersHearOfExpiredFields() {
    _ = call("HSET h a 1 b 2")
    _ = call("HPEXPIRE h 100 FIELDS 1 a")
    _ = call("WATCH h")
    set(100)
    harness.engine.withLock { harness.engine.settleClocks() }
    _ = call("MULTI")
    _ = call("PING")
    #expect(call("EXEC") == "*-1\r\n")
    _ = call("WATCH h")
    let other = harness.client()
    other.call("HPEXPIRE", "h", "100", "FIELDS", "1", "b")
    _ = call("MULTI")
    _ = call("PING")
    #expect(call("EXEC") == "*-1\r\n")
  }

  @Test func aSortByFieldsSeesNoneThatHasExpired() {
    expireActively(false)
    _ = call("RPUSH l 1 2")
    _ = call("HSET w1 w 9")
    _ = call("HSET w2 w 5")
    #expect(call("SORT l BY w*->w GET w*->w") == "*2\r\n$1\r\n5\r\n$1\r\n9\r\n")
    _ = call("HPEXPIRE w1 100 FIELDS 1 w")
    set(100)
    #expect(call("SORT l BY w*->w GET w*->w") == "*2\r\n$-1\r\n$1\r\n5\r\n")
  }

  @Test func gettingWithDeadlines() {
    _ = call("HSET h a 1 b 2")
    #expect(call("HGETEX h EX 10 FIELDS 2 a none") == "*2\r\n$1\r\n1\r\n$-1\r\n")
    #expect(call("HTTL h FIELDS 2 a b") == integers(10, -1))
    #expect(call("HGETEX h PX 20000 FIELDS 1 a") == "*1\r\n$1\r\n1\r\n")
    #expect(call("HPTTL h FIELDS 1 a") == integers(20_000))
    #expect(call("HGETEX h EXAT 1700000030 FIELDS 1 a") == "*1\r\n$1\r\n1\r\n")
    #expect(call("HTTL h FIELDS 1 a") == integers(30))
    #expect(call("HGETEX h PXAT 1700000040000 FIELDS 1 a") == "*1\r\n$1\r\n1\r\n")
    #expect(call("HTTL h FIELDS 1 a") == integers(40))
    #expect(call("HGETEX h FIELDS 1 a") == "*1\r\n$1\r\n1\r\n")
    #expect(call("HTTL h FIELDS 1 a") == integers(40))
    #expect(call("HGETEX h PERSIST FIELDS 1 a") == "*1\r\n$1\r\n1\r\n")
    #expect(call("HTTL h FIELDS 1 a") == integers(-1))
    #expect(call("HGETEX h PXAT 1 FIELDS 2 a b") == "*2\r\n$1\r\n1\r\n$1\r\n2\r\n")
    #expect(call("EXISTS h") == ":0\r\n")
    #expect(call("HGETEX h EX 5 FIELDS 2 a b") == "*2\r\n$-1\r\n$-1\r\n")
    #expect(call("HGETEX h EX x FIELDS 1 a") == "-ERR value is not an integer or out of range\r\n")
    #expect(call("HGETEX h EX -1 FIELDS 1 a") == "-ERR invalid expire time, must be >= 0\r\n")
    #expect(call("HGETEX h EX 281474976710 FIELDS 1 a") == "-ERR invalid expire time in 'hgetex' command\r\n")
    let missing = "-ERR Mandatory argument FIELDS is missing or not at the right position\r\n"
    #expect(call("HGETEX h FOO 1 FIELDS 1 a") == missing)
    #expect(call("HGETEX h EX 1 PX 1 FIELDS 1 a") == missing)
    #expect(call("HGETEX h EX 1 FIELDS") == "-ERR wrong number of arguments for 'hgetex' command\r\n")
    #expect(call("HGETEX h EX 1 FIELDS 0") == "-ERR Number of fields must be a positive integer\r\n")
    _ = call("SET s v")
    #expect(call("HGETEX s FOO 1 2").hasPrefix("-WRONGTYPE"))
    #expect(call("HGETDEL s FOO 1 2").hasPrefix("-WRONGTYPE"))
    #expect(call("HGETDEL h FOO 1 2") == missing)
    #expect(call("HGETDEL h FIELDS 0 a") == "-ERR Number of fields must be a positive integer\r\n")
  }

  @Test(arguments: [false, true])
  func settingWithDeadlines(large: Bool) {
    if large { useTables() }
    #expect(call("HSETEX h FXX FIELDS 1 a 1") == ":0\r\n")
    #expect(call("EXISTS h") == ":0\r\n")
    #expect(call("HSETEX h FNX EX 10 FIELDS 2 a 1 b 2") == ":1\r\n")
    #expect(call("HTTL h FIELDS 2 a b") == integers(10, 10))
    #expect(call("HSETEX h FNX FIELDS 2 a 5 c 5") == ":0\r\n")
    #expect(call("HSETEX h FXX FIELDS 2 a 5 c 5") == ":0\r\n")
    #expect(call("HSETEX h FXX KEEPTTL FIELDS 2 a 5 b 6") == ":1\r\n")
    #expect(call("HTTL h FIELDS 2 a b") == integers(10, 10))
    #expect(call("HSETEX h FIELDS 1 a 7") == ":1\r\n")
    #expect(call("HTTL h FIELDS 2 a b") == integers(-1, 10))
    #expect(call("HSETEX h PXAT 1 FIELDS 1 a 7") == ":1\r\n")
    #expect(call("HGETALL h") == "*2\r\n$1\r\nb\r\n$1\r\n6\r\n")
    #expect(call("HSETEX h PX 0 FIELDS 1 b 7") == ":1\r\n")
    #expect(call("EXISTS h") == ":0\r\n")
    #expect(call("HSETEX h KEEPTTL FNX FIELDS 1 a 1") == ":1\r\n")
    let expiries = "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified\r\n"
    #expect(call("HSETEX h EX 1 PX 1 FIELDS 1 a 1") == expiries)
    #expect(call("HSETEX h KEEPTTL EX 1 FIELDS 1 a 1") == expiries)
    #expect(call("HSETEX h EX 1 KEEPTTL FIELDS 1 a 1") == expiries)
    #expect(
      call("HSETEX h FXX FNX FIELDS 1 a 1") == "-ERR Only one of FXX or FNX arguments can be specified\r\n")
    #expect(call("HSETEX h FOO 1 FIELDS 1 a 1") == "-ERR unknown argument: FOO\r\n")
    #expect(call("HSETEX h FIELDS 0 a 1") == "-ERR invalid number of fields\r\n")
    #expect(call("HSETEX h FIELDS 2147483648 a 1") == "-ERR invalid number of fields\r\n")
    for wrong in ["FIELDS 2 a 1", "FIELDS 1 a 1 b", "FIELDS 1 a 1 b 2", "EX 10 FIELDS 1"] {
      #expect(call("HSETEX h \(wrong)") == "-ERR wrong number of arguments for 'hsetex' command\r\n", "\(wrong)")
    }
    #expect(call("HSETEX h FNX FXX KEEPTTL EX").hasPrefix("-ERR Only one of FXX"))
    #expect(call("HSETEX h EX 1 KEEPTTL EX").hasPrefix("-ERR Only one of EX"))
    #expect(call("HSETEX h FNX KEEPTTL FOO x") == "-ERR unknown argument: FOO\r\n")
    _ = call("SET s v")
    // The arguments are read before the key is.
    #expect(call("HSETEX s FOO FIELDS 1 a 1") == "-ERR unknown argument: FOO\r\n")
    #expect(call("HSETEX s FIELDS 1 a 1").hasPrefix("-WRONGTYPE"))
  }

  @Test(arguments: testSeeds(4))
  func aDatabaseAndItsIndexAgree(seed: UInt64) {
    var random = TestRandom(seed: seed)
    var now: Int64 = 0
    expireActively(seed % 2 == 0)
    if seed % 3 == 0 { useTables() }
    for step in 0..<1500 {
      let key = "k\(random.next() % 6)"
      let field = "f\(random.next() % 5)"
      let other = "k\(random.next() % 6)"
      let time = 1 + random.next() % 50
      switch random.next() % 16 {
      case 0, 1, 2: _ = call("HSET \(key) \(field) \(step)")
      case 3, 4, 5: _ = call("HPEXPIRE \(key) \(time) FIELDS 1 \(field)")
      case 6: _ = call("HDEL \(key) \(field)")
      case 7: _ = call("DEL \(key)")
      case 8: _ = call("RENAME \(key) \(other)")
      case 9: _ = call("COPY \(key) \(other) REPLACE")
      case 10: _ = call("SET \(key) x PX \(time)")
      case 11: _ = call("MOVE \(key) 1")
      case 12: _ = call("SWAPDB 0 1")
      case 13: _ = call("HSETEX \(key) PX \(time) FIELDS 1 \(field) \(step)")
      case 14: _ = call("HPERSIST \(key) FIELDS 1 \(field)")
      default:
        now += Int64(random.next() % 20)
        set(now)
      }
      expectAgreement("seed \(seed) step \(step)")
    }
  }

  /// The index of each database holds exactly the hashes that it is said to know, none later than due.
  private func expectAgreement(_ note: Comment) {
    harness.engine.withLock {
      for index in 0..<2 {
        unsafe harness.engine.state.pointee.databases[index].table.forEach { entry in
          #expect(entry.kind != .hash || entry.hasFieldDeadlines == entry.hash.keepsDeadlines, note)
        }
        var known = 0
        unsafe harness.engine.state.pointee.databases[index].table.forEach { entry in
          guard entry.hasFieldDeadlines else { return }
          if entry.hash.indexedDeadline != Entry.noDeadline { known += 1 }
          #expect(entry.hash.indexedDeadline <= entry.hash.soonestDeadline, note)
        }
        #expect(unsafe harness.engine.state.pointee.databases[index].fieldExpiry.count == known, note)
      }
    }
  }
}
