// LoopState: the rounds of the loop: wait, serve who is ready, settle the engines, bury who has gone.
//
// The hot path is `ready` → `read` → `Connection.received` → one send. Everything it touches lies in stable memory
// behind a pointer, so that it is short without optimisation too.
//
// This file may say `unsafe`. What keeps it safe: handles are pointers to nodes and listeners with a tag in their low
// bits; events of a round that speak of a closed node find its phase, because graves are emptied at the round's end.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

@safe
struct LoopState: ~Copyable {
  /// How much is read at once, unless it goes straight to its place.
  static let readSize = 64 * 1024
  /// How long a closed connection is given to read its last words, microseconds.
  static let lingerTime: Int64 = 1_000_000
  /// How long a listener rests that found no descriptors left, microseconds.
  static let acceptRest: Int64 = 50_000

  /// What the low bits of a handle say. A descriptor is one that lingers, or one to another server.
  enum Tag { static let connection: UInt = 0, listener: UInt = 1, descriptor: UInt = 2, wake: UInt = 3 }

  var poller: Poller
  let wakeEnds: [Int32]
  let events: UnsafeMutablePointer<understudy_event>
  let readBuffer: UnsafeMutableRawBufferPointer
  let output: UnsafeMutablePointer<ReplyBuffer>
  let segments: UnsafeMutablePointer<OutputSegment>

  var hosts: [HostPointer] = unsafe []
  /// Servers that something was done for in this round.
  var touched: [HostPointer] = unsafe []
  /// Connections that go on when the others have had their turn.
  var turns: [NodePointer] = unsafe []
  var graves: [NodePointer] = unsafe []
  /// Calls to other servers, by their descriptors.
  var calls: [Int32: CallConnection] = [:]
  /// Connections of a proxy to the server behind, by their descriptors.
  var upstreams: [Int32: UpstreamLink] = [:]
  /// Descriptors that linger, and until when.
  var lingering: [Int32: Int64] = [:]
  var pausedListeners: [ListenerPointer] = unsafe []
  /// Connections (by their nodes) whose handshake is not done, and until when it must be; when the first of them has to
  /// be looked at, at the latest.
  var handshakes: [UInt: Int64] = [:]
  var handshakeDue = Int64.max
  /// Where filters read from; made with the first of them.
  var cipherBuffer: UnsafeMutableRawBufferPointer?
  /// When the earliest of all that waits for a time is due, monotonic microseconds; may be too early, never too late.
  var nextDue = Int64.max
  var isFinished = false
  var onWake: (@Sendable () -> Void)?

  init(_ backend: PollerBackend, wakeEnds: [Int32]) {
    poller = Poller(backend)
    self.wakeEnds = wakeEnds
    unsafe events = .allocate(capacity: Poller.batchSize)
    unsafe readBuffer = .allocate(byteCount: Self.readSize, alignment: 64)
    unsafe output = .allocate(capacity: 1)
    unsafe output.initialize(to: ReplyBuffer(capacity: Self.readSize))
    unsafe segments = .allocate(capacity: 64)
    _ = poller.add(wakeEnds[0], .read, handle: Tag.wake)
  }

  deinit {
    unsafe events.deallocate()
    unsafe readBuffer.deallocate()
    unsafe cipherBuffer?.deallocate()
    unsafe output.deinitialize(count: 1)
    unsafe output.deallocate()
    unsafe segments.deallocate()
  }

  // MARK: Rounds

  /// Waits and serves; true if other threads have handed over work.
  mutating func round() -> Bool {
    var isWoken = false
    let count = unsafe poller.wait(events, timeout: timeout())
    let turnCount = unsafe turns.count
    for index in 0..<count {
      let event = unsafe events[index]
      switch event.handle & 3 {
      case Tag.connection:
        if let node = unsafe NodePointer(bitPattern: event.handle) { unsafe ready(node, event.ready) }
      case Tag.listener:
        if let listener = unsafe ListenerPointer(bitPattern: event.handle & ~3) { unsafe accept(listener) }
      case Tag.descriptor:
        let descriptor = Int32(truncatingIfNeeded: event.handle >> 2)
        if upstreams[descriptor] != nil {
          proceedUpstream(descriptor, event.ready)
        } else if calls[descriptor] != nil {
          proceed(descriptor, event.ready)
        } else {
          discard(descriptor)
        }
      default: isWoken = true
      }
    }
    if turnCount > 0 { takeTurns(turnCount) }
    if nextDue != Int64.max { runDue() }
    if unsafe !touched.isEmpty { settleTouched() }
    if unsafe !graves.isEmpty { emptyGraves() }
    return isWoken
  }

