// The table of who has read what, against a dictionary of sets.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite struct TrackedKeysTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func agreesWithADictionaryOfSets(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var table = TrackedKeys()
    var model: [[UInt8]: Set<UInt64>] = [:]
    // Few hashes, so that keys of one hash meet.
    func hash(_ key: [UInt8]) -> UInt64 { UInt64(key[0] % 5) }
    for _ in 0..<2_000 {
      let key = [UInt8.random(in: 97...108, using: &random)]
      let client = UInt64.random(in: 1...6, using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<6:
        let replaced = key.withBytes { table.insert($0, hash: hash(key), client: client) }
        // One key of a hash has room; who had read the other is told.
        let expected = model.keys.first { $0 != key && hash($0) == hash(key) }
        #expect(replaced?.name == expected, "seed \(seed)")
        if let expected { #expect(Set(replaced?.clients ?? []) == model.removeValue(forKey: expected), "seed \(seed)") }
        model[key, default: []].insert(client)
      case 6..<9:
        let removed = key.withBytes { table.remove($0, hash: hash(key)) }
        let expected = model.removeValue(forKey: key)
        #expect(removed.map { Set($0.clients) } == expected, "seed \(seed)")
        #expect(removed.map { $0.clients == $0.clients.sorted() } ?? true)
      default:
        let removed = table.removeAny(random.next())
        #expect((removed == nil) == model.isEmpty, "seed \(seed)")
        if let removed { #expect(model.removeValue(forKey: removed.name) == Set(removed.clients), "seed \(seed)") }
      }
      #expect(table.count == model.count && table.isEmpty == model.isEmpty, "seed \(seed)")
      #expect(table.itemCount == model.values.reduce(0) { $0 + $1.count }, "seed \(seed)")
    }
  }
}
