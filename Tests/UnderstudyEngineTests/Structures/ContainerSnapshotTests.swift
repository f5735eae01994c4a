// Containers in a key table whose snapshots come, are changed themselves, and go: every table must go on
// showing what was written to it alone. The address sanitizer watches over the counts.

import Testing

@testable import UnderstudyEngine

@Suite struct ContainerSnapshotTests {
  final class World {
    var table: KeyTable
    var lists: [String: [String]]
    var hashes: [String: [String: String]]
    var sets: [String: Set<String>]
    var sorted: [String: [String: Double]]
    var streams: [String: [StreamID]]
    /// What is pending in the stream's one group.
    var pending: [String: Set<StreamID>] = [:]

    init(_ table: consuming KeyTable) {
      self.table = table
      (lists, hashes, sets, sorted, streams) = ([:], [:], [:], [:], [:])
    }

    func snapshot() -> World {
      let copy = World(table.snapshot())
      (copy.lists, copy.hashes, copy.sets, copy.sorted, copy.streams) = (lists, hashes, sets, sorted, streams)
      copy.pending = pending
      return copy
    }

    /// The entry to change, made first if there is none.
    func entry(_ key: String, _ make: () -> NewValue) -> UnderstudyEngine.Entry? {
      key.lend { bytes in
        let hash = table.hash(bytes)
        if table.find(bytes, hash: hash) == nil { table.set(make(), for: bytes, hash: hash) }
        return table.findMutable(bytes, hash: hash)
      }
    }

    func find(_ key: String) -> UnderstudyEngine.Entry? {
      key.lend { table.find($0, hash: table.hash($0)) }
    }
  }

  func check(_ world: World, _ note: Comment) {
    for (key, model) in world.lists {
      var seen: [String] = []
      world.find(key)?.list.forEach(from: 0, count: .max) { seen.append($0.withBytes { String($0) }) }
      let same = seen == model
      #expect(same, note)
    }
    for (key, model) in world.hashes {
      var seen: [String: String] = [:]
      world.find(key)?.hash.forEach { seen[$0.withBytes { String($0) }] = $1.withBytes { String($0) } }
      let same = seen == model
      #expect(same, note)
    }
    for (key, model) in world.sets {
      var seen: Set<String> = []
      world.find(key)?.set.forEach { seen.insert($0.withBytes { String($0) }) }
      let same = seen == model
      #expect(same, note)
    }
    for (key, model) in world.sorted {
      var seen: [String: Double] = [:]
      let set = world.find(key)?.sortedSet
      set?.forEach { seen[$0.withBytes { String($0) }] = $1 }
      let same = seen == model
      let problem = set?.checkInvariants()
      #expect(same && problem == nil, note)
    }
    for (key, model) in world.pending {
      var seen: Set<StreamID> = []
      let group = world.find(key)?.stream.groups?[0]
      group?.pending.forEach {
        seen.insert($0.id)
        return true
      }
      let problem = group?.checkInvariants()
      #expect(seen == model && problem == nil, note)
    }
    for (key, model) in world.streams {
      var seen: [StreamID] = []
      world.find(key)?.stream.forEach(from: .zero, through: .max) { seen.append($0.id) }
      let same = seen == model
      #expect(same, note)
    }
  }

