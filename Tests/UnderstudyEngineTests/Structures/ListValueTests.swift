// ListValue against an array of strings, with small node limits so that nodes split and join often.

import Testing

@testable import UnderstudyEngine

@Suite struct ListValueTests {
  func contents(_ list: ListValue, forward: Bool = true) -> [String] {
    var result: [String] = []
    list.forEach(from: forward ? 0 : -1, count: .max, forward: forward) {
      result.append($0.withBytes { String($0) })
    }
    return result
  }

  func check(_ list: ListValue, _ model: [String], _ note: String) {
    #expect(list.count == model.count, "\(note)")
    // Compared outside of the macro, which would print the lists.
    let same = contents(list) == model
    let sameBackwards = contents(list, forward: false) == model.reversed()
    #expect(same && sameBackwards, "\(note)")
    #expect((0..<list.nodeCount).allSatisfy { list.elementCount($0) == list.listpack($0).count }, "\(note)")
    #expect((0..<list.nodeCount).allSatisfy { list.elementCount($0) > 0 }, "\(note)")
  }

  @Test(arguments: testSeeds(4), [-2, 3, 1, -1])
  func randomEdits(seed: UInt64, limit: Int) {
    var random = TestRandom(seed: seed)
    var list = ListValue(limit: limit)
    var model: [String] = []
    var snapshots: [(ListValue, [String])] = []
    func anything() -> String {
      switch random.next() % 8 {
      case 0: String(Int64(bitPattern: random.next() >> (random.next() % 64)))
      case 1: String(repeating: "y", count: Int(random.next() % 3000))
      case 2 where random.next() % 10 == 0: String(repeating: "z", count: Int(random.next() % 20000))
      default: "e\(random.next() % 20)"
      }
    }
    for step in 0..<2500 {
      let note = "seed \(seed) limit \(limit) step \(step)"
      let text = anything()
      let index = Int(random.next() % UInt64(model.count + 1))
      switch random.next() % 14 {
      case 0, 1, 2:
        text.lend { list.push($0, at: .tail) }
        model.append(text)
      case 3, 4:
        text.lend { list.push($0, at: .head) }
        model.insert(text, at: 0)
      case 5:
        let popped = list.pop(.head) { $0.withBytes { String($0) } }
        #expect(popped == model.first, "\(note)")
        model = Array(model.dropFirst())
      case 6:
        let popped = list.pop(.tail) { $0.withBytes { String($0) } }
        let last = model.popLast()
        #expect(popped == last, "\(note)")
      case 7:
        let before = random.next() & 1 == 0
        let pivot = random.next() % 4 == 0 ? text : model.randomElement(using: &random) ?? text
        let found = model.firstIndex(of: pivot)
        let inserted = text.lend { text in pivot.lend { list.insert(text, before: before, pivot: $0) } }
        #expect(inserted == (found != nil), "\(note)")
        if let found { model.insert(text, at: before ? found : found + 1) }
      case 8:
        let from = index < model.count && random.next() & 1 == 0 ? index - model.count : index
        #expect(text.lend { list.set(from, to: $0) } == (index < model.count), "\(note)")
        if index < model.count { model[index] = text }
      case 9:
        let limit = Int(random.next() % 7) - 3
        let victim = model.randomElement(using: &random) ?? text
        var removed = 0
        var kept: [String] = []
        for element in limit < 0 ? model.reversed() : model {
          if element == victim, limit == 0 || removed < abs(limit) {
            removed += 1
          } else {
            kept.append(element)
          }
        }
        model = limit < 0 ? kept.reversed() : kept
        #expect(victim.lend { list.remove($0, limit: limit) } == removed, "\(note)")
      case 10:
        let length = Int(random.next() % 9)
        list.remove(at: index, count: length)
        model.removeSubrange(index..<min(index + length, model.count))
      case 11:
        if model.count > 300 {
          let upper = model.count - Int(random.next() % 100)
          let lower = min(upper, Int(random.next() % 150))
          list.trim(keeping: lower..<upper)
          model = Array(model[lower..<upper])
        }
        let end: ListValue.End = random.next() & 1 == 0 ? .head : .tail
        let rotated = list.rotate(from: end) { $0.withBytes { String($0) } }
        if end == .head {
          #expect(rotated == model.first, "\(note)")
          if !model.isEmpty { model.append(model.removeFirst()) }
        } else {
          #expect(rotated == model.last, "\(note)")
          if let last = model.popLast() { model.insert(last, at: 0) }
        }
      case 12:
        let expected = index < model.count ? model[index] : nil
        #expect(list[index].map { $0.withBytes { String($0) } } == expected, "\(note)")
        let negative = list[index - model.count - 1].map { $0.withBytes { String($0) } }
        #expect(negative == (index > 0 ? model[index - 1] : nil), "\(note)")
      default:
        if random.next() % 10 == 0 {
          snapshots.append((list.clone(), model))
          if snapshots.count > 3 {
            let (old, expected) = snapshots.remove(at: Int(random.next() % 4))
            check(old, expected, note)
            old.release()
          }
        } else if random.next() % 10 == 0 {
          let copy = list.clone()
          list.release()
          list = copy
        }
      }
      if step % 40 == 0 { check(list, model, note) }
    }
    check(list, model, "seed \(seed) limit \(limit)")
    list.release()
    for (old, expected) in snapshots {
      check(old, expected, "seed \(seed) limit \(limit)")
      old.release()
    }
  }

  @Test func queues() {
    let list = ListValue()
    for round in 0..<40_000 {
      "element-\(round)".lend { list.push($0, at: .tail) }
      if round >= 1000 {
        #expect(list.pop(.head) { $0.withBytes { String($0) } } == "element-\(round - 1000)")
      }
    }
    #expect(list.count == 1000)
    list.release()
  }

  @Test func encodingNames() {
    let list = ListValue()
    let element = String(repeating: "x", count: 98)  // 101 bytes a piece
    for _ in 0..<80 { element.lend { list.push($0, at: .tail) } }
    #expect(!list.isQuicklist)
    list.willGrow(elements: 2, bytes: 196)
    element.lend { list.push($0, at: .tail) }
    #expect(list.isQuicklist)
    while list.nodeCount > 1 || list.listpack(0).byteCount > 4096 + 101 { list.pop(.tail) { _ in } }
    list.didShrink()
    #expect(list.isQuicklist)
    list.pop(.tail) { _ in }
    list.didShrink()
    #expect(!list.isQuicklist)
    list.release()
  }
}
