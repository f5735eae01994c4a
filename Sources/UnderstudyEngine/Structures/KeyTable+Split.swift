// Growing and shrinking the key table: new entries where the segment at hand will not do, splits, merges.
//
// A table begins as one segment of 4 slots that doubles to 128; tags are enough for that, no key is read.
// Then segments are split: the entries are dealt out by the next bit of their hashes, which are computed
// again (a tag keeps only 16 bits; entries of long keys carry theirs). A leaf doubles up to 256 words, then
// it is split and the root doubles, a few kilobytes each.
//
// Hashes that collide: a segment deeper than the number of keys justifies (`mayDeepen`), as equal hashes
// make, is not split but doubled, beyond 128 slots if need be. It is as slow as a list then, and as correct.
//
// This file says `unsafe`. What keeps it safe: segments and leaves are freed after the last word that names
// them has been overwritten.

internal import CUnderstudyPlatform

extension KeyTable {
  static var smallestLog2: Int { 2 }
  static var standardLog2: Int { 7 }
  /// Positions of SCAN have 48 bits: prefix and tag together.
  static var depthLimit: Int { 32 }

  /// Inserts a key that is not there, making room as needed.
  @inline(never)
  mutating func insert(
    _ value: NewValue, _ key: Bytes, _ hash: UInt64, _ deadline: DeadlineChange, _ access: UInt64
  ) -> Previous {
    let entry = Entry.make(
      key: key, hash: hash, value: FlatValue(value), deadline: deadline.applied(to: Entry.noDeadline),
      access: access,
      storesHash: storesHashes)
    ownBytes &+= entry.blockSize &+ 8
    makeRoom(hash)
    let word = locate(hash)
    word.segment.place(Slot(entry, tag: word.tag(hash)), word)
    word.segment.count &+= 1
    count &+= 1
    return .nothing
  }

  /// Leaves the segment for `hash` unshared and with room for one more.
  private mutating func makeRoom(_ hash: UInt64) {
    if top == 0 {
      top = makeSegment(depth: 0, capacityLog2: KeyTable.smallestLog2).bits
      return
    }
    if mayShare { unsharePath(hash) }
    while true {
      let word = locate(hash)
      if word.segment.count < word.limit { return }
      if word.capacityLog2 < KeyTable.standardLog2 || !mayDeepen(word.depth) {
        grow(word, hash)
      } else {
        split(word, hash)
      }
    }
  }

  /// Whether a segment of that depth may be split: with a good hash depths stay well below the key count's
  /// logarithm.
  private func mayDeepen(_ depth: Int) -> Bool {
    depth < KeyTable.depthLimit && 1 &<< depth <= count &* 2
  }

  private mutating func makeSegment(depth: Int, capacityLog2: Int) -> SegmentWord {
    ownBytes &+= Segment.byteSize(capacityLog2: capacityLog2) &+ 8
    return SegmentWord(Segment.make(capacityLog2: capacityLog2), depth: depth, capacityLog2: capacityLog2)
  }

  /// Frees the memory of an unshared segment whose entries stand elsewhere by now.
  private mutating func discard(_ word: SegmentWord) {
    ownBytes &-= Segment.byteSize(capacityLog2: word.capacityLog2) &+ 8
    word.segment.free(capacityLog2: word.capacityLog2)
  }

  /// Doubles a segment's capacity.
  private mutating func grow(_ word: SegmentWord, _ hash: UInt64) {
    let new = resized(word, capacityLog2: word.capacityLog2 &+ 1)
    assign(new, hash)
  }

  private mutating func resized(_ word: SegmentWord, capacityLog2: Int) -> SegmentWord {
    let new = makeSegment(depth: word.depth, capacityLog2: capacityLog2)
    let old = word.segment
    for index in 0..<word.capacity where !old[index].isEmpty { new.segment.place(old[index], new) }
    new.segment.count = old.count
    new.segment.wasShared = old.wasShared
    discard(word)
    return new
  }

  /// Makes `word` the way to the hashes of its prefix; the path is unshared and deep enough.
  private mutating func assign(_ word: SegmentWord, _ hash: UInt64) {
    if isDirectory { root[rootIndex(hash)].assign(word, hash: hash) } else { top = word.bits }
  }

