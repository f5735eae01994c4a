// CommandLatency: how long each command took, from its being read to its reply being written: what the server did, and
// for commands that wait, the wait. A pure function of the records, so of the commands that are kept.

package struct CommandLatency: Sendable, Equatable {
  package let name: String
  package internal(set) var count: Int64 = 0
  package internal(set) var errors: Int64 = 0
  /// Those that have no reply yet; they count in nothing below.
  package internal(set) var unanswered: Int64 = 0
  /// Microseconds.
  package internal(set) var total: Int64 = 0
  package internal(set) var median: Int64 = 0
  package internal(set) var percentile95: Int64 = 0
  package internal(set) var maximum: Int64 = 0
}

extension CommandLatency {
  /// The latencies of each command, that which took most time in all first.
  ///
  /// What EXEC and scripts run is part of their time, and not counted apart.
  static func compute(_ connections: [ConnectionReport]) -> [CommandLatency] {
    var latencies: [String: CommandLatency] = [:]
    var times: [String: [Int64]] = [:]
    for connection in connections {
      for command in connection.commands where command.place == .direct {
        latencies[command.name, default: CommandLatency(name: command.name)].add(command)
        if let took = command.took { times[command.name, default: []].append(took) }
      }
    }
    return latencies.values.map { latency in
      var latency = latency
      let sorted = (times[latency.name] ?? []).sorted()
      latency.total = sorted.reduce(0, +)
      latency.median = percentile(50, of: sorted)
      latency.percentile95 = percentile(95, of: sorted)
      latency.maximum = sorted.last ?? 0
      return latency
    }.sorted { ($1.total, $0.name) < ($0.total, $1.name) }
  }

  private mutating func add(_ command: CommandRecord) {
    count += 1
    if command.error != nil { errors += 1 }
    if command.took == nil { unanswered += 1 }
  }

  /// The smallest value that at least `percent` of a hundred are not above.
  static func percentile(_ percent: Int, of sorted: [Int64]) -> Int64 {
    guard !sorted.isEmpty else { return 0 }
    return sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
  }
}
