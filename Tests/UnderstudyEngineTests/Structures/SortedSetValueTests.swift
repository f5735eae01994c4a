// SortedSetValue against a dictionary sorted on demand, over the change of form, with clones that change on
// their own.

import Testing

@testable import UnderstudyEngine

@Suite struct SortedSetValueTests {
  struct Pair: Equatable {
    var member: String
    var score: Double
  }

  func sorted(_ model: [String: Double]) -> [Pair] {
    model.map { Pair(member: $0, score: $1) }.sorted {
      $0.score != $1.score
        ? $0.score < $1.score : Array($0.member.utf8).lexicographicallyPrecedes(Array($1.member.utf8))
    }
  }

  func contents(_ set: SortedSetValue, _ ranks: Range<Int>? = nil, descending: Bool = false) -> [Pair] {
    var result: [Pair] = []
    set.forEach(ranks ?? 0..<set.count, descending: descending) { member, score in
      result.append(Pair(member: member.withBytes { String($0) }, score: score))
    }
    return result
  }

  @Test(arguments: testSeeds(6), [0, 20, 128])
  func randomEdits(seed: UInt64, entries: Int) {
    var random = TestRandom(seed: seed)
    let note: Comment = "seed \(seed) entries \(entries)"
    let limits = PackedLimits(entries: entries, valueBytes: 30, seed: HashSeed(seed))
    var set = SortedSetValue()
    var model: [String: Double] = [:]
    var copies: [(SortedSetValue, [String: Double])] = []
    func anyScore() -> Double {
      switch random.next() % 8 {
      case 0:
        [.infinity, -.infinity, 0, -0.0, 1e300, -1e-300, 0.1, 4_503_599_627_370_497][Int(random.next() % 8)]
      case 1: Double(Int64(bitPattern: random.next())) / 1000
      default: Double(random.next() % 40) / 4 - 5
      }
    }
    let many = entries == 128 ? 100 : 600
    for step in 0..<4000 {
      let member =
        random.next() % 3 == 0 ? String(random.next() % UInt64(many)) : "m\(random.next() % UInt64(many))"
      switch random.next() % 12 {
      case 0...3:
        let score = anyScore()
        let change = member.lend { set.set($0, to: score, limits: limits) }
        let old = model[member]
        #expect(change == (old == nil ? .added : old == score ? .none : .updated), note)
        if old != score { model[member] = score }
      case 4:
        let change = member.lend { set.update($0, limits: limits) { $0.map { $0 + 1 } } }
        #expect(change == (model[member].map { $0 + 1 == $0 ? .none : .updated } ?? .none), note)
        model[member] = model[member].map { $0 + 1 }
      case 5:
        let victim = random.next() & 1 == 0 ? member : model.randomElement(using: &random)?.key ?? member
        #expect(victim.lend { set.remove($0) } == model.removeValue(forKey: victim), note)
      case 6:
        #expect(member.lend { set[$0] } == model[member], note)
        let order = sorted(model)
        let rank = member.lend { set.rank(of: $0) }
        #expect(rank?.rank == order.firstIndex { $0.member == member }, note)
        #expect(rank?.score == model[member], note)
      case 7:
        let order = sorted(model)
        let range = ScoreRange(
          lower: anyScore(), upper: anyScore(), excludesLower: random.next() & 1 == 0,
          excludesUpper: random.next() & 1 == 0)
        let expected = order.filter {
          (range.excludesLower ? $0.score > range.lower : $0.score >= range.lower)
            && (range.excludesUpper ? $0.score < range.upper : $0.score <= range.upper)
        }
        let ranks = set.ranks(in: range)
        #expect(contents(set, ranks) == expected, note)
        #expect(contents(set, ranks, descending: true) == expected.reversed(), note)
        if random.next() % 10 == 0 {
          #expect(set.remove(ranks: ranks) == expected.count, note)
          for pair in expected { model[pair.member] = nil }
        }
      case 8:
        let order = sorted(model)
        let lower = Int(random.next() % UInt64(order.count + 1))
        let upper = min(order.count, lower + Int(random.next() % 40))
        #expect(contents(set, lower..<upper) == Array(order[lower..<upper]), note)
        #expect(contents(set, lower..<upper, descending: true) == order[lower..<upper].reversed(), note)
      case 9:
        let highest = random.next() & 1 == 0
        let expected = highest ? sorted(model).last : sorted(model).first
        let popped = set.pop(highest: highest) { member, score in
          Pair(member: member.withBytes { String($0) }, score: score)
        }
        #expect(popped == expected, note)
        if let popped { model[popped.member] = nil }
      case 10 where random.next() % 10 == 0:
        copies.append((set.clone(), model))
        if copies.count > 5 {
          let (copy, expected) = copies.remove(at: Int(random.next() % 6))
          #expect(contents(copy) == sorted(expected), note)
          let problem = copy.checkInvariants()
          #expect(problem == nil, note)
          if random.next() & 1 == 0 {
            copy.release()
          } else {
            set.release()
            set = copy
            model = expected
          }
        }
      default: #expect(set.count == model.count, note)
      }
      if step % 100 == 0 {
        let problem = set.checkInvariants()
        #expect(problem == nil, note)
        #expect(contents(set) == sorted(model), note)
        var scanned: [String: Double] = [:]
        var cursor: UInt64 = 0
        repeat {
          cursor = set.scan(cursor: cursor) { member, score in
            scanned[member.withBytes { String($0) }] = score
          }
        } while cursor != 0
        #expect(scanned == model, note)
      }
    }
    set.release()
    for (copy, expected) in copies {
      #expect(contents(copy) == sorted(expected), note)
      copy.release()
    }
  }

