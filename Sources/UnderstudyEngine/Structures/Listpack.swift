// Listpack: a list of short strings and integers in one block of memory, in the form that Redis 7 keeps and
// dumps.
//
// The block, all numbers little-endian:
//
//   +------+-------+----------+-----+=======+=======+=========+=========+=====+------+
//   | refs | start | capacity | gap | total | count | element | element | 255 | room |
//   +------+-------+----------+-----+=======+=======+=========+=========+=====+------+
//     u16     u16       u32            u32     u16
//
// What is drawn with double lines is the listpack proper (`total` bytes of it) and can be copied into a DUMP
// as it is. It begins `start` bytes behind the capacity: a list that is pushed and popped at its head moves
// the six bytes of total and count instead of everything behind them. `capacity` counts the gap, the listpack
// and the room behind it. `count` is exact up to 65534; 65535 says "walk and see". An element is a head, its
// data, and its length again (to walk backwards), seven bits a byte, the last byte holding the lowest bits:
//
//   0xxxxxxx                     0...127              10xxxxxx             string of up to 63 bytes
//   110xxxxx xxxxxxxx            13-bit integer       1110xxxx xxxxxxxx    string of up to 4095 bytes
//   F1 F2 F3 F4 + 2 3 4 8 bytes  integer              F0 + 4 bytes         string
//
// A position is the offset of an element from `total`; the first is 6, the end marker's is `endPosition`. Any
// change invalidates positions behind it (and all borrowed bytes).
//
// Ownership: a `Listpack` is a handle, not an owner in Swift's sense. Copying the handle does not count;
// `retain` and `release` do, non-atomically. A change through a handle whose block is shared copies the block
// first, and the handle then points to the copy: whoever stored the old pointer must store the new one.
//
// This file says `unsafe`. What keeps it safe: all offsets come from the block itself, which only this file
// writes; foreign bytes enter through `init(validating:)` alone, which checks every element. Tests run under
// address sanitizer.
//
// In this file: life, walking, changing. Listpack+Elements.swift: reading and searching. Listpack+Parts.swift:
// cutting, joining, and what comes from outside.

internal import CUnderstudyPlatform

