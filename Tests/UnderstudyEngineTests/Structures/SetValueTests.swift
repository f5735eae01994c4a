// SetValue against Swift's Set, over all changes of form, with clones alive.

import Testing

@testable import UnderstudyEngine

@Suite struct SetValueTests {
  func contents(_ set: SetValue) -> Set<String> {
    var result: Set<String> = []
    set.forEach { element in
      let isNew = result.insert(element.withBytes { String($0) }).inserted
      #expect(isNew)
    }
    return result
  }

  @Test(arguments: testSeeds(8))
  func randomEdits(seed: UInt64) {
    var random = TestRandom(seed: seed)
    let limits = SetLimits(
      intsetEntries: Int(random.next() % 100),
      packed: PackedLimits(entries: Int(random.next() % 3) * 30, valueBytes: 20, seed: HashSeed(seed)))
    var set = "1".lend { SetValue(for: $0, limits: limits) }
    var model: Set<String> = []
    var copies: [(SetValue, Set<String>)] = []
    for step in 0..<3000 {
      let note: Comment = "seed \(seed) step \(step)"
      let number = Int64(bitPattern: random.next()) >> [60, 55, 40, 20, 0][Int(random.next() % 5)]
      let member = step < 400 || random.next() & 1 == 0 ? String(number) : "member-\(number % 100)"
      switch random.next() % 8 {
      case 0, 1, 2:
        let isNew = member.lend { set.insert($0, limits: limits) }
        #expect(isNew == model.insert(member).inserted, note)
      case 3:
        let victim = random.next() & 1 == 0 ? member : model.randomElement(using: &random) ?? member
        let existed = victim.lend { set.remove($0) }
        #expect(existed == (model.remove(victim) != nil), note)
      case 4: #expect(member.lend { set.contains($0) } == model.contains(member), note)
      case 5:
        let chosen = set.random(using: &random) { $0.withBytes { String($0) } }
        #expect((chosen == nil) == model.isEmpty, note)
        if let chosen { #expect(model.contains(chosen), note) }
        if random.next() % 4 == 0 {
          let popped = set.popRandom(using: &random) { $0.withBytes { String($0) } }
          #expect((popped == nil) == model.isEmpty, note)
          if let popped {
            let existed = model.remove(popped) != nil
            #expect(existed, note)
          }
        }
      case 6 where random.next() % 20 == 0:
        copies.append((set.clone(), model))
        if copies.count > 3 {
          let (copy, expected) = copies.removeFirst()
          #expect(contents(copy) == expected, note)
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
        #expect(contents(set) == model, note)
        var scanned: Set<String> = []
        var cursor: UInt64 = 0
        repeat {
          cursor = set.scan(cursor: cursor) { scanned.insert($0.withBytes { String($0) }) }
        } while cursor != 0
        #expect(scanned == model, note)
      }
    }
    #expect(contents(set) == model, "seed \(seed)")
    set.release()
    for (copy, expected) in copies {
      #expect(contents(copy) == expected, "seed \(seed)")
      copy.release()
    }
  }

  /// 7.2's limits, and 7.0's, which has no listpack form.
  static let forms: [([String], String, String)] = [
    (numbers(512), "intset", "intset"),
    (numbers(513), "hashtable", "hashtable"),
    (["1", "a"], "listpack", "hashtable"),
    (["a", "1"], "listpack", "hashtable"),
    (numbers(127) + ["a"], "listpack", "hashtable"),
    (numbers(128) + ["a"], "hashtable", "hashtable"),
    (numbers(128).map { "m" + $0 }, "listpack", "hashtable"),
    (numbers(129).map { "m" + $0 }, "hashtable", "hashtable"),
    ([String(repeating: "x", count: 64)], "listpack", "hashtable"),
    (["1", String(repeating: "x", count: 65)], "hashtable", "hashtable"),
  ]

  static func numbers(_ count: Int) -> [String] { (0..<count).map(String.init) }

  @Test(arguments: forms)
  func changesOfForm(_ members: [String], _ encoding: String, _ before72: String) {
    for (entries, expected) in [(128, encoding), (0, before72)] {
      let limits = SetLimits(packed: PackedLimits(entries: entries, seed: HashSeed(3)))
      let set = members[0].lend { SetValue(for: $0, limits: limits) }
      for member in members { member.lend { _ = set.insert($0, limits: limits) } }
      #expect(set.encoding.description == expected)
      #expect(contents(set) == Set(members))
      set.release()
    }
  }
}
