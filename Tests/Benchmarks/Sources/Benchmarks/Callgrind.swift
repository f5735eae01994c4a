// Instructions per operation, counted by valgrind's callgrind: the same on a busy machine as on an idle one.
//
// Each server runs twice under callgrind, with few requests and with many; the difference divided by the difference in
// requests is the cost of one, start and end taken out.

import Foundation
import UnderstudyTestSupport

struct CallgrindBenchmark {
  let options: Options
  let subjects: [Subject]

  func run(_ report: Report) throws {
    guard TestEnvironment.executable(named: "valgrind") != nil else { throw BenchmarkError("valgrind is not installed") }
    for depth in options.depths where depth <= 16 {
      var rows: [[String]] = []
      for workload in Workload.all {
        if let commands = options.commands, !commands.contains(workload.name.uppercased()) { continue }
        let counts = try subjects.prefix(2).map { try instructions($0, workload, depth) }
        rows.append([workload.name, figure(counts[0]), figure(counts[1]), ratio(counts[0], counts[1])])
        print(rows.last?.joined(separator: "  ") ?? "")
      }
      report.table(
        "Instructions per operation, P = \(depth)", ["command", "redis-server", subjects[1].name, "ratio"], rows)
    }
  }

  private func instructions(_ subject: Subject, _ workload: Workload, _ depth: Int) throws -> Double {
    let (few, many) = (2_000 * depth, 12_000 * depth)
    return try (total(subject, workload, depth, many) - total(subject, workload, depth, few)) / Double(many - few)
  }

  /// All instructions of a server's life with so many requests.
  private func total(_ subject: Subject, _ workload: Workload, _ depth: Int, _ requests: Int) throws -> Double {
    let port = try freePort()
    let socket = "/tmp/understudy-callgrind-\(port).sock"
    let output = "/tmp/understudy-callgrind-\(port).out"
    defer {
      try? FileManager.default.removeItem(atPath: socket)
      try? FileManager.default.removeItem(atPath: output)
    }
    let valgrind = ["/usr/bin/env", "valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=\(output)"]
    let process = try ChildProcess(valgrind + subject.commandLine(port, socket))
    let address = ServerAddress.tcp(host: "127.0.0.1", port: port)
    try wait(until: "\(subject.name) answers under valgrind", milliseconds: 60_000) {
      (try? RawClient(address)) != nil
    }
    let client = try RawClient(address, timeoutMilliseconds: 60_000)
    var arguments = workload.arguments
    switch workload.prepare {
    case .nothing: break
    case .keys: try fill(client, "SET", count: 1000) { ["key:\(padded($0))", "xxx"] }
    case .list: try client.command(["RPUSH", "mylist"] + Array(repeating: Argument("xxx"), count: 1000))
    case .elements(let count, let command): try fill(client, count: min(count, 1000), command)
    case .script(let script):
      try fill(client, "SET", count: 1000) { ["key:\(padded($0))", "xxx"] }
      let digest = try client.command("SCRIPT", "LOAD", Argument(script)).text ?? ""
      arguments = arguments.map { $0 == "SHA" ? digest : $0 }
    }
    _ = try Subject.run(
      [redisBenchmark, "-p", "\(port)", "-c", "50", "-n", "\(requests)", "-P", "\(depth)", "-r", "1000", "--csv"]
        + arguments)
    process.signal(15)
    try wait(until: "valgrind has written its counts", milliseconds: 60_000) { !process.isRunning }
    let text = readSmallFile(output) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("summary:") || $0.hasPrefix("totals:") }
    guard let count = line?.split(separator: " ").last.flatMap({ Double($0) }) else {
      throw BenchmarkError("callgrind wrote no counts for \(subject.name)")
    }
    return count
  }
}
