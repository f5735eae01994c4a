// ReportFacts: what the lab did to connections, and what the test said of them, in the order of time as a report tells it.

/// Something that the lab did to a connection.
package struct ReportFault: Sendable {
  package let time: Int64
  package let connection: UInt64
  package let rule: String
  package let action: String

  package init(time: Int64, connection: UInt64, rule: String, action: String) {
    self.time = time
    self.connection = connection
    self.rule = rule
    self.action = action
  }
}

/// A moment that the test has named.
package struct ReportMark: Sendable {
  package let time: Int64
  /// The connection that it is about, if it is about one.
  package let connection: UInt64?
  package let text: String

  package init(time: Int64, connection: UInt64? = nil, text: String) {
    self.time = time
    self.connection = connection
    self.text = text
  }
}

extension EngineState {
  func reportFaults(_ ledger: LedgerReport) -> [ReportFault] {
    ledger.connections.flatMap { connection in
      connection.faults.map {
        ReportFault(time: $0.time, connection: connection.identifier, rule: $0.rule, action: $0.action)
      }
    }
  }

  func reportMarks() -> [ReportMark] {
    lab.findings.marks.map { ReportMark(time: $0.time, connection: $0.connection, text: $0.kind.rawValue) }
  }
}
