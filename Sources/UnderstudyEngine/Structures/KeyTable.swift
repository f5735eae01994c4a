// KeyTable: the hash table of the engine: the keyspace's keys, and the large form of hashes, sets and sorted sets.
//
// Extendible hashing in small copy-on-write segments. The top bits of a key's hash lead through a root and a leaf
// (KeyTable+Nodes.swift) to a segment of 128 slots; the next 7 bits are the slot at which the search begins, and 16
// bits are kept in the slot, so that a foreign entry is hardly ever touched. A full segment is split in two
// (KeyTable+Split.swift): growing costs microseconds, whatever the size. A small table is one small segment, an empty
// one is no memory at all.
//
// Entries stand in the order of their hashes by segment and home slot, and a split keeps that order: that is what
// SCAN walks (KeyTable+Scan.swift). Segments are shared with snapshots by count (KeyTable+Snapshot.swift).
//
// Protocol: hash once with `hash(_:)`, hand the hash to everything. An `Entry` is valid until the table is changed
// next. Change only what `findMutable` gave. Keys are at most `Entry.keyLimit` bytes (the caller's limit).
//
// May say `unsafe`: see KeyTable+Nodes.swift and Entry.swift. This file holds the hot path: nothing here allocates but
// for a new entry, retains, or runs an exclusivity check.

internal import CUnderstudyPlatform

@safe
package struct KeyTable: ~Copyable {
  /// What leads to everything: 0 for an empty table; a `SegmentWord` of depth 0 for a small one; the root's address
  /// with `directoryFlag` for the rest.
  var top: UInt64 = 0
  let seed: HashSeed
  /// The number of keys.
  package internal(set) var count = 0
  /// Bytes of nodes and entry blocks, those shared with snapshots included.
  var ownBytes = 0
  /// The root's depth, if there is a root.
  var rootDepth: UInt8 = 0
  let keepsAccess: Bool
  /// Test hook: all entries keep the hash they came with, so that tests may choose hashes.
  var storesHashes = false

  /// - Parameters:
  ///   - seed: the server's hash seed; the same for all its tables.
  ///   - keepsAccess: whether entries keep the access word of `set`; it reads as 0 otherwise. It costs no memory.
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
    unsafe Root(base: UnsafeMutableRawPointer(bitPattern: UInt(top & SegmentWord.pointerMask)).unsafelyUnwrapped)
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
    let mask = word.capacity &- 1
    var index = word.home(tag: tag)
    while true {
      let slot = segment[index]
      if slot.tag == tag && !slot.isEmpty && slot.entry.matches(key) { return index }
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
    if mayShare { return unsharedEntry(hash, index) }
    return word.segment[index].entry
  }

  /// First stage of the pipelined window: brings the slot near at which the search for `hash` begins.
  @inline(__always)
  package func prefetchSlot(hash: UInt64) {
    if top == 0 { return }
    let word = locate(hash)
    let offset = 8 &+ word.home(tag: word.tag(hash)) &* 8
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
    var index = word.home(tag: tag)
    while true {
      let slot = segment[index]
      if slot.isEmpty { return }
      if slot.tag == tag {
        unsafe understudy_prefetch(slot.entry.block)
        return
      }
      index = (index &+ 1) & mask
    }
  }

  // MARK: Writing

  /// Stores `value` under `key` and tells what was there, which is released. In place where the block has room.
  /// - Parameters:
  ///   - value: a buffer or container is taken over; bytes are copied and may be part of the entry replaced.
  ///   - deadline: `.keep` keeps the old entry's deadline; a new entry has none then.
  ///   - access: LRU clock or LFU counter, 24 bits; ignored by tables without access words.
  @discardableResult
  package mutating func set(
    _ value: NewValue, for key: Bytes, hash: UInt64, deadline: DeadlineChange = .none, access: UInt64 = 0
  ) -> Previous {
    let access = keepsAccess ? access : 0
    if top == 0 {
      insert(value, key, hash, deadline, access)
      return .nothing
    }
    var word = locate(hash)
    let index = KeyTable.search(word, key, hash)
    if index < 0 {
      // The free slot that the search found is good only if the segment is ours and has room.
      if mayShare || word.segment.count >= word.limit {
        insert(value, key, hash, deadline, access)
        return .nothing
      }
      let entry = Entry.make(
        key: key, hash: hash, value: value, deadline: deadline.ofNewEntry, access: access, storesHash: storesHashes)
      ownBytes &+= entry.blockSize &+ 8
      word.segment[~index] = Slot(entry, tag: word.tag(hash))
      word.segment.count &+= 1
      count &+= 1
      return .nothing
    }
    if mayShare {
      unsharePath(hash)
      word = locate(hash)
    }
    let slot = word.segment[index]
    let entry = slot.entry
    let oldDeadline = entry.deadlineMilliseconds
    let previous = Previous(existed: true, deadlineMilliseconds: oldDeadline, kind: entry.kind)
    let newDeadline = deadline.applied(to: oldDeadline)
    if entry.isUnique && entry.fits(value, deadline: newDeadline) {
      // The new value may be borrowed from what is released here only if it is the buffer's bytes: copy first then.
      if entry.kind.hasPayload {
        entry.replacePayload(with: value)
      } else {
        entry.store(value)
      }
      if entry.hasDeadlineWord { entry.storeDeadline(newDeadline) }
      entry.access = access
      return previous
    }
    let new = Entry.make(
      key: key, hash: hash, value: value, deadline: newDeadline, access: access, storesHash: storesHashes)
    ownBytes &+= new.blockSize &- entry.blockSize
    word.segment[index] = Slot(new, tag: slot.tag)
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
    if mayShare {
      unsharePath(hash)
      word = locate(hash)
    }
    let segment = word.segment
    let entry = segment[index].entry
    ownBytes &-= entry.blockSize &+ 8
    // Back-shift: whoever stands behind the hole and may stand in it moves up, so that no search ends too early.
    let mask = word.capacity &- 1
    var hole = index
    var next = (index &+ 1) & mask
    while true {
      let slot = segment[next]
      if slot.isEmpty { break }
      let home = word.home(tag: slot.tag)
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

  @inline(__always)
  var ofNewEntry: Int64 { applied(to: Entry.noDeadline) }

  @inline(__always)
  func applied(to old: Int64) -> Int64 {
    switch self {
    case .keep: return old
    case .none: return Entry.noDeadline
    case .at(let milliseconds): return milliseconds
    }
  }
}

extension KeyTable {
  /// What was stored under a key before.
  package struct Previous: Sendable, Equatable {
    package let existed: Bool
    /// `Entry.noDeadline` if there was none.
    package let deadlineMilliseconds: Int64
    /// `.inline` if nothing existed.
    package let kind: ValueKind

    static var nothing: Previous {
      Previous(existed: false, deadlineMilliseconds: Entry.noDeadline, kind: .inline)
    }
  }
}

extension Entry {
  /// Whether the block can take the new value and deadline, and would not be mostly empty.
  @inline(__always)
  func fits(_ value: NewValue, deadline: Int64) -> Bool {
    let meta = meta
    if deadline != Entry.noDeadline && meta & Entry.deadlineFlag == 0 { return false }
    let needed = Entry.valueSize(value)
    let room = valueCapacity(meta)
    return needed <= room && room <= needed &* 2 &+ 64
  }

  /// Stores the value and releases the payload that was there; the value's bytes may be those of that payload.
  @inline(never)
  func replacePayload(with value: NewValue) {
    let oldKind = kind
    let old = unsafe payload
    store(value)
    unsafe ValuePayload.release(oldKind, old)
  }
}
