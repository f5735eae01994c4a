// TopSample: what a server tells of itself at one moment, over its control port: INFO, LAB.LEDGER, LAB.CONN BLOCKED, SLOWLOG
// and LAB.FINDINGS, asked in one go.

struct TopSample {
  static let requests = [
    ["INFO", "server", "clients", "memory", "stats", "keyspace", "commandstats", "latencystats"], ["LAB.LEDGER"],
    ["LAB.CONN", "BLOCKED"], ["SLOWLOG", "GET", "128"], ["LAB.FINDINGS"],
  ]

  struct Pool {
    let endpoint: String
    let name: String
    let library: String
    let open: Double
    let busy: Double
    let peakOpen: Double
    let peakBusy: Double
    let opens: Double
    let turnover: Double
    let openedWhileIdle: Double
    let commands: Double
  }

  struct Command {
    let name: String
    let calls: Double
    let failures: Double
    let microseconds: Double
    /// The time that 99 of 100 calls did not exceed, microseconds.
    let percentile99: Double
  }

  struct Blocked {
    let client: String
    let endpoint: String
    let command: String
    let milliseconds: Double
  }

  struct SlowCall {
    let microseconds: Double
    let client: String
    let command: String
  }

  struct Found {
    let certainty: String
    let rule: String
    let endpoint: String
    let identity: String
    let count: Double
    let message: String
  }

  /// The lines of INFO.
  let facts: [String: String]
  let pools: [Pool]
  let commands: [Command]
  let blocked: [Blocked]
  /// The slowest first.
  let slowCalls: [SlowCall]
  let findings: [Found]

  init(_ replies: [ControlReply]) throws(ControlClient.Failure) {
    guard replies.count == Self.requests.count else { throw ControlClient.Failure(text: "replies are missing") }
    for case .error(let text) in replies {
      throw ControlClient.Failure(text: "the server answers: \(text). Is that its control port, and of this version?")
    }
    facts = Self.facts(replies[0].string)
    commands = Self.commands(facts)
    pools = replies[1]["identities"].elements.map { pool in
      Pool(
        endpoint: pool["endpoint"].string, name: pool["name"].string, library: pool["library"].string,
        open: pool["open"].number, busy: pool["busy"].number + pool["blocked"].number, peakOpen: pool["peak-open"].number,
        peakBusy: pool["peak-busy"].number, opens: pool["opens"].number, turnover: pool["turnover"].number,
        openedWhileIdle: pool["opened-while-idle"].number, commands: pool["commands"].number)
    }
    blocked = replies[2].elements.map { wait in
      let name = wait["name"].string
      return Blocked(
        client: name.isEmpty ? wait["address"].string : name, endpoint: wait["endpoint"].string, command: wait["command"].string,
        milliseconds: wait["milliseconds"].number)
    }
    slowCalls = replies[3].elements.filter { $0.elements.count >= 6 }.map { entry in
      let parts = entry.elements
      return SlowCall(
        microseconds: parts[2].number, client: parts[5].string.isEmpty ? parts[4].string : parts[5].string,
        command: parts[3].elements.map(\.string).joined(separator: " "))
    }.sorted { $0.microseconds > $1.microseconds }
    findings = replies[4].elements.map { finding in
      Found(
        certainty: finding["certainty"].string, rule: finding["rule"].string, endpoint: finding["endpoint"].string,
        identity: finding["identity"].string, count: finding["count"].number, message: finding["message"].string)
    }
  }

  /// A figure of INFO.
  func number(_ name: String) -> Double { facts[name].flatMap { Double($0) } ?? 0 }

  /// The keys of all databases.
  var keyCount: Double {
    facts.filter { $0.key.hasPrefix("db") && $0.key.dropFirst(2).allSatisfy(\.isNumber) }
      .reduce(0) { $0 + (Self.fields($1.value)["keys"] ?? 0) }
  }

  private static func facts(_ text: String) -> [String: String] {
    var facts: [String: String] = [:]
    // "\r\n" is one character.
    for line in text.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      facts[String(line[..<colon])] = String(line[line.index(after: colon)...])
    }
    return facts
  }

  /// `calls=1,usec=2` in its parts.
  private static func fields(_ text: String) -> [String: Double] {
    var fields: [String: Double] = [:]
    for part in text.split(separator: ",") {
      let sides = part.split(separator: "=", maxSplits: 1)
      if sides.count == 2 { fields[String(sides[0])] = Double(sides[1]) }
    }
    return fields
  }

  /// Those that were called, that which took most time first.
  private static func commands(_ facts: [String: String]) -> [Command] {
    let prefix = "cmdstat_"
    return facts.filter { $0.key.hasPrefix(prefix) }.map { key, value in
      let name = String(key.dropFirst(prefix.count)), fields = fields(value)
      return Command(
        name: name.replacing("|", with: " "), calls: fields["calls"] ?? 0,
        failures: (fields["failed_calls"] ?? 0) + (fields["rejected_calls"] ?? 0), microseconds: fields["usec"] ?? 0,
        percentile99: Self.fields(facts["latency_percentiles_usec_\(name)"] ?? "")["p99"] ?? 0)
    }.sorted { ($1.microseconds, $1.calls, $0.name) < ($0.microseconds, $0.calls, $1.name) }
  }
}
