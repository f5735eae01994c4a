// Loading, restoring and forgetting libraries of functions. What they are is in FunctionTable.
//
// This file may say `unsafe`. What keeps it safe: no library is loaded or forgotten while a script is suspended, since
// other clients are held then; while Lua runs, its callbacks change the machine's `running`, so no access to
// `machine.pointee` spans a call of the bridge.

internal import CUnderstudyLua

/// What FUNCTION RESTORE does with the libraries that are there.
enum RestorePolicy {
  case append, replace, flush
}

extension Dispatcher {
  /// Loads a library and takes it in; answers its name.
  func loadLibrary(_ code: Bytes, replaces: Bool) throws(ScriptError) -> [UInt8] {
    guard let machine = unsafe scriptMachine() else { throw ScriptError("\(ReplyError.noScriptMemory)") }
    let library = unsafe try makeLibrary(
      code, beside: machine.pointee.functions.libraries, replaces: replaces, on: machine)
    unsafe machine.pointee.functions.insert([library])
    return library.name
  }

  /// Takes in the libraries of a payload, or none if one of them cannot be.
  func restoreLibraries(_ codes: [RDBString], _ policy: RestorePolicy) throws(ScriptError) {
    guard let machine = unsafe scriptMachine() else { throw ScriptError("\(ReplyError.noScriptMemory)") }
    var made: [FunctionLibrary] = []
    do throws(ScriptError) {
      for code in codes {
        made.append(
          try code.withBytes { (code) throws(ScriptError) in
            unsafe try makeLibrary(code, beside: made, replaces: false, on: machine)
          })
      }
      if policy != .flush {
        unsafe try Self.check(made, beside: machine.pointee.functions.libraries, replaces: policy == .replace)
      }
    } catch {
      unsafe machine.pointee.functions.unload(made)
      throw error
    }
    unsafe policy == .flush ? machine.pointee.functions.replaceAll(by: made) : machine.pointee.functions.insert(made)
  }

  private func makeLibrary(
    _ code: Bytes, beside others: [FunctionLibrary], replaces: Bool, on machine: UnsafeMutablePointer<ScriptMachine>
  ) throws(ScriptError) -> FunctionLibrary {
    let metadata = try LibraryMetadata(code)
    if !replaces, others.contains(where: { $0.name == metadata.name }) {
      throw ScriptError("ERR Library '", quoting: metadata.name, "' already exists")
    }
    let lua = unsafe machine.pointee.functions.ensureLua { unsafe ScriptMachine.makeLua(state, forFunctions: true) }
    guard let lua = unsafe lua else { throw ScriptError("\(ReplyError.noScriptMemory)") }
    unsafe machine.pointee.running = RunningScript()
    unsafe machine.pointee.running.isLoading = true
    defer { unsafe machine.pointee.running = RunningScript() }
    let library = unsafe try FunctionTable.load(code, metadata, on: lua)
    do throws(ScriptError) {
      if library.functions.isEmpty { throw ScriptError("ERR No functions registered") }
      try Self.checkFunctions(of: [library], beside: others.filter { $0.name != library.name })
    } catch {
      unsafe machine.pointee.functions.unload([library])
      throw error
    }
    return library
  }

  /// Whether libraries may stand beside those that are there.
  private static func check(
    _ made: [FunctionLibrary], beside others: [FunctionLibrary], replaces: Bool
  ) throws(ScriptError) {
    let names = Set(made.map(\.name))
    if !replaces, let twice = others.first(where: { names.contains($0.name) }) {
      throw ScriptError("ERR Library ", quoting: twice.name, " already exists")
    }
    try checkFunctions(of: made, beside: others.filter { !names.contains($0.name) })
  }

  private static func checkFunctions(
    of made: [FunctionLibrary], beside others: [FunctionLibrary]
  ) throws(ScriptError) {
    let taken = Set(others.flatMap(\.functions).map { $0.name.lowercased })
    for function in made.flatMap(\.functions) where taken.contains(function.name.lowercased) {
      throw ScriptError("ERR Function ", quoting: function.name.copied(), " already exists")
    }
  }
}

extension Bytes {
  fileprivate var lowercased: [UInt8] { copied().map { $0 &- 65 < 26 ? $0 | 0x20 : $0 } }
}
