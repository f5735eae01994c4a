// Snapshots at a million keys, in this process: what saving and restoring cost, what the first write after them costs, and
// what a copy for another server does.
//
// Times are wall times of single calls, medians of rounds; each call takes the engine's lock, as a test's would.

import Foundation
import Understudy
import UnderstudyTestSupport

struct SnapshotBenchmark {
  let options: Options
  private static let count = 1_000_000

  func run(_ report: Report) throws {
    let redis = try waitFor { try await RedisServer.start() }
    // Keys of 16 bytes, values of 32; one in ten expires, some day.
    let value = String(repeating: "v", count: 32)
    for index in 0..<Self.count {
      try redis.set(key(index), value, expiresAfter: index % 10 == 0 ? .seconds(1_000_000 + index) : nil)
    }
    let rounds = options.full ? 101 : 31
    var samples: [String: [Double]] = [:]
    func measure(_ name: String, _ body: () throws -> Void) rethrows {
      let began = ContinuousClock.now
      try body()
      samples[name, default: []].append(began.duration(to: .now) / .seconds(1))
    }
    let prepared = try redis.snapshot()
    for round in 0..<rounds {
      var saved: RedisServer.Snapshot?
      try measure("save") { saved = try redis.snapshot() }
      try measure("first write after a save") { try redis.set(key(round * 7919 % Self.count), "changed") }
      try measure("next write elsewhere") { try redis.set(key(round * 104_729 % Self.count), "changed") }
      for index in 0..<1000 { try redis.set(key(index * 997 % Self.count), "changed") }
      let last = saved
      try measure("restore, 1,002 keys changed since") { if let last { try redis.restore(last) } }
      try measure("first write after a restore") { try redis.set(key(round * 7919 % Self.count), "changed") }
      saved = nil
      try measure("restore the first") { try redis.restore(prepared) }
    }
    try redis.restore(prepared)
    let reads = try perRead(redis)
    // What was saved anew shares all with what the reads have made their own, so these read the same again.
    let alone = try perRead(redis)
    let began = ContinuousClock.now
    let fork = try waitFor { try await RedisServer.start(with: prepared) }
    let first = began.duration(to: .now) / .seconds(1)
    let again = ContinuousClock.now
    let other = try waitFor { try await RedisServer.start(with: prepared) }
    let second = again.duration(to: .now) / .seconds(1)
    guard try fork.call("DBSIZE") == .integer(Int64(Self.count)), try other.get(key(5)) == value else {
      throw BenchmarkError("a copy lacks keys")
    }
    waitFor {
      await fork.stop()
      await other.stop()
      await redis.stop()
    }
    let names = [
      "save", "first write after a save", "next write elsewhere", "restore, 1,002 keys changed since",
      "first write after a restore", "restore the first",
    ]
    report.table(
      "Snapshots of a million keys", note: "Medians and worst of \(rounds) rounds; the rest once.", ["what", "median", "worst"],
      names.map { name in
        let all = samples[name] ?? []
        return [name, microseconds(median(all)), microseconds(all.max() ?? 0)]
      } + [
        ["GET of each key, each copied from the snapshot's by it", "\(figure(reads * 1e9)) ns", ""],
        ["the same again", "\(figure(alone * 1e9)) ns", ""],
        ["a copy for another server, the first", "\(figure(first * 1000)) ms", ""],
        ["each further copy", "\(figure(second * 1000)) ms", ""],
      ])
  }

  private func key(_ index: Int) -> String { "key:" + padded(index) }

  /// Seconds for each GET of all keys, a second after they were used last at least.
  private func perRead(_ redis: RedisServer) throws -> Double {
    let clock = redis.clock(.data)
    try clock.advance(by: .seconds(2))
    let began = ContinuousClock.now
    for index in 0..<Self.count { try redis.call("GET", key(index)) }
    return began.duration(to: .now) / .seconds(1) / Double(Self.count)
  }

  private func microseconds(_ seconds: Double) -> String { "\(figure(seconds * 1e6)) µs" }
}
