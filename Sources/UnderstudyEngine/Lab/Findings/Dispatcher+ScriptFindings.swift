// What the rules of scripts hear from the engine: that a script begins and ends, the keys that it was not given, and the
// parameters that it reads and was not given.
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock, while the script's machine and handle
// live.

internal import CUnderstudyLua

extension Dispatcher {
  /// A script begins whose caller is observed.
  func beginScriptFindings(
    _ machine: UnsafeMutablePointer<ScriptMachine>, _ record: ConnectionRecord, _ name: String, _ script: OpaquePointer,
    isFunction: Bool, _ arguments: Arguments, keyCount: Int
  ) {
    let keys = (0..<keyCount).map { arguments[3 + $0].copied() }
    let start = ScriptStart(
      name: name, isFunction: isFunction, keys: keys,
      arguments: (3 + keyCount..<max(arguments.count, 3 + keyCount)).map { arguments[$0].copied() })
    unsafe machine.pointee.running.name = name
    unsafe machine.pointee.running.checksKeys = true
    unsafe machine.pointee.declaredKeys = Set(keys)
    unsafe machine.pointee.keyUse = ScriptKeyUse()
    let body = unsafe isFunction ? nil : Bytes(slice: understudy_lua_script_body(script))
    unsafe state.pointee.lab.findings.beginScript(start, body, record, at: state.pointee.ledgerTime)
  }

  /// A script has ended.
  func endScriptFindings(_ machine: UnsafeMutablePointer<ScriptMachine>, isRaised: Bool, _ reply: Bytes) {
    guard let caller = unsafe state.pointee.scriptCaller, let record = unsafe caller.pointee.record,
      let lua = unsafe machine.pointee.running.lua
    else { return }
    let name = unsafe machine.pointee.running.name
    let use = unsafe machine.pointee.keyUse
    let declared = unsafe machine.pointee.declaredKeys
    for (command, key) in use.undeclared {
      unsafe noteUndeclaredKey(
        command, key, isNamespaced: use.isNamespaced(key, declared), name, record, caller)
    }
    unsafe state.pointee.lab.findings.endScript(
      name, isRaised: isRaised, reply, instructions: understudy_lua_instructions(lua), record, at: state.pointee.ledgerTime)
  }

  /// A script has touched a key that it was not given.
  private func noteUndeclaredKey(
    _ command: String, _ key: [UInt8], isNamespaced: Bool, _ name: String, _ record: ConnectionRecord, _ caller: SessionPointer
  ) {
    let findings = unsafe state.pointee.lab.findings
    let rule = ScriptRules.undeclaredKey
    guard findings.isOn(rule), let identity = unsafe identity(of: record, caller) else { return }
    let short = name.utf8.count == 40 ? "\(name.prefix(8))…" : name
    let isRefused = unsafe state.pointee.configuration.undeclaredKeys == .error
    let shown = Array(key.prefix(CommandText.keyLimit))
    let command = command.uppercased()
    let call = record.commands.last { $0.place != .script }
    let time = unsafe state.pointee.ledgerTime
    let finding = FindingsState.finding(
      rule, identity, key: shown, certainty: isNamespaced ? .medium : .certain, connections: [record.identifier],
      who: "conn \(record.identifier)",
      "script \(short)" + (call.map { " (#\($0.ordinal))" } ?? "") + " calls \(command) \(FindingText.key(shown)), which is not in KEYS"
        + (isRefused ? ", and was refused" : ""), evidence: call.map { [record.evidence($0)] } ?? [], from: time, to: time)
    findings.add(finding, detail: "\(name) \(command) \(KeyShape.of(shown))")
  }

  /// Who a connection is, whether or not its commands are written down.
  private func identity(of record: ConnectionRecord, _ session: SessionPointer) -> ClientIdentity? {
    if let identity = record.clientIdentity { return identity }
    unsafe state.pointee.refresh(record, from: session)
    return unsafe record.identity(state.pointee.lab.endpoints)
  }

  /// A script has read a parameter that it was not given.
  func noteMissingParameter(isKey: Bool, index: Int64) {
    guard let machine = unsafe state.pointee.scripting.machine, let caller = unsafe state.pointee.scriptCaller,
      let record = unsafe caller.pointee.record, record.track != nil
    else { return }
    unsafe state.pointee.lab.findings.noteMissingParameter(
      machine.pointee.running.name, isKey: isKey, index: index, record, at: state.pointee.ledgerTime)
  }
}

/// What a script did with keys.
struct ScriptKeyUse {
  static let limit = 64
  /// Keys that it was given and has touched.
  var touched: Set<[UInt8]> = []
  /// Keys that it has touched and was not given, each once, with the first command that did.
  private(set) var undeclared: [(command: String, key: [UInt8])] = []
  private var known: Set<[UInt8]> = []

  mutating func note(_ command: String, _ key: [UInt8]) {
    guard undeclared.count < Self.limit, known.insert(key).inserted else { return }
    undeclared.append((command, key))
  }

  /// Whether a key begins with one that was declared and is no key of the script's own: a namespace. Who passes that says
  /// what the script is about, though not to a cluster.
  func isNamespaced(_ key: [UInt8], _ declared: Set<[UInt8]>) -> Bool {
    declared.contains { !$0.isEmpty && !touched.contains($0) && key.starts(with: $0) }
  }
}
