// The key table's edges: what an empty one costs, all short histories of a few keys, all ways to delete from
// a crowded segment, extreme keys, values that are shared, freeing in steps, random entries.

import Testing

@testable import UnderstudyEngine

@Suite struct KeyTableTests {
  static func key(_ number: Int) -> [UInt8] { Array("key:\(number)".utf8) }

  @Test func smallTablesAreSmall() {
    // A block of 56 bytes costs the allocator as much as one of 48.
    #expect(MemoryLayout<KeyTable>.size <= 56)
    var checked = CheckedTable(seed: 1)
    #expect(checked.table.allocatedBytes == 0)
    checked.set(Self.key(1), .bytes([1]))
    #expect(checked.table.allocatedBytes <= 96)
    checked.remove(Self.key(1))
    #expect(checked.table.allocatedBytes == 0)
    #expect(checked.table.scan(cursor: 0) { _ in Issue.record("nothing to show") } == 0)
    var generator = TestRandom(seed: 1)
    #expect(checked.table.randomEntry(using: &generator) == nil)
    checked.remove(Self.key(1))
    checked.setDeadline(Self.key(1), 5)
    checked.edit(Self.key(1))
    checked.check("empty")
  }

  /// Every sequence of five steps over three keys, with every kind of change and a snapshot to go back to.
  @Test func everyShortHistory() {
    let steps = 11
    for history in 0..<(steps * steps * steps * steps) {
      var checked = CheckedTable(seed: 7)
      checked.set(Self.key(0), .bytes([UInt8](repeating: 9, count: 500)), .at(10))
      var kept = checked.snapshot()
      var rest = history
      for _ in 0..<4 {
        let step = rest % steps
        rest /= steps
        let key = Self.key(step % 3)
        switch step {
        case 0...2: checked.set(key, .bytes([1, 2, 3]), .keep)
        case 3...5: checked.remove(key)
        case 6: checked.setDeadline(key, 77)
        case 7: checked.set(key, .bytes([UInt8](repeating: 4, count: 600)), .none)
        case 8: checked.edit(Self.key(0))
        case 9: kept = checked.snapshot()
        default: checked = kept.snapshot()
        }
      }
      checked.check("history \(history)")
      kept.check("kept, history \(history)")
    }
  }

  /// Four keys with all combinations of homes around the wrap of an 8-slot segment, deleted in every order.
  @Test func everyDeletionFromACrowdedSegment() {
    let homes: [UInt64] = [0, 1, 6, 7]
    let keys = (0..<5).map { Self.key($0) }
    var orders: [[Int]] = []
    func permute(_ order: [Int], _ rest: [Int]) {
      if rest.isEmpty { orders.append(order) }
      for item in rest { permute(order + [item], rest.filter { $0 != item }) }
    }
    permute([], [0, 1, 2, 3, 4])
    for combination in 0..<1024 {
      // A sixth of the orders each: all of them come up with every pattern of homes.
      for order in orders where (combination &+ order[0] &* 5 &+ order[1]) % 6 == 0 {
        var table = KeyTable(seed: HashSeed(0), keepsAccess: true)
        table.storesHashes = true
        let hashes = (0..<5).map { index in homes[combination >> (2 * index) & 3] << 61 | UInt64(index) << 50
        }
        for index in 0..<5 {
          _ = keys[index].lend { table.set(.integer(Int64(index)), for: $0, hash: hashes[index]) }
        }
        for (position, index) in order.enumerated() {
          let removed: Bool = keys[index].lend { key in
            if let detached = table.remove(key, hash: hashes[index]) {
              return detached.entry.integer == Int64(index)
            }
            return false
          }
          #expect(removed)
          for other in order[(position + 1)...] {
            #expect(keys[other].lend { table.find($0, hash: hashes[other]) }?.integer == Int64(other))
          }
        }
        let isEmpty = table.isEmpty
        #expect(isEmpty)
      }
    }
  }

