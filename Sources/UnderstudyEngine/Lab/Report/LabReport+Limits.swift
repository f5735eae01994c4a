// LabReport+Limits: a report is bounded, whatever the run was. Sums are never touched; what is left out is detail, the
// oldest first (of findings the least sure), and the report says so.

/// How much detail a report has.
package struct ReportLimits: Sendable {
  package var connections = 2_000
  /// Commands of all connections taken together, and stretches of all their lanes.
  package var commands = 50_000
  package var intervals = 100_000
  package var findings = 1_000
  package var faults = 10_000
  package var marks = 10_000
  /// Keys that are told apart in the executions, the most frequent ones.
  package var executions = 1_000

  package init() {}
}

extension LabReport {
  /// How many reasons of allowances are told one by one.
  private static let reasonLimit = 20

  /// What was found and is not among the findings.
  mutating func noteUntold(_ report: FindingsReport) {
    if report.dropped > 0 {
      omissions.append("\(report.dropped) findings of the server found no room: there were too many different ones.")
    }
    var reasons: [(why: String, rules: Set<String>, count: Int)] = []
    for (finding, why) in report.allowed {
      let index = reasons.firstIndex { $0.why == why } ?? reasons.endIndex
      if index == reasons.endIndex { reasons.append((why, [], 0)) }
      reasons[index].rules.insert(finding.rule)
      reasons[index].count += 1
    }
    for reason in reasons.prefix(Self.reasonLimit) {
      let rules = reason.rules.sorted().joined(separator: ", ")
      omissions.append("Allowed, and not told: \(reason.count) of \(rules)" + (reason.why.isEmpty ? "." : ": \(reason.why)"))
    }
    let rest = reasons.dropFirst(Self.reasonLimit).reduce(0) { $0 + $1.count }
    if rest > 0 { omissions.append("Allowed for other reasons, and not told: \(rest).") }
  }

  mutating func limit(to limits: ReportLimits) {
    if ledger.foldedConnections > 0 {
      omissions.append("Of \(ledger.foldedConnections) closed connections only the sums are left.")
    }
    if ledger.untoldExecutions > 0 {
      omissions.append("\(ledger.untoldExecutions) executions are counted, but not by key: there were too many keys.")
    }
    findings = Array(findings.prefix(limits.findings))
    noteOmission(told: findings.count, of: findingCount(atLeast: .info), "findings")
    faults = faults.suffix(limits.faults)
    noteOmission(told: faults.count, of: faultCount, "faults")
    let markCount = marks.count
    marks = marks.suffix(limits.marks)
    noteOmission(told: marks.count, of: markCount, "marks")
    limitConnections(limits)
    // By how often they ran, so that a counter among ten thousand keys is found.
    noteOmission(told: min(ledger.executions.count, limits.executions), of: ledger.executions.count, "executions by key")
    if ledger.executions.count > limits.executions {
      ledger.executions = Array(ledger.executions.sorted { $0.count > $1.count }.prefix(limits.executions))
    }
    let dropped = ledger.connections.reduce(0) { $0 + $1.droppedCommands }
    if dropped > 0 { omissions.append("\(dropped) older commands are not told one by one.") }
    let coarse = ledger.connections.count { $0.laneResolution > 0 }
    if coarse > 0 { omissions.append("The lanes of \(coarse) connections are drawn without their shortest stretches.") }
  }

  private mutating func noteOmission(told: Int, of count: Int, _ what: String) {
    if told < count { omissions.append("\(count - told) of \(count) \(what) are left out.") }
  }

  private mutating func limitConnections(_ limits: ReportLimits) {
    let all = ledger.connections
    if all.count > limits.connections {
      ledger.connections = spread(all, limits.connections)
      omissions.append("\(all.count - ledger.connections.count) of \(all.count) connections are not shown one by one.")
    }
    let commands = share(limits.commands, among: ledger.connections.map(\.commands.count))
    let intervals = max(share(limits.intervals, among: ledger.connections.map(\.lane.count)), 2)
    for index in ledger.connections.indices {
      ledger.connections[index].limit(commands: commands, intervals: intervals)
    }
  }

  /// Those that a finding or a fault speaks of, and of the others every so many.
  private func spread(_ all: [ConnectionReport], _ limit: Int) -> [ConnectionReport] {
    var named = Set(findings.flatMap(\.connections)).union(faults.map(\.connection))
    if named.count > limit { named = [] }
    let others = all.count { !named.contains($0.identifier) }
    let room = limit - (all.count - others)
    var seen = 0
    return all.filter { connection in
      if named.contains(connection.identifier) { return true }
      seen += 1
      return seen * room / max(others, 1) != (seen - 1) * room / max(others, 1)
    }
  }

  /// The most that each may have so that all of them have no more than `total`.
  private func share(_ total: Int, among counts: [Int]) -> Int {
    var (low, high) = (0, counts.max() ?? 0)
    while low < high {
      let middle = (low + high + 1) / 2
      if counts.reduce(0, { $0 + min($1, middle) }) <= total { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

extension ConnectionReport {
  /// Keeps the latest commands, and a lane of so many stretches.
  fileprivate mutating func limit(commands limit: Int, intervals: Int) {
    if commands.count > limit {
      droppedCommands += Int64(commands.count - limit)
      commands.removeFirst(commands.count - limit)
    }
    while lane.count > intervals {
      laneResolution = max(laneResolution * 2, 100)
      lane = lane.coarsened(to: laneResolution)
    }
  }
}

extension [LaneInterval] {
  /// The lane without stretches that are shorter than `resolution`: the one before goes on over them.
  func coarsened(to resolution: Int64) -> [LaneInterval] {
    var coarse: [LaneInterval] = []
    for interval in self {
      let isShort = interval.end - interval.start < resolution
      if let last = coarse.last, isShort || last.kind == interval.kind {
        coarse[coarse.count - 1].end = interval.end
      } else {
        coarse.append(interval)
      }
    }
    return coarse
  }
}
