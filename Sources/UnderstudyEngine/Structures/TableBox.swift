// TableBox: a key table in a block of its own, for containers that became large.
//
// This file says `unsafe`. What keeps it safe: the pointer is made by `make` and initialized there; the
// container that owns it calls `free` once.

internal import CUnderstudyPlatform

/// A key table in stable memory.
@safe
struct TableBox: BitwiseCopyable {
  nonisolated(unsafe) let pointer: UnsafeMutablePointer<KeyTable>

  @inline(__always)
  init(body: UnsafeMutableRawPointer) { unsafe pointer = body.assumingMemoryBound(to: KeyTable.self) }

  private init(_ pointer: UnsafeMutablePointer<KeyTable>) { unsafe self.pointer = pointer }

  static func make(_ table: consuming KeyTable) -> TableBox {
    let pointer = UnsafeMutablePointer<KeyTable>.allocate(capacity: 1)
    understudy_count(understudy_block_cost(MemoryLayout<KeyTable>.size))
    unsafe pointer.initialize(to: table)
    return unsafe TableBox(pointer)
  }

  static func make(seed: HashSeed) -> TableBox { make(KeyTable(seed: seed, keepsAccess: false)) }

  func free() {
    understudy_count(-understudy_block_cost(MemoryLayout<KeyTable>.size))
    unsafe pointer.deinitialize(count: 1)
    unsafe pointer.deallocate()
  }

  var body: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  @inline(__always)
  var count: Int { unsafe pointer.pointee.count }

  @inline(__always)
  func find(_ key: Bytes) -> Entry? { unsafe pointer.pointee.find(key, hash: pointer.pointee.hash(key)) }

  /// Stores a value; true if the key is new.
  @inline(__always)
  func set(_ key: Bytes, _ value: NewValue) -> Bool {
    unsafe !pointer.pointee.set(value, for: key, hash: pointer.pointee.hash(key)).existed
  }

  /// Stores a value and its deadline, and tells what was there.
  func set(_ key: Bytes, _ value: NewValue, deadline: DeadlineChange) -> KeyTable.Previous {
    unsafe pointer.pointee.set(value, for: key, hash: pointer.pointee.hash(key), deadline: deadline)
  }

  /// Sets the deadline of a key, and tells the old one; nil if there is no such key.
  func setDeadline(_ deadline: Int64, for key: Bytes) -> Int64? {
    unsafe pointer.pointee.setDeadline(deadline, for: key, hash: pointer.pointee.hash(key))
  }

  func hash(_ key: Bytes) -> UInt64 { unsafe pointer.pointee.hash(key) }

  /// Takes the entry of a key out.
  func take(_ key: Bytes) -> DetachedEntry? {
    unsafe pointer.pointee.remove(key, hash: pointer.pointee.hash(key))
  }

  /// Calls `body` with each entry of this hash.
  func forEachEntry(hash: UInt64, _ body: (Entry) -> Void) {
    unsafe pointer.pointee.forEachEntry(hash: hash, body)
  }

  @inline(__always)
  func remove(_ key: Bytes) -> Bool {
    guard let entry = unsafe pointer.pointee.remove(key, hash: pointer.pointee.hash(key)) else {
      return false
    }
    _ = consume entry
    return true
  }

  /// Frees about `budget` entries of a table that nobody reads any more; whether that was all.
  func releaseSome(budget: Int) -> Bool { unsafe pointer.pointee.releaseSome(budget: budget) }

  func snapshot() -> TableBox { unsafe .make(pointer.pointee.snapshot()) }

  func forEach(_ body: (Entry) -> Void) { unsafe pointer.pointee.forEach(body) }

  func scan(cursor: UInt64, _ body: (Entry) -> Void) -> UInt64 {
    unsafe pointer.pointee.scan(cursor: cursor, body)
  }

  func randomEntry(using generator: inout some RandomNumberGenerator) -> Entry? {
    unsafe pointer.pointee.randomEntry(using: &generator)
  }

  var allocatedBytes: Int { unsafe pointer.pointee.allocatedBytes &+ MemoryLayout<KeyTable>.size &+ 8 }
}
