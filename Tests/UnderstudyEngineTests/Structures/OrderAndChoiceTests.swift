// Orders and choices: runs of bytes, partial sorting, samples of containers, all small cases of them.

import Testing

@testable import UnderstudyEngine

@Suite struct OrderAndChoiceTests {
  /// All runs of up to three bytes out of a few, against the order of arrays.
  @Test func runsOfBytes() {
    let letters: [UInt8] = [0, 1, 127, 128, 255]
    var runs: [[UInt8]] = [[]]
    for length in 1...3 { runs += runs.filter { $0.count == length - 1 }.flatMap { run in letters.map { run + [$0] } } }
    for left in runs {
      for right in runs {
        let order = left.lend { left in right.lend { ByteOrder.compare(left, $0) } }
        let expected = left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        #expect(order.signum() == expected)
        #expect(left.lend { left in right.lend { ByteOrder.equal(left, $0) } } == (left == right))
      }
    }
    let sorted = runs.sorted { $0.lexicographicallyPrecedes($1) }
    for (index, run) in sorted.enumerated() {
      #expect(run.lend { ByteOrder.insertionIndex(of: $0, count: sorted.count) { sorted[$0] } } == index)
    }
    #expect([255, 255, 255, 0].lend { ByteOrder.insertionIndex(of: $0, count: sorted.count) { sorted[$0] } } == sorted.count)
  }

  /// Every array of up to six elements out of three, every number of wanted ones.
  @Test func partialSorts() {
    var arrays: [[Int]] = [[]]
    for length in 1...6 { arrays += arrays.filter { $0.count == length - 1 }.flatMap { array in (0..<3).map { array + [$0] } } }
    var random = TestRandom(seed: 3)
    for length in [7, 8, 20, 41, 300] {
      for range in [2, 10, 1000] { arrays.append((0..<length).map { _ in Int.random(in: 0..<range, using: &random) }) }
    }
    for array in arrays {
      for count in Set([0, 1, 2, 3, 5, array.count]) where count <= array.count {
        var sorted = array
        PartialSort.sort(&sorted, first: count) { $0 - $1 }
        let isRight = Array(sorted.prefix(count)) == Array(array.sorted().prefix(count)) && sorted.sorted() == array.sorted()
        #expect(isRight, "\(array) by \(count)")
      }
    }
  }

  private func limits(large: Bool) -> SetLimits {
    SetLimits(
      intsetEntries: 0, packed: PackedLimits(entries: large ? 0 : 1000, valueBytes: 64, seed: HashSeed(5)))
  }

  /// As many as are wanted, none twice, and every one as often as any other.
  @Test(arguments: [true, false]) func samplesAreFair(large: Bool) {
    let limits = limits(large: large)
    let set = "0".lend { SetValue(for: $0, sizeHint: 40, limits: limits) }
    for index in 0..<40 { _ = "m\(index)".lend { set.insert($0, limits: limits) } }
    defer { set.release() }
    var random = TestRandom(seed: 11)
    for count in [0, 1, 4, 5, 20, 39, 40, 50] {
      var drawn: [String: Int] = [:]
      let rounds = 2000
      for _ in 0..<rounds {
        var sample: [String] = []
        set.sample(count, using: &random) { sample.append($0.withBytes { String($0) }) }
        #expect(sample.count == min(count, 40) && Set(sample).count == sample.count)
        for member in sample { drawn[member, default: 0] += 1 }
      }
      let expected = Double(rounds * min(count, 40)) / 40
      // Six standard deviations, about.
      let tolerance = 6 * expected.squareRoot()
      if count > 0 { #expect(drawn.count == 40 && drawn.values.allSatisfy { abs(Double($0) - expected) <= tolerance }) }
    }
  }

  /// A sample of entries is as large as it is asked to be, or as the table, and shows entries of that table only; all of
  /// them have their turn.
  @Test(arguments: [0, 1, 3, 10, 90, 1000]) func samplesOfTables(count: Int) {
    var checked = CheckedTable(seed: 9)
    for index in 0..<count { checked.set(Array("key:\(index)".utf8), .integer(Int64(index))) }
    var random = TestRandom(seed: 13)
    var seen: Set<[UInt8]> = []
    for wanted in [0, 1, 5, 64] {
      for _ in 0..<(20 + 40 * count / max(wanted, 1)) {
        var shown: [[UInt8]] = []
        checked.table.sample(wanted, using: &random) { shown.append([UInt8]($0.key)) }
        #expect(shown.count == min(wanted, count))
        if count <= 90 { #expect(Set(shown).count == shown.count) }
        seen.formUnion(shown)
      }
    }
    #expect(seen.count == count)
  }

  @Test func soonestCandidatesStayInThePool() {
    var random = TestRandom(seed: 17)
    for round in 0..<200 {
      var pool = EvictionPool()
      var all: [UInt64: UInt64] = [:]
      for _ in 0..<Int.random(in: 1...60, using: &random) {
        let (hash, score) = (random.next() % 40, random.next() % 10)
        if pool.takes(score) { pool.insert(EvictionCandidate(database: 0, hash: hash, score: score)) }
        all[hash] = score
      }
      var last = UInt64.max
      var taken = 0
      while let best = pool.takeBest() {
        #expect(best.score <= last, "round \(round)")
        last = best.score
        taken += 1
      }
      #expect(taken <= 16 && taken >= min(all.count, 1))
    }
  }
}
