// What goes wrong with commands as such: too large, too many, one by one.
//
//   cmd.keys, cmd.bigkey    KEYS; everything of a large value at once
//   roundtrip.n+1           many round trips of one shape in a row
//   pipeline.giant          very many commands in one go
//   pipeline.partial-error  an error among the replies of one go

enum CommandRules {
  static let keys = FindingRule(
    "cmd.keys", .certain, "KEYS is called.", guardedBy: "None needed.",
    consequence: "It looks at every key of the database, and nobody else is served meanwhile.",
    fix: "Use SCAN, or keep the names in a set.")

  static let bigKey = FindingRule(
    "cmd.bigkey", .certain, "HGETALL, SMEMBERS, HKEYS, HVALS, or LRANGE, ZRANGE and XRANGE over all, of a large value.",
    guardedBy: "Only from a number of elements or bytes on.",
    consequence: "Everybody waits while the reply is made, and the client holds all of it at once.",
    fix: "Read it in parts: HSCAN, SSCAN, ZSCAN, ranges with a limit; or ask for what is needed only (HMGET, SMISMEMBER).",
    thresholds: [.bigElements, .bigBytes])

  static let roundTrips = FindingRule(
    "roundtrip.n+1", .medium, "Many requests of one shape, one after the other, each waiting for the reply to the last.",
    guardedBy: "In a row on one connection, without a pause, and each for something else; polling is none.",
    consequence: "All of them together could have been one.",
    fix: "Send them in one pipeline, or use the command that takes many.",
    thresholds: [.roundTrips, .roundTripGapMilliseconds])

  static let giant = FindingRule(
    "pipeline.giant", .info, "Very many commands, or bytes, are sent in one go.",
    guardedBy: "Clients that join the requests of many callers do that rightly.",
    consequence: "Both sides hold all requests and replies in memory, and other clients wait.",
    fix: "Send them in parts of some hundred.", thresholds: [.giantCommands, .giantBytes])

  static let partialError = FindingRule(
    "pipeline.partial-error", .info, "Some of the commands that were sent in one go failed, and others did not.",
    guardedBy: "Whether the client looked at each reply cannot be seen from here.",
    consequence: "What did not fail has been done.", fix: "Look at every reply of a pipeline; use MULTI where all or nothing is meant.")

  static let rules = [keys, bigKey, roundTrips, giant, partialError]
}

extension FindingsState {
  // MARK: Single commands

  /// A command has run, wherever.
  func watchCommands(_ event: CommandEvent) {
    guard event.command.place != .queued, !event.isError else { return }
    if event.name == "keys" {
      report(
        CommandRules.keys, event.record, detail: "", "KEYS (#\(event.ordinal))" + (event.command.place == .script ? " in a script" : ""),
        evidence: [event.record.evidence(event.command)], at: event.command.time)
    } else if Self.readsAll(event) {
      noteSize(event)
    }
  }

  private static func readsAll(_ event: CommandEvent) -> Bool {
    let arguments = event.arguments
    switch event.name {
    case "hgetall", "smembers", "hkeys", "hvals": return true
    case "lrange", "zrange", "zrevrange":
      return arguments.count > 3 && arguments[2].matches("0") && arguments[3].matches("-1")
    case "xrange": return arguments.count == 4 && arguments[2].matches("-") && arguments[3].matches("+")
    default: return false
    }
  }

  private func noteSize(_ event: CommandEvent) {
    let count = event.elementCount ?? 0
    guard count >= options[.bigElements] || event.command.bytesSent >= options[.bigBytes] else { return }
    let key = event.command.key
    report(
      CommandRules.bigKey, event.record, detail: "\(event.name) \(key.map { KeyShape.of($0) } ?? "")", key: key,
      "\(event.name.uppercased()) \(key.map { FindingText.key($0) } ?? "") (#\(event.ordinal)) answered "
        + "\(FindingText.count(count, "element")), \(event.command.bytesSent) bytes",
      evidence: [event.record.evidence(event.command)], at: event.command.time)
  }

  // MARK: Rows of round trips

