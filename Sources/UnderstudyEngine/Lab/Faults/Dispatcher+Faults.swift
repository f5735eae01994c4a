// The way of a request past the fault rules: what is asked before it runs, and what becomes of its reply.
//
// Nothing here touches a socket. A fault changes the reply where it stands, or puts a mark into the shape of the session's
// output (OutputShape.swift), which the transport's `flush` obeys.
//
// This file may say `unsafe`. What keeps it safe: as in Dispatch.swift.

extension Dispatcher {
  /// The way through rules and gates, for a request of a connection that rules or quotas concern.
  func faulted(
    _ session: SessionPointer, entry: DispatchPointer?, arguments: Arguments, hash: UInt64,
    output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    let faults = unsafe state.pointee.faults(of: session)
    let ordinal = unsafe session.pointee.commandCount + 1
    let mark = unsafe output.pointee.mark
    if faults.passed != ordinal {
      faults.passed = ordinal
      faults.latest = unsafe state.pointee.subject(ordinal, entry, arguments, faults)
      if let result = unsafe before(session, faults, arguments, output) {
        if result == .done {
          unsafe noteUnexecuted(session, entry, arguments, output.pointee.bytes.slice(mark..<output.pointee.count))
          unsafe finishReply(session, faults, output)
        }
        return result
      }
    }
    let subject = faults.latest
    // What was said before it ran is none of its reply.
    let start = unsafe output.pointee.mark
    let result = unsafe seen(session, entry: entry, arguments: arguments, hash: hash, output: output)
    switch result {
    case .retry: break
    case .stopped:
      faults.waiting = subject
      if unsafe session.pointee.flags.contains(.suspended) { unsafe keepBegun(session, output, mark: start) }
    case .done: unsafe after(session, subject, output, mark: start)
    }
    return result
  }

  /// A transaction is suspended: what there is of its reply, at the end of `output`, waits for the rest, so that rules
  /// about replies see the whole of it.
  func keepBegun(_ session: SessionPointer, _ output: UnsafeMutablePointer<ReplyBuffer>, mark: Int) {
    guard let faults = unsafe session.pointee.faults, faults.waiting != nil else { return }
    unsafe take(faults, output, mark: mark)
  }

  private func take(_ faults: FaultConnection, _ output: UnsafeMutablePointer<ReplyBuffer>, mark: Int) {
    unsafe output.pointee.flatten(from: mark)
    unsafe faults.begun += output.pointee.bytes.slice(mark..<output.pointee.count).copied()
    unsafe output.pointee.rewind(to: mark)
  }

  /// A command that had waited has its reply, or the rest of it, at the end of `output`, from `mark` on.
  func finishFaults(_ session: SessionPointer, _ output: UnsafeMutablePointer<ReplyBuffer>, mark: Int) {
    guard let faults = unsafe session.pointee.faults, let subject = faults.waiting else { return }
    faults.waiting = nil
    if !faults.begun.isEmpty {
      unsafe take(faults, output, mark: mark)
      faults.begun.withBytes { unsafe output.pointee.append($0) }
      faults.begun = []
    }
    unsafe after(session, subject, output, mark: mark)
  }

  // MARK: Before

