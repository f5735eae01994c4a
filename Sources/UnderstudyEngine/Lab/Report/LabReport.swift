// LabReport: everything that the lab knows of a run, as one value: who came in, what they did, what was found wrong with
// it and what was done to them. It is made under the engine's lock and leaves the engine; all forms of a report are
// functions of it (`ReportFormat`), so that none of them tells what another does not know.
//
// It is bounded, whatever the run was: `LabReport+Limits.swift` says how, and `omissions` what was left out.
//
// A new fact is a property here, filled in by `labReport(of:)`, and its place in each form: `ReportText`, `ReportJSON`,
// `ReportPage` and, if it is a finding of some kind, `ReportSARIF` and `ReportJUnit`.
//
// This file may say `unsafe`. What keeps it safe: the engine's state is looked at under its lock.

package struct LabReport: Sendable {
  /// What the server is: as it says in INFO.
  package let version: Version
  package let seed: UInt64
  /// The endpoints that it is about, with how many connections each of them has had.
  package internal(set) var endpoints: [LabEndpoint]
  package internal(set) var ledger: LedgerReport
  /// Worst first.
  package internal(set) var findings: [Finding]
  /// How many of each certainty there are, whatever has been left out.
  private let findingCounts: [FindingCertainty: Int]
  /// The rules that have found something, whatever has been left out.
  let foundRules: Set<String>
  /// In the order of time, and how many there were in all.
  package internal(set) var faults: [ReportFault]
  package let faultCount: Int
  package internal(set) var marks: [LabMark]
  package let latencies: [CommandLatency]
  /// What is not told in detail, in sentences.
  package internal(set) var omissions: [String] = []

  /// How many commands were answered with an error; see `LedgerFigures.errors`.
  package var errorCount: Int64 { ledger.figures.reduce(0) { $0 + $1.errors } }

  /// Microseconds from the ledger's start to the moment of the report.
  package var duration: Int64 { ledger.time }

  /// - Parameter marks: those of the whole server.
  package init(
    version: Version, seed: UInt64, endpoints: [LabEndpoint], ledger: LedgerReport, findings: FindingsReport,
    marks: [LabMark] = [], limits: ReportLimits = ReportLimits()
  ) {
    self.version = version
    self.seed = seed
    self.endpoints = endpoints
    self.ledger = ledger
    self.findings = findings.findings.sorted { ($1.certainty, $0.lastAt) < ($0.certainty, $1.lastAt) }
    findingCounts = self.findings.reduce(into: [:]) { $0[$1.certainty, default: 0] += 1 }
    foundRules = Set(self.findings.map(\.rule))
    faults = ledger.faults.sorted { $0.fault.time < $1.fault.time }
    faultCount = ledger.figures.reduce(0) { $0 + $1.faults }
    self.marks = ledger.marks(of: marks).sorted { $0.time < $1.time }
    latencies = CommandLatency.compute(ledger)
    noteUntold(findings)
    limit(to: limits)
  }

  /// How many findings are at a certainty or above it.
  package func findingCount(atLeast certainty: FindingCertainty) -> Int {
    findingCounts.reduce(0) { $0 + ($1.key >= certainty ? $1.value : 0) }
  }

  /// How many findings are of a certainty.
  func findingCount(of certainty: FindingCertainty) -> Int { findingCounts[certainty] ?? 0 }
}

extension Engine {
  /// All that the lab knows of an endpoint, or of all of them; nil if there is none of that name. Call it under the lock.
  /// Of a run that `isFinished`, what is left open counts as left behind.
  package func labReport(of endpoint: String? = nil, isFinished: Bool = false) -> LabReport? {
    unsafe state.pointee.labReport(of: endpoint, isFinished: isFinished)
  }
}

extension EngineState {
  mutating func labReport(of name: String?, isFinished: Bool = false) -> LabReport? {
    reportPart(of: name, isFinished: isFinished).map { LabReport($0) }
  }
}

/// The forms of a report.
package enum ReportFormat: String, Sendable, CaseIterable {
  /// For a terminal, 100 columns.
  case text
  /// All of it, for programs.
  case json
  /// SARIF 2.1.0: the findings, for what shows findings beside code.
  case sarif
  /// JUnit's XML: the findings as failed cases, for what shows tests.
  case junit
  /// A page for a browser, in one file.
  case html

  /// The form that a file's name asks for, by its end.
  package init?(fileName: String) {
    let name = fileName.split(separator: "/").last.map { String($0) } ?? ""
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 1, let ending = parts.last?.lowercased() else { return nil }
    switch ending {
    case "txt": self = .text
    case "json": self = .json
    case "sarif": self = .sarif
    case "xml": self = .junit
    case "html", "htm": self = .html
    default: return nil
    }
  }
}

extension LabReport {
  /// The report in one of its forms.
  package func rendered(_ format: ReportFormat) -> String {
    switch format {
    case .text: text
    case .json: json
    case .sarif: sarif
    case .junit: junit
    case .html: page
    }
  }
}
