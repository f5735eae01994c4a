// Blocks of other languages than Swift, in the README and on the page about them, are text from files that the tests run.
// The page names the file above the block.

import Foundation
import Testing

@Suite struct ExamplePageTests {
  private static let languages: Set<String> = ["python", "go", "js", "ruby", "java"]

  /// A block of another language.
  struct Block {
    let line: Int
    let text: [Substring]
    /// The file that was named last above it.
    let path: String?

    static func all(on page: SourceFile) -> [Block] {
      var found: [Block] = []
      var path: String?
      var begin: Int?
      for (index, line) in page.lines.enumerated() {
        if let first = begin, line == "```" {
          found.append(Block(line: first + 1, text: Array(page.lines[first..<index]), path: path))
          begin = nil
        } else if begin == nil, line.hasPrefix("```"), languages.contains(String(line.dropFirst(3))) {
          begin = index + 1
        } else if begin == nil, let match = line.matches(of: /Conformance\/Clients\/[\w.\/]+\.\w+/).last {
          path = String(match.0)
        }
      }
      return found
    }

    /// Why it is not what the file says, or nil if it is.
    func fault(in tree: SourceTree) -> String? {
      guard let path, let file = tree.file(path) else { return "no file is named above it, or there is none: \(path ?? "")" }
      return file.text.contains(text.joined(separator: "\n") + "\n") ? nil : "it is not in \(path)"
    }
  }

  @Test(arguments: ["README.md", "Sources/Understudy/Documentation.docc/AnyLanguage.md"])
  func examplesAreOfTestedFiles(_ path: String) throws {
    let page = try #require(SourceTree.repository.file(path))
    let blocks = Block.all(on: page)
    #expect(!blocks.isEmpty)
    for block in blocks {
      if let fault = block.fault(in: .repository) { Issue.record("\(path):\(block.line): \(fault). Take it from there.") }
    }
  }

  @Test func canFail() {
    let tree = SourceTree(["Conformance/Clients/a.py": "def f():\n    pass\n"])
    let page = SourceFile(
      path: "README.md",
      text: """
        ```python
        def f():
        ```

        From `Conformance/Clients/a.py`:

        ```python
        def f():
        ```

        ```python
        def g():
        ```
        """)
    #expect(Block.all(on: page).map { $0.fault(in: tree) == nil } == [false, true, false])
  }
}
