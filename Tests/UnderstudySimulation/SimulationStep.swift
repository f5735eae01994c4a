// One step of a simulated run, as a value: a run is a list of them, made from a seed alone, and can be made again whole or
// in part, which is what shrinking does. So no step depends on what an earlier one was answered.
//
// What a step does stands in `Simulation.apply`; a new kind of step is a case here, a case there, and a line in
// `SimulationSteps`.

package import UnderstudyTestSupport

/// The engine's declarations know arguments too.
package typealias CallArgument = UnderstudyTestSupport.Argument

/// One thing that happens to the simulated server.
package enum SimulationStep: Sendable {
  /// A client sends requests in one write; cut where `cuts` says, and without the last `kept` bytes, which leave with the
  /// client's next step. One that is not connected connects first.
  case send(client: Int, requests: [[CallArgument]], cuts: [Int] = [], kept: Int = 0)
  /// A client sends what is no request.
  case noise(client: Int, [UInt8])
  /// The client's connection breaks.
  case close(client: Int)
  /// The client shuts its sending side, or the network tells that it is gone.
  case endInput(client: Int)
  case fail(client: Int)
  /// The client reads no more than so many bytes until the next step of this kind.
  case read(client: Int, bytes: Int)
  /// Real time goes on: of the calendar, and of the clock that only goes forward; microseconds.
  case time(wall: Int64, monotonic: Int64)
  /// From now on the machine is so slow that each look at the clock takes so many microseconds.
  case pace(Int64)
  /// A verb of the control port.
  case control([CallArgument])
  /// The program that the server lives in calls a command.
  case embedded([CallArgument])
}

extension SimulationStep: CustomStringConvertible {
  package var description: String {
    switch self {
    case .send(let client, let requests, let cuts, let kept):
      let lines = requests.map { $0.map(\.description).joined(separator: " ") }.map { $0.count > 400 ? $0.prefix(400) + "…" : $0 }
      let ways = (cuts.isEmpty ? "" : " cut at \(cuts)") + (kept == 0 ? "" : " without the last \(kept) bytes")
      return "client \(client)\(ways)> " + lines.joined(separator: " ⏎ ")
    case .noise(let client, let bytes): return "client \(client) sends \(quoted(bytes))"
    case .close(let client): return "client \(client) is gone"
    case .endInput(let client): return "client \(client) sends no more"
    case .fail(let client): return "client \(client) breaks off"
    case .read(let client, let bytes): return "client \(client) reads \(bytes == .max ? "everything" : "\(bytes) bytes")"
    case .time(let wall, let monotonic): return "time goes on by \(monotonic) µs, the calendar by \(wall) µs"
    case .pace(let microseconds): return "a look at the clock takes \(microseconds) µs"
    case .control(let words): return "control> \(words.map(\.description).joined(separator: " "))"
    case .embedded(let words): return "embedded> \(words.map(\.description).joined(separator: " "))"
    }
  }
}

extension SimulationStep {
  /// Smaller steps in place of this one: with fewer requests, whole instead of cut.
  var smaller: [SimulationStep] {
    guard case .send(let client, let requests, let cuts, let kept) = self else { return [] }
    var found: [SimulationStep] = []
    if !cuts.isEmpty || kept > 0 { found.append(.send(client: client, requests: requests)) }
    if requests.count > 1 {
      for index in requests.indices {
        var fewer = requests
        fewer.remove(at: index)
        found.append(.send(client: client, requests: fewer))
      }
    }
    for (index, request) in requests.enumerated() where request.count > 4 {
      var shorter = requests
      shorter[index] = Array(request.prefix(max(2, request.count / 2)))
      found.append(.send(client: client, requests: shorter))
    }
    return found
  }
}
