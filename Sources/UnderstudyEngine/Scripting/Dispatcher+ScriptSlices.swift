// Scripts that take their time: a script runs for its first slice inside the command that started it; if it
// is not done then, that command is suspended, and the engine's tasks run the script slice by slice, so that
// other servers of the same thread and the control port go on. Other clients of this server wait; after
// `busy-reply-threshold` they are told BUSY. SCRIPT KILL and FUNCTION KILL end one that has not written.
//
// While a script is suspended nothing else changes data: expiry waits, and all its slices see one data time.
//
// `lua-deadline` is a limit of real time, for tests that must not hang: it ends any script, between two slices.
//
// This file may say `unsafe`. What keeps it safe: the caller is kept by identifier and looked up again; the
// machine is never moved, and is not entered twice (a script cannot start a script). While Lua runs, its
// callbacks change the machine: so no access to `machine.pointee` spans a call of the bridge.

internal import CUnderstudyLua

extension Context {
  /// Runs a script or a function with the keys and arguments of this call. A reply is written, or the command is
  /// suspended.
  mutating func run(
    _ script: OpaquePointer, _ flags: ScriptFlags, of lua: OpaquePointer,
    on machine: UnsafeMutablePointer<ScriptMachine>, keyCount: Int, isReadOnly: Bool, isFunction: Bool
  ) {
    let dispatcher = unsafe Dispatcher(state: state)
    let scripts = unsafe machine.pointee.session
    unsafe scripts.pointee.database = session.database
    unsafe state.pointee.lendUser(of: sessionPointer, to: scripts)
    unsafe machine.pointee.running = RunningScript(
      caller: session.identifier, lua: lua, function: isFunction ? script : nil, isReadOnly: isReadOnly,
      lacksMemory: engine.eviction.isExhausted && !flags.contains(.allowOOM), now: state.pointee.nowMicroseconds)
    if unsafe state.pointee.configuration.limitsScripts {
      unsafe limit(machine, keyCount: keyCount)
      unsafe machine.pointee.running.name = Dispatcher.name(of: script, isFunction: isFunction)
    }
    let slices = unsafe machine.pointee.slices(of: arguments, from: 3)
    unsafe dispatcher.prepareTracking(of: scripts, for: sessionPointer) {
      (3..<3 + keyCount).map { arguments[$0].copied() }
    }
    unsafe understudy_lua_watch_parameters(lua, false)
    if unsafe sessionPointer.pointee.gates.union(scripts.pointee.gates).contains(.lab) {
      unsafe dispatcher.observeScript(machine, sessionPointer, script, isFunction: isFunction, arguments, keyCount: keyCount)
    }
    unsafe understudy_lua_set_strict(lua, state.pointee.configuration.isLuaStrict)
    let start = unsafe state.pointee.gates.contains(.measured) ? engine.clocks.source.monotonicMicroseconds() : -1
    var reply = unsafe understudy_lua_slice()
    let status = unsafe understudy_lua_run(
      lua, script, slices, keyCount, slices + keyCount, arguments.count - 3 - keyCount,
      session.protocolVersion == 3 ? UInt32(UNDERSTUDY_LUA_RUN_RESP3) : 0, &reply)
    if status != UNDERSTUDY_LUA_YIELDED {
      if unsafe machine.pointee.running.checksKeys {
        unsafe dispatcher.endScriptFindings(machine, isRaised: status == UNDERSTUDY_LUA_ERROR, Bytes(slice: reply))
      }
      unsafe dispatcher.emit(Bytes(slice: reply), of: lua, to: output)
    } else {
      unsafe machine.pointee.running.isSuspended = true
      unsafe machine.pointee.suspendedCommand = (0..<arguments.count).map { arguments[$0].copied() }
      unsafe machine.pointee.suspendedEntry = entry
      unsafe machine.pointee.suspendedSince = start
      unsafe dispatcher.beginSuspension(sessionPointer)
      outcome = .suspended
    }
  }
}

