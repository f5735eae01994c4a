// What must be true of a key table at rest; for tests, which call it after every step.
//
// This file says `unsafe`. What keeps it safe: it compares addresses and never follows one.

extension KeyTable {
  /// Descriptions of all violations found; empty if the table is sound. Reads everything.
  package func invariantViolations() -> [String] {
    var violations: [String] = []
    func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
      if !condition { violations.append(message()) }
    }
    var total = 0
    var position: UInt64 = 0
    var bytes = 0
    forEachSegment { word in
      let segment = word.segment
      bytes += Segment.byteSize(capacityLog2: word.capacityLog2) + 8
      expect(segment.references >= 1, "segment without holder")
      expect(segment.count <= word.limit, "segment over its limit: \(segment.count) of \(word.capacity)")
      expect(word.depth <= KeyTable.depthLimit, "segment too deep: \(word.depth)")
      let shift = 64 - word.depth
      var occupied = 0
      for index in 0..<word.capacity {
        let slot = segment[index]
        if slot.isEmpty { continue }
        occupied += 1
        let entry = slot.entry
        bytes += entry.blockSize + 8
        let hash = hash(of: entry)
        expect(entry.referenceCount >= 1, "entry without holder")
        expect(word.depth == 0 || hash >> shift == position >> shift, "entry in the wrong segment")
        expect(slot.tag == word.tag(hash), "wrong tag")
        // Nothing free between home and place, or a search would end too early.
        var between = word.home(slot.tag)
        while between != index {
          expect(!segment[between].isEmpty, "hole before an entry")
          between = (between + 1) & (word.capacity - 1)
        }
        expect(find(entry.key, hash: hash).map { unsafe $0.block == entry.block } ?? false, "entry not found")
        expect(
          !entry.kind.hasPayload || entry.kind.isContainer || entry.buffer.bytes.count >= 0, "bad payload")
      }
      expect(occupied == segment.count, "segment counts \(segment.count), holds \(occupied)")
      total += occupied
      expect(word.depth == 0 || position & (1 << shift - 1) == 0, "segments out of order")
      position = word.depth == 0 ? 0 : position &+ 1 << shift
    }
    expect(position == 0, "segments do not cover all hashes")
    expect(total == count, "table counts \(count), holds \(total)")
    if isDirectory {
      bytes += Root.byteSize(depth: Int(rootDepth)) + 8
      expect(root.references >= 1, "root without holder")
      var place = 0
      while place < 1 << Int(rootDepth) {
        let leaf = root[place]
        bytes += Leaf.byteSize(bits: leaf.bits) + 8
        let run = 1 << (Int(rootDepth) - leaf.prefix)
        expect(leaf.references >= 1, "leaf without holder")
        expect(leaf.prefix <= Int(rootDepth), "leaf deeper than the root")
        for other in place..<(place + run) {
          expect(unsafe root[other].base == leaf.base, "leaf not at all of its places")
        }
        var index = 0
        while index < 1 << leaf.bits {
          let word = leaf[index]
          expect(
            word.depth >= leaf.prefix && word.depth <= leaf.prefix + leaf.bits, "segment outside its leaf")
          for other in index..<(index + leaf.run(word)) {
            expect(leaf[other].bits == word.bits, "segment not at all of its places")
          }
          index += leaf.run(word)
        }
        place += run
      }
    }
    expect(bytes == ownBytes, "accounts for \(ownBytes) bytes, has \(bytes)")
    return violations
  }
}
