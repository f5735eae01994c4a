// StreamGroups: the consumer groups of a stream.
//
//   groups (by name) ─ group: last ID, entries read, pending: ID → (consumer, time, deliveries)
//                             consumers (by name) ─ consumer: times, pending: the IDs that are its
//
// An entry that was delivered and not acknowledged is pending twice: in the group, with all that is known of it, and in
// its consumer. Only this file's functions change the two, so that they agree. A consumer is known by its slot, which is
// its own until it is removed.
//
// Groups are values: a copy shares everything until either side changes, piece by piece. The stream carries them along
// in a box (StreamValue.swift), one for each stream.
//
// Their memory is Swift's own, so the box counts it by what is in them (`StreamGroup.countedBytes`), a copy's too.

internal import CUnderstudyPlatform

/// The box in which a stream holds its groups.
final class StreamGroups {
  /// In the order of their names.
  private(set) var groups: [StreamGroup] = []

  init() {}

  /// A box with the same groups, which are shared until either side changes them.
  init(copying other: StreamGroups) {
    groups = other.groups
    for group in groups { understudy_count(group.countedBytes) }
  }

  deinit { for group in groups { understudy_count(-group.countedBytes) } }

  /// The index of the group of this name.
  func index(of name: Bytes) -> Int? {
    let index = insertionIndex(name)
    return index < groups.count && groups[index].hasName(name) ? index : nil
  }

  private func insertionIndex(_ name: Bytes) -> Int {
    ByteOrder.insertionIndex(of: name, count: groups.count) { groups[$0].name }
  }

  /// Adds a group; false if there is one of this name.
  func add(_ name: Bytes, lastID: StreamID, entriesRead: Int64?) -> Bool {
    let index = insertionIndex(name)
    if index < groups.count && groups[index].hasName(name) { return false }
    let group = StreamGroup(name: name.copied(), lastID: lastID, entriesRead: entriesRead)
    understudy_count(group.countedBytes)
    groups.insert(group, at: index)
    return true
  }

  func remove(at index: Int) { understudy_count(-groups.remove(at: index).countedBytes) }

  /// The group at an index, to be changed in place.
  subscript(index: Int) -> StreamGroup {
    _read { yield groups[index] }
    _modify {
      let before = groups[index].countedBytes
      defer { understudy_count(groups[index].countedBytes - before) }
      yield &groups[index]
    }
  }

  /// About how many blocks of memory the groups take.
  var chunkCount: Int { groups.reduce(0) { $0 + $1.chunkCount } }

  /// What the groups cost in memory; an estimate.
  var memoryBytes: Int { groups.reduce(64) { $0 + $1.memoryBytes } }

  /// Frees about `budget` blocks of groups that nobody reads any more; answers whether all are freed.
  func releaseSome(budget: Int) -> Bool {
    var left = budget
    while left > 0, !groups.isEmpty {
      let before = groups[groups.count - 1].countedBytes
      left -= groups[groups.count - 1].removeChunks(left)
      let isEmpty = groups[groups.count - 1].chunkCount == 0
      understudy_count((isEmpty ? 0 : groups[groups.count - 1].countedBytes) - before)
      if isEmpty { groups.removeLast() }
      left -= 1
    }
    return groups.isEmpty
  }
}

/// What is known of an entry that was delivered to a consumer.
struct StreamDelivery {
  /// The consumer's slot.
  var consumer: Int
  /// When it was delivered last, in milliseconds of the data clock.
  var time: Int64
  var count: Int64
}

struct StreamConsumer {
  let name: [UInt8]
  /// When it last tried something, in milliseconds of the data clock.
  var seenTime: Int64
  /// When it last got an entry; nil before.
  var activeTime: Int64?
  /// The IDs of the entries that it has not acknowledged.
  fileprivate(set) var pending = StreamIDMap<Void>()
}

struct StreamGroup {
  let name: [UInt8]
  /// The last entry that was delivered to anyone.
  var lastID: StreamID
  /// How many entries of the stream that makes; nil if it is not known.
  var entriesRead: Int64?
  private(set) var pending = StreamIDMap<StreamDelivery>()
  private var slots: [StreamConsumer?] = []
  private var freeSlots: [Int] = []
  /// The slots of all consumers, in the order of their names.
  private(set) var consumers: [Int] = []

  init(name: [UInt8], lastID: StreamID, entriesRead: Int64?) {
    self.name = name
    self.lastID = lastID
    self.entriesRead = entriesRead
  }

  func hasName(_ other: Bytes) -> Bool { name.withBytes { $0 == other } }

  // MARK: Consumers

