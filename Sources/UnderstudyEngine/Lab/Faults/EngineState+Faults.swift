// What faults do to a session, and when: ends, delays, pauses, idle times; and what is noted of it.
//
// Everything waits on the wait clock by the engine's own timers, so that a frozen clock holds a fault still.
//
// This file may say `unsafe`. What keeps it safe: sessions come from the registry, or are those of the running command.

extension EngineState {
  /// A rule has bitten.
  mutating func note(_ rule: ActiveFault, _ session: SessionPointer, _ subject: FaultSubject, tookEffect: Bool) {
    guard let record = unsafe session.pointee.record else { return }
    let time = ledgerTime
    rule.note(
      FaultFiring(
        endpoint: lab.endpoints[record.endpoint].name, connection: record.ordinal, client: record.identifier,
        ordinal: subject.ordinal, command: subject.name, tookEffect: tookEffect, time: time))
    record.note(
      ConnectionFault(
        time: time, rule: rule.rule.id, action: rule.rule.action.name, ordinal: subject.ordinal, tookEffect: tookEffect))
  }

  /// Microseconds of a delay: its jitter is drawn.
  func drawn(
    _ milliseconds: Int64, _ jitter: Int64, _ rule: ActiveFault, _ session: SessionPointer, _ subject: FaultSubject
  ) -> Int64 {
    guard jitter > 0, let record = unsafe session.pointee.record else { return milliseconds * 1000 }
    let share = place(record, subject.ordinal).draw(rule.rule.id, salt: 1)
    return milliseconds * 1000 + Int64(Double(jitter * 1000) * share)
  }

  /// So many microseconds from now.
  func later(by microseconds: Int64) -> Int64 {
    let (sum, overflow) = waitNow.addingReportingOverflow(microseconds)
    return overflow ? Int64.max : sum
  }

  /// Writes a push of words: one that begins with a colon is a number, one that begins with an at sign the address of an
  /// endpoint.
  func push(_ words: [String], _ reply: Reply) {
    reply.push(words.count)
    for word in words {
      if word.hasPrefix(":"), let number = Int64(word.dropFirst()) {
        reply.integer(number)
      } else if word.hasPrefix("@"), lab.endpoint(named: String(word.dropFirst())) != nil {
        reply.bulk(address(of: .endpoint(String(word.dropFirst()))))
      } else {
        reply.bulk(word)
      }
    }
  }

  // MARK: Shapes

  /// Puts a mark behind what `output` holds, `missing` bytes before its end.
  mutating func shape(
    _ session: SessionPointer, _ mark: OutputShape.Mark, behind output: UnsafeMutablePointer<ReplyBuffer>,
    without missing: Int = 0
  ) {
    let place = unsafe bytesAhead(of: output, session) + output.pointee.totalCount - missing
    unsafe faults(of: session).shape.add(mark, at: place)
    if unsafe current != session { unsafe queueFlush(session) }
  }

  /// Ends a connection behind what `output` holds.
  mutating func end(
    _ session: SessionPointer, _ ending: FaultEnding, behind output: UnsafeMutablePointer<ReplyBuffer>
  ) {
    unsafe shape(session, .end(ending), behind: output)
    if ending != .halfClose { unsafe session.pointee.flags.insert(.cut) }
  }

  /// What may leave of a session's output now: at most so many bytes, or an end that has been reached. Sets a timer if it
  /// has to wait.
  mutating func released(_ session: SessionPointer, _ faults: FaultConnection, count: Int) -> OutputShape.Verdict {
    let verdict = faults.shape.verdict(count, at: waitNow)
    if case .held(let time) = verdict, time < .max, time != faults.shapeDue {
      faults.shapeDue = time
      unsafe addTimer(.shape(session: session.pointee.identifier), due: time)
    }
    return verdict
  }

  mutating func shapeTimerFired(_ identifier: UInt64) {
    guard let session = unsafe sessions[identifier], let faults = unsafe session.pointee.faults else { return }
    faults.shapeDue = .max
    unsafe queueFlush(session)
  }

  // MARK: Delays

