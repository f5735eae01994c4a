// ScriptingState: what one engine knows of scripts. Everything is made at the first script: an engine that
// never runs one pays a null pointer.
//
// This file may say `unsafe`. What keeps it safe: the machine lives in memory of its own from the first
// script to the end of the engine, and is reached only under the engine's lock.

@safe
struct ScriptingState: ~Copyable {
  /// Whether the running script is over its time limit, so that others are told BUSY instead of waiting.
  var isBusyAnnounced = false
  /// Nil until the first script.
  private(set) var machine: UnsafeMutablePointer<ScriptMachine>?

  init() {}

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

extension Dispatcher {
  /// The machine that runs scripts, made now if need be; nil only if there is no memory for it.
  func scriptMachine() -> UnsafeMutablePointer<ScriptMachine>? {
    if let machine = unsafe state.pointee.scripting.machine { return unsafe machine }
    guard let made = unsafe ScriptMachine(state) else { return nil }
    return unsafe state.pointee.scripting.install(made)
  }
}
