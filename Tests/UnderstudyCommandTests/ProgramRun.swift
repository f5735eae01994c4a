// Runs of the built program: to its end, with all that it said.

import Foundation
import Testing
import UnderstudyTestSupport

struct ProgramRun {
  let status: Int32
  let output: String
  let errors: String

  /// Runs a program that ends by itself.
  /// - Parameter input: what it reads from its standard input.
  init(_ arguments: [String], input: String = "") throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Self.understudy)
    process.arguments = arguments
    let (input_, output_, errors_) = (Pipe(), Pipe(), Pipe())
    process.standardInput = input_
    process.standardOutput = output_
    process.standardError = errors_
    try process.run()
    try input_.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try input_.fileHandleForWriting.close()
    // Both are short: neither fills a pipe while the other is read.
    output = String(decoding: output_.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    errors = String(decoding: errors_.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    status = process.terminationStatus
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
  let controlPort: Int?
  let unixSocket: String?
  let pid: Int
  let version: String

  init(json: String) throws { self = try JSONDecoder().decode(Announced.self, from: Data(json.utf8)) }
}