/// A list of short elements in one block of memory.
@safe
package struct Listpack {
  /// The block; changes when a mutation has to move or copy it.
  package internal(set) var block: UnsafeMutableRawPointer

  /// The position of the first element, or of the end if there is none.
  package static let startPosition = 6
  /// Bytes of an empty listpack: total, count, end marker.
  package static let emptyByteCount = 7
  /// What an element costs beside its bytes at most: head and back-length.
  package static let elementOverhead = 10
  /// No container lets a listpack of several elements grow beyond it. (One element may be longer: up to 4 GB,
  /// which is the limit of the form, and which requests must stay below.)
  package static let maximumByteCount = 1 << 30

  static let prefix = 8
  static let unknownCount = 65535

  // MARK: Life

  /// An empty listpack with room for `capacity` bytes.
  package init(capacity: Int = 0) {
    let size = Self.roundedCapacity(max(capacity, Self.emptyByteCount))
    unsafe block = understudy_allocate(size &+ Self.prefix)
    unsafe block.storeBytes(of: 1, as: UInt32.self)  // one owner, no gap
    unsafe block.storeBytes(of: UInt32(truncatingIfNeeded: size), toByteOffset: 4, as: UInt32.self)
    unsafe body.storeBytes(of: 7, as: UInt32.self)
    unsafe body.storeBytes(of: 0, toByteOffset: 4, as: UInt16.self)
    unsafe body.storeBytes(of: 0xFF, toByteOffset: 6, as: UInt8.self)
  }

  /// A handle on a block that another handle made.
  @inline(__always)
  package init(block: UnsafeMutableRawPointer) { unsafe self.block = block }

  private static let mostOwners: UInt16 = .max

  @inline(__always)
  private var owners: UInt16 {
    get { unsafe block.load(as: UInt16.self) }
    nonmutating set { unsafe block.storeBytes(of: newValue, as: UInt16.self) }
  }

  /// Adds an owner. A block that ever had 65535 of them is never freed.
  @inline(__always)
  package func retain() {
    let count = owners
    if count < Self.mostOwners { owners = count &+ 1 }
  }

  /// Gives up an owner; the last one frees the block.
  @inline(__always)
  package func release() {
    let count = owners
    if count == 1 {
      unsafe understudy_free(block, capacity &+ Self.prefix)
    } else if count < Self.mostOwners {
      owners = count &- 1
    }
  }

  /// Whether this is the only owner.
  @inline(__always)
  package var isUnique: Bool { owners == 1 }

  // MARK: Size

  @inline(__always)
  private var start: Int {
    get { Int(unsafe block.load(fromByteOffset: 2, as: UInt16.self)) }
    nonmutating set {
      unsafe block.storeBytes(of: UInt16(truncatingIfNeeded: newValue), toByteOffset: 2, as: UInt16.self)
    }
  }

  private static let mostStart = Int(UInt16.max)

  @inline(__always)
  var body: UnsafeMutableRawPointer { unsafe block + (Self.prefix &+ start) }

  /// The bytes that fit without moving the block.
  @inline(__always)
  package var capacity: Int { Int(unsafe block.load(fromByteOffset: 4, as: UInt32.self)) }

  /// The length of the listpack proper.
  @inline(__always)
  package var byteCount: Int { Int(unsafe body.loadUnaligned(as: UInt32.self)) }

  /// What the block costs in memory.
  package var memoryBytes: Int { capacity &+ Self.prefix &+ 8 }

  /// The listpack proper, as DUMP writes it; lent until the next change.
  package var bytes: Bytes { unsafe Bytes(body, count: byteCount) }

  /// The number of elements. Beyond 65534 they are counted by walking.
  @inline(__always)
  package var count: Int {
    let stored = Int(unsafe body.loadUnaligned(fromByteOffset: 4, as: UInt16.self))
    return stored == Self.unknownCount ? countByWalking() : stored
  }

  /// Whether strings of so many bytes in all may be added, as far as the size of the whole is concerned.
  @inline(__always)
  package func mayGrow(by bytes: Int) -> Bool { byteCount &+ bytes < Self.maximumByteCount }

  @inline(__always)
  package var isEmpty: Bool { byteCount == Self.emptyByteCount }

  @inline(never)
  func countByWalking() -> Int {
    var count = 0
    var position = Self.startPosition
    let end = endPosition
    while position < end {
      position = self.position(after: position)
      count &+= 1
    }
    return count
  }

  /// The sizes that allocators serve without waste, in steps of at most a quarter: what is asked for, rounded
  /// up.
  @inline(__always)
  private static func roundedCapacity(_ count: Int) -> Int {
    // 8 bytes of prefix and 8 of the allocator's own stand before the capacity.
    let request = count &+ 16
    if request > 7168, request <= 8208 { return 8192 }  // the usual limit of a list's node
    if request <= 128 { return ((request &+ 15) & ~15) &- 16 }
    let step = 1 << (Int.bitWidth &- 1 &- (request &- 1).leadingZeroBitCount &- 2)
    return ((request &+ step &- 1) & ~(step &- 1)) &- 16
  }

  // MARK: Walking

  /// The position of the end marker; appending inserts here.
  @inline(__always)
  package var endPosition: Int { byteCount &- 1 }

  /// The position of the last element, or nil if there is none.
  @inline(__always)
  package var lastPosition: Int? { isEmpty ? nil : position(before: endPosition) }

  /// The next element's position, or `endPosition`.
  @inline(__always)
  package func position(after position: Int) -> Int {
    let length = unsafe Self.encodedLength(body + position)
    return position &+ length &+ Self.backLengthSize(length)
  }

  /// The previous element's position; `position` may be the end's but not the first one's.
  @inline(__always)
  package func position(before position: Int) -> Int {
    var at = unsafe UnsafePointer(body.assumingMemoryBound(to: UInt8.self)) + (position &- 1)
    let last = unsafe at.pointee
    if last & 0x80 == 0 { return position &- 1 &- Int(last) }
    var length = Int(last & 127)
    var shift = 7
    var size = 1
    while true {
      unsafe at -= 1
      let byte = unsafe at.pointee
      length |= Int(byte & 127) << shift
      size &+= 1
      shift &+= 7
      if byte & 0x80 == 0 || size == 5 { break }
    }
    return position &- size &- length
  }

  /// The position of the element at `index`, counted from the nearer end; negative ones count from the last
  /// element.
  package func position(at index: Int) -> Int? {
    var index = index
    let stored = Int(unsafe body.loadUnaligned(fromByteOffset: 4, as: UInt16.self))
    var fromEnd = index < 0
    if stored != Self.unknownCount {
      if index < 0 { index &+= stored }
      if index < 0 || index >= stored { return nil }
      fromEnd = index > stored / 2
      if fromEnd { index &-= stored }
    }
    if !fromEnd {
      var position = Self.startPosition
      let end = endPosition
      while index > 0, position < end {
        position = self.position(after: position)
        index &-= 1
      }
      return position < end ? position : nil
    }
    var position = endPosition
    while index < 0 {
      if position == Self.startPosition { return nil }
      position = self.position(before: position)
      index &+= 1
    }
    return position
  }

  // MARK: Changing

  /// Adds a string, or the integer it spells, at the end. `bytes` must not lie in this listpack (as
  /// everywhere below).
  @inline(__always)
  package mutating func append(_ bytes: Bytes) { insert(bytes, at: endPosition) }

  /// Adds an integer at the end.
  @inline(__always)
  package mutating func append(_ value: Int64) { insert(value, at: endPosition) }

  /// Adds a string, or the integer it spells, before all others.
  @inline(__always)
  package mutating func prepend(_ bytes: Bytes) { insert(bytes, at: Self.startPosition) }

  /// Adds an integer before all others.
  @inline(__always)
  package mutating func prepend(_ value: Int64) { insert(value, at: Self.startPosition) }

  /// Inserts before the element at `position`; the new element then stands at `position`.
  package mutating func insert(_ bytes: Bytes, at position: Int) {
    place(bytes, at: position, removing: 0)
    addToCount(1)
  }

  /// Inserts before the element at `position`; the new element then stands at `position`.
  package mutating func insert(_ value: Int64, at position: Int) {
    place(value, at: position, removing: 0)
    addToCount(1)
  }

  /// Puts a string, or the integer it spells, in the place of the element at `position`.
  package mutating func replace(at position: Int, with bytes: Bytes) {
    place(bytes, at: position, removing: self.position(after: position) &- position)
  }

  /// Puts an integer in the place of the element at `position`.
  package mutating func replace(at position: Int, with value: Int64) {
    place(value, at: position, removing: self.position(after: position) &- position)
  }

  /// Removes `count` elements from `position` on (fewer if the end comes first); what followed then stands
  /// there. Answers how many were removed.
  @discardableResult
  package mutating func remove(at position: Int, count: Int = 1) -> Int {
    var behind = position
    var removed = 0
    let end = endPosition
    while removed < count, behind < end {
      behind = self.position(after: behind)
      removed &+= 1
    }
    if removed == 0 { return 0 }
    unsafe _ = open(at: position, removing: behind &- position, inserting: 0)
    addToCount(0 &- removed)
    return removed
  }

  @inline(__always)
  func setCount(_ count: Int) {
    let stored = UInt16(truncatingIfNeeded: min(count, Self.unknownCount))
    unsafe body.storeBytes(of: stored, toByteOffset: 4, as: UInt16.self)
  }

  @inline(__always)
  private func addToCount(_ change: Int) {
    let stored = Int(unsafe body.loadUnaligned(fromByteOffset: 4, as: UInt16.self))
    if stored == Self.unknownCount {
      // Redis leaves an unknown count alone until someone counts; do it where the list got shorter, it is
      // rare.
      if change < 0 { setCount(countByWalking()) }
      return
    }
    setCount(stored &+ change)
  }

  @inline(__always)
  private mutating func place(_ bytes: Bytes, at position: Int, removing old: Int) {
    let count = bytes.count
    // Only what starts like an integer is worth parsing.
    if count > 0, count <= NumberText.int64Capacity, unsafe bytes.pointer.load(as: UInt8.self) <= 0x39,
      let value = NumberText.parseInt64(bytes)
    {
      return place(value, at: position, removing: old)
    }
    let head = count < 64 ? 1 : count < 4096 ? 2 : 5
    let length = head &+ count
    let at = unsafe open(at: position, removing: old, inserting: length &+ Self.backLengthSize(length))
    switch head {
    case 1: unsafe at.storeBytes(of: 0x80 | UInt8(truncatingIfNeeded: count), as: UInt8.self)
    case 2:
      unsafe at.storeBytes(of: 0xE0 | UInt8(truncatingIfNeeded: count >> 8), as: UInt8.self)
      unsafe at.storeBytes(of: UInt8(truncatingIfNeeded: count), toByteOffset: 1, as: UInt8.self)
    default:
      unsafe at.storeBytes(of: 0xF0, as: UInt8.self)
      unsafe at.storeBytes(of: UInt32(truncatingIfNeeded: count), toByteOffset: 1, as: UInt32.self)
    }
    unsafe memcpy(at + head, bytes.pointer, count)
    unsafe Self.writeBackLength(length, at: at + length)
  }

  @inline(__always)
  private mutating func place(_ value: Int64, at position: Int, removing old: Int) {
    if value >= 0, value <= 127 {
      let at = unsafe open(at: position, removing: old, inserting: 2)
      unsafe at.storeBytes(of: UInt16(truncatingIfNeeded: value) | 0x0100, as: UInt16.self)
      return
    }
    placeLong(value, at: position, removing: old)
  }

  private mutating func placeLong(_ value: Int64, at position: Int, removing old: Int) {
    let length: Int
    if value >= -4096, value <= 4095 {
      length = 2
    } else if value == Int64(Int16(truncatingIfNeeded: value)) {
      length = 3
    } else if value >= -0x80_0000, value <= 0x7F_FFFF {
      length = 4
    } else if value == Int64(Int32(truncatingIfNeeded: value)) {
      length = 5
    } else {
      length = 9
    }
    let at = unsafe open(at: position, removing: old, inserting: length &+ 1)
    switch length {
    case 2:
      let bits = UInt16(truncatingIfNeeded: value) & 0x1FFF
      unsafe at.storeBytes(of: 0xC0 | UInt8(truncatingIfNeeded: bits >> 8), as: UInt8.self)
      unsafe at.storeBytes(of: UInt8(truncatingIfNeeded: bits), toByteOffset: 1, as: UInt8.self)
    case 3:
      unsafe at.storeBytes(of: 0xF1, as: UInt8.self)
      unsafe at.storeBytes(of: Int16(truncatingIfNeeded: value), toByteOffset: 1, as: Int16.self)
    case 4:
      unsafe at.storeBytes(of: 0xF2, as: UInt8.self)
      unsafe at.storeBytes(of: UInt16(truncatingIfNeeded: value), toByteOffset: 1, as: UInt16.self)
      unsafe at.storeBytes(of: UInt8(truncatingIfNeeded: value >> 16), toByteOffset: 3, as: UInt8.self)
    case 5:
      unsafe at.storeBytes(of: 0xF3, as: UInt8.self)
      unsafe at.storeBytes(of: Int32(truncatingIfNeeded: value), toByteOffset: 1, as: Int32.self)
    default:
      unsafe at.storeBytes(of: 0xF4, as: UInt8.self)
      unsafe at.storeBytes(of: value, toByteOffset: 1, as: Int64.self)
    }
    unsafe at.storeBytes(of: UInt8(truncatingIfNeeded: length), toByteOffset: length, as: UInt8.self)
  }

  @inline(__always)
  private static func writeBackLength(_ length: Int, at: UnsafeMutableRawPointer) {
    if length <= 127 {
      unsafe at.storeBytes(of: UInt8(truncatingIfNeeded: length), as: UInt8.self)
      return
    }
    let size = backLengthSize(length)
    for index in 0..<size {
      let bits = UInt8(truncatingIfNeeded: length >> (7 &* (size &- 1 &- index))) & 127
      unsafe at.storeBytes(of: index == 0 ? bits : bits | 0x80, toByteOffset: index, as: UInt8.self)
    }
  }

  /// Makes the block unique and large enough, replaces `old` bytes at `position` by a gap of `new` bytes and
  /// answers where the gap is. `total` is right afterwards, `count` is the caller's. Moves the shorter side
  /// where there is room.
  @inline(__always)
  mutating func open(at position: Int, removing old: Int, inserting new: Int) -> UnsafeMutableRawPointer {
    let total = byteCount
    let needed = total &- old &+ new
    let behind = total &- position &- old
    if position < behind {
      if !(isUnique && canMoveFront(old, new)), position == Self.startPosition, behind >= 128,
        new &- old <= Self.mostStart
      {
        makeRoom(needed, inFront: true)
      }
      if isUnique, canMoveFront(old, new) {
        let from = unsafe body
        start = start &+ old &- new
        unsafe memmove(body, from, position)
        unsafe body.storeBytes(of: UInt32(truncatingIfNeeded: needed), as: UInt32.self)
        return unsafe body + position
      }
    }
    if start &+ needed > capacity || !isUnique { makeRoom(needed, inFront: false) }
    let at = unsafe body + position
    if old != new {
      unsafe memmove(at + new, at + old, behind)
      unsafe body.storeBytes(of: UInt32(truncatingIfNeeded: needed), as: UInt32.self)
    }
    return unsafe at
  }

  @inline(__always)
  private func canMoveFront(_ old: Int, _ new: Int) -> Bool {
    let begin = start &+ old &- new
    return begin >= 0 && begin <= Self.mostStart
  }

  /// Moves the listpack within its block.
  func slide(to begin: Int) {
    if begin == start { return }
    let from = unsafe body
    let total = byteCount
    start = begin
    unsafe memmove(body, from, total)
  }

  /// Makes the block unique, with room to become `needed` bytes long at its end, or in front (then by
  /// `mostStart` bytes at most). Slides if a quarter of the block is free, so that the cost is spread over
  /// many changes, else takes a larger block. A listpack that is changed at both ends gets room at both.
  @inline(never)
  private mutating func makeRoom(_ needed: Int, inFront: Bool) {
    let total = byteCount
    let most = max(needed, total)
    let growth = inFront ? most &- total : 0
    let free = capacity &- most
    if isUnique, free >= capacity / 4 { return slide(to: min(growth &+ free / 2, Self.mostStart)) }
    let otherSide = inFront ? capacity &- start &- total : start
    let usesBothSides = otherSide > 32 && otherSide >= most / 16
    let size = Self.roundedCapacity(usesBothSides ? most &+ most / 4 : most)
    let spare = size &- most
    let begin = min(growth &+ (usesBothSides ? spare / 2 : inFront ? spare : 0), Self.mostStart)
    if isUnique, start == 0, begin == 0 {
      unsafe block = understudy_reallocate(block, capacity &+ Self.prefix, size &+ Self.prefix)
    } else {
      let copy = unsafe understudy_allocate(size &+ Self.prefix)
      unsafe (copy + Self.prefix + begin).copyMemory(from: body, byteCount: total)
      release()
      unsafe block = copy
      owners = 1
      start = begin
    }
    unsafe block.storeBytes(of: UInt32(truncatingIfNeeded: size), toByteOffset: 4, as: UInt32.self)
  }
}
