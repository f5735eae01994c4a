// Dispatch: from a parsed request to its handler, through the gates, in the order in which redis-server 7.0.15 asks:
// unknown command, arity, protected commands, authentication, commands that MULTI refuses, permissions, memory,
// subscribed mode, BUSY, pauses, queueing. With no gate closed, which is nearly always, that is one test.
//
// This file may say `unsafe`. What keeps it safe: everything here runs under the engine's lock, within one batch.

/// How a request that was dispatched left its session.
enum DispatchResult: UInt8 {
  /// It has its reply.
  case done
  /// Its session executes nothing for now: it blocks, is suspended, or is held back; the request has been kept if it
  /// must run again.
  case stopped
  /// The request was not taken: it must be offered again later (a pause, a suspended script).
  case retry
}

@safe
struct Dispatcher {
  let state: UnsafeMutablePointer<EngineState>

  /// Looks a command up, its subcommand included. Nil if there is none of that name.
  @inline(__always)
  func find(_ arguments: Arguments) -> DispatchPointer? {
    unsafe find(arguments, in: state.pointee.commandIndex)
  }

  @inline(__always)
  func find(_ arguments: Arguments, in index: UnsafePointer<CommandIndex>) -> DispatchPointer? {
    guard let entry = unsafe index.pointee.find(arguments[0]) else { return nil }
    if let subcommands = unsafe entry.pointee.subcommands, arguments.count > 1 {
      return unsafe subcommands.pointee.find(arguments[1])
    }
    return unsafe entry
  }

  /// Runs one request of `session` and writes its reply to `output`.
  @inline(__always)
  func run(
    _ session: SessionPointer, entry: DispatchPointer?, arguments: Arguments, hash: UInt64,
    output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    if let entry = unsafe entry, unsafe entry.pointee.accepts(argumentCount: arguments.count),
      unsafe session.pointee.gates.union(state.pointee.gates).isEmpty,
      unsafe !entry.pointee.flags.contains(.protected)
    {
      unsafe session.pointee.lastCommand = entry
      return unsafe call(session, entry: entry, arguments: arguments, hash: hash, output: output)
    }
    return unsafe runGated(session, entry: entry, arguments: arguments, hash: hash, output: output)
  }

  /// Calls the handler and does what its outcome asks for.
  @inline(__always)
  func call(
    _ session: SessionPointer, entry: DispatchPointer, arguments: Arguments, hash: UInt64,
    output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    let result = unsafe carryOut(session, entry: entry, arguments: arguments, hash: hash, output: output)
    if unsafe !state.pointee.afterCommand.isEmpty { unsafe afterCommand(session) }
    return result
  }

  /// Calls the handler and counts it. What it sets off is left to do.
  @inline(__always)
  func carryOut(
    _ session: SessionPointer, entry: DispatchPointer, arguments: Arguments, hash: UInt64,
    output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    let identifier = unsafe Int(entry.pointee.identifier)
    var context = unsafe Context(
      state: state, session: session, entry: entry, arguments: arguments, output: output, firstKeyHash: hash)
    do {
      try unsafe entry.pointee.handler(&context)
    } catch {
      context.reply.error(error)
    }
    let outcome = context.outcome
    unsafe state.pointee.statistics.commandsProcessed &+= 1
    unsafe state.pointee.statistics(ofCommand: identifier).pointee.calls += 1
    if unsafe output.pointee.hasUncountedErrors {
      unsafe state.pointee.statistics(ofCommand: identifier).pointee.failed += 1
      unsafe state.pointee.countErrors(in: output)
    }
    return outcome == .replied ? .done : .stopped
  }

  /// What the end of a command sets off: clients waiting for a key that it made ready, pushes to its own client. Inside
  /// EXEC and scripts this waits for the end of the whole.
  @inline(never)
  func afterCommand(_ session: SessionPointer) {
    // A suspended command is not over: what it caused waits for its end (`finishSuspension`), whoever runs one meanwhile.
    guard unsafe session.pointee.flags.isDisjoint(with: [.denyBlocking, .script]),
      unsafe state.pointee.gates.isDisjoint(with: [.busy, .asleep])
    else { return }
    // CLIENT REPLY drops the reply, but not these: they follow when it has (`endCommand`).
    if unsafe session.pointee.gates.isDisjoint(with: .replyControl) { unsafe deliverOwnPushes(session) }
    if unsafe state.pointee.afterCommand.contains(.readyKeys) { serveReadyKeys() }
  }