  private func timeout() -> Int32 {
    if unsafe !turns.isEmpty || !touched.isEmpty { return 0 }
    if nextDue == Int64.max { return -1 }
    let left = nextDue - understudy_monotonic_microseconds()
    return left <= 0 ? 0 : Int32(min((left + 999) / 1000, 3_600_000))
  }

  private mutating func takeTurns(_ count: Int) {
    for _ in 0..<count {
      guard unsafe !turns.isEmpty else { return }
      let node = unsafe turns.removeFirst()
      unsafe node.pointee.waitsForTurn = false
      unsafe carryOut(node, node.pointee.connection.resume(output))
      unsafe touch(node.pointee.host)
    }
  }

  func note(_ due: inout Int64, _ time: Int64) { if time < due { due = time } }

  // MARK: Tasks

  @inline(__always)
  mutating func touch(_ host: HostPointer) {
    if unsafe host.pointee.isTouched { return }
    unsafe host.pointee.isTouched = true
    unsafe touched.append(host)
  }

  private mutating func settleTouched() {
    let list = unsafe touched
    unsafe touched.removeAll(keepingCapacity: true)
    for unsafe host in unsafe list {
      unsafe host.pointee.isTouched = false
      unsafe settle(host, isDue: false)
    }
  }

  private mutating func settle(_ host: HostPointer, isDue: Bool) {
    guard let settlement = unsafe host.pointee.engine.settle(isDue: isDue) else { return }
    for unsafe session in unsafe settlement.sessions {
      guard let transport = unsafe session.pointee.transport else { continue }
      let node = unsafe transport.assumingMemoryBound(to: ConnectionNode.self)
      unsafe carryOut(node, node.pointee.connection.noticed())
    }
    if settlement.isShutdownRequested {
      let onShutdown = unsafe host.pointee.onShutdown
      unsafe shut(host)
      onShutdown?()
      return
    }
    if settlement.due == Int64.max {
      unsafe host.pointee.due = Int64.max
    } else {
      let due = understudy_monotonic_microseconds() &+ settlement.due
      unsafe host.pointee.due = due
      nextDue = min(nextDue, due)
    }
    // Sending may have let sessions go on, or have found out when more may leave: then `due` is too late.
    let engine = unsafe host.pointee.engine
    if engine.withLock({ engine.wantsTasks || engine.hasEffects }) { unsafe touch(host) }
  }

  /// Does what is due of all that waits for a time.
  private mutating func runDue() {
    let now = understudy_monotonic_microseconds()
    guard nextDue <= now else { return }
    nextDue = Int64.max
    for unsafe host in unsafe hosts {
      if unsafe host.pointee.due <= now {
        unsafe host.pointee.due = Int64.max
        unsafe settle(host, isDue: true)
      }
      unsafe nextDue = min(nextDue, host.pointee.due)
    }
    for (descriptor, deadline) in lingering {
      if deadline <= now { endLingering(descriptor) } else { nextDue = min(nextDue, deadline) }
    }
    if !calls.isEmpty { endOverdueCalls(now) }
    if !handshakes.isEmpty { runHandshakes(now) }
    if unsafe !pausedListeners.isEmpty { resumeListeners() }
  }

  private mutating func emptyGraves() {
    for unsafe node in unsafe graves {
      unsafe node.deinitialize(count: 1)
      unsafe node.deallocate()
    }
    unsafe graves.removeAll(keepingCapacity: true)
  }
}
