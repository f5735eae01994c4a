// SCAN's promise: every key that lasts is shown exactly once, whatever happens to the others meanwhile.

import Testing

@testable import UnderstudyEngine

@Suite struct KeyTableScanTests {
  static func key(_ number: Int, lasting: Bool) -> [UInt8] {
    Array("\(lasting ? "lasting" : "passing"):\(number)".utf8)
  }

  @Test(arguments: testSeeds(4), TestHash.allCases)
  func lastingKeysAreShownOnce(seed: UInt64, hash: TestHash) {
    var generator = TestRandom(seed: seed)
    for start in [0, 1, 3, 90, 300, 2000] where hash == .good || start <= 300 {
      var checked = CheckedTable(seed: seed, hash: hash)
      for number in 0..<start { checked.set(Self.key(number, lasting: true), .integer(1)) }
      let passing = hash == .good ? 6000 : 300
      // Some scans meet a table that shrinks.
      if seed % 2 == 0 {
        for number in 0..<passing { checked.set(Self.key(number, lasting: false), .integer(2)) }
      }
      var kept = checked.snapshot()
      var shown: [[UInt8]: Int] = [:]
      var cursor: UInt64 = 0
      var steps = 0
      repeat {
        cursor = checked.table.scan(cursor: cursor) { entry in shown[[UInt8](entry.key), default: 0] += 1 }
        #expect(cursor <= UInt64(1) << 48)
        steps += 1
        for _ in 0..<Int.random(in: 0..<20, using: &generator) {
          let number = Int.random(in: 0..<passing, using: &generator)
          if Bool.random(using: &generator) == (seed % 2 == 0) {
            checked.remove(Self.key(number, lasting: false))
          } else {
            checked.set(Self.key(number, lasting: false), .integer(3))
          }
        }
        if Int.random(in: 0..<200, using: &generator) == 0 { kept = checked.snapshot() }
        if Int.random(in: 0..<400, using: &generator) == 0 { checked = kept.snapshot() }
      } while cursor != 0 && steps < 1_000_000
      #expect(cursor == 0, "seed \(seed) \(hash)")
      for number in 0..<start {
        let times = shown[Self.key(number, lasting: true)]
        #expect(times == 1, "key \(number) seed \(seed) hash \(hash) start \(start)")
      }
      #expect(shown.values.allSatisfy { $0 >= 1 })
      checked.check("after the scan, seed \(seed)")
    }
  }

  @Test func foreignCursorsEnd() {
    var generator = TestRandom(seed: 9)
    for count in [0, 1, 50, 3000] {
      var checked = CheckedTable(seed: 9)
      for number in 0..<count { checked.set(Self.key(number, lasting: true), .integer(1)) }
      var cursors: [UInt64] = [1, .max, UInt64(Int64.max), 1 << 48, (1 << 48) - 1]
      for _ in 0..<50 { cursors.append(generator.next() >> 16) }
      for cursor in cursors {
        var next = cursor
        var steps = 0
        repeat {
          let before = next
          next = checked.table.scan(cursor: next) { _ in }
          #expect(next == 0 || next > before)
          steps += 1
        } while next != 0
        #expect(steps <= count + 200)
      }
    }
  }
}
