// TopFrame: what `understudy top` shows, as lines: a pure function of two samples and the time between them.

internal import UnderstudyEngine

struct TopFrame {
  struct Line {
    let text: String
    var style: Terminal.Style?
  }

  /// How many rows each table may have.
  struct Limits {
    var pools = 8
    var commands = 8
    var waits = 5
    var slowCalls = 5
    var findings = 8
  }

  private let now: TopSample
  private let before: TopSample?
  private let seconds: Double
  private let width: Int
  private(set) var lines: [Line] = []

  /// - Parameters:
  ///   - before: the sample before, if there is one: without it there are no rates.
  ///   - seconds: the time between them.
  init(_ now: TopSample, before: TopSample?, seconds: Double, width: Int, limits: Limits = Limits()) {
    self.now = now
    self.before = before
    self.seconds = max(seconds, 0.001)
    self.width = max(width, 20)
    writeServer()
    writePools(limits.pools)
    writeCommands(limits.commands)
    writeWaits(limits.waits)
    writeSlowCalls(limits.slowCalls)
    writeFindings(limits.findings)
  }

  // MARK: The server

  private mutating func writeServer() {
    let facts = now.facts
    let isValkey = facts["server_name"] == "valkey"
    let version = (isValkey ? facts["valkey_version"] : facts["redis_version"]) ?? "?"
    let parts = [
      "Understudy as \(isValkey ? "Valkey" : "Redis") \(version)", "port \(facts["tcp_port"] ?? "?")",
      "process \(facts["process_id"] ?? "?")", "up \(TextLayout.duration(Int64(clamping: now.number("uptime_in_seconds")) * 1_000_000))",
      "\(Self.size(now.number("used_memory"))) in \(TextLayout.counted(Int64(clamping: now.keyCount), "key"))",
    ]
    add(parts.joined(separator: " · "), .bold)
    let clients = "\(TextLayout.counted(Int64(clamping: now.number("connected_clients")), "client")), "
      + "\(Self.figure(now.number("blocked_clients"))) waiting"
    let traffic = "\(rate { $0.number("total_commands_processed") }) commands/s · "
      + "\(bytes("total_net_input_bytes"))/s in, \(bytes("total_net_output_bytes"))/s out"
    let errors = TextLayout.counted(Int64(clamping: now.number("total_error_replies")), "error")
    add([clients, traffic, errors].joined(separator: " · "))
  }

  private func bytes(_ name: String) -> String {
    guard let before else { return "–" }
    return Self.size(max(0, now.number(name) - before.number(name)) / seconds)
  }

  /// How much a figure grows in a second.
  private func rate(_ figure: (TopSample) -> Double?) -> String {
    guard let before, let last = figure(before), let current = figure(now) else { return "–" }
    return Self.figure(max(0, current - last) / seconds)
  }

  // MARK: Tables

  private mutating func writePools(_ limit: Int) {
    let pools = now.pools.sorted { ($1.open, $1.opens) < ($0.open, $0.opens) }
    table(
      "Pools", ["endpoint", "name", "library", "open", "busy", "most", "most busy", "opened", "turnover", "while idle", "per s"],
      pools.prefix(limit).map { pool in
        [
          pool.endpoint, pool.name, pool.library, Self.figure(pool.open), Self.figure(pool.busy), Self.figure(pool.peakOpen),
          Self.figure(pool.peakBusy), Self.figure(pool.opens), TextLayout.significant(pool.turnover),
          Self.figure(pool.openedWhileIdle), rate { $0.pool(like: pool)?.commands ?? 0 },
        ]
      }, texts: 3, of: pools.count, nothing: "nobody has connected yet")
  }

  private mutating func writeCommands(_ limit: Int) {
    table(
      "Commands, by the time they took", ["command", "calls", "per s", "total", "mean", "p99", "failed"],
      now.commands.prefix(limit).map { command in
        let mean = command.calls == 0 ? 0 : command.microseconds / command.calls
        return [
          command.name, Self.figure(command.calls),
          rate { sample in sample.commands.first { $0.name == command.name }?.calls ?? 0 },
          Self.time(command.microseconds), Self.time(mean), Self.time(command.percentile99), Self.figure(command.failures),
        ]
      }, texts: 1, of: now.commands.count, nothing: "none yet")
  }