  @Test(arguments: testSeeds(4))
  func worldsGoTheirOwnWays(seed: UInt64) {
    var random = TestRandom(seed: seed)
    let note: Comment = "seed \(seed)"
    let limits = PackedLimits(entries: 20, seed: HashSeed(seed))
    let setLimits = SetLimits(intsetEntries: 20, packed: limits)
    var worlds = [World(KeyTable(seed: HashSeed(seed), keepsAccess: true))]
    for step in 0..<6000 {
      let world = worlds[Int(random.next() % UInt64(worlds.count))]
      let number = random.next() % 6
      let text = random.next() & 1 == 0 ? String(random.next() % 200) : "text-\(random.next() % 200)"
      switch random.next() % 12 {
      case 0, 1:
        let key = "list\(number)"
        let list = world.entry(key) { .list(ListValue(limit: 4)) }?.mutableList
        if random.next() & 3 != 0 {
          text.lend { list?.pushHead($0) }
          world.lists[key, default: []].insert(text, at: 0)
        } else {
          list?.pop(.tail) { _ in }
          world.lists[key] = world.lists[key]?.dropLast()
        }
      case 2, 3:
        let key = "hash\(number)"
        let hash = world.entry(key) { .hash(HashValue()) }?.mutableHash
        text.lend { text in _ = hash?.set(text, to: text, limits: limits) }
        world.hashes[key, default: [:]][text] = text
      case 4, 5:
        let key = "set\(number)"
        let set = world.entry(key) { .set("1".lend { SetValue(for: $0, limits: setLimits) }) }?.mutableSet
        if random.next() & 3 != 0 {
          text.lend { _ = set?.insert($0, limits: setLimits) }
          world.sets[key, default: []].insert(text)
        } else {
          text.lend { _ = set?.remove($0) }
          world.sets[key]?.remove(text)
        }
      case 6, 7:
        let key = "sorted\(number)"
        let set = world.entry(key) { .sortedSet(SortedSetValue()) }?.mutableSortedSet
        if random.next() & 3 != 0 {
          let score = Double(random.next() % 20)
          text.lend { _ = set?.set($0, to: score, limits: limits) }
          world.sorted[key, default: [:]][text] = score
        } else {
          text.lend { _ = set?.remove($0) }
          world.sorted[key]?[text] = nil
        }
      case 8:
        let key = "stream\(number)"
        let stream = world.entry(key) { .stream(StreamValue()) }?.mutableStream
        if let stream, random.next() & 3 != 0 {
          let id = StreamID(milliseconds: stream.lastID.milliseconds + 1, sequence: random.next() % 3)
          text.lend { text in
            stream.append(id, fieldCount: 1, bytes: 6, limits: StreamLimits(blockEntries: 5)) { _ in text }
          }
          world.streams[key, default: []].append(id)
        } else if let id = world.streams[key]?.randomElement(using: &random) {
          stream?.delete(id)
          world.streams[key]?.removeAll { $0 == id }
        }
        guard let groups = stream?.makeGroups() else { continue }
        "group".lend { _ = groups.add($0, lastID: .zero, entriesRead: nil) }
        let id = StreamID(milliseconds: random.next() % 400, sequence: 0)
        if random.next() & 3 != 0 {
          let consumer = "consumer\(random.next() % 3)"
          let slot = consumer.lend { groups[0].slot(of: $0) ?? groups[0].addConsumer($0, now: 0) }
          groups[0].deliver(id, to: slot, now: 0)
          world.pending[key, default: []].insert(id)
        } else {
          groups[0].acknowledge(id)
          world.pending[key]?.remove(id)
        }
      case 9:
        let key = ["list", "hash", "set", "sorted", "stream"][Int(random.next() % 5)] + "\(number)"
        if random.next() & 3 == 0 {
          key.lend { _ = world.table.remove($0, hash: world.table.hash($0)) }
          world.lists[key] = nil
          world.hashes[key] = nil
          world.sets[key] = nil
          world.sorted[key] = nil
          world.streams[key] = nil
          world.pending[key] = nil
        } else {
          // A write that does not touch the container.
          key.lend { _ = world.table.setDeadline(Int64(step), for: $0, hash: world.table.hash($0)) }
        }
      case 10 where random.next() & 7 == 0: worlds.append(world.snapshot())
      case 11 where worlds.count > 1 && random.next() & 7 == 0:
        check(worlds.remove(at: Int(random.next() % UInt64(worlds.count))), note)
      default: break
      }
      if step % 500 == 0 { for world in worlds { check(world, note) } }
    }
    for world in worlds { check(world, note) }
  }

