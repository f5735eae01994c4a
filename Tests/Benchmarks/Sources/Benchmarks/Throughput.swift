// Throughput and server CPU per operation: both servers driven with redis-benchmark, by turns, the same requests.
//
// The measure to trust is CPU per operation: with one request at a time redis-benchmark itself is what limits the
// throughput, and it shares the machine with the server. A new command is a line in `workloads`.

import Foundation
import UnderstudyTestSupport

/// One command to measure.
struct Workload {
  var name: String
  /// What redis-benchmark is told to send.
  var arguments: [String]
  /// What the data must be before a measurement of that many requests.
  var prepare: Preparation = .nothing

  enum Preparation {
    case nothing
    /// All keys of the key space, with small values.
    case keys
    /// A list of at least as many elements as there are requests.
    case list
    /// The script, whose digest replaces `SHA` in the arguments.
    case script(String)
  }

  static let keySpace = 100_000
  static let getAndSet = "local v = redis.call('GET', KEYS[1]) redis.call('SET', KEYS[1], ARGV[1]) return v"

  static let all: [Workload] = [
    Workload(name: "PING", arguments: ["PING"]),
    Workload(name: "GET", arguments: ["GET", "key:__rand_int__"], prepare: .keys),
    Workload(name: "SET", arguments: ["SET", "key:__rand_int__", "xxx"], prepare: .keys),
    Workload(name: "INCR", arguments: ["INCR", "counter:__rand_int__"]),
    Workload(name: "LPUSH", arguments: ["LPUSH", "mylist", "xxx"]),
    Workload(name: "RPUSH", arguments: ["RPUSH", "mylist", "xxx"]),
    Workload(name: "LPOP", arguments: ["LPOP", "mylist"], prepare: .list),
    Workload(name: "SADD", arguments: ["SADD", "myset", "element:__rand_int__"]),
    Workload(name: "HSET", arguments: ["HSET", "myhash", "element:__rand_int__", "xxx"]),
    Workload(name: "ZADD", arguments: ["ZADD", "myzset", "__rand_int__", "element:__rand_int__"]),
    Workload(
      name: "MSET (10)", arguments: ["MSET"] + (0..<10).flatMap { _ in ["key:__rand_int__", "xxx"] }, prepare: .keys),
    Workload(name: "EVALSHA return 1", arguments: ["EVALSHA", "SHA", "0"], prepare: .script("return 1")),
    Workload(
      name: "EVALSHA GET+SET", arguments: ["EVALSHA", "SHA", "1", "key:__rand_int__", "xxx"],
      prepare: .script(getAndSet)),
  ]
}

/// What was measured of one server with one workload.
struct Sample {
  var requestsPerSecond: [Double] = []
  var microsecondsPerOperation: [Double] = []
}

struct ThroughputBenchmark {
  let options: Options
  let subjects: [Subject]

  func run(_ report: Report) throws {
    for transport in ["tcp", "unix"] where options.transports.contains(transport) {
      for depth in options.depths { try measure(transport, depth, report) }
    }
  }

  private func measure(_ transport: String, _ depth: Int, _ report: Report) throws {
    let requests = options.full ? [1: 200_000, 16: 1_000_000][depth] ?? 2_000_000 : [1: 40_000, 16: 200_000][depth] ?? 400_000
    // A debug build is compared where it matters: at the depths that tests run at.
    let subjects = depth > 16 ? Array(self.subjects.prefix(2)) : self.subjects
    let servers = try subjects.map { try $0.start() }
    var rows: [[String]] = []
    for workload in Workload.all {
      if let commands = options.commands, !commands.contains(workload.name.uppercased()) { continue }
      var samples = subjects.map { _ in Sample() }
      for round in 0..<options.rounds {
        // Every other round begins with the other server, so that neither always runs on the warmer machine.
        let order = round.isMultiple(of: 2) ? Array(servers.indices) : servers.indices.reversed()
        for index in order {
          guard let result = try drive(servers[index], transport, depth, requests, workload) else { continue }
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
        + ["-c", "50", "-n", "\(requests)", "-P", "\(depth)", "-r", "\(Workload.keySpace)", "--csv"] + arguments)
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
    case .script(let script):
      try fill(client, "SET", count: Workload.keySpace) { ["key:\(padded($0))", "xxx"] }
      guard let digest = try client.command("SCRIPT", "LOAD", Argument(script)).text, digest.count == 40 else { return nil }
      return workload.arguments.map { $0 == "SHA" ? digest : $0 }
    }
    return workload.arguments
  }
}

/// Sends many commands in pipelines and reads their replies.
func fill(_ client: RawClient, _ name: Argument, count: Int, _ arguments: (Int) -> [Argument]) throws {
  var sent = 0
  while sent < count {
    let batch = min(1000, count - sent)
    var bytes: [UInt8] = []
    for index in sent..<(sent + batch) { bytes += encodeCommand([name] + arguments(index)) }
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
