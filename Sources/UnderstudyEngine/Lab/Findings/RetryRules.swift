// What goes wrong when replies do: a write that is sent again although it took effect, and a connection that is used on
// although its replies no longer fit its requests.
//
//   exec.duplicate  an identical write, resent after a reply that the lab lost
//   reply.desync    a connection used on with a reply missing, or one too many
//
// Faults say what they did: `ConnectionRecord.noteLostReply(ordinal:)`, `noteMissingReply(ordinal:)`, `noteSurplusReply()`,
// `noteHang(at:)`. Nothing is concluded from a reply that was merely slow.

/// Writes that took effect while their replies were lost: shared by the tracks of all connections.
final class LostWrites {
  struct Entry {
    let endpoint: Int
    let write: ConnectionTrack.Write
    let connection: UInt64
    let evidence: [FindingEvidence]
    let time: Int64
  }

  static let limit = 256
  private(set) var entries: [Entry] = []

  func add(_ entry: Entry) {
    if entries.count == Self.limit { entries.removeFirst() }
    entries.append(entry)
  }

  func removeAll() { entries.removeAll() }
}

/// What the rules of replies remember across connections.
struct RetryWatch {
  let lost = LostWrites()
}

enum RetryRules {
  static let duplicate = FindingRule(
    "exec.duplicate", .certain, "An identical write comes again after the reply to the first one was lost.",
    guardedBy: "The lab itself lost the reply, behind the write. A write that may run twice (SET, DEL, HSET …) is only told as info.",
    consequence: "It took effect twice, and the caller knows of once.",
    fix: "Do not resend writes that may have taken effect: switch the client's retries off for them, or make them ones that may "
      + "run twice (SET with a value, an id in a set, a script that checks one).",
    thresholds: [.resendMilliseconds])

  static let desync = FindingRule(
    "reply.desync", .certain, "A connection is used on with a reply missing, or with one that nobody asked for.",
    guardedBy: "A fault of the lab has dropped or added the reply, and the next command came later than it.",
    consequence: "From here on every reply may be taken for that of another command.",
    fix: "Close a connection whose replies are in doubt: after a timeout, an error of the protocol, or a reply too many.")

  static let rules = [duplicate, desync]
}

extension FindingsState {
  /// A command has run, by itself, inside EXEC, or with a script of its own.
  func watchRetries(_ event: CommandEvent) {
    guard !event.isError else { return }
    let writes = event.isWrite || (event.declaration?.group == .scripting && !event.track.scriptWrites.isEmpty)
    guard writes, event.command.place != .script, event.command.place != .queued else { return }
    let (record, track) = (event.record, event.track)
    let write = ConnectionTrack.Write(
      ordinal: event.ordinal, fingerprint: event.fingerprint, isIdempotent: Self.isIdempotent(event),
      text: event.command.text, key: event.command.key)
    track.note(write)
    let latest = event.command.time - options.microseconds(.resendMilliseconds)
    let lost = retries.lost.entries.last {
      $0.endpoint == record.endpoint && $0.write.fingerprint == write.fingerprint && $0.time >= latest
        && ($0.connection != record.identifier || $0.write.ordinal < write.ordinal)
    }
    guard let lost else { return }
    report(
      RetryRules.duplicate, record, detail: "\(event.name) \(write.key.map { KeyShape.of($0) } ?? "")", key: write.key,
      certainty: write.isIdempotent ? .info : .certain, others: [lost.connection],
      "\(write.text) took effect on conn \(lost.connection) (#\(lost.write.ordinal)), its reply was lost, and it came "
        + "again (#\(write.ordinal))",
      consequence: write.isIdempotent ? "It may run twice: harmless, unless another client wrote in between." : nil,
      evidence: lost.evidence + [record.evidence(event.command)], at: event.command.time)
  }

  /// Whether running a write twice leaves what running it once does.
  private static func isIdempotent(_ event: CommandEvent) -> Bool {
    switch event.name {
    case "set": !event.has("NX", from: 3) && !event.has("GET", from: 3)
    case "zadd": !event.has("INCR", from: 2)
    case "setex", "psetex", "mset", "del", "unlink", "expire", "pexpire", "expireat", "pexpireat", "persist", "hset", "hmset",
      "hdel", "sadd", "srem", "zrem", "lset", "ltrim", "setbit", "setrange", "pfadd", "geoadd", "flushdb", "flushall", "xdel",
      "xack":
      true
    default: false
    }
  }

  /// A command is about to run.
  func watchReuse(_ record: ConnectionRecord, _ track: ConnectionTrack, _ command: CommandRecord) {
    if let missing = track.missingReply, missing.burst < track.burstNumber {
      report(
        RetryRules.desync, record, detail: "missing",
        "\(command.name.uppercased()) (#\(command.ordinal)) was sent while the reply to #\(missing.ordinal) had never come",
        evidence: record.evidence([missing.ordinal]) + [record.evidence(command)], at: command.time)
      track.missingReply = nil
    }
    if let burst = track.surplusReply, burst < track.burstNumber {
      report(
        RetryRules.desync, record, detail: "surplus",
        "\(command.name.uppercased()) (#\(command.ordinal)) was sent behind a reply that nobody had asked for",
        evidence: record.latestEvidence(3), at: command.time)
      track.surplusReply = nil
    }
  }
}

extension ConnectionRecord {
  /// A fault has bitten: what that means to the rules. A reply that is merely late means nothing.
  ///
  /// - Parameters:
  ///   - action: what the fault does, by its name: `reset`.
  ///   - tookEffect: the command has run without an error.
  func noteFault(_ action: String, ordinal: Int64, tookEffect: Bool, at time: Int64) {
    switch action.lowercased() {
    case "close", "reset", "halfclose", "truncate", "error", "substitute", "raw":
      if tookEffect { noteLostReply(ordinal: ordinal) }
    case "drop":
      if tookEffect { noteLostReply(ordinal: ordinal) }
      noteMissingReply(ordinal: ordinal)
    case "hang":
      if tookEffect { noteLostReply(ordinal: ordinal) }
      noteHang(at: time)
    case "surplus": noteSurplusReply()
    default: return
    }
  }

  /// A fault has lost the reply to a command that took effect: the client cannot know that it did. Called when the command
  /// has run.
  package func noteLostReply(ordinal: Int64) {
    guard let track, let lost = track.lost else { return }
    if track.lostFrom == nil { track.lostFrom = ordinal }
    for write in track.writes where write.ordinal == ordinal {
      lost.add(
        LostWrites.Entry(
          endpoint: endpoint, write: write, connection: identifier, evidence: evidence([ordinal]),
          time: command(ordinal)?.time ?? openedAt))
    }
  }

  /// A fault has ended the connection: with the reply that it lost went those behind it.
  func loseRest() {
    guard ending == .fault, let track, let from = track.lostFrom else { return }
    for ordinal in Set(track.writes.map(\.ordinal)) where ordinal > from { noteLostReply(ordinal: ordinal) }
  }

  /// A fault keeps the reply to a command back for good, and leaves the connection open.
  package func noteMissingReply(ordinal: Int64) {
    guard let track, track.missingReply == nil else { return }
    track.missingReply = (ordinal, track.burstNumber)
  }

  /// A fault has sent a reply that nobody asked for, and leaves the connection open.
  package func noteSurplusReply() {
    guard let track else { return }
    track.surplusReply = track.burstNumber
  }

  /// A fault has made the server hang for this connection; nil ends it. Ledger time.
  package func noteHang(at time: Int64?) { track?.hangingSince = time }
}
