// SharedBuffer: a long string outside its entry, shared by count.
//
// One block of the C allocator: reference count, count, capacity, bytes. The count is not atomic: a buffer
// belongs to one engine and is touched by one thread at a time. Holders are entries (one per snapshot
// version) and replies under way (a pending writev). Bytes change in place only at count one; the changing
// methods copy otherwise.
//
// Manual counting, like a C library: whoever stores a buffer owns one count and says `release()`. The methods
// that change the buffer may move it, so they are `mutating`; an entry's is changed by `var b =
// entry.buffer`, `b.append(…)`, `entry.buffer = b`.
//
// This file may say `unsafe`. What keeps it safe: the header is written by `init` before anything else
// sees it, offsets stay within `capacity` (checked by `reserve`), and nothing is read after the last
// `release`.

internal import CUnderstudyPlatform

/// A counted byte buffer of up to 512 MB (the caller's limit, not checked here).
@safe
package struct SharedBuffer: BitwiseCopyable {
  nonisolated(unsafe) var header: UnsafeMutableRawPointer

  private static var headerSize: Int { 24 }

  @inline(__always)
  init(header: UnsafeMutableRawPointer) { unsafe self.header = header }

  /// A buffer of `count` uninitialized bytes at count one. Fill them through `mutableBytes` before reading.
  package static func allocate(count: Int, capacity: Int = 0) -> SharedBuffer {
    let room = max(count, capacity)
    let header = unsafe understudy_allocate(headerSize &+ room)
    unsafe header.storeBytes(of: 1, toByteOffset: 0, as: Int.self)
    unsafe header.storeBytes(of: count, toByteOffset: 8, as: Int.self)
    unsafe header.storeBytes(of: room, toByteOffset: 16, as: Int.self)
    return unsafe SharedBuffer(header: header)
  }

  /// A buffer with a copy of `bytes`.
  package init(copying bytes: Bytes, capacity: Int = 0) {
    self = SharedBuffer.allocate(count: bytes.count, capacity: capacity)
    unsafe mutableBytes.copyMemory(from: bytes.pointer, byteCount: bytes.count)
  }

  private var references: Int {
    get { unsafe header.load(as: Int.self) }
    nonmutating set { unsafe header.storeBytes(of: newValue, as: Int.self) }
  }

  package private(set) var count: Int {
    get { unsafe header.load(fromByteOffset: 8, as: Int.self) }
    nonmutating set { unsafe header.storeBytes(of: newValue, toByteOffset: 8, as: Int.self) }
  }

  package private(set) var capacity: Int {
    get { unsafe header.load(fromByteOffset: 16, as: Int.self) }
    nonmutating set { unsafe header.storeBytes(of: newValue, toByteOffset: 16, as: Int.self) }
  }

  /// The bytes; they live as long as a count is held and nobody changes the buffer.
  package var bytes: Bytes { unsafe Bytes(header + SharedBuffer.headerSize, count: count) }

  /// Where the bytes lie. Write only to a buffer that `isUnique`, and within `capacity`.
  package var mutableBytes: UnsafeMutableRawPointer { unsafe header + SharedBuffer.headerSize }

  package var isUnique: Bool { references == 1 }

  /// What the block occupies.
  package var allocatedBytes: Int { SharedBuffer.headerSize &+ capacity &+ 8 }

  package func retain() { references &+= 1 }

  /// Gives up one count; the last one frees the bytes.
  package func release() {
    let left = references &- 1
    if left == 0 { unsafe understudy_free(header, SharedBuffer.headerSize &+ capacity) } else { references = left }
  }

  /// Makes the buffer its holder's own, with room for `needed` bytes. Growing leaves spare room for the next
  /// append: as much again up to 1 MB, then 1 MB.
  package mutating func reserve(_ needed: Int) {
    let unique = isUnique
    if unique && needed <= capacity { return }
    var room = max(needed, count)
    if needed > capacity { room &+= min(room, 1 << 20) }
    if unique {
      unsafe header = understudy_reallocate(
        header, SharedBuffer.headerSize &+ capacity, SharedBuffer.headerSize &+ room)
      capacity = room
    } else {
      let copy = SharedBuffer(copying: bytes, capacity: room)
      release()
      self = copy
    }
  }

  /// Appends; copies first if shared. `more` may be part of this very buffer.
  package mutating func append(_ more: Bytes) {
    replace(at: count, with: more)
  }

  /// Writes `replacement` at `offset` ≥ 0 (SETRANGE); a gap behind the present end becomes zero bytes. Copies
  /// first if shared. `replacement` may be part of this very buffer.
  package mutating func replace(at offset: Int, with replacement: Bytes) {
    let old = count
    let end = offset &+ replacement.count
    // A replacement inside this buffer moves with it: remember where, not at which address.
    let inside = unsafe replacement.pointer - UnsafeRawPointer(mutableBytes)
    let isInside = inside >= 0 && inside < capacity
    reserve(max(end, old))
    let start = unsafe mutableBytes
    if offset > old {
      unsafe (start + old).initializeMemory(as: UInt8.self, repeating: 0, count: offset &- old)
    }
    let source = unsafe isInside ? UnsafeRawPointer(start) + inside : replacement.pointer
    unsafe (start + offset).copyMemory(from: source, byteCount: replacement.count)
    if end > old { count = end }
  }

  /// Cuts or sets the length within the capacity; for who wrote through `mutableBytes`.
  package mutating func setCount(_ newCount: Int) {
    reserve(newCount)
    count = newCount
  }
}
