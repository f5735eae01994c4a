// What saving, restoring and dropping means for clients: the control port's verb, WATCH, tracking, clients that wait, time,
// memory, and what is refused.

import Testing

@testable import UnderstudyEngine

@Suite struct SnapshotTests {
  private let harness: EngineHarness
  private let client: HarnessClient
  private let control: HarnessClient

  init() {
    harness = EngineHarness(Self.configuration)
    client = harness.client()
    control = harness.control()
    harness.engine.withLock { harness.engine.freeze(.data) }
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.debugCommand = .yes
    return configuration
  }

  private func advance(milliseconds: Int64) {
    harness.engine.withLock {
      _ = harness.engine.advance(.data, microseconds: milliseconds * 1000)
      harness.engine.settleClocks()
    }
  }

  private func save(_ name: String = "s") { #expect(control.call("LAB.SNAPSHOT", "SAVE", name) == "+OK\r\n") }
  private func restore(_ name: String = "s") { #expect(control.call("LAB.SNAPSHOT", "RESTORE", name) == "+OK\r\n") }
  private func drop(_ name: String = "s") { #expect(control.call("LAB.SNAPSHOT", "DROP", name) == "+OK\r\n") }

  @Test func dataComesBackInAllDatabases() {
    client.call("SET", "k", "v")
    client.call("SELECT", "5")
    client.call("RPUSH", "l", "a", "b")
    save()
    client.call("FLUSHALL")
    client.call("SELECT", "3")
    client.call("SET", "other", "v")
    restore()
    #expect(client.call("DBSIZE") == ":0\r\n")
    client.call("SELECT", "5")
    #expect(client.call("LRANGE", "l", "0", "-1") == "*2\r\n$1\r\na\r\n$1\r\nb\r\n")
    client.call("SELECT", "0")
    #expect(client.call("GET", "k") == "$1\r\nv\r\n")
    // And again: a snapshot stays good, also one that is written to after its restore.
    client.call("SET", "k", "w")
    restore()
    #expect(client.call("GET", "k") == "$1\r\nv\r\n")
  }

  @Test func historiesMayBranch() {
    for name in ["a", "b", "c"] {
      client.call("SET", "k", name)
      client.call("SADD", "all", name)
      save(name)
    }
    restore("a")
    #expect(client.call("GET", "k") == "$1\r\na\r\n" && client.call("SCARD", "all") == ":1\r\n")
    client.call("SADD", "all", "x", "y", "z")
    save("branch")
    restore("c")
    #expect(client.call("SCARD", "all") == ":3\r\n")
    drop("a")
    drop("c")
    restore("branch")
    #expect(client.call("SCARD", "all") == ":4\r\n")
    restore("b")
    #expect(client.call("GET", "k") == "$1\r\nb\r\n" && client.call("SCARD", "all") == ":2\r\n")
  }

  @Test func deadlinesAreTimesOfTheDataClock() {
    client.call("CONFIG", "SET", "active-expire-effort", "1")
    client.call("SET", "short", "v", "PX", "1000")
    client.call("SET", "long", "v", "PX", "5000")
    client.call("SET", "lasting", "v")
    save()
    client.call("PERSIST", "long")
    client.call("PEXPIRE", "lasting", "10")
    advance(milliseconds: 2000)
    #expect(client.call("DBSIZE") == ":1\r\n")
    restore()
    // What is over its time by now goes at once, the rest goes on.
    #expect(client.call("DBSIZE") == ":2\r\n")
    #expect(client.call("PTTL", "long") == ":3000\r\n" && client.call("PTTL", "lasting") == ":-1\r\n")
    advance(milliseconds: 3000)
    #expect(client.call("DBSIZE") == ":1\r\n")
    // With the clock set back, the past is as it was.
    harness.engine.withLock { _ = harness.engine.set(.data, microseconds: harness.engine.time(of: .data) - 5_000_000) }
    restore()
    #expect(client.call("PTTL", "short") == ":1000\r\n")
    #expect(harness.violations == [])
  }

  @Test func fieldsKeepTheirDeadlines() {
    var configuration = Configuration()
    configuration.emulatedVersion = "8.4.0"
    let harness = EngineHarness(configuration)
    let client = harness.client()
    harness.engine.withLock { harness.engine.freeze(.data) }
    for hash in ["small", "large"] {
      for index in 0..<(hash == "small" ? 3 : 600) { client.call("HSET", hash, "f\(index)", "v") }
      client.call("HPEXPIRE", hash, "1000", "FIELDS", "2", "f0", "f1")
    }
    let saved = harness.save()
    for hash in ["small", "large"] {
      client.call("HPERSIST", hash, "FIELDS", "1", "f0")
      client.call("HPEXPIRE", hash, "50000", "FIELDS", "1", "f1")
      client.call("HDEL", hash, "f2")
    }
    harness.restore(saved)
    for hash in ["small", "large"] {
      #expect(client.call("HPTTL", hash, "FIELDS", "3", "f0", "f1", "f2") == "*3\r\n:1000\r\n:1000\r\n:-1\r\n")
    }
    harness.engine.withLock {
      _ = harness.engine.advance(.data, microseconds: 1_000_000)
      harness.engine.settleClocks()
    }
    #expect(client.call("HLEN", "small") == ":1\r\n" && client.call("HLEN", "large") == ":598\r\n")
    #expect(harness.violations == [])
  }

  @Test(arguments: ["noeviction", "allkeys-lru", "allkeys-lfu"])
  func theUseOfKeysIsKept(policy: String) {
    client.call("CONFIG", "SET", "maxmemory-policy", policy)
    for index in 0..<300 { client.call("SET", "k\(index)", "v") }
    client.call("RPUSH", "list", "a")
    client.call("APPEND", "k7", "long")
    advance(milliseconds: 120_000)
    let was = harness.data
    save()
    for _ in 0..<20 { client.call("GET", "k1") }
    client.call("TOUCH", "k2", "list")
    client.call("LRANGE", "list", "0", "-1")
    client.call("GET", "k7")
    client.call("MGET", "k3", "none")
    let isOther = harness.data != was
    #expect(isOther)
    if policy == "noeviction" { #expect(client.call("OBJECT", "IDLETIME", "k2") == ":0\r\n") }
    restore()
    let isSame = harness.data == was
    #expect(isSame)
    if policy == "noeviction" { #expect(client.call("OBJECT", "IDLETIME", "k2") == ":120\r\n") }
  }

  // MARK: Clients

  @Test func everyWatchIsDirty() {
    let other = harness.client()
    client.call("SET", "k", "v")
    save()
    for watcher in [client, other] {
      watcher.call("WATCH", watcher === client ? "k" : "none")
      watcher.call("MULTI")
      watcher.call("SET", "mine", "v")
    }
    restore()
    #expect(client.call("EXEC") == "*-1\r\n" && other.call("EXEC") == "*-1\r\n")
    #expect(client.call("EXISTS", "mine") == ":0\r\n")
    // Once only; and a save dirties nothing.
    client.call("WATCH", "k")
    save()
    client.call("MULTI")
    #expect(client.call("EXEC") == "*0\r\n")
  }

  @Test func whatClientsHaveCachedIsInvalid() {
    let (reader, broadcast, other) = (harness.client(), harness.client(), harness.client())
    for client in [reader, broadcast, other] { client.call("HELLO", "3") }
    reader.call("CLIENT", "TRACKING", "ON")
    broadcast.call("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "x")
    save()
    reader.call("GET", "k")
    restore()
    let all = ">2\r\n$10\r\ninvalidate\r\n_\r\n"
    #expect(reader.pending() == all && broadcast.pending() == all && other.pending() == "")
    // What was cached before is forgotten.
    client.call("SET", "k", "v")
    #expect(reader.pending() == "")
  }

  @Test func whoWaitsForAKeyThatIsThereIsServed() {
    client.call("RPUSH", "list", "a", "b")
    client.call("ZADD", "z", "1", "m")
    client.call("SELECT", "2")
    client.call("RPUSH", "list", "of two")
    save()
    client.call("FLUSHALL")
    let (first, second, third, fourth, other) = (
      harness.client(), harness.client(), harness.client(), harness.client(), harness.client()
    )
    #expect(first.call("BLPOP", "list", "0") == "")
    #expect(second.call("BLPOP", "none", "list", "0") == "")
    #expect(third.call("BLPOP", "list", "0") == "")
    #expect(fourth.call("BZPOPMIN", "z", "0") == "")
    #expect(other.call("BLPOP", "nothing", "0") == "")
    restore()
    #expect(first.pending() == "*2\r\n$4\r\nlist\r\n$1\r\na\r\n")
    #expect(second.pending() == "*2\r\n$4\r\nlist\r\n$1\r\nb\r\n")
    #expect(third.pending() == "")
    #expect(fourth.pending() == "*3\r\n$1\r\nz\r\n$1\r\nm\r\n$1\r\n1\r\n")
    #expect(other.pending() == "")
    #expect(client.call("LLEN", "list") == ":1\r\n")
    restore()
    #expect(third.pending() == "*2\r\n$4\r\nlist\r\n$1\r\na\r\n")
  }

  @Test func noKeyRaisesAnEvent() {
    let listener = harness.client()
    client.call("CONFIG", "SET", "notify-keyspace-events", "KEA")
    client.call("SET", "k", "v")
    save()
    client.call("DEL", "k")
    listener.call("PSUBSCRIBE", "__key*")
    _ = listener.pending()
    restore()
    #expect(listener.pending() == "")
  }

  // MARK: The verb

  @Test func refuses() {
    #expect(control.call("LAB.SNAPSHOT", "RESTORE", "x y") == "-ERR no snapshot of that name: 'x y'\r\n")
    #expect(control.call("LAB.SNAPSHOT", "DROP", "x") == "-ERR no snapshot of that name: 'x'\r\n")
    #expect(control.call("LAB.SNAPSHOT", "DROP", "") == "-ERR no snapshot of that name: ''\r\n")
    for verb in ["SAVE", "RESTORE"] {
      #expect(control.call("LAB.SNAPSHOT", verb, "") == "-ERR a snapshot needs a name that is not empty\r\n")
    }
    #expect(control.call("LAB.SNAPSHOT") == "-ERR wrong number of arguments for 'lab.snapshot' command\r\n")
    for wrong in [["SAVE"], ["LIST", "x"], ["SAVE", "a", "b"], ["TAKE", "a"], ["DROP"]] {
      let reply = control.raw(HarnessClient.frame(["LAB.SNAPSHOT"] + wrong))
      #expect(reply == "-ERR syntax error: LAB.SNAPSHOT <SAVE name|RESTORE name|DROP name|LIST>\r\n")
    }
    #expect(control.call("LAB.SNAPSHOT", "LIST") == "*0\r\n")
  }

  @Test func listTellsWhatThereIs() {
    control.call("HELLO", "3")
    harness.engine.withLock { _ = harness.engine.set(.data, microseconds: 1_000_000_000) }
    client.call("MSET", "a", "1", "b", "2")
    save("first")
    client.call("SELECT", "1")
    client.call("SET", "c", String(repeating: "v", count: 100_000))
    advance(milliseconds: 5)
    save("second")
    func field(_ name: String, of line: Int, in reply: String) -> Int {
      let parts = reply.components("\r\n")
      let places = parts.indices.filter { parts[$0] == name }
      return places.count > line ? Int(parts[places[line] + 1].dropFirst()) ?? -1 : -1
    }
    var reply = control.call("LAB.SNAPSHOT", "LIST")
    #expect(reply.hasPrefix("*2\r\n%4\r\n$4\r\nname\r\n$5\r\nfirst\r\n$4\r\nkeys\r\n:2\r\n"))
    #expect((0..<2).map { field("keys", of: $0, in: reply) } == [2, 3])
    #expect((0..<2).map { field("saved", of: $0, in: reply) } == [1_000_000, 1_000_005])
    #expect(field("bytes", of: 1, in: reply) < 1000)
    // What the keyspace no longer has is held by the snapshot alone.
    client.call("DEL", "c")
    reply = control.call("LAB.SNAPSHOT", "LIST")
    #expect((100_000..<102_000).contains(field("bytes", of: 1, in: reply)))
    // Saved again, the name stands for the new one.
    save("first")
    reply = control.call("LAB.SNAPSHOT", "LIST")
    #expect((0..<2).map { field("keys", of: $0, in: reply) } == [3, 2])
  }

  @Test func namesMayBeAnyBytes() {
    let name = "a\r\n\u{0}ü"
    client.call("SET", "k", "v")
    save(name)
    client.call("DEL", "k")
    restore(name)
    #expect(client.call("EXISTS", "k") == ":1\r\n")
    drop(name)
    #expect(control.call("LAB.SNAPSHOT", "LIST") == "*0\r\n")
  }

  @Test func nothingIsSavedOrRestoredInTheMiddleOfACommand() {
    let busy = "-BUSY a command is under way: snapshots are saved and restored between commands, try again\r\n"
    client.call("SET", "k", "v")
    save()
    harness.engine.freeze(.script)
    let author = harness.client()
    author.call("EVAL", "redis.call('SET', 'k', 'w') while true do end", "1", "k")
    #expect(control.call("LAB.SNAPSHOT", "SAVE", "t") == busy)
    #expect(control.call("LAB.SNAPSHOT", "RESTORE", "s") == busy)
    #expect(control.call("LAB.SNAPSHOT", "LIST").hasPrefix("*1\r\n"))
    #expect(harness.engine.advance(.script, microseconds: 6_000_000))
    _ = author.pending()
    #expect(throws: SnapshotFailure.self) { try harness.engine.saveSnapshot() }
    #expect(throws: SnapshotFailure.self) { try harness.engine.restoreSnapshot(named: "s") }
    #expect(throws: Never.self) { try harness.engine.dropSnapshot(named: "s") }
  }

  /// The same while the server sleeps (DEBUG SLEEP).
  @Test func norWhileTheServerSleeps() {
    harness.engine.freeze(.wait)
    save()
    let sleeper = harness.client()
    #expect(sleeper.call("DEBUG", "SLEEP", "10") == "")
    #expect(control.call("LAB.SNAPSHOT", "RESTORE", "s").hasPrefix("-BUSY "))
    #expect(harness.engine.advance(.wait, microseconds: 10_000_000))
    #expect(sleeper.pending() == "+OK\r\n")
    restore()
  }

  // MARK: Memory

  @Test func memoryComesBackInSteps() {
    let before = harness.usedMemory
    client.call("DEBUG", "POPULATE", "50000", "k", "100")
    client.call("RPUSH", "list", "a")
    let full = harness.usedMemory
    save()
    #expect(harness.usedMemory - full < 2000)
    client.call("FLUSHALL")
    harness.settle()
    // The snapshot holds it all, and it is counted.
    #expect(harness.usedMemory > full - 10_000)
    #expect(client.call("INFO", "memory").contains("mem_not_counted_for_evict:0\r\n") == false)
    harness.engine.withLock {
      guard let saved = "s".lend({ unsafe harness.engine.state.pointee.snapshots.find($0) }) else { return }
      unsafe harness.engine.state.pointee.dropData(saved)
      // Not at once: the loop goes on with others' requests meanwhile.
      unsafe #expect(harness.engine.state.pointee.usedMemory > full - 100_000)
      unsafe #expect(harness.engine.wantsTasks && !harness.engine.state.pointee.graveyard.pointee.isEmpty)
      // Nor are they keys that clients have freed.
      unsafe #expect(harness.engine.state.pointee.graveyard.pointee.pendingObjects == 0)
    }
    harness.settle()
    #expect(abs(harness.usedMemory - before) < 1000)
  }

  @Test func anEngineMayEndWithSnapshots() {
    let left = MemoryAccount.apart {
      let harness = EngineHarness(Self.configuration)
      let client = harness.client()
      client.call("DEBUG", "POPULATE", "1000")
      let saved = harness.save()
      client.call("FLUSHALL")
      harness.restore(saved)
    }
    #expect(left == 0)
  }

  // MARK: Other engines

  @Test func anotherEngineGetsACopy() throws {
    let other = EngineHarness(Self.configuration, seed: 99)
    let reader = other.client()
    reader.call("SET", "its own", "v")
    reader.call("WATCH", "nothing")
    client.call("DEBUG", "POPULATE", "3000", "k", "30")
    client.call("SET", "passing", "v", "PX", "60000")
    client.call("SET", "number", "12345678901")
    client.call("APPEND", "raw", "text")
    client.call("SET", "long", String(repeating: "v", count: 5000))
    for index in 0..<600 {
      client.call("SADD", "set", "m\(index)")
      client.call("ZADD", "z", "\(index)", "m\(index)")
      client.call("HSET", "h", "f\(index)", "v")
      client.call("RPUSH", "list", "element \(index)")
    }
    client.call("SADD", "integers", "3", "1", "2")
    client.call("XADD", "stream", "1-1", "f", "v")
    client.call("XGROUP", "CREATE", "stream", "g", "0")
    client.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "stream", ">")
    client.call("SELECT", "9")
    client.call("PFADD", "hll", "a", "b")
    client.call("SELECT", "0")
    other.engine.withLock {
      other.engine.freeze(.data)
      _ = other.engine.set(.data, microseconds: harness.engine.time(of: .data))
    }
    let saved = try harness.engine.saveSnapshot()
    client.call("FLUSHALL")
    let image = try harness.engine.snapshotImage(saved.identifier)
    #expect(image.keyCount == saved.keyCount && image.databaseCount == 10)
    try other.engine.load(image)
    try harness.engine.restoreSnapshot(saved.identifier)
    func digest(_ client: HarnessClient) -> String { client.call("DEBUG", "DIGEST") }
    #expect(digest(client) == digest(reader))
    for key in ["raw", "number", "long", "set", "z", "h", "list", "integers", "stream", "k:7"] {
      for call in [["OBJECT", "ENCODING", key], ["TYPE", key], ["OBJECT", "IDLETIME", key]] {
        #expect(client.raw(HarnessClient.frame(call)) == reader.raw(HarnessClient.frame(call)), "\(call)")
      }
    }
    #expect(reader.call("PTTL", "passing") == ":60000\r\n" && reader.call("EXISTS", "its own") == ":0\r\n")
    #expect(reader.call("XPENDING", "stream", "g") == client.call("XPENDING", "stream", "g"))
    #expect(other.violations == [])
    reader.call("MULTI")
    #expect(reader.call("EXEC") == "*-1\r\n")
    // They are independent.
    reader.call("FLUSHALL")
    #expect(client.call("SCARD", "set") == ":600\r\n")

    var configuration = Configuration()
    configuration.databaseCount = 4
    let small = EngineHarness(configuration)
    #expect(throws: SnapshotFailure.self) { try small.engine.load(image) }
    #expect(throws: SnapshotFailure.self) { try harness.engine.snapshotImage(77) }
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [String] {
    var parts: [String] = [""]
    var rest = unicodeScalars[...]
    while !rest.isEmpty {
      if rest.starts(with: separator.unicodeScalars) {
        rest = rest.dropFirst(separator.unicodeScalars.count)
        parts.append("")
      } else {
        parts[parts.count - 1].unicodeScalars.append(rest.removeFirst())
      }
    }
    return parts
  }
}
