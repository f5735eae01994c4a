// What is freed in steps: all of it goes in the end, a step is bounded, and what is told of it is right.

import Testing

@testable import UnderstudyEngine

@Suite struct GraveyardTests {
  private let seed = HashSeed(1)

  private func set(of count: Int) -> SetValue {
    let limits = SetLimits(intsetEntries: 0, packed: PackedLimits(entries: 0, valueBytes: 0, seed: seed))
    let set = "member".lend { SetValue(for: $0, sizeHint: count, limits: limits) }
    for index in 0..<count { _ = "member:\(index)".lend { set.insert($0, limits: limits) } }
    return set
  }

  private func table(keys: Int, members: Int) -> KeyTable {
    var table = KeyTable(seed: seed, keepsAccess: true)
    for index in 0..<keys {
      _ = "key:\(index)".lend { table.set(.set(set(of: members)), for: $0, hash: table.hash($0)) }
    }
    return table
  }

  /// Frees step by step; answers how many steps that took.
  private func empty(_ graveyard: inout Graveyard) -> Int {
    var steps = 0
    while !graveyard.isEmpty && steps < 1_000_000 {
      graveyard.releaseSome()
      steps += 1
    }
    return steps
  }

  @Test(arguments: [(1, 10), (1, 64), (1, 65), (3, 5000), (200, 3), (200, 100), (64, 70), (65, 64), (0, 0)])
  func tablesGoWithAllTheyHold(keys: Int, members: Int) {
    let wake = UnsafeMutablePointer<Bool>.allocate(capacity: 1)
    unsafe wake.initialize(to: false)
    defer { unsafe wake.deallocate() }
    let left = MemoryAccount.apart {
      var graveyard = unsafe Graveyard(wake: wake)
      graveyard.take(table(keys: keys, members: members))
      // What is small goes at once.
      let isLarge = keys > Graveyard.threshold || members > Graveyard.threshold
      #expect(graveyard.isEmpty == !isLarge)
      unsafe #expect(wake.pointee == isLarge)
      let steps = empty(&graveyard)
      #expect(steps >= keys * members / 100_000 && steps <= keys * members / 1000 + keys + 2)
      #expect(graveyard.pendingObjects == 0)
      #expect((graveyard.freedObjects > 0) == isLarge)
    }
    #expect(left == 0, "\(left) bytes")
  }

  /// A value that somebody else holds stays with him.
  @Test func whatIsSharedStays() {
    let wake = UnsafeMutablePointer<Bool>.allocate(capacity: 1)
    unsafe wake.initialize(to: false)
    defer { unsafe wake.deallocate() }
    let left = MemoryAccount.apart {
      var graveyard = unsafe Graveyard(wake: wake)
      var table = table(keys: 2, members: 1000)
      let kept = table.snapshot()
      graveyard.take(table.takeAll())
      _ = empty(&graveyard)
      #expect(kept.count == 2)
      kept.forEach { entry in
        var count = 0
        entry.set.forEach { _ in count += 1 }
        #expect(count == 1000)
      }
      _ = consume kept
    }
    #expect(left == 0, "\(left) bytes")
  }

  /// A graveyard that goes away takes everything along.
  @Test func itNeedNotBeEmptied() {
    let wake = UnsafeMutablePointer<Bool>.allocate(capacity: 1)
    unsafe wake.initialize(to: false)
    defer { unsafe wake.deallocate() }
    let left = MemoryAccount.apart {
      var graveyard = unsafe Graveyard(wake: wake)
      graveyard.take(table(keys: 200, members: 100))
      graveyard.releaseSome()
      _ = consume graveyard
    }
    #expect(left == 0, "\(left) bytes")
  }
}
