// ClaimWakes: clients that wait in XREADGROUP with CLAIM are served also when entries that are pending for others have
// been so for long enough. That is a time of the data clock, so it is looked for with what expires.
//
// Who blocks (again) says when the next entry of each of its keys will be due. Nothing is taken back: a client that is
// tried too early only waits on.

struct ClaimWake {
  /// Milliseconds of the data clock.
  let deadline: Int64
  let key: WatchedKey
}

extension BlockingTable {
  /// When the next waiting client may claim something; `Entry.noDeadline` if none will.
  var nextClaim: Int64 { claimWakes.reduce(Entry.noDeadline) { min($0, $1.deadline) } }

  /// Notes that an entry under a key will be due.
  mutating func addClaim(_ wake: ClaimWake) {
    let index = claimWakes.firstIndex {
      $0.key.hash == wake.key.hash && $0.key.database == wake.key.database && $0.key.key == wake.key.key
    }
    guard let index else { return claimWakes.append(wake) }
    if wake.deadline < claimWakes[index].deadline { claimWakes[index] = wake }
  }
}

extension EngineState {
  /// Has the clients tried that wait for what has become due.
  mutating func wakeClaimants() {
    if blocking.claimWakes.isEmpty { return }
    let now = self.now
    let due = blocking.claimWakes.filter { $0.deadline <= now }
    if due.isEmpty { return }
    blocking.claimWakes.removeAll { $0.deadline <= now }
    for wake in due {
      wake.key.key.withBytes { noteReady(Key(bytes: $0, hash: wake.key.hash), database: wake.key.database) }
    }
  }
}

extension Context {
  /// The client, which waits, is to be tried again when the data clock says so.
  func wakeForClaim(_ key: Key, at deadline: Int64) {
    let watched = WatchedKey(database: session.database, key: key.bytes.copied(), hash: key.hash)
    engine.blocking.addClaim(ClaimWake(deadline: deadline, key: watched))
    engine.tellTransport()
  }
}
