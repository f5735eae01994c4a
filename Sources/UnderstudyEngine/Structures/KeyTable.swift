// KeyTable: the hash table of the engine: the keyspace's keys, and the large form of hashes, sets and sorted
// sets.
//
// Extendible hashing in small copy-on-write segments. The top bits of a key's hash lead through a root and a
// leaf (KeyTable+Nodes.swift) to a segment of 128 slots; the next 7 bits are the slot at which the search
// begins, and 16 bits are kept in the slot, so that a foreign entry is hardly ever touched. A full segment is
// split in two (KeyTable+Split.swift): growing costs microseconds, whatever the size. A small table is one
// small segment, an empty one is no memory at all.
//
// Entries stand in the order of their hashes by segment and home slot, and a split keeps that order: that is
// what SCAN walks (KeyTable+Scan.swift). Segments are shared with snapshots by count
// (KeyTable+Snapshot.swift).
//
// Protocol: hash once with `hash(_:)`, hand the hash to everything. An `Entry` is valid until the table is
// changed next. Change only what `findMutable` gave. Keys are at most `Entry.keyLimit` bytes (the caller's
// limit).
//
// This file may say `unsafe`. What keeps it safe: pointers come from words and slots that the table wrote, and
// indices are masked by the node's size (KeyTable+Nodes.swift, Entry.swift). It holds the hot path: nothing
// here allocates but for a new entry, retains, or runs an exclusivity check.

internal import CUnderstudyPlatform

