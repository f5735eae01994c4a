// How the use of keys is noted: idle time, or frequency under an LFU policy.

import Testing

@testable import UnderstudyEngine

@Suite struct AccessTests {
  private let harness = EngineHarness()
  private let client: HarnessClient

  init() {
    client = harness.client()
    harness.engine.withLock { harness.engine.freeze(.data) }
  }

  private func advance(minutes: Int64) {
    harness.engine.withLock { _ = harness.engine.advance(.data, microseconds: minutes * 60_000_000) }
  }

  private var frequency: Int { Int(client.call("OBJECT", "FREQ", "k").dropFirst().prefix { $0.isNumber }) ?? -1 }

  @Test func frequencyGrowsWithUseAndShrinksWithTime() {
    client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
    client.call("SET", "k", "v")
    #expect(frequency == 5)
    #expect(client.call("OBJECT", "IDLETIME", "k").hasPrefix("-ERR An LFU maxmemory policy is selected"))
    // Looking at it is no use of it.
    for _ in 0..<100 { client.call("EXISTS", "k") }
    #expect(frequency == 5)
    for _ in 0..<1000 { client.call("GET", "k") }
    let often = frequency
    // With the factor of 10, a thousand uses come to about 18.
    #expect((10...30).contains(often))
    client.call("SET", "k", "w")
    client.call("RENAME", "k", "j")
    client.call("RENAME", "j", "k")
    #expect((often...often + 5).contains(frequency))
    let before = frequency
    advance(minutes: 3)
    #expect(frequency == before - 3)
    advance(minutes: 1000)
    #expect(frequency == 0)
    client.call("CONFIG", "SET", "lfu-decay-time", "0", "lfu-log-factor", "0")
    client.call("SET", "k", "w")
    client.call("DEL", "k")
    client.call("SET", "k", "w")
    for _ in 0..<300 { client.call("GET", "k") }
    advance(minutes: 60)
    #expect(frequency == 255)
    client.call("CONFIG", "SET", "maxmemory-policy", "noeviction")
    #expect(client.call("OBJECT", "FREQ", "k").hasPrefix("-ERR An LFU maxmemory policy is not selected"))
  }

  @Test func idleTimeIsNotUsedUpByLooking() {
    client.call("SET", "k", "v")
    advance(minutes: 2)
    #expect(client.call("OBJECT", "IDLETIME", "k") == ":120\r\n")
    client.call("COPY", "k", "j")
    #expect(client.call("OBJECT", "IDLETIME", "k") == ":0\r\n")
    #expect(client.call("OBJECT", "IDLETIME", "none") == "$-1\r\n")
  }
}
