// Workers: a server for each worker of a run of tests, so that parallel workers do not see one another's keys. The engine
// only asks for one (`Engine.openWorker`): who runs it makes the servers. Their reports are joined at the end
// (`LabReport.init(joining:)`).
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock.

/// Where a worker's server listens.
package struct WorkerPlace: Sendable {
  package let host: String
  package let port: UInt16?
  package let tlsPort: UInt16?
  package let controlPort: UInt16?
  package let unixSocket: String?
  /// What clients connect with, and clients of the control port.
  package let url: String
  package let controlURL: String

  package init(
    host: String, port: UInt16?, tlsPort: UInt16?, controlPort: UInt16?, unixSocket: String?, url: String, controlURL: String
  ) {
    self.host = host
    self.port = port
    self.tlsPort = tlsPort
    self.controlPort = controlPort
    self.unixSocket = unixSocket
    self.url = url
    self.controlURL = controlURL
  }
}

extension LabEndpoint {
  /// What an endpoint of a worker's server is called where those of several are told of: the server's own after the worker.
  package static func name(_ endpoint: String, ofWorker worker: String) -> String {
    endpoint == "default" ? worker : "\(worker)/\(endpoint)"
  }
}

extension Engine {
  /// LAB.WORKER: answers the server of a worker's name, and starts it if there is none. Without this hook there are none.
  package var openWorker: ((String) -> Result<WorkerPlace, EndpointRefusal>)? {
    get { unsafe state.pointee.hooks.openWorker }
    set { unsafe state.pointee.hooks.openWorker = newValue }
  }

  /// Has this engine's ledger begin when that of another did, and its clients be counted from a number on that the other
  /// one does not use: so that the two can be told of in one report. Call it before there are clients, under both locks.
  package func alignLedger(with other: Engine, firstClient: UInt64) {
    let start = unsafe other.state.pointee.lab.ledger.startedAt
    unsafe state.pointee.lab.ledger.startIfNeeded(at: start)
    unsafe state.pointee.nextSessionIdentifier = max(firstClient, state.pointee.nextSessionIdentifier)
  }
}

// MARK: Reports

/// What the report of a run is made of, of one server.
package struct ReportPart: Sendable {
  let version: Version
  let seed: UInt64
  var endpoints: [LabEndpoint]
  var ledger: LedgerReport
  var findings: FindingsReport
  let marks: [LabMark]
}

extension Engine {
  /// What the lab knows, for a report of several servers (`LabReport.init(joining:)`). Call it under the lock.
  package func reportPart(isFinished: Bool) -> ReportPart? {
    unsafe state.pointee.reportPart(of: nil, isFinished: isFinished)
  }
}

extension EngineState {
  mutating func reportPart(of name: String?, isFinished: Bool) -> ReportPart? {
    guard let ledger = ledgerReport(of: name, withConnections: true) else { return nil }
    return ReportPart(
      version: configuration.emulatedVersion, seed: random.seed,
      endpoints: lab.endpoints.filter { name == nil || $0.name == name }, ledger: ledger,
      findings: judge(endpoint: name, isFinished: isFinished), marks: lab.findings.marks)
  }
}

extension ReportPart {
  /// The part as that of a worker: its endpoints are named after it.
  package func ofWorker(_ worker: String) -> ReportPart {
    func renamed(_ endpoint: String) -> String { LabEndpoint.name(endpoint, ofWorker: worker) }
    var part = self
    for index in part.endpoints.indices { part.endpoints[index].name = renamed(part.endpoints[index].name) }
    for index in part.ledger.figures.indices {
      part.ledger.figures[index].identity.endpoint = renamed(part.ledger.figures[index].identity.endpoint)
    }
    for index in part.ledger.connections.indices {
      let endpoint = renamed(part.ledger.connections[index].endpoint)
      part.ledger.connections[index].endpoint = endpoint
      part.ledger.connections[index].identity.endpoint = endpoint
    }
    part.findings.rename(renamed)
    return part
  }
}

