// Poller: which descriptors are ready. epoll on Linux, poll(2) elsewhere; on Linux either can be chosen, so that the
// tests run both. Level-triggered: whoever leaves bytes unread is told again.
//
// This file may say `unsafe`. What keeps it safe: the rows of the poll form have `capacity` places and are only touched
// here; `events` is as long as what `wait` is told.

internal import CUnderstudyPlatform

/// How readiness is asked for.
package enum PollerBackend: Sendable, CaseIterable {
  case epoll
  case poll

  package static var standard: PollerBackend {
    #if os(Linux)
      .epoll
    #else
      .poll
    #endif
  }
}

@safe
struct Poller: ~Copyable {
  /// How many events one wait tells at most.
  static let batchSize = 256

  /// The epoll instance; negative in the poll form.
  private let epoll: Int32
  // The poll form: what is watched, row by row, and each descriptor's row.
  private var items: [understudy_poll_item] = []
  private var handles: [UInt] = []
  private var rows: [Int32: Int] = [:]

  /// Falls back to poll(2) where there is no epoll, or no descriptor left for one.
  init(_ backend: PollerBackend) {
    epoll = backend == .epoll ? understudy_epoll_create() : -1
  }

  deinit {
    if epoll >= 0 { understudy_close(epoll) }
  }

  /// Watches a descriptor; false if the system refuses.
  mutating func add(_ descriptor: Int32, _ interest: Interest, handle: UInt) -> Bool {
    if epoll >= 0 { return understudy_epoll_add(epoll, descriptor, UInt32(interest.rawValue), handle) == 0 }
    rows[descriptor] = items.count
    items.append(understudy_poll_item(descriptor: descriptor, interest: UInt32(interest.rawValue), ready: 0))
    handles.append(handle)
    return true
  }

  mutating func modify(_ descriptor: Int32, _ interest: Interest, handle: UInt) {
    if epoll >= 0 {
      _ = understudy_epoll_modify(epoll, descriptor, UInt32(interest.rawValue), handle)
    } else if let row = rows[descriptor] {
      items[row].interest = UInt32(interest.rawValue)
    }
  }

  /// Stops watching; before the descriptor is closed.
  mutating func remove(_ descriptor: Int32) {
    if epoll >= 0 {
      _ = understudy_epoll_remove(epoll, descriptor)
      return
    }
    guard let row = rows.removeValue(forKey: descriptor) else { return }
    let last = items.count - 1
    if row != last {
      items[row] = items[last]
      handles[row] = handles[last]
      rows[items[row].descriptor] = row
    }
    items.removeLast()
    handles.removeLast()
  }

  /// Waits up to `timeout` milliseconds (-1: for ever) and fills `events`.
  mutating func wait(_ events: UnsafeMutablePointer<understudy_event>, timeout: Int32) -> Int {
    if epoll >= 0 {
      return unsafe max(0, Int(understudy_epoll_wait(epoll, events, Int32(Self.batchSize), timeout)))
    }
    var left = unsafe items.withUnsafeMutableBufferPointer { buffer in
      unsafe Int(understudy_poll(buffer.baseAddress, Int32(buffer.count), timeout))
    }
    var found = 0
    var row = 0
    while left > 0 && row < items.count && found < Self.batchSize {
      if items[row].ready != 0 {
        unsafe events[found] = understudy_event(handle: handles[row], ready: items[row].ready)
        found += 1
        left -= 1
      }
      row += 1
    }
    return found
  }
}
