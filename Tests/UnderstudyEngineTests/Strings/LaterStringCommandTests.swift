// What Redis 8.2 and 8.4 and Valkey 8.1 and 9.0 brought for strings. What is expected is what their documentation and
// tests say.

import Testing

@testable import UnderstudyEngine

@Suite struct LaterStringCommandTests {
  private let client = LaterStringCommandTests.client("8.4.0")

  private static func client(_ version: Version) -> HarnessClient {
    var configuration = Configuration()
    configuration.emulatedVersion = version
    return EngineHarness(configuration).client()
  }

  private func call(_ words: String) -> String { Self.call(words, client) }

  private static func call(_ words: String, _ client: HarnessClient) -> String {
    client.raw(HarnessClient.frame(words.split(separator: " ").map(String.init)))
  }

  @Test func digests() {
    client.call("SET", "k", "hello")
    #expect(call("DIGEST k") == "$16\r\n9555e8555c62dcfd\r\n")
    client.call("SET", "k", "")
    #expect(call("DIGEST k") == "$16\r\n2d06800538d394c2\r\n")
    client.call("SET", "k", "123")
    #expect(call("OBJECT ENCODING k") == "$3\r\nint\r\n")
    #expect(call("DIGEST k") == "$16\r\n404a763b3f4c8c9a\r\n")
    let zeros = "v8lf0c11xh8ymlqztfd3eeq16kfn4sspw7fqmnuuq3k3t75em5wdizgcdw7uc26nnf961u2jkfzkjytls2kwlj7626sd"
    client.call("SET", "k", zeros)
    #expect(call("DIGEST k") == "$16\r\n00006c38adf31777\r\n")
    #expect(call("DIGEST none") == "$-1\r\n")
    _ = call("RPUSH l a")
    #expect(call("DIGEST l").hasPrefix("-WRONGTYPE"))
    #expect(call("DIGEST k k").hasPrefix("-ERR wrong number of arguments for 'digest' command"))
  }

  @Test func removingOnCondition() {
    #expect(call("DELEX none") == ":0\r\n")
    _ = call("HSET h f v")
    #expect(call("DELEX h") == ":1\r\n")
    let matching = ["IFEQ hello", "ifne other", "IFDEQ 9555e8555c62dcfd", "IFDEQ 9555E8555C62DCFD",
      "IFDNE 0000000000000000", "IFDNE zzzzzzzzzzzzzzzz"]
    for condition in matching {
      _ = call("SET k hello")
      #expect(call("DELEX k \(condition)") == ":1\r\n", "\(condition)")
      #expect(call("EXISTS k") == ":0\r\n", "\(condition)")
    }
    let others = ["IFEQ other", "IFNE hello", "IFDNE 9555e8555c62dcfd", "IFDEQ 0000000000000000",
      "IFDEQ zzzzzzzzzzzzzzzz"]
    for condition in others {
      _ = call("SET k hello")
      #expect(call("DELEX k \(condition)") == ":0\r\n", "\(condition)")
      #expect(call("EXISTS k") == ":1\r\n", "\(condition)")
    }
    _ = call("SET n 0123")
    #expect(call("DELEX n IFEQ 123") == ":0\r\n")
    _ = call("SET n 123")
    #expect(call("DELEX n IFEQ 123") == ":1\r\n")
    for condition in ["IFEQ", "IFNE", "IFDEQ", "IFDNE", "FOO"] {
      #expect(call("DELEX none \(condition) x") == ":0\r\n")
    }
    _ = call("RPUSH l a")
    let noString = "-ERR Key should be of string type if conditions are specified\r\n"
    #expect(call("DELEX l IFEQ a") == noString)
    #expect(call("DELEX l FOO a") == noString)
    #expect(call("DELEX k FOO a") == "-ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE\r\n")
    for digest in ["0123", "9555e8555c62dcf", "09555e8555c62dcfd"] {
      #expect(call("DELEX k IFDEQ \(digest)") == "-ERR must be exactly 16 hexadecimal characters\r\n")
    }
    #expect(client.call("DELEX", "k", "IFDNE", "") == "-ERR must be exactly 16 hexadecimal characters\r\n")
    let arity = "-ERR wrong number of arguments for 'delex' command\r\n"
    #expect(call("DELEX k IFEQ") == arity)
    #expect(call("DELEX none IFEQ") == arity)
    #expect(call("DELEX k IFEQ a b") == arity)
    _ = call("WATCH k")
    #expect(Self.call("DELEX k IFEQ hello", client) == ":1\r\n")
    _ = call("MULTI")
    #expect(call("EXEC") == "*-1\r\n")
  }

