// Blocking commands: a client waits until a key has what it wants.
//
// A handler that finds nothing calls `context.block` and returns; its request is kept, and the client executes nothing
// meanwhile. A command that gives a key something calls `context.signalReady`. When that command has ended (the whole
// transaction, the whole script), the waiting clients of each ready key are tried, longest waiting first: their handler
// runs again, on the kept request, and replies or stays. A key of another type than the one waited for serves nobody,
// but for a command that minds the loss of its key (XREADGROUP). A new blocking command needs nothing but these two calls.
//
// This file may say `unsafe`. What keeps it safe: the tables hold identifiers, not sessions; a wait is known by its
// token, so that a later wait of the same client is never taken for it.

/// What a client that waited in vain is told.
enum TimeoutReply {
  case null, nullArray, zero, twoZeros

  func write(_ reply: Reply) {
    switch self {
    case .null: reply.null()
    case .nullArray: reply.nullArray()
    case .zero: reply.integer(0)
    case .twoZeros:
      reply.array(2)
      reply.integer(0)
      reply.integer(0)
    }
  }
}

/// A command that waits.
final class BlockedCommand {
  let token: UInt64
  let request: RequestQueue
  let kind: ValueKind
  let keys: [WatchedKey]
  let timeoutReply: TimeoutReply
  /// Whether a timer was set for it.
  let hasTimer: Bool
  /// Whether it is tried also when a key has gone, or holds something else than it waits for.
  let mindsLoss: Bool

  init(
    token: UInt64, request: consuming RequestQueue, kind: ValueKind, keys: [WatchedKey], timeoutReply: TimeoutReply,
    hasTimer: Bool, mindsLoss: Bool
  ) {
    self.token = token
    self.request = request
    self.kind = kind
    self.keys = keys
    self.timeoutReply = timeoutReply
    self.hasTimer = hasTimer
    self.mindsLoss = mindsLoss
  }
}

/// The clients that wait for keys of one hash, in the order in which they came, which is that of their tokens.
struct WaiterQueue {
  struct Waiter {
    let session: UInt64
    let token: UInt64
    let database: Int32
    let key: [UInt8]
  }
  private var items: [Waiter] = []
  /// Those before it have gone; they are dropped when they are many.
  private var head = 0

  var isEmpty: Bool { head == items.count }

  /// The waiters that are there, in order.
  var waiters: ArraySlice<Waiter> { items[head...] }

  mutating func append(_ waiter: Waiter) { items.append(waiter) }

  /// The first waiter whose token is above `token`.
  func next(after token: UInt64) -> Waiter? {
    let index = firstIndex(above: token)
    return index < items.count ? items[index] : nil
  }

  mutating func remove(token: UInt64) {
    let index = firstIndex(above: token &- 1)
    guard index < items.count, items[index].token == token else { return }
    if index > head {
      items.remove(at: index)
      return
    }
    head += 1
    if head > 32 && head * 2 > items.count {
      items.removeFirst(head)
      head = 0
    }
  }

