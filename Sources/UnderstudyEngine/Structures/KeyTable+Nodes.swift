// The nodes of the key table: segments, leaves and the root; how they are made, shared, unshared and freed.
// (What the hot path needs of them stands in KeyTable.swift.)
//
//   segment  shared 1 bit, references 31 │ count 4 │ slots 8 × capacity
//   leaf     references 4 │ shift 1 │ mask 1 │ live 2 │ words 8 × 2^bits (at most 256)
//   root     references 4 │ shared 4 │ live 8 │ leaf pointers 8 × 2^depth
//
//   slot     tag 16 │ entry pointer 48; 0 is empty. The tag is the 16 hash bits behind the segment's prefix.
//   word     capacity 6 │ depth 6 │ segment pointer 48: what leads to a segment.
//
// Every node counts its holders: a leaf counts for each distinct segment, the root for each distinct leaf, a
// table for its root. A node is changed only on a path of nodes at count one; `unshare` makes it so by
// copying. `live` is the number of words that are not yet freed, less than all only in a table that is being
// freed in steps.
//
// This file may say `unsafe`. What keeps it safe: pointers come from words and slots that this code wrote;
// indices are masked by the node's size.

internal import CUnderstudyPlatform

extension Segment {
  @inline(__always)
  static func byteSize(capacityLog2: Int) -> Int { 8 &+ 8 &<< capacityLog2 }

  /// An empty segment at count one.
  static func make(capacityLog2: Int) -> Segment {
    let size = byteSize(capacityLog2: capacityLog2)
    let segment = unsafe Segment(base: understudy_allocate(size))
    unsafe segment.base.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    segment.references = 1
    return segment
  }

  /// The number of holders.
  @inline(__always)
  var references: UInt32 {
    get { unsafe base.load(as: UInt32.self) & 0x7fff_ffff }
    nonmutating set {
      unsafe base.storeBytes(of: (base.load(as: UInt32.self) & 0x8000_0000) | newValue, as: UInt32.self)
    }
  }

  /// Puts a slot's content at the first free place from its home. There must be one.
  @inline(__always)
  func place(_ slot: Slot, _ word: SegmentWord) {
    let mask = word.mask
    var index = word.home(slot.tag)
    while !self[index].isEmpty { index = (index &+ 1) & mask }
    self[index] = slot
  }

  /// A copy at count one that shares the entries.
  func copy(capacityLog2: Int) -> Segment {
    let size = Segment.byteSize(capacityLog2: capacityLog2)
    let copy = unsafe Segment(base: understudy_allocate(size))
    unsafe copy.base.copyMemory(from: base, byteCount: size)
    copy.references = 1
    let capacity = 1 &<< capacityLog2
    for index in 0..<capacity where !self[index].isEmpty {
      unsafe understudy_prefetch(self[index].entry.block)
    }
    for index in 0..<capacity {
      let slot = self[index]
      if slot.isEmpty { continue }
      copy[index] = Slot(slot.entry.share(), tag: slot.tag)
    }
    return copy
  }

  /// Frees the memory of the segment, but not its entries.
  func free(capacityLog2: Int) { unsafe understudy_free(base, Segment.byteSize(capacityLog2: capacityLog2)) }

  /// Gives up one holder; the last one releases the entries, and shows those before that are its alone. Returns how
  /// many entries it looked at.
  @discardableResult
  func release(capacityLog2: Int, before: ((Entry) -> Void)? = nil) -> Int {
    if references != 1 {
      references &-= 1
      return 1
    }
    if let before {
      for index in 0..<(1 &<< capacityLog2) where !self[index].isEmpty {
        if self[index].entry.isUnique { before(self[index].entry) }
      }
    }
    let looked = count
    let capacity = 1 &<< capacityLog2
    for index in 0..<capacity where !self[index].isEmpty {
      unsafe understudy_prefetch(self[index].entry.block)
    }
    for index in 0..<capacity where !self[index].isEmpty { self[index].entry.release() }
    free(capacityLog2: capacityLog2)
    return looked &+ 1
  }
}

extension Leaf {
  static var bitsLimit: Int { 8 }

