// The simulation as a test, by hand so far: as many steps as one likes.
//
//   UNDERSTUDY_SEED=7 UNDERSTUDY_STEPS=5000000 swift test --filter SimulationTests
//
// The seed replays a run, byte by byte; what fails is made small and told as text. That it can fail is tested with planted
// bugs, in the server and in the model.

import Testing
import UnderstudySimulation
import UnderstudyTestSupport

@testable import UnderstudyEngine

/// Not yet part of every `swift test`: its model of faults and transactions is not whole, so that it tells of what is none.
@Suite(.enabled(if: TestEnvironment.stepCount(default: 0) > 0, "runs when UNDERSTUDY_STEPS asks for it")) struct SimulationTests {
  @Test func allThatMustHoldHolds() {
    let count = TestEnvironment.stepCount(default: 12_000)
    let seed = TestEnvironment.seed
    let campaign = SimulationCampaign(seed: seed, stepCount: count, tells: count > 100_000)
    if let failure = campaign.failure { Issue.record("\(failure)") }
    print("simulation: \(campaign.stepCount) steps, \(campaign.replyCount) replies, digest \(String(campaign.digest.value, radix: 16))")
  }

  @Test(arguments: testSeeds(2))
  func oneSeedReplaysByteByByte(seed: UInt64) {
    let (one, other) = (SimulationRun(seed: seed, stepCount: 1_500).run(), SimulationRun(seed: seed, stepCount: 1_500).run())
    #expect(one.digest == other.digest && one.replyCount == other.replyCount, "seed \(seed)")
    #expect(one.replyCount > 500)
    let third = SimulationRun(seed: seed + 1, stepCount: 1_500).run()
    #expect(one.digest != third.digest)
  }

  /// A bug planted behind each step, and what the simulation has to say of it.
  struct Planted: Sendable, CustomTestStringConvertible {
    let name: String
    let says: String
    let sabotage: @Sendable (Simulation) -> Void
    var testDescription: String { name }
  }

  static let planted = [
    Planted(name: "a model that is wrong", says: "the model says") { $0.model.countsMembersTwice = true },
    Planted(name: "a watch that is forgotten", says: "watches:") { simulation in
      simulation.engine.withLock {
        let state = unsafe simulation.engine.state
        guard let list = unsafe state.pointee.watches.watchers.values.first, let watcher = list.first else { return }
        let hash = watcher.key.withBytes { unsafe KeyHash.hash($0, seed: state.pointee.hashSeed) }
        let key = WatchedKey(database: watcher.database, key: watcher.key, hash: hash)
        unsafe state.pointee.watches.remove(watcher.session, key)
      }
    },
    Planted(name: "a deadline that its index does not know", says: "the index") { simulation in
      simulation.engine.withLock {
        let database = unsafe simulation.engine.state.pointee.databases
        guard let item = unsafe database.pointee.expiry.first else { return }
        unsafe database.pointee.expiry.remove(deadline: item.deadline, hash: item.hash)
      }
    },
    Planted(name: "a blocked client that is counted twice", says: "blocking:") { simulation in
      simulation.engine.withLock {
        if unsafe simulation.engine.state.pointee.blocking.clientCount == 1 {
          unsafe simulation.engine.state.pointee.blocking.clientCount = 2
        }
      }
    },
    Planted(name: "a reply that is lost", says: "replies") { simulation in
      for client in simulation.clients {
        if let client, client.number == 3, client.owedCount == 0, client.requestCount > 2, client.isStrict {
          client.asked([["PING"]], keepsArguments: false)
        }
      }
    },
    Planted(name: "memory that is never freed", says: "bytes are left") { simulation in
      simulation.engine.withLock { unsafe simulation.engine.state.pointee.countMemory(1) }
    },
  ]

  @Test(arguments: planted)
  func plantedBugsAreFoundAndMadeSmall(bug: Planted) {
    // Of some seeds none may come to the place; of five in a row one does.
    for seed in 1...5 as ClosedRange<UInt64> {
      var run = SimulationRun(seed: seed, stepCount: 1_000)
      run.sabotage = bug.sabotage
      guard let (small, violation) = run.shrunk(budget: 300) else { continue }
      #expect(violation.contains(bug.says), "seed \(seed): \(violation)")
      #expect(small.steps.count <= 20, "\(small.steps.count) steps: \(small.steps)")
      #expect(small.steps.allSatisfy { !$0.description.isEmpty })
      return
    }
    Issue.record("\(bug.name) was not found")
  }
}