@safe
package struct KeyTable: ~Copyable {
  /// What leads to everything: 0 for an empty table; a `SegmentWord` of depth 0 for a small one; the root's
  /// address with `directoryFlag` for the rest.
  var top: UInt64 = 0
  let seed: HashSeed
  /// The number of keys.
  package internal(set) var count = 0
  /// Bytes of nodes and entry blocks, those shared with snapshots included.
  var ownBytes = 0
  /// Where containers go that other values replace, to be freed in steps; at once without it. Whoever sets it
  /// keeps it alive as long as the table is written to. A snapshot has none.
  package var graveyard: UnsafeMutablePointer<Graveyard>?
  /// The root's depth, if there is a root.
  var rootDepth: UInt8 = 0
  let keepsAccess: Bool
  /// Test hook: all entries keep the hash they came with, so that tests may choose hashes.
  var storesHashes = false

  /// - Parameters:
  ///   - seed: the server's hash seed; the same for all its tables.
  ///   - keepsAccess: whether entries keep the `access` of `set`; it reads as 0 otherwise. It costs no memory.
  package init(seed: HashSeed, keepsAccess: Bool) {
    self.seed = seed
    self.keepsAccess = keepsAccess
  }

  deinit { KeyTable.releaseAll(top: top, rootDepth: rootDepth) }

  package var isEmpty: Bool { count == 0 }

  @inline(__always)
  package func hash(_ key: Bytes) -> UInt64 { KeyHash.hash(key, seed: seed) }

  static var directoryFlag: UInt64 { 1 << 63 }
  @inline(__always)
  var isDirectory: Bool { top & KeyTable.directoryFlag != 0 }
  @inline(__always)
  var root: Root {
    unsafe Root(base: understudy_pointer(top & SegmentWord.pointerMask))
  }
  @inline(__always)
  func rootIndex(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: (hash &>> 1) &>> (63 &- UInt64(rootDepth)))
  }

  /// The word of the segment for `hash`. The table is not empty.
  @inline(__always)
  func locate(_ hash: UInt64) -> SegmentWord {
    if !isDirectory { return SegmentWord(bits: top) }
    let leaf = root[rootIndex(hash)]
    return leaf[leaf.index(hash)]
  }

  /// The slot index of `key` in a segment, or the complement of the free slot at which the search ended.
  @inline(__always)
  static func search(_ word: SegmentWord, _ key: Bytes, _ hash: UInt64) -> Int {
    let segment = word.segment
    let tag = word.tag(hash)
    let mask = word.mask
    var index = word.home(tag)
    while true {
      let slot = segment[index]
      if slot.has(tag) && slot.entry.matches(key) { return index }
      if slot.isEmpty { return ~index }
      index = (index &+ 1) & mask
    }
  }

  // MARK: Reading

  /// The entry of `key`, to be read only.
  @inline(__always)
  package func find(_ key: Bytes, hash: UInt64) -> Entry? {
    if top == 0 { return nil }
    let word = locate(hash)
    let index = KeyTable.search(word, key, hash)
    return index >= 0 ? word.segment[index].entry : nil
  }

  /// The entry of `key` for changing it: from here on it is shared with no snapshot.
  @inline(__always)
  package mutating func findMutable(_ key: Bytes, hash: UInt64) -> Entry? {
    if top == 0 { return nil }
    let word = locate(hash)
    let index = KeyTable.search(word, key, hash)
    if index < 0 { return nil }
    if mayShare { return unsharedEntry(hash, word, index) }
    return word.segment[index].entry
  }

  /// First stage of the pipelined window: brings the slot near at which the search for `hash` begins.
  @inline(__always)
  package func prefetchSlot(hash: UInt64) {
    if top == 0 { return }
    let word = locate(hash)
    let offset = 8 &+ word.home(word.tag(hash)) &* 8
    unsafe understudy_prefetch(word.segment.base + offset)
  }

  /// Second stage: brings the entry near that a search for `hash` would look at first.
  @inline(__always)
  package func prefetchEntry(hash: UInt64) {
    if top == 0 { return }
    let word = locate(hash)
    let segment = word.segment
    let tag = word.tag(hash)
    let mask = word.capacity &- 1
    var index = word.home(tag)
    while true {
      let slot = segment[index]
      if slot.isEmpty { return }
      if slot.has(tag) {
        unsafe understudy_prefetch(slot.entry.block)
        return
      }
      index = (index &+ 1) & mask
    }
  }

  // MARK: Writing

  /// Stores `value` under `key` and tells what was there, which is released. In place where the block has
  /// room.
  /// - Parameters:
  ///   - value: a buffer or container is taken over; bytes are copied and may be part of the entry replaced.
  ///   - deadline: `.keep` keeps the old entry's deadline; a new entry has none then.
  ///   - access: LRU clock or LFU counter, 24 bits; ignored by tables without access words.
  @discardableResult
  package mutating func set(
    _ value: NewValue, for key: Bytes, hash: UInt64, deadline: DeadlineChange = .none, access: UInt64 = 0
  ) -> Previous {
    let access = keepsAccess ? access : 0
    if top == 0 { return insert(value, key, hash, deadline, access) }
    let word = locate(hash)
    let index = KeyTable.search(word, key, hash)
    if mayShare && !ownsPath(hash, word) { return setShared(value, key, hash, deadline, access, index) }
    if index < 0 { return insert(value, key, hash, deadline, access, word, index) }
    let entry = word.segment[index].entry
    if case .bytes(let bytes) = value, !deadline.isTime,
      let kind = entry.overwriteShort(bytes, keyCount: key.count, access: access)
    {
      return Previous(
        existed: true, isIndexed: false, kind: kind, deadlineMilliseconds: Entry.noDeadline,
        fieldDeadline: Entry.noDeadline)
    }
    return replace(value, key, hash, deadline, access, word, index)
  }

  /// The same where a snapshot may hold nodes and entries. `index` is what the search found.
  @inline(never)
  private mutating func setShared(
    _ value: NewValue, _ key: Bytes, _ hash: UInt64, _ deadline: DeadlineChange, _ access: UInt64,
    _ index: Int
  ) -> Previous {
    // Unsharing copies a segment as it is, so the index stays good.
    unsharePath(hash)
    let word = locate(hash)
    if index < 0 { return insert(value, key, hash, deadline, access, word, index) }
    return replace(value, key, hash, deadline, access, word, index)
  }

  /// Adds a key that is not there at the free place that the search found, if its segment, which is unshared,
  /// takes one more.
  @inline(never)
  private mutating func insert(
    _ value: NewValue, _ key: Bytes, _ hash: UInt64, _ deadline: DeadlineChange, _ access: UInt64,
    _ word: SegmentWord, _ index: Int
  ) -> Previous {
    let segment = word.segment
    let present = segment.count
    if present >= word.limit { return insert(value, key, hash, deadline, access) }
    let entry = Entry.make(
      key: key, hash: hash, value: FlatValue(value), deadline: deadline.applied(to: Entry.noDeadline),
      access: access,
      storesHash: storesHashes)
    ownBytes &+= entry.blockSize &+ 8
    segment[~index] = Slot(entry, tag: word.tag(hash))
    segment.count = present &+ 1
    count &+= 1
    return .nothing
  }

  /// Replaces the value of the entry at `index`; the path is unshared.
  @inline(never)
  private mutating func replace(
    _ value: NewValue, _ key: Bytes, _ hash: UInt64, _ deadline: DeadlineChange, _ access: UInt64,
    _ word: SegmentWord, _ index: Int
  ) -> Previous {
    let value = FlatValue(value)
    let segment = word.segment
    let entry = segment[index].entry
    let oldDeadline = entry.deadlineMilliseconds
    let newDeadline = deadline.applied(to: oldDeadline)
    let previous = Previous(
      existed: true, isIndexed: entry.isIndexed, kind: entry.kind, deadlineMilliseconds: oldDeadline,
      fieldDeadline: entry.hasFieldDeadlines ? entry.hash.indexedDeadline : Entry.noDeadline)
    if entry.kind.isContainer, let graveyard = unsafe graveyard {
      unsafe graveyard.pointee.takeContainer(of: entry)
    }
    if entry.overwrite(value, deadline: newDeadline, access: access) { return previous }
    let new = Entry.make(
      key: key, hash: hash, value: value, deadline: newDeadline, access: access, storesHash: storesHashes)
    ownBytes &+= new.blockSize &- entry.blockSize
    segment[index] = Slot(new, tag: word.tag(hash))
    entry.release()
    return previous
  }

  /// Sets the deadline of `key`, in milliseconds of the data clock; `Entry.noDeadline` removes it.
  /// - Returns: the old deadline (`Entry.noDeadline` if there was none); nil if there is no such key.
  @discardableResult
  package mutating func setDeadline(_ deadline: Int64, for key: Bytes, hash: UInt64) -> Int64? {
    guard let entry = findMutable(key, hash: hash) else { return nil }
    let old = entry.deadlineMilliseconds
    if entry.hasDeadlineWord {
      entry.storeDeadline(deadline)
    } else if deadline != Entry.noDeadline {
      replace(entry, hash: hash, deadline: deadline)
    }
    return old
  }

  /// Takes the entry of `key` out. Nil if there is none.
  package mutating func remove(_ key: Bytes, hash: UInt64) -> DetachedEntry? {
    if top == 0 { return nil }
    var word = locate(hash)
    let index = KeyTable.search(word, key, hash)
    if index < 0 { return nil }
    if mayShare && !ownsPath(hash, word) {
      unsharePath(hash)
      word = locate(hash)
    }
    let segment = word.segment
    let entry = segment[index].entry
    ownBytes &-= entry.blockSize &+ 8
    // Back-shift: whoever stands behind the hole and may stand in it moves up, so that no search ends too
    // early.
    let mask = word.mask
    var hole = index
    var next = (index &+ 1) & mask
    while true {
      let slot = segment[next]
      if slot.isEmpty { break }
      let home = word.home(slot.tag)
      if (next &- home) & mask >= (next &- hole) & mask {
        segment[hole] = slot
        hole = next
      }
      next = (next &+ 1) & mask
    }
    segment[hole] = Slot(bits: 0)
    let left = segment.count &- 1
    segment.count = left
    count &-= 1
    if left &* 8 < word.capacity { shrink(hash) }
    return DetachedEntry(entry)
  }
}

