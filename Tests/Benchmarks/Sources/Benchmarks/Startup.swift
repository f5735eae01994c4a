// How long a server takes from being executed to its first reply.

import Foundation
import UnderstudyTestSupport

struct StartupBenchmark {
  let options: Options
  let subjects: [Subject]

  func run(_ report: Report) throws {
    var times: [[Double]] = subjects.map { _ in [] }
    for _ in 0..<(options.full ? 60 : 20) {
      for (index, subject) in subjects.enumerated() { times[index].append(try start(subject)) }
    }
    let medians = times.map(median)
    report.table(
      "From exec to the first PONG", ["server", "ms", "ratio"],
      subjects.indices.map { [subjects[$0].name, figure(medians[$0]), ratio(medians[0], medians[$0])] })
  }

  /// Starts a server, asks it PING as soon as it can be reached, and gives the time in milliseconds.
  private func start(_ subject: Subject) throws -> Double {
    let port = try freePort()
    let socket = "/tmp/understudy-start-\(port).sock"
    defer { try? FileManager.default.removeItem(atPath: socket) }
    let began = ContinuousClock.now
    let process = try ChildProcess(unguarded: subject.commandLine(port, socket))
    defer { process.stop() }
    let deadline = Deadline(milliseconds: 20_000)
    while !deadline.hasPassed {
      guard let client = try? RawClient(.tcp(host: "127.0.0.1", port: port)) else { continue }
      guard try client.command("PING") == .simple("PONG") else { break }
      return began.duration(to: .now) / .milliseconds(1)
    }
    throw BenchmarkError("\(subject.name) did not answer")
  }
}