  /// What becomes of a request before it runs; nil if it may.
  private func before(
    _ session: SessionPointer, _ faults: FaultConnection, _ arguments: Arguments,
    _ output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult? {
    if let result = unsafe overQuota(session, faults, output) { return result }
    guard let rule = unsafe state.pointee.fire([.handshake, .beforeExecution], session, faults.latest) else { return nil }
    let action = rule.rule.action
    let isExecuted = runsAnyway(action, faults.latest)
    unsafe state.pointee.note(rule, session, faults.latest, tookEffect: isExecuted)
    let reply = unsafe Reply(output, version: session.pointee.protocolVersion)
    switch action {
    case .close, .reset, .halfClose, .hang:
      unsafe state.pointee.end(session, action.ending, behind: output)
    case .delay(let milliseconds, let jitter):
      unsafe state.pointee.delay(session, by: state.pointee.drawn(milliseconds, jitter, rule, session, faults.latest))
      return .retry
    case .pause(let milliseconds):
      if let endpoint = unsafe session.pointee.record?.endpoint {
        unsafe state.pointee.pauseEndpoint(endpoint, milliseconds: milliseconds)
      }
      return .retry
    case .error(let text):
      unsafe refuse(session, faults.latest.entry)
      reply.error(text)
    case .raw(let bytes), .substitute(let bytes): bytes.withBytes { reply.raw($0) }
    case .drop: break
    case .push(let words):
      unsafe state.pointee.push(words, reply)
      return nil
    case .surplus(let bytes):
      bytes.withBytes { reply.raw($0) }
      return nil
    case .redirect(let isAsk, let target):
      unsafe refuse(session, faults.latest.entry)
      let key = faults.latest.keys.first ?? []
      let address = unsafe state.pointee.address(of: target)
      reply.error("\(isAsk ? "ASK" : "MOVED") \(KeySlot.slot(of: key)) \(address)")
    case .role(let role):
      if isExecuted {
        faults.latest.plays = true
        return nil
      }
      unsafe play(role, session, faults.latest, reply)
    case .refuse, .drip, .truncate, .swap: return nil
    }
    return .done
  }

  /// Whether the command runs all the same.
  private func runsAnyway(_ action: FaultAction, _ subject: FaultSubject) -> Bool {
    switch action {
    case .delay, .pause, .push, .surplus: true
    case .role(.replica): subject.name == "info" || subject.name == "hello"
    default: false
    }
  }

  /// A request was answered, or passed over, without having run.
  private func noteUnexecuted(_ session: SessionPointer, _ entry: DispatchPointer?, _ arguments: Arguments, _ reply: Bytes) {
    unsafe session.pointee.lastCommand = entry
    guard let record = unsafe session.pointee.record, record.level == .full else { return }
    let ordinal = unsafe state.pointee.beginCommand(record, session, entry, arguments)
    var command = unsafe state.pointee.commandRecord(
      entry, arguments, ordinal: ordinal, place: .direct, database: session.pointee.database,
      at: state.pointee.ledgerTime)
    if reply.isEmpty { record.outstanding = 1 } else { command.finish(reply, at: unsafe state.pointee.ledgerTime) }
    unsafe state.pointee.countReply(command, record)
    unsafe state.pointee.lab.ledger.append(command, to: record)
  }

  // MARK: Behind

  /// What becomes of a reply, which stands at the end of `output` from `mark` on.
  private func after(
    _ session: SessionPointer, _ subject: FaultSubject, _ output: UnsafeMutablePointer<ReplyBuffer>, mark: Int
  ) {
    guard let faults = unsafe session.pointee.faults else { return }
    if subject.plays { unsafe disguise(session, subject, output, mark: mark) }
    let stages: Set<FaultStage.Kind> = [.afterExecution, .replyByte]
    if unsafe state.pointee.lab.faults.rules.contains(where: { stages.contains($0.rule.stage.kind) }) {
      unsafe output.pointee.flatten(from: mark)
      let reply = unsafe output.pointee.bytes.slice(mark..<output.pointee.count)
      let isFine = ReplyKind(reply) != .error && !(reply == Bytes("+QUEUED\r\n"))
      if let rule = unsafe state.pointee.fire(stages, session, subject, replyCount: reply.count) {
        unsafe state.pointee.note(rule, session, subject, tookEffect: isFine)
        unsafe change(rule, session, faults, subject, output, mark: mark)
      }
    }
    unsafe finishReply(session, faults, output)
  }

  /// A reply is as it is to be: one that was to change places with it follows, and the connection's idle time begins.
  private func finishReply(
    _ session: SessionPointer, _ faults: FaultConnection, _ output: UnsafeMutablePointer<ReplyBuffer>
  ) {
    if let swapped = faults.swapped, faults.latest.ordinal != faults.swappedOrdinal {
      faults.swapped = nil
      swapped.withBytes { unsafe output.pointee.append($0) }
    }
    unsafe state.pointee.beginIdle(session, faults.latest)
  }

  /// Does what an action at the stages `afterExecution` and `replyByte` asks for.
  private func change(
    _ rule: ActiveFault, _ session: SessionPointer, _ faults: FaultConnection, _ subject: FaultSubject,
    _ output: UnsafeMutablePointer<ReplyBuffer>, mark: Int
  ) {
    // What of the reply leaves as it should.
    var kept = 0
    if case .replyByte(let count) = rule.rule.stage { kept = count }
    let count = unsafe output.pointee.count - mark
    let reply = unsafe Reply(output, version: session.pointee.protocolVersion)
    switch rule.rule.action {
    case .close, .reset, .halfClose, .hang:
      unsafe output.pointee.rewind(to: mark + kept)
      unsafe session.pointee.record?.outstanding = 1
      unsafe state.pointee.end(session, rule.rule.action.ending, behind: output)
    case .delay(let milliseconds, let jitter):
      let time = unsafe state.pointee.drawn(milliseconds, jitter, rule, session, subject)
      let end = unsafe state.pointee.later(by: time)
      unsafe state.pointee.shape(session, .hold(until: end), behind: output, without: count - kept)
    case .drip(let bytes, let milliseconds):
      let pace = OutputPace(bytes: bytes, interval: milliseconds * 1000)
      unsafe state.pointee.shape(session, .drip(pace, left: count - kept), behind: output, without: count - kept)
    case .truncate(let limit): unsafe output.pointee.rewind(to: mark + min(limit, count))
    case .drop:
      unsafe output.pointee.rewind(to: mark + kept)
      unsafe session.pointee.record?.outstanding = 1
    case .raw(let bytes), .substitute(let bytes):
      unsafe output.pointee.rewind(to: mark + kept)
      bytes.withBytes { reply.raw($0) }
    case .error(let text):
      unsafe output.pointee.rewind(to: mark)
      reply.error(text)
    case .surplus(let bytes): bytes.withBytes { reply.raw($0) }
    case .push(let words): unsafe state.pointee.push(words, reply)
    case .swap:
      // One that waits already has its turn first.
      if let swapped = faults.swapped {
        faults.swapped = nil
        swapped.withBytes { unsafe output.pointee.append($0) }
      } else {
        faults.swapped = unsafe output.pointee.bytes.slice(mark..<output.pointee.count).copied()
        faults.swappedOrdinal = subject.ordinal
        unsafe output.pointee.rewind(to: mark)
      }
    case .pause(let milliseconds):
      guard let endpoint = unsafe session.pointee.record?.endpoint else { return }
      unsafe state.pointee.shape(
        session, .hold(until: state.pointee.later(by: milliseconds * 1000)), behind: output, without: count)
      unsafe state.pointee.pauseEndpoint(endpoint, milliseconds: milliseconds)
    case .refuse, .redirect, .role: break
    }
  }
}

extension FaultAction {
  /// How a connection ends by it; it is one of those.
  var ending: FaultEnding {
    switch self {
    case .reset: .reset
    case .halfClose: .halfClose
    case .hang: .hang
    default: .close
    }
  }
}
