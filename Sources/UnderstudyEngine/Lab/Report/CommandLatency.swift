// CommandLatency: how long each command took, from its being read to its reply being written: what the server did, and
// for commands that wait, the wait. Counts, total and maximum are the ledger's sums, so that they are of all commands;
// the percentiles are of the commands that are kept, the latest ones of each connection.

package struct CommandLatency: Sendable, Equatable {
  package let name: String
  package let sum: ReplySum
  /// How many times the percentiles come from. Microseconds.
  package let sampled: Int64
  package let median: Int64
  package let percentile95: Int64

  package var count: Int64 { sum.answered + sum.unanswered }
}

extension CommandLatency {
  /// The latencies of each command, that which took most time in all first.
  ///
  /// What EXEC and scripts run is part of their time, and not counted apart.
  static func compute(_ ledger: LedgerReport) -> [CommandLatency] {
    var times: [String: [Int64]] = [:]
    for connection in ledger.connections {
      for command in connection.commands where command.place == .direct {
        if let took = command.took { times[command.name, default: []].append(took) }
      }
    }
    return ledger.replies.map { name, sum in
      let sorted = (times[name] ?? []).sorted()
      return CommandLatency(
        name: name, sum: sum, sampled: Int64(sorted.count), median: percentile(50, of: sorted),
        percentile95: percentile(95, of: sorted))
    }.sorted { ($1.sum.total, $0.name) < ($0.sum.total, $1.name) }
  }

  /// The smallest value that at least `percent` of a hundred are not above.
  static func percentile(_ percent: Int, of sorted: [Int64]) -> Int64 {
    guard !sorted.isEmpty else { return 0 }
    return sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
  }
}
