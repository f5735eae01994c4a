// Snapshots of the whole data set: saving, restoring and dropping them, and what they mean for memory.
//
// Saving and restoring take constant time: tables and indexes share their roots with the snapshot, and whoever writes first
// copies the way to what it writes (KeyTable+Snapshot.swift). All databases are saved, with the deadlines of keys and of
// fields and with what is known of the use of keys. Scripts, functions, configuration, clocks and clients are no data and
// stay as they are.
//
// A restore is a change of everything: every WATCH is dirty, all that clients have cached is invalid, and whoever waits for
// a key that is there now is served. Like FLUSHALL it raises no event of keys. Deadlines are times of the data clock, so
// what is over its time by then expires as ever.
//
// Both happen between commands: while a command is suspended they are refused.
//
// `maxmemory` limits what the keyspace and the clients use, not what only snapshots hold: a key that is evicted is gone,
// whether or not a snapshot keeps it, and a test that holds a snapshot sees the same keys go as one that does not.
//
// To extend: what becomes part of the data set is saved in `DatabaseContent`, or beside it in `SavedData`.
//
// This file may say `unsafe`. What keeps it safe: databases lie in stable memory; a snapshot is restored only into the
// engine that saved it.

extension EngineState {
  /// Whether a command is under way that goes on later: nothing may be saved or restored now.
  var isMidCommand: Bool { !gates.isDisjoint(with: [.busy, .asleep]) || pendingCall != nil }

  // MARK: Saving

  /// Saves all data under a name, in place of what had it before; without one if it is empty.
  @discardableResult
  mutating func saveData(as name: [UInt8] = []) -> SavedData {
    refreshTime()
    var saved: [SavedDatabase] = []
    for index in 0..<databaseCount {
      let database = unsafe databases + index
      guard unsafe database.pointee.count > 0 else { continue }
      saved.append(SavedDatabase(number: Int32(index), content: unsafe database.pointee.content()))
    }
    if !name.isEmpty, let older = name.withBytes({ snapshots.find($0) }) { dropData(older) }
    let data = SavedData(
      identifier: snapshots.makeIdentifier(), name: name, savedAt: now, databases: saved)
    countMemory(data.ownBytes)
    snapshots.add(data)
    access.sparesSnapshots = true
    return data
  }

  /// Forgets a snapshot; what nobody else holds is freed in steps.
  mutating func dropData(_ saved: SavedData) {
    snapshots.remove(saved)
    countMemory(-saved.ownBytes)
    let graveyard = unsafe self.graveyard
    unsafe saved.bury(in: graveyard)
    access.sparesSnapshots = !snapshots.isEmpty
  }

  // MARK: Restoring

  /// Makes all data what a snapshot of this engine holds. The snapshot stays good.
  mutating func restoreData(_ saved: SavedData) {
    beginReplacingData()
    for database in saved.databases {
      unsafe (databases + Int(database.number)).pointee.fill(with: database.content)
    }
    statistics.changes &+= Int64(saved.keyCount)
    endReplacingData()
  }

  /// Makes all data what another engine had.
  /// - Returns: whether all of it could be read; if not, there is no data.
  mutating func loadData(_ image: DataImage, limits: RDBLimits) -> Bool {
    beginReplacingData()
    let isWhole = image.load(limits) { (record: consuming DataImage.Record) in store(record) }
    if isWhole { statistics.changes &+= Int64(image.keyCount) } else { removeAllData() }
    endReplacingData()
    return isWhole
  }

  private mutating func store(_ record: consuming DataImage.Record) {
    let key = Key(bytes: record.key, hash: KeyHash.hash(record.key, seed: hashSeed))
    let database = unsafe databases + Int(record.database)
    let use = record.countsFrequency == access.countsFrequency ? record.access : access.stamp
    unsafe database.pointee.set(record.value, for: key, deadline: DeadlineChange(record.deadline), access: use)
    unsafe database.pointee.adoptFields(under: key)
  }

  private mutating func beginReplacingData() {
    refreshTime()
    watches.touchEverything()
    removeAllData()
  }

  private mutating func removeAllData() {
    let graveyard = unsafe self.graveyard
    for index in 0..<databaseCount {
      let taken = takeAllKeys(of: Int32(index))
      unsafe graveyard.pointee.take(taken)
    }
  }

  private mutating func endReplacingData() {
    for index in 0..<databaseCount { noteReadyKeys(in: Int32(index)) }
    invalidateAll()
    snapshots.held.isKnown = false
    followMemoryLimit()
    tellTransport()
  }

  // MARK: Memory

  /// What would be freed if a snapshot were dropped, in bytes.
  func bytesHeld(by saved: SavedData) -> Int64 {
    var found = TrialFinding()
    saved.giveUpOnTrial(&found)
    saved.takeBack()
    return found.bytes &+ Int64(saved.ownBytes)
  }

  /// What only snapshots hold, in bytes: a little less than there is, perhaps.
  mutating func bytesHeldBySnapshots() -> Int64 {
    if snapshots.isEmpty { return 0 }
    let used = usedMemory
    if snapshots.held.isStale(used: used) { snapshots.held.set(findHeldBySnapshots(), used: used) }
    return snapshots.held.bytes
  }

  /// The same, looked at now.
  func findHeldBySnapshots() -> TrialFinding {
    var found = TrialFinding()
    for saved in snapshots.all {
      found.bytes &+= Int64(saved.ownBytes)
      saved.giveUpOnTrial(&found)
    }
    for saved in snapshots.all { saved.takeBack() }
    return found
  }
}

extension WatchTable {
  /// Everything was replaced: whoever watches anything learns of it.
  func touchEverything() {
    for list in watchers.values {
      for watcher in list { unsafe watcher.session.pointee.flags.insert(.dirtyWatch) }
    }
  }
}
