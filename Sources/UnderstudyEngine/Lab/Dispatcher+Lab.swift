// The way of a request whose connection the lab observes: the same gates and handlers as everybody's, with the lab's eyes
// and hands around them.
//
// Sessions of such endpoints bear the gate `Gates.lab`, which keeps their requests from the short way; nobody else's
// request comes here. Commands inside EXEC and scripts come by `observeInner`.
//
// This file may say `unsafe`. What keeps it safe: as in Dispatch.swift.

extension Dispatcher {
  /// The way through the gates, for a request that the lab observes.
  func observed(
    _ session: SessionPointer, entry: DispatchPointer?, arguments: Arguments, hash: UInt64,
    output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    if let record = unsafe session.pointee.record,
      unsafe session.pointee.faults != nil || state.pointee.lab.faults.concerns(record.endpoint)
    {
      if unsafe waitsForUpstream(session) { return .retry }
      return unsafe faulted(session, entry: entry, arguments: arguments, hash: hash, output: output)
    }
    return unsafe seen(session, entry: entry, arguments: arguments, hash: hash, output: output)
  }

  /// The way through the gates, written down if the session's endpoint is recorded fully; or to the server behind a proxy.
  func seen(
    _ session: SessionPointer, entry: DispatchPointer?, arguments: Arguments, hash: UInt64,
    output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    if let (recorder, connection) = unsafe state.pointee.recorder(of: session) {
      return unsafe recordedCall(
        recorder, connection, session, entry: entry, arguments: arguments, hash: hash, output: output)
    }
    return unsafe writtenDown(session, entry: entry, arguments: arguments, hash: hash, output: output)
  }

  /// The same, behind what records it for a replay.
  func writtenDown(
    _ session: SessionPointer, entry: DispatchPointer?, arguments: Arguments, hash: UInt64,
    output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    if let upstream = unsafe session.pointee.upstream {
      return unsafe forward(session, upstream, entry: entry, arguments: arguments)
    }
    if let record = unsafe session.pointee.record, record.level == .full {
      return unsafe recorded(record, session, entry: entry, arguments: arguments, hash: hash, output: output)
    }
    return unsafe gated(session, entry: entry, arguments: arguments, hash: hash, output: output)
  }

  /// The same, written down.
  private func recorded(
    _ record: ConnectionRecord, _ session: SessionPointer, entry: DispatchPointer?, arguments: Arguments, hash: UInt64,
    output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    let ordinal = unsafe state.pointee.beginCommand(record, session, entry, arguments)
    var command = unsafe state.pointee.commandRecord(
      entry, arguments, ordinal: ordinal, place: .direct, database: session.pointee.database,
      at: state.pointee.ledgerTime)
    unsafe state.pointee.lab.ledger.append(command, to: record)
    unsafe state.pointee.willRun(record, command, arguments)
    let wasDirty = unsafe session.pointee.flags.contains(.dirtyWatch)
    let mark = unsafe output.pointee.mark
    let result = unsafe gated(session, entry: entry, arguments: arguments, hash: hash, output: output)
    switch result {
    case .retry:
      // It was not taken, and comes again.
      record.commandCount -= 1
      unsafe state.pointee.lab.ledger.dropLatest(ordinal: ordinal, of: record)
      return result
    case .stopped:
      record.outstanding = 1
      unsafe state.pointee.countReply(command, record)
      unsafe state.pointee.hasStopped(record, command)
      unsafe state.pointee.trace(command, of: session)
    case .done:
      let reply = unsafe output.pointee.bytes.slice(mark..<output.pointee.count)
      command.finish(reply, at: unsafe state.pointee.ledgerTime)
      if reply.isQueuedReply { command.place = .queued }
      let finished = command
      record.changeLatest(where: { $0.ordinal == ordinal && $0.place == .direct }) { $0 = finished }
      unsafe state.pointee.countReply(finished, record)
      let isDirty = unsafe session.pointee.flags.contains(.dirtyWatch)
      unsafe state.pointee.hasRun(
        record, session, finished, entry, arguments, reply, hasDirtiedOwnWatch: isDirty && !wasDirty)
      unsafe state.pointee.trace(finished, of: session)
    }
    if command.place != .queued {
      let name = unsafe entry == nil ? EndpointSums.unknownName : command.name
      unsafe state.pointee.countExecution(name, command.key, at: record.endpoint)
    }
    return result
  }

  /// Writes down a command that EXEC or a script runs. Called behind it; its reply begins at `mark`.
  func observeInner(
    _ session: SessionPointer, entry: DispatchPointer, arguments: Arguments, output: UnsafeMutablePointer<ReplyBuffer>,
    mark: Int
  ) {
    let isScript = unsafe session.pointee.flags.contains(.script)
    let caller = unsafe isScript ? state.pointee.scriptCaller : session
    guard let caller = unsafe caller, let record = unsafe caller.pointee.record, record.level == .full else { return }
    let time = unsafe state.pointee.ledgerTime
    var command = unsafe state.pointee.commandRecord(
      entry, arguments, ordinal: record.commandCount, place: isScript ? .script : .transaction,
      database: session.pointee.database, at: time)
    let reply = unsafe output.pointee.bytes.slice(mark..<output.pointee.count)
    command.finish(reply, at: time)
    unsafe state.pointee.lab.ledger.append(command, to: record)
    unsafe state.pointee.hasRun(record, caller, command, entry, arguments, reply, hasDirtiedOwnWatch: false)
    unsafe state.pointee.countExecution(command.name, command.key, at: record.endpoint)
    unsafe state.pointee.trace(command, of: caller)
  }
}

extension Bytes {
  fileprivate var isQueuedReply: Bool { self == Bytes("+QUEUED\r\n") }
}

extension EngineState {
  /// The client whose script runs, if it is still there.
  var scriptCaller: SessionPointer? {
    guard let machine = unsafe scripting.machine else { return nil }
    return unsafe sessions[machine.pointee.running.caller]
  }
}
