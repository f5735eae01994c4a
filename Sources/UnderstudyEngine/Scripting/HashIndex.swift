// HashIndex: what finds scripts and functions by the hash of their name or body.
//
// This file may say `unsafe`. What keeps it safe: slots are bounded by a power of two that is never full.

/// Positions by 64-bit hash, with open addressing. Nothing is ever removed singly.
@safe
struct HashIndex: ~Copyable {
  private struct Slot {
    var hash: UInt64 = 0
    var position = -1
  }
  private var slots: UnsafeMutablePointer<Slot>
  private var capacity = 16
  private var count = 0

  init() {
    unsafe slots = .allocate(capacity: capacity)
    unsafe slots.initialize(repeating: Slot(), count: capacity)
  }

  deinit { unsafe slots.deallocate() }

  @inline(__always)
  func find(_ hash: UInt64, _ isWanted: (Int) -> Bool) -> Int? {
    var index = Int(truncatingIfNeeded: hash) & (capacity - 1)
    while true {
      let slot = unsafe slots[index]
      if slot.position < 0 { return nil }
      if slot.hash == hash && isWanted(slot.position) { return slot.position }
      index = (index + 1) & (capacity - 1)
    }
  }

  mutating func insert(_ hash: UInt64, _ position: Int) {
    if count * 2 >= capacity { grow() }
    place(Slot(hash: hash, position: position))
    count += 1
  }

  private mutating func place(_ slot: Slot) {
    var index = Int(truncatingIfNeeded: slot.hash) & (capacity - 1)
    while unsafe slots[index].position >= 0 { index = (index + 1) & (capacity - 1) }
    unsafe slots[index] = slot
  }

  private mutating func grow() {
    let old = unsafe slots
    let oldCapacity = capacity
    capacity *= 2
    unsafe slots = .allocate(capacity: capacity)
    unsafe slots.initialize(repeating: Slot(), count: capacity)
    for index in 0..<oldCapacity where unsafe old[index].position >= 0 { place(unsafe old[index]) }
    unsafe old.deallocate()
  }
}
