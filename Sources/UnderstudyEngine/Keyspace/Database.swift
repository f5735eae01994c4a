// Database: one numbered keyspace: the key table, and an index of the keys with a deadline in the order of time.
//
// Invariant: the index holds exactly one item for each entry with a deadline. Whatever changes a deadline goes through
// the functions here, which keep the two together.
//
// This file may say `unsafe`. What keeps it safe: the flag that it sets and the graveyard live as long as the
// engine's state.

@safe
struct Database: ~Copyable {
  var table: KeyTable
  var expiry = ExpiryIndex()
  /// Set when a deadline may have become the next one.
  private let tasksChanged: UnsafeMutablePointer<Bool>

  init(
    seed: HashSeed, tasksChanged: UnsafeMutablePointer<Bool>, graveyard: UnsafeMutablePointer<Graveyard>
  ) {
    table = KeyTable(seed: seed, keepsAccess: true)
    unsafe table.graveyard = graveyard
    unsafe self.tasksChanged = tasksChanged
  }

  /// The number of keys, those included that have expired but are not yet removed (DBSIZE counts them too).
  var count: Int { table.count }

  /// Stores a value under a key, replacing what was there, whatever its type.
  @inline(__always)
  @discardableResult
  mutating func set(
    _ value: consuming NewValue, for key: Key, deadline: DeadlineChange, access: UInt64
  ) -> KeyTable.Previous {
    let previous = table.set(value, for: key.bytes, hash: key.hash, deadline: deadline, access: access)
    if previous.deadlineMilliseconds != Entry.noDeadline || deadline.isTime {
      noteDeadline(key, previous, deadline)
    }
    return previous
  }

  @inline(never)
  private mutating func noteDeadline(_ key: Key, _ previous: KeyTable.Previous, _ change: DeadlineChange) {
    let old = previous.deadlineMilliseconds
    let new = change.applied(to: old)
    guard old != new else { return }
    if old != Entry.noDeadline { expiry.remove(deadline: old, hash: key.hash) }
    if new != Entry.noDeadline { index(new, key) }
  }

  private mutating func index(_ deadline: Int64, _ key: Key) {
    expiry.insert(deadline: deadline, hash: key.hash)
    if expiry.first?.deadline == deadline { unsafe tasksChanged.pointee = true }
  }

  /// Sets or (with `Entry.noDeadline`) removes a key's deadline; false if there is no such key.
  mutating func setDeadline(_ deadline: Int64, for key: Key) -> Bool {
    guard let old = table.setDeadline(deadline, for: key.bytes, hash: key.hash) else { return false }
    if old != deadline {
      if old != Entry.noDeadline { expiry.remove(deadline: old, hash: key.hash) }
      if deadline != Entry.noDeadline { index(deadline, key) }
    }
    return true
  }

  /// The same for an entry of the table that is about to be changed (`findMutable`), without looking it up again.
  mutating func setDeadline(_ deadline: Int64, of entry: Entry, under key: Key) {
    let old = entry.deadlineMilliseconds
    if old == deadline { return }
    if entry.hasDeadlineWord {
      entry.storeDeadline(deadline)
    } else {
      _ = table.setDeadline(deadline, for: key.bytes, hash: key.hash)
    }
    if old != Entry.noDeadline { expiry.remove(deadline: old, hash: key.hash) }
    if deadline != Entry.noDeadline { index(deadline, key) }
  }

  /// Removes a key; its value is freed when the result is let go.
  mutating func remove(_ key: Key) -> DetachedEntry? {
    guard let removed = table.remove(key.bytes, hash: key.hash) else { return nil }
    let deadline = removed.entry.deadlineMilliseconds
    if deadline != Entry.noDeadline { expiry.remove(deadline: deadline, hash: key.hash) }
    return removed
  }

  /// Removes everything and hands the table over, to be freed in steps.
  mutating func takeAll() -> KeyTable {
    expiry.removeAll()
    return table.takeAll()
  }
}
