// ReportText: the report for a terminal: the verdict first, what to do about it next, then the figures.

extension LabReport {
  private static let width = 100
  private static let commandLimit = 15
  private static let faultLimit = 20

  /// The whole report.
  package var text: String {
    var layout = TextLayout(width: Self.width)
    writeVerdict(to: &layout)
    writeFindings(to: &layout)
    writeIdentities(to: &layout)
    writeLatencies(to: &layout)
    writeFaults(to: &layout)
    writeOmissions(to: &layout)
    return layout.text
  }

  /// What is worth a terminal's lines when a run is over: the verdict, the findings, the pools' figures, and what is left
  /// out.
  package var summary: String {
    var layout = TextLayout(width: Self.width)
    writeVerdict(to: &layout)
    writeFindings(to: &layout)
    writeIdentities(to: &layout)
    writeOmissions(to: &layout)
    return layout.text
  }

  /// The findings, counted: `2 certain, 1 high`; `no findings`.
  package var verdict: String {
    let counts = FindingCertainty.allCases.reversed().compactMap { certainty -> String? in
      let count = findingCount(of: certainty)
      return count == 0 ? nil : "\(count) \(certainty.name)"
    }
    return counts.isEmpty ? "no findings" : counts.joined(separator: ", ")
  }

  /// Of which server the report is, and of how long a run.
  package var provenance: String {
    let product = version.isValkey ? "Valkey" : "Redis"
    let scope = ledger.endpoint.map { " · endpoint \(TextLayout.printable($0))" } ?? ""
    return "as \(product) \(version.released.numbers)\(scope) · \(TextLayout.duration(duration)) · seed \(seed)"
  }

  private func writeOmissions(to layout: inout TextLayout) {
    guard !omissions.isEmpty else { return }
    layout.heading("Left out")
    for omission in omissions { layout.paragraph(TextLayout.printable(omission)) }
  }

  private func writeVerdict(to layout: inout TextLayout) {
    layout.line("Understudy · \(verdict)")
    let total = ledger.total
    let opens = ledger.figures.reduce(0) { $0 + $1.opens }
    let commands = ledger.figures.reduce(0) { $0 + $1.commands }
    layout.line(
      "\(TextLayout.counted(opens, "connection")) (most at once: \(total.peakOpen) open, \(total.peakBusy) busy) · "
        + "\(TextLayout.counted(commands, "command")) · \(TextLayout.counted(errorCount, "error")) · "
        + TextLayout.counted(faultCount, "fault"))
    layout.line(provenance)
  }

  private func writeFindings(to layout: inout TextLayout) {
    guard !findings.isEmpty else { return }
    layout.heading("Findings")
    for (index, finding) in findings.enumerated() {
      if index > 0 { layout.line() }
      let times = finding.count > 1 ? " · \(TextLayout.number(finding.count)) times" : ""
      layout.cut(TextLayout.printable("\(finding.certainty.name)  \(finding.rule)  \(finding.place)\(times)"))
      layout.paragraph(TextLayout.printable(finding.story), indent: 2)
      for part in finding.evidence { layout.cut(TextLayout.printable(part.line), indent: 4) }
      if !finding.fix.isEmpty { layout.paragraph("Fix: " + TextLayout.printable(finding.fix), indent: 2, hanging: 5) }
      layout.cut("Allow: " + TextLayout.printable(finding.suppress), indent: 2)
    }
  }

  private func writeIdentities(to layout: inout TextLayout) {
    guard !ledger.figures.isEmpty else { return }
    layout.heading("Connections by identity")
    layout.table(
      ["endpoint", "name", "library", "opened", "open", "peak", "busy", "turnover", "while idle", "commands"],
      ledger.figures.map { figures in
        [
          TextLayout.printable(figures.identity.endpoint), TextLayout.printable(figures.identity.name),
          TextLayout.printable(figures.identity.library), TextLayout.number(figures.opens),
          TextLayout.number(figures.open), TextLayout.number(figures.peakOpen), TextLayout.number(figures.peakBusy),
          TextLayout.significant(figures.turnover), TextLayout.number(figures.openedWhileIdle),
          TextLayout.number(figures.commands),
        ]
      }, texts: 3)
  }

  /// Whether percentiles come from fewer commands than there were.
  private var hasSampledLatencies: Bool { latencies.contains { $0.sampled < $0.sum.answered } }

  private func writeLatencies(to layout: inout TextLayout) {
    guard !latencies.isEmpty else { return }
    layout.heading("Commands, by the time they took")
    layout.table(
      ["command", "count", "errors", "total", "max", "p50", "p95"],
      latencies.prefix(Self.commandLimit).map { latency in
        [
          TextLayout.printable(latency.name), TextLayout.number(latency.count), TextLayout.number(latency.sum.errors),
          TextLayout.duration(latency.sum.total), TextLayout.duration(latency.sum.maximum),
          TextLayout.duration(latency.median), TextLayout.duration(latency.percentile95),
        ]
      }, texts: 1)
    if latencies.count > Self.commandLimit {
      layout.line("and \(TextLayout.counted(latencies.count - Self.commandLimit, "other"))")
    }
    if hasSampledLatencies { layout.paragraph("p50 and p95 are of each connection's latest commands; the rest is of all.") }
  }

  private func writeFaults(to layout: inout TextLayout) {
    guard !faults.isEmpty else { return }
    layout.heading("Faults")
    layout.table(
      ["rule", "action", "connection", "at"],
      faults.prefix(Self.faultLimit).map { fault in
        [
          TextLayout.printable(fault.fault.rule), TextLayout.printable(fault.fault.action), "\(fault.connection)",
          TextLayout.duration(fault.fault.time),
        ]
      }, texts: 2)
    if faultCount > Self.faultLimit {
      layout.line("and \(TextLayout.counted(faultCount - min(faults.count, Self.faultLimit), "other"))")
    }
  }
}

extension Finding {
  /// Whose it is: the endpoint, the identity and the connections.
  var place: String {
    let shown = connections.prefix(5).map { "\($0)" }.joined(separator: ", ")
    let more = connections.count > 5 ? " and \(connections.count - 5) more" : ""
    let parts = [
      endpoint, identity.label == endpoint ? "" : identity.label,
      connections.isEmpty ? "" : "\(connections.count == 1 ? "connection" : "connections") \(shown)\(more)",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: " · ")
  }
}