  // MARK: The gates

  @inline(never)
  private func runGated(
    _ session: SessionPointer, entry found: DispatchPointer?, arguments: Arguments, hash: UInt64,
    output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    if unsafe session.pointee.gates.contains(.control) {
      return unsafe runControl(session, arguments: arguments, output: output)
    }
    let isControlled = unsafe session.pointee.gates.contains(.replyControl)
    let mark = unsafe output.pointee.mark
    let result: DispatchResult
    if unsafe !session.pointee.gates.union(state.pointee.gates).isDisjoint(with: [.lab, .forwarded]) {
      unsafe result = observed(session, entry: found, arguments: arguments, hash: hash, output: output)
    } else {
      unsafe result = gated(session, entry: found, arguments: arguments, hash: hash, output: output)
    }
    switch result {
    case .done: unsafe endCommand(session, found, output, mark: mark, isControlled: isControlled)
    case .stopped: if isControlled { unsafe dropUnwanted(session, found, output, mark: mark) }
    case .retry: break
    }
    return result
  }

  func gated(
    _ session: SessionPointer, entry found: DispatchPointer?, arguments: Arguments, hash: UInt64,
    output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    let reply = unsafe Reply(output, version: session.pointee.protocolVersion)
    unsafe session.pointee.lastCommand = found
    if unsafe state.pointee.gates.contains(.asleep) {
      unsafe hold(session)
      return .retry
    }
    guard let entry = unsafe found else {
      if unsafe !session.pointee.flags.contains(.embedded) && arguments.isRequestOfHTTP {
        unsafe session.pointee.flags.insert(.closeAfterReply)
        return .done
      }
      unsafe refuse(session, nil)
      unsafe reply.error(bytes: unknownCommand(arguments, in: state.pointee.commandIndex))
      return .done
    }
    let flags = unsafe entry.pointee.flags
    let gates = unsafe session.pointee.gates.union(state.pointee.gates)
    guard unsafe entry.pointee.accepts(argumentCount: arguments.count) else {
      let reason = unsafe "wrong number of arguments for '\(entry.pointee.name)' command"
      return unsafe refuse(session, entry, because: reason, reply)
    }
    if flags.contains(.protected), let reason = unsafe protection(of: entry, session) {
      return unsafe refuse(session, entry, because: reason, reply)
    }
    if gates.contains(.authentication) && !flags.contains(.noAuth) {
      return unsafe refuse(session, entry, .authenticationRequired, reply)
    }
    let inTransaction = gates.contains(.transaction)
    if inTransaction && flags.contains(.noMulti) {
      return unsafe refuse(session, entry, .notAllowedInTransaction, reply)
    }
    if gates.contains(.restrictedUser), let denial = unsafe denial(session, entry, arguments) {
      return unsafe refuse(session, entry, text(of: denial, session, entry), reply)
    }
    if gates.contains(.memory), unsafe lacksMemory(session, entry, arguments) {
      return unsafe refuse(session, entry, .outOfMemory, reply)
    }
    if gates.contains(.subscribed), unsafe session.pointee.protocolVersion == 2, !flags.contains(.subscribedMode) {
      let reason = unsafe "Can't execute '\(entry.pointee.name)': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT"
      return unsafe refuse(session, entry, because: reason + " / RESET are allowed in this context", reply)
    }
    if gates.contains(.busy) && !flags.contains(.allowBusy) {
      // Before the time limit the client waits; after it, it is told.
      guard unsafe state.pointee.scripting.isBusyAnnounced else {
        unsafe hold(session)
        return .retry
      }
      return unsafe refuse(session, entry, state.pointee.scripting.busyError, reply)
    }
    if gates.contains(.monitoring), !flags.isDisjoint(with: [.write, .readOnly]) {
      return unsafe refuse(session, entry, .monitorTouchesKeys, reply)
    }
    if gates.contains(.paused), unsafe isHeldByPause(session, entry, arguments) {
      unsafe hold(session)
      return .retry
    }
    if inTransaction && !flags.contains(.immediateInMulti) {
      unsafe session.pointee.extra.transaction?.append(entry, arguments)
      reply.raw("+QUEUED\r\n")
      return .done
    }
    return unsafe perform(session, entry: entry, arguments: arguments, hash: hash, output: output)
  }

