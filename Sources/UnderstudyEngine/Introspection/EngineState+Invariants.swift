// What must be true of an engine between two batches: that all who point at each other agree. For tests, which ask after
// many steps: the simulation and the fuzzer.
//
// Structures answer for themselves (`checkInvariants`, `invariantViolations`); here stands what holds between them. A new
// table that sessions stand in adds a check here.
//
// This file may say `unsafe`. What keeps it safe: it only reads, under the engine's lock, sessions of the registry.

extension Engine {
  /// Descriptions of all that is wrong; empty if nothing is. Reads everything. Call it under the lock.
  package func invariantViolations() -> [String] {
    unsafe state.pointee.refreshTime()
    return unsafe state.pointee.invariantViolations()
  }
}

/// What was found wrong, in words.
struct InvariantReport {
  private(set) var found: [String] = []

  mutating func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition && found.count < 20 { found.append(message()) }
  }

  mutating func add(_ problem: String?, _ place: @autoclosure () -> String) {
    if let problem { expect(false, "\(place()): \(problem)") }
  }
}

extension EngineState {
  func invariantViolations() -> [String] {
    var report = InvariantReport()
    for index in 0..<databaseCount { unsafe (databases + index).pointee.check(index, &report) }
    for unsafe session in unsafe sessions.values { unsafe check(session, &report) }
    checkWatches(&report)
    checkBlocking(&report)
    checkSubscriptions(&report)
    checkTracking(&report)
    checkLists(&report)
    report.add(timers.checkInvariants(), "timers")
    return report.found
  }

  // MARK: Sessions

