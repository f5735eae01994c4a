// HashValue against a dictionary, over the change of form, with clones alive.

import Testing

@testable import UnderstudyEngine

@Suite struct HashValueTests {
  let limits = PackedLimits(seed: HashSeed(7))

  func contents(_ hash: HashValue) -> [String: String] {
    var result: [String: String] = [:]
    hash.forEach { field, value in
      let old = result.updateValue(value.withBytes { String($0) }, forKey: field.withBytes { String($0) })
      #expect(old == nil)
    }
    return result
  }

  @Test(arguments: testSeeds(6))
  func randomEdits(seed: UInt64) {
    var random = TestRandom(seed: seed)
    let limits = PackedLimits(entries: Int(random.next() % 60), valueBytes: 40, seed: HashSeed(seed))
    var hash = HashValue()
    var model: [String: String] = [:]
    var copies: [(HashValue, [String: String])] = []
    func text(_ bound: UInt64) -> String {
      switch random.next() % 4 {
      case 0: String(random.next() % bound)
      case 1 where random.next() % 40 == 0: String(repeating: "v", count: Int(random.next() % 1000))
      default: "name-\(random.next() % bound)"
      }
    }
    for step in 0..<3000 {
      let note: Comment = "seed \(seed) step \(step)"
      let field = text(UInt64(10 + step / 20))
      switch random.next() % 8 {
      case 0, 1, 2:
        let value = text(1_000_000)
        let isNew = field.lend { field in value.lend { hash.set(field, to: $0, limits: limits) } }
        #expect(isNew == (model.updateValue(value, forKey: field) == nil), note)
      case 3:
        let victim = random.next() & 1 == 0 ? field : model.randomElement(using: &random)?.key ?? field
        #expect(victim.lend { hash.remove($0) } == (model[victim] != nil), note)
        model[victim] = nil
      case 4:
        #expect(field.lend { hash[$0]?.withBytes { String($0) } } == model[field], note)
        #expect(field.lend { hash.contains($0) } == (model[field] != nil), note)
      case 5:
        let chosen = hash.random(using: &random) {
          ($0.withBytes { String($0) }, $1.withBytes { String($0) })
        }
        #expect((chosen == nil) == model.isEmpty, note)
        if let chosen { #expect(model[chosen.0] == chosen.1, note) }
      case 6 where random.next() % 20 == 0:
        copies.append((hash.clone(), model))
        if copies.count > 3 {
          let (copy, expected) = copies.removeFirst()
          #expect(contents(copy) == expected, note)
          if random.next() & 1 == 0 {
            copy.release()
          } else {
            hash.release()
            hash = copy
            model = expected
          }
        }
      default: #expect(hash.count == model.count, note)
      }
      if step % 100 == 0 {
        #expect(contents(hash) == model, note)
        var scanned: Set<String> = []
        var cursor: UInt64 = 0
        repeat {
          cursor = hash.scan(cursor: cursor) { field, _ in scanned.insert(field.withBytes { String($0) }) }
        } while cursor != 0
        #expect(scanned == Set(model.keys), note)
      }
    }
    #expect(contents(hash) == model, "seed \(seed)")
    hash.release()
    for (copy, expected) in copies {
      #expect(contents(copy) == expected, "seed \(seed)")
      copy.release()
    }
  }

  @Test func changesOfForm() {
    func filled(_ count: Int) -> HashValue {
      let hash = HashValue()
      for index in 0..<count {
        "f\(index)".lend { field in "v".lend { _ = hash.set(field, to: $0, limits: limits) } }
      }
      return hash
    }
    for (count, encoding) in [(1, "listpack"), (128, "listpack"), (129, "hashtable")] {
      let hash = filled(count)
      #expect(hash.encoding.description == encoding)
      #expect(hash.count == count)
      hash.release()
    }
    for (length, encoding) in [(64, "listpack"), (65, "hashtable")] {
      let text = String(repeating: "x", count: length)
      for (field, value) in [(text, "v"), ("f", text)] {
        let hash = filled(3)
        field.lend { field in value.lend { _ = hash.set(field, to: $0, limits: limits) } }
        #expect(hash.encoding.description == encoding)
        hash.release()
      }
    }
    let hash = filled(1)
    hash.prepare(longest: 65, limits: limits)
    #expect(hash.encoding.description == "hashtable")
    #expect(hash.count == 1)
    hash.release()
  }

  @Test func fromOutside() {
    func adopt(_ elements: [String]) -> Int? {
      var pack = Listpack()
      for element in elements { element.lend { pack.append($0) } }
      guard let hash = HashValue(adopting: pack, seed: limits.seed) else {
        pack.release()
        return nil
      }
      defer { hash.release() }
      return hash.count
    }
    #expect(adopt(["a", "1", "b", "2"]) == 2)
    #expect(adopt([]) == nil)
    #expect(adopt(["a"]) == nil)
    #expect(adopt(["a", "1", "a", "2"]) == nil)
  }
}
