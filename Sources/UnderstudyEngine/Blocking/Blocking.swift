// Blocking commands: a client waits until a key has what it wants.
//
// A handler that finds nothing calls `context.block` and returns; its request is kept, and the client executes nothing
// meanwhile. A command that gives a key something calls `context.signalReady`. When that command has ended (the whole
// transaction, the whole script), the waiting clients of each ready key are tried, longest waiting first: their handler
// runs again, on the kept request, and replies or stays. A key of another type than the one waited for serves nobody.
// A new blocking command needs nothing but these two calls.
//
// This file may say `unsafe`. What keeps it safe: the tables hold identifiers, not sessions; a wait is known by its
// token, so that a later wait of the same client is never taken for it.

/// What a client that waited in vain is told.
enum TimeoutReply { case null, nullArray, zero }

/// A command that waits.
final class BlockedCommand {
  let token: UInt64
  let request: RequestQueue
  let kind: ValueKind
  let keys: [WatchedKey]
  let timeoutReply: TimeoutReply
  /// Whether a timer was set for it.
  let hasTimer: Bool

  init(
    token: UInt64, request: consuming RequestQueue, kind: ValueKind, keys: [WatchedKey], timeoutReply: TimeoutReply,
    hasTimer: Bool
  ) {
    self.token = token
    self.request = request
    self.kind = kind
    self.keys = keys
    self.timeoutReply = timeoutReply
    self.hasTimer = hasTimer
  }
}

struct BlockingTable {
  struct Waiter {
    let session: UInt64
    let token: UInt64
    let database: Int32
    let key: [UInt8]
  }
  /// By the key's hash, in the order in which they came.
  private(set) var waiters: [UInt64: [Waiter]] = [:]
  /// Keys that have something, in the order in which they got it.
  var ready: [WatchedKey] = []
  private var nextToken: UInt64 = 1
  /// How many clients wait (INFO's blocked_clients).
  var clientCount = 0

  var isEmpty: Bool { waiters.isEmpty }

  mutating func makeToken() -> UInt64 {
    defer { nextToken += 1 }
    return nextToken
  }

  mutating func add(session: UInt64, token: UInt64, _ key: WatchedKey) {
    waiters[key.hash, default: []].append(
      Waiter(session: session, token: token, database: key.database, key: key.key))
  }

  mutating func remove(token: UInt64, _ key: WatchedKey) {
    guard var list = waiters[key.hash] else { return }
    list.removeAll { $0.token == token }
    waiters[key.hash] = list.isEmpty ? nil : list
  }

  func isAwaited(_ bytes: Bytes, hash: UInt64, database: Int32) -> Bool {
    guard let list = waiters[hash] else { return false }
    return list.contains { $0.database == database && $0.key.withBytes { $0 == bytes } }
  }

  func waiters(for key: WatchedKey) -> [Waiter] {
    (waiters[key.hash] ?? []).filter { $0.database == key.database && $0.key == key.key }
  }
}

extension Context {
  /// Waits until one of the keys at `indices` has a value of `kind`, or the time is up.
  ///
  /// - Parameters:
  ///   - timeout: milliseconds of the wait clock; 0 waits for ever.
  mutating func block(on indices: some Sequence<Int>, for kind: ValueKind, timeout: Int64, _ reply: TimeoutReply) {
    outcome = .blocked
    if isRetry { return }
    let database = session.database
    var keys: [WatchedKey] = []
    for index in indices {
      let key = key(index)
      let bytes = key.bytes.copied()
      // A key named twice is waited for once.
      if !keys.contains(where: { $0.hash == key.hash && $0.key == bytes }) {
        keys.append(WatchedKey(database: database, key: bytes, hash: key.hash))
      }
    }
    let token = engine.blocking.makeToken()
    var request = RequestQueue()
    unsafe request.append(entry, arguments)
    for key in keys { engine.blocking.add(session: session.identifier, token: token, key) }
    session.extra.blocked = BlockedCommand(
      token: token, request: request, kind: kind, keys: keys, timeoutReply: reply, hasTimer: timeout > 0)
    session.flags.insert(.blocked)
    engine.blocking.clientCount += 1
    engine.interest.insert(.blockedClients)
    if timeout > 0 {
      let (due, overflow) = engine.clocks.waitMicroseconds.addingReportingOverflow(timeout &* 1000)
      engine.addTimer(.unblock(session: session.identifier, token: token), due: overflow ? Int64.max : due)
    }
  }