  /// A request was refused before it ran: a transaction that it was meant for will abort.
  func refuse(_ session: SessionPointer, _ entry: DispatchPointer?) {
    if unsafe session.pointee.gates.contains(.transaction) { unsafe session.pointee.flags.insert(.dirtyExec) }
    if let entry = unsafe entry {
      unsafe state.pointee.statistics(ofCommand: Int(entry.pointee.identifier)).pointee.rejected += 1
    }
  }

  /// Refuses with a fixed text, its code included.
  private func refuse(
    _ session: SessionPointer, _ entry: DispatchPointer, _ error: ReplyError, _ reply: Reply
  ) -> DispatchResult {
    unsafe refuse(session, entry, Bytes(error.text).copied(), reply)
  }

  /// Refuses with a text, to which the general code belongs.
  private func refuse(
    _ session: SessionPointer, _ entry: DispatchPointer, because reason: String, _ reply: Reply
  ) -> DispatchResult {
    unsafe refuse(session, entry, Array(reason.utf8), code: "ERR ", reply)
  }

  /// Refuses with a text. EXEC itself refused discards its transaction and says why, without the general code.
  private func refuse(
    _ session: SessionPointer, _ entry: DispatchPointer, _ reason: [UInt8], code: StaticString = "", _ reply: Reply
  ) -> DispatchResult {
    unsafe refuse(session, entry)
    if unsafe entry.pointee.name == "exec" {
      unsafe discardTransaction(session)
      reply.error(bytes: Array("EXECABORT Transaction discarded because of: ".utf8) + reason)
    } else {
      reply.error(bytes: Bytes(code).copied() + reason)
    }
    return .done
  }

  /// Why a protected command is refused to this client; nil if it is not.
  private func protection(of entry: DispatchPointer, _ session: SessionPointer) -> String? {
    let isDebug = unsafe entry.pointee.name == "debug"
    let access = unsafe isDebug
      ? state.pointee.configuration.debugCommand : state.pointee.configuration.moduleCommand
    switch access {
    case .yes: return nil
    case .local where unsafe !session.pointee.flags.isDisjoint(with: [.unixSocket, .embedded]): return nil
    default:
      let name = isDebug ? "debug" : "module"
      return """
        \(name.uppercased()) command not allowed. If the enable-\(name)-command option is set to "local", you can run it \
        from a local connection, otherwise you need to set this option in the configuration file, and then restart the \
        server.
        """
    }
  }

  /// How an unknown command is answered: it is quoted, with the beginning of its arguments.
  func unknownCommand(_ arguments: Arguments, in index: UnsafePointer<CommandIndex>) -> [UInt8] {
    if let container = unsafe index.pointee.find(arguments[0]),
      unsafe container.pointee.subcommands != nil, arguments.count > 1
    {
      var text = Array("ERR unknown subcommand '".utf8)
      text += arguments[1].cText(128)
      let name = unsafe container.pointee.name.uppercased()
      text += Array("'. Try \(name) HELP.".utf8)
      return text
    }
    var text = Array("ERR unknown command '".utf8)
    text += arguments[0].cText(128)
    text += Array("', with args beginning with: ".utf8)
    var quoted: [UInt8] = []
    for index in 1..<max(arguments.count, 1) where quoted.count < 128 {
      let room = 128 - quoted.count
      quoted.append(UInt8(ascii: "'"))
      quoted += arguments[index].cText(room)
      quoted += Array("' ".utf8)
    }
    return text + quoted
  }
}

extension ReplyError: CustomStringConvertible {
  package var description: String { "\(text)" }
}