  @Test func extremeKeys() {
    var checked = CheckedTable(seed: 3)
    let large = [UInt8](repeating: 5, count: 8 << 20)
    for length in [0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 48, 49, 254, 255, 256, 257, 65_535, 65_536] {
      checked.set([UInt8](repeating: 0, count: length), .integer(Int64(length)))
      checked.set([UInt8](repeating: 0, count: length), .bytes([UInt8](repeating: 1, count: length)), .at(1))
    }
    checked.set(large, .bytes(large))
    // Enough others to split the segments of the long ones.
    for number in 0..<1000 { checked.set(Self.key(number), .integer(0)) }
    checked.check("extreme keys")
    let kept = checked.snapshot()
    checked.set(large, .integer(1), .keep)
    checked.setDeadline([], 9)
    checked.remove([0])
    checked.check("changed")
    kept.check("kept")
  }

  @Test func overwritingWithItself() {
    var checked = CheckedTable(seed: 4)
    for length in [0, 5, 40, 447, 448, 449, 3000] {
      let key = Self.key(length)
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
      checked.set(key, .bytes(bytes), .at(4))
      // The bytes given are those of the entry that is replaced, whole and in part.
      for cut in [0, 1, 3] where cut <= length {
        let hash = checked.hash(key)
        let own = key.lend { checked.table.find($0, hash: hash) }?.stringBytes
        guard let own, own.count >= cut else { continue }
        let part = unsafe Bytes(own.pointer + cut, count: own.count - cut)
        let expected = [UInt8](part)
        _ = key.lend { checked.table.set(.bytes(part), for: $0, hash: hash, deadline: .keep) }
        checked.model[key] = ModelEntry(value: .bytes(expected), deadline: 4)
        checked.check("length \(length) cut \(cut)")
      }
    }
  }

  @Test func accessIsKeptWhereAskedFor() {
    for keeps in [true, false] {
      var table = KeyTable(seed: HashSeed(1), keepsAccess: keeps)
      let key = Bytes("k")
      let hash = table.hash(key)
      table.set(.integer(1), for: key, hash: hash, access: 0x1234_5678)
      #expect(table.find(key, hash: hash)?.access == (keeps ? 0x34_5678 : 0))
      table.set(.bytes(Bytes("v")), for: key, hash: hash, deadline: .at(5), access: 0xff_ffff)
      #expect(table.find(key, hash: hash)?.access == (keeps ? 0xff_ffff : 0))
      table.find(key, hash: hash)?.access = 3
      #expect(table.find(key, hash: hash)?.access == 3)
      #expect(table.find(key, hash: hash)?.deadlineMilliseconds == 5)
      #expect(table.find(key, hash: hash).map { [UInt8]($0.inlineBytes) } == [UInt8]("v"))
    }
  }