/// What `KeyTable.set` does to the deadline.
package enum DeadlineChange: Sendable, Equatable {
  /// Keeps what the old entry had.
  case keep
  /// No deadline.
  case none
  /// Milliseconds of the data clock.
  case at(Int64)

  /// An entry's deadline, for another one.
  init(_ deadline: Int64) { self = deadline == Entry.noDeadline ? .none : .at(deadline) }

  @inline(__always)
  var isTime: Bool { if case .at = self { true } else { false } }

  @inline(__always)
  func applied(to old: Int64) -> Int64 {
    switch self {
    case .keep: return old
    case .none: return Entry.noDeadline
    // The very last millisecond stands for no deadline.
    case .at(let milliseconds): return min(milliseconds, Entry.noDeadline &- 1)
    }
  }
}

extension KeyTable {
  /// What was stored under a key before.
  package struct Previous: Sendable, Equatable {
    package let existed: Bool
    /// Whether one of the deadlines below may be a time.
    package let isIndexed: Bool
    /// `.inline` if nothing existed.
    package let kind: ValueKind
    /// `Entry.noDeadline` if there was none.
    package let deadlineMilliseconds: Int64
    /// What `HashValue.indexedDeadline` was; `Entry.noDeadline` for all else.
    package let fieldDeadline: Int64

    static var nothing: Previous {
      Previous(
        existed: false, isIndexed: false, kind: .inline, deadlineMilliseconds: Entry.noDeadline,
        fieldDeadline: Entry.noDeadline)
    }
  }
}

