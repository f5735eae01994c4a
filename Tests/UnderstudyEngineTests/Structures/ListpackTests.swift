// Listpack against a model (an array of strings), against bytes dumped by redis-server 7.0.15, and against
// damage.

import Testing

@testable import UnderstudyEngine

@Suite struct ListpackTests {
  func contents(_ pack: Listpack) -> [String] {
    var result: [String] = []
    var position = Listpack.startPosition
    while position < pack.endPosition {
      result.append(pack.element(at: position).withBytes { String($0) })
      position = pack.position(after: position)
    }
    return result
  }

  func backwards(_ pack: Listpack) -> [String] {
    var result: [String] = []
    var position = pack.endPosition
    while position > Listpack.startPosition {
      position = pack.position(before: position)
      result.append(pack.element(at: position).withBytes { String($0) })
    }
    return result.reversed()
  }

  func check(_ pack: Listpack, _ model: [String], _ note: @autoclosure () -> String = "") {
    #expect(contents(pack) == model, "\(note())")
    #expect(backwards(pack) == model, "\(note())")
    #expect(pack.count == model.count, "\(note())")
    let copy = Listpack(validating: pack.bytes)
    #expect(copy != nil, "\(note())")
    copy?.release()
  }

  func make(_ elements: [String]) -> Listpack {
    var pack = Listpack()
    for element in elements { element.lend { pack.append($0) } }
    return pack
  }

  /// RPUSH, then DUMP: the payload's listpack (list-max-listpack-size -5).
  @Test func sameBytesAsRedis() {
    let pack = make([
      "0", "127", "128", "-1", "-4096", "4095", "4096", "-32768", "32768", "-8388608", "8388608",
    ])
    defer { pack.release() }
    let expected: [UInt8] = [
      0x36, 0, 0, 0, 11, 0, 0x00, 1, 0x7F, 1, 0xC0, 0x80, 2, 0xDF, 0xFF, 2, 0xD0, 0x00, 2, 0xCF, 0xFF, 2,
      0xF1, 0x00, 0x10, 3, 0xF1, 0x00, 0x80, 3, 0xF2, 0x00, 0x80, 0x00, 4, 0xF2, 0x00, 0x00, 0x80, 4,
      0xF3, 0x00, 0x00, 0x80, 0x00, 5, 0xFF,
    ]
    var fixed = expected
    fixed[0] = UInt8(expected.count)
    #expect([UInt8](pack.bytes) == fixed)
  }

  @Test func everySize() {
    for length in [
      0, 1, 19, 20, 21, 62, 63, 64, 65, 124, 125, 126, 127, 128, 4094, 4095, 4096, 16377, 16378, 16380,
      16381, 16382, 16383, 70000, 2_097_140, 2_097_146, 2_097_147,
    ] {
      let text = String(repeating: "x", count: length)
      let model = ["a", text, "b"]
      let pack = make(model)
      check(pack, model, "length \(length)")
      #expect(text.lend { pack.find($0) } != nil)
      pack.release()
    }
  }

  @Test func integerEdges() {
    var values: Set<Int64> = [0, .min, .max]
    for bits in 0..<63 {
      for delta in -2...2 as ClosedRange<Int64> {
        values.insert((1 << bits) &+ delta)
        values.insert(0 &- (1 << bits) &+ delta)
      }
    }
    let model = ["replaced below"] + values.sorted().map(String.init)
    var pack = make(model)
    check(pack, model)
    for value in values {
      let text = String(value)
      #expect(text.lend { pack.find($0) } != nil)
      pack.replace(at: Listpack.startPosition, with: value)
      guard case .integer(value) = pack.element(at: Listpack.startPosition) else {
        Issue.record("\(value)")
        continue
      }
    }
    for text in ["01", "+1", "-0", "9223372036854775808", "-9223372036854775809", " 1"] {
      text.lend { pack.append($0) }
      guard let last = pack.lastPosition, case .bytes = pack.element(at: last) else {
        Issue.record("\(text)")
        continue
      }
    }
    pack.release()
  }