  @Test func settingOnCondition() {
    for (condition, isMet) in [
      ("IFEQ hello", true), ("IFEQ x", false), ("IFNE x", true), ("IFNE hello", false),
      ("IFDEQ 9555e8555c62dcfd", true), ("IFDEQ 9555e8555c62dcfe", false),
      ("ifdne 9555e8555c62dcfe", true), ("IFDNE 9555E8555C62DCFD", false),
    ] {
      _ = call("SET k hello")
      #expect(call("SET k world \(condition)") == (isMet ? "+OK\r\n" : "$-1\r\n"), "\(condition)")
      #expect(call("GET k") == (isMet ? "$5\r\nworld\r\n" : "$5\r\nhello\r\n"), "\(condition)")
      _ = call("SET k hello")
      #expect(call("SET k world GET \(condition) EX 10") == "$5\r\nhello\r\n", "\(condition)")
      #expect(call("TTL k") == (isMet ? ":10\r\n" : ":-1\r\n"), "\(condition)")
    }
    // Where there is nothing, nothing is equal; the digest is not looked at.
    for (condition, isMet) in [("IFEQ a", false), ("IFNE a", true), ("IFDEQ 12345", false), ("IFDNE 12345", true)] {
      _ = call("DEL k")
      #expect(call("SET k v \(condition)") == (isMet ? "+OK\r\n" : "$-1\r\n"), "\(condition)")
      _ = call("DEL k")
      #expect(call("SET k v \(condition) GET") == "$-1\r\n", "\(condition)")
      #expect(call("EXISTS k") == (isMet ? ":1\r\n" : ":0\r\n"), "\(condition)")
    }
    _ = call("SET n 12345")
    #expect(call("SET n x IFEQ 12345 KEEPTTL") == "+OK\r\n")
    _ = call("RPUSH l a")
    for condition in ["IFEQ a", "IFNE a", "IFDEQ 12345", "IFDNE 12345"] {
      #expect(call("SET l v \(condition)").hasPrefix("-WRONGTYPE"), "\(condition)")
      #expect(call("SET l v \(condition) GET").hasPrefix("-WRONGTYPE"), "\(condition)")
    }
    #expect(call("SET k v IFDEQ 12345") == "-ERR must be exactly 16 hexadecimal characters\r\n")
    #expect(call("SET k v IFDEQ 12345 GET") == "-ERR must be exactly 16 hexadecimal characters\r\n")
    for wrong in ["NX IFEQ a", "IFEQ a XX", "IFEQ a IFNE b", "IFEQ", "IFEQ a IFEQ a", "GET IFDNE"] {
      #expect(call("SET k v \(wrong)") == "-ERR syntax error\r\n", "\(wrong)")
    }
  }

  @Test func olderVersionsKnowNoneOfIt() {
    for version: Version in ["7.0.0", "7.2.0", "8.0.0", "8.2.0"] {
      let client = Self.client(version)
      client.call("SET", "k", "v")
      #expect(Self.call("SET k w IFEQ v", client) == "-ERR syntax error\r\n")
      for name in ["DIGEST", "DELEX", "MSETEX", "DELIFEQ"] {
        #expect(client.call(name, "k").hasPrefix("-ERR unknown command '\(name)'"), "\(version)")
      }
    }
    #expect(call("DELIFEQ k v").hasPrefix("-ERR unknown command"))
    let old = Self.client("8.0.0")
    #expect(Self.call("BITOP ONE d a", old) == "-ERR syntax error\r\n")
    #expect(Self.call("BITOP ONE d a", Self.client("8.2.0")) == ":0\r\n")
  }

