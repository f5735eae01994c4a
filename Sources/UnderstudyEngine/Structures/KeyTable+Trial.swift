// What would be freed if a table were: giving up on trial. What a snapshot holds alone is no more than that, and `maxmemory`
// does not count it (`bytesHeldBySnapshots`, EngineState+Snapshots.swift).
//
// All counts go down as if the table were released, and nothing is freed; what has reached 0 is what would have been, and
// only below such nodes the walk goes on. So it costs as much as it finds, not as much as there is. Taking back is the same
// walk upwards. Several tables may be on trial at once, so that what only they share is found too, once.
//
// Values are judged whole: a container that a table holds alone counts with all its parts, though a later form of it may
// share some. So the figure is exact for strings, and at most too high for large containers that have been changed.
//
// Protocol: `giveUpOnTrial` for each table, then `takeBack` for each of the same, in any order, and nothing between.
//
// This file says `unsafe`. What keeps it safe: it changes counts only, and changes them back; all containers have theirs in
// the first four bytes of their block, buffers in the first eight.

internal import CUnderstudyPlatform

/// What a trial has found.
package struct TrialFinding: Sendable, Equatable {
  /// Bytes that would be freed, as the account of memory counts them.
  package var bytes: Int64 = 0
  /// Nodes and entries that were looked at.
  package var effort = 0

  package init() {}

  mutating func add(block size: Int) { bytes &+= understudy_block_cost(size) }
}

extension KeyTable {
  /// Counts down as if the table were released, and adds what that would free.
  package func giveUpOnTrial(_ found: inout TrialFinding) {
    if top == 0 { return }
    found.effort &+= 1
    if !isDirectory { return SegmentWord(bits: top).giveUpOnTrial(&found) }
    let root = root
    root.references &-= 1
    if root.references != 0 { return }
    found.add(block: Root.byteSize(depth: Int(rootDepth)))
    forEachLeaf { leaf in
      found.effort &+= 1
      leaf.references &-= 1
      if leaf.references != 0 { return }
      found.add(block: Leaf.byteSize(bits: leaf.bits))
      leaf.forEachWord { $0.giveUpOnTrial(&found) }
    }
  }

  /// Counts up again.
  package func takeBack() {
    if top == 0 { return }
    if !isDirectory { return SegmentWord(bits: top).takeBack() }
    let root = root
    if root.references == 0 {
      forEachLeaf { leaf in
        if leaf.references == 0 { leaf.forEachWord { $0.takeBack() } }
        leaf.references &+= 1
      }
    }
    root.references &+= 1
  }

  private func forEachLeaf(_ body: (Leaf) -> Void) {
    let root = root
    var place = 0
    while place < 1 &<< Int(rootDepth) {
      let leaf = root[place]
      place &+= 1 &<< (Int(rootDepth) &- leaf.prefix)
      body(leaf)
    }
  }
}

extension Leaf {
  fileprivate func forEachWord(_ body: (SegmentWord) -> Void) {
    var index = 0
    while index < 1 &<< bits {
      let word = self[index]
      index &+= run(word)
      body(word)
    }
  }
}

extension SegmentWord {
  fileprivate func giveUpOnTrial(_ found: inout TrialFinding) {
    let segment = segment
    found.effort &+= 1
    segment.references &-= 1
    if segment.references != 0 { return }
    found.add(block: Segment.byteSize(capacityLog2: capacityLog2))
    found.effort &+= segment.count
    for index in 0..<capacity where !segment[index].isEmpty {
      unsafe understudy_prefetch(segment[index].entry.block)
    }
    for index in 0..<capacity where !segment[index].isEmpty { segment[index].entry.giveUpOnTrial(&found) }
  }

  fileprivate func takeBack() {
    let segment = segment
    if segment.references == 0 {
      for index in 0..<capacity where !segment[index].isEmpty { segment[index].entry.takeBack() }
    }
    segment.references &+= 1
  }
}

extension Entry {
  fileprivate func giveUpOnTrial(_ found: inout TrialFinding) {
    meta &-= 1
    if meta & Entry.referenceMask != 0 { return }
    found.add(block: blockSize)
    if kind.hasPayload { unsafe ValuePayload.giveUpOnTrial(kind, payload, &found) }
  }

  fileprivate func takeBack() {
    if meta & Entry.referenceMask == 0, kind.hasPayload { unsafe ValuePayload.takeBack(kind, payload) }
    meta &+= 1
  }

  /// Whether another holder would keep the entry, or its value, alive.
  var isHeldElsewhere: Bool {
    if !isUnique { return true }
    return unsafe kind.hasPayload && ValuePayload.isShared(kind, payload)
  }
}

extension ValuePayload {
  fileprivate static func giveUpOnTrial(
    _ kind: ValueKind, _ pointer: UnsafeMutableRawPointer, _ found: inout TrialFinding
  ) {
    unsafe change(kind, pointer, by: -1)
    guard unsafe count(kind, pointer) == 0 else { return }
    let bytes = unsafe allocatedBytes(kind, pointer)
    if kind == .buffer { found.add(block: bytes &- 8) } else { found.bytes &+= Int64(bytes) }
  }

  fileprivate static func takeBack(_ kind: ValueKind, _ pointer: UnsafeMutableRawPointer) {
    unsafe change(kind, pointer, by: 1)
  }

  fileprivate static func isShared(_ kind: ValueKind, _ pointer: UnsafeMutableRawPointer) -> Bool {
    unsafe count(kind, pointer) != 1
  }

  private static func count(_ kind: ValueKind, _ pointer: UnsafeMutableRawPointer) -> Int {
    unsafe kind == .buffer ? pointer.load(as: Int.self) : Int(pointer.load(as: UInt32.self))
  }

  private static func change(_ kind: ValueKind, _ pointer: UnsafeMutableRawPointer, by step: Int) {
    let count = unsafe count(kind, pointer) &+ step
    if kind == .buffer {
      unsafe pointer.storeBytes(of: count, as: Int.self)
    } else {
      unsafe pointer.storeBytes(of: UInt32(truncatingIfNeeded: count), as: UInt32.self)
    }
  }
}

extension OrderedTree {
  /// Counts down as if the tree were released, and adds what that would free. The order is the caller's affair: as for tables.
  func giveUpOnTrial(_ found: inout TrialFinding) {
    if let root = unsafe root { unsafe Self.giveUpOnTrial(root, &found) }
  }

  /// Counts up again.
  func takeBack() { if let root = unsafe root { unsafe Self.takeBack(root) } }

  private static func giveUpOnTrial(_ node: UnsafeMutableRawPointer, _ found: inout TrialFinding) {
    found.effort &+= 1
    unsafe setReferences(node, references(node) &- 1)
    if unsafe references(node) != 0 { return }
    found.add(block: unsafe isLeaf(node) ? leafSize : innerSize)
    if unsafe isLeaf(node) { return }
    for index in unsafe 0..<nodeCount(node) { unsafe giveUpOnTrial(children(node)[index], &found) }
  }

  private static func takeBack(_ node: UnsafeMutableRawPointer) {
    if unsafe references(node) == 0 && !isLeaf(node) {
      for index in unsafe 0..<nodeCount(node) { unsafe takeBack(children(node)[index]) }
    }
    unsafe setReferences(node, references(node) &+ 1)
  }
}

extension ExpiryIndex {
  /// As for tables.
  package func giveUpOnTrial(_ found: inout TrialFinding) { tree.giveUpOnTrial(&found) }

  package func takeBack() { tree.takeBack() }
}
