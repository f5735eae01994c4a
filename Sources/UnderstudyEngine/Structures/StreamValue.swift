// StreamValue: the stream type, a run of blocks in the order of IDs.
//
//   header: refs, length, last ID, greatest deleted ID, entries ever added, groups, ─┐
//                                                                                    ▼
//   directory:  [ free | (first ID, listpack) (first ID, listpack) … | free ]    24 bytes a block
//
// A block is a listpack in the form that Redis keeps and dumps (StreamBlock.swift). IDs arrive in ascending
// order, so blocks are only added behind; trimming takes them away in front. A block whose entries are all
// deleted goes.
//
// The rules of IDs are the command's: `append` wants an ID above `lastID` and sets it; `entriesAdded` and
// `maxDeletedID` are kept for the command, which also knows when they change.
//
// Consumer groups (StreamGroups.swift) are carried along in a box, which is made for the first one.
//
// Ownership: a handle, counted by hand. `clone` copies the directory and shares the blocks; a later change
// copies the one block it touches. Every changing call wants `isUnique`. Fields handed out are borrowed and
// live until the stream is changed next.
//
// This file says `unsafe`. What keeps it safe: slots are addressed through `slot(_:)` with indices below
// `blockCount`; the header holds one count of the groups' box.

internal import CUnderstudyPlatform

/// When a stream starts a new block: `stream-node-max-entries` and `stream-node-max-bytes`; 0 is no limit.
package struct StreamLimits: Sendable {
  package var blockEntries: Int
  package var blockBytes: Int

  package init(blockEntries: Int = 100, blockBytes: Int = 4096) {
    self.blockEntries = blockEntries
    self.blockBytes = blockBytes
  }
}

