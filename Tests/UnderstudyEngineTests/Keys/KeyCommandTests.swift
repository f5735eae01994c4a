// Keys of any kind through the engine, in raw replies as the real server gives them.

import Testing

@testable import UnderstudyEngine

@Suite struct KeyCommandTests {
  private let client = EngineHarness().client()

  /// One key of each kind, by its type.
  private func makeKinds() {
    client.call("SET", "string", "hello")
    client.call("SET", "integer", "42")
    client.call("SET", "long", String(repeating: "x", count: 5000))
    client.call("RPUSH", "list", "a", "b", "c")
    client.call("HSET", "hash", "f", "v", "n", "7")
    client.call("SADD", "set", "1", "2", "x")
    client.call("ZADD", "zset", "1", "a", "2.5", "b")
  }

  @Test func removalAndPresence() {
    makeKinds()
    #expect(client.call("EXISTS", "string", "string", "none", "list") == ":3\r\n")
    #expect(client.call("TOUCH", "string", "none", "zset") == ":2\r\n")
    #expect(client.call("DEL", "string", "string", "none", "hash") == ":2\r\n")
    #expect(client.call("UNLINK", "list", "none") == ":1\r\n")
    #expect(client.call("EXISTS", "string", "hash", "list") == ":0\r\n")
    #expect(client.call("TYPE", "none") == "+none\r\n")
    #expect(client.call("TYPE", "integer") == "+string\r\n")
    #expect(client.call("TYPE", "long") == "+string\r\n")
    #expect(client.call("TYPE", "set") == "+set\r\n")
    #expect(client.call("TYPE", "zset") == "+zset\r\n")
  }

  @Test func renaming() {
    makeKinds()
    #expect(client.call("RENAME", "none", "x") == "-ERR no such key\r\n")
    #expect(client.call("RENAME", "none", "none") == "-ERR no such key\r\n")
    #expect(client.call("RENAME", "string", "string") == "+OK\r\n")
    #expect(client.call("RENAMENX", "string", "string") == ":0\r\n")
    #expect(client.call("RENAMENX", "string", "list") == ":0\r\n")
    client.call("PEXPIREAT", "zset", "33177117420000")
    client.call("EXPIREAT", "list", "33177117420")
    // The deadline is that of what is renamed, whatever the target had.
    #expect(client.call("RENAME", "zset", "list") == "+OK\r\n")
    #expect(client.call("PEXPIRETIME", "list") == ":33177117420000\r\n")
    #expect(client.call("ZRANGE", "list", "0", "-1") == "*2\r\n$1\r\na\r\n$1\r\nb\r\n")
    #expect(client.call("RENAME", "string", "list") == "+OK\r\n")
    #expect(client.call("TTL", "list") == ":-1\r\n")
    #expect(client.call("RENAMENX", "long", "string") == ":1\r\n")
    #expect(client.call("GET", "string") == "$5000\r\n\(String(repeating: "x", count: 5000))\r\n")
    #expect(client.call("EXISTS", "long", "zset") == ":0\r\n")
  }

  @Test func copiesOfAllKindsAreTheirOwn() {
    makeKinds()
    for name in ["string", "integer", "long", "list", "hash", "set", "zset"] {
      #expect(client.call("COPY", name, "copy-\(name)") == ":1\r\n")
      #expect(client.call("COPY", name, "copy-\(name)") == ":0\r\n")
      #expect(client.call("COPY", name, "copy-\(name)", "REPLACE") == ":1\r\n")
      #expect(client.call("OBJECT", "ENCODING", name) == client.call("OBJECT", "ENCODING", "copy-\(name)"))
    }
    // A change of either side is not seen on the other.
    client.call("RPUSH", "copy-list", "d")
    client.call("LPOP", "list")
    client.call("HSET", "hash", "f", "changed")
    client.call("SREM", "copy-set", "x")
    client.call("ZADD", "zset", "9", "a")
    client.call("SET", "long", "short")
    #expect(client.call("LRANGE", "list", "0", "-1") == "*2\r\n$1\r\nb\r\n$1\r\nc\r\n")
    #expect(client.call("LLEN", "copy-list") == ":4\r\n")
    #expect(client.call("HGET", "copy-hash", "f") == "$1\r\nv\r\n")
    #expect(client.call("SCARD", "set") == ":3\r\n")
    #expect(client.call("ZSCORE", "copy-zset", "a") == "$1\r\n1\r\n")
    #expect(client.call("GET", "copy-long").hasPrefix("$5000\r\n"))
    // And each may go without the other.
    client.call("DEL", "list", "hash", "copy-set", "zset", "copy-long")
    #expect(client.call("LLEN", "copy-list") == ":4\r\n")
    #expect(client.call("HLEN", "copy-hash") == ":2\r\n")
    #expect(client.call("SCARD", "set") == ":3\r\n")
  }

