// Report: what happened at a server, for people and for their tools. The engine's own value (`LabReport`) is the truth
// behind; LAB.REPORT and `understudy run --report` tell the same.

internal import UnderstudyEngine

/// What happened at a server, or at one of its endpoints, up to the moment at which the report was taken: who came in,
/// what they did, and what is wrong with that.
///
/// It is a value, taken in one piece; its forms are made when they are asked for.
public struct Report: Sendable, CustomStringConvertible {
  private let report: LabReport

  init(_ report: LabReport) { self.report = report }

  /// For a terminal, 100 columns: the verdict, the findings, the figures of pools, commands by the time they took.
  public var text: String { report.text }
  /// All of it as JSON.
  public var json: String { report.json }
  /// The findings as SARIF 2.1.0, which editors and continuous integration show.
  public var sarif: String { report.sarif }
  /// The findings as JUnit's XML: failed cases, by rule.
  public var junit: String { report.junit }
  /// A page for a browser, in one file that needs no network: a lane for each connection over time, findings and faults
  /// marked on them, and the tables.
  public var html: String { report.page }
  /// The findings, counted: `2 certain, 1 high`, or `no findings`.
  public var verdict: String { report.verdict }
  /// What is not told in detail, in sentences: a report is bounded, however long the run was.
  public var omissions: [String] { report.omissions }
  /// The same as ``text``.
  public var description: String { text }
}

extension RedisServer {
  /// What happened so far at an endpoint; at all of them if nil.
  ///
  /// The default endpoint only counts unless ``recordDefaultEndpoint(_:)`` has been called.
  ///
  /// - Throws: ``RedisServerError/invalidOption(_:)`` if there is no such endpoint; ``RedisServerError/notRunning``.
  public func report(of endpoint: String? = nil) throws(RedisServerError) -> Report {
    try withEngine { engine throws(EndpointRefusal) in
      guard let report = engine.labReport(of: endpoint) else {
        throw EndpointRefusal("there is no endpoint '\(endpoint ?? "")'")
      }
      return Report(report)
    }
  }
}

extension RedisServer.Endpoint {
  /// What happened so far at this endpoint.
  ///
  /// - Throws: ``RedisServerError/notRunning``; ``RedisServerError/reentrantCall``.
  public func report() throws(RedisServerError) -> Report { try server.report(of: name) }
}
