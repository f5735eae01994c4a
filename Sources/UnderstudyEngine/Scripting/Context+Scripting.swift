// What the handlers of EVAL and SCRIPT ask of the machine.
//
// This file may say `unsafe`. What keeps it safe: it only passes the context's own pointers on.

extension Context {
  private var dispatcher: Dispatcher { unsafe Dispatcher(state: state) }

  /// Whether so many of the arguments behind the number may be keys.
  func checkKeyCount(_ keyCount: Int64) throws(ReplyError) {
    guard keyCount <= Int64(arguments.count - 3) else {
      throw ReplyError("ERR Number of keys can't be greater than number of args")
    }
    guard keyCount >= 0 else { throw ReplyError("ERR Number of keys can't be negative") }
  }

  /// EVAL and its kin, behind the check of the number of keys.
  mutating func evaluate(keyCount: Int, bySHA: Bool, isReadOnly: Bool) throws(ReplyError) {
    guard let machine = unsafe dispatcher.scriptMachine() else { throw .noScriptMemory }
    let script: CachedScript
    if bySHA {
      guard let known = unsafe machine.pointee.script(sha: arguments[1]) else { throw .noScript }
      script = known
    } else {
      switch unsafe machine.pointee.script(body: arguments[1]) {
      case .success(let found): script = found
      case .failure(let error): return reply.error(bytes: error.text)
      }
    }
    let mayNotWrite = try script.flags.mayNotWrite(isReadOnly: isReadOnly)
    unsafe run(
      script.handle, script.flags, of: machine.pointee.lua, on: machine, keyCount: keyCount, isReadOnly: mayNotWrite,
      isFunction: false)
  }

  /// SCRIPT LOAD of the argument at `index`.
  func loadScript(_ index: Int) {
    guard let machine = unsafe dispatcher.scriptMachine() else { return reply.error(.noScriptMemory) }
    switch unsafe machine.pointee.script(body: arguments[index]) {
    case .success(let script): reply.bulk(script.sha)
    case .failure(let error): reply.error(bytes: error.text)
    }
  }

  func hasScript(sha: Bytes) -> Bool {
    guard let machine = unsafe engine.scripting.machine else { return false }
    return unsafe machine.pointee.script(sha: sha) != nil
  }

  /// The text of a cached script.
  func scriptBody(sha: Bytes) -> [UInt8]? {
    unsafe engine.scripting.machine?.pointee.script(sha: sha)?.body
  }

  func flushScripts() {
    guard let machine = unsafe engine.scripting.machine, unsafe !machine.pointee.running.isSuspended else {
      return
    }
    unsafe machine.pointee.flush()
  }

  func killScript() throws(ReplyError) { try dispatcher.killScript(isFunction: false) }
}

extension ReplyError {
  static var noScriptMemory: ReplyError { ReplyError("OOM not enough memory for the script engine") }
}
