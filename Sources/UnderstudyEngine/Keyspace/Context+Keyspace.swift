// How handlers read and change keys. All of a command's look-ups and changes pass here, so that expiry, hits and misses,
// WATCH, blocked clients and notifications hold for every command without its doing.
//
//   read     a look-up that answers the client (counted as hit or miss)
//   inspect  the same without being a use of the key (TTL, TYPE, OBJECT)
//   find     a look-up before a change (not counted)
//   store, remove, setDeadline   changes
//   touched  says that a key was changed, and by what event
//   raised   a further event of the same change, as the real server has it
//
// This file may say `unsafe`. What keeps it safe: an `Entry` is used before the next change of its database only.

extension Context {
  /// The entry of a key that a command reads, expired ones removed.
  @inline(__always)
  func read(_ key: Key) -> Entry? {
    guard let entry = inspect(key) else { return nil }
    if unsafe sessionPointer.pointee.flags.contains(.noTouch) { return entry }
    return noteAccess(entry, key)
  }

  /// A look-up that answers the client without being a use of the key: the access time stays.
  @inline(__always)
  func inspect(_ key: Key) -> Entry? {
    guard let entry = database.table.find(key.bytes, hash: key.hash), !isGone(entry, key) else {
      unsafe state.pointee.statistics.keyspaceMisses &+= 1
      if unsafe !state.pointee.interest.isEmpty { noteMiss(key) }
      return nil
    }
    unsafe state.pointee.statistics.keyspaceHits &+= 1
    return entry
  }

  /// The entry of a key that a command is about to change; it may be changed in place. Expired ones are removed.
  @inline(__always)
  func find(_ key: Key) -> Entry? {
    guard let entry = database.table.findMutable(key.bytes, hash: key.hash), !isGone(entry, key) else {
      return nil
    }
    if unsafe !sessionPointer.pointee.flags.contains(.noTouch) { noteAccess(entry, key) }
    return entry
  }

  /// The entry of a key that a command reads and may change in place while it does.
  func readMutable(_ key: Key) -> Entry? {
    guard read(key) != nil else { return nil }
    return database.table.findMutable(key.bytes, hash: key.hash)
  }

  /// A look-up of the handler's own, of which nobody hears: the access time and the counters stay.
  func peek(_ key: Key) -> Entry? {
    guard let entry = database.table.find(key.bytes, hash: key.hash), !isGone(entry, key) else { return nil }
    return entry
  }

  func exists(_ key: Key) -> Bool { peek(key) != nil }

  /// Whether the entry has expired; it is removed then.
  @inline(__always)
  private func isGone(_ entry: Entry, _ key: Key) -> Bool {
    let deadline = entry.deadlineMilliseconds
    if deadline == Entry.noDeadline || deadline > now { return false }
    if unsafe state.pointee.pause == nil { unsafe state.pointee.expire(key, in: sessionPointer.pointee.database) }
    return true
  }

  /// Removes an entry of this database that has expired.
  func expire(_ entry: Entry) {
    unsafe state.pointee.expire(key(entry.key), in: sessionPointer.pointee.database)
  }

  /// Stores a value under a key. Says nothing to anyone: `touched` does.
  @inline(__always)
  @discardableResult
  func store(_ value: consuming NewValue, for key: Key, deadline: DeadlineChange = .keep) -> KeyTable.Previous {
    let previous = database.set(value, for: key, deadline: deadline, access: accessOfStored(key))
    if unsafe !state.pointee.interest.isEmpty && !previous.existed { noteNew(key) }
    return previous
  }

  /// Stores the argument at `index` as a string: as an integer if it is one, and without a copy if it was received into
  /// a buffer of its own.
  @inline(__always)
  func storeArgument(_ index: Int, under key: Key, deadline: DeadlineChange) {
    let value = arguments[index]
    let previous: KeyTable.Previous
    if value.count <= 20, let integer = NumberText.parseInt64(value) {
      previous = store(.integer(integer), for: key, deadline: deadline)
    } else if value.count >= InputBuffer.largeBulkThreshold, let buffer = takeLargeArgument(index) {
      previous = store(.buffer(buffer), for: key, deadline: deadline)
    } else {
      previous = store(.bytes(value), for: key, deadline: deadline)
    }
    if !previous.existed { created(key) }
  }

  /// The buffer into which the argument at `index` was received, with a count for the caller.
  private func takeLargeArgument(_ index: Int) -> SharedBuffer? {
    guard let input = unsafe state.pointee.currentLargeArguments, unsafe state.pointee.current == sessionPointer,
      unsafe arguments.base == UnsafeRawPointer(input.pointee.base)
    else { return nil }
    for bulk in unsafe input.pointee.received where bulk.argument == index {
      bulk.buffer.retain()
      return bulk.buffer
    }
    return nil
  }

  /// Removes a key and frees its value; false if it was not there.
  func remove(_ key: Key) -> Bool {
    guard let removed = database.remove(key) else { return false }
    // One that had expired is not what the client removed.
    let isGone = removed.entry.deadlineMilliseconds <= now
    if isGone { engine.noteExpired(key, in: session.database) }
    engine.free(removed)
    return !isGone
  }

