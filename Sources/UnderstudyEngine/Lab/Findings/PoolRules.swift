// What goes wrong with pools of connections. These rules look at the ledger's lanes when they are asked: they cost nothing
// before.
//
//   conn.leak       connections taken and never given back
//   conn.churn      a connection for each request
//   pool.saturated  all connections busy nearly all of the time
//   pool.oversized  far more connections than are ever busy
//
// A pool is the connections of one identity: endpoint, name, library and user.

enum PoolRules {
  static let leak = FindingRule(
    "conn.leak", .high,
    "Connections are opened while others of the same client stand idle, stay open, and are never used again; or the same channels "
      + "are subscribed to over and over; or there are more connections than the test allows.",
    guardedBy: "Per client, at least 3 of the same use, and at least half of all that it opened. Spare connections, which were never used, "
      + "and those that were used again do not count.",
    consequence: "They were taken and never given back: sooner or later there are no more to be had.",
    fix: "Give every connection back, also when an error is thrown; use one client object for all requests.",
    thresholds: [.leakConnections, .connectionBudget])

  static let churn = FindingRule(
    "conn.churn", .high, "Connections are opened, used for at most one command, and closed, again and again.",
    guardedBy: "Opens ÷ peak open of at least 4. Health checks and command-line tools do not count; few connections without any "
      + "introduction, which may be such tools, are told as medium.",
    consequence: "Every request pays for a connection: a handshake or two, and a port that stays taken for a minute.",
    fix: "Keep one client or pool for the life of the program.", thresholds: [.churnTurnover])

  static let saturated = FindingRule(
    "pool.saturated", .medium, "All connections of a pool are busy for nearly all of its time.",
    guardedBy: "At least 2 connections, in use for a while. Waiting for a connection cannot be seen from here.",
    consequence: "Callers are likely to wait for a connection.", fix: "Make the pool larger, or its commands shorter.",
    thresholds: [.saturatedPercent, .saturatedMilliseconds])

  static let oversized = FindingRule(
    "pool.oversized", .medium, "A pool has far more connections than are ever busy at once.",
    guardedBy: "At least 10 connections, and at most a quarter of them busy.",
    consequence: "Each costs memory on both sides, and a share of maxclients.", fix: "Make the pool smaller.",
    thresholds: [.oversizedConnections])

  static let rules = [leak, churn, saturated, oversized]
  /// Connections without a word of introduction, fewer than this, may be a shell's.
  static let anonymousLimit = 16
}

extension FindingsState {
  /// What pools come to as of now.
  func judgePools(_ records: [ConnectionRecord], at time: Int64) -> [Finding] {
    var pools: [ClientIdentity: [ConnectionRecord]] = [:]
    for record in records {
      guard let identity = record.clientIdentity else { continue }
      pools[identity, default: []].append(record)
    }
    return pools.sorted { $0.key < $1.key }.flatMap { identity, pool in
      let figures = LedgerFigures.total(pool, endpoint: identity.endpoint, until: time)
      return [
        leak(identity, pool, figures, at: time), duplicateSubscribers(identity, pool, at: time),
        churn(identity, pool, at: time), saturation(identity, pool, figures, at: time), size(identity, pool, figures, at: time),
      ].compactMap(\.self)
    }
  }

  private func finding(
    _ rule: FindingRule, _ identity: ClientIdentity, _ records: [ConnectionRecord], certainty: FindingCertainty? = nil,
    _ story: String, consequence: String? = nil, at time: Int64
  ) -> Finding? {
    guard isOn(rule) else { return nil }
    let who = identity.label == "default" ? "" : "\(identity.label)"
    return Self.finding(
      rule, identity, certainty: certainty, connections: records.map(\.identifier), who: who.isEmpty ? "client" : who, story,
      consequence: consequence, evidence: records.prefix(4).flatMap { $0.latestEvidence(1) },
      from: records.map(\.openedAt).min() ?? time, to: time)
  }

  // MARK: Too many

  private func leak(
    _ identity: ClientIdentity, _ pool: [ConnectionRecord], _ figures: LedgerFigures, at time: Int64
  ) -> Finding? {
    let budget = options[.connectionBudget]
    if budget > 0 && figures.peakOpen > Int(budget) {
      return finding(
        PoolRules.leak, identity, pool, "\(figures.peakOpen) connections were open at once, and the test allows \(budget)",
        consequence: "That is over the budget that the test has stated.", at: time)
    }
    let abandoned = Self.abandoned(pool)
    guard abandoned.count >= Int(options[.leakConnections]), abandoned.count * 2 >= figures.opens else { return nil }
    return finding(
      PoolRules.leak, identity, abandoned,
      "\(abandoned.count) of \(figures.opens) connections were left idle, others were opened instead, and all are still open "
        + "(peak busy \(figures.peakBusy))", at: time)
  }

