// Runs of programs to their end, with all that they said: the built program, and the clients that the tests drive.

import Foundation
import Testing
import UnderstudyTestSupport

struct ProgramRun {
  let status: Int32
  let output: String
  let errors: String

  struct DidNotEnd: Error, CustomStringConvertible { let description: String }

  /// Runs the program, which must end by itself.
  init(_ arguments: [String]) throws { try self.init(of: Self.understudy, arguments) }

  /// Runs any program that ends by itself.
  /// - Parameters:
  ///   - program: its path
  ///   - input: what it reads from its standard input
  ///   - folder: where it runs, if not where the tests do
  ///   - seconds: how long it may take; then it is ended, and the run fails
  init(
    of program: String, _ arguments: [String], input: String = "", in folder: String? = nil, seconds: Int = 300
  ) throws {
    // Files, not pipes: however much it says, it never waits for somebody to read it, nor we for whom it left behind.
    let files = try TestFolder()
    let names = try ["input", "output", "errors"].map { try files.file($0, $0 == "input" ? input : "") }
    let script = """
      cd "$1" && input=$2 output=$3 errors=$4 && shift 4
      "$@" <"$input" >"$output" 2>"$errors" & echo $!
      wait $!; echo $?
      """
    let shell = try ChildProcess(
      ["/bin/sh", "-c", script, "sh", folder ?? "."] + names + [program] + arguments, keepsOutput: true)
    let number = Int32(try shell.readLine() ?? "")
    do {
      status = try #require(Int32(try shell.readLine(milliseconds: seconds * 1000) ?? ""))
    } catch {
      if let number { kill(number, SIGKILL) }
      let said = names.dropFirst().compactMap { readSmallFile($0) }.joined()
      throw DidNotEnd(description: "\(program) \(arguments) did not end within \(seconds) s: \(said.suffix(4000))")
    }
    // Not every program's output is UTF-8.
    output = String(decoding: try Data(contentsOf: URL(fileURLWithPath: names[1])), as: UTF8.self)
    errors = String(decoding: try Data(contentsOf: URL(fileURLWithPath: names[2])), as: UTF8.self)
  }

  static var understudy: String {
    get throws { try #require(UnderstudyProcess.path, "the program is not built") }
  }
}

/// A folder of one test's own, gone with it.
final class TestFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("understudy-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String, _ text: String? = nil) throws -> String {
    let file = "\(path)/\(name)"
    if let text { try text.write(toFile: file, atomically: true, encoding: .utf8) }
    return file
  }
}

/// What a server has announced.
struct Announced: Decodable, Equatable {
  let host: String
  let port: Int?
  let tlsPort: Int?
  let controlPort: Int?
  let unixSocket: String?
  let pid: Int
  let version: String

  init(json: String) throws { self = try JSONDecoder().decode(Announced.self, from: Data(json.utf8)) }
}