  /// Removes a container that a command has emptied, with the event of that.
  ///
  /// - Parameter changes: how many changes that is beside those of the command.
  func removeEmptied(_ key: Key, changes: Int = 0) {
    if remove(key) { touched(key, "del", .generic, changes: changes) }
  }

  /// Sets or (with `Entry.noDeadline`) removes the deadline of a key that is there.
  func setDeadline(_ deadline: Int64, for key: Key) {
    _ = database.setDeadline(deadline, for: key)
  }

  /// A key was changed by `event`.
  ///
  /// - Parameter changes: as how many changes that counts (`rdb_changes_since_last_save`): one for each element.
  @inline(__always)
  func touched(_ key: Key, _ event: StaticString, _ eventClass: NotificationClass, changes: Int = 1) {
    unsafe state.pointee.statistics.changes &+= Int64(changes)
    if unsafe !state.pointee.interest.isEmpty { signal(key, event, eventClass) }
  }

  /// One more event of a change that `touched` has told: heard, but not counted again.
  @inline(__always)
  func raised(_ key: Key, _ event: StaticString, _ eventClass: NotificationClass) {
    if engine.interest.contains(.notifications) {
      engine.notify(event, eventClass, key.bytes, database: session.database)
    }
  }

  /// What belongs to a key, but is not its value, was changed by `event`: the consumer groups of a stream. Nobody who
  /// watches or tracks the key hears of it.
  func noted(_ key: Key, _ event: StaticString, _ eventClass: NotificationClass) {
    noted(1)
    guard engine.interest.contains(.notifications) else { return }
    engine.notify(event, eventClass, key.bytes, database: session.database)
  }

  /// The same for changes that are no event.
  func noted(_ changes: Int) { engine.statistics.changes &+= Int64(changes) }

  @inline(never)
  private func signal(_ key: Key, _ event: StaticString, _ eventClass: NotificationClass) {
    unsafe state.pointee.touched(key, event, eventClass, database: sessionPointer.pointee.database)
  }
}

extension Context {
  /// The number of a database.
  func databaseNumber(_ text: Bytes) throws(ReplyError) -> Int32 {
    guard let value = NumberText.parseInt64(text) else { throw .notAnInteger }
    guard let number = Int32(exactly: value) else { throw .notWithinInt }
    guard number >= 0, Int(number) < engine.databaseCount else { throw .databaseOutOfRange }
    return number
  }

  /// Does something in another database.
  @discardableResult
  func `in`<Result>(_ database: Int32, _ body: (borrowing Context) -> Result) -> Result {
    let home = session.database
    session.database = database
    defer { session.database = home }
    return body(self)
  }
}

extension EngineState {
  /// A key was changed: whoever watches or tracks it, or listens to its events, hears of it.
  mutating func touched(
    _ key: Key, _ event: StaticString, _ eventClass: NotificationClass, database: Int32
  ) {
    if interest.contains(.watches) {
      let table = unsafe databases + Int(database)
      watches.touch(
        key.bytes, hash: key.hash, database: database,
        exists: unsafe table.pointee.table.find(key.bytes, hash: key.hash) != nil)
    }
    if interest.contains(.blockedClients) { noteLoss(of: key, database: database) }
    if interest.contains(.tracking) { invalidate(key, eventClass) }
    if interest.contains(.notifications) { notify(event, eventClass, key.bytes, database: database) }
  }

  /// Removes a key whose time has come.
  mutating func expire(_ key: Key, in database: Int32) {
    let start = latencyStart
    guard let removed = unsafe (databases + Int(database)).pointee.remove(key) else { return }
    noteExpired(key, in: database)
    // Not before here: the key's bytes may be those of the entry.
    free(removed)
    noteLatency("expire-del", since: start)
  }

  /// A key was removed because its time has come.
  mutating func noteExpired(_ key: Key, in database: Int32) {
    statistics.expiredKeys &+= 1
    touched(key, "expired", .expired, database: database)
  }

  /// Frees a value that was taken out of the keyspace: a large container in steps, all else at once.
  mutating func free(_ removed: consuming DetachedEntry) {
    let graveyard = unsafe self.graveyard
    unsafe graveyard.pointee.takeContainer(of: removed.entry)
    // The rest goes when `removed` is let go here.
  }

  /// Whether a key is there, without removing it if it has expired.
  func presence(of key: Key, in database: Int32) -> KeyPresence {
    guard let entry = unsafe (databases + Int(database)).pointee.table.find(key.bytes, hash: key.hash) else {
      return .absent
    }
    return entry.deadlineMilliseconds <= now ? .expired : .present
  }

  /// The kind of value under a key; nil if there is none, or it has expired.
  func kind(of key: Key, in database: Int32) -> ValueKind? {
    guard let entry = unsafe (databases + Int(database)).pointee.table.find(key.bytes, hash: key.hash),
      entry.deadlineMilliseconds > now
    else { return nil }
    return entry.kind
  }
}
