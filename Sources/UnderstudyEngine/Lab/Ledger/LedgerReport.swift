// LedgerReport: what the ledger knows of one endpoint, or of all, as values that leave the engine: what `LAB.LEDGER` and
// `LAB.CONN` answer, what Swift gets, and what the report page is made of.
//
// A new fact is a property here and a member in `write(to:)`.
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock, with sessions that are open.

/// One connection, as it is or was.
package struct ConnectionReport: Sendable {
  package let identifier: UInt64
  package internal(set) var endpoint: String
  /// Its number among the endpoint's connections, from 1.
  package let ordinal: Int64
  package internal(set) var identity: ClientIdentity
  package let libraryVersion: String
  package let protocolVersion: Int
  /// Microseconds since the ledger's start.
  package let openedAt: Int64
  package let closedAt: Int64?
  package let ending: ConnectionEnding?
  package let firstCommandAt: Int64?
  package let lastCommandAt: Int64?
  package let commandCount: Int64
  package let bytesReceived: Int64
  package let bytesSent: Int64
  package let handshake: [String]
  package let stateLeft: [ConnectionState]
  /// How many of its replies have not come, or were lost.
  package let outstanding: Int
  package internal(set) var faults: [ConnectionFault]
  package let faultCount: Int
  package let isRecorded: Bool
  package internal(set) var commands: [CommandRecord]
  package internal(set) var droppedCommands: Int64
  package internal(set) var lane: [LaneInterval]
  package internal(set) var laneResolution: Int64
}

package struct LedgerReport: Sendable {
  package struct Execution: Sendable {
    package let name: String
    package let key: [UInt8]
    package let count: Int64
  }

  /// The endpoint that it is about; nil for all of them.
  package let endpoint: String?
  /// Microseconds since the ledger's start at which it was taken.
  package let time: Int64
  package internal(set) var figures: [LedgerFigures]
  /// All of its connections taken together.
  package let total: LedgerFigures
  /// Executions of each command, in the order of the names.
  package let commands: [(name: String, count: Int64)]
  /// What came of commands that stood by themselves, in the order of the names.
  package let replies: [(name: String, sum: ReplySum)]
  package internal(set) var executions: [Execution]
  package let scripts: [(name: String, count: Int64)]
  package internal(set) var connections: [ConnectionReport]
  /// Connections whose records have been added to the sums, and executions that found no room to be told by key.
  package let foldedConnections: Int
  package let untoldExecutions: Int64
}

extension Engine {
  /// What the ledger knows of an endpoint, or of all of them; nil if there is none of that name. Call it under the lock.
  package func ledger(of endpoint: String? = nil, withConnections: Bool = true) -> LedgerReport? {
    unsafe state.pointee.ledgerReport(of: endpoint, withConnections: withConnections)
  }
}

extension EngineState {
  mutating func ledgerReport(of name: String?, withConnections: Bool) -> LedgerReport? {
    var number: Int?
    if let name {
      guard let found = lab.endpoint(named: name) else { return nil }
      number = found
    }
    let time = ledgerTime
    let records = lab.ledger.connections.filter { number == nil || $0.endpoint == number }
    refresh(records)
    var figures = LedgerFigures.compute(records, lab.endpoints, until: time)
    var foldedCount = 0
    for (identity, folded) in lab.ledger.folded where name == nil || identity.endpoint == name {
      foldedCount += folded.opens
      figures.add(folded, to: identity)
    }
    var sums = EndpointSums()
    for (endpoint, part) in lab.ledger.sums where number == nil || endpoint == number { sums.add(part) }
    return LedgerReport(
      endpoint: name, time: time, figures: figures,
      total: total(records, endpoint: name, until: time),
      commands: sums.commands.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
      replies: sums.replies.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
      executions: sums.executions.sorted { ($0.key.name, $0.key.key.text) < ($1.key.name, $1.key.key.text) }.map {
        LedgerReport.Execution(name: $0.key.name, key: $0.key.key, count: $0.value)
      },
      scripts: sums.scripts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
      connections: withConnections ? records.map { report($0, until: time) } : [], foldedConnections: foldedCount,
      untoldExecutions: sums.untold)
  }

