// LabState: where the lab attaches. The engine calls its stage points only while `Gates.lab` is closed, so that an idle
// lab costs nothing: one gate test a command serves them all.

/// The stage points of a request's way, in order.
package enum LabStage: UInt8, Sendable { case accept, handshake, beforeExecution, afterExecution, reply, close }

@safe
struct LabState {
  /// Called at each stage point while attached; nil while the lab is idle.
  var observer: ((LabStage, SessionPointer, DispatchPointer?) -> Void)?
}
