// IntSet: a sorted array of integers in one block, in the form that Redis keeps and dumps.
//
//   +------+----------+==========+========+========+========+
//   | refs | capacity | encoding | length | number | number |   all little-endian
//   +------+----------+==========+========+========+========+
//     u32      u32       u32        u32      2, 4 or 8 bytes each, as `encoding` says
//
// What is drawn with double lines is the intset proper. All numbers have the width of the widest ever added.
//
// Ownership is that of `Listpack`: a handle, counted by hand; a change through a shared handle copies the
// block first.
//
// This file says `unsafe`. What keeps it safe: indices are checked against `count` by the searches that make
// them; foreign bytes enter through `init(validating:)` alone.

internal import CUnderstudyPlatform

/// A sorted set of 64-bit integers in one block of memory.
@safe
package struct IntSet {
  /// The block; changes when a mutation has to move or copy it.
  package private(set) var block: UnsafeMutableRawPointer

  private static let prefix = 8
  private static let dataOffset = 16

  private var blockSize: Int { Self.dataOffset &+ capacity }

  // MARK: Life

  /// An empty set of 16-bit numbers.
  package init() {
    self.init(bytes: 8, encoding: 2)
  }

  private init(bytes: Int, encoding: UInt32) {
    let capacity = Self.roundedCapacity(bytes)
    unsafe block = understudy_allocate(Self.dataOffset &+ capacity)
    unsafe block.storeBytes(of: 1, as: UInt32.self)
    unsafe block.storeBytes(of: UInt32(truncatingIfNeeded: capacity), toByteOffset: 4, as: UInt32.self)
    unsafe block.storeBytes(of: encoding, toByteOffset: 8, as: UInt32.self)
    unsafe block.storeBytes(of: 0, toByteOffset: 12, as: UInt32.self)
  }

  /// A handle on a block that another handle made.
  package init(block: UnsafeMutableRawPointer) { unsafe self.block = block }

  /// Adds an owner.
  package func retain() {
    let count = unsafe block.load(as: UInt32.self)
    unsafe block.storeBytes(of: count &+ 1, as: UInt32.self)
  }

  /// Gives up an owner; the last one frees the block.
  package func release() {
    let count = unsafe block.load(as: UInt32.self)
    if count == 1 {
      unsafe understudy_free(block, blockSize)
    } else {
      unsafe block.storeBytes(of: count &- 1, as: UInt32.self)
    }
  }

  /// Whether this is the only owner.
  package var isUnique: Bool { unsafe block.load(as: UInt32.self) == 1 }

  // MARK: Reading

  /// The number of integers.
  @inline(__always)
  package var count: Int { Int(unsafe block.load(fromByteOffset: 12, as: UInt32.self)) }

  @inline(__always)
  private var width: Int { Int(unsafe block.load(fromByteOffset: 8, as: UInt32.self)) }

  private var capacity: Int { Int(unsafe block.load(fromByteOffset: 4, as: UInt32.self)) }

  /// What the block costs in memory.
  package var memoryBytes: Int { Self.dataOffset &+ capacity &+ 8 }

  /// The intset proper, as DUMP writes it; lent until the next change.
  package var bytes: Bytes { unsafe Bytes(block + Self.prefix, count: 8 &+ count &* width) }

  /// The integer at `index` in ascending order; `index` must be within `0..<count`.
  @inline(__always)
  package subscript(index: Int) -> Int64 {
    assert(index >= 0 && index < count)
    return unsafe Self.load(block + Self.dataOffset, index, width)
  }

  @inline(__always)
  private static func load(_ data: UnsafeMutableRawPointer, _ index: Int, _ width: Int) -> Int64 {
    switch width {
    case 2: Int64(unsafe data.load(fromByteOffset: index &* 2, as: Int16.self))
    case 4: Int64(unsafe data.load(fromByteOffset: index &* 4, as: Int32.self))
    default: unsafe data.load(fromByteOffset: index &* 8, as: Int64.self)
    }
  }

  @inline(__always)
  private static func store(_ value: Int64, _ data: UnsafeMutableRawPointer, _ index: Int, _ width: Int) {
    switch width {
    case 2:
      unsafe data.storeBytes(of: Int16(truncatingIfNeeded: value), toByteOffset: index &* 2, as: Int16.self)
    case 4:
      unsafe data.storeBytes(of: Int32(truncatingIfNeeded: value), toByteOffset: index &* 4, as: Int32.self)
    default: unsafe data.storeBytes(of: value, toByteOffset: index &* 8, as: Int64.self)
    }
  }

  /// Where `value` is, or would have to be inserted.
  private func search(_ value: Int64) -> (found: Bool, index: Int) {
    let data = unsafe block + Self.dataOffset
    let width = width
    var low = 0
    var high = count
    // Numbers often arrive in ascending order.
    if high > 0, unsafe Self.load(data, high &- 1, width) < value { return (false, high) }
    while low < high {
      let middle = (low &+ high) >> 1
      let candidate = unsafe Self.load(data, middle, width)
      if candidate == value { return (true, middle) }
      if candidate < value { low = middle &+ 1 } else { high = middle }
    }
    return (false, low)
  }

  /// Whether `value` is in the set.
  package func contains(_ value: Int64) -> Bool { Self.width(of: value) <= width && search(value).found }

  // MARK: Changing

  private static func width(of value: Int64) -> Int {
    if value == Int64(Int16(truncatingIfNeeded: value)) { return 2 }
    return value == Int64(Int32(truncatingIfNeeded: value)) ? 4 : 8
  }

  /// Adds `value`; false if it was there.
  package mutating func insert(_ value: Int64) -> Bool {
    let needed = Self.width(of: value)
    if needed > width {
      widen(to: needed, adding: value)
      return true
    }
    let (found, index) = search(value)
    if found { return false }
    let count = count
    let width = width
    reserve((count &+ 1) &* width)
    let at = unsafe block + Self.dataOffset + index &* width
    unsafe memmove(at + width, at, (count &- index) &* width)
    unsafe Self.store(value, block + Self.dataOffset, index, width)
    unsafe block.storeBytes(of: UInt32(truncatingIfNeeded: count &+ 1), toByteOffset: 12, as: UInt32.self)
    return true
  }

  /// Removes `value`; false if it was not there.
  package mutating func remove(_ value: Int64) -> Bool {
    if Self.width(of: value) > width { return false }
    let (found, index) = search(value)
    if found { remove(at: index) }
    return found
  }

  /// Removes the integer at `index`, which must be within `0..<count`.
  package mutating func remove(at index: Int) {
    let count = count
    let width = width
    assert(index >= 0 && index < count)
    reserve(count &* width)
    let at = unsafe block + Self.dataOffset + index &* width
    unsafe memmove(at, at + width, (count &- index &- 1) &* width)
    unsafe block.storeBytes(of: UInt32(truncatingIfNeeded: count &- 1), toByteOffset: 12, as: UInt32.self)
  }

  /// A value that needs a wider form lies outside the range of all others: it becomes the first or the last.
  private mutating func widen(to width: Int, adding value: Int64) {
    let old = self
    let count = count
    let shift = value < 0 ? 1 : 0
    var wide = IntSet(bytes: (count &+ 1) &* width, encoding: UInt32(truncatingIfNeeded: width))
    let data = unsafe wide.block + Self.dataOffset
    for index in 0..<count { unsafe Self.store(old[index], data, index &+ shift, width) }
    unsafe Self.store(value, data, shift == 1 ? 0 : count, width)
    unsafe wide.block.storeBytes(
      of: UInt32(truncatingIfNeeded: count &+ 1), toByteOffset: 12, as: UInt32.self)
    swap(&self, &wide)
    wide.release()
  }

  /// Room in steps of at most a quarter, in sizes that allocators serve without waste.
  private static func roundedCapacity(_ bytes: Int) -> Int {
    let request = bytes &+ dataOffset &+ 8
    if request <= 128 { return ((request &+ 15) & ~15) &- dataOffset &- 8 }
    let step = 1 << (Int.bitWidth &- 1 &- (request &- 1).leadingZeroBitCount &- 2)
    return ((request &+ step &- 1) & ~(step &- 1)) &- dataOffset &- 8
  }

  /// Makes the block unique, with room for `bytes` of numbers.
  @inline(__always)
  private mutating func reserve(_ bytes: Int) {
    if bytes > capacity || !isUnique { makeRoom(bytes) }
  }

  @inline(never)
  private mutating func makeRoom(_ bytes: Int) {
    let used = count &* width
    let size = Self.roundedCapacity(max(bytes, used))
    if isUnique {
      unsafe block = understudy_reallocate(block, blockSize, Self.dataOffset &+ size)
    } else {
      let copy = unsafe understudy_allocate(Self.dataOffset &+ size)
      unsafe copy.copyMemory(from: block, byteCount: Self.dataOffset &+ used)
      release()
      unsafe block = copy
      unsafe block.storeBytes(of: 1, as: UInt32.self)
    }
    unsafe block.storeBytes(of: UInt32(truncatingIfNeeded: size), toByteOffset: 4, as: UInt32.self)
  }

  // MARK: Foreign bytes

  /// An intset from bytes of unknown origin, or nil if they are not a well-formed, strictly ascending intset.
  package init?(validating bytes: Bytes) {
    guard bytes.count >= 8 else { return nil }
    let encoding = unsafe bytes.pointer.loadUnaligned(as: UInt32.self)
    let length = Int(unsafe bytes.pointer.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    guard encoding == 2 || encoding == 4 || encoding == 8, length > 0 else { return nil }
    guard length &* Int(encoding) &+ 8 == bytes.count else { return nil }
    self.init(bytes: bytes.count &- 8, encoding: encoding)
    unsafe (block + Self.prefix).copyMemory(from: bytes.pointer, byteCount: bytes.count)
    for index in 1..<max(length, 1) where self[index &- 1] >= self[index] {
      unsafe understudy_free(block, blockSize)
      return nil
    }
  }
}
