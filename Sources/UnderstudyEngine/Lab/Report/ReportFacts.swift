// ReportFacts: what the lab did to connections, and what the test said of them, as a report tells it.

/// Something that the lab did to a connection.
package struct ReportFault: Sendable {
  package let connection: UInt64
  package let fault: ConnectionFault
}

extension LedgerReport {
  /// What the lab did to the connections that are kept.
  var faults: [ReportFault] {
    connections.flatMap { connection in
      connection.faults.map { ReportFault(connection: connection.identifier, fault: $0) }
    }
  }

  /// Of the moments that the test has marked, those that are about its connections, or about all.
  func marks(of all: [LabMark]) -> [LabMark] {
    guard endpoint != nil else { return all }
    let own = Set(connections.map(\.identifier))
    return all.filter { $0.connection.map(own.contains) ?? true }
  }
}
