// The key table against a dictionary: random operations with every kind of hash, and small cases
// exhaustively.

import Testing

@testable import UnderstudyEngine

@Suite struct KeyTableModelTests {
  static let seeds = testSeeds(3)

  static func randomKey(_ generator: inout TestRandom, of range: Int) -> [UInt8] {
    let number = Int.random(in: 0..<range, using: &generator)
    var key = Array("\(number)".utf8)
    if number % 7 == 0 { key += [UInt8](repeating: UInt8(ascii: "k"), count: number % 40) }
    if number % 31 == 0 { key += [UInt8](repeating: 0, count: 250 + number % 20) }
    return number == 5 ? [] : key
  }

  static func randomValue(_ generator: inout TestRandom) -> ModelValue {
    switch Int.random(in: 0..<10, using: &generator) {
    case 0, 1: return .integer(Int64.random(in: .min ... .max, using: &generator))
    case 2:
      return .bytes([UInt8](repeating: 1, count: Int.random(in: 400..<500, using: &generator)))
    case 3: return .bytes([UInt8](repeating: 2, count: Int.random(in: 0..<2000, using: &generator)))
    default: return .bytes([UInt8](repeating: 3, count: Int.random(in: 0..<40, using: &generator)))
    }
  }

  static func step(_ checked: inout CheckedTable, _ generator: inout TestRandom, keys: Int, growing: Bool) {
    let key = randomKey(&generator, of: keys)
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<8:
      let deadlines: [DeadlineChange] = [.keep, .none, .at(Int64.random(in: 0..<1000, using: &generator))]
      let deadline = deadlines.randomElement(using: &generator) ?? .none
      checked.set(key, randomValue(&generator), deadline)
    case 8..<10: checked.setDeadline(key, Int64.random(in: 0..<1000, using: &generator))
    case 10: checked.setDeadline(key, Entry.noDeadline)
    case 11..<13: checked.edit(key)
    case 13..<15: checked.checkFind(key)
    default: if growing { checked.checkFind(key) } else { checked.remove(key) }
    }
  }

  @Test(arguments: seeds, TestHash.allCases)
  func randomOperations(seed: UInt64, hash: TestHash) {
    var generator = TestRandom(seed: seed)
    var checked = CheckedTable(seed: seed, hash: hash)
    let phases = hash == .good ? [(50, 500), (3000, 12_000)] : [(30, 300), (400, 2500)]
    for (keys, steps) in phases {
      for growing in [true, false, false] {
        for step in 0..<steps {
          Self.step(&checked, &generator, keys: keys, growing: growing)
          if step % (steps / 8) == 0 { checked.check("seed \(seed) hash \(hash) step \(step)") }
        }
      }
    }
    checked.check("seed \(seed) hash \(hash) end")
    for key in checked.model.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) { checked.remove(key) }
    checked.check("seed \(seed) hash \(hash) emptied")
    #expect(checked.table.allocatedBytes == 0)
  }

  @Test(arguments: TestHash.allCases)
  func snapshotsStayAsTheyWere(hash: TestHash) {
    for seed in Self.seeds {
      var generator = TestRandom(seed: seed)
      var first = CheckedTable(seed: seed, hash: hash)
      var second = first.snapshot()
      var third = first.snapshot()
      let keys = hash == .good ? 2000 : 200
      for round in 0..<24 {
        // All three go on living, are written, and replace each other: branching histories.
        for _ in 0..<(keys / 4) { Self.step(&first, &generator, keys: keys, growing: round % 4 != 3) }
        for _ in 0..<(keys / 20) { Self.step(&second, &generator, keys: keys, growing: true) }
        for _ in 0..<(keys / 40) { Self.step(&third, &generator, keys: keys, growing: false) }
        first.check("first, seed \(seed) hash \(hash) round \(round)")
        second.check("second, seed \(seed) hash \(hash) round \(round)")
        third.check("third, seed \(seed) hash \(hash) round \(round)")
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: second = first.snapshot()
        case 1: third = second.snapshot()
        case 2: first = third.snapshot()
        case 3: third = first.snapshot()
        default: break
        }
      }
    }
  }
}