  /// The consumer in a slot; nil if it is free.
  func consumer(_ slot: Int) -> StreamConsumer? { slots.indices.contains(slot) ? slots[slot] : nil }

  /// The slot of the consumer of this name.
  func slot(of name: Bytes) -> Int? {
    let index = insertionIndex(name)
    guard index < consumers.count, let consumer = slots[consumers[index]],
      consumer.name.withBytes({ $0 == name })
    else { return nil }
    return consumers[index]
  }

  private func insertionIndex(_ name: Bytes) -> Int {
    ByteOrder.insertionIndex(of: name, count: consumers.count) { slots[consumers[$0]]?.name ?? [] }
  }

  /// Adds a consumer, of whose name there is none, and answers its slot.
  mutating func addConsumer(_ name: Bytes, now: Int64) -> Int {
    let index = insertionIndex(name)
    let consumer = StreamConsumer(name: name.copied(), seenTime: now)
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
      slots[slot] = consumer
    } else {
      slot = slots.count
      slots.append(consumer)
    }
    consumers.insert(slot, at: index)
    return slot
  }

  /// Removes a consumer with what is pending for it, and answers how much that was.
  mutating func removeConsumer(_ slot: Int) -> Int {
    guard let consumer = consumer(slot) else { return 0 }
    consumer.pending.forEach {
      pending.remove($0.id)
      return true
    }
    consumers.removeAll { $0 == slot }
    slots[slot] = nil
    freeSlots.append(slot)
    return consumer.pending.count
  }

  /// A consumer tries something.
  mutating func noteSeen(_ slot: Int, now: Int64) { slots[slot]?.seenTime = now }

  /// A consumer has got something.
  mutating func noteActive(_ slot: Int, now: Int64) { slots[slot]?.activeTime = now }

  // MARK: Pending entries

  /// An entry is delivered to a consumer, whoever had it before.
  mutating func deliver(_ id: StreamID, to slot: Int, now: Int64, count: Int64 = 1) {
    let before = pending.set(id, StreamDelivery(consumer: slot, time: now, count: count))
    if let before {
      if before.consumer == slot { return }
      slots[before.consumer]?.pending.remove(id)
    }
    slots[slot]?.pending.set(id, ())
  }

  /// An entry is delivered again to the consumer that has it.
  mutating func deliverAgain(_ id: StreamID, now: Int64) {
    guard let position = pending.find(id) else { return }
    pending[position].time = now
    pending[position].count &+= 1
  }

  /// An entry is no longer pending; false if it was not.
  @discardableResult
  mutating func acknowledge(_ id: StreamID) -> Bool {
    guard let delivery = pending.remove(id) else { return false }
    slots[delivery.consumer]?.pending.remove(id)
    return true
  }

  // MARK: Memory

  var chunkCount: Int {
    slots.reduce(pending.chunkCount) { $0 + ($1.map { 1 + $0.pending.chunkCount } ?? 0) }
  }

  var memoryBytes: Int {
    slots.reduce(pending.memoryBytes + name.count + 160) {
      $0 + 80 + ($1.map { $0.name.count + $0.pending.memoryBytes } ?? 0)
    }
  }

  /// What the group counts as: from the numbers of what is in it, so that asking costs nothing.
  var countedBytes: Int64 {
    let entry =
      MemoryLayout<StreamIDMap<StreamDelivery>.Item>.stride + MemoryLayout<StreamIDMap<Void>.Item>.stride
    return Int64(160 + name.count + slots.count * (MemoryLayout<StreamConsumer?>.stride + 96) + pending.count * entry)
  }

  /// Frees up to so many blocks of a group that nobody reads any more; answers how many.
  mutating func removeChunks(_ most: Int) -> Int {
    var removed = pending.removeChunks(most)
    while removed < most, let last = slots.last {
      if let chunks = last?.pending.chunkCount, chunks > 0 {
        removed += slots[slots.count - 1]?.pending.removeChunks(most - removed) ?? 0
      } else {
        slots.removeLast()
        removed += 1
      }
    }
    return removed
  }

  /// What is wrong, or nil. For tests.
  func checkInvariants() -> String? {
    if let problem = pending.checkInvariants() { return problem }
    var total = 0
    for slot in consumers {
      guard let consumer = consumer(slot) else { return "an empty slot among the consumers" }
      if let problem = consumer.pending.checkInvariants() { return problem }
      total += consumer.pending.count
      var isRight = true
      consumer.pending.forEach {
        if pending[$0.id]?.consumer != slot { isRight = false }
        return isRight
      }
      if !isRight { return "an entry that is another consumer's" }
    }
    return total == pending.count ? nil : "\(total) entries of consumers, \(pending.count) of the group"
  }
}