  /// Brings the records of open connections up to what their sessions know.
  private func refresh(_ records: [ConnectionRecord]) {
    for record in records where record.closedAt == nil {
      if let session = unsafe sessions[record.identifier] { unsafe refresh(record, from: session) }
    }
  }

  /// Records and what was folded of the same endpoint, or of all, taken together.
  private func total(_ records: [ConnectionRecord], endpoint name: String?, until time: Int64) -> LedgerFigures {
    var total = LedgerFigures.total(records, endpoint: name ?? "", until: time)
    for (identity, folded) in lab.ledger.folded where name == nil || identity.endpoint == name { total.add(folded) }
    return total
  }

  /// The figures of all connections of an endpoint, as of now.
  func figures(of endpoint: Int) -> LedgerFigures {
    let records = lab.ledger.connections.filter { $0.endpoint == endpoint }
    refresh(records)
    return total(records, endpoint: lab.endpoints[endpoint].name, until: ledgerTime)
  }

  /// One figure of an endpoint, as of now. What is a plain count is counted, without the lanes that the others are read off.
  func value(of subject: LabCondition.Subject) -> Double {
    let (endpoint, figure) = (subject.endpoint, subject.figure)
    guard let part = figure.part else { return figure.value(figures(of: endpoint)) }
    let records = lab.ledger.connections.lazy.filter { $0.endpoint == endpoint }
    var sum: Int64 = 0
    for record in records {
      if figure.isOfSession && record.closedAt == nil, let session = unsafe sessions[record.identifier] {
        unsafe refresh(record, from: session)
      }
      sum += part(record)
    }
    let name = lab.endpoints[endpoint].name
    for (identity, folded) in lab.ledger.folded where identity.endpoint == name {
      var figures = LedgerFigures(identity: identity)
      figures.add(folded)
      sum += Int64(figure.value(figures))
    }
    return Double(sum)
  }

  private func report(_ record: ConnectionRecord, until time: Int64) -> ConnectionReport {
    ConnectionReport(
      identifier: record.identifier, endpoint: lab.endpoints[record.endpoint].name, ordinal: record.ordinal,
      identity: record.identity(lab.endpoints), libraryVersion: record.libraryVersion,
      protocolVersion: Int(record.protocolVersion), openedAt: record.openedAt, closedAt: record.closedAt,
      ending: record.ending, firstCommandAt: record.firstCommandAt, lastCommandAt: record.lastCommandAt,
      commandCount: record.commandCount, bytesReceived: record.bytesReceived, bytesSent: record.bytesSent,
      handshake: record.handshake, stateLeft: record.stateLeft, outstanding: record.outstanding,
      faults: record.faults, faultCount: record.faultCount, isRecorded: record.level == .full,
      commands: record.commands, droppedCommands: record.droppedCommands, lane: record.lane(until: time),
      laneResolution: record.laneResolution)
  }
}

extension EndpointSums {
  mutating func add(_ other: EndpointSums) {
    commands.merge(other.commands) { $0 + $1 }
    for (name, sum) in other.replies { replies[name, default: ReplySum()].add(sum) }
    executions.merge(other.executions) { $0 + $1 }
    scripts.merge(other.scripts) { $0 + $1 }
    untold += other.untold
  }
}

extension [LedgerFigures] {
  /// Adds connections whose records are gone to the figures of their identity.
  fileprivate mutating func add(_ folded: FoldedConnections, to identity: ClientIdentity) {
    let index = firstIndex { $0.identity == identity } ?? endIndex
    if index == endIndex { append(LedgerFigures(identity: identity)) }
    self[index].add(folded)
  }
}

// MARK: JSON