  private func check(_ session: SessionPointer, _ report: inout InvariantReport) {
    let identifier = unsafe session.pointee.identifier
    let (flags, gates) = unsafe (session.pointee.flags, session.pointee.gates)
    let extras = unsafe session.pointee.extras
    func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
      report.expect(condition, "session \(identifier): \(message())")
    }
    unsafe expect(sessions[identifier] == session, "stands under another number")
    unsafe expect((0..<Int32(databaseCount)).contains(session.pointee.database), "is in no database")
    // While EXEC runs the transaction is there without its gate.
    let isExecuting = extras?.transaction.map { $0.nextIndex > 0 } ?? false
    expect(gates.contains(.transaction) == (extras?.transaction != nil && !isExecuting), "gate of its transaction")
    expect(isExecuting == (flags.contains(.denyBlocking) && !flags.contains(.embedded)), "runs a transaction, or not")
    expect(!isExecuting || flags.contains(.suspended), "a transaction that neither runs nor waits")
    expect(gates.contains(.tracking) == (extras?.tracking != nil), "gate of its tracking")
    expect(flags.contains(.blocked) == (extras?.blocked != nil), "flag of its wait")
    expect(!flags.isSuperset(of: [.blocked, .suspended]), "is blocked and suspended")
    let subscribes = extras.map { !$0.channels.isEmpty || !$0.patterns.isEmpty || !$0.shardChannels.isEmpty } ?? false
    expect(gates.contains(.subscribed) == subscribes, "gate of its subscriptions")
    unsafe expect(flags.contains(.flushQueued) == effects.flush.contains(session), "flag of its flush")
    unsafe expect(flags.contains(.runQueued) == effects.run.contains(session), "flag of its turn")
    expect(flags.contains(.held) == held.contains(identifier), "flag of its being held")
    unsafe expect(gates.contains(.monitoring) == monitors.contains(session), "gate of its monitoring")
    if flags.contains(.suspended) { expect(!self.gates.isDisjoint(with: [.busy, .asleep]), "is suspended by nobody") }
    if flags.contains(.dirtyWatch) || flags.contains(.dirtyExec) {
      expect(extras?.transaction != nil || extras?.watched.isEmpty == false, "is dirty for nothing")
    }
    if let input = unsafe session.pointee.input, unsafe !session.pointee.isStopped, !flags.contains(.runQueued) {
      // Nothing whole may lie there: a request would wait for ever.
      let isOpen = unsafe input.pointee.parser.remaining > 0 || input.pointee.spans.count > 0
      let isOffered = unsafe input.pointee.parser.remaining == 0 && input.pointee.spans.count > 0
      unsafe expect(isOpen || input.pointee.count > 0, "keeps no input")
      expect(!isOffered, "keeps a whole request, and nothing stops it")
    }
    if let record = unsafe session.pointee.record, record.level == .full {
      unsafe expect(
        record.commandCount == session.pointee.commandCount,
        "the ledger has \(record.commandCount) of its \(session.pointee.commandCount) commands")
      expect(record.outstanding == 0 || !flags.isDisjoint(with: [.blocked, .suspended, .delayed, .cut]), "owes a reply")
    }
  }

  // MARK: Tables and sessions

  private func checkWatches(_ report: inout InvariantReport) {
    var number = 0
    for (hash, list) in watches.watchers {
      report.expect(!list.isEmpty, "watches: an empty list")
      for watcher in list {
        number += 1
        let isRegistered = unsafe sessions.values.contains(watcher.session)
        report.expect(isRegistered, "watches: a session that is gone")
        guard isRegistered else { continue }
        let isKnown = unsafe watcher.session.pointee.extras?.watched.contains {
          $0.hash == hash && $0.database == watcher.database && $0.key == watcher.key
        }
        report.expect(isKnown == true, "watches: a key that its session does not watch")
      }
    }
    let watched = unsafe sessions.values.reduce(0) { unsafe $0 + ($1.pointee.extras?.watched.count ?? 0) }
    report.expect(number == watched, "watches: sessions watch \(watched) keys, the table has \(number)")
    report.expect(interest.contains(.watches) == (number > 0), "watches: interest")
  }

  private func checkBlocking(_ report: inout InvariantReport) {
    var (clients, minding, timed, places) = (0, 0, 0, 0)
    for unsafe session in unsafe sessions.values {
      guard let blocked = unsafe session.pointee.extras?.blocked else { continue }
      clients += 1
      if blocked.mindsLoss { minding += 1 }
      if blocked.hasTimer { timed += 1 }
      places += blocked.keys.count
    }
    report.expect(blocking.clientCount == clients, "blocking: counts \(blocking.clientCount) of \(clients) clients")
    report.expect(blocking.lossMindingCount == minding, "blocking: counts \(blocking.lossMindingCount) of \(minding) that mind")
    report.expect(blocking.timedClientCount == timed, "blocking: counts \(blocking.timedClientCount) of \(timed) timed ones")
    report.expect(blocking.isEmpty == !interest.contains(.blockedClients), "blocking: interest")
    for (hash, queue) in blocking.queues {
      report.expect(!queue.isEmpty, "blocking: an empty queue")
      var last: UInt64 = 0
      for waiter in queue.waiters {
        places -= 1
        report.expect(waiter.token > last || waiter.token == last, "blocking: a queue out of order")
        last = waiter.token
        let blocked = unsafe sessions[waiter.session]?.pointee.extras?.blocked
        report.expect(blocked?.token == waiter.token, "blocking: a wait that is over")
        let isKnown = blocked?.keys.contains { $0.hash == hash && $0.key == waiter.key && $0.database == waiter.database }
        report.expect(isKnown == true, "blocking: a key that its client does not wait for")
      }
    }
    report.expect(places == 0, "blocking: \(places) keys that clients wait for and no queue knows")
    if gates.isDisjoint(with: [.busy, .asleep]) {
      report.expect(blocking.ready.isEmpty && !afterCommand.contains(.readyKeys), "blocking: ready keys that nobody serves")
    }
  }

  private func checkSubscriptions(_ report: inout InvariantReport) {
    var number = 0
    func check(_ name: [UInt8], _ listeners: [SessionPointer], _ kind: SubscriptionKind) {
      unsafe report.expect(!listeners.isEmpty, "subscriptions: a channel without listeners")
      unsafe report.expect(Set(listeners).count == listeners.count, "subscriptions: a listener that is there twice")
      unsafe number += listeners.count
      for unsafe listener in unsafe listeners {
        guard unsafe sessions.values.contains(listener) else {
          report.expect(false, "subscriptions: a session that is gone")
          continue
        }
        let isKnown = unsafe listener.pointee.extras?.names(kind).contains(name) == true
        report.expect(isKnown, "subscriptions: a channel that its session does not listen to")
      }
    }
    for unsafe (name, listeners) in unsafe subscriptions.channels { unsafe check(name, listeners, .channel) }
    for unsafe (name, listeners) in unsafe subscriptions.shardChannels { unsafe check(name, listeners, .shardChannel) }
    for unsafe (name, listeners) in unsafe subscriptions.patterns { unsafe check(name, listeners, .pattern) }
    let wanted = unsafe sessions.values.reduce(0) { sum, session in
      let extras = unsafe session.pointee.extras
      return sum + (extras.map { $0.channels.count + $0.patterns.count + $0.shardChannels.count } ?? 0)
    }
    report.expect(number == wanted, "subscriptions: sessions have \(wanted), the tables \(number)")
  }

  private func checkTracking(_ report: inout InvariantReport) {
    report.add(tracking.keys.checkInvariants(), "tracking")
    var clients: Set<UInt64> = []
    var places = 0
    for unsafe session in unsafe sessions.values {
      guard let mode = unsafe session.pointee.extras?.tracking else { continue }
      unsafe clients.insert(session.pointee.identifier)
      places += mode.prefixes.count
    }
    report.expect(tracking.clients == clients, "tracking: \(tracking.clients.count) clients instead of \(clients.count)")
    for prefix in tracking.prefixes.all {
      places -= prefix.clients.count
      report.expect(!prefix.clients.isEmpty, "tracking: a prefix that nobody tracks")
      for client in prefix.clients {
        let isKnown = unsafe sessions[client]?.pointee.extras?.tracking?.prefixes.contains(prefix.prefix)
        report.expect(isKnown == true, "tracking: a prefix that its client does not track")
      }
    }
    report.expect(places == 0, "tracking: \(places) prefixes that clients track and the table does not know")
    if !clients.isEmpty { report.expect(interest.contains(.tracking), "tracking: interest") }
  }

  /// Lists and sums.
  private func checkLists(_ report: inout InvariantReport) {
    unsafe report.expect(current == nil && currentOutput == nil, "a command runs between batches")
    let isWorking = unsafe scripting.machine?.pointee.running.isSuspended == true
    report.expect(gates.contains(.busy) == isWorking, "gate of the suspended script")
    report.expect(gates.contains(.paused) == (pause != nil), "gate of the pause")
    unsafe report.expect(gates.contains(.monitors) == !monitors.isEmpty, "gate of the monitors")
    for identifier in held { unsafe report.expect(sessions[identifier] != nil, "a held session that is gone") }
    if gates.isDisjoint(with: [.busy, .asleep, .paused]) { report.expect(held.isEmpty, "sessions held for nothing") }
    let owned = unsafe sessions.values.reduce(Int64(0)) { unsafe $0 + $1.pointee.countedMemory }
    report.expect(ownedByClients.total == owned, "clients own \(owned) bytes, the sum says \(ownedByClients.total)")
    let open = unsafe sessions.values.reduce(0) { unsafe $0 + ($1.pointee.record == nil ? 0 : 1) }
    let records = lab.ledger.connections.reduce(0) { $0 + ($1.closedAt == nil ? 1 : 0) }
    report.expect(open == records, "the ledger has \(records) open connections of \(open)")
    let commands = lab.ledger.connections.reduce(0) { $0 + $1.commands.count }
    report.expect(commands == lab.ledger.commandTotal, "the ledger counts \(lab.ledger.commandTotal) of \(commands) commands")
  }
}