extension Context {
  /// What the configuration asks of scripts beyond what Redis does.
  @inline(never)
  private func limit(_ machine: UnsafeMutablePointer<ScriptMachine>, keyCount: Int) {
    let configuration = unsafe state.pointee.configuration
    if configuration.scriptDeadline > 0 {
      let now = unsafe state.pointee.clocks.source.monotonicMicroseconds()
      unsafe machine.pointee.running.deadline = now &+ configuration.scriptDeadline &* 1000
    }
    if configuration.undeclaredKeys != .allow {
      unsafe machine.pointee.running.checksKeys = true
      unsafe machine.pointee.keyUse = ScriptKeyUse()
      unsafe machine.pointee.declaredKeys = Set((0..<keyCount).map { arguments[3 + $0].copied() })
    }
  }
}

extension Configuration {
  fileprivate var limitsScripts: Bool { scriptDeadline > 0 || undeclaredKeys != .allow }
}

extension Dispatcher {
  /// A session that started a suspended script is going away: the script runs on, its reply goes nowhere.
  func releaseScript(_ session: SessionPointer) {
    // The script knows its caller by identifier, which nobody answers to from now on.
    guard unsafe session.pointee.flags.contains(.suspended) else { return }
    unsafe state.pointee.ownPushes.removeAll()
    unsafe state.pointee.afterCommand.remove(.pushes)
  }

  /// A script's SHA1, or a function's name.
  fileprivate static func name(of script: OpaquePointer, isFunction: Bool) -> String {
    if isFunction { return unsafe Bytes(slice: understudy_lua_function_name(script)).text }
    return unsafe String(cString: understudy_lua_script_sha(script))
  }

  /// The calls of a script are observed if its caller is.
  @inline(never)
  fileprivate func observeScript(
    _ machine: UnsafeMutablePointer<ScriptMachine>, _ caller: SessionPointer, _ script: OpaquePointer, isFunction: Bool,
    _ arguments: Arguments, keyCount: Int
  ) {
    let scripts = unsafe machine.pointee.session
    guard unsafe caller.pointee.gates.contains(.lab), let record = unsafe caller.pointee.record else {
      unsafe scripts.pointee.gates.remove(.lab)
      return
    }
    unsafe scripts.pointee.gates.insert(.lab)
    let name = unsafe Self.name(of: script, isFunction: isFunction)
    unsafe state.pointee.countScript(name, at: record.endpoint)
    guard record.track != nil, let lua = unsafe machine.pointee.running.lua else { return }
    unsafe understudy_lua_watch_parameters(lua, true)
    unsafe beginScriptFindings(machine, record, name, script, isFunction: isFunction, arguments, keyCount: keyCount)
  }

  fileprivate func beginSuspension(_ session: SessionPointer) {
    unsafe session.pointee.flags.insert(.suspended)
    unsafe state.pointee.gates.insert(.busy)
    unsafe state.pointee.tasksChanged.pointee = true
  }

  /// Writes a script's reply. An error of one of its commands has been counted with that command.
  fileprivate func emit(_ reply: Bytes, of lua: OpaquePointer, to output: UnsafeMutablePointer<ReplyBuffer>) {
    if !reply.isEmpty && reply[0] == UInt8(ascii: "-") {
      unsafe output.pointee.beginError(isCounted: understudy_lua_error_is_counted(lua))
    }
    unsafe output.pointee.append(reply)
  }