  /// A key has got something that clients may wait for.
  @inline(__always)
  func signalReady(_ key: Key) {
    if unsafe state.pointee.interest.contains(.blockedClients) { noteReady(key) }
  }

  @inline(never)
  private func noteReady(_ key: Key) {
    unsafe state.pointee.noteReady(key, database: sessionPointer.pointee.database)
  }
}

extension EngineState {
  mutating func noteReady(_ key: Key, database: Int32) {
    guard blocking.isAwaited(key.bytes, hash: key.hash, database: database) else { return }
    let bytes = key.bytes.copied()
    if !blocking.ready.contains(where: { $0.hash == key.hash && $0.database == database && $0.key == bytes }) {
      blocking.ready.append(WatchedKey(database: database, key: bytes, hash: key.hash))
    }
    afterCommand.insert(.readyKeys)
  }
}

/// Why a client stops waiting without having been served.
enum UnblockReason { case timeout, error, gone }

extension Dispatcher {
  /// Serves clients whose keys have become ready, until no key is: serving one may make another ready.
  func serveReadyKeys() {
    unsafe state.pointee.afterCommand.remove(.readyKeys)
    while unsafe !state.pointee.blocking.ready.isEmpty {
      let ready = unsafe state.pointee.blocking.ready
      unsafe state.pointee.blocking.ready.removeAll()
      for key in ready { serve(key) }
      unsafe state.pointee.afterCommand.remove(.readyKeys)
    }
  }

  private func serve(_ key: WatchedKey) {
    for waiter in unsafe state.pointee.blocking.waiters(for: key) {
      guard let session = unsafe state.pointee.sessions[waiter.session],
        let blocked = unsafe session.pointee.extras?.blocked, blocked.token == waiter.token,
        let entry = unsafe blocked.request.entry(0)
      else { continue }
      let kind = key.key.withBytes { bytes in
        unsafe state.pointee.kind(of: Key(bytes: bytes, hash: key.hash), in: key.database)
      }
      guard kind == blocked.kind else { return }
      let output = unsafe state.pointee.outbox(of: session)
      var context = unsafe Context(
        state: state, session: session, entry: entry, arguments: blocked.request.arguments(0),
        output: output, isRetry: true)
      do throws(ReplyError) {
        try unsafe context.entry.pointee.handler(&context)
      } catch {
        context.reply.error(error)
      }
      if context.outcome == .replied { unsafe finishBlocking(session) }
    }
  }

  /// Ends a wait that was not served.
  func unblock(_ session: SessionPointer, _ reason: UnblockReason) {
    guard let blocked = unsafe session.pointee.extras?.blocked else { return }
    if reason != .gone {
      let reply = unsafe Reply(state.pointee.outbox(of: session), version: session.pointee.protocolVersion)
      if reason == .error {
        reply.error(ReplyError("UNBLOCKED client unblocked via CLIENT UNBLOCK"))
      } else {
        switch blocked.timeoutReply {
        case .null: reply.null()
        case .nullArray: reply.nullArray()
        case .zero: reply.integer(0)
        }
      }
    }
    unsafe finishBlocking(session)
  }

  /// The wait is over: the client may go on with what it has sent meanwhile.
  private func finishBlocking(_ session: SessionPointer) {
    guard let blocked = unsafe session.pointee.extras?.blocked else { return }
    for key in blocked.keys { unsafe state.pointee.blocking.remove(token: blocked.token, key) }
    unsafe session.pointee.extras?.blocked = nil
    unsafe session.pointee.flags.remove(.blocked)
    unsafe state.pointee.blocking.clientCount -= 1
    if unsafe state.pointee.blocking.isEmpty { unsafe state.pointee.interest.remove(.blockedClients) }
    if blocked.hasTimer {
      let state = unsafe self.state
      unsafe state.pointee.timers.noteStale { kind in
        guard case .unblock(let identifier, let token) = kind else { return true }
        return unsafe state.pointee.sessions[identifier]?.pointee.extras?.blocked?.token == token
      }
    }
    unsafe state.pointee.queueRun(session)
  }

  /// Lets go of everything a session holds, before it is freed or reset.
  func release(_ session: SessionPointer) {
    unsafe unblock(session, .gone)
    unsafe discardTransaction(session)
    unsafe unsubscribeAll(session)
    unsafe releaseScript(session)
  }
}