  static func byteSize(bits: Int) -> Int { 8 &+ 8 &<< bits }

  /// A leaf at count one whose words are not yet written.
  static func make(prefix: Int, bits: Int) -> Leaf {
    let leaf = unsafe Leaf(base: understudy_allocate(byteSize(bits: bits)))
    leaf.references = 1
    unsafe leaf.base.storeBytes(
      of: UInt8(truncatingIfNeeded: 64 &- prefix &- bits), toByteOffset: 4, as: UInt8.self)
    unsafe leaf.base.storeBytes(
      of: UInt8(truncatingIfNeeded: 1 &<< bits &- 1), toByteOffset: 5, as: UInt8.self)
    leaf.live = 1 &<< bits
    return leaf
  }

  @inline(__always)
  var references: UInt32 {
    get { unsafe base.load(as: UInt32.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, as: UInt32.self) }
  }
  /// The logarithm of the number of words.
  var bits: Int { mask.nonzeroBitCount }
  /// The hash bits in front of the index.
  var prefix: Int { 64 &- Int(shift) &- bits }
  var live: Int {
    get { unsafe Int(base.load(fromByteOffset: 6, as: UInt16.self)) }
    nonmutating set {
      unsafe base.storeBytes(of: UInt16(truncatingIfNeeded: newValue), toByteOffset: 6, as: UInt16.self)
    }
  }
  /// How many neighbouring words lead to this segment.
  @inline(__always)
  func run(_ word: SegmentWord) -> Int { 1 &<< (prefix &+ bits &- word.depth) }

  /// Writes `word` at all places that lead to the hashes of its prefix.
  func assign(_ word: SegmentWord, hash: UInt64) {
    let run = run(word)
    let first = index(hash) & ~(run &- 1)
    for place in first..<(first &+ run) { self[place] = word }
  }

  func copy() -> Leaf {
    let size = Leaf.byteSize(bits: bits)
    let copy = unsafe Leaf(base: understudy_allocate(size))
    unsafe copy.base.copyMemory(from: base, byteCount: size)
    copy.references = 1
    var place = 0
    while place < live {
      let word = self[place]
      word.segment.references &+= 1
      place &+= run(word)
    }
    return copy
  }

  /// Frees the memory of the leaf, but not what it leads to.
  func free() { unsafe understudy_free(base, Leaf.byteSize(bits: bits)) }

  /// Gives up the segments from the end until about `budget` entries are freed; the leaf itself when none is
  /// left. Takes what it spent from the budget. Whether the leaf is gone.
  func releaseSome(_ budget: inout Int, before: ((Entry) -> Void)? = nil) -> Bool {
    if references != 1 {
      references &-= 1
      budget &-= 1
      return true
    }
    while live > 0 {
      if budget <= 0 { return false }
      let word = self[live &- 1]
      live &-= run(word)
      budget &-= word.segment.release(capacityLog2: word.capacityLog2, before: before)
    }
    free()
    return true
  }
}

extension Root {
  static func byteSize(depth: Int) -> Int { 16 &+ 8 &<< depth }

  static func make(depth: Int) -> Root {
    let root = unsafe Root(base: understudy_allocate(byteSize(depth: depth)))
    root.references = 1
    root.live = 1 &<< depth
    root.wasShared = false
    return root
  }

  @inline(__always)
  var references: UInt32 {
    get { unsafe base.load(as: UInt32.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, as: UInt32.self) }
  }
  var live: Int {
    get { unsafe base.load(fromByteOffset: 8, as: Int.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, toByteOffset: 8, as: Int.self) }
  }

  /// Frees the memory of the root, but not what it leads to.
  func free(depth: Int) { unsafe understudy_free(base, Root.byteSize(depth: depth)) }

  func copy(depth: Int) -> Root {
    let size = Root.byteSize(depth: depth)
    let copy = unsafe Root(base: understudy_allocate(size))
    unsafe copy.base.copyMemory(from: base, byteCount: size)
    copy.references = 1
    var place = 0
    while place < live {
      let leaf = self[place]
      leaf.references &+= 1
      place &+= 1 &<< (depth &- leaf.prefix)
    }
    return copy
  }
}