  /// Open connections that were used, stood idle when another one was opened for the same, and were not used again.
  static func abandoned(_ pool: [ConnectionRecord]) -> [ConnectionRecord] {
    // The latest opening for each use: a connection whose last use was before it has been passed over.
    var latest: [Set<String>: Int64] = [:]
    for record in pool {
      guard let track = record.track, track.realCommands > 0 else { continue }
      latest[track.uses] = max(latest[track.uses] ?? 0, record.openedAt)
    }
    return pool.filter { record in
      guard let track = record.track, record.closedAt == nil, track.realCommands > 0, record.laneKind == .idle,
        track.channels.isEmpty, let opened = latest[track.uses]
      else { return false }
      return opened > track.lastUseAt
    }
  }

  private func duplicateSubscribers(_ identity: ClientIdentity, _ pool: [ConnectionRecord], at time: Int64) -> Finding? {
    var subscribers: [Set<[UInt8]>: [ConnectionRecord]] = [:]
    for record in pool where record.closedAt == nil && record.laneKind == .subscribed {
      guard let channels = record.track?.channels, !channels.isEmpty else { continue }
      subscribers[channels, default: []].append(record)
    }
    guard let (channels, records) = subscribers.max(by: { $0.value.count < $1.value.count }),
      records.count >= Int(options[.leakConnections]), let channel = channels.min(by: { $0.lexicographicallyPrecedes($1) })
    else { return nil }
    return finding(
      PoolRules.leak, identity, records, "\(records.count) connections are subscribed to the same \(FindingText.key(channel))",
      consequence: "Each message is delivered to all of them; all but one were likely forgotten.", at: time)
  }

  // MARK: Too short-lived

  private func churn(_ identity: ClientIdentity, _ pool: [ConnectionRecord], at time: Int64) -> Finding? {
    let used = pool.filter { record in
      guard let track = record.track, track.realCommands > 0 else { return false }
      return !record.isOfCommandLine
    }
    let short = used.filter { $0.track?.realCommands == 1 && $0.closedAt != nil && $0.ending != .fault }
    guard short.count * 10 >= used.count * 9 else { return nil }
    let figures = LedgerFigures.total(used, endpoint: identity.endpoint, until: time)
    guard figures.turnover >= Double(options[.churnTurnover]) else { return nil }
    let isAnonymous = used.allSatisfy { $0.handshake.isEmpty } && used.count < PoolRules.anonymousLimit
    return finding(
      PoolRules.churn, identity, Array(short.suffix(8)), certainty: isAnonymous ? .medium : .high,
      "\(figures.opens) connections were opened for at most one command each, \(figures.peakOpen)"
        + " at once (turnover \((figures.turnover * 10).rounded() / 10))", at: time)
  }

  // MARK: Too small, too large

  private func saturation(
    _ identity: ClientIdentity, _ pool: [ConnectionRecord], _ figures: LedgerFigures, at time: Int64
  ) -> Finding? {
    guard figures.peakOpen >= 2 else { return nil }
    let share = Self.saturation(pool, until: time)
    guard share.total > 0, share.total >= options.microseconds(.saturatedMilliseconds),
      share.saturated.timesOrMax(100) >= share.total.timesOrMax(options[.saturatedPercent])
    else { return nil }
    return finding(
      PoolRules.saturated, identity, pool.filter { $0.closedAt == nil },
      "all of \(figures.peakOpen) connections were busy for \(share.saturated.timesOrMax(100) / share.total) % of "
        + FindingText.milliseconds(share.total), at: time)
  }

  /// For how long connections were open, from the first command on, and for how much of it all of them were busy.
  static func saturation(_ pool: [ConnectionRecord], until time: Int64) -> (saturated: Int64, total: Int64) {
    var changes: [(at: Int64, open: Int, busy: Int)] = []
    for record in pool {
      guard let first = record.firstCommandAt, !record.isShakingHands else { continue }
      changes.append((first, 1, 0))
      changes.append((record.closedAt ?? time, -1, 0))
      for interval in record.lane(until: time) where interval.kind == .busy || interval.kind == .transaction {
        changes.append((max(first, interval.start), 0, 1))
        changes.append((max(first, interval.end), 0, -1))
      }
    }
    changes.sort { $0.at < $1.at }
    var (open, busy, since) = (0, 0, Int64(0))
    var (saturated, total) = (Int64(0), Int64(0))
    for change in changes {
      if open > 1 {
        total += change.at - since
        if busy >= open { saturated += change.at - since }
      }
      since = change.at
      open += change.open
      busy += change.busy
    }
    return (saturated, total)
  }

  private func size(
    _ identity: ClientIdentity, _ pool: [ConnectionRecord], _ figures: LedgerFigures, at time: Int64
  ) -> Finding? {
    guard figures.peakOpen >= Int(options[.oversizedConnections]), figures.peakBusy * 4 <= figures.peakOpen else { return nil }
    return finding(
      PoolRules.oversized, identity, pool.filter { $0.closedAt == nil },
      "\(figures.peakOpen) connections were open at once, and \(figures.peakBusy) busy", at: time)
  }
}

extension ConnectionRecord {
  /// Whether it is a command-line tool's: these open a connection for each command because they are told to.
  fileprivate var isOfCommandLine: Bool {
    handshake.contains { $0 == "command" || $0 == "command|docs" } || [name, libraryName].contains { $0.hasSuffix("-cli") }
  }
}