  @Test func valkeyGoesItsOwnWay() {
    let client = Self.client("valkey-9.0")
    client.call("SET", "k", "v")
    #expect(Self.call("SET k w IFEQ x", client) == "$-1\r\n")
    #expect(Self.call("SET k w IFEQ v GET", client) == "$1\r\nv\r\n")
    #expect(Self.call("SET k w IFNE v", client) == "-ERR syntax error\r\n")
    #expect(Self.call("DELIFEQ k v", client) == ":0\r\n")
    #expect(Self.call("DELIFEQ k w", client) == ":1\r\n")
    #expect(Self.call("DELIFEQ k w", client) == ":0\r\n")
    client.call("RPUSH", "l", "w")
    #expect(Self.call("DELIFEQ l w", client).hasPrefix("-WRONGTYPE"))
    #expect(Self.call("DELEX k", client).hasPrefix("-ERR unknown command"))
    #expect(Self.call("BITOP ONE d a", client) == "-ERR syntax error\r\n")
    #expect(Self.call("DELIFEQ k v", Self.client("valkey-8.1")).hasPrefix("-ERR unknown command"))
    #expect(Self.call("SET k w IFEQ x", Self.client("valkey-8.1")) == "$-1\r\n")
    #expect(Self.call("SET k w IFEQ x", Self.client("valkey-8.0")) == "-ERR syntax error\r\n")
    // To those who ask for Redis it is 7.2.4.
    let info = Self.call("INFO server", client)
    #expect(info.contains("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.0.0\r\n"))
    #expect(Self.call("HELLO", client).contains("$6\r\nvalkey\r\n$7\r\nversion\r\n$5\r\n9.0.0\r\n"))
    #expect(Self.call("CONFIG GET emulate-version", client).contains("$12\r\nvalkey-9.0.0\r\n"))
  }

  @Test func settingManyWithATime() {
    #expect(call("MSETEX 2 a 1 b 2") == ":1\r\n")
    #expect(call("TTL a") == ":-1\r\n")
    #expect(call("MSETEX 2 a 3 c 4 NX EX 10") == ":0\r\n")
    #expect(call("GET a") == "$1\r\n1\r\n")
    #expect(call("MSETEX 2 a 3 c 4 XX") == ":0\r\n")
    #expect(call("MSETEX 2 a 3 b 4 EX 10 XX") == ":1\r\n")
    #expect(call("TTL b") == ":10\r\n")
    #expect(call("MSETEX 1 b 5 KEEPTTL") == ":1\r\n")
    #expect(call("TTL b") == ":10\r\n")
    #expect(call("MSETEX 1 b 5") == ":1\r\n")
    #expect(call("TTL b") == ":-1\r\n")
    #expect(call("MSETEX 2 x 1 y 2 nx px 5000") == ":1\r\n")
    #expect(call("MGET x y") == "*2\r\n$1\r\n1\r\n$1\r\n2\r\n")
    for count in ["0", "-1", "key", "2147483648", "9223372036854775808"] {
      #expect(call("MSETEX \(count) a 1") == "-ERR invalid numkeys value\r\n", "\(count)")
    }
    for wrong in ["2 a 1 b", "2147483647 a 1", "2 a 1"] {
      #expect(call("MSETEX \(wrong)") == "-ERR wrong number of key-value pairs\r\n", "\(wrong)")
    }
    for wrong in ["NX XX", "EX 10 PX 10", "KEEPTTL EX 10", "FOO", "GET", "IFEQ a", "EX"] {
      #expect(call("MSETEX 1 a 1 \(wrong)") == "-ERR syntax error\r\n", "\(wrong)")
    }
    #expect(call("MSETEX 1 a 1 EX 0") == "-ERR invalid expire time in 'msetex' command\r\n")
    #expect(call("MSETEX a 1").hasPrefix("-ERR wrong number of arguments for 'msetex'"))
    #expect(call("COMMAND GETKEYS MSETEX 2 a 1 b 2 EX 5") == "*2\r\n$1\r\na\r\n$1\r\nb\r\n")
  }

