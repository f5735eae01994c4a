// Throughput and server CPU per operation: both servers driven with redis-benchmark, by turns, the same requests.
//
// The measure to trust is CPU per operation: with one request at a time redis-benchmark itself is what limits the
// throughput, and it shares the machine with the server.

import Foundation
import UnderstudyTestSupport

/// What was measured of one server with one workload.
struct Sample {
  var requestsPerSecond: [Double] = []
  var microsecondsPerOperation: [Double] = []
}

struct ThroughputBenchmark {
  let options: Options
  let subjects: [Subject]
  var workloads = Workload.all

  func run(_ report: Report) throws {
    for transport in ["tcp", "unix"] where options.transports.contains(transport) {
      for depth in options.depths { try measure(transport, depth, report) }
    }
  }

  /// The commands of collections, over TCP at one depth.
  static func runCollections(_ options: Options, _ subjects: [Subject], _ report: Report) throws {
    let benchmark = ThroughputBenchmark(
      options: options, subjects: Array(subjects.prefix(2)), workloads: Workload.collections)
    try benchmark.measure("tcp", 16, report)
  }

  private func measure(_ transport: String, _ depth: Int, _ report: Report) throws {
    let requests = options.full ? [1: 200_000, 16: 1_000_000][depth] ?? 2_000_000 : [1: 40_000, 16: 200_000][depth] ?? 400_000
    // A debug build is compared where it matters: at the depths that tests run at.
    let subjects = depth > 16 ? Array(self.subjects.prefix(2)) : self.subjects
    let servers = try subjects.map { try $0.start() }
    var rows: [[String]] = []
    for workload in workloads {
      if let commands = options.commands, !commands.contains(workload.name.uppercased()) { continue }
      var samples = subjects.map { _ in Sample() }
      for round in 0..<options.rounds {
        // Every other round begins with the other server, so that neither always runs on the warmer machine.
        let order = round.isMultiple(of: 2) ? Array(servers.indices) : servers.indices.reversed()
        for index in order {
          let count = Int(Double(requests) * workload.share)
          guard let result = try drive(servers[index], transport, depth, count, workload) else { continue }
          samples[index].requestsPerSecond.append(result.requestsPerSecond)
          samples[index].microsecondsPerOperation.append(result.microseconds)
        }
      }
      rows.append(row(workload, samples))
      print(rows.last?.joined(separator: "  ") ?? "")
    }
    let debug = subjects.count > 2 ? ["debug CPU µs/op", "CPU ratio"] : []
    let name = subjects[1].name
    report.table(
      "\(transport == "tcp" ? "TCP" : "Unix socket"), P = \(depth), 50 connections",
      note: "\(requests) requests a round, \(options.rounds) rounds by turns, medians. Ratios above 1 speak for \(name).",
      ["command", "redis req/s", "\(name) req/s", "ratio", "redis CPU µs/op", "\(name) CPU µs/op", "CPU ratio"] + debug,
      rows)
  }

  private func row(_ workload: Workload, _ samples: [Sample]) -> [String] {
    let rate = samples.map { median($0.requestsPerSecond) }
    let cpu = samples.map { median($0.microsecondsPerOperation) }
    // Ratios are taken within a round and then the median of them: what disturbs the machine lasts longer than a round,
    // so it disturbs both servers.
    func paired(_ a: [Double], _ b: [Double]) -> String { ratio(median(zip(a, b).map { $1 > 0 ? $0 / $1 : 0 }), 1) }
    func cpuRatio(_ index: Int) -> String {
      paired(samples[0].microsecondsPerOperation, samples[index].microsecondsPerOperation)
    }
    var row = [
      workload.name, figure(rate[0]), figure(rate[1]),
      paired(samples[1].requestsPerSecond, samples[0].requestsPerSecond), figure(cpu[0]), figure(cpu[1]), cpuRatio(1),
    ]
    if samples.count > 2 { row += [figure(cpu[2]), cpuRatio(2)] }
    return row
  }

  /// One measurement; nil if the server does not have the command.
  private func drive(
    _ server: any TestServer, _ transport: String, _ depth: Int, _ requests: Int, _ workload: Workload
  ) throws -> (requestsPerSecond: Double, microseconds: Double)? {
    guard let arguments = try prepare(server, requests, workload) else { return nil }
    let where_: [String] =
      switch (transport == "unix" ? server.unix : server.tcp) {
      case .tcp(let host, let port): ["-h", host, "-p", "\(port)"]
      case .unix(let path): ["-s", path]
      }
    let before = server.cpuNanoseconds
    let output = try Subject.run(
      [redisBenchmark] + where_
        + ["-c", "50", "-n", "\(requests)", "-P", "\(depth)", "-r", "\(workload.keySpace)", "--csv"] + arguments)
    let used = server.cpuNanoseconds - before
    guard let line = output.split(separator: "\n").last, let rate = Double(field(String(line), 1)) else {
      throw BenchmarkError("redis-benchmark printed:\n\(output)")
    }
    return (rate, used / Double(requests) / 1000)
  }

  /// A field of a line of quoted, comma-separated values, from the end of its first field, which may hold commas.
  private func field(_ line: String, _ index: Int) -> String {
    let parts = line.components(separatedBy: "\",\"")
    return parts.count > index ? parts[index].trimmingCharacters(in: CharacterSet(charactersIn: "\"")) : ""
  }

  private func prepare(_ server: any TestServer, _ requests: Int, _ workload: Workload) throws -> [String]? {
    let client = try RawClient(server.tcp, timeoutMilliseconds: 120_000)
    try client.command("FLUSHALL")
    let probe = try client.command([Argument(workload.arguments[0])])
    if probe.text?.hasPrefix("ERR unknown command") == true { return nil }
    switch workload.prepare {
    case .nothing: break
    case .keys: try fill(client, "SET", count: Workload.keySpace) { ["key:\(padded($0))", "xxx"] }
    case .list: try fill(client, "RPUSH", count: requests) { _ in ["mylist", "xxx"] }
    case .elements(let count, let command):
      try fill(client, count: count, command)
    case .script(let script):
      try fill(client, "SET", count: Workload.keySpace) { ["key:\(padded($0))", "xxx"] }
      guard let digest = try client.command("SCRIPT", "LOAD", Argument(script)).text, digest.count == 40 else { return nil }
      return workload.arguments.map { $0 == "SHA" ? digest : $0 }
    }
    return workload.arguments
  }
}

/// Sends one command many times, in pipelines, and reads the replies.
func fill(_ client: RawClient, _ name: Argument, count: Int, _ arguments: (Int) -> [Argument]) throws {
  try fill(client, count: count) { [name] + arguments($0) }
}

/// Sends many commands in pipelines and reads their replies.
func fill(_ client: RawClient, count: Int, _ command: (Int) -> [Argument]) throws {
  var sent = 0
  while sent < count {
    let batch = min(1000, count - sent)
    var bytes: [UInt8] = []
    for index in sent..<(sent + batch) { bytes += encodeCommand(command(index)) }
    try client.send(bytes)
    for _ in 0..<batch { _ = try client.receive() }
    sent += batch
  }
}

/// A number as redis-benchmark writes it into a key: twelve digits.
func padded(_ number: Int) -> String {
  let text = String(number)
  return String(repeating: "0", count: max(0, 12 - text.count)) + text
}

let redisBenchmark = TestEnvironment.executable(named: "redis-benchmark") ?? "redis-benchmark"