extension Database {
  /// The table, its values, and that the indexes hold all deadlines and no others.
  fileprivate func check(_ number: Int, _ report: inout InvariantReport) {
    if count == 0 && expiry.count == 0 && fieldExpiry.count == 0 { return }
    for violation in table.invariantViolations() { report.expect(false, "database \(number): \(violation)") }
    var (keys, hashes) = (0, 0)
    table.forEach { entry in
      report.add(entry.checkInvariants(), "database \(number), key \(entry.key.text)")
      let hash = table.hash(entry.key)
      if entry.deadlineMilliseconds != Entry.noDeadline {
        keys += 1
        let isIndexed = expiry.contains(deadline: entry.deadlineMilliseconds, hash: hash)
        report.expect(isIndexed, "database \(number): the index does not know when \(entry.key.text) expires")
      }
      if entry.hasFieldDeadlines, entry.hash.indexedDeadline != Entry.noDeadline {
        hashes += 1
        let isIndexed = fieldExpiry.contains(deadline: entry.hash.indexedDeadline, hash: hash)
        report.expect(isIndexed, "database \(number): the index does not know when fields of \(entry.key.text) expire")
      }
    }
    report.expect(expiry.count == keys, "database \(number): \(keys) keys expire, the index has \(expiry.count)")
    report.expect(fieldExpiry.count == hashes, "database \(number): \(hashes) hashes expire, the index has \(fieldExpiry.count)")
    report.add(expiry.checkInvariants(), "database \(number), index of deadlines")
    report.add(fieldExpiry.checkInvariants(), "database \(number), index of fields' deadlines")
  }
}

// MARK: What a simulation asks

/// A few figures of an engine, for who simulates the world around it.
package struct EngineVitals {
  /// Data clock, milliseconds; wait clock, microseconds; both as the engine has last read them.
  package let now: Int64
  package let waitNow: Int64
  /// When the next timer of the wait clock goes off.
  package let nextTimer: Int64?
  /// Whether a command is suspended, and whether nobody is answered meanwhile.
  package let isMidCommand: Bool
  package let isAsleep: Bool
  /// Whether there is more to do at once.
  package let hasMore: Bool
  package let usedMemory: Int64
  package let commandsProcessed: Int64
}

/// A few figures of a session.
package struct SessionVitals {
  package let isStopped: Bool
  package let hasInput: Bool
  /// Bytes that wait to be sent.
  package let unsent: Int
  package let commandCount: Int64
  package let bytesReceived: Int64
  package let bytesSent: Int64
}

extension Engine {
  /// Call it under the lock.
  package var vitals: EngineVitals {
    unsafe EngineVitals(
      now: state.pointee.now, waitNow: state.pointee.waitNow, nextTimer: state.pointee.timers.nextDue,
      isMidCommand: state.pointee.isMidCommand, isAsleep: state.pointee.gates.contains(.asleep),
      hasMore: hasEffects || state.pointee.tasksChanged.pointee, usedMemory: state.pointee.usedMemory,
      commandsProcessed: state.pointee.statistics.commandsProcessed)
  }

  /// Call it under the lock.
  package func vitals(of session: SessionPointer) -> SessionVitals {
    unsafe SessionVitals(
      isStopped: session.pointee.isStopped, hasInput: session.pointee.input != nil,
      unsent: session.pointee.pending.map { unsafe $0.pointee.totalCount } ?? 0, commandCount: session.pointee.commandCount,
      bytesReceived: session.pointee.bytesReceived, bytesSent: session.pointee.bytesSent)
  }
}