  @Test func ranksOfMembers() {
    for count in [50, 500] {
      let limits = PackedLimits(seed: HashSeed(1))
      let set = SortedSetValue()
      let members = (0..<count).map { "m\(String($0 + 1000))" }
      for member in members { member.lend { _ = set.set($0, to: 0, limits: limits) } }
      func ranks(_ lower: LexBound, _ upper: LexBound) -> Range<Int> {
        set.ranks(in: LexRange(lower: lower, upper: upper))
      }
      #expect(ranks(.lowest, .highest) == 0..<count)
      #expect(ranks(.highest, .lowest).isEmpty)
      "m1010".lend { low in
        "m1020".lend { high in
          #expect(ranks(.inclusive(low), .inclusive(high)) == 10..<21)
          #expect(ranks(.exclusive(low), .exclusive(high)) == 11..<20)
          #expect(ranks(.inclusive(high), .inclusive(low)).isEmpty)
          #expect(ranks(.lowest, .exclusive(low)) == 0..<10)
          #expect(ranks(.exclusive(high), .highest) == 21..<count)
        }
      }
      set.release()
    }
  }

  @Test func changesOfForm() {
    let limits = PackedLimits(seed: HashSeed(1))
    for (count, length, encoding) in [
      (128, 5, "listpack"), (129, 5, "skiplist"), (1, 64, "listpack"), (1, 65, "skiplist"),
    ] {
      let set = SortedSetValue()
      for index in 0..<count {
        let member = String(repeating: "x", count: length - String(index).count) + String(index)
        member.lend { _ = set.set($0, to: 1.5, limits: limits) }
      }
      #expect(set.encoding.description == encoding)
      #expect(set.count == count)
      set.release()
    }
  }

  @Test func notANumberIsIgnored() {
    for entries in [0, 128] {
      let limits = PackedLimits(entries: entries, seed: HashSeed(1))
      let set = SortedSetValue()
      let change = "a".lend { set.set($0, to: .nan, limits: limits) }
      #expect(change == .none && set.isEmpty)
      set.release()
    }
  }

  /// A negative zero equals a zero in order, and keeps its sign in the large form only.
  @Test func negativeZero() {
    for (entries, sign) in [(0, FloatingPointSign.minus), (128, .plus)] {
      let limits = PackedLimits(entries: entries, seed: HashSeed(1))
      let set = SortedSetValue()
      for (member, score) in [("b", 0.0), ("a", -0.0)] {
        member.lend { _ = set.set($0, to: score, limits: limits) }
      }
      #expect(contents(set).map(\.member) == ["a", "b"])
      #expect("a".lend { set[$0]?.sign } == sign)
      let change = "b".lend { set.set($0, to: -0.0, limits: limits) }
      #expect(change == .none)
      set.release()
    }
  }

  /// More clones, each changed in the same place, than an entry can count.
  @Test func manyClones() {
    let limits = PackedLimits(entries: 0, seed: HashSeed(1))
    var sets = [SortedSetValue()]
    for index in 0..<300 { "m\(index)".lend { _ = sets[0].set($0, to: Double(index), limits: limits) } }
    for round in 0..<600 {
      let set = sets[round].clone()
      "m5".lend { _ = set.set($0, to: Double(1000 + round), limits: limits) }
      "n\(round)".lend { _ = set.set($0, to: 3, limits: limits) }
      sets.append(set)
    }
    for (round, set) in sets.enumerated() {
      let problem = set.checkInvariants()
      #expect(problem == nil, "\(round)")
      #expect(set.count == 300 + round)
      #expect("m5".lend { set[$0] } == (round == 0 ? 5 : Double(999 + round)))
      set.release()
    }
  }

  @Test func fromOutside() {
    func adopt(_ elements: [String]) -> Int? {
      var pack = Listpack()
      for element in elements { element.lend { pack.append($0) } }
      guard let set = SortedSetValue(adopting: pack, seed: HashSeed(1)) else {
        pack.release()
        return nil
      }
      defer { set.release() }
      return set.count
    }
    #expect(adopt(["a", "1", "b", "2.5"]) == 2)
    for bad in [[], ["a"], ["a", "x"], ["a", "2", "b", "1"], ["a", "1", "a", "2"], ["a", "nan"]] as [[String]]
    {
      #expect(adopt(bad) == nil)
    }
  }
}
