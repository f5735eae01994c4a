// What a script can reach: the callbacks that the Lua bridge calls, and the gates that stand before a
// script's commands.
//
// The order is that of redis-server 7.0.15: unknown command, arity, commands that no script may call, permissions
// of the caller, writes of a read-only script, memory. Blocking commands are not refused here: their handlers answer at
// once in a script's session.
//
// This file may say `unsafe`. What keeps it safe: callbacks are called by the bridge only while a script of
// this engine runs, hence under its lock, with the context that the machine gave it; they return normally, as
// the bridge demands.

internal import CUnderstudyLua

/// The host's side of the bridge, for the engine whose state is `context`.
func scriptHost(context: UnsafeMutableRawPointer) -> understudy_lua_host {
  var host = unsafe understudy_lua_host()
  unsafe host.context = context
  unsafe host.call = { context, arguments, count, flags in
    guard let context = unsafe context, let arguments = unsafe arguments else {
      return unsafe understudy_lua_slice()
    }
    return unsafe dispatcher(context).callFromScript(arguments, count, flags)
  }
  unsafe host.check = { context, instructions, canYield in
    guard let context = unsafe context else { return UNDERSTUDY_LUA_CONTINUE }
    return unsafe dispatcher(context).checkSlice(canYield: canYield)
  }
  unsafe host.acl_check = { context, arguments, count in
    guard let context = unsafe context, let arguments = unsafe arguments else { return -1 }
    return unsafe dispatcher(context).checkFromScript(arguments, count)
  }
  unsafe host.function_flag = { context, name in
    unsafe name.bytes == nil ? 0 : ScriptFlags(ofAnyCase: Bytes(slice: name)).map { UInt32($0.rawValue) } ?? 0
  }
  unsafe host.missing_parameter = { context, isKey, index in
    if let context = unsafe context { unsafe dispatcher(context).noteMissingParameter(isKey: isKey, index: index) }
  }
  unsafe host.clock_microseconds = { context in
    guard let context = unsafe context else { return 0 }
    return unsafe UInt64(
      truncatingIfNeeded: max(0, dispatcher(context).state.pointee.clocks.source.monotonicMicroseconds()))
  }
  return unsafe host
}

@inline(__always)
private func dispatcher(_ context: UnsafeMutableRawPointer) -> Dispatcher {
  unsafe Dispatcher(state: context.assumingMemoryBound(to: EngineState.self))
}

extension Dispatcher {
  /// What the script is to do: its slice may be over, or the time for loading a library. The clock is first read here,
  /// so that tiny scripts never read it.
  fileprivate func checkSlice(canYield: Bool) -> understudy_lua_action {
    guard let machine = unsafe state.pointee.scripting.machine else { return UNDERSTUDY_LUA_CONTINUE }
    let now = unsafe state.pointee.clocks.scriptMicroseconds
    let isLoading = unsafe machine.pointee.running.isLoading
    let deadline = unsafe machine.pointee.running.deadline
    if deadline != .max, unsafe deadline <= state.pointee.clocks.source.monotonicMicroseconds() {
      // A suspended script is ended instead of resumed.
      return canYield ? UNDERSTUDY_LUA_YIELD : UNDERSTUDY_LUA_ABORT
    }
    if unsafe machine.pointee.running.startedAt < 0 {
      unsafe machine.pointee.running.startedAt = now
      let time = isLoading ? ScriptMachine.loadTime : ScriptMachine.firstSlice
      unsafe machine.pointee.running.sliceEndsAt = now &+ time
      return UNDERSTUDY_LUA_CONTINUE
    }
    if unsafe now < machine.pointee.running.sliceEndsAt { return UNDERSTUDY_LUA_CONTINUE }
    return isLoading ? UNDERSTUDY_LUA_ABORT : UNDERSTUDY_LUA_YIELD
  }

  /// Runs one command for the running script and lends its reply.
  fileprivate func callFromScript(
    _ slices: UnsafePointer<understudy_lua_slice>, _ count: Int, _ flags: UInt32
  ) -> understudy_lua_slice {
    guard let machine = unsafe state.pointee.scripting.machine,
      let arguments = unsafe arguments(slices, count, machine)
    else { return unsafe understudy_lua_slice() }
    let output = unsafe machine.pointee.output
    let session = unsafe machine.pointee.session
    unsafe output.pointee.removeAll()
    let isRESP3 = flags & UInt32(UNDERSTUDY_LUA_CALL_RESP3) != 0
    unsafe session.pointee.protocolVersion = isRESP3 ? 3 : 2
    if let entry = unsafe find(arguments) {
      if unsafe refuse(entry, arguments, machine) {
        unsafe state.pointee.statistics(ofCommand: Int(entry.pointee.identifier)).pointee.rejected += 1
        unsafe state.pointee.countErrors(in: output)
      } else {
        unsafe state.pointee.scripting.isCalling = true
        _ = unsafe perform(session, entry: entry, arguments: arguments, hash: 0, output: output)
        unsafe state.pointee.scripting.isCalling = false
      }
    } else {
      unsafe Reply(output, version: 2).error(.unknownFromScript)
      unsafe state.pointee.countErrors(in: output)
    }
    if unsafe output.pointee.hasSplices { unsafe machine.pointee.joinReply() }
    let reply = unsafe output.pointee.hasSplices ? machine.pointee.joined.bytes : output.pointee.bytes
    return unsafe understudy_lua_slice(
      bytes: reply.pointer.assumingMemoryBound(to: UInt8.self), count: reply.count)
  }

