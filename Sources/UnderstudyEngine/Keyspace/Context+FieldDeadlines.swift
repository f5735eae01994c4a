// Hashes whose fields may have deadlines, as handlers reach them. Fields whose time has come are removed before a command
// sees the hash, so that no command of the hash family has to know of deadlines; what the active expiry finds goes the
// same way. While changes are held back (CLIENT PAUSE) a command is shown a copy without those fields instead.
//
//   hashWithDeadlines, mutableHashWithDeadlines   what `hash(key)` and `mutableHash(key)` do for these hashes
//   keepingDeadlines   the hash of a key, made one that keeps deadlines
//   indexFields        says that deadlines of fields have changed: the active expiry is told
//
// This file may say `unsafe`. What keeps it safe: an `Entry` is used before the next change of its database only, and a
// hash that is shown instead of another is kept by the engine until the next one is.

extension Context {
  /// For reading; nil if all the fields had expired, and the key has gone with them.
  @inline(never)
  func hashWithDeadlines(_ entry: Entry, _ key: Key) throws(ReplyError) -> HashValue? {
    guard entry.kind == .hash else { throw .wrongType }
    let hash = entry.hash
    guard hash.soonestDeadline <= now else { return hash }
    if unsafe state.pointee.pause != nil { return withoutDueFields(hash) }
    return expireFields(key) ? database.table.find(key.bytes, hash: key.hash)?.hash : nil
  }

  /// For changing; nil if all the fields had expired, and the key has gone with them.
  @inline(never)
  func mutableHashWithDeadlines(_ entry: Entry, _ key: Key) throws(ReplyError) -> HashValue? {
    guard entry.kind == .hash else { throw .wrongType }
    guard entry.hash.soonestDeadline <= now else { return entry.mutableHash }
    return expireFields(key) ? database.table.findMutable(key.bytes, hash: key.hash)?.mutableHash : nil
  }

  /// Removes fields whose time has come; whether the hash is still there.
  private func expireFields(_ key: Key) -> Bool {
    unsafe state.pointee.expireFields(of: key, in: sessionPointer.pointee.database, limit: .max)
    return database.table.find(key.bytes, hash: key.hash) != nil
  }

  private func withoutDueFields(_ hash: HashValue) -> HashValue? {
    let shown = hash.clone()
    _ = shown.removeDue(now: now, limit: .max)
    let isEmpty = shown.isEmpty
    engine.shownHash = ShownHash(shown)
    return isEmpty ? nil : shown
  }

  /// The hash of a key, for changing, made one that keeps deadlines of its fields; nil if there is none.
  func keepingDeadlines(_ key: Key) throws(ReplyError) -> HashValue? {
    guard let hash = try mutableHash(key) else { return nil }
    if hash.keepsDeadlines { return hash }
    database.table.findMutable(key.bytes, hash: key.hash)?.keepFieldDeadlines()
    return hash
  }

  /// Fields of a hash have been given other deadlines, or were removed.
  func indexFields(of hash: HashValue, _ key: Key) { database.indexFields(of: hash, key) }
}

extension EngineState {
  /// Removes fields of a hash whose time has come, and the key with the last field.
  /// - Returns: how many fields were removed.
  @discardableResult
  mutating func expireFields(of key: Key, in database: Int32, limit: Int) -> Int {
    let table = unsafe databases + Int(database)
    guard let entry = unsafe table.pointee.table.findMutable(key.bytes, hash: key.hash), entry.hasFieldDeadlines
    else { return 0 }
    let hash = entry.mutableHash
    let removed = hash.removeDue(now: now, limit: limit)
    unsafe table.pointee.indexFields(of: hash, key)
    if removed == 0 { return 0 }
    statistics.expiredFields &+= Int64(removed)
    touched(key, "hexpired", .hash, database: database)
    guard hash.isEmpty, let emptied = unsafe table.pointee.remove(key) else { return removed }
    touched(key, "del", .generic, database: database)
    // Not before here: the key's bytes may be those of the entry.
    free(emptied)
    return removed
  }

  /// Removes what is due behind an item of the index of hashes.
  /// - Returns: how much of the budget that has cost.
  mutating func expireFields(_ due: ExpiryIndex.Item, in database: Int32, budget: Int) -> Int {
    let table = unsafe databases + Int(database)
    var found: Entry?
    unsafe table.pointee.table.forEachEntry(hash: due.hash) {
      if $0.hasFieldDeadlines && $0.hash.indexedDeadline == due.deadline { found = $0 }
    }
    guard let found else {
      unsafe table.pointee.forgetFields(due)
      return 1
    }
    // A hash that shares all with a snapshot gets an entry of its own, but the old one, and its key, live on there.
    let key = Key(bytes: found.key, hash: due.hash)
    return max(1, expireFields(of: key, in: database, limit: budget))
  }
}

/// A hash that is shown instead of one that may not be changed now.
struct ShownHash: ~Copyable {
  private let hash: HashValue
  init(_ hash: HashValue) { self.hash = hash }
  deinit { hash.release() }
}
