// The differential test itself: random sequences to a real redis-server and to the built `understudy`, every reply compared.
//
// Each run takes a fresh seed and prints it; UNDERSTUDY_SEED runs one again and UNDERSTUDY_SEQUENCES makes it longer (see
// `TestEnvironment`). Widen it in `CommandTemplates` and `Universe`; what may differ, in `KnownDifferences`.

import Testing
import UnderstudyTestSupport

@Suite(.enabled(if: OracleServer.isAvailable(for: "UnderstudyCampaignTests")))
struct UnderstudyCampaignTests {
  @Test(arguments: Family.chosen)
  func answersAsTheRealServer(family: Family) throws {
    let oracle = try OracleServer()
    let understudy = try UnderstudyProcess([
      "--emulate-version", "7.0", "--enable-debug-command", "yes", "--lua-strict", "no", "--save", "",
    ])
    let count = TestEnvironment.sequenceCount(default: 20)
    let failures = try runCampaign(
      family, left: Side(oracle), right: Side(understudy, unixFirst: true), count: count, differentFailures: 5)
    for failure in failures { Issue.record("\(failure)") }
  }
}
