// MIGRATE between servers of one loop, and between these and a redis-server.

import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct MigrateTests {
  private func client(_ redis: RedisServer) throws -> RawClient {
    try RawClient(.tcp(host: redis.host, port: redis.port))
  }

  /// A call whose words stand in one string; `""` is an empty word.
  @discardableResult
  private func call(_ client: RawClient, _ words: String) throws -> String {
    let words = words.split(separator: " ").map { $0 == "\"\"" ? "" : String($0) }
    return String(decoding: try client.rawCommand(words.map { Argument($0) }), as: UTF8.self)
  }

  private let keys = ["string", "number", "list", "set", "zset", "hash", "stream"]

  private func fill(_ client: RawClient) throws {
    for words in [
      "SET string value PX 1000000", "SET number 42", "RPUSH list a b c", "SADD set 1 2 3", "ZADD zset 1.5 a 2 b",
      "HSET hash f v g w", "XADD stream 5-5 f v", "XGROUP CREATE stream group 0",
    ] { try call(client, words) }
  }

  private func expectAll(_ client: RawClient) throws {
    #expect(try call(client, "GET string") == "$5\r\nvalue\r\n")
    #expect(try call(client, "GET number") == "$2\r\n42\r\n")
    #expect(try call(client, "LRANGE list 0 -1") == "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n")
    #expect(try call(client, "SMEMBERS set") == "*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n")
    #expect(try call(client, "ZSCORE zset a") == "$3\r\n1.5\r\n")
    #expect(try call(client, "HGET hash g") == "$1\r\nw\r\n")
    #expect(try call(client, "XLEN stream") == ":1\r\n")
    let lifetime = try call(client, "PTTL string")
    #expect((Int(lifetime.filter(\.isNumber)) ?? 0) > 900_000)
  }

  private func target(_ server: RedisServer) -> String { "\(server.host) \(server.port)" }

  @Test func keysMoveWithinOneLoop() async throws {
    let (home, away) = (try await RedisServer.start(), try await RedisServer.start())
    let (here, there) = (try client(home), try client(away))
    try fill(here)
    #expect(try call(here, "MIGRATE \(target(away)) none 0 5000") == "+NOKEY\r\n")
    #expect(try call(here, "MIGRATE \(target(away)) number 3 5000 COPY") == "+OK\r\n")
    try call(there, "SELECT 3")
    #expect(try call(there, "GET number") == "$2\r\n42\r\n" && call(here, "GET number") == "$2\r\n42\r\n")
    try call(there, "SELECT 0")
    #expect(
      try call(here, "MIGRATE \(target(away)) \"\" 0 5000 KEYS \(keys.joined(separator: " ")) none") == "+OK\r\n")
    #expect(try call(here, "DBSIZE") == ":0\r\n")
    try expectAll(there)
    // One that is there already stays, and the others go all the same.
    try call(here, "MSET string other new value")
    #expect(
      try call(here, "MIGRATE \(target(away)) \"\" 0 5000 KEYS string new")
        == "-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n")
    #expect(try call(here, "KEYS *") == "*1\r\n$6\r\nstring\r\n" && call(there, "GET new") == "$5\r\nvalue\r\n")
    #expect(try call(here, "MIGRATE \(target(away)) string 0 5000 REPLACE") == "+OK\r\n")
    #expect(try call(there, "GET string") == "$5\r\nother\r\n")
    await home.stop()
    await away.stop()
  }

  @Test(.enabled(if: OracleServer.isAvailable(for: "MigrateTests"))) func toARealServerAndBack() async throws {
    let oracle = try OracleServer()
    var options = RedisServer.Options()
    options.version = "7.0"
    let home = try await RedisServer.start(options)
    guard case .tcp(let host, let port) = oracle.tcp else { return }
    let (here, there) = (try client(home), try RawClient(oracle.tcp))
    try fill(here)
    let all = keys.joined(separator: " ")
    #expect(try call(here, "MIGRATE \(host) \(port) \"\" 0 5000 KEYS \(all)") == "+OK\r\n")
    #expect(try call(here, "DBSIZE") == ":0\r\n")
    try expectAll(there)
    #expect(try call(there, "MIGRATE \(target(home)) \"\" 0 5000 KEYS \(all)") == "+OK\r\n")
    #expect(try call(there, "DBSIZE") == ":0\r\n")
    try expectAll(here)
    await home.stop()
  }

  @Test func passwords() async throws {
    var options = RedisServer.Options()
    options.password = "secret"
    let (home, away) = (try await RedisServer.start(), try await RedisServer.start(options))
    let here = try client(home)
    try call(here, "SET k v")
    let refused = "-ERR Target instance replied with error: "
    #expect(try call(here, "MIGRATE \(target(away)) k 0 5000") == refused + "NOAUTH Authentication required.\r\n")
    #expect(try call(here, "MIGRATE \(target(away)) k 0 5000 AUTH wrong").hasPrefix(refused + "WRONGPASS "))
    #expect(
      try call(here, "MIGRATE \(target(away)) k 99 5000 AUTH secret") == refused + "ERR DB index is out of range\r\n")
    #expect(try call(here, "MIGRATE \(target(away)) k 0 5000 COPY REPLACE AUTH2 default secret") == "+OK\r\n")
    #expect(try call(here, "MIGRATE \(target(away)) k 0 5000 REPLACE AUTH secret") == "+OK\r\n")
    #expect(try call(here, "EXISTS k") == ":0\r\n")
    await home.stop()
    await away.stop()
    await away.stop()
  }

  @Test func whatCannotBeReached() async throws {
    let home = try await RedisServer.start()
    let here = try client(home)
    try call(here, "SET k v")
    #expect(try call(here, "MIGRATE 127.0.0.1 1 k 0 5000") == "-IOERR error or timeout writing to target instance\r\n")
    #expect(try call(here, "MIGRATE 127.0.0.1 x k 0 5000") == "-IOERR error or timeout writing to target instance\r\n")
    // While it waits for itself it cannot answer.
    #expect(
      try call(here, "MIGRATE \(target(home)) k 0 50") == "-IOERR error or timeout reading to target instance\r\n")
    #expect(try call(here, "GET k") == "$1\r\nv\r\n")
    for (words, error) in [
      ("k x 5000", "value is not an integer or out of range"), ("k 0 x", "value is not an integer or out of range"),
      ("k 0 5000 foo", "syntax error"), ("k 0 5000 AUTH", "syntax error"), ("k 0 5000 AUTH2 a", "syntax error"),
      ("k 0 5000 KEYS a", "When using MIGRATE KEYS option, the key argument must be set to the empty string"),
    ] { #expect(try call(here, "MIGRATE 127.0.0.1 1 \(words)") == "-ERR \(error)\r\n") }
    #expect(try call(here, "MIGRATE 127.0.0.1 1 \"\" 0 5000 KEYS") == "+NOKEY\r\n")
    #expect(try call(here, "EVAL return(redis.call('migrate','127.0.0.1','1','k','0','100')) 0").hasPrefix("-ERR"))
    #expect(throws: RedisServerError.self) { try home.call("MIGRATE", "127.0.0.1", "1", "k", "0", "100") }
    await home.stop()
  }

  @Test func transactionsGoOnBehindIt() async throws {
    let (home, away) = (try await RedisServer.start(), try await RedisServer.start())
    let (here, there) = (try client(home), try client(away))
    for words in ["MULTI", "SET k v", "MIGRATE \(target(away)) k 0 5000", "EXISTS k", "SET k w"] { try call(here, words) }
    #expect(try call(here, "EXEC") == "*4\r\n+OK\r\n+OK\r\n:0\r\n+OK\r\n")
    #expect(try call(there, "GET k") == "$1\r\nv\r\n" && call(here, "GET k") == "$1\r\nw\r\n")
    await home.stop()
    await away.stop()
  }

  /// Nothing changes while keys are on their way: others wait, and other servers do not.
  @Test func othersWaitOtherServersDoNot() async throws {
    let (home, other) = (try await RedisServer.start(), try await RedisServer.start())
    let (here, second, elsewhere) = (try client(home), try client(home), try client(other))
    try call(here, "SET k v")
    try here.sendCommand(["MIGRATE", Argument(home.host), Argument(home.port), "k", "0", "300"])
    try wait(until: "everything waits") { (try? home.call("PING")) == nil }
    try second.sendCommand(["SET", "k", "w"])
    #expect(try call(elsewhere, "PING") == "+PONG\r\n")
    #expect(try here.receive() == Array("-IOERR error or timeout reading to target instance\r\n".utf8))
    #expect(try second.receive() == Array("+OK\r\n".utf8))
    await home.stop()
    await other.stop()
  }

  /// What is due meanwhile stays due: nothing expires while keys are on their way, and nobody waits for that.
  @Test(.timeLimit(.minutes(1))) func timeGoesOnMeanwhile() async throws {
    let (home, away) = (try await RedisServer.start(), try await RedisServer.start())
    let here = try client(home)
    // It does not answer.
    try call(try client(away), "CLIENT PAUSE 100000")
    try home.clock(.data).freeze()
    try call(here, "SET k v PX 1000")
    try here.sendCommand(["MIGRATE", Argument(away.host), Argument(away.port), "k", "0", "300"])
    try wait(until: "everything waits") { (try? home.call("PING")) == nil }
    try home.clock(.data).advance(by: .seconds(2))
    #expect(try here.receive() == Array("-IOERR error or timeout reading to target instance\r\n".utf8))
    #expect(try call(here, "EXISTS k") == ":0\r\n")
    await home.stop()
  }

  /// What it cost is all of its time.
  @Test func itIsMeasured() async throws {
    let home = try await RedisServer.start()
    let here = try client(home)
    for words in ["CONFIG SET slowlog-log-slower-than 20000", "SET k v"] { try call(here, words) }
    #expect(try call(here, "MIGRATE \(target(home)) k 0 30").hasPrefix("-IOERR"))
    #expect(try call(here, "SLOWLOG GET").contains("$7\r\nMIGRATE\r\n"))
    await home.stop()
  }

  @Test func aServerThatIsStoppedMeanwhileGoesOnLater() async throws {
    let home = try await RedisServer.start()
    let here = try client(home)
    try call(here, "SET k v")
    try here.sendCommand(["MIGRATE", Argument(home.host), Argument(home.port), "k", "0", "100000"])
    try wait(until: "everything waits") { (try? home.call("PING")) == nil }
    await home.stop()
    try await home.start()
    #expect(try home.get("k") == "v")
    await home.stop()
  }

  /// Who goes away before the answer does not stop it for the others.
  @Test func whoHasGoneIsNotWaitedFor() async throws {
    let home = try await RedisServer.start()
    do {
      let here = try client(home)
      try call(here, "SET k v")
      try here.sendCommand(["MIGRATE", Argument(home.host), Argument(home.port), "k", "0", "100"])
      try wait(until: "everything waits") { (try? home.call("PING")) == nil }
    }
    try wait(until: "it goes on") { (try? home.get("k")) == "v" }
    await home.stop()
  }
}
