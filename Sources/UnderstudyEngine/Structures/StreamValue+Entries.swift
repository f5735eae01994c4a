// StreamValue, continued: appending, finding, walking, deleting and trimming entries.

extension StreamValue {
  // MARK: Reading

  /// The least ID of an entry that is not deleted; 0-0 if there is none.
  package var firstID: StreamID {
    var id = StreamID.zero
    forEach(from: .zero, through: .max, limit: 1) { id = $0.id }
    return id
  }

  /// The greatest ID of an entry that is not deleted; 0-0 if there is none.
  package var lastEntryID: StreamID {
    var id = StreamID.zero
    forEach(from: .zero, through: .max, limit: 1, descending: true) { id = $0.id }
    return id
  }

  /// Lends the entry with this ID to `body`; nil if there is none.
  package func entry<R>(_ id: StreamID, _ body: (StreamEntry) -> R) -> R? {
    var result: R?
    forEach(from: id, through: id, limit: 1) { result = body($0) }
    return result
  }

  /// Whether there is an entry with this ID.
  package func contains(_ id: StreamID) -> Bool { entry(id) { _ in true } ?? false }

  /// Lends the entries between two IDs, both included, to `body`, which must not change the stream.
  /// - Returns: how many were lent, at most `limit`.
  @discardableResult
  package func forEach(
    from lower: StreamID, through upper: StreamID, limit: Int = .max, descending: Bool = false,
    _ body: (StreamEntry) -> Void
  ) -> Int {
    if lower > upper || limit <= 0 || blockCount == 0 { return 0 }
    return descending
      ? walkDown(lower, upper, limit, body) : walkUp(lower, upper, limit, body)
  }

  private func walkUp(_ lower: StreamID, _ upper: StreamID, _ limit: Int, _ body: (StreamEntry) -> Void)
    -> Int
  {
    var shown = 0
    for index in max(0, block(for: lower))..<blockCount {
      let master = masterID(index)
      if master > upper { return shown }
      let block = StreamBlock(listpack(index))
      let end = block.pack.endPosition
      var position = block.firstEntry
      while position < end {
        let entry = block.entry(at: position, master: master)
        if entry.id > upper { return shown }
        if !entry.isDeleted, entry.id >= lower {
          body(entry)
          shown &+= 1
          if shown == limit { return shown }
        }
        position = entry.end
      }
    }
    return shown
  }

  private func walkDown(_ lower: StreamID, _ upper: StreamID, _ limit: Int, _ body: (StreamEntry) -> Void)
    -> Int
  {
    var shown = 0
    var index = block(for: upper)
    while index >= 0 {
      let master = masterID(index)
      let block = StreamBlock(listpack(index))
      let first = block.firstEntry
      var position = block.pack.endPosition
      while let before = block.entry(before: position, first: first) {
        let entry = block.entry(at: before, master: master)
        if entry.id < lower { return shown }
        if !entry.isDeleted, entry.id <= upper {
          body(entry)
          shown &+= 1
          if shown == limit { return shown }
        }
        position = before
      }
      index &-= 1
    }
    return shown
  }

  // MARK: Changing

  /// Adds an entry, and sets `lastID`, which must be below `id`. Adds one to `entriesAdded`.
  /// - Parameters:
  ///   - fieldCount: the number of fields, each with a value.
  ///   - bytes: the length of all fields and values together.
  ///   - argument: field 0, value 0, field 1, value 1 …
  package func append(
    _ id: StreamID, fieldCount: Int, bytes: Int, limits: StreamLimits, _ argument: (Int) -> Bytes
  ) {
    assert(isUnique && id > lastID)
    length &+= 1
    lastID = id
    entriesAdded &+= 1
    let last = blockCount &- 1
    if last >= 0 {
      var block = StreamBlock(listpack(last))
      let mostBytes = limits.blockBytes == 0 ? Listpack.maximumByteCount : limits.blockBytes
      let full =
        block.pack.byteCount &+ bytes >= min(mostBytes, Listpack.maximumByteCount)
        || limits.blockEntries > 0 && block.liveCount &+ block.deletedCount >= limits.blockEntries
      if !full {
        block.append(id, master: masterID(last), fieldCount: fieldCount, argument)
        setListpack(last, block.pack)
        return
      }
      block.pack.trim()
      setListpack(last, block.pack)
    }
    addBlock(id, StreamBlock(fieldCount: fieldCount, bytes: bytes, argument).pack)
  }