  /// Has a session execute nothing for so many microseconds.
  mutating func delay(_ session: SessionPointer, by microseconds: Int64) {
    let faults = unsafe faults(of: session)
    let end = max(faults.resumesAt, later(by: microseconds))
    faults.resumesAt = end
    unsafe session.pointee.flags.insert(.delayed)
    unsafe addTimer(.resume(session: session.pointee.identifier), due: end)
  }

  mutating func resumeTimerFired(_ identifier: UInt64) {
    guard let session = unsafe sessions[identifier], let faults = unsafe session.pointee.faults,
      unsafe session.pointee.flags.contains(.delayed), faults.resumesAt <= waitNow
    else { return }
    unsafe session.pointee.flags.remove(.delayed)
    unsafe queueRun(session)
    // Whoever has said that it sends no more is looked at again.
    unsafe queueFlush(session)
  }

  /// Has an endpoint stand still: nothing of it is executed, nothing leaves.
  mutating func pauseEndpoint(_ endpoint: Int, milliseconds: Int64) {
    let end = max(lab.faults.pauses[endpoint] ?? 0, later(by: milliseconds * 1000))
    lab.faults.pauses[endpoint] = end
    for unsafe session in unsafe sessions.values {
      guard let record = unsafe session.pointee.record, record.endpoint == endpoint else { continue }
      unsafe pause(session, until: end)
    }
  }

  mutating func pause(_ session: SessionPointer, until end: Int64) {
    unsafe delay(session, by: end &- waitNow)
    unsafe session.pointee.gates.insert(.lab)
    if unsafe current != session { unsafe shape(session, .hold(until: end), behind: outbox(of: session)) }
  }

  // MARK: Idle connections

  /// A connection has nothing to do: rules that wait for that begin to.
  mutating func beginIdle(_ session: SessionPointer, _ subject: FaultSubject) {
    unsafe session.pointee.faults?.idleSince = waitNow
    for rule in lab.faults.rules { unsafe beginIdle(rule, session, subject) }
  }

  mutating func beginIdle(_ rule: ActiveFault, _ session: SessionPointer, _ subject: FaultSubject) {
    guard case .idle(let milliseconds) = rule.rule.stage, let record = unsafe session.pointee.record,
      unsafe matches(rule, session, record, subject), unsafe faults(of: session).idleTimers.insert(rule.serial).inserted
    else { return }
    unsafe addTimer(
      .faultIdle(session: session.pointee.identifier, rule: rule.serial), due: later(by: milliseconds * 1000))
  }

  /// A connection may have been idle for as long as a rule says: if it has asked for something since, the timer is set
  /// anew, so that there is one for each rule.
  mutating func idleFaultTimerFired(_ identifier: UInt64, _ serial: Int) {
    guard let session = unsafe sessions[identifier], let record = unsafe session.pointee.record,
      let faults = unsafe session.pointee.faults
    else { return }
    faults.idleTimers.remove(serial)
    guard let rule = lab.faults.rule(serial: serial), case .idle(let milliseconds) = rule.rule.stage,
      unsafe session.pointee.flags.isDisjoint(with: .stops)
    else { return }
    let due = faults.idleSince &+ milliseconds * 1000
    if due > waitNow {
      faults.idleTimers.insert(serial)
      return addTimer(.faultIdle(session: identifier, rule: serial), due: due)
    }
    guard unsafe matches(rule, session, record, faults.latest), unsafe bites(rule, session, record, faults.latest) else {
      return
    }
    unsafe note(rule, session, faults.latest, tookEffect: false)
    let output = unsafe outbox(of: session)
    let reply = unsafe Reply(output, version: session.pointee.protocolVersion)
    switch rule.rule.action {
    case .close, .reset, .halfClose, .hang: unsafe end(session, rule.rule.action.ending, behind: output)
    case .raw(let bytes), .surplus(let bytes): bytes.withBytes { reply.raw($0) }
    case .push(let words): push(words, reply)
    case .pause(let milliseconds): pauseEndpoint(record.endpoint, milliseconds: milliseconds)
    default: break
    }
    unsafe queueFlush(session)
  }

