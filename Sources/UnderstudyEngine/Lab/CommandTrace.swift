// CommandTrace: commands as they come, for whoever watches the server at work: what `verbose` shows.
//
// It is fed where the ledger writes commands down, so by connections of endpoints that are recorded fully, and by nobody
// while no hook asks for it. Texts are the ledger's: shortened, with secrets taken out (`EngineState.redacted`).
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock, with sessions that are open.

/// A command that has its reply, or begins to wait for it.
package struct CommandTrace: Sendable {
  /// The connection's name, or its address.
  package let client: String
  package let endpoint: String
  package let command: CommandRecord
}

extension Engine {
  /// Is told each command that the ledger writes down, under the lock; one that waits twice: when it begins to, and when
  /// it has its reply. Those of EXEC and scripts come before their caller.
  package var traceCommand: ((CommandTrace) -> Void)? {
    get { unsafe state.pointee.hooks.traceCommand }
    set { unsafe state.pointee.hooks.traceCommand = newValue }
  }
}

extension EngineState {
  @inline(__always)
  func trace(_ command: CommandRecord, of session: SessionPointer) {
    if let traceCommand = hooks.traceCommand { unsafe trace(command, of: session, to: traceCommand) }
  }

  @inline(never)
  private func trace(_ command: CommandRecord, of session: SessionPointer, to hook: (CommandTrace) -> Void) {
    let name = unsafe session.pointee.extras?.name ?? []
    let number = unsafe session.pointee.record?.endpoint ?? 0
    hook(
      CommandTrace(
        client: name.isEmpty ? unsafe addresses(of: session).address : name.text,
        endpoint: number < lab.endpoints.count ? lab.endpoints[number].name : "", command: command))
  }
}
