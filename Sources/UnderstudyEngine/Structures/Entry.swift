// Entry: a key with its value in one block of memory, and the layout of that block.
//
//   short (key ≤ 255 bytes)   meta 8 │ deadline 0 or 8 │ key │ value
//   long                      meta 8 │ sizes 8 │ hash 8 │ deadline 0 or 8 │ key │ value
//
//   meta   bits  0…7   reference count, 1…255; at 255 the entry is copied instead of shared
//          bits  8…11  ValueKind
//          bit  12     there is a deadline word (it may hold `noDeadline`)
//          bit  13     long form
//          bit  14     a hash that keeps deadlines of its fields
//          bits 16…23  key length (short form)
//          bits 24…32  length of an inline value
//          bits 33…38  block size: 16 n + 8 bytes (short form), what glibc really gives
//          bits 40…63  access: LRU clock or LFU counter, 24 bits as in Redis
//   sizes  key length in the low half, room for the value in the high half
//
// A value is inline bytes, an integer of 8 bytes or a pointer of 8 bytes, wherever the key ends: unaligned.
// The long form keeps the hash, so that splitting a segment never reads a key of many megabytes again.
// 16-byte key and 32-byte value: 56 bytes, a 64-byte block of malloc.
//
// An `Entry` is a borrowed handle like `Bytes`: it is valid until the table that gave it changes. Only one
// that came from `findMutable` may be changed, since others may be shared with a snapshot; `access` is the
// exception: it is a hint, and a snapshot may see it move (the keyspace takes care that none of its own does).
//
// This file may say `unsafe`. What keeps it safe: blocks are made only by `Entry.make`, which sizes them
// by the same layout that reads them, and every write is bounded by `valueCapacity`.

internal import CUnderstudyPlatform