  // MARK: Pushes

  /// A push has been written for a session, at the end of `output` from `mark` on.
  mutating func pushWritten(to session: SessionPointer, _ output: UnsafeMutablePointer<ReplyBuffer>, mark: Int) {
    unsafe recordPush(session, output, mark: mark)
    guard lab.faults.rules.contains(where: { $0.rule.stage == .push }) else { return }
    let faults = unsafe faults(of: session)
    guard let rule = unsafe fire([.push], session, FaultSubject()) else { return }
    unsafe note(rule, session, FaultSubject(), tookEffect: true)
    unsafe output.pointee.flatten(from: mark)
    let count = unsafe output.pointee.count - mark
    let reply = unsafe Reply(output, version: session.pointee.protocolVersion)
    switch rule.rule.action {
    case .close, .reset, .halfClose, .hang:
      unsafe output.pointee.rewind(to: mark)
      unsafe end(session, rule.rule.action.ending, behind: output)
    case .delay(let milliseconds, let jitter):
      let time = unsafe drawn(milliseconds, jitter, rule, session, faults.latest)
      unsafe shape(session, .hold(until: later(by: time)), behind: output, without: count)
    case .drip(let bytes, let milliseconds):
      let pace = OutputPace(bytes: bytes, interval: milliseconds * 1000)
      unsafe shape(session, .drip(pace, left: count), behind: output, without: count)
    case .truncate(let limit): unsafe output.pointee.rewind(to: mark + min(limit, count))
    case .raw(let bytes):
      unsafe output.pointee.rewind(to: mark)
      bytes.withBytes { reply.raw($0) }
    case .surplus(let bytes): bytes.withBytes { reply.raw($0) }
    case .drop: unsafe output.pointee.rewind(to: mark)
    default: break
    }
  }

  // MARK: Accepting

  /// A connection has been accepted.
  mutating func acceptFaults(_ session: SessionPointer) {
    guard let record = unsafe session.pointee.record else { return }
    if let end = lab.faults.pauses[record.endpoint], end <= waitNow { lab.faults.pauses[record.endpoint] = nil }
    let pauseEnd = lab.faults.pauses[record.endpoint]
    guard lab.faults.concerns(record.endpoint) || pauseEnd != nil else { return }
    unsafe session.pointee.gates.insert(.lab)
    let faults = unsafe faults(of: session)
    let endpoint = lab.endpoints[record.endpoint]
    let speaksTLS = endpoint.listener == .tls || record.endpoint == 0 && configuration.tls.port > 0
    faults.awaitsHandshake = speaksTLS && lab.faults.rules.contains { $0.rule.stage == .tls }
    if let pauseEnd { unsafe pause(session, until: pauseEnd) }
    if unsafe refusedByQuota(session, record, faults) { return }
    if let rule = unsafe fire([.accept], session, FaultSubject()) {
      unsafe note(rule, session, FaultSubject(), tookEffect: false)
      unsafe greet(session, rule, faults, record)
    }
    unsafe beginIdle(session, FaultSubject())
  }

  private mutating func greet(
    _ session: SessionPointer, _ rule: ActiveFault, _ faults: FaultConnection, _ record: ConnectionRecord
  ) {
    let output = unsafe outbox(of: session)
    let reply = unsafe Reply(output, version: 2)
    switch rule.rule.action {
    case .close, .reset, .halfClose, .hang: unsafe end(session, rule.rule.action.ending, behind: output)
    case .delay(let milliseconds, let jitter):
      unsafe delay(session, by: drawn(milliseconds, jitter, rule, session, FaultSubject()))
    case .drip(let bytes, let milliseconds): faults.shape.pace = OutputPace(bytes: bytes, interval: milliseconds * 1000)
    case .raw(let bytes): bytes.withBytes { reply.raw($0) }
    case .error(let text):
      reply.error(text)
      unsafe end(session, .close, behind: output)
    case .pause(let milliseconds): pauseEndpoint(record.endpoint, milliseconds: milliseconds)
    default: break
    }
    unsafe queueFlush(session)
  }
}
