// Scripts on a real redis-server and on the built `understudy`: the corpus (Scripts/ScriptCorpus.swift), and random programs
// (Scripts/RandomProgram.swift). UNDERSTUDY_SEED runs one again, UNDERSTUDY_SEQUENCES makes it longer, UNDERSTUDY_FAMILY
// names one theme, or `programs`.

import Testing
import UnderstudyTestSupport

@Suite(.enabled(if: OracleServer.isAvailable(for: "ScriptCampaignTests")))
struct ScriptCampaignTests {
  private static let themes = ScriptCorpus.themes.map(\.name).filter(isChosen)

  private static func isChosen(_ name: String) -> Bool {
    TestEnvironment.variable("UNDERSTUDY_FAMILY").map { $0 == name } ?? true
  }

  private func campaign(_ name: String, count: Int, _ sequence: @escaping @Sendable (UInt64) -> [Step]) throws {
    let oracle = try OracleServer()
    let understudy = try UnderstudyProcess([
      "--emulate-version", "7.0", "--enable-debug-command", "yes", "--lua-strict", "no", "--save", "",
    ])
    let runner = DifferentialRunner(left: try Side(oracle), right: try Side(understudy, unixFirst: true), readsPushes: false)
    let failures = try runCampaign(name, runner, count: count, differentFailures: 8, sequence)
    for failure in failures { Issue.record("\(failure)") }
  }

  @Test func theCorpusIsLarge() {
    let scripts = ScriptCorpus.themes.flatMap(\.scripts)
    #expect(scripts.count >= 200)
    #expect(Set(scripts.map(\.name)).count == scripts.count)
    for script in scripts { #expect(!script.body.isEmpty && !script.arguments.isEmpty, "\(script.name)") }
  }

  @Test(arguments: themes)
  func corpus(theme: String) throws {
    let scripts = try #require(ScriptCorpus.themes.first { $0.name == theme }).scripts
    try campaign(theme, count: TestEnvironment.sequenceCount(default: 4)) { ScriptCorpus.sequence(scripts, seed: $0) }
  }

  /// Each sequence is one connection with some programs.
  @Test(.enabled(if: isChosen("programs")))
  func programs() throws {
    try campaign("programs", count: TestEnvironment.sequenceCount(default: 12)) { seed in
      var dice = SeededGenerator(seed: seed)
      return (0..<8).map { _ in Step(connection: 0, arguments: ["EVAL", Argument(RandomProgram.make(seed: dice.next())), "0"]) }
    }
  }
}
