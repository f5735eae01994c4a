// A run of the simulation from a seed, and what is made of one that fails: the fewest steps that still do.

import UnderstudyTestSupport

/// What came of a run.
package struct SimulationResult {
  package var digest: ReplyDigest
  package var replyCount: Int
  /// What was wrong, and behind how many steps.
  package var violation: String?
  package var stepCount: Int
}

/// Bugs that tests plant, to see the simulation find them.
package typealias Sabotage = (Simulation) -> Void

package struct SimulationRun {
  package let setting: SimulatedSetting
  package let steps: [SimulationStep]
  package var sabotage: Sabotage?
  /// Everything is looked at each time that so many steps are done.
  var distance = 256

  package init(seed: UInt64, stepCount: Int) {
    var maker = SimulationSteps(seed: seed)
    setting = maker.setting
    steps = (0..<stepCount).map { _ in maker.next() }
  }

  init(_ setting: SimulatedSetting, _ steps: [SimulationStep], _ sabotage: Sabotage?, distance: Int) {
    self.setting = setting
    self.steps = steps
    self.sabotage = sabotage
    self.distance = distance
  }

  package func run() -> SimulationResult {
    let simulation = Simulation(setting)
    simulation.sabotage = sabotage
    for (index, step) in steps.enumerated() {
      simulation.apply(step, looksAtAll: index % distance == distance - 1)
      if simulation.violation != nil { return result(simulation, index + 1) }
    }
    simulation.finish()
    return result(simulation, steps.count)
  }

  private func result(_ simulation: Simulation, _ count: Int) -> SimulationResult {
    SimulationResult(
      digest: simulation.digest, replyCount: simulation.replyCount, violation: simulation.violation, stepCount: count)
  }

  /// The fewest steps found that still fail, and how.
  package func shrunk(budget: Int = 1_500) -> (run: SimulationRun, violation: String)? {
    let first = run()
    guard let violation = first.violation else { return nil }
    var best = (run: with(Array(steps.prefix(first.stepCount))), violation: violation)
    var left = budget
    /// Tries other steps; what fails, in whatever way, is the new best.
    func attempt(_ steps: [SimulationStep]) -> Bool {
      guard left > 0 else { return false }
      left -= 1
      let candidate = with(steps)
      let result = candidate.run()
      guard let found = result.violation else { return false }
      best = (with(Array(steps.prefix(result.stepCount))), found)
      return true
    }
    var size = max(1, best.run.steps.count / 2)
    while left > 0 {
      var start = 0
      var removed = false
      while start < best.run.steps.count && left > 0 {
        var fewer = best.run.steps
        fewer.removeSubrange(start..<min(start + size, fewer.count))
        if attempt(fewer) { removed = true } else { start += size }
      }
      if size > 1 { size = max(1, size / 2) } else if !removed { break }
    }
    var index = 0
    while index < best.run.steps.count && left > 0 {
      let isSmaller = best.run.steps[index].smaller.contains { smaller in
        var steps = best.run.steps
        steps[index] = smaller
        return attempt(steps)
      }
      if !isSmaller { index += 1 }
    }
    return best
  }

  /// The same with other steps; everything is looked at each time, so that what is wrong is seen where it begins.
  private func with(_ steps: [SimulationStep]) -> SimulationRun {
    SimulationRun(setting, steps, sabotage, distance: steps.count > 400 ? 64 : 1)
  }
}

/// Many runs, one behind the other.
package struct SimulationCampaign {
  /// How many steps a run has: then its server is thrown away, and all that should be gone is looked for.
  static let runLength = 4_000

  package private(set) var digest = ReplyDigest()
  package private(set) var replyCount = 0
  package private(set) var stepCount = 0
  package private(set) var failure: String?

  /// - Parameter tells: whether each run's seed is said, so that it is known should the process end.
  package init(seed: UInt64, stepCount total: Int, tells: Bool) {
    var seeds = SeededGenerator(seed: seed)
    var next = seed
    while stepCount < total && failure == nil {
      if tells { print("run with seed \(next) at step \(stepCount)") }
      let run = SimulationRun(seed: next, stepCount: min(Self.runLength, total - stepCount))
      let result = run.run()
      digest.add(result.digest.value)
      replyCount += result.replyCount
      stepCount += result.stepCount
      if let violation = result.violation { failure = Self.tell(run, next, violation) }
      next = seeds.next()
    }
  }

  private static func tell(_ run: SimulationRun, _ seed: UInt64, _ violation: String) -> String {
    let head = "UNDERSTUDY_SEED=\(seed) UNDERSTUDY_STEPS=\(run.steps.count) fails (\(run.setting)): \(violation)"
    guard let (small, reason) = run.shrunk() else { return head + "\nwhen run again it does not fail: something is left to chance" }
    let lines = small.steps.enumerated().map { "  \($0 + 1). \($1)" }
    return head + "\nThe fewest steps that fail: \(reason)\n" + lines.joined(separator: "\n")
  }
}