// MARK: Nodes
//
// What the hot path needs of them; how they are made, shared and freed stands in KeyTable+Nodes.swift. They
// are in this file because debug builds inline within a file only.

/// What leads to a segment: its address, its depth (the hash bits in front of the tags) and its capacity. It
/// carries what `find` needs, so that a lookup never reads the segment's header.
@safe
struct SegmentWord: BitwiseCopyable {
  /// Address 48 │ depth 6 │ 64 minus the capacity's logarithm 6.
  let bits: UInt64

  @inline(__always)
  static var pointerMask: UInt64 { 0xffff_ffff_ffff }

  @inline(__always)
  init(bits: UInt64) { self.bits = bits }

  init(_ segment: Segment, depth: Int, capacityLog2: Int) {
    bits =
      unsafe UInt64(UInt(bitPattern: segment.base))
      | UInt64(truncatingIfNeeded: depth) &<< 48 | UInt64(truncatingIfNeeded: 64 &- capacityLog2) &<< 54
  }

  @inline(__always)
  var segment: Segment {
    unsafe Segment(base: understudy_pointer(bits & SegmentWord.pointerMask))
  }
  @inline(__always)
  var depth: Int { Int(truncatingIfNeeded: (bits &>> 48) & 63) }
  @inline(__always)
  var capacityLog2: Int { 64 &- Int(truncatingIfNeeded: bits &>> 54) }
  @inline(__always)
  var capacity: Int { mask &+ 1 }
  /// Capacity minus one.
  @inline(__always)
  var mask: Int { Int(truncatingIfNeeded: UInt64.max &>> (bits &>> 54)) }
  /// The entries it takes before it is split or grown: 100 of 128.
  @inline(__always)
  var limit: Int { (25 &* capacity) &>> 5 }

  /// The tag of a hash in this segment, in the place where a slot has it.
  @inline(__always)
  func tag(_ hash: UInt64) -> UInt64 { (hash &<< (bits &>> 48)) & ~SegmentWord.pointerMask }

  /// The slot at which the search for a tag begins: the tag's top bits.
  @inline(__always)
  func home(_ tag: UInt64) -> Int { Int(truncatingIfNeeded: tag &>> (bits &>> 54)) }
}

/// One slot's content: tag 16 │ entry address 48.
@safe
struct Slot: BitwiseCopyable {
  let bits: UInt64

  @inline(__always)
  init(bits: UInt64) { self.bits = bits }