extension LedgerReport {
  /// The report as JSON. Times are in microseconds since the ledger's start; keys that are no UTF-8 are shown as such.
  package var json: String {
    var json = JSONText()
    json.object { write(to: &$0) }
    return json.text
  }

  package func write(to json: inout JSONText) {
    if let endpoint { json.member("endpoint", endpoint) }
    json.member("time", time)
    json.object("total") { total.write(to: &$0) }
    json.array("identities") { json in for figures in figures { json.object { figures.write(to: &$0) } } }
    json.object("commands") { json in for command in commands { json.member(command.name, command.count) } }
    json.array("executions") { json in
      for execution in executions {
        json.object { json in
          json.member("command", execution.name)
          json.member("key", execution.key.text)
          json.member("count", execution.count)
        }
      }
    }
    json.object("scripts") { json in for script in scripts { json.member(script.name, script.count) } }
    json.array("connections") { json in for connection in connections { json.object { connection.write(to: &$0) } } }
    json.member("foldedConnections", foldedConnections)
    json.member("untoldExecutions", untoldExecutions)
  }
}

extension ClientIdentity {
  package func write(to json: inout JSONText) {
    json.member("endpoint", endpoint)
    json.member("name", name)
    json.member("library", library)
    json.member("user", user)
  }
}

extension LedgerFigures {
  package func write(to json: inout JSONText) {
    identity.write(to: &json)
    json.member("opens", opens)
    json.member("open", open)
    json.member("peakOpen", peakOpen)
    json.member("peakBusy", peakBusy)
    json.member("turnover", turnover)
    json.member("openedWhileIdle", openedWhileIdle)
    json.member("blocked", blocked)
    json.member("busy", busy)
    json.member("handshakeOnly", handshakeOnly)
    json.member("commands", commands)
    json.member("errors", errors)
    json.member("faults", faults)
    json.member("bytesReceived", bytesReceived)
    json.member("bytesSent", bytesSent)
  }
}

extension ConnectionReport {
  package func write(to json: inout JSONText) {
    json.member("id", identifier)
    json.member("ordinal", ordinal)
    identity.write(to: &json)
    json.member("libraryVersion", libraryVersion)
    json.member("resp", protocolVersion)
    json.member("openedAt", openedAt)
    if let closedAt { json.member("closedAt", closedAt) }
    if let ending { json.member("closedBy", ending.rawValue) }
    if let firstCommandAt { json.member("firstCommandAt", firstCommandAt) }
    if let lastCommandAt { json.member("lastCommandAt", lastCommandAt) }
    json.member("commandCount", commandCount)
    json.member("bytesReceived", bytesReceived)
    json.member("bytesSent", bytesSent)
    json.array("handshake") { json in for name in handshake { json.string(name) } }
    json.array("stateLeft") { json in for state in stateLeft { json.string(state.rawValue) } }
    json.member("outstanding", outstanding)
    json.array("faults") { json in for fault in faults { json.object { fault.write(to: &$0) } } }
    json.member("faultCount", faultCount)
    json.member("recorded", isRecorded)
    json.array("commands") { json in for command in commands { json.object { command.write(to: &$0) } } }
    json.member("droppedCommands", droppedCommands)
    json.array("lane") { json in
      for interval in lane {
        json.array { json in
          json.string("\(interval.kind)")
          json.integer(interval.start)
          json.integer(interval.end)
        }
      }
    }
    json.member("laneResolution", laneResolution)
  }
}

extension CommandRecord {
  package func write(to json: inout JSONText) {
    json.member("ordinal", ordinal)
    json.member("place", "\(place)")
    json.member("name", name)
    json.member("text", text)
    if let key { json.member("key", key.text) }
    json.member("db", database)
    json.member("time", time)
    if let took { json.member("took", took) }
    json.member("reply", "\(reply)")
    if let error { json.member("error", error) }
    json.member("bytesReceived", bytesReceived)
    json.member("bytesSent", bytesSent)
  }
}
