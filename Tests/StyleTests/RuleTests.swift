// The rules of the house: that the repository keeps them, and that each can fail.

import Foundation
import Testing
import UnderstudyEngine

@Suite struct RuleTests {
  @Test(arguments: Rule.all)
  func theRepositoryKeeps(_ rule: Rule) {
    for violation in rule.check(.repository) {
      Issue.record("\(violation.description)\n\(rule.name). \(rule.advice)")
    }
  }

  @Test(arguments: Rule.all)
  func canFail(_ rule: Rule) {
    // One file each, unless the rule is about how files go together.
    let violations = Set(rule.check(SourceTree(rule.bad)).map(\.path))
    #expect(!violations.isEmpty, "\(rule.name): its bad tree passes")
    #expect(rule.check(SourceTree(rule.good)).isEmpty, "\(rule.name): its good tree fails")
  }

  /// Rules that judge each line see every one of their bad files.
  @Test(arguments: [Rule.unfinished, .sleeping, .trapping, .foundation, .unsafeFiles, .documented, .sockets, .conformance])
  func catchesEachOfItsBadFiles(_ rule: Rule) {
    let caught = Set(rule.check(SourceTree(rule.bad)).map(\.path))
    for path in rule.bad.keys.sorted() { #expect(caught.contains(path), "\(rule.name): \(path) passes") }
  }

  /// The tree is what the rules think it is: a rule over no files would always pass.
  @Test func theTreeIsThere() {
    let files = SourceTree.repository.files
    for folder in ["Sources/UnderstudyEngine/Commands", "Sources/Understudy", "Sources/UnderstudyServer", "Tests"] {
      #expect(files.contains { $0.isIn(folder) }, "nothing in \(folder)")
    }
    #expect(!files.contains { $0.path.contains(".build") })
  }

  /// Not yet a failure: what the next one to touch such a file should split.
  @Test func longFilesAreNoted() {
    for file in SourceTree.repository.files where !file.isPage && file.lines.count > Rule.softLength + 1 {
      Issue.record("\(file.path) has \(file.lines.count) lines; think of splitting it", severity: .warning)
    }
  }

  @Test func stringsAndCommentsAreToldFromCode() {
    let file = SourceFile(
      path: "A.swift",
      text: ##"""
        let a = "b // \(c("d") + e) f" // g
        /* h /* i */ j */ let k = #"l " \#(m) n"#
        let o = """
          p "q" \(r)
          """
        let s = "t \" u"
        """##)
    let words = file.code.joined(separator: "\n").matches(of: /\w+/).map { String($0.0) }
    #expect(words == ["let", "a", "c", "e", "let", "k", "m", "let", "o", "r", "let", "s"])
    let said = file.comments.joined(separator: "\n").matches(of: /\w+/).map { String($0.0) }
    #expect(said == ["g", "h", "i", "j"])
  }

  /// The names in the declarations' source are those that the manifest gives: the rule about manifests reads text, this
  /// one counts.
  @Test func everyDeclaredNameIsThere() {
    func names(_ commands: [Command]) -> [String] { commands.flatMap { [$0.name] + names($0.subcommands) } }
    let known = Set(names(CommandManifest.all) + names(CommandManifest.control))
    var found = 0
    for file in SourceTree.repository.files where file.isIn("Sources/UnderstudyEngine/Commands") {
      for match in file.text.matches(of: /\bCommand\(\s*"([^"\\]+)"/) {
        found += 1
        #expect(known.contains(String(match.1)), "\(file.path) declares \(match.1), which no manifest names")
      }
    }
    #expect(found > 100)
  }
}
