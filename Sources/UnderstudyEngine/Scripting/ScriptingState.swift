// ScriptingState: what one engine knows of scripts. Everything is made at the first script: an engine that
// never runs one pays a null pointer.
//
// This file may say `unsafe`. What keeps it safe: the machine lives in memory of its own from the first
// script to the end of the engine, and is reached only under the engine's lock.

@safe
struct ScriptingState: ~Copyable {
  /// Whether the running script is over its time limit, so that others are told BUSY instead of waiting.
  var isBusyAnnounced = false
  /// Scripts may call commands that only look at the server, for tests.
  var letsScriptsLook = false
  /// A command of the running script runs.
  var isCalling = false
  /// Nil until the first script.
  private(set) var machine: UnsafeMutablePointer<ScriptMachine>?

  init() {}

  /// What others are told while it is over its limit.
  var busyError: ReplyError {
    unsafe machine?.pointee.running.isFunction == true ? .busyFunction : .busyScript
  }

  deinit {
    guard let machine = unsafe machine else { return }
    unsafe machine.deinitialize(count: 1)
    unsafe machine.deallocate()
  }

  /// Takes over the machine that was made at the first script.
  mutating func install(_ made: consuming ScriptMachine) -> UnsafeMutablePointer<ScriptMachine> {
    let pointer = UnsafeMutablePointer<ScriptMachine>.allocate(capacity: 1)
    unsafe pointer.initialize(to: made)
    unsafe machine = pointer
    return unsafe pointer
  }
}

/// What scripts and functions take, in bytes, and how many there are.
struct ScriptingMemory {
  var scriptLua: Int64 = 0
  var functionLua: Int64 = 0
  var scripts: Int64 = 0
  var functions: Int64 = 0
  var scriptCount = 0
  var functionCount = 0
  var libraryCount = 0
}

extension ScriptingState {
  var memory: ScriptingMemory {
    guard let machine = unsafe machine else { return ScriptingMemory() }
    var scripts = 0
    unsafe machine.pointee.cache.forEach { scripts += $0.bytes }
    let libraries = unsafe machine.pointee.functions.libraries
    return unsafe ScriptingMemory(
      scriptLua: Int64(machine.pointee.usedMemory), functionLua: Int64(machine.pointee.functions.luaMemory),
      scripts: Int64(scripts), functions: Int64(libraries.reduce(0) { $0 + $1.bytes }),
      scriptCount: machine.pointee.cache.count, functionCount: machine.pointee.functions.functionCount,
      libraryCount: libraries.count)
  }
}

extension Dispatcher {
  /// The machine that runs scripts, made now if need be; nil only if there is no memory for it.
  func scriptMachine() -> UnsafeMutablePointer<ScriptMachine>? {
    if let machine = unsafe state.pointee.scripting.machine { return unsafe machine }
    guard let made = unsafe ScriptMachine(state) else { return nil }
    return unsafe state.pointee.scripting.install(made)
  }
}
