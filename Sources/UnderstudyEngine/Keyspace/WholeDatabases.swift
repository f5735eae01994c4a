// All keys of a database at once: emptying it, and exchanging it with another.
//
// This file may say `unsafe`. What keeps it safe: databases lie in stable memory, and indices are checked by
// the caller.

extension EngineState {
  /// Removes all keys of a database; no event is raised for any of them.
  ///
  /// - Parameters:
  ///   - inSteps: frees what was there between the batches to come instead of now.
  mutating func removeAllKeys(in database: Int32, inSteps: Bool) {
    unsafe touchWatches(of: database, before: databases + Int(database), after: nil)
    let taken = takeAllKeys(of: database)
    noteReadyKeys(in: database)
    if inSteps {
      let graveyard = unsafe self.graveyard
      unsafe graveyard.pointee.take(taken)
    }
  }

  /// Empties a database; answers what was in it. Whoever does that calls this.
  mutating func takeAllKeys(of database: Int32) -> KeyTable {
    let taken = unsafe (databases + Int(database)).pointee.takeAll()
    statistics.changes &+= Int64(taken.count)
    lab.findings.keys.forget(database: database)
    return taken
  }

  /// Exchanges the contents of two databases: whoever has selected one sees what was in the other.
  mutating func exchange(_ one: Int32, _ other: Int32) {
    guard one != other else { return }
    let (first, second) = unsafe (databases + Int(one), databases + Int(other))
    unsafe touchWatches(of: one, before: first, after: second)
    unsafe touchWatches(of: other, before: second, after: first)
    unsafe swap(&first.pointee, &second.pointee)
    for database in [one, other] { lab.findings.keys.forget(database: database) }
    noteReadyKeys(in: one)
    noteReadyKeys(in: other)
    unsafe tasksChanged.pointee = true
  }

  /// Tells those who watch keys of `database` that its keys will be those of another, or none.
  private mutating func touchWatches(
    of database: Int32, before: UnsafeMutablePointer<Database>, after: UnsafeMutablePointer<Database>?
  ) {
    guard interest.contains(.watches) else { return }
    let now = self.now
    watches.touchAll(database: database) { key, hash in
      unsafe before.pointee.table.find(key, hash: hash) != nil
    } after: { key, hash in
      guard let after = unsafe after, let entry = unsafe after.pointee.table.find(key, hash: hash) else {
        return .absent
      }
      return entry.deadlineMilliseconds <= now ? .expired : .present
    }
  }
}
