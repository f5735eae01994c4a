// LabState: where the lab attaches to a request's way.
//
// The engine calls its stage points only while something is attached, which closes the gate `Gates.lab`: one test of the
// gate mask, which every command makes anyway, serves them all, so that an idle lab costs nothing. Stage points before
// execution may refuse; the others only tell.
//
// To extend: a stage is a case here and one call at its place (`Engine.open`, `Dispatcher.runGated`, `Engine.receive`,
// `Engine.close`); an action is a case of `LabVerdict`, carried out where the stage point stands.
//
// This file may say `unsafe`. What keeps it safe: an event's command name is read from the table, which is never freed.

/// The stage points of a request's way, in order.
package enum LabStage: UInt8, Sendable {
  /// A connection was accepted.
  case accept
  /// A request has been parsed and looked up.
  case parsed
  /// It has passed nothing yet, and would now go through the gates.
  case beforeExecution
  /// Its handler has returned; its reply is written.
  case afterExecution
  /// The replies of a batch are about to be sent.
  case reply
  /// The connection is gone.
  case close
}

/// What a stage point tells.
package struct LabEvent: Sendable {
  package let stage: LabStage
  /// The session's identifier, as CLIENT ID answers it.
  package let session: UInt64
  /// How many commands the session has run before this one.
  package let ordinal: Int64
  /// The command, as `get` or `config|get`; nil where there is none, or none is known by that name.
  package let command: String?
  /// Bytes concerned: of replies that are about to be sent.
  package let byteCount: Int
}

/// What becomes of a request at a stage point before its execution; elsewhere it is ignored.
package enum LabVerdict: Sendable {
  case proceed
  /// It is answered with an error and not executed.
  case refuse(String)
  /// It is not executed, and the connection is closed without a reply.
  case close
}

/// Sees stage points. It is called inside the executor: it must be quick, and may not call the engine.
package typealias LabObserver = @Sendable (LabEvent) -> LabVerdict

struct LabState {
  var observer: LabObserver?
  /// The ways in, the server's own first.
  var endpoints = [LabEndpoint(name: "default", level: .counters)]
  var ledger = Ledger()
  /// What the rules know and have found.
  let findings = FindingsState()
  /// Who waits for something.
  var waits = LabWaits()

  /// An endpoint's number, by its name.
  func endpoint(named name: String) -> Int? { endpoints.firstIndex { $0.name == name } }

  /// Tells a stage point, if anything is attached.
  @discardableResult
  func tell(
    _ stage: LabStage, _ session: SessionPointer, _ entry: DispatchPointer? = nil, byteCount: Int = 0
  ) -> LabVerdict {
    guard let observer else { return .proceed }
    let command: String?
    if let entry = unsafe entry { command = unsafe entry.pointee.name } else { command = nil }
    return unsafe observer(
      LabEvent(
        stage: stage, session: session.pointee.identifier, ordinal: session.pointee.commandCount, command: command,
        byteCount: byteCount))
  }
}

extension Engine {
  /// Attaches an observer to the stage points, or detaches it. Call it under the lock.
  package func attachLab(_ observer: LabObserver?) {
    unsafe state.pointee.lab.observer = observer
    if observer == nil {
      unsafe state.pointee.gates.remove(.lab)
    } else {
      unsafe state.pointee.gates.insert(.lab)
    }
  }
}
