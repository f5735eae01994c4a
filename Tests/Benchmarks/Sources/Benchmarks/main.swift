// The benchmark's entry: reads the options, builds what is to be measured, runs the parts, writes the report.

import Foundation
import UnderstudyTestSupport

func runBenchmarks() throws {
  let options = try Options(Array(CommandLine.arguments.dropFirst()))
  guard OracleServer.path != nil else { throw OracleMissing() }
  var subjects: [Subject] = [.redis]
  if options.subjectIsRedis {
    subjects.append(Subject(name: "redis again", start: Subject.redis.start, commandLine: Subject.redis.commandLine))
  } else {
    let path = try options.binary ?? Subject.build("release")
    subjects.append(.understudy("understudy", path))
    if options.debugBinary != "none" && !options.callgrind {
      subjects.append(.understudy("understudy (debug)", try options.debugBinary ?? Subject.build("debug")))
    }
  }
  let report = Report()
  report.say("# Understudy and redis-server, measured side by side")
  report.say("\n\(machine())\n")
  if options.callgrind {
    try CallgrindBenchmark(options: options, subjects: subjects).run(report)
  } else {
    let parts: [(String, () throws -> Void)] = [
      ("throughput", { try ThroughputBenchmark(options: options, subjects: subjects).run(report) }),
      ("collections", { try ThroughputBenchmark.runCollections(options, subjects, report) }),
      ("elements", { try ElementBenchmark(options: options, subjects: subjects).run(report) }),
      ("startup", { try StartupBenchmark(options: options, subjects: subjects).run(report) }),
      ("memory", { try MemoryBenchmark(options: options, subjects: subjects).run(report) }),
      ("connections", { try ConnectionBenchmark(options: options, subjects: subjects).run(report) }),
      ("inprocess", { try InProcessBenchmark(options: options).run(report) }),
      ("snapshots", { try SnapshotBenchmark(options: options).run(report) }),
    ]
    for (name, part) in parts where options.parts.contains(name) { try part() }
  }
  if let path = options.markdown { try report.write(to: path) }
}

/// What the figures were measured on.
func machine() -> String {
  let cpu = (readSmallFile("/proc/cpuinfo") ?? "").split(separator: "\n").first { $0.hasPrefix("model name") }
    .flatMap { $0.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } } ?? "unknown processor"
  let redis = (try? Subject.run([OracleServer.path ?? "redis-server", "--version"])) ?? ""
  let version = redis.split(separator: " ").first { $0.hasPrefix("v=") }?.dropFirst(2) ?? "?"
  return "redis-server \(version), \(ProcessInfo.processInfo.activeProcessorCount) × \(cpu)"
}

/// Opens as many descriptors as the machine allows.
func raiseDescriptorLimit() {
  var limit = rlimit()
  #if os(Linux)
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    let resource = RLIMIT_NOFILE
  #endif
  guard getrlimit(resource, &limit) == 0 else { return }
  limit.rlim_cur = limit.rlim_max
  setrlimit(resource, &limit)
}

do { try runBenchmarks() } catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