  @inline(__always)
  init(_ entry: Entry, tag: UInt64) {
    bits = unsafe UInt64(UInt(bitPattern: entry.block)) | tag
  }
  @inline(__always)
  var isEmpty: Bool { bits == 0 }
  /// The tag, in its place.
  @inline(__always)
  var tag: UInt64 { bits & ~SegmentWord.pointerMask }
  /// Whether the slot holds an entry with this tag.
  @inline(__always)
  func has(_ tag: UInt64) -> Bool { (bits ^ tag) &>> 48 == 0 && bits != 0 }
  @inline(__always)
  var entry: Entry {
    unsafe Entry(block: understudy_pointer(bits & SegmentWord.pointerMask))
  }
}

@safe
struct Segment: BitwiseCopyable {
  nonisolated(unsafe) let base: UnsafeMutableRawPointer

  @inline(__always)
  init(base: UnsafeMutableRawPointer) { unsafe self.base = base }

  @inline(__always)
  var count: Int {
    get { unsafe Int(base.load(fromByteOffset: 4, as: UInt32.self)) }
    nonmutating set {
      unsafe base.storeBytes(of: UInt32(truncatingIfNeeded: newValue), toByteOffset: 4, as: UInt32.self)
    }
  }
  /// Whether this segment or its entries may have more than one holder; kept only for a table's single
  /// segment, as `Root.wasShared` is for larger tables.
  @inline(__always)
  var wasShared: Bool {
    get { unsafe base.load(as: UInt32.self) & 0x8000_0000 != 0 }
    nonmutating set { unsafe base.storeBytes(of: references | (newValue ? 0x8000_0000 : 0), as: UInt32.self) }
  }
  @inline(__always)
  subscript(index: Int) -> Slot {
    get { unsafe Slot(bits: base.load(fromByteOffset: 8 &+ index &* 8, as: UInt64.self)) }
    nonmutating set {
      unsafe base.storeBytes(of: newValue.bits, toByteOffset: 8 &+ index &* 8, as: UInt64.self)
    }
  }
}

/// A directory of at most 256 words over the hashes with one prefix.
@safe
struct Leaf: BitwiseCopyable {
  nonisolated(unsafe) let base: UnsafeMutableRawPointer

  @inline(__always)
  init(base: UnsafeMutableRawPointer) { unsafe self.base = base }

  /// How far the index bits lie above the hash's lowest bit.
  @inline(__always)
  var shift: UInt8 { unsafe base.load(fromByteOffset: 4, as: UInt8.self) }
  /// The number of words minus one.
  @inline(__always)
  var mask: UInt8 { unsafe base.load(fromByteOffset: 5, as: UInt8.self) }

  @inline(__always)
  func index(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: (hash &>> UInt64(shift)) & UInt64(mask))
  }
  @inline(__always)
  subscript(index: Int) -> SegmentWord {
    get { unsafe SegmentWord(bits: base.load(fromByteOffset: 8 &+ index &* 8, as: UInt64.self)) }
    nonmutating set {
      unsafe base.storeBytes(of: newValue.bits, toByteOffset: 8 &+ index &* 8, as: UInt64.self)
    }
  }
}

/// The directory of leaves. Its depth stands in the table.
@safe
struct Root: BitwiseCopyable {
  nonisolated(unsafe) let base: UnsafeMutableRawPointer

  @inline(__always)
  init(base: UnsafeMutableRawPointer) { unsafe self.base = base }

  /// Whether a node or entry below may have more than one holder: a table of which no snapshot was ever taken
  /// skips all looking at counts.
  @inline(__always)
  var wasShared: Bool {
    get { unsafe base.load(fromByteOffset: 4, as: UInt32.self) != 0 }
    nonmutating set { unsafe base.storeBytes(of: newValue ? 1 : 0, toByteOffset: 4, as: UInt32.self) }
  }
  @inline(__always)
  subscript(index: Int) -> Leaf {
    get { unsafe Leaf(base: base.load(fromByteOffset: 16 &+ index &* 8, as: UnsafeMutableRawPointer.self)) }
    nonmutating set {
      unsafe base.storeBytes(
        of: newValue.base, toByteOffset: 16 &+ index &* 8, as: UnsafeMutableRawPointer.self)
    }
  }
}
