// The gate of memory: with `maxmemory` set, every command is preceded by a turn of eviction; if that leaves too much in
// use, commands that may need memory are refused. So is whatever a transaction queues, but for what ends it.
//
// This file may say `unsafe`. What keeps it safe: as in Dispatch.swift.

extension Dispatcher {
  /// Whether a command is refused for want of memory.
  func lacksMemory(_ session: SessionPointer, _ entry: DispatchPointer, _ arguments: Arguments) -> Bool {
    // Under a suspended script no key goes away.
    if unsafe state.pointee.gates.contains(.busy) { return false }
    let isExhausted = unsafe state.pointee.makeRoom() == .exhausted
    unsafe state.pointee.eviction.isExhausted = isExhausted
    // Clients may wait for what has gone, or have it cached: this one too, whose command may be refused here.
    if unsafe !state.pointee.afterCommand.isEmpty { unsafe afterCommand(session) }
    guard isExhausted else { return false }
    if unsafe needsMemory(entry, arguments) { return true }
    guard unsafe session.pointee.gates.contains(.transaction) else { return false }
    switch unsafe entry.pointee.name {
    case "exec":
      guard let transaction = unsafe session.pointee.extras?.transaction else { return false }
      return (0..<transaction.queue.count).contains { index in
        guard let entry = unsafe transaction.queue.entry(index) else { return false }
        return unsafe needsMemory(entry, transaction.queue.arguments(index))
      }
    case "discard", "reset", "quit": return false
    default: return true
    }
  }

  /// Whether a command may need memory. A script that declares what it does is taken at its word; one that does not
  /// is stopped at its first write.
  private func needsMemory(_ entry: DispatchPointer, _ arguments: Arguments) -> Bool {
    if unsafe entry.pointee.flags.contains(.denyOOM) { return true }
    guard let declared = unsafe declaredFlags(entry, arguments) else { return false }
    return declared.isDisjoint(with: [.allowOOM, .noWrites])
  }

  /// What the script of a call has declared of itself; nil if it has not, or the call is of no script.
  func declaredFlags(_ entry: DispatchPointer, _ arguments: Arguments) -> ScriptFlags? {
    guard unsafe entry.pointee.command.group == .scripting, arguments.count > 1 else { return nil }
    let flags: ScriptFlags?
    switch unsafe entry.pointee.name {
    case "eval", "eval_ro": flags = (try? ScriptPreamble.read(arguments[1]).get())?.flags
    case "evalsha", "evalsha_ro":
      unsafe flags = state.pointee.scripting.machine?.pointee.script(sha: arguments[1])?.flags
    case "fcall", "fcall_ro":
      unsafe flags = state.pointee.scripting.machine?.pointee.functions.find(arguments[1])?.flags
    default: flags = nil
    }
    return flags?.contains(.declared) == true ? flags : nil
  }
}
