// LabState: what the lab keeps, and where it attaches to a request's way.
//
// It attaches where the gate `Gates.lab` is closed: for sessions of endpoints that are recorded fully, or that fault rules,
// quotas or recordings concern. One test of the gate mask, which every command makes anyway, serves them all, so that an idle lab
// costs nothing. Stages are places that ask `EngineState.fire`: `Engine.open`, `Dispatcher.observed`, the ends of waits,
// pushes, and timers.

struct LabState {
  /// The ways in, the server's own first.
  var endpoints = [LabEndpoint(name: "default", level: .counters)]
  var ledger = Ledger()
  /// What the rules know and have found.
  let findings = FindingsState()
  /// Who waits for something.
  var waits = LabWaits()
  var faults = FaultTable()
  var recordings = RecordingTable()
  var replays: [AskedReplay] = []

  /// An endpoint's number, by its name.
  func endpoint(named name: String) -> Int? { endpoints.firstIndex { $0.name == name } }
}