  /// Deletes the entry with this ID; false if there is none.
  @discardableResult
  package func delete(_ id: StreamID) -> Bool {
    assert(isUnique)
    let index = block(for: id)
    guard index >= 0 else { return false }
    var block = StreamBlock(listpack(index))
    let master = masterID(index)
    let end = block.pack.endPosition
    var position = block.firstEntry
    while position < end {
      let entry = block.entry(at: position, master: master)
      if entry.id > id { return false }
      if entry.id == id {
        if entry.isDeleted { return false }
        length &-= 1
        let live = block.liveCount
        if live <= 1 {
          removeBlock(index)
        } else {
          // The mark first: it keeps its size, while the counts may grow and move what follows.
          block.markDeleted(at: position)
          block.setCounts(live: live &- 1, deleted: block.deletedCount &+ 1)
          setListpack(index, block.pack)
        }
        return true
      }
      position = entry.end
    }
    return false
  }

  /// Deletes the oldest entries until `maxLength` are left.
  /// - Parameters:
  ///   - approximately: only whole blocks, so that more may be left.
  ///   - limit: the most entries to delete, whole blocks only; 0 is no limit.
  /// - Returns: how many were deleted.
  package func trim(maxLength: Int, approximately: Bool = false, limit: Int = 0) -> Int {
    trim(
      approximately, limit, isDone: { $0 <= maxLength }, canGo: { left, _ in left >= maxLength },
      goes: { _ in true })
  }

  /// Deletes the entries below `minID`; otherwise as `trim(maxLength:…)`.
  package func trim(minID: StreamID, approximately: Bool = false, limit: Int = 0) -> Int {
    trim(
      approximately, limit, isDone: { _ in false }, canGo: { _, last in last < minID }, goes: { $0 < minID })
  }

  /// - Parameters:
  ///   - isDone: whether a length needs no more trimming.
  ///   - canGo: whether a block can go as a whole, given the length then left and the last ID in the block.
  ///   - goes: whether an entry has to go, if the length needs trimming.
  private func trim(
    _ approximately: Bool, _ limit: Int, isDone: (Int) -> Bool, canGo: (Int, StreamID) -> Bool,
    goes: (StreamID) -> Bool
  ) -> Int {
    assert(isUnique)
    var deleted = 0
    while blockCount > 0, !isDone(length) {
      var block = StreamBlock(listpack(0))
      let master = masterID(0)
      let live = block.liveCount
      if limit > 0, deleted &+ live > limit { break }
      let first = block.firstEntry
      let lastID =
        block.entry(before: block.pack.endPosition, first: first).map {
          block.entry(at: $0, master: master).id
        }
      if canGo(length &- live, lastID ?? master) {
        removeBlock(0)
        length &-= live
        deleted &+= live
        continue
      }
      if approximately { break }
      var marked = 0
      var position = first
      let end = block.pack.endPosition
      while position < end, !isDone(length) {
        let entry = block.entry(at: position, master: master)
        if !goes(entry.id) { break }
        if !entry.isDeleted {
          block.markDeleted(at: position)
          marked &+= 1
          length &-= 1
        }
        position = StreamBlock(block.pack).entry(at: position, master: master).end
      }
      deleted &+= marked
      if marked > 0, marked < live {
        block.setCounts(live: live &- marked, deleted: block.deletedCount &+ marked)
      }
      setListpack(0, block.pack)
      if marked == live { removeBlock(0) }
      break
    }
    return deleted
  }

  /// Adds a block that came from outside (RESTORE) behind the others and takes its listpack over; false, with
  /// the listpack untouched, if it is not a block, is empty, or does not lie behind the others. `lastID` and
  /// the like are the caller's.
  package func adopt(_ master: StreamID, _ pack: Listpack) -> Bool {
    guard blockCount == 0 || lastPlace < master else { return false }
    guard let live = StreamBlock.check(pack, master: master), live > 0 else { return false }
    addBlock(master, pack)
    length &+= live
    return true
  }

  /// The ID of the last place in the last block, deleted or not.
  private var lastPlace: StreamID {
    let last = blockCount &- 1
    let block = StreamBlock(listpack(last))
    let master = masterID(last)
    let place = block.entry(before: block.pack.endPosition, first: block.firstEntry)
    return place.map { block.entry(at: $0, master: master).id } ?? master
  }
}