  /// A command has run by itself. Rows are told when they end.
  func watchRow(_ event: CommandEvent) {
    let track = event.track
    let command = event.command
    guard event.isDirect, !event.isError, track.burst == 1, let key = command.key,
      event.declaration?.flags.isDisjoint(with: [.blocking, .pubSub, .admin]) == true,
      event.declaration?.group != .transactions
    else { return flushRow(event.record) }
    let shape = "\(command.name) \(KeyShape.of(key))"
    let gap = command.time - track.row.lastEnd
    if shape != track.row.shape || gap > options.microseconds(.roundTripGapMilliseconds) {
      flushRow(event.record)
      track.row.shape = shape
      track.row.first = command.ordinal
    } else {
      track.row.waited += max(0, gap)
    }
    track.row.count += 1
    track.row.lastEnd = command.time + (command.took ?? 0)
    if track.row.fingerprints.count < 1_000 {
      let isVariadic = Self.many[command.name] != nil || event.declaration?.group == .scripting
      track.row.fingerprints.insert(isVariadic ? event.fingerprint : UInt64(bitPattern: Int64(key.hashValue)))
    }
  }

  /// The row of round trips is over: tells it if it was long.
  func flushRow(_ record: ConnectionRecord) {
    guard let track = record.track, track.row.count > 0 else { return }
    let row = track.row
    track.row = ConnectionTrack.Row()
    if let finding = roundTrips(row, record) { add(finding, detail: row.shape) }
  }

  /// What a row of round trips comes to; nil if it is no finding.
  func roundTrips(_ row: ConnectionTrack.Row, _ record: ConnectionRecord) -> Finding? {
    guard isOn(CommandRules.roundTrips), let identity = record.clientIdentity else { return nil }
    guard row.count >= Int(options[.roundTrips]), row.fingerprints.count * 2 > min(row.count, 1_000) else { return nil }
    let name = String(row.shape.prefix { $0 != " " })
    let pattern = row.shape.dropFirst(name.count + 1)
    let one = Self.many[name].map { "\($0) or one pipeline" } ?? "one pipeline"
    return Self.finding(
      CommandRules.roundTrips, identity, key: record.command(row.first)?.key, connections: [record.identifier],
      who: "conn \(record.identifier)",
      "\(row.count) × \(name.uppercased()) \(pattern) in a row (from #\(row.first)), each waiting for the last",
      consequence: "\(one.prefix(1).uppercased())\(one.dropFirst()) would save about \(FindingText.milliseconds(row.waited)) of waiting.",
      evidence: record.commands.filter { $0.ordinal >= row.first && $0.place == .direct }.prefix(3).map { record.evidence($0) },
      from: row.lastEnd, to: row.lastEnd)
  }

  /// Commands that take one thing at a time, or could take many, and which one takes many.
  private static let many: [String: String] = [
    "get": "MGET", "set": "MSET", "hget": "HMGET", "hset": "HSET", "del": "DEL", "unlink": "UNLINK", "sadd": "SADD", "srem": "SREM",
    "sismember": "SMISMEMBER", "zadd": "ZADD", "zrem": "ZREM", "zscore": "ZMSCORE", "rpush": "RPUSH", "lpush": "LPUSH",
    "exists": "EXISTS", "hdel": "HDEL", "pfadd": "PFADD", "geoadd": "GEOADD", "touch": "TOUCH",
  ]

  // MARK: Bursts

  /// What came in one go is over.
  func endBurst(_ record: ConnectionRecord, at time: Int64) {
    guard let track = record.track, track.burst > 0 else { return }
    defer {
      track.burst = 0
      track.burstErrors = 0
      track.burstBytes = 0
      track.burstNumber += 1
    }
    guard track.burst > 1 else { return }
    if track.burst >= Int(options[.giantCommands]) || track.burstBytes >= Int(options[.giantBytes]) {
      report(
        CommandRules.giant, record, detail: "", "\(track.burst) commands, \(track.burstBytes) bytes in one go (from #\(track.burstStart))",
        evidence: record.latestEvidence(2), at: time)
    }
    if track.burstErrors > 0 && track.burstErrors < track.burst {
      let failed = record.commands.last { $0.reply == .error }
      report(
        CommandRules.partialError, record, detail: failed?.name ?? "",
        "\(FindingText.count(track.burstErrors, "error")) among \(track.burst) commands that were sent in one go "
          + "(from #\(track.burstStart))",
        evidence: failed.map { [record.evidence($0)] } ?? [], at: time)
    }
  }
}