  /// The hash of an entry in this table.
  func hash(of entry: Entry) -> UInt64 { entry.storedHash ?? hash(entry.key) }

  /// Splits a segment in two by the next bit of the hash.
  private mutating func split(_ word: SegmentWord, _ hash: UInt64) {
    makeDirectory(for: word.depth &+ 1, hash)
    let segment = word.segment
    let capacity = word.capacity
    for index in 0..<capacity where !segment[index].isEmpty {
      unsafe understudy_prefetch(segment[index].entry.block)
    }
    // The top bit of a tag is the bit that decides: count first, so that both halves get the size they need.
    var upper = 0
    for index in 0..<capacity { upper &+= Int(truncatingIfNeeded: segment[index].bits &>> 63) }
    let lower = segment.count &- upper
    let depth = word.depth &+ 1
    let zero = makeSegment(depth: depth, capacityLog2: KeyTable.capacityLog2(for: lower))
    let one = makeSegment(depth: depth, capacityLog2: KeyTable.capacityLog2(for: upper))
    for index in 0..<capacity {
      let slot = segment[index]
      if slot.isEmpty { continue }
      let half = slot.bits &>> 63 == 0 ? zero : one
      half.segment.place(Slot(slot.entry, tag: half.tag(self.hash(of: slot.entry))), half)
    }
    zero.segment.count = lower
    one.segment.count = upper
    let bit: UInt64 = 1 &<< (64 &- UInt64(truncatingIfNeeded: depth))
    assign(zero, hash & ~bit)
    assign(one, hash | bit)
    discard(word)
  }

  /// The capacity for that many entries in a directory's segment: 128 unless there are very few or too many.
  static func capacityLog2(for count: Int) -> Int {
    var log2 = count < 12 ? smallestLog2 : standardLog2
    while (25 &<< log2) &>> 5 <= count { log2 &+= 1 }
    return log2
  }

  /// Makes the directory deep enough that two words of depth `depth` have places of their own. The path is
  /// unshared.
  private mutating func makeDirectory(for depth: Int, _ hash: UInt64) {
    if !isDirectory {
      let leaf = Leaf.make(prefix: 0, bits: 1)
      leaf[0] = SegmentWord(bits: top)
      leaf[1] = SegmentWord(bits: top)
      let root = Root.make(depth: 0)
      root[0] = leaf
      root.wasShared = mayShare
      rootDepth = 0
      unsafe top = UInt64(UInt(bitPattern: root.base)) | KeyTable.directoryFlag
      ownBytes &+= Leaf.byteSize(bits: 1) &+ Root.byteSize(depth: 0) &+ 16
    }
    while true {
      let leaf = root[rootIndex(hash)]
      if depth <= leaf.prefix &+ leaf.bits { return }
      if leaf.bits < Leaf.bitsLimit { double(leaf, hash) } else { split(leaf, hash) }
    }
  }

  private mutating func double(_ leaf: Leaf, _ hash: UInt64) {
    let new = Leaf.make(prefix: leaf.prefix, bits: leaf.bits &+ 1)
    for place in 0..<(1 &<< leaf.bits) {
      new[2 &* place] = leaf[place]
      new[2 &* place &+ 1] = leaf[place]
    }
    assign(new, hash)
    ownBytes &+= Leaf.byteSize(bits: new.bits) &- Leaf.byteSize(bits: leaf.bits)
    leaf.free()
  }

  /// Writes the leaf at all places of the root that lead to its prefix.
  private func assign(_ leaf: Leaf, _ hash: UInt64) {
    let run = 1 &<< (Int(rootDepth) &- leaf.prefix)
    let first = rootIndex(hash) & ~(run &- 1)
    for place in first..<(first &+ run) { root[place] = leaf }
  }

  /// Splits a full leaf in two. No segment spans both: a leaf is full only because of one that is 8 bits
  /// deeper.
  private mutating func split(_ leaf: Leaf, _ hash: UInt64) {
    let prefix = leaf.prefix &+ 1
    if prefix > Int(rootDepth) { doubleRoot() }
    let half = 1 &<< (leaf.bits &- 1)
    let zero = Leaf.make(prefix: prefix, bits: leaf.bits &- 1)
    let one = Leaf.make(prefix: prefix, bits: leaf.bits &- 1)
    for place in 0..<half {
      zero[place] = leaf[place]
      one[place] = leaf[half &+ place]
    }
    let bit: UInt64 = 1 &<< (64 &- UInt64(truncatingIfNeeded: prefix))
    assign(zero, hash & ~bit)
    assign(one, hash | bit)
    ownBytes &+= 16
    leaf.free()
  }

