// Tasks: what the engine does between batches: timers, clients that may go on, expiry, freeing in steps. The transport
// calls `runTasks` after each round and sleeps no longer than it says; the simulation calls the same from its seed.
//
// This file may say `unsafe`. What keeps it safe: sessions are looked up by identifier, and leave the lists they stand
// in before they are freed.

extension Engine {
  /// Does what is due. Output that this causes waits in the sessions that `takeFlush` then names.
  ///
  /// - Returns: in how many microseconds of real time it wants to be called again; nil if only a request can give it
  ///   something to do.
  package func runTasks() -> Int64? {
    unsafe state.pointee.refreshTime()
    unsafe state.pointee.tasksChanged.pointee = false
    unsafe state.pointee.endRound()
    unsafe state.pointee.checkWaits()
    if unsafe !state.pointee.lab.replays.isEmpty { runReplays() }
    if dispatcher.sleepsOn() { return soonest() }
    if unsafe state.pointee.ownedByClients.total > state.pointee.ownedByClients.limit { dispatcher.evictClients() }
    while let timer = unsafe state.pointee.timers.popDue(state.pointee.waitNow) { fire(timer) }
    // A script sees one data time, and no key goes away under it.
    if unsafe state.pointee.gates.contains(.busy) {
      dispatcher.runScriptSlice()
    } else {
      expireDue(budget: 200)
      if unsafe state.pointee.eviction.isUnfinished { _ = unsafe state.pointee.makeRoom() }
      unsafe state.pointee.wakeClaimants()
      // Clients may wait for a key that has just gone.
      if unsafe state.pointee.afterCommand.contains(.readyKeys) { dispatcher.serveReadyKeys() }
    }
    unsafe state.pointee.limitTracking()
    unsafe state.pointee.tellPrefixes()
    let graveyard = unsafe state.pointee.graveyard
    unsafe graveyard.pointee.releaseSome()
    runReleased()
    return soonest()
  }

  /// In how many microseconds there is something to do: for the engine, or for whoever waits in the lab.
  private func soonest() -> Int64? {
    let (task, wait) = unsafe (untilNextTask(), state.pointee.untilNextWait)
    guard let task, let wait else { return task ?? wait }
    return min(task, wait)
  }

  private func fire(_ timer: TimerKind) {
    switch timer {
    case .unblock(let identifier, let token):
      guard let session = unsafe state.pointee.sessions[identifier],
        unsafe session.pointee.extras?.blocked?.token == token
      else { return }
      unsafe dispatcher.unblock(session, .timeout)
    case .unpause: dispatcher.pauseTimerFired()
    case .wake: break
    case .outputLimit(let identifier): unsafe state.pointee.outputLimitTimerFired(identifier)
    case .idle(let generation): unsafe state.pointee.idleTimerFired(generation)
    case .shape(let identifier): unsafe state.pointee.shapeTimerFired(identifier)
    case .resume(let identifier): unsafe state.pointee.resumeTimerFired(identifier)
    case .faultIdle(let identifier, let rule): unsafe state.pointee.idleFaultTimerFired(identifier, rule)
    case .faultEnd(let rule): unsafe state.pointee.removeFaults { $0.serial == rule }
    }
  }

  /// Sessions that were held back go on with what they have sent.
  func runReleased() {
    while unsafe !state.pointee.effects.run.isEmpty {
      let list = unsafe state.pointee.effects.run
      unsafe state.pointee.effects.run.removeAll(keepingCapacity: true)
      for unsafe session in unsafe list {
        unsafe session.pointee.flags.remove(.runQueued)
        guard unsafe !session.pointee.isStopped else { continue }
        let scratch = unsafe state.pointee.scratch
        let result = unsafe runRetained(session, scratch)
        unsafe state.pointee.outbox(of: session).pointee.append(contentsOf: &scratch.pointee)
        unsafe scratch.pointee.removeAll()
        switch result {
        case .idle: break
        case .more: unsafe state.pointee.queueRun(session)
        case .close: unsafe session.pointee.flags.insert(.closeAfterReply)
        }
        if result == .more { return }
      }
    }
  }

  /// Removes keys and fields of hashes whose time has come, at most `budget` of each in each database.
  private func expireDue(budget: Int) {
    guard unsafe state.pointee.configuration.expiresActively && state.pointee.pause == nil else { return }
    let start = unsafe state.pointee.latencyStart
    defer { unsafe state.pointee.noteLatency("expire-cycle", since: start) }
    for index in 0..<(unsafe state.pointee.databaseCount) {
      let database = unsafe state.pointee.databases + index
      var left = budget
      while left > 0, let due = unsafe database.pointee.expiry.first, unsafe due.deadline <= state.pointee.now {
        left -= 1
        unsafe state.pointee.expire(due, in: Int32(index))
      }
      left = budget
      while left > 0, let due = unsafe database.pointee.fieldExpiry.first, unsafe due.deadline <= state.pointee.now {
        left -= unsafe state.pointee.expireFields(due, in: Int32(index), budget: left)
      }
    }
  }

  private func untilNextTask() -> Int64? {
    if unsafe state.pointee.gates.contains(.asleep) {
      if unsafe state.pointee.clocks.wait.isFrozen { return nil }
      return unsafe state.pointee.sleep.map { max(0, unsafe $0.end &- state.pointee.waitNow) }
    }
    if unsafe !state.pointee.effects.run.isEmpty || state.pointee.gates.contains(.busy) { return 0 }
    if unsafe !state.pointee.graveyard.pointee.isEmpty { return 0 }
    if unsafe state.pointee.eviction.isUnfinished && state.pointee.pause == nil { return 0 }
    var next: Int64?
    func note(_ microseconds: Int64) { next = min(next ?? Int64.max, max(0, microseconds)) }
    if unsafe !state.pointee.clocks.wait.isFrozen, let due = unsafe state.pointee.timers.nextDue {
      note(due &- (unsafe state.pointee.waitNow))
    }
    if unsafe state.pointee.configuration.expiresActively && state.pointee.pause == nil {
      let isFrozen = unsafe state.pointee.clocks.data.isFrozen
      for index in 0..<(unsafe state.pointee.databaseCount) {
        let deadline = unsafe (state.pointee.databases + index).pointee.soonestDeadline
        if deadline == Entry.noDeadline { continue }
        if unsafe deadline <= state.pointee.now {
          // More than one round's share is due, whether or not time goes on.
          note(0)
        } else if !isFrozen {
          let milliseconds = deadline &- (unsafe state.pointee.now)
          note(milliseconds > 86_400_000 ? 86_400_000_000 : milliseconds * 1000 + 1000)
        }
      }
    }
    let claim = unsafe state.pointee.blocking.nextClaim
    if claim != Entry.noDeadline, unsafe !state.pointee.clocks.data.isFrozen {
      let (milliseconds, overflow) = claim.subtractingReportingOverflow(unsafe state.pointee.now)
      note(overflow || milliseconds > 86_400_000 ? 86_400_000_000 : milliseconds * 1000 + 1000)
    }
    return next
  }
}

extension EngineState {
  /// Removes the key behind an item of the expiry index.
  mutating func expire(_ due: ExpiryIndex.Item, in database: Int32) {
    let pointer = unsafe databases + Int(database)
    if let found = unsafe pointer.pointee.entry(of: due) {
      expire(Key(bytes: found.key, hash: due.hash), in: database)
    } else {
      unsafe pointer.pointee.expiry.remove(deadline: due.deadline, hash: due.hash)
    }
  }
}
