// The way of a request of a proxy: it is written down, and passed on.
//
// Requests follow each other without waiting for replies, as the client sent them. Two things make a client's requests go
// one by one, each when the reply to the one before has come: a fault rule or quota that concerns its connection, so that
// what the rule does stands in its place among the replies; and a command that blocks, behind which a server takes nothing either.
//
// This file may say `unsafe`. What keeps it safe: as in Dispatch.swift.

extension Dispatcher {
  /// Whether a request has to wait for the replies to those before it. It is offered again when they have come.
  func waitsForUpstream(_ session: SessionPointer) -> Bool {
    guard let upstream = unsafe session.pointee.upstream, upstream.waitingCount > 0 else { return false }
    unsafe session.pointee.flags.insert(.suspended)
    return true
  }

  /// Passes a request on.
  func forward(
    _ session: SessionPointer, _ upstream: Upstream, entry: DispatchPointer?, arguments: Arguments
  ) -> DispatchResult {
    unsafe session.pointee.lastCommand = entry
    if upstream.isOver { return .done }
    let request = unsafe ForwardedRequest(entry, arguments, ordinal: session.pointee.commandCount + 1)
    unsafe writeDown(request, session, upstream)
    upstream.send(arguments)
    if upstream.isOpaque { return .done }
    let isAnswered = foresee(request, upstream)
    if unsafe state.pointee.current != session { unsafe state.pointee.queueFlush(session) }
    guard isAnswered else {
      unsafe finishForwarded(session, upstream, request, Bytes(""))
      return .done
    }
    upstream.append(request)
    unsafe session.pointee.record?.outstanding = upstream.waitingCount
    if request.blocks {
      unsafe session.pointee.flags.insert(.blocked)
      return .stopped
    }
    if unsafe session.pointee.faults != nil || upstream.unsentCount > Upstream.outputLimit {
      unsafe session.pointee.flags.insert(.suspended)
      return .stopped
    }
    return .done
  }

  private func writeDown(_ request: ForwardedRequest, _ session: SessionPointer, _ upstream: Upstream) {
    guard let record = unsafe session.pointee.record, record.level == .full else { return }
    let wasShakingHands = record.isShakingHands
    let ordinal = unsafe state.pointee.beginCommand(record, session, request.entry, request.arguments)
    // SELECT may still be on its way.
    if wasShakingHands && !record.isShakingHands { record.baselineDatabase = upstream.wantedDatabase }
    let command = unsafe state.pointee.commandRecord(
      request.entry, request.arguments, ordinal: ordinal, place: .direct, database: upstream.wantedDatabase,
      at: state.pointee.ledgerTime)
    unsafe state.pointee.lab.ledger.append(command, to: record)
    unsafe state.pointee.willRun(record, command, request.arguments)
    request.command = command
  }

  /// Says how a request will be answered; false if it will not be.
  private func foresee(_ request: ForwardedRequest, _ upstream: Upstream) -> Bool {
    let arguments = request.arguments
    let isSkipped = upstream.skipsNext
    upstream.skipsNext = false
    switch request.name {
    case "client|reply" where arguments.count == 3:
      if arguments[2].matches("ON") {
        upstream.isSilent = false
        return true
      }
      if arguments[2].matches("OFF") {
        upstream.isSilent = true
        return false
      }
      guard arguments[2].matches("SKIP") else { break }
      if upstream.isSilent { return false }
      upstream.skipsNext = true
      return false
    case "multi": upstream.isQueueing = true
    case "exec", "discard": upstream.isQueueing = false
    case "reset":
      upstream.isQueueing = false
      upstream.isSilent = false
      upstream.wantedDatabase = 0
    case "select" where arguments.count == 2:
      if let number = NumberText.parseInt64(arguments[1]), let database = Int32(exactly: number) { upstream.wantedDatabase = database }
    case "sync", "psync": upstream.isOpaque = true
    default: break
    }
    if request.isSubscription, let entry = unsafe request.entry, unsafe entry.pointee.accepts(argumentCount: arguments.count) {
      request.awaited = arguments.count > 1 ? .confirmations(left: arguments.count - 1) : .allConfirmations
      // Confirmations are pushes, which are always sent.
      return true
    }
    request.blocks = !upstream.isQueueing && !upstream.isSilent && !isSkipped && mayBlock(request)
    return !upstream.isSilent && !isSkipped
  }

  private func mayBlock(_ request: ForwardedRequest) -> Bool {
    guard let entry = unsafe request.entry, unsafe entry.pointee.flags.contains(.blocking) else { return false }
    guard request.name.hasPrefix("xread") else { return true }
    return (1..<request.arguments.count).contains { request.arguments[$0].matches("BLOCK") }
  }
}
