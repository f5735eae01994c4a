// StreamIDMap and StreamGroups against dictionaries, with copies that change on their own.

import Testing

@testable import UnderstudyEngine

@Suite struct StreamGroupsTests {
  @Test(arguments: testSeeds(4)) func mapAgainstADictionary(seed: UInt64) {
    var random = TestRandom(seed: seed)
    let note: Comment = "seed \(seed)"
    var worlds: [(map: StreamIDMap<Int>, model: [StreamID: Int])] = [(StreamIDMap(), [:])]
    var last: UInt64 = 0
    for step in 0..<8000 {
      let index = Int(random.next() % UInt64(worlds.count))
      let id: StreamID
      switch random.next() % 3 {
      case 0:
        last += random.next() % 3
        id = StreamID(milliseconds: last, sequence: random.next() % 2)
      default: id = StreamID(milliseconds: random.next() % (last + 2), sequence: random.next() % 2)
      }
      if random.next() % 9 < (step % 4000 < 2500 ? 6 : 2) {
        #expect(worlds[index].map.set(id, step) == worlds[index].model.updateValue(step, forKey: id), note)
      } else {
        #expect(worlds[index].map.remove(id) == worlds[index].model.removeValue(forKey: id), note)
      }
      if let position = worlds[index].map.find(id) {
        worlds[index].map[position] += 1
        worlds[index].model[id, default: 0] += 1
      }
      if step % 1000 == 999 { worlds.append(worlds[index]) }
      if worlds.count > 3 { worlds.removeFirst() }
      guard step % 200 == 0 else { continue }
      for (map, model) in worlds {
        #expect(map.checkInvariants() == nil, note)
        let sorted = model.sorted { $0.key < $1.key }
        var seen: [StreamID] = []
        map.forEach(from: id) {
          seen.append($0.id)
          return seen.count < 50
        }
        #expect(seen == Array(sorted.map(\.key).filter { $0 >= id }.prefix(50)), note)
        #expect(map.first?.id == sorted.first?.key && map.last?.id == sorted.last?.key, note)
        #expect(map.count == model.count && map[id] == model[id], note)
        #expect(map.first(from: id)?.id == sorted.first { $0.key >= id }?.key, note)
      }
    }
  }

  @Test func freedByChunks() {
    var map = StreamIDMap<Void>()
    for number in 0..<1000 { map.set(StreamID(milliseconds: UInt64(number), sequence: 0), ()) }
    let copy = map
    #expect(map.chunkCount == 8)
    #expect(map.removeChunks(3) == 3)
    #expect(map.checkInvariants() == nil && map.count == 640)
    #expect(map.removeChunks(100) == 5 && map.isEmpty)
    #expect(copy.count == 1000 && copy.checkInvariants() == nil)
  }

  /// Who has what, in a world that copies go away from.
  struct World {
    var groups: StreamGroups
    var owners: [String: [StreamID: String]] = [:]
    var consumers: [String: Set<String>] = [:]
  }

  @Test(arguments: testSeeds(4)) func groupsAgainstAModel(seed: UInt64) {
    var random = TestRandom(seed: seed)
    let note: Comment = "seed \(seed)"
    var worlds = [World(groups: StreamGroups())]
    for step in 0..<5000 {
      let world = Int(random.next() % UInt64(worlds.count))
      let groups = worlds[world].groups
      let name = "group\(random.next() % 3)"
      let consumer = "consumer\(random.next() % 6)"
      let id = StreamID(milliseconds: random.next() % 400, sequence: 0)
      guard let index = name.lend({ groups.index(of: $0) }) else {
        #expect(worlds[world].owners[name] == nil, note)
        #expect(name.lend { groups.add($0, lastID: .zero, entriesRead: nil) }, note)
        #expect(!name.lend { groups.add($0, lastID: .max, entriesRead: 1) }, note)
        worlds[world].owners[name] = [:]
        worlds[world].consumers[name] = []
        continue
      }
      let slot = consumer.lend { groups[index].slot(of: $0) }
      #expect((slot != nil) == (worlds[world].consumers[name]?.contains(consumer) == true), note)
      switch random.next() % 20 {
      case 0..<9:
        let own = slot ?? consumer.lend { groups[index].addConsumer($0, now: 5) }
        groups[index].deliver(id, to: own, now: Int64(step))
        worlds[world].owners[name]?[id] = consumer
        worlds[world].consumers[name]?.insert(consumer)
      case 9..<16:
        let owned = worlds[world].owners[name]?.removeValue(forKey: id) != nil
        #expect(groups[index].acknowledge(id) == owned, note)
      case 16:
        groups[index].deliverAgain(id, now: 9)
      case 17:
        guard let slot else { continue }
        let owned = worlds[world].owners[name]?.filter { $0.value == consumer }.count
        #expect(groups[index].removeConsumer(slot) == owned, note)
        worlds[world].owners[name] = worlds[world].owners[name]?.filter { $0.value != consumer }
        worlds[world].consumers[name]?.remove(consumer)
      case 18 where random.next() % 8 == 0:
        groups.remove(at: index)
        worlds[world].owners[name] = nil
        worlds[world].consumers[name] = nil
      case 19 where random.next() % 8 == 0:
        var copy = worlds[world]
        copy.groups = StreamGroups(copying: groups)
        worlds.append(copy)
        if worlds.count > 4 { worlds.removeFirst() }
      default: break
      }
      if step % 100 == 0 { for world in worlds { check(world, note) } }
    }
    for world in worlds {
      check(world, note)
      var steps = 0
      while !world.groups.releaseSome(budget: 2) { steps += 1 }
      #expect(world.groups.groups.isEmpty && steps < 1000, note)
    }
  }

  private func check(_ world: World, _ note: Comment) {
    #expect(
      world.groups.groups.map { String(decoding: $0.name, as: UTF8.self) } == world.owners.keys.sorted(), note
    )
    for group in world.groups.groups {
      let name = String(decoding: group.name, as: UTF8.self)
      #expect(group.checkInvariants() == nil, note)
      var owners: [StreamID: String] = [:]
      group.pending.forEach { item in
        owners[item.id] = group.consumer(item.value.consumer).map { String(decoding: $0.name, as: UTF8.self) }
        return true
      }
      #expect(owners == world.owners[name], note)
      let names = group.consumers.compactMap { slot in
        group.consumer(slot).map { String(decoding: $0.name, as: UTF8.self) }
      }
      #expect(names == world.consumers[name]?.sorted(), note)
    }
  }
}
