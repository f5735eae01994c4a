// The way of a control connection's request: its own table and nothing else. No gate stands in it but the control port's
// own password, so that a suspended script, a pause, a password or a fault of the data ports cannot keep the lab out; and
// nothing counts it.
//
// This file may say `unsafe`. What keeps it safe: as in Dispatch.swift.

extension Engine {
  /// A session of the control port: in none of the lists that clients stand in, and never refused.
  func makeControlSession(transport: UnsafeMutableRawPointer?, flags: SessionFlags) -> SessionPointer {
    let session = SessionPointer.allocate(capacity: 1)
    unsafe session.initialize(
      to: Session(
        identifier: state.pointee.nextControlIdentifier, now: state.pointee.clocks.waitMicroseconds))
    unsafe state.pointee.nextControlIdentifier += 1
    unsafe session.pointee.flags = flags
    unsafe session.pointee.gates = .control
    if unsafe !state.pointee.configuration.controlPassword.isEmpty { unsafe session.pointee.gates.insert(.authentication) }
    unsafe session.pointee.transport = transport
    unsafe state.pointee.controlSessions.insert(session)
    return unsafe session
  }
}

extension Dispatcher {
  /// Runs one request of a control connection.
  @inline(never)
  func runControl(
    _ session: SessionPointer, arguments: Arguments, output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    let reply = unsafe Reply(output, version: session.pointee.protocolVersion)
    let index = unsafe CommandTable.control.index
    guard let entry = unsafe find(arguments, in: index) else {
      if arguments.isRequestOfHTTP {
        unsafe session.pointee.flags.insert(.closeAfterReply)
        return .done
      }
      unsafe reply.error(bytes: unknownCommand(arguments, in: index))
      return .done
    }
    guard unsafe entry.pointee.accepts(argumentCount: arguments.count) else {
      unsafe reply.error("ERR wrong number of arguments for '\(entry.pointee.name)' command")
      return .done
    }
    if unsafe session.pointee.gates.contains(.authentication) && !entry.pointee.flags.contains(.noAuth) {
      reply.error(.authenticationRequired)
      return .done
    }
    var context = unsafe Context(
      state: state, session: session, entry: entry, arguments: arguments, output: output)
    do {
      try unsafe entry.pointee.handler(&context)
    } catch {
      context.reply.error(error)
    }
    return context.outcome == .replied ? .done : .stopped
  }
}
