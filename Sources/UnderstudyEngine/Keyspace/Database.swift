// Database: one numbered keyspace: the key table, and an index of the keys with a deadline in the order of time.
//
// A second index knows the hashes that keep deadlines of their fields, each under one of these, which is not later than
// the soonest (`HashValue.indexedDeadline`).
//
// Invariant: each index holds exactly one item for each entry with a deadline, or with fields that have some. Whatever
// changes a deadline goes through the functions here, which keep the two together.
//
// This file may say `unsafe`. What keeps it safe: the flag that it sets and the graveyard live as long as the
// engine's state.

@safe
struct Database: ~Copyable {
  var table: KeyTable
  var expiry = ExpiryIndex()
  /// Hashes by the deadlines of their fields.
  private(set) var fieldExpiry = ExpiryIndex()
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

  /// When a key or a field is due next; `Entry.noDeadline` if none will be.
  var soonestDeadline: Int64 {
    min(expiry.first?.deadline ?? Entry.noDeadline, fieldExpiry.first?.deadline ?? Entry.noDeadline)
  }

  /// Stores a value under a key, replacing what was there, whatever its type.
  @inline(__always)
  @discardableResult
  mutating func set(
    _ value: consuming NewValue, for key: Key, deadline: DeadlineChange, access: UInt64
  ) -> KeyTable.Previous {
    let previous = table.set(value, for: key.bytes, hash: key.hash, deadline: deadline, access: access)
    if previous.isIndexed || deadline.isTime {
      noteDeadline(key, previous, deadline)
    }
    return previous
  }

  @inline(never)
  private mutating func noteDeadline(_ key: Key, _ previous: KeyTable.Previous, _ change: DeadlineChange) {
    let old = previous.deadlineMilliseconds
    let new = change.applied(to: old)
    if previous.fieldDeadline != Entry.noDeadline {
      fieldExpiry.remove(deadline: previous.fieldDeadline, hash: key.hash)
    }
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
    if removed.entry.isIndexed { forgetDeadlines(of: removed.entry, key) }
    return removed
  }

  private mutating func forgetDeadlines(of entry: Entry, _ key: Key) {
    let deadline = entry.deadlineMilliseconds
    if deadline != Entry.noDeadline { expiry.remove(deadline: deadline, hash: key.hash) }
    guard entry.hasFieldDeadlines else { return }
    let fieldDeadline = entry.hash.indexedDeadline
    if fieldDeadline != Entry.noDeadline { fieldExpiry.remove(deadline: fieldDeadline, hash: key.hash) }
  }

  /// The fields of a hash, which is the key's own (`mutableHash`), have other deadlines.
  mutating func indexFields(of hash: HashValue, _ key: Key) {
    let old = hash.indexedDeadline
    let new = hash.soonestDeadline
    if old == new { return }
    if old != Entry.noDeadline { fieldExpiry.remove(deadline: old, hash: key.hash) }
    hash.indexedDeadline = new
    if new != Entry.noDeadline { indexField(new, key) }
  }

  /// A hash that keeps deadlines of its fields has come to stand under a key, from another one.
  mutating func adoptFields(under key: Key) {
    guard let entry = table.find(key.bytes, hash: key.hash), entry.hasFieldDeadlines else { return }
    let deadline = entry.hash.indexedDeadline
    if deadline != Entry.noDeadline { indexField(deadline, key) }
  }

  /// Nothing stands under an item of the index of hashes.
  mutating func forgetFields(_ item: ExpiryIndex.Item) {
    fieldExpiry.remove(deadline: item.deadline, hash: item.hash)
  }

  private mutating func indexField(_ deadline: Int64, _ key: Key) {
    fieldExpiry.insert(deadline: deadline, hash: key.hash)
    if fieldExpiry.first?.deadline == deadline { unsafe tasksChanged.pointee = true }
  }

  /// The entry behind an item of the index of deadlines.
  func entry(of item: ExpiryIndex.Item) -> Entry? {
    var found: Entry?
    table.forEachEntry(hash: item.hash) { entry in
      if entry.deadlineMilliseconds == item.deadline { found = entry }
    }
    return found
  }

  /// All that is in it, in constant time: shared until either side changes.
  func content() -> DatabaseContent {
    DatabaseContent(table: table.snapshot(), expiry: expiry.clone(), fieldExpiry: fieldExpiry.clone())
  }

  /// Fills the database, which is empty, with what another time had, in constant time. The content stays good.
  mutating func fill(with content: borrowing DatabaseContent) {
    let graveyard = unsafe table.graveyard
    table = content.table.snapshot()
    unsafe table.graveyard = graveyard
    expiry = content.expiry.clone()
    fieldExpiry = content.fieldExpiry.clone()
    unsafe tasksChanged.pointee = true
  }

  /// Removes everything and hands the table over, to be freed in steps.
  mutating func takeAll() -> KeyTable {
    if let graveyard = unsafe table.graveyard {
      unsafe graveyard.pointee.take(expiry.takeAll())
      unsafe graveyard.pointee.take(fieldExpiry.takeAll())
    }
    return table.takeAll()
  }
}

/// What is in a database: the keys and the indexes of deadlines, which belong together. It is only read: whoever wants to
/// change it fills a database with it.
struct DatabaseContent: ~Copyable {
  fileprivate(set) var table: KeyTable
  fileprivate(set) var expiry: ExpiryIndex
  fileprivate(set) var fieldExpiry: ExpiryIndex

  /// Hands everything over, to be freed in steps.
  mutating func bury(in graveyard: UnsafeMutablePointer<Graveyard>) {
    unsafe graveyard.pointee.take(table.takeAll(), countsKeys: false)
    unsafe graveyard.pointee.take(expiry.takeAll())
    unsafe graveyard.pointee.take(fieldExpiry.takeAll())
  }
}
