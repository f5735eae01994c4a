// A campaign: many random sequences of one family on two servers, each failure shrunk and told with its seed.

import Testing
import UnderstudyTestSupport

/// A failure with all that is needed to see it again.
struct CampaignFailure: CustomStringConvertible {
  var family: String
  var seed: UInt64
  var mismatch: Mismatch
  var names: (String, String)

  var description: String {
    """
    \(names.1) does not answer as \(names.0): \(mismatch.reason)
    family \(family), sequence seed \(seed); UNDERSTUDY_SEED=\(TestEnvironment.seed) runs it again
    \(mismatch.transcript(names: names))
    """
  }
}

/// Runs the sequences of one family.
/// - Parameters:
///   - count: how many sequences
///   - differentFailures: how many failures that do not look alike to collect before ending
func runCampaign(
  _ family: Family, left: Side, right: Side, count: Int, differentFailures: Int = 1
) throws -> [CampaignFailure] {
  let missing = MissingCommands(right)
  let universe = Universe(scriptDigests: try digests(left))
  let generator = SequenceGenerator(family: family, universe: universe) { !missing.contains($0) }
  missing.tell(family)
  guard !generator.templates.isEmpty else { return [] }
  let runner = DifferentialRunner(
    left: left, right: right, readsPushes: family.readsPushes, isAvailable: { !missing.contains($0) })
  return try runCampaign(
    family.rawValue, runner, count: count, differentFailures: differentFailures, generator.sequence)
}

/// Runs sequences that are made from seeds.
func runCampaign(
  _ name: String, _ runner: DifferentialRunner, count: Int, differentFailures: Int, _ sequence: (UInt64) -> [Step]
) throws -> [CampaignFailure] {
  var seeds = SeededGenerator(seed: TestEnvironment.seed)
  var failures: [CampaignFailure] = []
  var signatures: Set<String> = []
  for _ in 0..<count {
    let seed = seeds.next()
    let steps = sequence(seed)
    guard let mismatch = try runner.run(steps) else { continue }
    guard signatures.insert(mismatch.signature).inserted else { continue }
    var shrinker = Shrinker(fails: runner.run)
    // A server that has crashed cannot be asked again: then the failure is told as it is.
    let shrunk = try? shrinker.shrink(steps, mismatch)
    let smallest = shrunk?.1 ?? mismatch
    signatures.insert(smallest.signature)
    failures.append(
      CampaignFailure(
        family: name, seed: seed, mismatch: smallest, names: (runner.left.server.name, runner.right.server.name)))
    if failures.count >= differentFailures || shrunk == nil { break }
  }
  return failures
}

/// The digests of all scripts, asked from a server.
private func digests(_ side: Side) throws -> [String] {
  try CommandTemplates.scripts.compactMap { script in
    let reply = try side.observer.command("SCRIPT", "LOAD", script)
    return reply.isError ? nil : reply.text
  }
}

/// Which commands a server does not know yet.
final class MissingCommands {
  private let side: Side
  private var known: [String: Bool] = [:]

  init(_ side: Side) { self.side = side }

  func contains(_ name: String) -> Bool {
    if let missing = known[name] { return missing }
    let missing = isMissing(name)
    known[name] = missing
    return missing
  }

  private func isMissing(_ name: String) -> Bool {
    // A name is asked for with far too many arguments, so that nothing is done: only "unknown" is of interest.
    guard let client = try? side.connect() else { return false }
    let words = name.split(separator: " ").map { Argument(String($0)) }
    if words.first == "QUITX" || name.hasSuffix("NOSUCH") { return false }
    guard let reply = try? client.command(words + Array(repeating: "?", count: words.count > 1 ? 40 : 0)),
      let text = reply.text, reply.isError
    else { return false }
    return text.hasPrefix("ERR unknown command") || text.hasPrefix("ERR unknown subcommand '")
  }

  /// Says what was left out, so that nobody takes a short run for a whole one.
  func tell(_ family: Family) {
    let names = known.filter(\.value).keys.sorted()
    if !names.isEmpty { print("⚠️  \(family): not compared, unknown to \(side.server.name): \(names.joined(separator: ", "))") }
  }
}