  @Test func laterWaysToCombineBits() {
    let sources: [String: [UInt8]] = ["a": [0b1111_0000, 0xff], "b": [0b1010_1010], "c": [0b0000_1111, 0x0f, 0x81]]
    for (key, bytes) in sources {
      for (index, byte) in bytes.enumerated() { client.call("BITFIELD", key, "SET", "u8", "#\(index)", "\(byte)") }
    }
    func combined(_ operation: String, _ keys: String) -> [UInt8] {
      let reply = call("BITOP \(operation) d \(keys)")
      let count = Int(reply.dropFirst().prefix { $0 != "\r\n" }) ?? -1
      return (0..<max(count, 0)).map { index in
        UInt8(call("BITFIELD d GET u8 #\(index)").split(separator: "\r\n").last?.dropFirst() ?? "") ?? 0
      }
    }
    #expect(combined("DIFF", "a b c") == [0b0101_0000, 0xf0, 0])
    #expect(combined("diff1", "a b c") == [0b0000_1111, 0, 0x81])
    #expect(combined("ANDOR", "a b c") == [0b1010_0000, 0x0f, 0])
    #expect(combined("ONE", "a b c") == [0b0101_0101, 0xf0, 0x81])
    #expect(combined("ONE", "a b c none") == [0b0101_0101, 0xf0, 0x81])
    #expect(combined("ONE", "a a a") == [0, 0])
    #expect(combined("ONE", "a") == [0b1111_0000, 0xff])
    #expect(combined("DIFF", "none a") == [0, 0])
    #expect(combined("DIFF1", "none a") == [0b1111_0000, 0xff])
    #expect(combined("DIFF", "none none") == [])
    for operation in ["DIFF", "DIFF1", "ANDOR"] {
      #expect(
        call("BITOP \(operation) d a")
          == "-ERR BITOP \(operation) must be called with at least two source keys.\r\n")
    }
  }

  @Test func versionsAreReadAndCompared() {
    func read(_ text: String) -> Version? { Version(text) }
    #expect(read("8.4") == Version(8, 4) && read("valkey-9.0") == .valkey(9, 0))
    #expect(read("Valkey-9")?.description == "valkey-9.0.0")
    #expect(read("valkey-") == nil && read("valkey") == nil && read("x-9.0") == nil)
    #expect(Version.valkey(9, 0).redisNumbers == "7.2.4" && Version.valkey(9, 0).numbers == "9.0.0")
    #expect(Version.valkey(9, 0).includes("7.2.0") && !Version.valkey(9, 0).includes("7.4.0"))
    #expect(Version.valkey(9, 0).includes("valkey-8.1.0") && !Version.valkey(8, 0).includes("valkey-8.1.0"))
    #expect(!Version(9, 0).includes("valkey-7.2.0"))
    #expect(Version.valkey(9, 0) >= "7.2.0" && Version.valkey(9, 0) < "7.4.0")
    var configuration = Configuration()
    for (text, isGood) in [
      ("7.0", true), ("8.4", true), ("valkey-8.1", true), ("valkey-9.0.1", true), ("6.2", false), ("8.6", false),
      ("valkey-9.1", false), ("valkey-7.0", false), ("latest", false),
    ] {
      let values = [Array(text.utf8)]
      #expect(
        ((try? Directives.apply(name: "emulate-version", values: values, to: &configuration)) != nil) == isGood,
        "\(text)")
    }
  }
}
