// Elements: bytes for each element of collections, small and large; and what a collection of ten million costs others: how
// long they wait while it is removed.

import Foundation
import UnderstudyTestSupport

struct ElementBenchmark {
  let options: Options
  let subjects: [Subject]

  private struct Kind {
    let name: String
    /// How many commands build it, and how many elements each of them adds.
    let commands: Int
    let elements: Int
    let command: @Sendable (Int) -> [Argument]
  }

  /// Elements of twelve bytes; small collections hold ten of them.
  private static let kinds: [Kind] = {
    @Sendable func ten(_ number: Int) -> [Int] { (0..<10).map { number * 10 + $0 } }
    let small = 100_000
    let large = 1_000_000
    return [
      Kind(name: "list of 1 M", commands: large, elements: 1) { ["RPUSH", "k", Argument(padded($0))] },
      Kind(name: "lists of 10", commands: small, elements: 10) { number in
        ["RPUSH", Argument("k:\(padded(number))")] + ten(number).map { Argument(padded($0)) }
      },
      Kind(name: "set of 1 M", commands: large, elements: 1) { ["SADD", "k", Argument("e:\(padded($0))")] },
      Kind(name: "sets of 10", commands: small, elements: 10) { number in
        ["SADD", Argument("k:\(padded(number))")] + ten(number).map { Argument("e:\(padded($0))") }
      },
      Kind(name: "sets of 10 integers", commands: small, elements: 10) { number in
        ["SADD", Argument("k:\(padded(number))")] + ten(number).map { Argument($0) }
      },
      Kind(name: "hash of 1 M", commands: large, elements: 1) { ["HSET", "k", Argument("f:\(padded($0))"), "xxx"] },
      Kind(name: "hashes of 10", commands: small, elements: 10) { number in
        ["HSET", Argument("k:\(padded(number))")] + ten(number).flatMap { [Argument("f:\(padded($0))"), "xxx"] }
      },
      Kind(name: "sorted set of 1 M", commands: large, elements: 1) {
        ["ZADD", "k", Argument($0), Argument("e:\(padded($0))")]
      },
      Kind(name: "sorted sets of 10", commands: small, elements: 10) { number in
        ["ZADD", Argument("k:\(padded(number))")] + ten(number).flatMap { [Argument($0), Argument("e:\(padded($0))")] }
      },
      Kind(name: "stream of 1 M", commands: large, elements: 1) {
        ["XADD", "k", Argument("1-\($0 + 1)"), "field", Argument(padded($0))]
      },
    ]
  }()

  func run(_ report: Report) throws {
    var rows: [[String]] = []
    for kind in Self.kinds {
      let bytes = try subjects.prefix(2).map { try measure($0, kind) }
      guard bytes.count == 2 else { continue }
      rows.append([kind.name, figure(bytes[0]), figure(bytes[1]), ratio(bytes[1], bytes[0])])
    }
    let name = subjects[1].name
    report.table(
      "Bytes an element", note: "Resident size; keys of small collections included. Ratios below 1 speak for \(name).",
      ["collection", "redis-server", name, "ratio"], rows)
    try runLarge(report)
  }

  private func measure(_ subject: Subject, _ kind: Kind) throws -> Double {
    let server = try subject.start()
    let client = try RawClient(server.tcp, timeoutMilliseconds: 120_000)
    try client.command("PING")
    let before = server.residentBytes
    try fill(client, count: kind.commands, kind.command)
    return (server.residentBytes - before) / Double(kind.commands * kind.elements)
  }

  /// Ten million members in one sorted set.
  private func runLarge(_ report: Report) throws {
    var rows: [[String]] = []
    for subject in subjects.prefix(2) {
      let server = try subject.start()
      let client = try RawClient(server.tcp, timeoutMilliseconds: 600_000)
      let count = 10_000_000
      let began = ContinuousClock.now
      try fill(client, count: count / 20) { number in
        ["ZADD", "k"] + (0..<20).flatMap { [Argument(number * 20 + $0), Argument("e:\(padded(number * 20 + $0))")] }
      }
      let built = began.duration(to: .now) / .seconds(1)
      func time(_ count: Int, _ command: (Int) -> [Argument]) throws -> Double {
        let began = ContinuousClock.now
        for index in 0..<count { try client.command(command(index)) }
        return began.duration(to: .now) / .microseconds(1) / Double(count)
      }
      let rank = try time(2_000) { ["ZRANK", "k", Argument("e:\(padded($0 * 4_999 % count))")] }
      let range = try time(2_000) { ["ZRANGE", "k", Argument($0 * 4_999), Argument($0 * 4_999 + 9)] }
      let deleted = try stall(server, client, "DEL")
      rows.append([subject.name, figure(built), figure(rank), figure(range), figure(deleted)])
    }
    report.table(
      "A sorted set of ten million",
      note: "Round trips of one client, microseconds; what another client waits at most while it is deleted, milliseconds.",
      ["server", "seconds to build", "ZRANK", "ZRANGE of 10", "longest wait during DEL"], rows)
  }

  /// The longest that a client waits for a PONG, milliseconds, while another one removes the key and for a second after.
  private func stall(_ server: any TestServer, _ client: RawClient, _ command: Argument) throws -> Double {
    let other = try RawClient(server.tcp, timeoutMilliseconds: 60_000)
    try other.command("PING")
    var longest = 0.0
    try client.sendCommand([command, "k"])
    let end = ContinuousClock.now + .seconds(1)
    while ContinuousClock.now < end {
      let began = ContinuousClock.now
      try other.command("PING")
      longest = max(longest, began.duration(to: .now) / .milliseconds(1))
    }
    _ = try client.receive()
    return longest
  }
}
