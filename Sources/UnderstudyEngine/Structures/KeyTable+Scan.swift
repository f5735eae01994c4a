// Walking the key table: SCAN's steps, all entries, a random one.
//
// A cursor is a position among the hashes: the top 48 bits of the hash at which the next step begins, so it
// fits a signed 64-bit integer and a double. Entries stand in the order of their hashes by segment and home
// slot, so a position means the same before and after splits, merges, growth and snapshots: whatever lies
// before it was shown, whatever lies behind it was not. A key that is there during the whole scan is shown
// exactly once (by a step whose caller keeps what it is given); one that comes or goes may or may not be.

internal import CUnderstudyPlatform

extension KeyTable {
  /// One step of SCAN: shows all entries of the next slot position that has any.
  ///
  /// A step looks at a bounded number of slots and may show nothing. Any cursor is taken; foreign ones begin
  /// somewhere and end like all others.
  /// - Parameters:
  ///   - cursor: 0 to begin, then what the step before returned.
  ///   - visit: called for each entry; must not change the table.
  /// - Returns: the cursor of the next step; 0 when all is shown.
  package func scan(cursor: UInt64, _ visit: (Entry) -> Void) -> UInt64 {
    var position = cursor &<< 16
    if top == 0 || cursor > SegmentWord.pointerMask { return 0 }
    for _ in 0..<KeyTable.segmentsPerStep {
      let word = locate(position)
      let depth = UInt64(truncatingIfNeeded: word.depth)
      // Groups are home slots, or, in a segment so large that a tag cannot tell all homes apart, tags.
      let groupBits = UInt64(truncatingIfNeeded: min(word.capacityLog2, 16))
      let stride = word.capacityLog2 &- Int(truncatingIfNeeded: groupBits)
      let prefix = depth == 0 ? 0 : (position &>> (64 &- depth)) &<< (64 &- depth)
      let width: UInt64 = 1 &<< (64 &- depth &- groupBits)
      var group = (position &- prefix) / width
      if word.segment.count > 0 {
        while group < 1 &<< groupBits {
          let start = prefix &+ group &* width
          if show(
            word, home: Int(truncatingIfNeeded: group) &<< stride, from: max(position, start), start, visit)
          {
            return (start &+ width) &>> 16
          }
          group &+= 1
        }
      }
      position = depth == 0 ? 0 : prefix &+ 1 &<< (64 &- depth)
      if position == 0 { return 0 }
    }
    return position &>> 16
  }

  /// How many segments a step looks at when they are empty.
  private static var segmentsPerStep: Int { 16 }

  /// Shows the entries whose home is `home` and whose hash is not below `from`; whether there were any.
  @inline(__always)
  private func show(
    _ word: SegmentWord, home: Int, from: UInt64, _ start: UInt64, _ visit: (Entry) -> Void
  ) -> Bool {
    let segment = word.segment
    let mask = word.mask
    var index = home
    var any = false
    while true {
      let slot = segment[index]
      if slot.isEmpty { return any }
      // Only after a merge, or with a foreign cursor, a step begins inside a group: the full hash decides
      // then.
      if word.home(slot.tag) == home && (from == start || hash(of: slot.entry) >= from) {
        visit(slot.entry)
        any = true
      }
      index = (index &+ 1) & mask
    }
  }

  /// Calls `body` for every entry, in no order that means anything to a user. `body` must not change the
  /// table.
  package func forEach(_ body: (Entry) throws -> Void) rethrows {
    try forEachSegment { word in
      let segment = word.segment
      for index in 0..<word.capacity where !segment[index].isEmpty { try body(segment[index].entry) }
    }
  }

  func forEachSegment(_ body: (SegmentWord) throws -> Void) rethrows {
    if top == 0 { return }
    if !isDirectory { return try body(SegmentWord(bits: top)) }
    let root = root
    var place = 0
    while place < 1 &<< Int(rootDepth) {
      let leaf = root[place]
      place &+= 1 &<< (Int(rootDepth) &- leaf.prefix)
      var index = 0
      while index < 1 &<< leaf.bits {
        let word = leaf[index]
        index &+= leaf.run(word)
        try body(word)
      }
    }
  }

  /// An entry chosen at random, each with the same probability; nil if the table is empty.
  ///
  /// Throws darts at the slots: a random position finds a segment, a random slot of it an entry. Slots of
  /// shallow or small segments are hit more often, so a hit there counts only with the probability that makes
  /// up for it. Should all darts miss (few keys in a table that was large), the next entry in hash order
  /// after a random position is taken.
  package func randomEntry(using generator: inout some RandomNumberGenerator) -> Entry? {
    if count == 0 { return nil }
    // One slot is hit with probability 2^-(depth + capacityLog2). The deepest segments are about this deep;
    // should one be deeper, its entries are drawn less often than others.
    let typicalDepth = Int.bitWidth &- max(1, count / 64).leadingZeroBitCount
    for _ in 0..<KeyTable.throwLimit {
      let word = locate(generator.next())
      let dart = generator.next()
      let excess = isDirectory ? typicalDepth &+ KeyTable.standardLog2 &- word.depth &- word.capacityLog2 : 0
      if excess > 0 && (dart &>> 32) & ((1 &<< UInt64(truncatingIfNeeded: excess)) &- 1) != 0 { continue }
      let slot = word.segment[Int(truncatingIfNeeded: dart) & word.mask]
      if !slot.isEmpty { return slot.entry }
    }
    var found: Entry?
    var cursor = generator.next() &>> 16
    repeat {
      cursor = scan(cursor: cursor) { entry in found = entry }
    } while found == nil
    return found
  }

  private static var throwLimit: Int { 128 }

  /// Shows all entries, if there are no more than `wanted`, or about so many that lie together in places chosen at random;
  /// one may be shown twice. Cheaper than as many random entries, and good enough for judging them by their age.
  package func sample(
    _ wanted: Int, using generator: inout some RandomNumberGenerator, _ visit: (Entry) -> Void
  ) {
    if wanted >= count { return forEach(visit) }
    var left = wanted
    if left <= 0 { return }
    for _ in 0..<KeyTable.throwLimit {
      let word = locate(generator.next())
      let segment = word.segment
      if segment.count == 0 { continue }
      var index = Int(truncatingIfNeeded: generator.next()) & word.mask
      for _ in 0..<word.capacity {
        let slot = segment[index]
        index = (index &+ 1) & word.mask
        if slot.isEmpty { continue }
        visit(slot.entry)
        left &-= 1
        if left == 0 { return }
      }
    }
  }

  /// Bytes of the table's nodes and entry blocks, those shared with snapshots included, without what lies
  /// outside the entries (buffers, containers); kept up to date, so asking costs nothing.
  package var allocatedBytes: Int { ownBytes }
}