@safe
package struct Entry: BitwiseCopyable {
  nonisolated(unsafe) let block: UnsafeMutableRawPointer

  @inline(__always)
  init(block: UnsafeMutableRawPointer) { unsafe self.block = block }

  /// The deadline of an entry that does not expire.
  package static var noDeadline: Int64 { .max }
  /// Strings up to this length lie in the entry; longer ones in a `SharedBuffer`.
  package static var inlineLimit: Int { 448 }
  /// `access` keeps this many low bits.
  package static var accessMask: UInt64 { 0xff_ffff }
  /// The longest key that an entry can hold; the limits of the protocol are lower.
  package static var keyLimit: Int { (1 << 32) - 1 }

  // MARK: Layout

  static var referenceMask: UInt64 { 0xff }
  static var kindShift: UInt64 { 8 }
  static var deadlineFlag: UInt64 { 1 << 12 }
  static var longFlag: UInt64 { 1 << 13 }
  static var fieldDeadlinesFlag: UInt64 { 1 << 14 }
  static var keyShift: UInt64 { 16 }
  static var keyMask: UInt64 { 0xff << 16 }
  static var inlineShift: UInt64 { 24 }
  static var inlineMask: UInt64 { 0x1ff << 24 }
  static var sizeShift: UInt64 { 33 }
  static var sizeMask: UInt64 { 0x3f << 33 }
  static var accessShift: UInt64 { 40 }
  static var shortKeyLimit: Int { 255 }

  @inline(__always)
  var meta: UInt64 {
    get { unsafe block.load(as: UInt64.self) }
    nonmutating set { unsafe block.storeBytes(of: newValue, as: UInt64.self) }
  }

  @inline(__always)
  static func headerSize(_ meta: UInt64) -> Int {
    // 8, and 8 for the deadline, and 16 for the long form; without a branch.
    8 &+ Int(truncatingIfNeeded: (meta & deadlineFlag) &>> 9)
      &+ Int(truncatingIfNeeded: (meta & longFlag) &>> 9)
  }

  @inline(__always)
  private func word(_ offset: Int) -> UInt64 { unsafe block.load(fromByteOffset: offset, as: UInt64.self) }

  @inline(__always)
  private func keyLength(_ meta: UInt64) -> Int {
    if meta & Entry.longFlag != 0 { return Int(truncatingIfNeeded: word(8) & 0xffff_ffff) }
    return Int(truncatingIfNeeded: (meta & Entry.keyMask) &>> Entry.keyShift)
  }

  @inline(__always)
  private func valueOffset(_ meta: UInt64) -> Int { Entry.headerSize(meta) &+ keyLength(meta) }

  @inline(__always)
  private func inlineLength(_ meta: UInt64) -> Int {
    Int(truncatingIfNeeded: (meta & Entry.inlineMask) &>> Entry.inlineShift)
  }

  /// The size of a block in the short form.
  @inline(__always)
  private static func shortSize(_ meta: UInt64) -> Int {
    Int(truncatingIfNeeded: (meta & sizeMask) &>> (sizeShift &- 4)) &+ 8
  }

  /// How many bytes the block has for the value.
  @inline(__always)
  func valueCapacity(_ meta: UInt64) -> Int {
    if meta & Entry.longFlag != 0 { return Int(truncatingIfNeeded: word(8) &>> 32) }
    return Entry.shortSize(meta) &- valueOffset(meta)
  }

  /// The size of the block as it was asked for.
  @inline(__always)
  var blockSize: Int {
    let meta = meta
    return meta & Entry.longFlag == 0 ? Entry.shortSize(meta) : valueOffset(meta) &+ valueCapacity(meta)
  }

  /// The full hash; long form only.
  var storedHash: UInt64? { meta & Entry.longFlag != 0 ? word(16) : nil }

  // MARK: Reading

  @inline(__always)
  package var key: Bytes {
    let meta = meta
    return unsafe Bytes(block + Entry.headerSize(meta), count: keyLength(meta))
  }

  @inline(__always)
  package var kind: ValueKind {
    unsafe unsafeBitCast(UInt8(truncatingIfNeeded: meta &>> Entry.kindShift) & 0xf, to: ValueKind.self)
  }

  /// Whether the value is a hash without deadlines of fields, told by one comparison: that is how the others
  /// cost the plain ones nothing.
  @inline(__always)
  package var isPlainHash: Bool {
    let mask = 0xf << Entry.kindShift | Entry.fieldDeadlinesFlag
    return meta & mask == UInt64(ValueKind.hash.rawValue) << Entry.kindShift
  }

  /// Whether the value is a hash that keeps deadlines of its fields.
  @inline(__always)
  package var hasFieldDeadlines: Bool { meta & Entry.fieldDeadlinesFlag != 0 }

  /// Whether an index of deadlines may know of the entry: for its own deadline or those of its fields.
  @inline(__always)
  package var isIndexed: Bool { meta & (Entry.deadlineFlag | Entry.fieldDeadlinesFlag) != 0 }

  /// The hash of the entry, which must be its own (`mutableHash`), begins to keep deadlines of fields.
  package func keepFieldDeadlines() {
    hash.keepDeadlines()
    meta |= Entry.fieldDeadlinesFlag
  }

  /// Milliseconds of the data clock at which the entry expires; `Entry.noDeadline` if it does not.
  @inline(__always)
  package var deadlineMilliseconds: Int64 {
    let meta = meta
    if meta & Entry.deadlineFlag == 0 { return Entry.noDeadline }
    return unsafe block.load(fromByteOffset: Entry.headerSize(meta) &- 8, as: Int64.self)
  }

  /// The LRU clock or LFU counter: the low 24 bits of what was stored.
  @inline(__always)
  package var access: UInt64 {
    get { meta &>> Entry.accessShift }
    nonmutating set {
      meta = (meta & (1 << Entry.accessShift - 1)) | (newValue &<< Entry.accessShift)
    }
  }

  /// The bytes of a value of kind `.inline`.
  @inline(__always)
  package var inlineBytes: Bytes {
    let meta = meta
    assert(kind == .inline)
    return unsafe Bytes(block + valueOffset(meta), count: inlineLength(meta))
  }

  /// The value of kind `.integer`.
  @inline(__always)
  package var integer: Int64 {
    get {
      assert(kind == .integer)
      return unsafe block.loadUnaligned(fromByteOffset: valueOffset(meta), as: Int64.self)
    }
    nonmutating set {
      assert(kind == .integer)
      unsafe block.storeBytes(of: newValue, toByteOffset: valueOffset(meta), as: Int64.self)
    }
  }

  /// The value of kind `.buffer`. Setting stores the pointer and counts nothing: read it, change it, put it
  /// back.
  @inline(__always)
  package var buffer: SharedBuffer {
    get {
      assert(kind == .buffer)
      return unsafe SharedBuffer(header: payload)
    }
    nonmutating set {
      assert(kind == .buffer)
      unsafe payload = newValue.header
    }
  }

  /// The value of a container kind. Setting stores the pointer and counts nothing.
  @inline(__always)
  package var container: UnsafeMutableRawPointer {
    get {
      assert(kind.isContainer)
      return unsafe payload
    }
    nonmutating set {
      assert(kind.isContainer)
      unsafe payload = newValue
    }
  }

  /// The string value of the kinds `.inline` and `.buffer`; nil for the others.
  @inline(__always)
  package var stringBytes: Bytes? {
    switch kind {
    case .inline: return inlineBytes
    case .buffer: return buffer.bytes
    default: return nil
    }
  }

  /// What the entry occupies, its buffer or container included; an estimate for MEMORY USAGE.
  package var allocatedBytes: Int {
    let kind = kind
    return blockSize &+ 8 &+ (kind.hasPayload ? unsafe ValuePayload.allocatedBytes(kind, payload) : 0)
  }

  @inline(__always)
  var payload: UnsafeMutableRawPointer {
    get { unsafe block.loadUnaligned(fromByteOffset: valueOffset(meta), as: UnsafeMutableRawPointer.self) }
    nonmutating set {
      unsafe block.storeBytes(of: newValue, toByteOffset: valueOffset(meta), as: UnsafeMutableRawPointer.self)
    }
  }

  /// Whether the entry's key is `key`. One load of the meta word decides most misses.
  @inline(__always)
  func matches(_ key: Bytes) -> Bool {
    let meta = meta
    let count = key.count
    if meta & (Entry.longFlag | Entry.keyMask) == UInt64(truncatingIfNeeded: count) &<< Entry.keyShift {
      // Lengths beyond 255 overlap no short form: the comparison above saw bits outside the two masks.
      return unsafe understudy_equal(block + Entry.headerSize(meta), key.pointer, count)
    }
    if meta & Entry.longFlag == 0 || keyLength(meta) != count { return false }
    return unsafe understudy_equal(block + Entry.headerSize(meta), key.pointer, count)
  }

  // MARK: Making, sharing, ending

  /// A new block at count one. The value's payload is taken over.
  @inline(never)
  static func make(
    key: Bytes, hash: UInt64, value: FlatValue, deadline: Int64, access: UInt64, storesHash: Bool
  ) -> Entry {
    let length = key.count
    var meta: UInt64 = 1 | (access &<< accessShift) | value.metaBits
    if deadline != noDeadline { meta |= deadlineFlag }
    let isLong = storesHash || length > shortKeyLimit
    if isLong { meta |= longFlag }
    let header = headerSize(meta)
    let units = (header &+ length &+ value.count &+ 7) &>> 4
    let size = units &* 16 &+ 8
    let block = unsafe understudy_allocate(size)
    if isLong {
      let room = size &- header &- length
      let sizes = UInt64(truncatingIfNeeded: length) | UInt64(truncatingIfNeeded: room) &<< 32
      unsafe block.storeBytes(of: sizes, toByteOffset: 8, as: UInt64.self)
      unsafe block.storeBytes(of: hash, toByteOffset: 16, as: UInt64.self)
    } else {
      meta |=
        UInt64(truncatingIfNeeded: length) &<< keyShift | UInt64(truncatingIfNeeded: units) &<< sizeShift
    }
    unsafe block.storeBytes(of: meta, as: UInt64.self)
    if meta & deadlineFlag != 0 {
      unsafe block.storeBytes(of: deadline, toByteOffset: header &- 8, as: Int64.self)
    }
    unsafe understudy_copy(block + header, key.pointer, length)
    unsafe value.write(to: block + (header &+ length))
    return unsafe Entry(block: block)
  }

  /// The usual case of `overwrite`: a short string over a short string or integer, without deadline,
  /// unshared. The kind that was there; nil if the case is another one.
  @inline(__always)
  func overwriteShort(_ bytes: Bytes, keyCount: Int, access: UInt64) -> ValueKind? {
    let meta = meta
    // Count one, kind below `.buffer`, no deadline word, short form.
    if meta & (Entry.referenceMask | 0xe << Entry.kindShift | Entry.deadlineFlag | Entry.longFlag) != 1 {
      return nil
    }
    let count = bytes.count
    let room = Int(truncatingIfNeeded: ((meta & Entry.sizeMask) &>> Entry.sizeShift) &<< 4) &- keyCount
    if count > room || count > Entry.inlineLimit || room > count &* 2 &+ 64 { return nil }
    unsafe understudy_copy(block + (keyCount &+ 8), bytes.pointer, count)
    self.meta =
      (meta & Entry.keptByOverwrite) | UInt64(truncatingIfNeeded: count) &<< Entry.inlineShift
      | access &<< Entry.accessShift
    return meta & 1 << Entry.kindShift == 0 ? .inline : .integer
  }

  /// Puts a new value and deadline into the block, and releases what was there, if the entry is unshared and
  /// the block has room without being mostly empty. The value's bytes may be those of the old value.
  func overwrite(_ value: FlatValue, deadline: Int64, access: UInt64) -> Bool {
    let meta = meta
    let room = valueCapacity(meta)
    if meta & Entry.referenceMask != 1 || value.count > room || room > value.count &* 2 &+ 64 { return false }
    if meta & Entry.deadlineFlag != 0 {
      storeDeadline(deadline)
    } else if deadline != Entry.noDeadline {
      return false
    }
    let place = unsafe block + valueOffset(meta)
    let kind = kind
    let old = unsafe kind.hasPayload ? payload : nil
    unsafe value.write(to: place)
    self.meta = (meta & Entry.keptByOverwrite) | value.metaBits | (access &<< Entry.accessShift)
    if let old = unsafe old { unsafe ValuePayload.release(kind, old) }
    return true
  }

  /// All of the meta word but what describes the value, and access.
  private static var keptByOverwrite: UInt64 {
    ~(inlineMask | 0xf << kindShift | fieldDeadlinesFlag) & ((1 << accessShift) - 1)
  }

  /// Makes the value an empty string; what was there is not released.
  func forgetPayload() { meta &= ~(Entry.inlineMask | 0xf << Entry.kindShift | Entry.fieldDeadlinesFlag) }

  /// Writes the deadline word, which the block must have.
  @inline(__always)
  func storeDeadline(_ deadline: Int64) {
    unsafe block.storeBytes(of: deadline, toByteOffset: Entry.headerSize(meta) &- 8, as: Int64.self)
  }

  @inline(__always)
  var hasDeadlineWord: Bool { meta & Entry.deadlineFlag != 0 }

  @inline(__always)
  var isUnique: Bool { meta & Entry.referenceMask == 1 }

  var referenceCount: Int { Int(meta & Entry.referenceMask) }

  /// One more holder: the entry itself, or a copy when the count is full.
  func share() -> Entry {
    let meta = meta
    if meta & Entry.referenceMask == Entry.referenceMask { return copy() }
    self.meta = meta &+ 1
    return self
  }

  /// A copy at count one with its own hold on the payload.
  func copy() -> Entry {
    let size = blockSize
    let copy = unsafe Entry(block: understudy_allocate(size))
    unsafe copy.block.copyMemory(from: block, byteCount: size)
    copy.meta = (meta & ~Entry.referenceMask) | 1
    if kind.hasPayload { unsafe copy.payload = ValuePayload.clone(kind, payload) }
    return copy
  }

  /// Gives up one holder; the last one frees the block and what it holds.
  func release() {
    let meta = meta
    if meta & Entry.referenceMask != 1 {
      self.meta = meta &- 1
      return
    }
    let kind = kind
    if kind.hasPayload { unsafe ValuePayload.release(kind, payload) }
    freeBlock()
  }

  /// Frees the block, but not what the value refers to.
  func freeBlock() { unsafe understudy_free(block, blockSize) }

  /// The value for another entry, which takes it over: what lies outside is shared until either side changes.
  package func sharedValue() -> NewValue {
    if kind.hasPayload { _ = unsafe ValuePayload.clone(kind, payload) }
    return borrowedValue
  }

  /// What the value is, for handing it on. Counts nothing.
  var borrowedValue: NewValue {
    let kind = kind
    switch kind {
    case .inline: return .bytes(inlineBytes)
    case .integer: return .integer(integer)
    case .buffer: return .buffer(buffer)
    default: return unsafe .container(kind, payload)
    }
  }
}

