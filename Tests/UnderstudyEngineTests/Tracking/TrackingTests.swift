// Client-side caching where the real server of the tests is no help: time, limits, and what 7.2 has changed.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite struct TrackingTests {
  private let harness: EngineHarness

  init() {
    var configuration = Configuration()
    configuration.debugCommand = .yes
    harness = EngineHarness(configuration)
  }

  private func invalidated(_ keys: String...) -> String {
    ">2\r\n$10\r\ninvalidate\r\n" + HarnessClient.frame(keys)
  }

  private func tracking(_ options: String...) -> HarnessClient {
    let client = harness.client()
    client.call("HELLO", "3")
    #expect(client.raw(HarnessClient.frame(["CLIENT", "TRACKING", "ON"] + options)) == "+OK\r\n")
    return client
  }

  private func advance(_ milliseconds: Int64) {
    harness.engine.withLock { _ = harness.engine.advance(.data, microseconds: milliseconds * 1000) }
  }

  /// Whoever finds a key gone itself wants no echo of that with NOLOOP; but nobody has changed the key, so that under a
  /// prefix it is told all the same.
  @Test func keysThatExpire() {
    harness.engine.withLock { harness.engine.freeze(.data) }
    let writer = harness.client()
    #expect(writer.call("DEBUG", "SET-ACTIVE-EXPIRE", "0") == "+OK\r\n")
    let (plain, noLoop) = (tracking(), tracking("NOLOOP"))
    for (client, pushed) in [(plain, invalidated("e")), (noLoop, "")] {
      writer.call("SET", "e", "1", "PX", "100")
      client.call("GET", "e")
      advance(100)
      #expect(client.call("GET", "e") == "_\r\n" + pushed)
    }
    let all = tracking("BCAST", "NOLOOP")
    #expect(all.call("SET", "e", "1", "PX", "100") == "+OK\r\n")
    advance(100)
    #expect(all.call("GET", "e") == "_\r\n" + invalidated("e"))
    writer.call("DEBUG", "SET-ACTIVE-EXPIRE", "1")
    writer.call("SET", "e", "1", "PX", "100")
    noLoop.call("GET", "e")
    advance(100)
    #expect(noLoop.pending() == invalidated("e"))
  }

  @Test func theTableHasALimit() {
    let client = tracking()
    let writer = harness.client()
    client.call("MGET", "a", "b", "c")
    #expect(client.pending() == "")
    writer.call("CONFIG", "SET", "tracking-table-max-keys", "1")
    let dropped = client.pending()
    #expect(dropped.split(separator: "invalidate").count == 3, "\(dropped)")
    #expect(writer.call("INFO", "stats").contains("tracking_total_keys:1\r\n"))
    writer.call("CONFIG", "SET", "tracking-table-max-keys", "0")
    client.call("MGET", "a", "b", "c")
    #expect(client.pending() == "")
    #expect(writer.call("INFO", "stats").contains("tracking_total_keys:3\r\n"))
  }

  /// Since 7.2 the keys that a script has read are noted, and not those that it was given.
  @Test func scriptsSince72() {
    let client = tracking()
    let writer = harness.client()
    for name in ["EVAL", "EVAL_RO"] {
      client.call(name, "return redis.call('GET', 'read')", "1", "given")
      writer.call("SET", "given", "1")
      #expect(client.pending() == "")
      writer.call("SET", "read", "1")
      #expect(client.pending() == invalidated("read"))
    }
    #expect(
      client.call("EVAL", "redis.call('GET', 'k') return redis.call('SET', 'k', 'v')", "0")
        == "+OK\r\n" + invalidated("k"))
    // A script whose caller tracks nothing, right behind.
    writer.call("EVAL", "return redis.call('GET', 'k')", "0")
    #expect(writer.call("INFO", "stats").contains("tracking_total_keys:0\r\n"))
  }

  /// Since 7.2 what a client causes to be pushed to itself stands behind the reply, never within it.
  @Test func ownPushesSince72() {
    let client = harness.client()
    client.call("HELLO", "3")
    client.call("SUBSCRIBE", "c")
    let message = ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n"
    #expect(client.call("PUBLISH", "c", "m") == ":1\r\n" + message)
    #expect(client.call("EVAL", "return redis.call('PUBLISH', 'c', 'm')", "0") == ":1\r\n" + message)
    client.call("MULTI")
    client.call("PUBLISH", "c", "m")
    client.call("PING")
    #expect(client.call("EXEC") == "*2\r\n:1\r\n+PONG\r\n" + message)
    let (tracker, writer) = (harness.client(), harness.client())
    tracker.call("HELLO", "3")
    let identifier = client.call("CLIENT", "ID").filter(\.isNumber)
    tracker.call("CLIENT", "TRACKING", "ON", "REDIRECT", identifier)
    tracker.call("MGET", "a", "b")
    client.call("MULTI")
    for key in ["a", "b"] { client.call("SET", key, "1") }
    #expect(client.call("EXEC") == "*2\r\n+OK\r\n+OK\r\n" + invalidated("a") + invalidated("b"))
    writer.call("SET", "a", "1")
    #expect(client.pending() == "")
  }

  /// CLIENT REPLY drops replies, but no pushes.
  @Test func repliesThatAreSwitchedOff() {
    let client = tracking()
    client.call("GET", "a")
    #expect(client.call("CLIENT", "REPLY", "OFF") == "")
    #expect(client.call("SET", "a", "1") == invalidated("a"))
    #expect(client.call("GET", "a") == "")
    let writer = harness.client()
    writer.call("SET", "a", "2")
    #expect(client.pending() == invalidated("a"))
    #expect(client.call("CLIENT", "REPLY", "ON") == "+OK\r\n")
  }

  @Test func aClientThatGoesLeavesNothing() {
    var client: HarnessClient? = tracking("BCAST", "PREFIX", "a")
    var other: HarnessClient? = tracking()
    other?.call("GET", "k")
    _ = (client, other)
    client = nil
    other = nil
    let writer = harness.client()
    #expect(writer.call("SET", "a", "1") == "+OK\r\n")
    #expect(writer.call("SET", "k", "1") == "+OK\r\n")
    for line in ["tracking_total_keys:0", "tracking_total_items:0", "tracking_total_prefixes:0"] {
      #expect(writer.call("INFO", "stats").contains("\(line)\r\n"))
    }
    #expect(writer.call("INFO", "clients").contains("tracking_clients:0\r\n"))
  }
}