  @Test func copiesInTheirLargeForms() {
    for index in 0..<1000 {
      client.call("RPUSH", "list", "element \(index) of a list that needs more than one node")
      client.call("HSET", "hash", "\(index)", "v")
      client.call("SADD", "set", "m\(index)")
      client.call("ZADD", "zset", "\(index)", "m\(index)")
    }
    for name in ["list", "hash", "set", "zset"] { client.call("COPY", name, "copy-\(name)", "DB", "3") }
    for index in 0..<999 {
      client.call("LPOP", "list")
      client.call("HDEL", "hash", "\(index)")
      client.call("SREM", "set", "m\(index)")
      client.call("ZREM", "zset", "m\(index)")
    }
    #expect(client.call("LLEN", "list") == ":1\r\n")
    client.call("SELECT", "3")
    #expect(client.call("LLEN", "copy-list") == ":1000\r\n")
    #expect(
      client.call("LINDEX", "copy-list", "0").components() == [
        "element 0 of a list that needs more than one node"
      ])
    #expect(client.call("HLEN", "copy-hash") == ":1000\r\n")
    #expect(client.call("SISMEMBER", "copy-set", "m0") == ":1\r\n")
    #expect(client.call("ZRANK", "copy-zset", "m999") == ":999\r\n")
  }

  @Test func refusalsOfCopyAndMove() {
    client.call("SET", "k", "v")
    #expect(client.call("COPY", "k", "k") == "-ERR source and destination objects are the same\r\n")
    #expect(
      client.call("COPY", "k", "k", "DB", "0") == "-ERR source and destination objects are the same\r\n")
    #expect(client.call("COPY", "none", "none") == "-ERR source and destination objects are the same\r\n")
    #expect(client.call("COPY", "k", "k", "DB", "x") == "-ERR value is not an integer or out of range\r\n")
    #expect(
      client.call("COPY", "k", "k", "DB", "99999999999")
        == "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n")
    #expect(client.call("COPY", "k", "j", "DB", "16") == "-ERR DB index is out of range\r\n")
    #expect(client.call("COPY", "k", "j", "DB", "99", "FOO") == "-ERR DB index is out of range\r\n")
    #expect(client.call("COPY", "k", "j", "DB") == "-ERR syntax error\r\n")
    #expect(client.call("COPY", "k", "j", "DB", "1", "REPLACE", "REPLACE", "DB", "2") == ":1\r\n")
    #expect(client.call("MOVE", "none", "0") == "-ERR source and destination objects are the same\r\n")
    #expect(client.call("MOVE", "k", "-1") == "-ERR DB index is out of range\r\n")
    #expect(client.call("MOVE", "k", "x") == "-ERR value is not an integer or out of range\r\n")
    #expect(client.call("MOVE", "none", "3") == ":0\r\n")
    #expect(client.call("SELECT", "x") == "-ERR value is not an integer or out of range\r\n")
    #expect(client.call("SELECT", "16") == "-ERR DB index is out of range\r\n")
    client.call("PEXPIREAT", "k", "33177117420000")
    #expect(client.call("MOVE", "k", "3") == ":1\r\n")
    #expect(client.call("EXISTS", "k") == ":0\r\n")
    client.call("SET", "k", "other")
    #expect(client.call("MOVE", "k", "3") == ":0\r\n")
    client.call("SELECT", "3")
    #expect(client.call("PEXPIRETIME", "k") == ":33177117420000\r\n")
  }

  @Test func namesOfForms() {
    makeKinds()
    client.call("SADD", "integers", "1", "2")
    client.call("SET", "44", String(repeating: "x", count: 44))
    client.call("SET", "45", String(repeating: "x", count: 45))
    let expected = [
      "string": "embstr", "integer": "int", "44": "embstr", "45": "raw", "long": "raw", "list": "listpack",
      "hash": "listpack", "set": "listpack", "integers": "intset", "zset": "listpack",
    ]
    for (name, form) in expected {
      #expect(client.call("OBJECT", "ENCODING", name) == "$\(form.count)\r\n\(form)\r\n", "\(name)")
    }
    var configuration = Configuration()
    configuration.emulatedVersion = "7.0.0"
    let old = EngineHarness(configuration).client()
    old.call("RPUSH", "list", "a")
    old.call("SADD", "set", "a")
    #expect(old.call("OBJECT", "ENCODING", "list") == "$9\r\nquicklist\r\n")
    #expect(old.call("OBJECT", "ENCODING", "set") == "$9\r\nhashtable\r\n")
    #expect(client.call("OBJECT", "ENCODING", "none") == "$-1\r\n")
    #expect(client.call("OBJECT", "REFCOUNT", "integer") == ":2147483647\r\n")
    #expect(client.call("OBJECT", "REFCOUNT", "string") == ":1\r\n")
    #expect(client.call("OBJECT", "FREQ", "string").hasPrefix("-ERR An LFU maxmemory policy is not selected"))
    #expect(client.call("OBJECT", "FREQ", "none") == "$-1\r\n")
    #expect(client.call("OBJECT", "FOO", "x") == "-ERR unknown subcommand 'FOO'. Try OBJECT HELP.\r\n")
    #expect(client.call("OBJECT", "HELP").hasPrefix("*15\r\n"))
  }

  @Test func patterns() {
    for name in ["", "a", "ab", "abc", "b*", "x"] { client.call("SET", name, "v") }
    func keys(_ pattern: String) -> [String] {
      client.call("KEYS", pattern).components().sorted()
    }
    #expect(keys("*") == ["", "a", "ab", "abc", "b*", "x"])
    #expect(keys("a*") == ["a", "ab", "abc"])
    #expect(keys("ab") == ["ab"])
    #expect(keys("zz") == [])
    #expect(keys("") == [""])
    #expect(keys("b\\*") == ["b*"])
    #expect(keys("[ax]") == ["a", "x"])
  }

  @Test func aRandomKeyIsEvenlyDrawn() {
    #expect(client.call("RANDOMKEY") == "$-1\r\n")
    for index in 0..<50 { client.call("SET", "k\(index)", "v") }
    var counts: [String: Int] = [:]
    for _ in 0..<10_000 { counts[client.call("RANDOMKEY").components()[0], default: 0] += 1 }
    #expect(counts.count == 50)
    // 200 each, with a deviation of 14: five of them is far more than chance does.
    #expect(counts.values.allSatisfy { abs($0 - 200) < 70 }, "\(counts)")
  }

  @Test func waitingClientsSeeWhatArrives() {
    let harness = EngineHarness()
    let (waiting, other) = (harness.client(), harness.client())
    other.call("RPUSH", "source", "a", "b", "c")
    waiting.call("BLPOP", "target", "0")
    #expect(other.call("COPY", "source", "target") == ":1\r\n")
    #expect(waiting.pending() == "*2\r\n$6\r\ntarget\r\n$1\r\na\r\n")
    other.call("DEL", "target")
    waiting.call("BLPOP", "target", "0")
    #expect(other.call("RENAME", "source", "target") == "+OK\r\n")
    #expect(waiting.pending() == "*2\r\n$6\r\ntarget\r\n$1\r\na\r\n")
    waiting.call("SELECT", "5")
    waiting.call("BLPOP", "target", "0")
    #expect(other.call("MOVE", "target", "5") == ":1\r\n")
    #expect(waiting.pending() == "*2\r\n$6\r\ntarget\r\n$1\r\nb\r\n")
    waiting.call("BLPOP", "sorted", "0")
    other.call("SELECT", "5")
    #expect(other.call("SORT", "target", "ALPHA", "STORE", "sorted") == ":1\r\n")
    #expect(waiting.pending() == "*2\r\n$6\r\nsorted\r\n$1\r\nc\r\n")
  }

  @Test func transactionsSeeTheirKeysTouched() {
    let harness = EngineHarness()
    let (watcher, other) = (harness.client(), harness.client())
    func isAborted(_ setUp: [String], by change: [String]) -> Bool {
      other.call("DEL", "k", "j")
      other.call("SELECT", "4")
      other.call("DEL", "k")
      other.call("SELECT", "0")
      if !setUp.isEmpty { other.raw(HarnessClient.frame(setUp)) }
      watcher.call("WATCH", "k")
      other.raw(HarnessClient.frame(change))
      watcher.call("MULTI")
      watcher.call("PING")
      return watcher.call("EXEC") == "*-1\r\n"
    }
    let set = ["SET", "k", "v"]
    #expect(isAborted(set, by: ["EXPIRE", "k", "100"]))
    #expect(isAborted(set, by: ["EXPIRE", "k", "-1"]))
    #expect(!isAborted(set, by: ["EXPIRE", "k", "100", "XX"]))
    #expect(!isAborted(set, by: ["PERSIST", "k"]))
    #expect(isAborted(["SET", "k", "v", "EX", "100"], by: ["PERSIST", "k"]))
    #expect(isAborted(set, by: ["DEL", "k"]))
    #expect(!isAborted([], by: ["DEL", "k"]))
    #expect(isAborted(set, by: ["RENAME", "k", "j"]))
    #expect(isAborted(["SET", "j", "v"], by: ["RENAME", "j", "k"]))
    #expect(!isAborted(set, by: ["RENAME", "k", "k"]))
    #expect(isAborted(["SET", "j", "v"], by: ["COPY", "j", "k"]))
    #expect(!isAborted(set, by: ["COPY", "k", "j"]))
    #expect(isAborted(set, by: ["MOVE", "k", "4"]))
    #expect(isAborted(["RPUSH", "j", "1"], by: ["SORT", "j", "STORE", "k"]))
    #expect(isAborted(set, by: ["SORT", "j", "STORE", "k"]))
    #expect(!isAborted([], by: ["SORT", "j", "STORE", "k"]))
    #expect(!isAborted(set, by: ["TOUCH", "k"]))
  }
}

extension String {
  /// The bulk strings of a reply that is an array of them, or one.
  func components() -> [String] {
    let lines = split(separator: "\r\n", omittingEmptySubsequences: false)
    var result: [String] = []
    var index = 0
    while index < lines.count {
      if lines[index].hasPrefix("$"), lines[index] != "$-1", index + 1 < lines.count {
        result.append(String(lines[index + 1]))
        index += 1
      }
      index += 1
    }
    return result
  }
}