/// A value on its way into a table.
@safe
package enum NewValue {
  /// A string, copied; beyond `Entry.inlineLimit` into a `SharedBuffer`.
  case bytes(Bytes)
  /// A string that is the canonical decimal form of this integer.
  case integer(Int64)
  /// A buffer, of which one count is taken over.
  case buffer(SharedBuffer)
  /// A container, whose ownership is taken over.
  case container(ValueKind, UnsafeMutableRawPointer)
}

/// A `NewValue` as it goes into a block: what to write, how many bytes, and its part of the meta word.
@safe
struct FlatValue {
  /// The bytes the value takes in the block.
  let count: Int
  /// Kind and inline length, in their places.
  let metaBits: UInt64
  /// Address of the bytes of an inline value; the integer, or the payload's address, of the others.
  private let bits: UInt64

  @inline(__always)
  init(_ value: NewValue) {
    switch value {
    case .bytes(let bytes) where bytes.count <= Entry.inlineLimit:
      count = bytes.count
      metaBits = UInt64(truncatingIfNeeded: bytes.count) &<< Entry.inlineShift
      bits = unsafe UInt64(UInt(bitPattern: bytes.pointer))
      return
    case .bytes(let bytes):
      bits = unsafe UInt64(UInt(bitPattern: SharedBuffer(copying: bytes).header))
      metaBits = UInt64(ValueKind.buffer.rawValue) &<< Entry.kindShift
    case .integer(let integer):
      bits = UInt64(bitPattern: integer)
      metaBits = UInt64(ValueKind.integer.rawValue) &<< Entry.kindShift
    case .buffer(let buffer):
      bits = unsafe UInt64(UInt(bitPattern: buffer.header))
      metaBits = UInt64(ValueKind.buffer.rawValue) &<< Entry.kindShift
    case .container(let kind, let pointer):
      bits = UInt64(UInt(bitPattern: pointer))
      let hasDeadlines = unsafe kind == .hash && HashValue(pointer: pointer).keepsDeadlines
      metaBits = UInt64(kind.rawValue) &<< Entry.kindShift | (hasDeadlines ? Entry.fieldDeadlinesFlag : 0)
    }
    count = 8
  }

