// What becomes of clients that own more together than `maxmemory-clients`.

import Testing

@testable import UnderstudyEngine

@Suite struct ClientEvictionTests {
  private let harness = EngineHarness()
  private let watcher: HarnessClient

  init() { watcher = harness.client() }

  /// A client that has sent all of a request's argument but its end.
  private func halfRequest(_ bytes: Int) -> HarnessClient {
    let client = harness.client()
    client.sendHalfRequest(bytes)
    return client
  }

  private func identifiers() -> [Int] {
    watcher.call("CLIENT", "LIST").split(separator: "\n").compactMap { line in
      line.firstMatch(of: /id=(\d+)/).flatMap { Int($0.1) }
    }
  }

  private var evicted: Int64 { harness.engine.withLock { unsafe harness.engine.state.pointee.statistics.evictedClients } }

  @Test func theLargestGo() {
    watcher.call("CONFIG", "SET", "maxmemory-clients", "5mb")
    let clients = [1_000_000, 2_000_000, 500_000].map(halfRequest)
    harness.settle()
    #expect(identifiers() == [1, 2, 3, 4] && evicted == 0)
    let last = halfRequest(2_100_000)
    harness.settle()
    #expect(identifiers() == [1, 2, 3, 4] && evicted == 1)
    // Less is allowed from here on.
    watcher.call("CONFIG", "SET", "maxmemory-clients", "1mb")
    harness.settle()
    #expect(identifiers() == [1, 4] && evicted == 3)
    #expect(watcher.call("INFO", "stats").contains("evicted_clients:3\r\n"))
    _ = (clients, last)
  }

  @Test func whoAskedForItStays() {
    let large = harness.client()
    large.call("CLIENT", "NO-EVICT", "ON")
    watcher.call("CONFIG", "SET", "maxmemory-clients", "1mb")
    large.sendHalfRequest(3_000_000)
    let other = halfRequest(900_000)
    harness.settle()
    #expect(identifiers() == [1, 2, 3])
    let third = halfRequest(300_000)
    harness.settle()
    #expect(identifiers() == [1, 2, 4])
    _ = (other, third)
  }

  @Test func aPercentageIsOneOfMaxmemory() {
    watcher.call("CONFIG", "SET", "maxmemory-clients", "10%")
    let client = halfRequest(2_000_000)
    harness.settle()
    #expect(identifiers() == [1, 2])
    watcher.call("CONFIG", "SET", "maxmemory", "30mb")
    harness.settle()
    #expect(identifiers() == [1, 2])
    watcher.call("CONFIG", "SET", "maxmemory", "15mb")
    harness.settle()
    #expect(identifiers() == [1])
    _ = client
  }

  /// Output that waits, transactions and subscriptions count too.
  @Test func whatWaitsToBeSentCounts() {
    watcher.call("CONFIG", "SET", "maxmemory-clients", "1mb")
    let listener = harness.client()
    listener.call("SUBSCRIBE", "c")
    let queueing = harness.client()
    queueing.call("MULTI")
    for _ in 0..<4 { queueing.call("SET", "k", String(repeating: "x", count: 100_000)) }
    harness.settle()
    #expect(identifiers() == [1, 2, 3])
    // Nobody reads what is published.
    harness.engine.withLock {
      for _ in 0..<6 {
        String(repeating: "y", count: 100_000).withBytes {
          _ = unsafe harness.engine.state.pointee.publish(Bytes("c"), $0)
        }
      }
    }
    harness.settle()
    harness.settle()
    #expect(identifiers().count == 2 && evicted == 1)
  }
}

extension HarnessClient {
  /// Sends a large argument, but not its end.
  fileprivate func sendHalfRequest(_ bytes: Int) {
    raw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$\(bytes)\r\n")
    raw(String(repeating: "x", count: bytes))
  }
}