  private mutating func doubleRoot() {
    let old = root
    let depth = Int(rootDepth)
    let new = Root.make(depth: depth &+ 1)
    for place in 0..<(1 &<< depth) {
      new[2 &* place] = old[place]
      new[2 &* place &+ 1] = old[place]
    }
    new.wasShared = old.wasShared
    unsafe top = UInt64(UInt(bitPattern: new.base)) | KeyTable.directoryFlag
    rootDepth &+= 1
    ownBytes &+= 8 &<< depth
    old.free(depth: depth)
  }

  // MARK: Shrinking

  /// After a removal that left the segment nearly empty: gives memory back. The path is unshared.
  ///
  /// Two sparse neighbours become one segment of the depth above, a small table a smaller segment, and an
  /// empty table gives back everything. Limits lie well below those of growing, so that no size makes the
  /// table swing.
  @inline(never)
  mutating func shrink(_ hash: UInt64) {
    if count == 0 {
      removeAll()
      return
    }
    var word = locate(hash)
    while isDirectory {
      let leaf = root[rootIndex(hash)]
      if word.depth <= leaf.prefix { return }
      let bit: UInt64 = 1 &<< (64 &- UInt64(truncatingIfNeeded: word.depth))
      let buddy = leaf[leaf.index(hash ^ bit)]
      if buddy.depth != word.depth || buddy.segment.count &+ word.segment.count > 32 { return }
      if mayShare { unsharePath(hash ^ bit) }
      merge(word, locate(hash ^ bit), hash)
      word = locate(hash)
    }
    if word.capacityLog2 > KeyTable.smallestLog2, word.segment.count &* 8 < word.capacity {
      assign(resized(word, capacityLog2: word.capacityLog2 &- 1), hash)
    }
  }

  private mutating func merge(_ word: SegmentWord, _ buddy: SegmentWord, _ hash: UInt64) {
    let total = word.segment.count &+ buddy.segment.count
    let new = makeSegment(depth: word.depth &- 1, capacityLog2: KeyTable.capacityLog2(for: total))
    for half in [word, buddy] {
      let segment = half.segment
      for index in 0..<half.capacity where !segment[index].isEmpty {
        let entry = segment[index].entry
        new.segment.place(Slot(entry, tag: new.tag(self.hash(of: entry))), new)
      }
    }
    new.segment.count = total
    assign(new, hash)
    discard(word)
    discard(buddy)
    if new.depth == 0 { dropDirectory(new) }
  }

  /// One segment holds everything again: the table needs no directory.
  private mutating func dropDirectory(_ word: SegmentWord) {
    let leaf = root[0]
    word.segment.wasShared = root.wasShared
    // Depth 0 means one leaf of prefix 0, so the root has one distinct leaf; both are unshared.
    ownBytes &-= Leaf.byteSize(bits: leaf.bits) &+ Root.byteSize(depth: Int(rootDepth)) &+ 16
    leaf.free()
    root.free(depth: Int(rootDepth))
    rootDepth = 0
    top = word.bits
  }

  /// Gives the entry of `hash` a new block with a deadline word. The entry is unshared.
  mutating func replace(_ entry: Entry, hash: UInt64, deadline: Int64) {
    let word = locate(hash)
    let segment = word.segment
    let mask = word.mask
    var index = word.home(word.tag(hash))
    while unsafe segment[index].isEmpty || segment[index].entry.block != entry.block {
      index = (index &+ 1) & mask
    }
    let new = Entry.make(
      key: entry.key, hash: hash, value: FlatValue(entry.borrowedValue), deadline: deadline,
      access: entry.access,
      storesHash: storesHashes)
    ownBytes &+= new.blockSize &- entry.blockSize
    segment[index] = Slot(new, tag: segment[index].tag)
    entry.freeBlock()
  }
}
