// The harness judged by itself: two real servers must agree, and a server that lies must be caught and its lie made small.

import Testing
import UnderstudyTestSupport

@Suite(.enabled(if: OracleServer.isAvailable(for: "HarnessTests")))
struct HarnessTests {
  @Test(arguments: Family.chosen)
  func realServersAgree(family: Family) throws {
    let (left, right) = (try OracleServer(), try OracleServer())
    let count = TestEnvironment.sequenceCount(default: 20)
    let failures = try runCampaign(family, left: Side(left), right: Side(right, unixFirst: true), count: count)
    for failure in failures { Issue.record("\(failure)") }
  }

  @Test func aLieIsFoundAndMadeSmall() throws {
    let (left, right) = (try Side(OracleServer()), try Side(OracleServer()))
    // Lists of three have four elements, says the liar.
    right.tamper = { arguments, frame in
      arguments.first?.upperText == "LLEN" && frame == Array(":3\r\n".utf8) ? Array(":4\r\n".utf8) : frame
    }
    let failures = try runCampaign(.lists, left: left, right: right, count: 500)
    let failure = try #require(failures.first)
    let last = try #require(failure.mismatch.entries.last)
    #expect(last.arguments.first?.upperText == "LLEN")
    #expect(failure.mismatch.entries.count <= 8, "not small: \(failure)")
    #expect("\(failure)".contains("(integer) 4") && "\(failure)".contains("seed"))
  }

  @Test func aWrongTypeOfTheSameTextIsFound() throws {
    let (left, right) = (try Side(OracleServer()), try Side(OracleServer()))
    right.tamper = { _, frame in frame == Array("+PONG\r\n".utf8) ? Array("$4\r\nPONG\r\n".utf8) : frame }
    let runner = DifferentialRunner(left: left, right: right, readsPushes: false)
    #expect(try runner.run([Step(connection: 0, arguments: ["PING"])]) != nil)
    #expect(try runner.run([Step(connection: 0, arguments: ["PING", "x"])]) == nil)
  }

  @Test func dataThatWasNeverReadIsCompared() throws {
    let (left, right) = (try Side(OracleServer()), try Side(OracleServer()))
    let runner = DifferentialRunner(left: left, right: right, readsPushes: false)
    // Only the right server takes the step's effect back, behind the runner's back.
    right.tamper = { arguments, frame in
      if arguments.first == "SADD" { _ = try? right.connect().command("SREM", "k", "b") }
      return frame
    }
    let mismatch = try runner.run([Step(connection: 0, arguments: ["SADD", "k", "a", "b"])])
    #expect(mismatch?.entries.last?.arguments.first == "SMEMBERS")
  }

  @Test func everyPlaceholderHasValues() {
    let universe = Universe()
    var dice = SeededGenerator(seed: TestEnvironment.seed)
    for family in Family.allCases {
      for template in family.templates + CommandTemplates.blocking {
        for _ in 0..<50 {
          let left = template.call(&dice, universe: universe).filter { $0.bytes.count > 1 && $0.bytes.first == UInt8(ascii: "$") }
          #expect(left.isEmpty, "\(family), \(template.name)")
        }
      }
    }
  }

  @Test func theSameSeedMakesTheSameSequence() {
    let generator = SequenceGenerator(family: .everything, universe: Universe()) { _ in true }
    let (a, b) = (generator.sequence(seed: 5), generator.sequence(seed: 5))
    #expect(a.map(\.arguments) == b.map(\.arguments) && a.map(\.connection) == b.map(\.connection))
    #expect(a.map(\.arguments) != generator.sequence(seed: 6).map(\.arguments))
  }
}