/// A stream: a handle on a run of blocks.
@safe
package struct StreamValue {
  /// The header, which stays where it is for the stream's life: an entry's container pointer.
  package let pointer: UnsafeMutableRawPointer

  private static let headerSize = 104

  // MARK: Life

  /// An empty stream.
  package init() {
    unsafe pointer = understudy_allocate(Self.headerSize)
    unsafe pointer.initializeMemory(as: UInt8.self, repeating: 0, count: Self.headerSize)
    unsafe pointer.storeBytes(of: 1, as: UInt32.self)
  }

  /// A handle on a stream that another handle made.
  @inline(__always)
  package init(pointer: UnsafeMutableRawPointer) { unsafe self.pointer = pointer }

  /// Adds an owner.
  package func retain() {
    let count = unsafe pointer.load(as: UInt32.self)
    unsafe pointer.storeBytes(of: count &+ 1, as: UInt32.self)
  }

  /// Whether this is the only owner.
  @inline(__always)
  package var isUnique: Bool { unsafe pointer.load(as: UInt32.self) == 1 }

  /// Gives up an owner; the last one frees the stream.
  package func release() {
    let count = unsafe pointer.load(as: UInt32.self)
    if count > 1 {
      unsafe pointer.storeBytes(of: count &- 1, as: UInt32.self)
      return
    }
    for block in 0..<blockCount { listpack(block).release() }
    freeSlots()
    groups = nil
    unsafe understudy_free(pointer, Self.headerSize)
  }

  /// Frees a part of a stream that nobody needs any more: about `budget` blocks. From the first call on the
  /// stream may only be asked this again. Answers whether all is freed, the stream included.
  func releaseSome(budget: Int) -> Bool {
    guard isUnique else {
      release()
      return true
    }
    if blockCount <= budget {
      guard groups?.releaseSome(budget: budget) ?? true else { return false }
      release()
      return true
    }
    for _ in 0..<budget { removeBlock(blockCount &- 1) }
    return false
  }

  /// About how many blocks of memory it takes.
  var effort: Int { blockCount &+ (groups?.chunkCount ?? 0) }

  /// A stream of its own that shares the blocks until either side changes them. Costs one increment a block.
  package func clone() -> StreamValue {
    let copy = StreamValue()
    copy.length = length
    copy.lastID = lastID
    copy.maxDeletedID = maxDeletedID
    copy.entriesAdded = entriesAdded
    copy.groups = groups.map { StreamGroups(copying: $0) }
    let blocks = blockCount
    if blocks > 0, let slots = unsafe slots {
      for block in 0..<blocks { listpack(block).retain() }
      let own = unsafe understudy_allocate(blocks &* Self.slotSize)
      unsafe own.copyMemory(from: slots + firstSlot &* Self.slotSize, byteCount: blocks &* Self.slotSize)
      unsafe copy.slots = own
      copy.slotCapacity = blocks
      copy.blockCount = blocks
    }
    return copy
  }

  // MARK: Header

  private func word(_ offset: Int) -> UInt64 { unsafe pointer.load(fromByteOffset: offset, as: UInt64.self) }

  private func setWord(_ offset: Int, _ value: UInt64) {
    unsafe pointer.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
  }

  /// The number of entries that are not deleted.
  package internal(set) var length: Int {
    get { Int(truncatingIfNeeded: word(8)) }
    nonmutating set { setWord(8, UInt64(truncatingIfNeeded: newValue)) }
  }

  /// The greatest ID ever given to an entry, or set.
  package var lastID: StreamID {
    get { StreamID(milliseconds: word(16), sequence: word(24)) }
    nonmutating set {
      setWord(16, newValue.milliseconds)
      setWord(24, newValue.sequence)
    }
  }

  /// The greatest ID ever deleted; 0-0 if there is none. Kept for the commands.
  package var maxDeletedID: StreamID {
    get { StreamID(milliseconds: word(32), sequence: word(40)) }
    nonmutating set {
      setWord(32, newValue.milliseconds)
      setWord(40, newValue.sequence)
    }
  }

  /// How many entries were ever added. Kept for the commands; `append` adds one.
  package var entriesAdded: UInt64 {
    get { word(48) }
    nonmutating set { setWord(48, newValue) }
  }

  /// The consumer groups; nil if there never was one. The stream holds one count of the box.
  private(set) var groups: StreamGroups? {
    get {
      unsafe UnsafeRawPointer(bitPattern: UInt(word(56))).map {
        unsafe Unmanaged<StreamGroups>.fromOpaque($0).takeUnretainedValue()
      }
    }
    nonmutating set {
      if let old = unsafe UnsafeRawPointer(bitPattern: UInt(word(56))) {
        unsafe Unmanaged<StreamGroups>.fromOpaque(old).release()
      }
      let opaque = unsafe newValue.map { unsafe Unmanaged.passRetained($0).toOpaque() }
      setWord(56, UInt64(UInt(bitPattern: opaque)))
    }
  }

  /// The consumer groups, to add one.
  func makeGroups() -> StreamGroups {
    assert(isUnique)
    if let groups { return groups }
    let made = StreamGroups()
    groups = made
    return made
  }

  private var slots: UnsafeMutableRawPointer? {
    get { unsafe UnsafeMutableRawPointer(bitPattern: UInt(word(64))) }
    nonmutating set { setWord(64, UInt64(UInt(bitPattern: newValue))) }
  }

  private var firstSlot: Int {
    get { Int(truncatingIfNeeded: word(72)) }
    nonmutating set { setWord(72, UInt64(truncatingIfNeeded: newValue)) }
  }

  /// The number of blocks.
  package internal(set) var blockCount: Int {
    get { Int(truncatingIfNeeded: word(80)) }
    nonmutating set { setWord(80, UInt64(truncatingIfNeeded: newValue)) }
  }

  private var slotCapacity: Int {
    get { Int(truncatingIfNeeded: word(88)) }
    nonmutating set { setWord(88, UInt64(truncatingIfNeeded: newValue)) }
  }

  // MARK: Directory

  private static let slotSize = 24

  @inline(__always)
  private func slot(_ block: Int) -> UnsafeMutableRawPointer {
    assert(block >= 0 && block < blockCount)
    return unsafe understudy_pointer(word(64)) + (firstSlot &+ block) &* Self.slotSize
  }

  /// The ID that a block's entries are relative to: that of the first one ever in it.
  @inline(__always)
  package func masterID(_ block: Int) -> StreamID {
    let slot = unsafe slot(block)
    return unsafe StreamID(
      milliseconds: slot.load(as: UInt64.self), sequence: slot.load(fromByteOffset: 8, as: UInt64.self))
  }

  /// A block's listpack, as DUMP writes it.
  @inline(__always)
  package func listpack(_ block: Int) -> Listpack {
    unsafe Listpack(block: slot(block).load(fromByteOffset: 16, as: UnsafeMutableRawPointer.self))
  }

  @inline(__always)
  func setListpack(_ block: Int, _ pack: Listpack) {
    unsafe slot(block).storeBytes(of: pack.block, toByteOffset: 16, as: UnsafeMutableRawPointer.self)
  }

  /// Adds a block behind the others and takes its listpack over; its ID must be above theirs.
  package func addBlock(_ id: StreamID, _ pack: Listpack) {
    let blocks = blockCount
    if firstSlot &+ blocks == slotCapacity { makeRoom() }
    blockCount = blocks &+ 1
    let slot = unsafe slot(blocks)
    unsafe slot.storeBytes(of: id.milliseconds, as: UInt64.self)
    unsafe slot.storeBytes(of: id.sequence, toByteOffset: 8, as: UInt64.self)
    setListpack(blocks, pack)
  }

  /// Room for another slot behind: by sliding if trimming has left much in front, else by growing.
  private func makeRoom() {
    let blocks = blockCount
    let first = firstSlot
    if first > blocks, let slots = unsafe slots {
      unsafe memmove(slots, slots + first &* Self.slotSize, blocks &* Self.slotSize)
    } else {
      let capacity = blocks &+ blocks / 2 &+ 1
      let own = unsafe understudy_allocate(capacity &* Self.slotSize)
      if let slots = unsafe slots {
        unsafe memcpy(own, slots + first &* Self.slotSize, blocks &* Self.slotSize)
        freeSlots()
      }
      unsafe slots = own
      slotCapacity = capacity
    }
    firstSlot = 0
  }

  private func freeSlots() {
    if let slots = unsafe slots { unsafe understudy_free(slots, slotCapacity &* Self.slotSize) }
  }

  /// Frees a block. Does not touch `length`.
  func removeBlock(_ block: Int) {
    listpack(block).release()
    let blocks = blockCount
    if block == 0 {
      firstSlot &+= 1
    } else {
      let at = unsafe slot(block)
      unsafe memmove(at, at + Self.slotSize, (blocks &- block &- 1) &* Self.slotSize)
    }
    blockCount = blocks &- 1
    if blocks == 1 { firstSlot = 0 }
  }

  /// The last block whose first ID is not above `id`; -1 if there is none.
  func block(for id: StreamID) -> Int {
    var low = 0
    var high = blockCount
    while low < high {
      let middle = (low &+ high) &>> 1
      if masterID(middle) <= id { low = middle &+ 1 } else { high = middle }
    }
    return low &- 1
  }

  /// What the stream costs in memory beside its entry; an estimate.
  package var memoryBytes: Int {
    var total = Self.headerSize &+ 8 &+ slotCapacity &* Self.slotSize &+ 16
    for block in 0..<blockCount { total &+= listpack(block).memoryBytes }
    return total &+ (groups?.memoryBytes ?? 0)
  }
}