  private func firstIndex(above token: UInt64) -> Int {
    var low = head
    var high = items.count
    while low < high {
      let middle = (low + high) / 2
      if items[middle].token > token { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

struct BlockingTable {
  /// By the key's hash.
  private(set) var queues: [UInt64: WaiterQueue] = [:]
  /// Keys that have something, in the order in which they got it.
  var ready: [WatchedKey] = []
  /// The key for whose sake a waiting client is being tried.
  var served: WatchedKey?
  /// Tokens below it have been given.
  private(set) var nextToken: UInt64 = 1
  /// How many clients wait (INFO's blocked_clients).
  var clientCount = 0
  /// How many of them mind the loss of a key.
  var lossMindingCount = 0

  /// How many of them wait for a time as well.
  var timedClientCount = 0
  /// What clients may claim later (ClaimWakes.swift).
  var claimWakes: [ClaimWake] = []

  var isEmpty: Bool { queues.isEmpty }

  /// How many keys are waited for.
  var keyCount: Int {
    queues.values.reduce(0) { $0 + Set($1.waiters.map { $0.key + [UInt8(truncatingIfNeeded: $0.database)] }).count }
  }

  mutating func makeToken() -> UInt64 {
    defer { nextToken += 1 }
    return nextToken
  }

  mutating func add(session: UInt64, token: UInt64, _ key: WatchedKey) {
    queues[key.hash, default: WaiterQueue()].append(
      WaiterQueue.Waiter(session: session, token: token, database: key.database, key: key.key))
  }

  mutating func remove(token: UInt64, _ key: WatchedKey) {
    queues[key.hash]?.remove(token: token)
    if queues[key.hash]?.isEmpty == true { queues[key.hash] = nil }
  }

  func isAwaited(_ bytes: Bytes, hash: UInt64, database: Int32) -> Bool {
    guard let queue = queues[hash] else { return false }
    return queue.waiters.contains { $0.database == database && $0.key.withBytes { $0 == bytes } }
  }

  /// The client that has waited for a key longest, of those whose token is above `token`.
  func nextWaiter(for key: WatchedKey, after token: UInt64) -> WaiterQueue.Waiter? {
    guard let queue = queues[key.hash] else { return nil }
    var last = token
    while let waiter = queue.next(after: last) {
      if waiter.database == key.database && waiter.key == key.key { return waiter }
      last = waiter.token
    }
    return nil
  }

  /// The keys of a database that clients wait for, in the order in which the clients came.
  func awaitedKeys(in database: Int32) -> [WatchedKey] {
    var found: [(token: UInt64, key: WatchedKey)] = []
    for (hash, queue) in queues {
      for waiter in queue.waiters where waiter.database == database {
        if found.contains(where: { $0.key.hash == hash && $0.key.key == waiter.key }) { continue }
        found.append((waiter.token, WatchedKey(database: database, key: waiter.key, hash: hash)))
      }
    }
    return found.sorted { $0.token < $1.token }.map(\.key)
  }
}

extension Context {
  /// Waits until one of the keys at `indices` has a value of `kind`, or the time is up.
  ///
  /// - Parameters:
  ///   - timeout: milliseconds of the wait clock; 0 waits for ever.
  ///   - mindsLoss: whether the handler is to run again also when a key goes, or gets a value of another kind.
  ///   - replacements: arguments that the next try is to see instead of what the client has sent.
  mutating func block(
    on indices: some Sequence<Int>, for kind: ValueKind, timeout: Int64, _ reply: TimeoutReply,
    mindsLoss: Bool = false, replacing replacements: [Int: [UInt8]] = [:]
  ) {
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
    if replacements.isEmpty {
      unsafe request.append(entry, arguments)
    } else {
      unsafe request.append(entry: entry, count: arguments.count) { index, body in
        if let replacement = replacements[index] { replacement.withBytes(body) } else { body(arguments[index]) }
      }
    }
    for key in keys { engine.blocking.add(session: session.identifier, token: token, key) }
    session.extra.blocked = BlockedCommand(
      token: token, request: request, kind: kind, keys: keys, timeoutReply: reply, hasTimer: timeout > 0,
      mindsLoss: mindsLoss)
    session.flags.insert(.blocked)
    engine.blocking.clientCount += 1
    if mindsLoss { engine.blocking.lossMindingCount += 1 }
    if timeout > 0 { engine.blocking.timedClientCount += 1 }
    engine.interest.insert(.blockedClients)
    if timeout > 0 {
      let (due, overflow) = engine.clocks.waitMicroseconds.addingReportingOverflow(timeout &* 1000)
      engine.addTimer(.unblock(session: session.identifier, token: token), due: overflow ? Int64.max : due)
    }
  }

  /// Whether a blocking command may take from the key at `index`. One that has waited takes, before 7.2, only from the
  /// key that has become ready; since then it looks at all of its keys again.
  @inline(__always)
  func mayServe(_ index: Int) -> Bool { !isRetry || isServed(index) }

  @inline(never)
  private func isServed(_ index: Int) -> Bool {
    if engine.emulates72 { return true }
    guard let served = engine.blocking.served else { return true }
    return served.key.withBytes { $0 == arguments[index] }
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

  /// A key was changed: if that has taken away what clients wait for, those that mind are to be told.
  mutating func noteLoss(of key: Key, database: Int32) {
    guard blocking.lossMindingCount > 0, kind(of: key, in: database) != .stream else { return }
    noteReady(key, database: database)
  }

  /// A database has got other contents (SWAPDB): what clients wait for there may have come, or gone.
  mutating func noteReadyKeys(in database: Int32) {
    guard interest.contains(.blockedClients) else { return }
    for awaited in blocking.awaitedKeys(in: database) {
      awaited.key.withBytes { bytes in
        let key = Key(bytes: bytes, hash: awaited.hash)
        if blocking.lossMindingCount > 0 || kind(of: key, in: database) != nil {
          noteReady(key, database: database)
        }
      }
    }
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

  /// Tries the clients that wait for a key, those only that were there when it became ready.
  private func serve(_ key: WatchedKey) {
    let end = unsafe state.pointee.blocking.nextToken
    var last: UInt64 = 0
    while let waiter = unsafe state.pointee.blocking.nextWaiter(for: key, after: last), waiter.token < end {
      last = waiter.token
      let kind = key.key.withBytes { bytes in
        unsafe state.pointee.kind(of: Key(bytes: bytes, hash: key.hash), in: key.database)
      }
      if kind == nil, unsafe state.pointee.blocking.lossMindingCount == 0 { return }
      guard let session = unsafe state.pointee.sessions[waiter.session],
        let blocked = unsafe session.pointee.extras?.blocked, blocked.token == waiter.token,
        blocked.kind == kind || blocked.mindsLoss,
        let entry = unsafe blocked.request.entry(0)
      else { continue }
      let output = unsafe state.pointee.outbox(of: session)
      let mark = unsafe output.pointee.mark
      var context = unsafe Context(
        state: state, session: session, entry: entry, arguments: blocked.request.arguments(0),
        output: output, isRetry: true)
      unsafe state.pointee.blocking.served = key
      let isMeasured = unsafe state.pointee.gates.contains(.measured)
      let start = unsafe isMeasured ? state.pointee.clocks.source.monotonicMicroseconds() : 0
      do throws(ReplyError) {
        try unsafe context.entry.pointee.handler(&context)
      } catch {
        context.reply.error(error)
      }
      unsafe state.pointee.blocking.served = nil
      unsafe countFailure(of: entry, in: output)
      if context.outcome == .replied {
        // What it cost is what serving it cost, and not the wait.
        if isMeasured { unsafe noteCost(since: start, of: blocked.request, session) }
        unsafe finishBlocking(session, output.pointee.bytes.slice(mark..<output.pointee.count))
        unsafe endStopped(session, output, mark: mark)
      }
    }
  }

  /// Ends a wait that was not served.
  func unblock(_ session: SessionPointer, _ reason: UnblockReason) {
    guard let blocked = unsafe session.pointee.extras?.blocked else { return }
    if reason == .gone { return unsafe finishBlocking(session, Bytes("")) }
    let output = unsafe state.pointee.outbox(of: session)
    let mark = unsafe output.pointee.mark
    let reply = unsafe Reply(output, version: session.pointee.protocolVersion)
    if reason == .error {
      reply.error(ReplyError("UNBLOCKED client unblocked via CLIENT UNBLOCK"))
      if let entry = unsafe session.pointee.lastCommand { unsafe countFailure(of: entry, in: output) }
    } else {
      blocked.timeoutReply.write(reply)
    }
    unsafe finishBlocking(session, output.pointee.bytes.slice(mark..<output.pointee.count))
    unsafe endStopped(session, output, mark: mark)
  }

  /// The wait is over: the client may go on with what it has sent meanwhile.
  private func finishBlocking(_ session: SessionPointer, _ reply: Bytes) {
    guard let blocked = unsafe session.pointee.extras?.blocked else { return }
    unsafe state.pointee.finishWaiting(session, reply)
    for key in blocked.keys { unsafe state.pointee.blocking.remove(token: blocked.token, key) }
    unsafe session.pointee.extras?.blocked = nil
    unsafe session.pointee.flags.remove(.blocked)
    unsafe state.pointee.blocking.clientCount -= 1
    if blocked.mindsLoss { unsafe state.pointee.blocking.lossMindingCount -= 1 }
    if unsafe state.pointee.blocking.isEmpty { unsafe state.pointee.interest.remove(.blockedClients) }
    if blocked.hasTimer {
      unsafe state.pointee.blocking.timedClientCount -= 1
      unsafe state.pointee.noteStaleTimers(1)
    }
    unsafe state.pointee.queueRun(session)
  }

  /// Lets go of everything a session holds, before it is freed or reset.
  func release(_ session: SessionPointer) {
    unsafe unblock(session, .gone)
    unsafe discardTransaction(session)
    unsafe unsubscribeAll(session)
    unsafe stopMonitoring(session)
    unsafe stopTracking(session)
    unsafe releaseScript(session)
  }
}