extension LabReport {
  init(_ part: ReportPart) {
    self.init(
      version: part.version, seed: part.seed, endpoints: part.endpoints, ledger: part.ledger, findings: part.findings,
      marks: part.marks)
  }

  /// One report of several servers of a run, the first of which lends it its version and seed. Their ledgers have begun at
  /// the same time, and their clients have different numbers (`alignLedger`).
  package init(joining first: ReportPart, _ others: [ReportPart]) {
    let all = [first] + others
    self.init(
      version: first.version, seed: first.seed, endpoints: all.flatMap(\.endpoints),
      ledger: others.isEmpty ? first.ledger : LedgerReport(joining: all.map(\.ledger)),
      findings: others.isEmpty ? first.findings : FindingsReport(joining: all.map(\.findings)), marks: all.flatMap(\.marks))
  }
}

extension LedgerReport {
  fileprivate init(joining all: [LedgerReport]) {
    let connections = all.flatMap(\.connections)
    var executions: [UnderstudyEngine.Execution: Int64] = [:]
    for execution in all.flatMap(\.executions) {
      executions[UnderstudyEngine.Execution(name: execution.name, key: execution.key), default: 0] += execution.count
    }
    self.init(
      endpoint: nil, time: all.map(\.time).max() ?? 0,
      figures: all.flatMap(\.figures).sorted { $0.identity < $1.identity },
      total: .total(connections, all.map(\.total)), commands: Self.sum(all.map(\.commands)), replies: Self.sum(all.map(\.replies)),
      executions: executions.sorted { ($0.key.name, $0.key.key.text) < ($1.key.name, $1.key.key.text) }.map {
        LedgerReport.Execution(name: $0.key.name, key: $0.key.key, count: $0.value)
      },
      scripts: Self.sum(all.map(\.scripts)), connections: connections,
      foldedConnections: all.reduce(0) { $0 + $1.foldedConnections },
      untoldExecutions: all.reduce(0) { $0 + $1.untoldExecutions })
  }

  private static func sum(_ lists: [[(name: String, sum: ReplySum)]]) -> [(name: String, sum: ReplySum)] {
    var sums: [String: ReplySum] = [:]
    for entry in lists.joined() { sums[entry.name, default: ReplySum()].add(entry.sum) }
    return sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private static func sum(_ lists: [[(name: String, count: Int64)]]) -> [(name: String, count: Int64)] {
    var sums: [String: Int64] = [:]
    for entry in lists.joined() { sums[entry.name, default: 0] += entry.count }
    return sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

extension LedgerFigures {
  /// The figures of several servers taken together: sums, but for how many were there at once.
  fileprivate static func total(_ connections: [ConnectionReport], _ totals: [LedgerFigures]) -> LedgerFigures {
    var sum = LedgerFigures(identity: ClientIdentity(endpoint: "", name: "", library: "", user: ""))
    for part in totals {
      sum.opens += part.opens
      sum.open += part.open
      sum.openedWhileIdle += part.openedWhileIdle
      sum.commands += part.commands
      sum.errors += part.errors
      sum.faults += part.faults
      sum.bytesReceived += part.bytesReceived
      sum.bytesSent += part.bytesSent
      sum.handshakeOnly += part.handshakeOnly
      sum.blocked += part.blocked
      sum.busy += part.busy
    }
    var openings: [(at: Int64, change: Int)] = [], busy: [(at: Int64, change: Int)] = []
    for connection in connections {
      openings.append((connection.openedAt, 1))
      if let closedAt = connection.closedAt { openings.append((closedAt, -1)) }
      for interval in connection.lane where interval.kind == .busy || interval.kind == .blocked {
        busy.append((interval.start, 1))
        busy.append((max(interval.end, interval.start + 1), -1))
      }
    }
    sum.peakOpen = peak(&openings)
    sum.peakBusy = peak(&busy)
    return sum
  }
}
