// EventLoop: one thread that serves every server of the process. It reads, lets the engine run what came, and writes;
// between rounds it runs the engines' tasks. All of that is in `LoopState`, which only the loop's thread enters; other
// threads hand work over here.
//
// This file may say `unsafe`. What keeps it safe: `state` is made before the thread starts and lives as long as the
// loop; the thread keeps the loop alive while it runs.

internal import CUnderstudyPlatform
internal import Synchronization
internal import UnderstudyEngine

@safe
package final class EventLoop: @unchecked Sendable {
  /// The loop that servers share unless told otherwise. Its thread starts with the first server and then waits for ever.
  package static let shared = EventLoop()

  /// What other threads ask of the loop.
  @safe
  private enum Order: @unchecked Sendable {
    case adopt(HostPointer)
    case settle(HostPointer)
    case drop(HostPointer, then: @Sendable () -> Void)
    case call(HostPointer, OutgoingCall)
    case relisten(HostPointer, added: [ListenerPointer], removed: [ListenerPointer])
    case rewatch(HostPointer, [ListenerPointer], listens: Bool)
    case onWake(@Sendable () -> Void)
    case tell(@Sendable () -> Void)
    case finish
  }

  private struct Inbox {
    var orders: [Order] = []
    /// The wakeup has been sent and not yet taken.
    var isWoken = false
    var isStarted = false
    /// Where wakeups are sent to.
    var wakeEnd: Int32 = -1
    var thread: UInt = 0
  }

  private let backend: PollerBackend
  private let hasOwnThread: Bool
  private let inbox = Mutex(Inbox())
  private let state: UnsafeMutablePointer<LoopState>

  /// - Parameter ownThread: whether it starts a thread of its own; if not, somebody's thread calls `run`.
  package init(_ backend: PollerBackend = .standard, ownThread: Bool = true) {
    self.backend = backend
    hasOwnThread = ownThread
    unsafe state = .allocate(capacity: 1)
  }

  deinit { unsafe state.deallocate() }

  // MARK: Running

  /// Starts the loop's thread if it does not run yet.
  package func ensureStarted() throws(ServerError) {
    try inbox.withLock { (inbox) throws(ServerError) in
      guard !inbox.isStarted else { return }
      try prepare(&inbox)
      inbox.isStarted = true
      guard hasOwnThread else { return }
      let loop = unsafe Unmanaged.passRetained(self)
      let result = unsafe understudy_thread_start(
        { context in
          guard let context = unsafe context else { return }
          let loop = unsafe Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue()
          loop.loop()
        }, loop.toOpaque())
      guard result == 0 else {
        unsafe loop.release()
        inbox.isStarted = false
        unsafe state.deinitialize(count: 1)
        throw .noResources(code: -result)
      }
    }
  }

  /// Lets the calling thread be the loop's, until `finish`: for a loop without a thread of its own.
  package func run() throws(ServerError) {
    guard !hasOwnThread else { throw .alreadyRunning }
    try ensureStarted()
    loop()
  }

  private func prepare(_ inbox: inout Inbox) throws(ServerError) {
    var ends: [Int32] = [-1, -1]
    let result = unsafe understudy_wake_create(&ends)
    guard result == 0 else { throw .noResources(code: -result) }
    unsafe state.initialize(to: LoopState(backend, wakeEnds: ends))
    inbox.wakeEnd = ends[1]
    if !inbox.orders.isEmpty { wake(&inbox) }
  }

  private func loop() {
    inbox.withLock { $0.thread = understudy_thread_identity() }
    while unsafe !state.pointee.isFinished {
      guard unsafe state.pointee.round() else { continue }
      takeOrders()
      // Here and not within the round, so that it may stop servers.
      unsafe state.pointee.onWake?()
    }
    // What was handed over behind the end must not keep anyone waiting.
    takeOrders()
    let ends = unsafe state.pointee.wakeEnds
    inbox.withLock { inbox in
      inbox.isStarted = false
      inbox.wakeEnd = -1
      inbox.thread = 0
    }
    unsafe state.deinitialize(count: 1)
    understudy_close(ends[0])
    if ends[1] != ends[0] { understudy_close(ends[1]) }
  }

  private func takeOrders() {
    let orders = inbox.withLock { inbox in
      let orders = inbox.orders
      inbox.orders = []
      inbox.isWoken = false
      if inbox.wakeEnd >= 0 { unsafe understudy_wake_clear(state.pointee.wakeEnds[0]) }
      return orders
    }
    for order in orders {
      switch order {
      case .adopt(let host): unsafe state.pointee.adopt(host)
      case .settle(let host): unsafe state.pointee.touch(host)
      case .drop(let host, let done):
        unsafe state.pointee.drop(host)
        done()
      case .call(let host, let call): unsafe state.pointee.begin(call, for: host)
      case .relisten(let host, let added, let removed):
        unsafe state.pointee.relisten(host, added: added, removed: removed)
      case .rewatch(let host, let listeners, let listens):
        unsafe state.pointee.rewatch(host, listeners, listens: listens)
      case .onWake(let body): unsafe state.pointee.onWake = body
      case .tell(let body): body()
      case .finish: unsafe state.pointee.isFinished = true
      }
    }
  }

  private func wake(_ inbox: inout Inbox) {
    guard !inbox.isWoken, inbox.wakeEnd >= 0 else { return }
    inbox.isWoken = true
    understudy_wake_signal(inbox.wakeEnd)
  }

  // MARK: Orders from other threads

  private func submit(_ order: Order) {
    inbox.withLock { inbox in
      inbox.orders.append(order)
      wake(&inbox)
    }
  }

  func adopt(_ host: HostPointer) {
    let engine = unsafe host.pointee.engine
    engine.withLock {
      // From whatever thread: an embedded call may let clients' requests go on.
      engine.startCall = { [weak self] call in unsafe self?.submit(.call(host, call)) }
    }
    unsafe submit(.adopt(host))
  }

  func settle(_ host: HostPointer) { unsafe submit(.settle(host)) }

  /// Has the listeners that a host has been given watched, and closes those that were taken away from it.
  func relisten(_ host: HostPointer, added: [ListenerPointer], removed: [ListenerPointer]) {
    unsafe submit(.relisten(host, added: added, removed: removed))
  }

  /// Has listeners watched that listen again, or those let alone that do not.
  func rewatch(_ host: HostPointer, _ listeners: [ListenerPointer], listens: Bool) {
    unsafe submit(.rewatch(host, listeners, listens: listens))
  }

  /// Closes what a host has, and frees it; `done` is called on the loop's thread when that has happened.
  func drop(_ host: HostPointer, then done: @escaping @Sendable () -> Void) {
    unsafe submit(.drop(host, then: done))
    // The loop's own thread may be about to wait for what it has just asked for.
    if isCurrent { takeOrders() }
  }

  /// Closes what a host has, and frees it. Returns when that is done.
  func drop(_ host: HostPointer) {
    if isCurrent { return unsafe drop(host, then: {}) }
    nonisolated(unsafe) let gate = unsafe understudy_gate_create()
    unsafe drop(host, then: { unsafe understudy_gate_open(gate) })
    unsafe understudy_gate_wait(gate)
  }

  /// Returns when the loop has gone through a round: what its sockets had to say before the call, it has heard.
  package func passRound() {
    if isCurrent { return }
    nonisolated(unsafe) let gate = unsafe understudy_gate_create()
    submit(.tell({ unsafe understudy_gate_open(gate) }))
    unsafe understudy_gate_wait(gate)
  }

  /// Whether the calling thread is the loop's.
  var isCurrent: Bool {
    inbox.withLock { $0.thread != 0 && $0.thread == understudy_thread_identity() }
  }

  /// Ends the loop; its servers have been stopped before.
  package func finish() { submit(.finish) }

  /// Calls `body` on the loop's thread, between rounds, whenever the loop has been woken, by `wakeHandle` too.
  package func onWake(_ body: @escaping @Sendable () -> Void) { submit(.onWake(body)) }

  /// A descriptor that signal handlers may signal.
  package var wakeHandle: Int32 { inbox.withLock { $0.wakeEnd } }
}