  @Test func buffersAreCountedOnceForEachHolder() {
    let buffer = SharedBuffer(copying: Bytes("payload"))
    buffer.retain()
    do {
      var table = KeyTable(seed: HashSeed(2), keepsAccess: true)
      let key = Bytes("k")
      let hash = table.hash(key)
      table.set(.buffer(buffer), for: key, hash: hash)
      #expect(!buffer.isUnique)
      var branch = table.snapshot()
      // The branch changes its own copy; the table's stays.
      if let entry = branch.findMutable(key, hash: hash) {
        var own = entry.buffer
        own.append(Bytes("!"))
        entry.buffer = own
      }
      #expect(table.find(key, hash: hash).map { [UInt8]($0.buffer.bytes) } == [UInt8]("payload"))
      #expect(branch.find(key, hash: hash).map { [UInt8]($0.buffer.bytes) } == [UInt8]("payload!"))
      // RENAME, while a snapshot shares the entry, and then the same alone.
      for shared in [true, false] {
        let kept = shared ? table.snapshot() : KeyTable(seed: HashSeed(2), keepsAccess: true)
        let other = Bytes("other")
        if let detached = table.remove(key, hash: hash) {
          table.set(detached.takePayload(), for: other, hash: table.hash(other))
        }
        #expect(
          table.find(other, hash: table.hash(other)).map { [UInt8]($0.buffer.bytes) } == [UInt8]("payload"))
        #expect(kept.count == (shared ? 1 : 0))
        if let detached = table.remove(other, hash: table.hash(other)) {
          table.set(detached.takePayload(), for: key, hash: hash)
        }
      }
      #expect(!buffer.isUnique)
      table.set(.integer(1), for: key, hash: hash)
    }
    #expect(buffer.isUnique)
    buffer.release()
  }

  /// More holders than an entry can count: it is copied then.
  @Test func hundredsOfSnapshots() {
    var checked = CheckedTable(seed: 5)
    for number in 0..<60 { checked.set(Self.key(number), .bytes([UInt8](repeating: 6, count: number * 10))) }
    var tables: [SharedTable] = []
    for number in 0..<600 {
      tables.append(SharedTable(checked.snapshot()))
      checked.set(Self.key(number % 60), .integer(Int64(number)))
    }
    checked.check("the living one")
    for table in tables { table.checked.check("a snapshot") }
    var generator = TestRandom(seed: 5)
    tables.removeAll { _ in Bool.random(using: &generator) }
    for table in tables { table.checked.check("one that is left") }
  }

  @Test(arguments: [0, 3, 99, 101, 5000])
  func freeingInSteps(count: Int) {
    var checked = CheckedTable(seed: 6)
    for number in 0..<count {
      checked.set(Self.key(number), .bytes([UInt8](repeating: 6, count: number % 600)))
    }
    for shared in [true, false] {
      let kept = checked.snapshot()
      if !shared { checked = CheckedTable(seed: 6) }
      if !shared { for number in 0..<count { checked.set(Self.key(number), .integer(1)) } }
      if shared { for number in 0..<(count / 50) { checked.set(Self.key(number), .integer(1)) } }
      var taken = checked.table.takeAll()
      checked.model = [:]
      checked.check("left empty")
      #expect(taken.count == count)
      var steps = 1
      while !taken.releaseSome(budget: 200) { steps += 1 }
      #expect(steps >= (shared ? 1 : count / 400) && steps <= count / 100 + 2)
      let isFreed = taken.releaseSome(budget: 1)
      #expect(isFreed)
      kept.check("shared with what was freed")
      if shared { checked = CheckedTable(kept.table.snapshot(), kept.model, .good) }
    }
    // Begun in steps, ended at once.
    let kept = checked.snapshot()
    var taken = checked.table.takeAll()
    _ = taken.releaseSome(budget: 150)
    _ = consume taken
    kept.check("after a table that died half freed")
  }

  @Test(arguments: [1, 3, 40, 150, 3000])
  func randomEntriesAreEven(count: Int) {
    var checked = CheckedTable(seed: 8)
    var generator = TestRandom(seed: 8)
    for number in 0..<count { checked.set(Self.key(number), .integer(Int64(number))) }
    var drawn = [Int](repeating: 0, count: count)
    for _ in 0..<(count * 60) {
      if let entry = checked.table.randomEntry(using: &generator) { drawn[Int(entry.integer)] += 1 }
    }
    #expect(drawn.reduce(0, +) == count * 60)
    // 60 expected, a deviation of 8: five deviations either way.
    if count > 1 {
      #expect(drawn.allSatisfy { $0 > 15 && $0 < 110 }, "\(drawn.min() ?? 0) \(drawn.max() ?? 0)")
    }
    // A table that was large and is nearly empty still answers, with every key that is left.
    for number in 2..<max(2, count) { checked.remove(Self.key(number)) }
    var left: Set<Int64> = []
    for _ in 0..<200 {
      if let entry = checked.table.randomEntry(using: &generator) { left.insert(entry.integer) }
    }
    #expect(left.count == min(count, 2))
  }
}

/// A checked table that an array can hold.
private final class SharedTable {
  let checked: CheckedTable
  init(_ checked: consuming CheckedTable) { self.checked = checked }
}