  @Test(arguments: testSeeds(2))
  func samples(seed: UInt64) {
    var random = TestRandom(seed: seed)
    let note: Comment = "seed \(seed)"
    let limits = PackedLimits(seed: HashSeed(seed))
    for total in [1, 10, 400] {
      let set = "m0".lend { SetValue(for: $0, limits: SetLimits(packed: limits)) }
      let hash = HashValue()
      let sorted = SortedSetValue()
      for index in 0..<total {
        "m\(index)".lend { member in
          set.insert(member, limits: SetLimits(packed: limits))
          hash.set(member, to: member, limits: limits)
          sorted.set(member, to: Double(index), limits: limits)
        }
      }
      for wanted in [0, 1, 3, total / 2, total, total + 5] {
        var seen: [[String]] = [[], [], []]
        set.sample(wanted, using: &random) { seen[0].append($0.withBytes { String($0) }) }
        hash.sample(wanted, using: &random) { field, _ in seen[1].append(field.withBytes { String($0) }) }
        sorted.sample(wanted, using: &random) { member, _ in seen[2].append(member.withBytes { String($0) }) }
        for members in seen {
          #expect(members.count == min(wanted, total), note)
          #expect(Set(members).count == members.count, note)
        }
      }
      // Each member comes up about equally often.
      if total == 10 {
        var counts = [String: Int]()
        for _ in 0..<3000 {
          set.sample(3, using: &random) { counts[$0.withBytes { String($0) }, default: 0] += 1 }
        }
        #expect(counts.values.allSatisfy { $0 > 750 && $0 < 1050 }, note)
      }
      set.release()
      hash.release()
      sorted.release()
    }
  }

  /// Freed in steps, half-way given up, or shared: the address sanitizer counts what is left.
  @Test func freeingInSteps() {
    let limits = PackedLimits(seed: HashSeed(1))
    for shared in [false, true] {
      for complete in [true, false] {
        var table = KeyTable(seed: HashSeed(1), keepsAccess: true)
        let list = ListValue(limit: 10)
        let hash = HashValue()
        let set = "m".lend { SetValue(for: $0, limits: SetLimits(packed: limits)) }
        let sorted = SortedSetValue()
        let stream = StreamValue()
        let groups = stream.makeGroups()
        "group".lend { _ = groups.add($0, lastID: .zero, entriesRead: nil) }
        let consumer = "consumer".lend { groups[0].addConsumer($0, now: 0) }
        for index in 0..<5000 {
          "member-\(index)".lend { member in
            list.pushTail(member)
            hash.set(member, to: member, limits: limits)
            set.insert(member, limits: SetLimits(packed: limits))
            sorted.set(member, to: Double(index % 70), limits: limits)
            let id = StreamID(milliseconds: UInt64(index) + 1, sequence: 0)
            stream.append(id, fieldCount: 1, bytes: 20, limits: StreamLimits()) { _ in member }
            groups[0].deliver(id, to: consumer, now: 0)
          }
        }
        let values: [(String, NewValue, Int)] = [
          ("list", .list(list), 500), ("hash", .hash(hash), 5000), ("set", .set(set), 5000),
          ("sorted", .sortedSet(sorted), 5000), ("stream", .stream(stream), 50 + 40 + 1 + 40),
        ]
        for (key, value, _) in values { key.lend { _ = table.set(value, for: $0, hash: table.hash($0)) } }
        let snapshot = shared ? table.snapshot() : KeyTable(seed: HashSeed(1), keepsAccess: true)
        for (key, _, effort) in values {
          key.lend { key in
            guard let entry = table.remove(key, hash: table.hash(key)) else {
              Issue.record("no entry")
              return
            }
            let asked = DyingContainer.effort(entry.entry)
            #expect(asked == effort)
            guard var dying = DyingContainer(entry.takePayload()) else {
              Issue.record("no container")
              return
            }
            var steps = 1
            while !dying.releaseSome(budget: 10), complete || steps < 3 { steps += 1 }
            #expect(shared ? steps == 1 : steps > 2)
          }
        }
        #expect(table.count == 0)
        if shared {
          let left = "sorted".lend { snapshot.find($0, hash: snapshot.hash($0))?.sortedSet.checkInvariants() }
          #expect(left == .some(nil))
        }
      }
    }
  }
}