  /// Whether a call is refused before it runs; why is its reply then.
  @inline(__always)
  private func refuse(
    _ entry: DispatchPointer, _ arguments: Arguments, _ machine: UnsafeMutablePointer<ScriptMachine>
  ) -> Bool {
    let (session, reply) = unsafe (machine.pointee.session, Reply(machine.pointee.output, version: 2))
    if let refusal = unsafe refusal(of: entry, count: arguments.count) {
      reply.error(refusal)
    } else if unsafe session.pointee.gates.contains(.restrictedUser),
      let denial = unsafe denial(session, entry, arguments)
    {
      unsafe reply.error(bytes: scriptText(of: denial, session, entry))
    } else if unsafe machine.pointee.running.checksKeys,
      let key = unsafe undeclaredKey(of: entry, arguments, machine),
      unsafe state.pointee.configuration.undeclaredKeys == .error
    {
      unsafe reply.error(bytes: Self.undeclaredKeyText(entry.pointee.name, key))
    } else if let refusal = unsafe refusalToWrite(entry, in: &machine.pointee.running) {
      reply.error(refusal)
    } else {
      return false
    }
    return true
  }

  /// Whether the script's user may call a command (redis.acl_check_cmd): 1 if so; -1 if there is no such call.
  fileprivate func checkFromScript(_ slices: UnsafePointer<understudy_lua_slice>, _ count: Int) -> Int32 {
    guard let machine = unsafe state.pointee.scripting.machine, count > 0,
      let arguments = unsafe arguments(slices, count, machine),
      let entry = unsafe find(arguments)
    else { return -1 }
    let user = unsafe state.pointee.user(of: machine.pointee.session)
    return unsafe user.rules.denial(of: entry, arguments) == nil ? 1 : 0
  }

  /// A script's slices as arguments, good until the next call.
  @inline(__always)
  private func arguments(
    _ slices: UnsafePointer<understudy_lua_slice>, _ count: Int,
    _ machine: UnsafeMutablePointer<ScriptMachine>
  ) -> Arguments? {
    guard let base = unsafe slices[0].bytes else { return nil }
    unsafe machine.pointee.spans.truncate(to: 0)
    let origin = Int(bitPattern: base)
    for index in 0..<count {
      let slice = unsafe slices[index]
      unsafe machine.pointee.spans.append(offset: Int(bitPattern: slice.bytes) &- origin, count: slice.count)
    }
    return unsafe Arguments(base: UnsafeRawPointer(base), spans: machine.pointee.spans.base, count: count)
  }

  /// The first key of a call that the script was not given. What it does with keys is noted.
  @inline(never)
  private func undeclaredKey(
    of entry: DispatchPointer, _ arguments: Arguments, _ machine: UnsafeMutablePointer<ScriptMachine>
  ) -> Bytes? {
    var first: Bytes?
    for located in unsafe entry.pointee.command.locateKeys(arguments) {
      let key = arguments[located.position].copied()
      if unsafe machine.pointee.declaredKeys.contains(key) {
        unsafe machine.pointee.keyUse.touched.insert(key)
      } else {
        unsafe machine.pointee.keyUse.note(entry.pointee.name, key)
        if first == nil { first = arguments[located.position] }
      }
    }
    return first
  }

  private static func undeclaredKeyText(_ name: String, _ key: Bytes) -> [UInt8] {
    Array("ERR \(name.uppercased()) touches '".utf8) + key.cText(128)
      + Array("', which is not among the script's keys: pass it in KEYS (or set lua-undeclared-keys allow)".utf8)
  }

  /// Why no script may make a call; nil if scripts may.
  @inline(__always)
  private func refusal(of entry: DispatchPointer, count: Int) -> ReplyError? {
    guard unsafe entry.pointee.accepts(argumentCount: count) else { return .wrongArityFromScript }
    return unsafe entry.pointee.flags.contains(.noScript) && !mayCallAnyway(entry) ? .notFromScript : nil
  }

  /// Why this script may not call a command that writes; nil if it may, or if the command does not write.
  @inline(__always)
  private func refusalToWrite(_ entry: DispatchPointer, in running: inout RunningScript) -> ReplyError? {
    let flags = unsafe entry.pointee.flags
    if flags.isDisjoint(with: [.write, .mayReplicate]) { return nil }
    if running.isReadOnly { return .readOnlyScript }
    if running.lacksMemory, !running.hasWritten, flags.contains(.denyOOM) { return .outOfMemory }
    if flags.contains(.write) { running.hasWritten = true }
    return nil
  }
}

extension Dispatcher {
  /// Whether scripts may call a command that is not for them, for tests: DEBUG SET-DISABLE-DENY-SCRIPTS lets them look,
  /// and nothing more.
  @inline(never)
  private func mayCallAnyway(_ entry: DispatchPointer) -> Bool {
    guard unsafe state.pointee.scripting.letsScriptsLook else { return false }
    return unsafe ["debug", "client|list", "client|info", "config|get"].contains(entry.pointee.name)
  }
}

extension ScriptMachine {
  /// Puts a reply that refers to large values into one piece, which is what the bridge reads.
  @inline(never)
  fileprivate mutating func joinReply() {
    joined.removeAll()
    unsafe output.pointee.forEachSegment(limit: .max) { joined.append($0) }
  }
}

extension ReplyError {
  static var unknownFromScript: ReplyError { ReplyError("ERR Unknown Redis command called from script") }
  static var wrongArityFromScript: ReplyError {
    ReplyError("ERR Wrong number of args calling Redis command from script")
  }
  static var readOnlyScript: ReplyError {
    ReplyError("ERR Write commands are not allowed from read-only scripts.")
  }
}