  @Test(arguments: testSeeds(6))
  func randomEdits(seed: UInt64) {
    var random = TestRandom(seed: seed)
    var pack = Listpack()
    var model: [String] = []
    func anything() -> String {
      switch random.next() % 8 {
      case 0: String(Int64(bitPattern: random.next() >> (random.next() % 64)))
      case 1: String(random.next() % 200)
      case 2: String(repeating: "y", count: Int(random.next() % 300))
      case 3: random.next() % 20 == 0 ? String(repeating: "z", count: Int(random.next() % 9000)) : "q"
      default: "e\(random.next() % 50)"
      }
    }
    for step in 0..<1500 {
      let index = Int(random.next() % UInt64(model.count + 1))
      let text = anything()
      switch random.next() % 9 {
      case 0:
        text.lend { pack.append($0) }
        model.append(text)
      case 1:
        text.lend { pack.prepend($0) }
        model.insert(text, at: 0)
      case 2, 3:
        let position = pack.position(at: index) ?? pack.endPosition
        text.lend { pack.insert($0, at: position) }
        model.insert(text, at: index)
      case 4 where index < model.count:
        if let position = pack.position(at: index - model.count) {
          text.lend { pack.replace(at: position, with: $0) }
        }
        model[index] = text
      case 5 where index < model.count:
        let count = Int(random.next() % 6)
        if let position = pack.position(at: index) {
          #expect(pack.remove(at: position, count: count) == min(count, model.count - index))
        }
        model.removeSubrange(index..<min(index + count, model.count))
      case 6:
        let position = pack.position(at: index) ?? pack.endPosition
        let tail = pack.split(at: position)
        check(tail, Array(model[index...]), "seed \(seed)")
        check(pack, Array(model[..<index]), "seed \(seed)")
        pack.append(contentsOf: tail)
        tail.release()
      case 7:
        let found = text.lend { pack.find($0) }
        #expect(found == model.firstIndex(of: text).flatMap { pack.position(at: $0) }, "seed \(seed)")
        let skipped = text.lend { pack.find($0, skip: 1) }
        let expected = stride(from: 0, to: model.count, by: 2).first { model[$0] == text }
        #expect(skipped == expected.flatMap { pack.position(at: $0) }, "seed \(seed)")
      default:
        // A change through a shared handle leaves the other owner's view alone.
        pack.retain()
        let old = unsafe Listpack(block: pack.block)
        pack.append(Int64(step))
        check(old, model, "seed \(seed)")
        old.release()
        model.append(String(step))
        #expect(pack.isUnique)
      }
      if step % 50 == 0 { check(pack, model, "seed \(seed) step \(step)") }
      if model.count > 200, let position = pack.position(at: 0) {
        pack.remove(at: position, count: 150)
        model.removeFirst(150)
        pack.trim()
      }
    }
    check(pack, model, "seed \(seed)")
    pack.release()
  }

  /// A long listpack that is changed at its ends and near them, where the gap in front comes and goes.
  @Test(arguments: testSeeds(8))
  func bothEnds(seed: UInt64) {
    var random = TestRandom(seed: seed)
    var pack = Listpack()
    var model: [String] = []
    var next = 0
    func element() -> String {
      next += 1
      let length = random.next() % 200 == 0 ? random.next() % 70_000 : random.next() % 100
      return "\(next)-" + String(repeating: "w", count: Int(length))
    }
    for phase in 0..<40 {
      let kind = random.next() % 8
      for _ in 0..<Int(random.next() % 300) {
        let text = element()
        switch (kind, random.next() & 1) {
        case (0, _), (1, 0), (2, 0):
          text.lend { pack.prepend($0) }
          model.insert(text, at: 0)
        case (3, _), (1, 1), (4, 0):
          text.lend { pack.append($0) }
          model.append(text)
        case (2, 1) where !model.isEmpty, (5, 0) where !model.isEmpty, (6, _) where !model.isEmpty:
          let count = kind == 6 ? 1 + Int(random.next() % 20) : 1
          pack.remove(at: Listpack.startPosition, count: count)
          model.removeFirst(min(count, model.count))
        case (4, 1) where !model.isEmpty:
          pack.remove(at: Listpack.startPosition)
          model.removeFirst()
        default:
          let index = min(model.count, Int(random.next() % 4))
          text.lend { pack.insert($0, at: pack.position(at: index) ?? pack.endPosition) }
          model.insert(text, at: index)
        }
      }
      if random.next() % 4 == 0 { pack.trim() }
      if random.next() % 4 == 0 {
        pack.retain()
        let other = unsafe Listpack(block: pack.block)
        if random.next() & 1 == 0, !model.isEmpty {
          pack.remove(at: Listpack.startPosition)
          let kept = model.removeFirst()
          let same = contents(other) == [kept] + model
          #expect(same, "seed \(seed)")
        } else {
          pack.prepend(Int64(phase))
          let same = contents(other) == model
          #expect(same, "seed \(seed)")
          model.insert(String(phase), at: 0)
        }
        other.release()
      }
      let same = contents(pack) == model && backwards(pack) == model && pack.count == model.count
      #expect(same, "seed \(seed) phase \(phase)")
    }
    pack.release()
  }

  @Test func moreElementsThanTheHeadCanCount() {
    var pack = Listpack()
    for index in 0..<65_540 { pack.append(Int64(index % 100)) }
    #expect(pack.count == 65_540)
    #expect(pack.position(at: 65_539) != nil)
    #expect(pack.position(at: 65_540) == nil)
    #expect(pack.position(at: -65_540) == Listpack.startPosition)
    #expect(pack.position(at: -65_541) == nil)
    pack.remove(at: Listpack.startPosition, count: 10)
    #expect(pack.count == 65_530)
    pack.append(1)
    #expect(pack.count == 65_531)
    pack.release()
  }

  @Test func damageIsRefused() {
    let pack = make(["1", "abc", "-70000", String(repeating: "x", count: 100), "5000000000", "200"])
    defer { pack.release() }
    let good = [UInt8](pack.bytes)
    #expect(good.lend { Listpack(validating: $0)?.release() } != nil)
    for length in 0..<good.count {
      #expect(Array(good[..<length]).lend { Listpack(validating: $0)?.release() } == nil)
    }
    // Any other byte anywhere: refused, or still walkable to the same end both ways.
    for index in good.indices {
      for value in UInt8.min...UInt8.max where value != good[index] {
        var bad = good
        bad[index] = value
        bad.lend {
          guard let copy = Listpack(validating: $0) else { return }
          #expect(contents(copy) == backwards(copy))
          copy.release()
        }
      }
    }
  }
}
