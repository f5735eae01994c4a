// IntSet against Swift's Set, around the widths, and against damage.

import Testing

@testable import UnderstudyEngine

@Suite struct IntSetTests {
  func contents(_ set: IntSet) -> [Int64] { (0..<set.count).map { set[$0] } }

  @Test(arguments: testSeeds(6))
  func randomEdits(seed: UInt64) {
    var random = TestRandom(seed: seed)
    var set = IntSet()
    var model: Set<Int64> = []
    for step in 0..<3000 {
      let shift = [58, 50, 40, 20, 0][Int(random.next() % UInt64(1 + min(step / 500, 4)))]
      let value = Int64(bitPattern: random.next()) >> Int64(shift)
      switch random.next() % 4 {
      case 0, 1:
        let inserted = set.insert(value)
        #expect(inserted == model.insert(value).inserted, "seed \(seed)")
      case 2:
        let victim = random.next() & 1 == 0 ? value : model.randomElement(using: &random) ?? value
        let removed = set.remove(victim)
        #expect(removed == (model.remove(victim) != nil), "seed \(seed)")
      default: #expect(set.contains(value) == model.contains(value), "seed \(seed)")
      }
      if step % 100 == 0 {
        #expect(contents(set) == model.sorted(), "seed \(seed)")
        let copy = set.bytes.count > 8 ? IntSet(validating: set.bytes) : nil
        #expect(copy.map(contents) ?? [] == model.sorted(), "seed \(seed)")
        copy?.release()
        set.retain()
        let old = unsafe IntSet(block: set.block)
        let before = contents(old)
        let extra = Int64(bitPattern: random.next())
        if set.insert(extra) { model.insert(extra) }
        #expect(contents(old) == before)
        old.release()
      }
    }
    #expect(contents(set) == model.sorted(), "seed \(seed)")
    set.release()
  }

  @Test func widths() {
    var set = IntSet()
    for value in [0, 32767, -32768, 32768, -2_147_483_648, -2_147_483_649, .max, .min] as [Int64] {
      let first = set.insert(value)
      let second = set.insert(value)
      #expect(first && !second)
    }
    #expect(contents(set) == [.min, -2_147_483_649, -2_147_483_648, -32768, 0, 32767, 32768, .max])
    #expect([UInt8](set.bytes)[..<8] == [8, 0, 0, 0, 8, 0, 0, 0])
    set.release()
  }

  @Test func damageIsRefused() {
    let good: [UInt8] = [2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 2, 0, 3, 0]
    #expect(good.lend { IntSet(validating: $0)?.release() } != nil)
    for length in good.indices {
      #expect(Array(good[..<length]).lend { IntSet(validating: $0)?.release() } == nil)
    }
    for (index, value) in [(0, 3), (4, 2), (4, 4), (8, 2), (10, 5), (7, 255)] as [(Int, UInt8)] {
      var bad = good
      bad[index] = value
      #expect(bad.lend { IntSet(validating: $0)?.release() } == nil)
    }
  }
}
