// The servers that are measured, how they are found or built, and what the kernel says they used.

import Foundation
import UnderstudyTestSupport

/// How to start one of the servers that are compared.
struct Subject: Sendable {
  var name: String
  /// Starts it on free ports.
  var start: @Sendable () throws -> any TestServer
  /// The command line that starts it on a given TCP port and Unix socket.
  var commandLine: @Sendable (_ port: Int, _ socket: String) -> [String]

  static let redis = Subject(
    name: "redis-server",
    start: { try OracleServer(["--maxclients", "20000"]) },
    commandLine: { port, socket in
      [OracleServer.path ?? "redis-server", "--save", "", "--port", "\(port)", "--unixsocket", socket]
    })

  static func understudy(_ name: String, _ path: String) -> Subject {
    Subject(
      name: name,
      start: { try UnderstudyProcess(path: path, ["--maxclients", "20000"]) },
      commandLine: { port, socket in [path, "--save", "", "--port", "\(port)", "--unixsocket", socket] })
  }

  /// The folder of the package that is measured.
  static let root: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<5 { url.deleteLastPathComponent() }
    return url.path
  }()

  /// Builds `understudy` and gives the path of the executable.
  static func build(_ configuration: String) throws -> String {
    print("building understudy (\(configuration)) …")
    let swift = ["swift", "build", "--package-path", root, "-c", configuration, "--product", "understudy"]
      + (configuration == "release" ? ["--static-swift-stdlib"] : [])
    let path = try run(["/usr/bin/env"] + swift + ["--show-bin-path"]).trimmingCharacters(in: .newlines) + "/understudy"
    _ = try run(["/usr/bin/env"] + swift)
    guard FileManager.default.isExecutableFile(atPath: path) else { throw BenchmarkError("no executable at \(path)") }
    return path
  }

  /// Runs a program; its standard output, or an error with what it printed.
  static func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: arguments[0])
    process.arguments = Array(arguments.dropFirst())
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw BenchmarkError("\(arguments.joined(separator: " ")) ended with \(process.terminationStatus)\n\(output)")
    }
    return output
  }
}

extension TestServer {
  /// The time that the server's threads have spent on a processor, in nanoseconds.
  var cpuNanoseconds: Double {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/task")) ?? []
    return tasks.reduce(0) { sum, task in
      let text = readSmallFile("/proc/\(processID)/task/\(task)/schedstat") ?? ""
      return sum + (text.split(separator: " ").first.flatMap { Double($0) } ?? 0)
    }
  }

  /// The server's resident memory, in bytes.
  var residentBytes: Double { Benchmarks.residentBytes(ofProcess: String(processID)) }
}

/// The resident memory of a process, in bytes: by its number, or `self`.
func residentBytes(ofProcess process: String) -> Double {
  let text = readSmallFile("/proc/\(process)/status") ?? ""
  guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }) else { return 0 }
  return (line.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0) * 1024
}
