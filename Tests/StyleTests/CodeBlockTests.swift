// Every block of Swift in the documentation compiles: README, pages, and doc comments of the public library. The blocks
// are collected, wrapped so that each stands alone, and handed to the compiler with the modules that these tests were
// built with. A user's block sees the public interface only.
//
// How a block is wrapped: its imports stay on top; declarations go into a type of their own, statements into an async
// throwing function. A manifest (`import PackageDescription`) is compiled as such. Lines are reported where they stand in
// the page.

import Foundation
import Testing
import UnderstudyTestSupport

/// A block of Swift in a page or a doc comment.
struct CodeBlock {
  let path: String
  /// The line of the page that its first line stands in, from 1.
  let line: Int
  let lines: [Substring]

  var isManifest: Bool { lines.contains("import PackageDescription") }
  /// Pages about the engine show what stands in it.
  var isAboutTheEngine: Bool { path.hasSuffix("AddingACommand.md") }

  /// All blocks of a file.
  static func all(in file: SourceFile) -> [CodeBlock] {
    var found: [CodeBlock] = []
    var begin: Int?
    let lines = file.isPage ? file.lines : file.lines.map { line in
      let text = line.trimmed
      return text.hasPrefix("///") ? text.dropFirst(text.hasPrefix("/// ") ? 4 : 3) : ""
    }
    for (index, line) in lines.enumerated() {
      if let first = begin, line.trimmed.hasPrefix("```") {
        found.append(CodeBlock(path: file.path, line: first + 1, lines: Array(lines[first..<index])))
        begin = nil
      } else if line.trimmed == "```swift" {
        begin = index + 1
      }
    }
    return found
  }

  /// The block as a file of its own.
  func source(number: Int) -> String {
    if isManifest { return lines.joined(separator: "\n") }
    let isImport = { (line: Substring) in line.firstMatch(of: #/^(?:@testable )?import\ /#) != nil }
    let imports = lines.filter(isImport) + (isAboutTheEngine ? ["@testable import UnderstudyEngine"] : [])
      + (path.hasPrefix("Sources/Understudy/") && !isAboutTheEngine ? ["import Understudy"] : [])
    let first = lines.first { !$0.trimmed.isEmpty && !isImport($0) && !$0.hasPrefix("//") } ?? ""
    let declares = first.firstMatch(of: #/^(?:@|(?:final )?class |struct |enum |func |extension )/#) != nil
    let body = lines.map { isImport($0) ? "" : $0 }.joined(separator: "\n")
    let wrapped = declares ? "struct Block\(number) {" : "func block\(number)() async throws {"
    return """
      \(imports.joined(separator: "\n"))
      \(wrapped)
      #sourceLocation(file: "\(path)", line: \(line))
      \(body)
      #sourceLocation()
      }
      """
  }
}

@Suite(.enabled(if: TestEnvironment.executable(named: "swiftc") != nil)) struct CodeBlockTests {
  @Test func everyBlockCompiles() throws {
    let files = SourceTree.repository.files.filter {
      $0.path == "README.md" || $0.isIn("Sources/Understudy", "Sources/UnderstudyTesting", "Sources/UnderstudyTLS")
    }
    let blocks = files.flatMap { CodeBlock.all(in: $0) }
    #expect(blocks.count > 8, "the blocks are not found any more")
    try expectCompiles(blocks.filter { !$0.isManifest && !$0.isAboutTheEngine }, Self.libraryFlags)
    #if DEBUG
      // The engine can be imported for tests in debug builds only.
      try expectCompiles(
        blocks.filter(\.isAboutTheEngine), Self.libraryFlags + ["-enable-upcoming-feature", "MemberImportVisibility"])
    #endif
    for block in blocks where block.isManifest { try expectCompiles([block], Self.manifestFlags) }
    #expect(blocks.contains { $0.isManifest })
  }

  @Test func aWrongBlockDoesNot() throws {
    let page = SourceFile(
      path: "README.md", text: "# A\n\n```swift\nimport Understudy\n\ntry RedisServer().noSuchThing()\n```\n")
    let blocks = CodeBlock.all(in: page)
    #expect(blocks.map(\.line) == [4])
    let problems = try compile(blocks, Self.libraryFlags)
    #expect(problems.contains("README.md:6:"), "\(problems)")
    #expect(problems.contains("noSuchThing"), "\(problems)")
  }

  private func expectCompiles(_ blocks: [CodeBlock], _ flags: [String]) throws {
    let problems = try compile(blocks, flags)
    #expect(
      problems.isEmpty, "A reader will paste this block, and it does not compile. Mend the block, or the API.\n\(problems)")
  }

  /// What the compiler finds wrong with the blocks; empty if nothing.
  private func compile(_ blocks: [CodeBlock], _ flags: [String]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("understudy-blocks-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var paths: [String] = []
    for (number, block) in blocks.enumerated() {
      let file = folder.appendingPathComponent("Block\(number).swift")
      try block.source(number: number).write(to: file, atomically: true, encoding: .utf8)
      paths.append(file.path)
    }
    let products = try #require(TestEnvironment.folderOfRunningExecutable)
    let compiler = try #require(TestEnvironment.executable(named: "swiftc"))
    // One C target's header includes another's.
    let headers = SourceTree.root.appendingPathComponent("Sources/CUnderstudyPlatform/include").path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: compiler)
    var arguments = ["-typecheck", "-suppress-warnings", "-swift-version", "6", "-module-name", "Blocks"]
    arguments += ["-I", "\(products)/Modules", "-module-cache-path", "\(products)/ModuleCache"]
    for module in Self.modules { arguments += ["-Xcc", "-fmodule-map-file=\(module)"] }
    arguments += ["-Xcc", "-I\(headers)"]
    arguments += ["-plugin-path", "\(Self.toolchain(of: compiler))/lib/swift/host/plugins/testing"]
    process.arguments = arguments + flags + paths
    let pipe = Pipe()
    process.standardError = pipe
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let status = process.terminationStatus
    return status == 0 ? "" : String(decoding: output, as: UTF8.self) + "(exit status \(status))"
  }

  /// The module maps of the C targets, which SwiftPM leaves where the sources are, or makes beside the products.
  private static var modules: [String] {
    let made = TestEnvironment.folderOfRunningExecutable.map { products in
      ["CUnderstudyLua", "CUnderstudyPlatform", "CUnderstudyTLS"].map { "\(products)/\($0).build/module.modulemap" }
    } ?? []
    return (made + [SourceTree.root.appendingPathComponent("Sources/CLua/module.modulemap").path])
      .filter { FileManager.default.fileExists(atPath: $0) }
  }

  private static func toolchain(of compiler: String) -> String {
    URL(fileURLWithPath: compiler).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent().path
  }

  private static let libraryFlags = ["-parse-as-library"]

  /// How SwiftPM compiles a manifest: as a script, whose variables belong to the main actor.
  private static var manifestFlags: [String] {
    let compiler = TestEnvironment.executable(named: "swiftc") ?? ""
    return ["-I", "\(toolchain(of: compiler))/lib/swift/pm/ManifestAPI", "-package-description-version", "6.2.0"]
  }
}
