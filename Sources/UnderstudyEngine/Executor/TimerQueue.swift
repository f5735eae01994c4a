// TimerQueue: what must happen at a time of the wait clock. A binary heap; a timer that is no longer wanted is not
// searched for but skipped when it comes up (its token has been used), and the heap is swept when most of it is stale.
//
// This file may say `unsafe`. What keeps it safe: the flag that it sets lives as long as the engine's state.

/// What a timer is for.
enum TimerKind {
  /// A blocked client's time is up.
  case unblock(session: UInt64, token: UInt64)
  /// A pause of clients ends.
  case unpause
  /// DEBUG SLEEP ends.
  case wake
  /// A client's output has been over its soft limit for as long as it may be.
  case outputLimit(session: UInt64)
  /// A client may have been idle for too long; by how often the timeout had been changed when this was set.
  case idle(generation: Int)
  /// Output that a fault holds back may leave; a delay is over; a connection may have been idle as long as a rule says; a
  /// rule ends.
  case shape(session: UInt64)
  case resume(session: UInt64)
  case faultIdle(session: UInt64, rule: Int)
  case faultEnd(rule: Int)
}

struct TimerQueue {
  private struct Item {
    /// Wait clock, microseconds.
    var due: Int64
    /// Timers of one time go off in the order in which they were set.
    var order: UInt64
    var kind: TimerKind
  }
  private var heap: [Item] = []
  private var nextOrder: UInt64 = 0
  /// How many of the timers set are known to be unwanted.
  private(set) var staleCount = 0

  var count: Int { heap.count }
  /// When the next timer goes off.
  var nextDue: Int64? { heap.first?.due }

  mutating func add(_ kind: TimerKind, due: Int64) {
    heap.append(Item(due: due, order: nextOrder, kind: kind))
    nextOrder += 1
    siftUp(heap.count - 1)
  }

  /// The next timer that is due at `now`; each is given once.
  mutating func popDue(_ now: Int64) -> TimerKind? {
    guard let first = heap.first, first.due <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    if !heap.isEmpty { siftDown(0) }
    return first.kind
  }

  /// Notes that timers are no longer wanted; true if most are not, so that it is time to sweep.
  mutating func noteStale(_ count: Int) -> Bool {
    staleCount += count
    return staleCount > 64 && staleCount > heap.count / 2
  }

  /// Drops the timers that `isWanted` refuses.
  mutating func sweep(_ isWanted: (TimerKind) -> Bool) {
    heap.removeAll { !isWanted($0.kind) }
    staleCount = 0
    for index in stride(from: heap.count / 2, through: 0, by: -1) where index < heap.count { siftDown(index) }
  }

  /// What is wrong, or nil. For tests.
  func checkInvariants() -> String? {
    for index in heap.indices.dropFirst() where precedes(heap[index], heap[(index - 1) / 2]) { return "timers out of order" }
    return nil
  }

  private func precedes(_ left: Item, _ right: Item) -> Bool {
    left.due == right.due ? left.order < right.order : left.due < right.due
  }

  private mutating func siftUp(_ start: Int) {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      guard precedes(heap[index], heap[parent]) else { return }
      heap.swapAt(index, parent)
      index = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var index = start
    while true {
      var smallest = index
      for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
        if precedes(heap[child], heap[smallest]) { smallest = child }
      }
      guard smallest != index else { return }
      heap.swapAt(index, smallest)
      index = smallest
    }
  }
}

extension EngineState {
  /// Sets a timer of the wait clock, in microseconds, and has the transport ask anew when to wake.
  mutating func addTimer(_ kind: TimerKind, due: Int64) {
    timers.add(kind, due: due)
    unsafe tasksChanged.pointee = true
  }

  /// Notes that so many timers are no longer wanted: those that nobody waits for must not pile up until their time.
  mutating func noteStaleTimers(_ count: Int) {
    guard count > 0, timers.noteStale(count) else { return }
    var swept = timers
    timers = TimerQueue()
    swept.sweep { isWanted($0) }
    timers = swept
  }

  /// Whether somebody waits for a timer.
  private func isWanted(_ kind: TimerKind) -> Bool {
    switch kind {
    case .unblock(let identifier, let token): unsafe sessions[identifier]?.pointee.extras?.blocked?.token == token
    case .shape(let identifier): unsafe sessions[identifier]?.pointee.faults != nil
    case .resume(let identifier): unsafe sessions[identifier]?.pointee.isDelayed == true
    case .faultIdle(let identifier, let rule): unsafe sessions[identifier]?.pointee.faults?.idleTimers.contains(rule) == true
    case .faultEnd(let rule): lab.faults.rule(serial: rule) != nil
    case .outputLimit(let identifier): unsafe sessions[identifier] != nil
    case .unpause, .wake, .idle: true
    }
  }
}
