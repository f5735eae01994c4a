// SCAN and KEYS over the socket-free harness: the guarantee of the walk while the keyspace changes under it.

import Testing

@testable import UnderstudyEngine

@Suite struct ScanTests {
  private let harness = EngineHarness(seed: 7)
  private let client: HarnessClient

  init() { client = harness.client() }

  /// One step: the next cursor and the names.
  private func step(_ cursor: String, _ options: String...) -> (cursor: String, names: [String]) {
    let parts = client.raw(HarnessClient.frame(["SCAN", cursor] + options)).components()
    return (parts.first ?? "0", Array(parts.dropFirst()))
  }

  /// A whole walk.
  private func walk(_ options: String...) -> [String] {
    var names: [String] = []
    var cursor = "0"
    repeat {
      let parts = client.raw(HarnessClient.frame(["SCAN", cursor] + options)).components()
      cursor = parts.first ?? "0"
      names += parts.dropFirst()
    } while cursor != "0"
    return names
  }

  @Test func errors() {
    #expect(client.call("SCAN", "x") == "-ERR invalid cursor\r\n")
    #expect(client.call("SCAN", "18446744073709551616") == "-ERR invalid cursor\r\n")
    #expect(client.call("SCAN", "18446744073709551615") == "*2\r\n$1\r\n0\r\n*0\r\n")
    #expect(client.call("SCAN", "0", "COUNT", "0") == "-ERR syntax error\r\n")
    #expect(client.call("SCAN", "0", "COUNT", "x") == "-ERR value is not an integer or out of range\r\n")
    #expect(client.call("SCAN", "0", "TYPE") == "-ERR syntax error\r\n")
    #expect(client.call("SCAN", "0", "TYPE", "foo") == "*2\r\n$1\r\n0\r\n*0\r\n")
    #expect(client.call("SCAN", "0\0x") == "*2\r\n$1\r\n0\r\n*0\r\n")
    #expect(client.call("SCAN", "") == "*2\r\n$1\r\n0\r\n*0\r\n")
    #expect(client.call("SCAN", " 0") == "-ERR invalid cursor\r\n")
    client.call("SADD", "s", "a")
    #expect(client.call("SSCAN", "s", "0", "TYPE", "set") == "-ERR syntax error\r\n")
  }

  @Test func everyKeyIsShownOnce() {
    for index in 0..<5000 { client.call("SET", "k\(index)", "v") }
    let names = walk()
    #expect(names.count == 5000 && Set(names).count == 5000)
    // A step shows about as many as were asked for.
    let (cursor, some) = step("0", "COUNT", "100")
    #expect(cursor != "0" && (100..<200).contains(some.count))
  }

  @Test func filters() {
    for index in 0..<300 {
      client.call("SET", "s\(index)", "v")
      client.call("RPUSH", "l\(index)", "v")
      client.call("ZADD", "z\(index)", "1", "v")
    }
    #expect(walk("TYPE", "list").count == 300)
    #expect(walk("TYPE", "LIST", "MATCH", "l1?").count == 10)
    #expect(walk("TYPE", "zset", "COUNT", "1000", "MATCH", "l*").isEmpty)
    #expect(walk("TYPE", "string", "MATCH", "*").count == 300)
    #expect(walk("TYPE", "none").isEmpty)
  }

  @Test(arguments: [3, 50, 1000]) func whatStaysIsShownOnceWhateverComesAndGoes(count: Int) {
    var dice = RandomSource(seed: UInt64(count))
    let lasting = (0..<2000).map { "lasting\($0)" }
    for name in lasting { client.call("SET", name, "v") }
    for index in 0..<2000 { client.call("SET", "leaving\(index)", "v") }
    var seen: [String: Int] = [:]
    var cursor = "0"
    var coming = 0
    repeat {
      let (next, names) = step(cursor, "COUNT", "\(count)")
      for name in names { seen[name, default: 0] += 1 }
      cursor = next
      // The table grows to many times its size, then shrinks below it.
      let grows = coming < 20_000
      for _ in 0..<(grows ? count * 8 : count * 2) {
        if grows {
          client.call("SET", "coming\(coming)", "v")
          coming += 1
        } else {
          client.call("DEL", "coming\(Int.random(in: 0..<coming, using: &dice))")
        }
        client.call("DEL", "leaving\(Int.random(in: 0..<2000, using: &dice))")
      }
    } while cursor != "0"
    #expect(lasting.allSatisfy { seen[$0] == 1 }, "not once: \(lasting.filter { seen[$0] != 1 }.prefix(5))")
    #expect(seen.values.allSatisfy { $0 <= 2 })
  }
}
