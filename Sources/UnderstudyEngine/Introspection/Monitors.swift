// MONITOR: a line to each monitoring client for each command that ran, arguments quoted. What is secret is taken out,
// and administration is not told at all.
//
// This file may say `unsafe`. What keeps it safe: a session leaves the list before it is freed (`stopMonitoring`).

extension EngineState {
  /// Tells the monitors of a call.
  mutating func feedMonitors(_ entry: DispatchPointer, _ arguments: Arguments, _ session: SessionPointer) {
    let micros = String(nowMicroseconds % 1_000_000)
    let padding = String(repeating: "0", count: 6 - min(6, micros.utf8.count))
    let source = unsafe monitoredSource(of: session)
    var line = Array("+\(nowMicroseconds / 1_000_000).\(padding)\(micros) [".utf8)
    line += Array("\(unsafe session.pointee.database) \(source)]".utf8)
    for argument in unsafe redacted(entry, arguments) {
      line.append(UInt8(ascii: " "))
      line += ConfigurationFile.quoted(argument)
    }
    line += [13, 10]
    for unsafe monitor in unsafe monitors {
      line.withBytes { bytes in unsafe outbox(of: monitor).pointee.append(bytes) }
      unsafe limitOutput(of: monitor)
    }
  }

  /// Where a call came from, as monitors are told it: unlike CLIENT LIST, they tell a Unix socket by a prefix, not by a
  /// port 0 behind its path.
  private func monitoredSource(of session: SessionPointer) -> String {
    let flags = unsafe session.pointee.flags
    if flags.contains(.script) { return "lua" }
    let address = unsafe addresses(of: session).address
    guard flags.contains(.unixSocket), address.hasSuffix(":0") else { return address }
    return "unix:\(address.dropLast(2))"
  }
}

extension Dispatcher {
  func startMonitoring(_ session: SessionPointer) {
    guard unsafe !session.pointee.gates.contains(.monitoring) else { return }
    unsafe session.pointee.gates.insert(.monitoring)
    unsafe state.pointee.monitors.append(session)
    unsafe state.pointee.gates.insert(.monitors)
  }

  func stopMonitoring(_ session: SessionPointer) {
    guard unsafe session.pointee.gates.contains(.monitoring) else { return }
    unsafe session.pointee.gates.remove(.monitoring)
    unsafe state.pointee.monitors.removeAll { unsafe $0 == session }
    if unsafe state.pointee.monitors.isEmpty { unsafe state.pointee.gates.remove(.monitors) }
  }
}

extension Context {
  func startMonitoring() { unsafe Dispatcher(state: state).startMonitoring(sessionPointer) }
}
