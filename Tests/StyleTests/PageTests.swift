// Pages made from the declarations tell what the server does. After a change of commands write them anew:
//
//   UNDERSTUDY_REWRITE_PAGES=1 swift test --filter PageTests

import Foundation
import Testing
import UnderstudyEngine
import UnderstudyTestSupport

@Suite struct PageTests {
  private static let advice: Comment = """
    It must say what the declarations say. Write it anew: UNDERSTUDY_REWRITE_PAGES=1 swift test --filter PageTests
    """

  private func read(_ path: String) throws -> String {
    try String(contentsOf: SourceTree.root.appendingPathComponent(path), encoding: .utf8)
  }

  private func write(_ text: String, to path: String) throws {
    try text.write(to: SourceTree.root.appendingPathComponent(path), atomically: true, encoding: .utf8)
  }

  @Test func theCommandsPageIsTrue() throws {
    let wanted = CommandPages.page(CommandManifest.all)
    if TestEnvironment.rewritesPages { try write(wanted, to: CommandPages.pagePath) }
    #expect(try read(CommandPages.pagePath) == wanted, Self.advice)
  }

  @Test func theReadmeIsTrue() throws {
    let text = try read(CommandPages.readmePath)
    let wanted = try #require(CommandPages.readme(text, CommandManifest.all), "the README has lost its marks")
    if TestEnvironment.rewritesPages { try write(wanted, to: CommandPages.readmePath) }
    #expect(try read(CommandPages.readmePath) == wanted, Self.advice)
  }

  @Test func theFindingsPageIsTrue() throws {
    let text = try read(FindingPages.pagePath)
    let wanted = try #require(FindingPages.page(text, FindingManifest.all), "the page has lost its marks")
    if TestEnvironment.rewritesPages { try write(wanted, to: FindingPages.pagePath) }
    #expect(try read(FindingPages.pagePath) == wanted, Self.advice)
    #expect(FindingPages.page(text, Array(FindingManifest.all.dropLast())) != wanted)
    #expect(FindingPages.page("no marks", FindingManifest.all) == nil)
  }

  /// What makes the comparison worth something: a command more or less changes both texts.
  @Test func aCommandThatIsMissingShows() throws {
    let all = CommandManifest.all
    let fewer = Array(all.dropLast())
    #expect(CommandPages.page(all) != CommandPages.page(fewer))
    let readme = "\(CommandPages.beginMark)\(CommandPages.endMark)"
    #expect(CommandPages.readme(readme, all) != CommandPages.readme(readme, fewer))
    #expect(CommandPages.readme("no marks", all) == nil)
    // Every group has a place on the page.
    let shown = CommandPages.groups(all).reduce(0) { $0 + $1.commands.count }
    #expect(shown == all.count)
  }
}
