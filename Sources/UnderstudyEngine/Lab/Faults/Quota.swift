// Quotas: how many connections an endpoint may have, and how many commands in flight, and what becomes of those beyond.
//
// A command is in flight from when it is taken until it has its reply: one that blocks, is delayed or suspended is. A
// quota may be changed at any time; who is in stays in, so that shrinking it turns away only those who come then.
//
// This file may say `unsafe`. What keeps it safe: sessions come from the registry, or are those of the running command.

package struct LabQuota: Sendable, Hashable {
  /// What becomes of who is beyond.
  package enum Consequence: String, Sendable, CaseIterable {
    /// The connection is closed without a word.
    case refuse
    /// Writes are refused as a replica does.
    case readonly
    /// An error is answered; for a connection that of `maxclients`, and it is closed.
    case error
  }
  package var connections: Int?
  package var inFlight: Int?
  package var consequence: Consequence

  package init(connections: Int? = nil, inFlight: Int? = nil, then consequence: Consequence) {
    self.connections = connections
    self.inFlight = inFlight
    self.consequence = consequence
  }
}

/// One time that somebody was beyond a quota.
package struct QuotaBreach: Sendable {
  /// The number of the connection at its endpoint.
  package let connection: Int64
  /// The number of the command on it; 0 for the connection itself.
  package let ordinal: Int64
  package let command: String?
  /// Microseconds since the ledger's start.
  package let time: Int64
}

/// A quota, and what has come of it.
package struct QuotaReport: Sendable {
  package let endpoint: String
  package let quota: LabQuota
  /// How many connections there are, and how many commands in flight.
  package let connections: Int
  package let inFlight: Int
  package let breachCount: Int64
  /// The latest of them, oldest first.
  package let breaches: [QuotaBreach]
}

final class ActiveQuota {
  static let breachLimit = 256
  var quota: LabQuota
  private(set) var breachCount: Int64 = 0
  private(set) var breaches: [QuotaBreach] = []

  init(_ quota: LabQuota) { self.quota = quota }

  func note(_ breach: QuotaBreach) {
    breachCount += 1
    if breaches.count >= 2 * Self.breachLimit { breaches.removeFirst(Self.breachLimit) }
    breaches.append(breach)
  }
}

extension EngineState {
  /// Sets an endpoint's quota, or takes it away.
  mutating func setQuota(_ quota: LabQuota?, of name: String) throws(FaultRefusal) {
    guard let number = lab.endpoint(named: name) else { throw FaultRefusal("there is no endpoint '\(name)'") }
    if let quota {
      guard quota.connections != nil || quota.inFlight != nil else {
        throw FaultRefusal("a quota limits CONNECTIONS, INFLIGHT or both")
      }
      guard (quota.connections ?? 0) >= 0 && (quota.inFlight ?? 0) >= 0 else { throw FaultRefusal("a limit is 0 or more") }
      if let active = lab.faults.quotas[number] { active.quota = quota } else { lab.faults.quotas[number] = ActiveQuota(quota) }
    } else {
      lab.faults.quotas[number] = nil
    }
    if quota?.consequence != .readonly || quota?.connections == nil {
      // Who was let in to read only may write again.
      for unsafe session in unsafe sessions.values where unsafe session.pointee.record?.endpoint == number {
        unsafe session.pointee.faults?.isReadOnly = false
      }
    }
    followFaults()
  }

  /// The quotas that there are, in the order of their endpoints.
  var quotaReports: [QuotaReport] {
    lab.faults.quotas.sorted { $0.key < $1.key }.map { number, active in
      QuotaReport(
        endpoint: lab.endpoints[number].name, quota: active.quota, connections: connectionCount(at: number),
        inFlight: inFlightCount(at: number), breachCount: active.breachCount, breaches: active.breaches)
    }
  }

  private func connectionCount(at endpoint: Int) -> Int {
    unsafe sessions.values.count { unsafe $0.pointee.record?.endpoint == endpoint }
  }

  /// How many commands of an endpoint wait for their reply.
  private func inFlightCount(at endpoint: Int) -> Int {
    unsafe sessions.values.count {
      unsafe $0.pointee.record?.endpoint == endpoint
        && !$0.pointee.flags.isDisjoint(with: [.blocked, .suspended, .delayed, .held])
    }
  }

  /// A connection has been accepted: true if it is one too many, and was turned away.
  mutating func refusedByQuota(_ session: SessionPointer, _ record: ConnectionRecord, _ faults: FaultConnection) -> Bool {
    guard let active = lab.faults.quotas[record.endpoint], let limit = active.quota.connections,
      connectionCount(at: record.endpoint) > limit
    else { return false }
    active.note(QuotaBreach(connection: record.ordinal, ordinal: 0, command: nil, time: ledgerTime))
    let output = unsafe outbox(of: session)
    switch active.quota.consequence {
    case .readonly:
      faults.isReadOnly = true
      return false
    case .error: unsafe Reply(output, version: 2).error(ReplyError.maximumClients)
    case .refuse: break
    }
    unsafe end(session, .close, behind: output)
    unsafe queueFlush(session)
    return true
  }
}

extension Dispatcher {
  /// What becomes of a command that is one too many; nil if it is none.
  func overQuota(
    _ session: SessionPointer, _ faults: FaultConnection, _ output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult? {
    guard let record = unsafe session.pointee.record, let active = unsafe state.pointee.lab.faults.quotas[record.endpoint]
    else { return nil }
    let reply = unsafe Reply(output, version: session.pointee.protocolVersion)
    let isWrite = unsafe faults.latest.entry?.pointee.flags.contains(.write) == true
    if faults.isReadOnly && isWrite { return unsafe refuseWrite(session, faults, reply) }
    guard let limit = active.quota.inFlight, unsafe state.pointee.inFlight(at: record.endpoint) >= limit else { return nil }
    if active.quota.consequence == .readonly && !isWrite { return nil }
    active.note(
      unsafe QuotaBreach(
        connection: record.ordinal, ordinal: faults.latest.ordinal, command: faults.latest.name,
        time: state.pointee.ledgerTime))
    switch active.quota.consequence {
    case .readonly: return unsafe refuseWrite(session, faults, reply)
    case .error:
      unsafe refuse(session, faults.latest.entry)
      reply.error("ERR quota exceeded: \(limit) commands of this endpoint are in flight")
    case .refuse: unsafe state.pointee.end(session, .close, behind: output)
    }
    return .done
  }

  private func refuseWrite(_ session: SessionPointer, _ faults: FaultConnection, _ reply: Reply) -> DispatchResult {
    unsafe refuse(session, faults.latest.entry)
    reply.error("READONLY You can't write against a read only replica.")
    return .done
  }
}

extension EngineState {
  fileprivate func inFlight(at endpoint: Int) -> Int { inFlightCount(at: endpoint) }
}

extension Engine {
  /// Sets an endpoint's quota, or takes it away. Call it under the lock.
  package func setQuota(_ quota: LabQuota?, of endpoint: String) throws(FaultRefusal) {
    try unsafe state.pointee.setQuota(quota, of: endpoint)
  }

  /// The quotas that there are. Call it under the lock.
  package var quotas: [QuotaReport] { unsafe state.pointee.quotaReports }
}
