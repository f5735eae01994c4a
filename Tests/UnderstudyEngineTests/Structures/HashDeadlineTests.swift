// Hashes that keep deadlines of their fields, against a dictionary, over the change of form, with clones alive.

import Testing

@testable import UnderstudyEngine

@Suite struct HashDeadlineTests {
  private struct Field: Equatable {
    var value: String
    var deadline: Int64
  }

  private func contents(_ hash: HashValue) -> [String: Field] {
    var result: [String: Field] = [:]
    hash.forEach { field, value in
      let deadline = field.withBytes { hash.deadline(of: $0) }
      let found = Field(value: value.withBytes { String($0) }, deadline: deadline ?? 0)
      let old = result.updateValue(found, forKey: field.withBytes { String($0) })
      #expect(old == nil && deadline != nil)
    }
    return result
  }

  /// Whether fields of the small form stand in the order of their deadlines.
  private func isInOrder(_ hash: HashValue) -> Bool {
    if hash.encoding.description == "hashtable" { return true }
    var last = Int64.min
    var isOrdered = true
    hash.forEach { field, _ in
      let deadline = field.withBytes { hash.deadline(of: $0) } ?? 0
      if deadline < last { isOrdered = false }
      last = deadline
    }
    return isOrdered
  }

  @Test(arguments: testSeeds(8))
  func randomEdits(seed: UInt64) {
    var random = TestRandom(seed: seed)
    let limits = PackedLimits(entries: Int(random.next() % 60), valueBytes: 40, seed: HashSeed(seed))
    let hash = HashValue()
    var model: [String: Field] = [:]
    var copies: [(HashValue, [String: Field])] = []
    // Some begin to keep deadlines when they are large already.
    let firstDeadline = Int(random.next() % 200)
    var now: Int64 = 0
    func text(_ bound: UInt64) -> String {
      random.next() % 3 == 0 ? String(random.next() % bound) : "name-\(random.next() % bound)"
    }
    for step in 0..<3000 {
      let note: Comment = "seed \(seed) step \(step)"
      let field = text(UInt64(10 + step / 20))
      if step == firstDeadline {
        hash.keepDeadlines()
        #expect(hash.keepsDeadlines, note)
      }
      switch random.next() % 10 {
      case 0, 1, 2:
        let isLong = random.next() % 200 == 0
        let value = isLong ? String(repeating: "v", count: 100) : text(1_000_000)
        let keeps = random.next() & 1 == 0
        let isNew = field.lend { field in
          value.lend { hash.set(field, to: $0, limits: limits, deadline: keeps ? .kept : .dropped) }
        }
        let old = model[field]
        #expect(isNew == (old == nil), note)
        model[field] = Field(value: value, deadline: keeps ? old?.deadline ?? .max : .max)
      case 3:
        let victim = random.next() & 1 == 0 ? field : model.randomElement(using: &random)?.key ?? field
        #expect(victim.lend { hash.remove($0) } == (model[victim] != nil), note)
        model[victim] = nil
      case 4, 5, 6:
        guard hash.keepsDeadlines, let chosen = model.randomElement(using: &random)?.key else { continue }
        let deadline = random.next() % 5 == 0 ? Int64.max : now + 1 + Int64(random.next() % 300)
        chosen.lend { hash.setDeadline(deadline, of: $0) }
        model[chosen]?.deadline = deadline
      case 7:
        now += Int64(random.next() % 20)
        let due = model.filter { $0.value.deadline <= now }
        let limit = random.next() & 1 == 0 ? Int.max : Int(random.next() % 4)
        let removed = hash.removeDue(now: now, limit: limit)
        #expect(removed == min(due.count, limit), note)
        _ = hash.removeDue(now: now, limit: .max)
        for field in due.keys { model[field] = nil }
      case 8 where random.next() % 20 == 0:
        copies.append((hash.clone(), model))
        if copies.count > 3 {
          let (copy, expected) = copies.removeFirst()
          #expect(contents(copy) == expected, note)
          copy.release()
        }
      default:
        #expect(field.lend { hash.deadline(of: $0) } == model[field]?.deadline, note)
        #expect(field.lend { hash[$0]?.withBytes { String($0) } } == model[field]?.value, note)
        #expect(field.lend { hash.contains($0) } == (model[field] != nil), note)
        #expect(hash.count == model.count && hash.isEmpty == model.isEmpty, note)
        let soonest = model.values.map(\.deadline).min() ?? .max
        #expect(hash.soonestDeadline == soonest, note)
      }
      if step % 100 == 0 {
        #expect(contents(hash) == model, note)
        #expect(isInOrder(hash), note)
        #expect(hash.memoryBytes > 0, note)
      }
    }
    for (copy, expected) in copies {
      #expect(contents(copy) == expected, "seed \(seed)")
      copy.release()
    }
    hash.release()
  }

  @Test func theFormsHaveTheirNames() {
    let limits = PackedLimits(entries: 2, valueBytes: 10, seed: HashSeed(1))
    let hash = HashValue()
    "a".lend { field in "1".lend { _ = hash.set(field, to: $0, limits: limits) } }
    #expect(hash.encoding.description == "listpack" && hash.packed != nil)
    hash.keepDeadlines()
    #expect(hash.encoding.description == "listpackex" && hash.packed == nil)
    #expect(hash.indexedDeadline == Entry.noDeadline)
    "a".lend { hash.setDeadline(5, of: $0) }
    hash.indexedDeadline = 5
    for field in ["b", "c"] {
      field.lend { field in "1".lend { _ = hash.set(field, to: $0, limits: limits) } }
    }
    #expect(hash.encoding.description == "hashtable")
    #expect(hash.indexedDeadline == 5 && hash.soonestDeadline == 5)
    let copy = hash.clone()
    #expect(copy.indexedDeadline == 5)
    hash.release()
    #expect(copy.soonestDeadline == 5 && copy.count == 3)
    copy.release()
  }

  @Test func itIsFreedInSteps() {
    let limits = PackedLimits(entries: 2, valueBytes: 10, seed: HashSeed(1))
    let hash = HashValue()
    hash.keepDeadlines()
    for index in 0..<2000 {
      "\(index)".lend { field in
        _ = hash.set(field, to: field, limits: limits)
        hash.setDeadline(Int64(index), of: field)
      }
    }
    guard var dying = DyingContainer(.hash(hash)) else {
      Issue.record("a hash is a container")
      return
    }
    var steps = 0
    while !dying.releaseSome(budget: 100) { steps += 1 }
    #expect(steps > 5)
  }
}