  /// Runs the next slice of the suspended script, or ends it if it was killed. One of the engine's tasks.
  func runScriptSlice() {
    guard let machine = unsafe state.pointee.scripting.machine, unsafe machine.pointee.running.isSuspended,
      let lua = unsafe machine.pointee.running.lua
    else { return }
    var reply = unsafe understudy_lua_slice()
    if unsafe machine.pointee.running.isKilled {
      let text = Bytes("ERR Script killed by user with SCRIPT KILL...")
      unsafe understudy_lua_kill(lua, machine.pointee.slice(text), &reply)
      return unsafe finish(machine, lua, Bytes(slice: reply), isRaised: true)
    }
    if unsafe machine.pointee.running.deadline <= state.pointee.clocks.source.monotonicMicroseconds() {
      let limit = unsafe state.pointee.configuration.scriptDeadline
      Array("ERR Script ended: it ran for longer than lua-deadline (\(limit) ms)".utf8).withBytes { text in
        unsafe understudy_lua_kill(lua, machine.pointee.slice(text), &reply)
      }
      return unsafe finish(machine, lua, Bytes(slice: reply), isRaised: true)
    }
    // The whole script sees one data time.
    let (now, milliseconds) = unsafe (state.pointee.nowMicroseconds, state.pointee.now)
    unsafe state.pointee.nowMicroseconds = machine.pointee.running.now
    unsafe state.pointee.now = machine.pointee.running.now / 1000
    let start = unsafe state.pointee.clocks.scriptMicroseconds
    unsafe machine.pointee.running.sliceEndsAt = start &+ ScriptMachine.nextSlice
    // What changes is the caller's doing, if it is still there.
    unsafe state.pointee.current = state.pointee.sessions[machine.pointee.running.caller]
    let status = unsafe understudy_lua_resume(lua, &reply)
    unsafe state.pointee.current = nil
    unsafe (state.pointee.nowMicroseconds, state.pointee.now) = (now, milliseconds)
    if status != UNDERSTUDY_LUA_YIELDED {
      unsafe finish(machine, lua, Bytes(slice: reply), isRaised: status == UNDERSTUDY_LUA_ERROR)
    } else {
      unsafe announceBusy(machine.pointee.running)
    }
  }

  /// Over its time limit, a script no longer makes others wait: they are told.
  private func announceBusy(_ running: RunningScript) {
    let limit = unsafe state.pointee.configuration.scriptTimeLimit
    guard limit > 0, unsafe !state.pointee.scripting.isBusyAnnounced,
      unsafe state.pointee.clocks.scriptMicroseconds &- running.startedAt >= limit &* 1000
    else { return }
    unsafe state.pointee.scripting.isBusyAnnounced = true
    releaseHeld()
  }

  private func finish(
    _ machine: UnsafeMutablePointer<ScriptMachine>, _ lua: OpaquePointer, _ reply: Bytes, isRaised: Bool
  ) {
    if unsafe machine.pointee.running.checksKeys {
      unsafe endScriptFindings(machine, isRaised: isRaised, reply)
    }
    unsafe machine.pointee.running.isSuspended = false
    let command = unsafe machine.pointee.suspendedCommand
    unsafe machine.pointee.suspendedCommand = []
    unsafe state.pointee.gates.remove(.busy)
    unsafe state.pointee.scripting.isBusyAnnounced = false
    if let caller = unsafe state.pointee.sessions[machine.pointee.running.caller] {
      let output = unsafe state.pointee.outbox(of: caller)
      unsafe emit(reply, of: lua, to: output)
      if let entry = unsafe machine.pointee.suspendedEntry {
        unsafe countFailure(of: entry, in: output)
        let since = unsafe machine.pointee.suspendedSince
        if since >= 0 { unsafe noteCost(since: since, of: entry, command, caller) }
      }
      unsafe finishSuspension(caller, reply)
    } else if unsafe state.pointee.afterCommand.contains(.readyKeys) {
      serveReadyKeys()
    }
    // What followed in the same transaction may have suspended itself again.
    if unsafe !state.pointee.gates.contains(.busy) { releaseHeld() }
  }

  /// SCRIPT KILL, FUNCTION KILL: the suspended script will end instead of running on. Each ends its own kind only.
  func killScript(isFunction: Bool) throws(ReplyError) {
    guard let machine = unsafe state.pointee.scripting.machine, unsafe machine.pointee.running.isSuspended
    else {
      throw .noScriptRunning
    }
    guard unsafe !machine.pointee.running.hasWritten else { throw .unkillableScript }
    guard unsafe machine.pointee.running.isFunction == isFunction else { throw isFunction ? .busyScript : .busyFunction }
    unsafe machine.pointee.running.isKilled = true
    unsafe state.pointee.tasksChanged.pointee = true
  }
}

extension ReplyError {
  static var noScriptRunning: ReplyError { ReplyError("NOTBUSY No scripts in execution right now.") }
  static var unkillableScript: ReplyError {
    ReplyError(
      """
      UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait \
      the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.
      """)
  }
}
