// What goes wrong with MULTI, WATCH and EXEC.
//
//   tx.self-dirtied   one's own write dirties the watch
//   tx.split          the parts of a transaction go over different connections
//   tx.nil-unretried  EXEC answered nil and nobody tried again
//
// The engine says which write dirtied a watch (`CommandEvent.hasDirtiedOwnWatch`); nothing is guessed.

/// What the rules of transactions remember across connections.
struct TransactionWatch {
  struct Aborted {
    let endpoint: Int
    let identity: ClientIdentity
    let connection: UInt64
    let ordinal: Int64
    let keys: Set<[UInt8]>
    let latest: (key: [UInt8], ordinal: Int64)?
    let evidence: [FindingEvidence]
    let time: Int64
  }

  static let limit = 256
  /// EXECs that answered nil and have not been tried again.
  var aborted: [Aborted] = []
}

enum TransactionRules {
  static let selfDirtied = FindingRule(
    "tx.self-dirtied", .certain, "A connection writes to a key that it watches, outside MULTI, and its EXEC answers nil.",
    guardedBy: "EXEC has answered nil, and the engine knows which write dirtied the watch.",
    consequence: "The write dirtied its own watch.", fix: "Move it between MULTI and EXEC.")

  static let split = FindingRule(
    "tx.split", .certain, "EXEC without MULTI, while another connection of the same client is between MULTI and EXEC.",
    guardedBy: "Both connections go by the same name, library and user.",
    consequence: "The transaction was split over two connections: the commands of this one ran at once, the other one waits.",
    fix: "Send MULTI, the commands and EXEC over one connection that nobody else uses meanwhile.")

  static let nilUnretried = FindingRule(
    "tx.nil-unretried", .medium, "EXEC answers nil because a watched key was changed, and no WATCH of it follows.",
    guardedBy: "Looked at when findings are asked for; a WATCH of one of the keys, or on the connection, settles it.",
    consequence: "Nothing of the transaction was done, and nobody tried again.",
    fix: "Treat a nil EXEC as a conflict: read again, and repeat from WATCH.")

  static let rules = [selfDirtied, split, nilUnretried]
}

extension FindingsState {
  /// A command has run by itself, or was queued.
  func watchTransactions(_ event: CommandEvent, siblingsInMulti: [ConnectionRecord]) {
    let track = event.track
    switch event.name {
    case "watch" where !event.isError:
      let keys = event.keys.map { $0.copied() }
      track.watches += keys.prefix(max(0, Self.watchLimit - track.watches.count)).map { ($0, event.ordinal) }
      if transactions.aborted.isEmpty { return }
      let watched = Set(keys)
      transactions.aborted.removeAll { aborted in
        guard aborted.endpoint == event.record.endpoint else { return false }
        return aborted.connection == event.record.identifier || !aborted.keys.isDisjoint(with: watched)
      }
    case "unwatch", "discard", "reset": forgetWatches(track)
    case "exec":
      if event.isError, event.command.error?.hasPrefix("ERR EXEC without MULTI") == true, !siblingsInMulti.isEmpty {
        noteSplit(event, siblingsInMulti)
      } else if event.command.reply == .null {
        noteAbort(event)
      }
      forgetWatches(track)
    default:
      guard event.hasDirtiedOwnWatch, track.selfDirtier == nil else { return }
      track.selfDirtier = (event.ordinal, event.name)
    }
  }

  /// How many keys under WATCH are remembered of a connection.
  private static let watchLimit = 64

  private func forgetWatches(_ track: ConnectionTrack) {
    track.watches.removeAll()
    track.selfDirtier = nil
  }

  private func noteAbort(_ event: CommandEvent) {
    let (record, track) = (event.record, event.track)
    guard let own = track.selfDirtier else {
      guard let identity = record.clientIdentity else { return }
      if transactions.aborted.count == TransactionWatch.limit { transactions.aborted.removeFirst() }
      let ordinals = track.watches.suffix(2).map(\.ordinal)
      transactions.aborted.append(
        TransactionWatch.Aborted(
          endpoint: record.endpoint, identity: identity, connection: record.identifier, ordinal: event.ordinal,
          keys: Set(track.watches.map(\.key)), latest: track.watches.last,
          evidence: record.evidence(ordinals) + [record.evidence(event.command)], time: event.command.time))
      return
    }
    let key = record.command(own.ordinal)?.key
    let watch = track.watches.last { $0.key == key } ?? track.watches.last
    let name = own.name.uppercased()
    var story = ""
    if let watch { story = "WATCH \(FindingText.key(watch.key)) (#\(watch.ordinal)) → " }
    story += "\(name) on the same connection (#\(own.ordinal)) → EXEC nil (#\(event.ordinal))"
    report(
      TransactionRules.selfDirtied, record, detail: "\(own.name) \(key.map { KeyShape.of($0) } ?? "")", key: key ?? watch?.key,
      story, fix: "Move \(name) between MULTI and EXEC.",
      evidence: record.evidence([watch?.ordinal, own.ordinal, event.ordinal].compactMap(\.self)), at: event.command.time)
  }

  private func noteSplit(_ event: CommandEvent, _ siblings: [ConnectionRecord]) {
    guard let sibling = siblings.first else { return }
    let multi = sibling.commands.last { $0.name == "multi" }
    report(
      TransactionRules.split, event.record, detail: "", others: [sibling.identifier],
      "EXEC without MULTI (#\(event.ordinal)) while conn \(sibling.identifier) of the same client is in MULTI"
        + (multi.map { " (#\($0.ordinal))" } ?? ""),
      evidence: (multi.map { [sibling.evidence($0)] } ?? []) + event.record.latestEvidence(4), at: event.command.time)
  }

  /// EXECs that nobody tried again, as of now.
  func unretried() -> [Finding] {
    guard isOn(TransactionRules.nilUnretried) else { return [] }
    return transactions.aborted.map { aborted in
      let story =
        (aborted.latest.map { "WATCH \(FindingText.key($0.key)) (#\($0.ordinal)) → " } ?? "")
        + "EXEC nil (#\(aborted.ordinal)), and no WATCH of it came again"
      return Self.finding(
        TransactionRules.nilUnretried, aborted.identity, key: aborted.latest?.key, connections: [aborted.connection],
        who: "conn \(aborted.connection)", story, evidence: aborted.evidence, from: aborted.time, to: aborted.time)
    }
  }
}

extension ConnectionRecord {
  /// Who it is, if its commands are written down.
  var clientIdentity: ClientIdentity? {
    track.map { ClientIdentity(endpoint: $0.endpoint, name: name, library: libraryName, user: user) }
  }
}
