// Clients that do not read, and clients that do nothing.

import Testing

@testable import UnderstudyEngine

@Suite struct ClientLimitTests {
  private let harness = EngineHarness()

  private func advance(seconds: Int64) {
    harness.engine.withLock { _ = harness.engine.advance(.wait, microseconds: seconds * 1_000_000) }
    _ = harness.client().call("PING")
  }

  /// The names of the clients that are there.
  private func names() -> Set<Substring> {
    let list = harness.client().call("CLIENT", "LIST")
    return Set(list.matches(of: /\ name=(\w+)/).map { $0.1 })
  }

  private func client(_ name: String, _ call: String...) -> HarnessClient {
    let client = harness.client()
    client.call("CLIENT", "SETNAME", name)
    if !call.isEmpty { client.raw(HarnessClient.frame(call)) }
    return client
  }

  @Test func aSubscriberThatDoesNotReadIsClosed() {
    let publisher = harness.client()
    publisher.call("CONFIG", "SET", "client-output-buffer-limit", "pubsub 10000 0 0")
    let (lazy, other) = (client("lazy", "SUBSCRIBE", "c"), client("other", "SUBSCRIBE", "c"))
    // The first 16 KB are not counted, as on the real server.
    let message = String(repeating: "x", count: 3_000)
    for round in 1...8 {
      #expect(publisher.call("PUBLISH", "c", message) == ":2\r\n")
      #expect(other.pending().count > 3_000)
      #expect(names() == ["lazy", "other"], "round \(round)")
    }
    publisher.call("PUBLISH", "c", message)
    #expect(names() == ["other"])
    #expect(publisher.call("INFO", "stats").contains("client_output_buffer_limit_disconnections:1\r\n"))
    // What had waited is gone, and nobody else noticed.
    #expect(lazy.pending() == "" && other.pending().contains(message))
  }

  @Test func aSoftLimitMayBeExceededForAWhile() {
    harness.engine.withLock { harness.engine.freeze(.wait) }
    let publisher = client("publisher")
    publisher.call("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 5000 10")
    let (late, early) = (client("late", "SUBSCRIBE", "c"), client("early", "SUBSCRIBE", "c"))
    let message = String(repeating: "x", count: 30_000)
    publisher.call("PUBLISH", "c", message)
    advance(seconds: 9)
    #expect(early.pending().count > 30_000)
    // It begins anew for who has read.
    publisher.call("PUBLISH", "c", "short")
    publisher.call("PUBLISH", "c", message)
    #expect(names() == ["publisher", "late", "early"])
    advance(seconds: 2)
    #expect(names() == ["publisher", "early"])
    _ = (late, early)
  }

  @Test func repliesHaveALimitIfOneIsSet() {
    let writer = client("writer")
    writer.call("SET", "big", String(repeating: "x", count: 60_000))
    let reader = client("reader")
    #expect(reader.call("GET", "big").count > 60_000)
    writer.call("CONFIG", "SET", "client-output-buffer-limit", "normal 100000 0 0")
    #expect(reader.call("MGET", "big", "big") == "")
    #expect(names() == ["writer"])
    let transaction = client("transaction")
    transaction.call("MULTI")
    for key in ["big", "big"] { transaction.call("GET", key) }
    transaction.call("SET", "written", "1")
    // It runs to its end, but nothing of it is sent.
    #expect(transaction.call("EXEC") == "")
    #expect(writer.call("GET", "written") == "$1\r\n1\r\n")
    #expect(names() == ["writer"])
    writer.call("CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0")
    #expect(client("free").call("MGET", "big", "big").count > 100_000)
  }

  @Test func clientsThatDoNothingAreClosed() {
    harness.engine.withLock { harness.engine.freeze(.wait) }
    let admin = client("admin")
    admin.call("CONFIG", "SET", "timeout", "10")
    let kept = [
      client("subscriber", "SUBSCRIBE", "c"), client("blocked", "BLPOP", "l", "0"), client("monitor", "MONITOR"),
    ]
    let idle = [client("idle"), client("transaction", "MULTI")]
    advance(seconds: 10)
    admin.call("PING")
    #expect(names() == ["admin", "subscriber", "blocked", "monitor", "idle", "transaction"])
    advance(seconds: 1)
    #expect(names() == ["admin", "subscriber", "blocked", "monitor"])
    admin.call("CONFIG", "SET", "timeout", "0")
    advance(seconds: 1_000)
    #expect(names() == ["admin", "subscriber", "blocked", "monitor"])
    _ = (kept, idle)
  }
}