  private mutating func writeWaits(_ limit: Int) {
    if now.blocked.isEmpty { return }
    table(
      "Waiting", ["client", "endpoint", "command", "for"],
      now.blocked.prefix(limit).map { [$0.client, $0.endpoint, $0.command, Self.time($0.milliseconds * 1000)] },
      texts: 3, of: now.blocked.count)
  }

  private mutating func writeSlowCalls(_ limit: Int) {
    if now.slowCalls.isEmpty { return }
    table(
      "Slow calls (slowlog-log-slower-than)", ["command", "client", "took"],
      now.slowCalls.prefix(limit).map { [$0.command, $0.client, Self.time($0.microseconds)] }, texts: 2,
      of: now.slowCalls.count)
  }

  private mutating func writeFindings(_ limit: Int) {
    let counts = ["certain", "high", "medium", "info"].compactMap { certainty -> String? in
      let count = now.findings.count { $0.certainty == certainty }
      return count == 0 ? nil : "\(count) \(certainty)"
    }
    add("")
    add(counts.isEmpty ? "Findings: none so far" : "Findings: \(counts.joined(separator: ", "))", .bold)
    for finding in now.findings.prefix(limit) {
      let times = finding.count > 1 ? " (\(Self.figure(finding.count)) times)" : ""
      let place = finding.identity == finding.endpoint ? finding.endpoint : "\(finding.endpoint) · \(finding.identity)"
      let style: Terminal.Style? = finding.certainty == "certain" ? .red : finding.certainty == "high" ? .yellow : nil
      add("  \(finding.certainty)  \(finding.rule)  \(place)\(times)", style)
      add("    \(finding.message)")
    }
    addRest(now.findings.count - limit)
  }

  private mutating func table(
    _ title: String, _ header: [String], _ rows: [[String]], texts: Int, of count: Int, nothing: String = ""
  ) {
    add("")
    add(title, .bold)
    if rows.isEmpty { return add("  \(nothing)") }
    var layout = TextLayout(width: width - 2)
    // A column of texts that says nothing takes no room.
    let columns = header.indices.filter { column in column >= texts || rows.contains { !$0[column].isEmpty } }
    layout.table(
      columns.map { header[$0] }, rows.map { row in columns.map { TextLayout.printable(row[$0]) } },
      texts: columns.count { $0 < texts })
    for (index, line) in layout.text.split(separator: "\n").enumerated() { add("  \(line)", index == 0 ? .faint : nil) }
    addRest(count - rows.count)
  }

  private mutating func addRest(_ count: Int) {
    if count > 0 { add("  and \(TextLayout.number(count)) more", .faint) }
  }

  private mutating func add(_ text: String, _ style: Terminal.Style? = nil) {
    lines.append(Line(text: TextLayout.shortened(TextLayout.printable(text), to: width), style: style))
  }

  // MARK: Figures

  private static func figure(_ value: Double) -> String { TextLayout.number(Int64(clamping: value.rounded())) }

  private static func time(_ microseconds: Double) -> String {
    let isShort = microseconds > 0 && microseconds < 10
    return isShort ? "\(TextLayout.significant(microseconds)) µs" : TextLayout.duration(Int64(clamping: microseconds))
  }

  private static func size(_ bytes: Double) -> String {
    var value = bytes
    for unit in ["B", "KB", "MB"] {
      if value < 1024 { return unit == "B" ? "\(figure(value)) B" : "\(TextLayout.significant(value)) \(unit)" }
      value /= 1024
    }
    return "\(TextLayout.significant(value)) GB"
  }
}

extension TopSample {
  /// The pool of the same identity.
  fileprivate func pool(like other: Pool) -> Pool? {
    pools.first { $0.endpoint == other.endpoint && $0.name == other.name && $0.library == other.library }
  }
}

extension Int64 {
  /// The nearest number; 0 for what is none.
  init(clamping value: Double) {
    self = value.isNaN ? 0 : Int64(exactly: value.rounded(.towardZero)) ?? (value > 0 ? .max : .min)
  }
}
