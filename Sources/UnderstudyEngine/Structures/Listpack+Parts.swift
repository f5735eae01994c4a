// Listpack, continued: trimming, cutting in two, joining, and listpacks that come from outside.
//
// This file says `unsafe`. What keeps it safe: as in Listpack.swift; what comes from outside is walked here
// element by element, within its bounds, before anybody else may walk it.

internal import CUnderstudyPlatform

extension Listpack {
  /// Frees memory that was reserved for growth, for a block that is not likely to grow again.
  package mutating func trim() {
    let size = ((byteCount &+ 31) & ~15) &- 16
    if size < capacity, isUnique {
      slide(to: 0)
      unsafe block = understudy_reallocate(block, capacity &+ Self.prefix, size &+ Self.prefix)
      unsafe block.storeBytes(of: UInt32(truncatingIfNeeded: size), toByteOffset: 4, as: UInt32.self)
    }
  }

  /// Moves the elements from `position` on to a new listpack.
  package mutating func split(at position: Int) -> Listpack {
    let length = endPosition &- position
    let tail = Listpack(capacity: length &+ Self.emptyByteCount)
    unsafe (tail.body + Self.startPosition).copyMemory(from: body + position, byteCount: length)
    unsafe tail.body.storeBytes(of: 0xFF, toByteOffset: Self.startPosition &+ length, as: UInt8.self)
    unsafe tail.body.storeBytes(
      of: UInt32(truncatingIfNeeded: length &+ Self.emptyByteCount), as: UInt32.self)
    unsafe tail.body.storeBytes(of: UInt16.max, toByteOffset: 4, as: UInt16.self)
    let moved = tail.countByWalking()
    tail.setCount(moved)
    let before = count
    unsafe _ = open(at: position, removing: length, inserting: 0)
    setCount(before &- moved)
    return tail
  }

  /// Adds all elements of `other` at the end.
  package mutating func append(contentsOf other: Listpack) {
    let length = other.endPosition &- Self.startPosition
    if length == 0 { return }
    let total = count &+ other.count
    let at = unsafe open(at: endPosition, removing: 0, inserting: length)
    unsafe at.copyMemory(from: other.body + Self.startPosition, byteCount: length)
    setCount(total)
  }

  // MARK: Foreign bytes

  /// A listpack from bytes of unknown origin, or nil if they are not a well-formed listpack: every element is
  /// checked to lie within, to carry the right back-length, and the sum to be what the head says.
  package init?(validating bytes: Bytes) {
    let total = bytes.count
    guard total >= Self.emptyByteCount, total <= Self.maximumByteCount else { return nil }
    self.init(capacity: total)
    unsafe body.copyMemory(from: bytes.pointer, byteCount: total)
    if !isWellFormed(total: total) {
      unsafe understudy_free(block, capacity &+ Self.prefix)
      return nil
    }
  }

  func isWellFormed(total: Int) -> Bool {
    guard byteCount == total, unsafe body.load(fromByteOffset: total &- 1, as: UInt8.self) == 0xFF else {
      return false
    }
    let end = total &- 1
    var position = Self.startPosition
    var elements = 0
    while position < end {
      let head = unsafe body.load(fromByteOffset: position, as: UInt8.self)
      if head > 0xF4 { return false }
      // The length itself may need bytes that are not there any more.
      let headSize = head == 0xF0 ? 5 : head & 0xF0 == 0xE0 ? 2 : 1
      if position &+ headSize > end { return false }
      let length = unsafe Self.encodedLength(body + position)
      let size = Self.backLengthSize(length)
      if position &+ length &+ size > end { return false }
      let next = position &+ length &+ size
      if self.position(before: next) != position { return false }
      position = next
      elements &+= 1
    }
    let stored = Int(unsafe body.loadUnaligned(fromByteOffset: 4, as: UInt16.self))
    return position == end && (stored == Self.unknownCount || stored == elements)
  }
}