  @inline(__always)
  func write(to place: UnsafeMutableRawPointer) {
    if metaBits & 0xf << Entry.kindShift == 0 {
      // An empty value may have any address, none of which is read.
      if let source = unsafe UnsafeRawPointer(bitPattern: UInt(bits)) {
        unsafe understudy_copy(place, source, count)
      }
    } else {
      unsafe place.storeBytes(of: bits, as: UInt64.self)
    }
  }
}

/// An entry that was taken out of its table and is freed, with its payload, when this goes away. It may be
/// kept for lazy freeing.
@safe
package struct DetachedEntry: ~Copyable {
  package let entry: Entry

  init(_ entry: Entry) { self.entry = entry }

  /// The value for another key or table (RENAME, MOVE), which must take it over. `.bytes` is borrowed from
  /// this entry: store it before this goes away. Call it once.
  package func takePayload() -> NewValue {
    let value = entry.borrowedValue
    switch value {
    case .bytes, .integer: return value
    case .buffer(let buffer):
      if entry.isUnique { entry.forgetPayload() } else { buffer.retain() }
      return value
    case .container(let kind, let pointer):
      if entry.isUnique {
        entry.forgetPayload()
        return value
      }
      return unsafe .container(kind, ValuePayload.clone(kind, pointer))
    }
  }

  deinit { entry.release() }
}
