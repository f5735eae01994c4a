// LabEndpoint: a way in for one client under test. All clients of the loopback interface look alike; so each of them gets
// a listener of its own over the same data, and what the lab sees and does is told apart by it.
//
// Endpoint 0, `default`, is the server's own port and sockets. The others are opened by `LAB.ENDPOINT OPEN`, or from
// Swift; the transport makes the listener (`EngineHooks.openEndpoint`) and hands each session its endpoint's number.
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock.

/// How much of an endpoint's connections is written down.
package enum LedgerLevel: String, Sendable, CaseIterable {
  /// Connections are counted and nothing of a command is: what the default endpoint does, because it costs nothing.
  case counters
  /// Commands by ordinal, with their keys, replies and times: what opened endpoints do.
  case full
}

/// Where an endpoint is to listen.
package enum EndpointListener: Sendable, Hashable {
  /// A free TCP port at the server's addresses.
  case tcp
  /// The same, with TLS.
  case tls
  case unix(path: String)
}

/// One way in.
package struct LabEndpoint: Sendable {
  package internal(set) var name: String
  package var listener: EndpointListener?
  /// The TCP port, if it listens on one.
  package var port: Int?
  package var level: LedgerLevel
  /// Whether it takes connections.
  package var isOpen = true
  /// How many connections it has had: the newest one's ordinal, by which faults are drawn.
  package var connectionCount: Int64 = 0
}

/// Why an endpoint was not opened or closed.
package struct EndpointRefusal: Error, Sendable {
  package let reason: String
  package init(_ reason: String) { self.reason = reason }
}

extension LabEndpoint {
  /// What is wrong with a name, if anything.
  package static func fault(inName name: String) -> String? {
    if name.isEmpty || name.utf8.count > 64 { return "an endpoint's name has 1 to 64 bytes" }
    let isPlain = name.utf8.allSatisfy { (33...126).contains($0) }
    return isPlain ? nil : "an endpoint's name consists of printable ASCII characters without spaces"
  }
}

extension Engine {
  /// Opens an endpoint, or opens a closed one of that name again; answers its number. Call it under the lock.
  package func openEndpoint(_ name: String, _ listener: EndpointListener) throws(EndpointRefusal) -> Int {
    try unsafe state.pointee.openEndpoint(name, listener)
  }

  /// Closes an endpoint's listener and its connections. Call it under the lock.
  package func closeEndpoint(_ name: String) throws(EndpointRefusal) { try dispatcher.closeEndpoint(name) }

  /// The endpoints that there are. Call it under the lock.
  package var endpoints: [LabEndpoint] { unsafe state.pointee.lab.endpoints }

  /// Says how much of the default endpoint's connections is written down, from the next one on. Call it under the lock.
  package func setLedgerLevel(_ level: LedgerLevel) { unsafe state.pointee.setLedgerLevel(level, of: 0) }
}

extension EngineState {
  mutating func openEndpoint(_ name: String, _ listener: EndpointListener) throws(EndpointRefusal) -> Int {
    if let fault = LabEndpoint.fault(inName: name) { throw EndpointRefusal(fault) }
    let known = lab.endpoint(named: name)
    if let known, lab.endpoints[known].isOpen { throw EndpointRefusal("the endpoint '\(name)' is open already") }
    guard let makeListener = hooks.openEndpoint else { throw EndpointRefusal("this server has no sockets to open") }
    let number = known ?? lab.endpoints.count
    guard number < Int(UInt16.max) else { throw EndpointRefusal("there are too many endpoints") }
    let port = try makeListener(number, listener).get()
    if let known {
      lab.endpoints[known].isOpen = true
    } else {
      lab.endpoints.append(LabEndpoint(name: name, level: .full))
    }
    lab.endpoints[number].listener = listener
    lab.endpoints[number].port = port
    return number
  }

  mutating func setLedgerLevel(_ level: LedgerLevel, of number: Int) {
    lab.endpoints[number].level = level
    if number == 0 { lab.ledger.startIfNeeded(at: clocks.source.monotonicMicroseconds()) }
  }
}

extension Dispatcher {
  func closeEndpoint(_ name: String) throws(EndpointRefusal) {
    guard let number = unsafe state.pointee.lab.endpoint(named: name) else {
      throw EndpointRefusal("there is no endpoint '\(name)'")
    }
    guard number > 0 else { throw EndpointRefusal("the default endpoint is the server's own: stop the server instead") }
    guard unsafe state.pointee.lab.endpoints[number].isOpen else {
      throw EndpointRefusal("the endpoint '\(name)' is closed already")
    }
    unsafe state.pointee.hooks.closeEndpoint?(number)
    unsafe state.pointee.lab.endpoints[number].isOpen = false
    unsafe state.pointee.lab.endpoints[number].port = nil
    for unsafe session in unsafe Array(state.pointee.sessions.values) {
      guard let record = unsafe session.pointee.record, record.endpoint == number else { continue }
      record.noteEnding(.server)
      unsafe kill(session)
    }
  }
}

extension Context {
  func closeEndpoint(_ name: String) throws(EndpointRefusal) { try unsafe Dispatcher(state: state).closeEndpoint(name) }
}
