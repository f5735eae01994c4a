// StreamValue, continued: what it knows of entries that are gone, the shape that a radix tree of it would have, and blocks
// that come from outside.

extension StreamValue {
  /// How many nodes Redis's radix tree of the blocks has (`radix-tree-nodes`): its keys are the sixteen bytes
  /// of each block's first ID; runs of bytes without a branch are one node.
  package var radixNodeCount: Int {
    let blocks = blockCount
    if blocks == 0 { return 1 }
    // The branches on the way to the last key, by their depth, from the root down. A branch is a node of its
    // own, and so is every key's end; the bytes between two of them, but for the first, which the upper one
    // holds, are one more.
    var branches: [Int] = []
    var nodes = 0
    func close(_ depth: Int, below parent: Int) { nodes += depth - parent > 1 ? 2 : 1 }
    for block in 0..<blocks {
      // Where this key parts from the next one; nothing is left open behind the last.
      let depth = block &+ 1 < blocks ? Self.commonBytes(masterID(block), masterID(block &+ 1)) : -1
      var low = 16
      while let parent = branches.last, parent > depth {
        close(low, below: parent)
        low = parent
        branches.removeLast()
      }
      if depth < 0 {
        // The root: a branch right there, or the bytes that all keys share.
        nodes += low > 0 ? 2 : 1
      } else if branches.last == depth {
        close(low, below: depth)
      } else {
        branches.append(depth)
        close(low, below: depth)
      }
    }
    return nodes
  }

  /// How many of their sixteen bytes, the highest first, two IDs have in common at their front.
  private static func commonBytes(_ left: StreamID, _ right: StreamID) -> Int {
    let high = left.milliseconds ^ right.milliseconds
    if high != 0 { return high.leadingZeroBitCount / 8 }
    return 8 + (left.sequence ^ right.sequence).leadingZeroBitCount / 8
  }
}

// How far a reader has come, told from what is known of the past.
extension StreamValue {
  /// Whether an entry with this ID or a later one has been deleted from between others.
  package func hasGaps(from id: StreamID) -> Bool {
    if length == 0 || maxDeletedID == .zero || firstID > maxDeletedID { return false }
    return id <= maxDeletedID
  }

  /// How many entries were ever added up to this ID, itself included; nil if that cannot be told.
  package func entriesAdded(through id: StreamID) -> Int64? {
    let added = Int64(bitPattern: entriesAdded)
    if added == 0 { return 0 }
    if length == 0 && id <= lastID { return added }
    if id == lastID { return added }
    if id > lastID { return nil }
    let first = firstID
    guard maxDeletedID == .zero || maxDeletedID < first else { return nil }
    if id < first { return added &- Int64(length) }
    return id == first ? added &- Int64(length) &+ 1 : nil
  }

  /// How many entries a reader has yet to read; nil if that cannot be told.
  /// - Parameters:
  ///   - lastID: the last one it has read.
  ///   - entriesRead: how many that makes, if it is known.
  package func lag(behind lastID: StreamID, entriesRead: Int64?) -> Int64? {
    if entriesAdded == 0 { return 0 }
    let known = entriesRead.flatMap { hasGaps(from: lastID) ? nil : $0 } ?? entriesAdded(through: lastID)
    return known.map { Int64(bitPattern: entriesAdded) &- $0 }
  }
}

extension StreamValue {
  /// Adds a block behind the others, from a listpack that came from outside (RESTORE), which the stream takes over;
  /// answers the ID of the last entry in it, deleted or not. Nil, with nothing changed, if it is no block of a stream, or
  /// has no entry that is not deleted.
  func adoptBlock(_ master: StreamID, _ pack: Listpack) -> StreamID? {
    guard let live = StreamBlock.check(pack, master: master), live > 0 else { return nil }
    let block = StreamBlock(pack)
    guard let last = block.entry(before: pack.endPosition, first: block.firstEntry) else { return nil }
    addBlock(master, pack)
    length &+= live
    return block.entry(at: last, master: master).id
  }
}
