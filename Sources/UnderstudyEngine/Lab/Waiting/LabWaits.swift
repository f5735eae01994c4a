// LabWaits: who waits for something to happen at an endpoint: connections of the control port in LAB.WAIT, and callers
// from Swift. Nobody sleeps: conditions are looked at when a round of the loop has ended, and when a connection was opened
// or closed; a limit is one of real time, whatever the server's clocks say.
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock; a control session that goes away
// takes its wait along.

struct LabWait {
  @safe
  enum Kind {
    /// A control connection, and what it waits for.
    case condition(LabCondition, SessionPointer)
    /// A caller from Swift that looks for itself: woken by any change behind the one that it has seen.
    case change(since: UInt64, @Sendable (LabWaitEnd) -> Void)
  }

  let identifier: UInt64
  let kind: Kind
  /// Real time, microseconds.
  let deadline: Int64
}

/// How a wait for a change has ended.
package enum LabWaitEnd: Sendable {
  case changed, timedOut
  /// The server was stopped, or the caller wants it no more.
  case ended
}

struct LabWaits {
  var waits: [LabWait] = []
  /// How many changes there were: rounds of observed connections, openings, closings.
  var changes: UInt64 = 0
  /// As of when the conditions were looked at last: without a change none of them can have come true.
  var seenChanges: UInt64 = 0
  /// The server does not run: nothing will happen that anybody could wait for.
  var isClosed = false
  private var lastIdentifier: UInt64 = 0

  mutating func add(_ kind: LabWait.Kind, until deadline: Int64) -> UInt64 {
    lastIdentifier += 1
    waits.append(LabWait(identifier: lastIdentifier, kind: kind, deadline: deadline))
    return lastIdentifier
  }

  mutating func remove(of session: SessionPointer) {
    waits.removeAll { wait in
      if case .condition(_, let waiting) = wait.kind { return unsafe waiting == session }
      return false
    }
  }
}

extension EngineState {
  /// Something has happened that a wait may be for.
  mutating func noteLabChange() {
    lab.waits.changes &+= 1
    if !lab.waits.waits.isEmpty { unsafe tasksChanged.pointee = true }
  }

  /// Ends the waits whose time has come. One of the engine's tasks.
  mutating func checkWaits() {
    if lab.waits.waits.isEmpty { return }
    let now = clocks.source.monotonicMicroseconds()
    let hasChanged = lab.waits.changes != lab.waits.seenChanges
    lab.waits.seenChanges = lab.waits.changes
    var values: [LabCondition.Subject: Double] = [:]
    var ended: [(LabWait, LabWaitEnd)] = []
    for wait in lab.waits.waits {
      var hasHappened = false
      switch wait.kind {
      case .condition(let condition, _) where hasChanged || condition.subject.figure.isOfTransport:
        let value = values[condition.subject] ?? value(of: condition.subject)
        values[condition.subject] = value
        hasHappened = condition.holds(value)
      case .condition: break
      case .change(let since, _): hasHappened = lab.waits.changes > since
      }
      if hasHappened || wait.deadline <= now { ended.append((wait, hasHappened ? .changed : .timedOut)) }
    }
    if ended.isEmpty { return }
    let identifiers = Set(ended.map(\.0.identifier))
    lab.waits.waits.removeAll { identifiers.contains($0.identifier) }
    for (wait, end) in ended {
      switch wait.kind {
      case .change(_, let resume): resume(end)
      case .condition(let condition, let session):
        let reply = unsafe Reply(outbox(of: session), version: session.pointee.protocolVersion)
        if end == .changed {
          reply.ok()
        } else {
          reply.error("ERR timed out: \(condition.failure(figures(of: condition.subject.endpoint)))")
        }
        unsafe session.pointee.flags.remove(.blocked)
        unsafe queueRun(session)
      }
    }
  }

  /// In how many microseconds of real time the next wait is over; nil if there is none.
  var untilNextWait: Int64? {
    lab.waits.waits.map(\.deadline).min().map { max(0, $0 &- clocks.source.monotonicMicroseconds()) }
  }
}

extension Context {
  /// Lets a control connection wait for a condition, for so many milliseconds. It has no reply until then.
  mutating func wait(for condition: LabCondition, milliseconds: Int64) {
    let deadline = engine.clocks.source.monotonicMicroseconds().plusOrMax(milliseconds.timesOrMax(1_000))
    _ = unsafe state.pointee.lab.waits.add(.condition(condition, sessionPointer), until: deadline)
    session.flags.insert(.blocked)
    engine.tellTransport()
    outcome = .blocked
  }
}

extension Engine {
  /// Calls `resume` at the next change behind `since`, or when so much real time has gone by. Answers a number by which
  /// it can be taken back. Of a server that does not run the wait is over at once. Call it under the lock; `resume` is
  /// called under it.
  package func onLabChange(
    since: UInt64, microseconds: Int64, _ resume: @escaping @Sendable (LabWaitEnd) -> Void
  ) -> UInt64 {
    if unsafe state.pointee.lab.waits.isClosed {
      resume(.ended)
      return 0
    }
    let deadline = unsafe state.pointee.clocks.source.monotonicMicroseconds().plusOrMax(microseconds)
    // Whoever asks has the loop look at it; it may have changed already.
    unsafe state.pointee.tellTransport()
    return unsafe state.pointee.lab.waits.add(.change(since: since, resume), until: deadline)
  }

  /// Takes a wait back. Call it under the lock.
  package func cancelLabWait(_ identifier: UInt64) {
    let wait = unsafe state.pointee.lab.waits.waits.first { $0.identifier == identifier }
    guard let wait, case .change(_, let resume) = wait.kind else { return }
    unsafe state.pointee.lab.waits.waits.removeAll { $0.identifier == identifier }
    resume(.ended)
  }

  /// Takes all waits of callers back, and those to come: nothing happens any more. Call it under the lock.
  package func endLabWaits() {
    unsafe state.pointee.lab.waits.isClosed = true
    for wait in unsafe state.pointee.lab.waits.waits { cancelLabWait(wait.identifier) }
  }

  /// The server is about to run: callers may wait. Those who have waited over a restart are looked at anew. Call it under
  /// the lock.
  package func openLabWaits() {
    unsafe state.pointee.lab.waits.isClosed = false
    unsafe state.pointee.noteLabChange()
  }

  /// The figures of an endpoint, and the number of changes that they show; nil if there is no such endpoint. Call it under
  /// the lock.
  package func labFigures(of endpoint: String) -> (figures: LedgerFigures, changes: UInt64)? {
    guard let number = unsafe state.pointee.lab.endpoint(named: endpoint) else { return nil }
    return unsafe (state.pointee.figures(of: number), state.pointee.lab.waits.changes)
  }
}
