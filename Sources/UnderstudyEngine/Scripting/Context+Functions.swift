// What the handlers of FCALL and FUNCTION ask of the machine.
//
// This file may say `unsafe`. What keeps it safe: it only passes the context's own pointers on, and reads the table of
// functions under the engine's lock.

extension Context {
  private var dispatcher: Dispatcher { unsafe Dispatcher(state: state) }

  /// FCALL and its kin.
  mutating func callFunction(isReadOnly: Bool) throws(ReplyError) {
    guard let machine = unsafe engine.scripting.machine,
      let function = unsafe machine.pointee.functions.find(arguments[1]),
      let lua = unsafe machine.pointee.functions.lua
    else { throw .functionNotFound }
    guard let keyCount = NumberText.parseInt64(arguments[2]) else {
      throw ReplyError("ERR Bad number of keys provided")
    }
    try checkKeyCount(keyCount)
    let mayNotWrite = try function.flags.mayNotWrite(isReadOnly: isReadOnly)
    unsafe run(
      function.handle, function.flags, of: lua, on: machine, keyCount: Int(keyCount), isReadOnly: mayNotWrite,
      isFunction: true)
  }

  /// The libraries that are there, by name.
  var libraries: [FunctionLibrary] { unsafe engine.scripting.machine?.pointee.functions.libraries ?? [] }

  var functionCount: Int { unsafe engine.scripting.machine?.pointee.functions.functionCount ?? 0 }

  /// FUNCTION LOAD of the argument at `index`.
  func loadLibrary(_ index: Int, replaces: Bool) {
    do throws(ScriptError) {
      let name = try dispatcher.loadLibrary(arguments[index], replaces: replaces)
      name.withBytes { reply.bulk($0) }
      unsafe state.pointee.statistics.changes &+= 1
    } catch {
      reply.error(bytes: error.text)
    }
  }

  func restoreLibraries(_ codes: [RDBString], _ policy: RestorePolicy) {
    do throws(ScriptError) {
      try dispatcher.restoreLibraries(codes, policy)
      reply.ok()
      unsafe state.pointee.statistics.changes &+= 1
    } catch {
      reply.error(bytes: error.text)
    }
  }

  /// Forgets a library; answers false if there is none of that name.
  func deleteLibrary(_ name: Bytes) -> Bool {
    let name = name.copied()
    guard let machine = unsafe engine.scripting.machine, unsafe machine.pointee.functions.library(name) != nil else {
      return false
    }
    unsafe machine.pointee.functions.remove(name)
    unsafe state.pointee.statistics.changes &+= 1
    return true
  }

  func flushFunctions() {
    unsafe engine.scripting.machine?.pointee.functions.removeAll()
    unsafe state.pointee.statistics.changes &+= 1
  }

  /// The function that is suspended, as FUNCTION STATS tells of it; nil if none is.
  var runningFunction: (name: Bytes, command: [[UInt8]], milliseconds: Int64)? {
    guard let machine = unsafe engine.scripting.machine, unsafe machine.pointee.running.isSuspended,
      let name = unsafe machine.pointee.running.functionName
    else { return nil }
    let elapsed = unsafe engine.clocks.scriptMicroseconds &- machine.pointee.running.startedAt
    return unsafe (name, machine.pointee.suspendedCommand, elapsed / 1000)
  }

  /// Why nothing is told while a script runs; nil if none does, or a function.
  var busyWithScript: ReplyError? {
    guard let machine = unsafe engine.scripting.machine, unsafe machine.pointee.running.isSuspended,
      unsafe !machine.pointee.running.isFunction
    else { return nil }
    return .busyScript
  }

  func killFunction() throws(ReplyError) { try dispatcher.killScript(isFunction: true) }
}

extension ReplyError {
  static var functionNotFound: ReplyError { ReplyError("ERR Function not found") }
}
