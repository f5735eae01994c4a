// Snapshots of the key table, and giving up tables: at once, or in steps.
//
// A snapshot shares the root (or the only segment) and counts it: constant time. The first write on either
// side copies the path to what it changes: root, leaf (counting its segments), segment (counting its
// entries), entry. Snapshots are tables like any other: they may be written, snapshotted again, and die in
// any order.
//
// Once shared, a table looks at the counts on every write; the root, or the only segment, notes it
// (`wasShared`), since taking a snapshot does not change the table itself.
//
// This file says `unsafe`. What keeps it safe: a node is freed by whoever takes its last reference, and only
// changed by its only owner.

internal import CUnderstudyPlatform

extension KeyTable {
  /// Whether a node or entry may have other holders. The table is not empty.
  @inline(__always)
  var mayShare: Bool {
    isDirectory ? root.wasShared : SegmentWord(bits: top).segment.wasShared
  }

  /// Whether all nodes on the way to `hash`, which ends with `word`, are this table's alone.
  @inline(__always)
  func ownsPath(_ hash: UInt64, _ word: SegmentWord) -> Bool {
    if word.segment.references != 1 { return false }
    return !isDirectory || (root.references == 1 && root[rootIndex(hash)].references == 1)
  }

  /// A table with the same content, in constant time; entries and nodes are shared until either side writes.
  package func snapshot() -> KeyTable {
    var copy = KeyTable(seed: seed, keepsAccess: keepsAccess)
    copy.top = top
    copy.count = count
    copy.ownBytes = ownBytes
    copy.rootDepth = rootDepth
    copy.storesHashes = storesHashes
    if isDirectory {
      root.wasShared = true
      root.references &+= 1
    } else if top != 0 {
      let segment = SegmentWord(bits: top).segment
      segment.references &+= 1
      segment.wasShared = true
    }
    return copy
  }

  /// Makes root, leaf and segment on the way to `hash` this table's own. The table is not empty.
  mutating func unsharePath(_ hash: UInt64) {
    if !isDirectory {
      let word = SegmentWord(bits: top)
      if word.segment.references != 1 { top = unshared(word).bits }
      return
    }
    let held = root
    if held.references != 1 {
      let copy = held.copy(depth: Int(rootDepth))
      held.references &-= 1
      unsafe top = UInt64(UInt(bitPattern: copy.base)) | KeyTable.directoryFlag
    }
    var leaf = root[rootIndex(hash)]
    if leaf.references != 1 {
      let copy = leaf.copy()
      leaf.references &-= 1
      leaf = copy
      let run = 1 &<< (Int(rootDepth) &- leaf.prefix)
      let first = rootIndex(hash) & ~(run &- 1)
      for place in first..<(first &+ run) { root[place] = leaf }
    }
    let word = leaf[leaf.index(hash)]
    if word.segment.references != 1 { leaf.assign(unshared(word), hash: hash) }
  }

  private func unshared(_ word: SegmentWord) -> SegmentWord {
    let segment = word.segment
    let copy = segment.copy(capacityLog2: word.capacityLog2)
    segment.references &-= 1
    return SegmentWord(copy, depth: word.depth, capacityLog2: word.capacityLog2)
  }

  /// The entry at a slot of the segment for `hash`, after making the path and the entry this table's own.
  @inline(never)
  mutating func unsharedEntry(_ hash: UInt64, _ word: SegmentWord, _ index: Int) -> Entry {
    var word = word
    if !ownsPath(hash, word) {
      unsharePath(hash)
      word = locate(hash)
    }
    let segment = word.segment
    let slot = segment[index]
    if slot.entry.isUnique { return slot.entry }
    let copy = slot.entry.copy()
    slot.entry.release()
    segment[index] = Slot(copy, tag: slot.tag)
    return copy
  }

  // MARK: Giving up

  /// Removes all keys and frees what no snapshot shares. Takes time in proportion to the table; see
  /// `takeAll`.
  package mutating func removeAll() {
    KeyTable.releaseAll(top: top, rootDepth: rootDepth)
    forgetAll()
  }

  /// Moves everything into a table of its own and leaves this one empty, in constant time: for FLUSHALL
  /// ASYNC. The table returned is freed by its end, or before that by `releaseSome`.
  package mutating func takeAll() -> KeyTable {
    var taken = KeyTable(seed: seed, keepsAccess: keepsAccess)
    taken.top = top
    taken.count = count
    taken.ownBytes = ownBytes
    taken.rootDepth = rootDepth
    taken.storesHashes = storesHashes
    forgetAll()
    return taken
  }

  private mutating func forgetAll() {
    top = 0
    count = 0
    ownBytes = 0
    rootDepth = 0
  }

  /// Frees a part of a table that nobody reads any more: about `budget` entries, a segment (at most some
  /// hundred) more. From the first call on the table may only be asked this again, or go away.
  /// - Parameters:
  ///   - before: sees each entry that is about to be freed; it may take its payload.
  /// - Returns: whether all is freed.
  package mutating func releaseSome(budget: Int, before: ((Entry) -> Void)? = nil) -> Bool {
    var budget = max(budget, 1)
    while isDirectory {
      if root.references != 1 || root.live == 0 { break }
      if budget <= 0 { return false }
      let root = root
      let leaf = root[root.live &- 1]
      let run = 1 &<< (Int(rootDepth) &- leaf.prefix)
      if !leaf.releaseSome(&budget, before: before) { return false }
      root.live &-= run
    }
    if top != 0 && !isDirectory {
      let word = SegmentWord(bits: top)
      word.segment.release(capacityLog2: word.capacityLog2, before: before)
      forgetAll()
    }
    removeAll()
    return true
  }

  static func releaseAll(top: UInt64, rootDepth: UInt8) {
    if top & directoryFlag == 0 {
      let word = SegmentWord(bits: top)
      if top != 0 { word.segment.release(capacityLog2: word.capacityLog2) }
      return
    }
    let root = unsafe Root(base: understudy_pointer(top & SegmentWord.pointerMask))
    if root.references != 1 {
      root.references &-= 1
      return
    }
    var budget = Int.max
    while root.live > 0 {
      let leaf = root[root.live &- 1]
      root.live &-= 1 &<< (Int(rootDepth) &- leaf.prefix)
      _ = leaf.releaseSome(&budget)
    }
    root.free(depth: Int(rootDepth))
  }
}
