// Hashes whose fields may have deadlines: the two forms that keep them, and how a plain hash becomes one.
//
//   small   a listpack of field, value, deadline, field … with the soonest deadline first, as a real server has it; 0
//           stands for none, and fields without a deadline stand behind those that have one
//   large   a KeyTable, whose entries have deadlines like the keys of a database, and an index of these in the
//           order of time
//
// The index of a database knows of each such hash one time, `indexedDeadline`, which is never later than the
// soonest deadline of a field, but may be sooner: who drops a deadline need not tell the database.
//
// This file says `unsafe`. What keeps it safe: the form in the header says what its extra word is: a time in
// the small form, and in the large one an address that `FieldDeadlines.make` gave and `free` takes back.

internal import CUnderstudyPlatform

/// What becomes of the deadline of a field whose value is set.
package enum KeptDeadline: Sendable {
  case dropped, kept
}

extension HashValue {
  // MARK: Form

  /// Whether fields may have deadlines.
  @inline(__always)
  package var keepsDeadlines: Bool { header.form >= Self.deadlinePackForm }

  /// The deadlines of the large form.
  var deadlines: FieldDeadlines { FieldDeadlines(word: header.extra) }

  /// The time under which the index of a database knows the hash; `Entry.noDeadline` if it does not. Set by
  /// the database, with the hash its own.
  package var indexedDeadline: Int64 {
    get {
      if isTable { return keepsDeadlines ? deadlines.indexed : Entry.noDeadline }
      return keepsDeadlines ? Int64(bitPattern: header.extra) : Entry.noDeadline
    }
    nonmutating set {
      assert(isUnique && keepsDeadlines)
      if isTable { deadlines.indexed = newValue } else { header.extra = UInt64(bitPattern: newValue) }
    }
  }

  /// Begins to keep deadlines: a plain hash changes its form.
  func keepDeadlines() {
    assert(isUnique)
    if keepsDeadlines { return }
    if isTable {
      header.extra = FieldDeadlines.make(ExpiryIndex(), indexed: Entry.noDeadline).word
      header.form = Self.deadlineTableForm
      return
    }
    let old = pack
    var new = Listpack(capacity: old.byteCount &+ 2 &* count)
    forEach { field, value in
      new.append(field)
      new.append(value)
      new.append(0)
    }
    old.release()
    pack = new
    header.extra = UInt64(bitPattern: Entry.noDeadline)
    header.form = Self.deadlinePackForm
  }

  func cloneWithDeadlines() -> HashValue {
    let copy: FormHeader
    if isTable {
      copy = unsafe .make(form: Self.deadlineTableForm, body: table.snapshot().body)
      copy.extra = deadlines.clone().word
    } else {
      pack.retain()
      copy = unsafe .make(form: Self.deadlinePackForm, body: header.body)
      copy.extra = header.extra
    }
    return unsafe HashValue(pointer: copy.pointer)
  }

  func becomeDeadlineTable(_ limits: PackedLimits) {
    let table = TableBox.make(seed: limits.seed)
    var index = ExpiryIndex()
    let indexed = indexedDeadline
    let old = pack
    var position = Listpack.startPosition
    while position < old.endPosition {
      let valueAt = old.position(after: position)
      let deadlineAt = old.position(after: valueAt)
      let deadline = Self.deadline(old, at: deadlineAt)
      old.element(at: position).withBytes { field in
        old.element(at: valueAt).withBytes {
          _ = table.set(field, .bytes($0), deadline: DeadlineChange(deadline))
        }
        if deadline != Entry.noDeadline { index.insert(deadline: deadline, hash: table.hash(field)) }
      }
      position = old.position(after: deadlineAt)
    }
    old.release()
    unsafe header.body = table.body
    header.extra = FieldDeadlines.make(index, indexed: indexed).word
    header.form = Self.deadlineTableForm
  }

  // MARK: Reading

  private static func deadline(_ pack: Listpack, at position: Int) -> Int64 {
    guard case .integer(let deadline) = pack.element(at: position), deadline != 0 else {
      return Entry.noDeadline
    }
    return deadline
  }

  /// The listpack of the small form, for DUMP.
  var packedWithDeadlines: Listpack? { keepsDeadlines && !isTable ? pack : nil }

  /// Lends every field of the large form, its value and its deadline (`Entry.noDeadline` if it has none) to `body`.
  func forEachWithDeadline(_ body: (_ field: Bytes, _ value: PackedElement, _ deadline: Int64) -> Void) {
    guard isTable else { return }
    table.forEach { body($0.key, Self.value($0), $0.deadlineMilliseconds) }
  }

  func valueInDeadlinePack(_ field: Bytes) -> PackedElement? {
    let pack = pack
    guard let position = pack.find(field, skip: 2) else { return nil }
    return pack.element(at: pack.position(after: position))
  }

  /// The deadline of a field in milliseconds of the data clock, `Entry.noDeadline` if it has none; nil if
  /// there is no such field.
  package func deadline(of field: Bytes) -> Int64? {
    guard keepsDeadlines else { return contains(field) ? Entry.noDeadline : nil }
    if isTable { return table.find(field)?.deadlineMilliseconds }
    let pack = pack
    guard let position = pack.find(field, skip: 2) else { return nil }
    return Self.deadline(pack, at: pack.position(after: pack.position(after: position)))
  }

  /// The soonest deadline of a field; `Entry.noDeadline` if there is none.
  package var soonestDeadline: Int64 {
    guard keepsDeadlines else { return Entry.noDeadline }
    if isTable { return deadlines.soonest }
    let pack = pack
    if pack.isEmpty { return Entry.noDeadline }
    let value = pack.position(after: Listpack.startPosition)
    return Self.deadline(pack, at: pack.position(after: value))
  }

  // MARK: Changing

  /// Sets the deadline of a field that is there; `Entry.noDeadline` takes it away.
  package func setDeadline(_ deadline: Int64, of field: Bytes) {
    assert(isUnique && keepsDeadlines)
    if isTable {
      guard let old = table.setDeadline(deadline, for: field) else { return }
      deadlines.replace(old, by: deadline, hash: table.hash(field))
      return
    }
    guard let position = pack.find(field, skip: 2) else { return }
    let value = pack.element(at: pack.position(after: position))
    // The new place is before or behind the old one, so the value has to be kept meanwhile.
    if case .bytes(let bytes) = value {
      bytes.copied().withBytes { move(field, .bytes($0), from: position, deadline: deadline) }
    } else {
      move(field, value, from: position, deadline: deadline)
    }
  }

  private func move(_ field: Bytes, _ value: PackedElement, from position: Int, deadline: Int64) {
    var pack = pack
    pack.remove(at: position, count: 3)
    self.pack = pack
    insert(field, value, deadline: deadline)
  }

  /// Inserts a field, which is not there, where its deadline belongs.
  private func insert(_ field: Bytes, _ value: PackedElement, deadline: Int64) {
    var pack = pack
    var position = deadline == Entry.noDeadline ? pack.endPosition : Listpack.startPosition
    while position < pack.endPosition {
      let deadlineAt = pack.position(after: pack.position(after: position))
      if Self.deadline(pack, at: deadlineAt) > deadline { break }
      position = pack.position(after: deadlineAt)
    }
    // Each goes before the one that was inserted last.
    pack.insert(deadline == Entry.noDeadline ? 0 : deadline, at: position)
    switch value {
    case .integer(let integer): pack.insert(integer, at: position)
    case .bytes(let bytes): pack.insert(bytes, at: position)
    }
    pack.insert(field, at: position)
    self.pack = pack
  }

  func setOverDeadline(_ field: Bytes, to value: Bytes, limits: PackedLimits, deadline: KeptDeadline) -> Bool {
    if !isTable {
      let isTooLong = field.count > limits.valueBytes || value.count > limits.valueBytes
      if isTooLong || !pack.mayGrow(by: field.count &+ value.count) { becomeDeadlineTable(limits) }
    }
    if isTable {
      let previous = table.set(field, .bytes(value), deadline: deadline == .kept ? .keep : .none)
      if deadline == .dropped, previous.deadlineMilliseconds != Entry.noDeadline {
        deadlines.replace(
          previous.deadlineMilliseconds, by: Entry.noDeadline, hash: table.hash(field))
      }
      return !previous.existed
    }
    var pack = pack
    guard let position = pack.find(field, skip: 2) else {
      insert(field, .bytes(value), deadline: Entry.noDeadline)
      if count > limits.entries { becomeDeadlineTable(limits) }
      return true
    }
    let valueAt = pack.position(after: position)
    if deadline == .dropped, Self.deadline(pack, at: pack.position(after: valueAt)) != Entry.noDeadline {
      move(field, .bytes(value), from: position, deadline: Entry.noDeadline)
    } else {
      pack.replace(at: valueAt, with: value)
      self.pack = pack
    }
    return false
  }

  func removeWithDeadline(_ field: Bytes) -> Bool {
    if isTable {
      guard let taken = table.take(field) else { return false }
      deadlines.replace(
        taken.entry.deadlineMilliseconds, by: Entry.noDeadline, hash: table.hash(field))
      return true
    }
    var pack = pack
    guard let position = pack.find(field, skip: 2) else { return false }
    pack.remove(at: position, count: 3)
    self.pack = pack
    return true
  }

  /// Removes the fields whose time has come, at most `limit` of them.
  /// - Returns: how many were removed.
  package func removeDue(now: Int64, limit: Int) -> Int {
    assert(isUnique)
    guard keepsDeadlines else { return 0 }
    if isTable { return removeDueOfTable(now: now, limit: limit) }
    var pack = pack
    var due = 0
    var position = Listpack.startPosition
    while position < pack.endPosition, due < limit {
      let deadlineAt = pack.position(after: pack.position(after: position))
      if Self.deadline(pack, at: deadlineAt) > now { break }
      due &+= 1
      position = pack.position(after: deadlineAt)
    }
    if due == 0 { return 0 }
    pack.remove(at: Listpack.startPosition, count: due &* 3)
    self.pack = pack
    return due
  }

  private func removeDueOfTable(now: Int64, limit: Int) -> Int {
    var removed = 0
    while removed < limit, let due = deadlines.popDue(now: now) {
      // A field is looked up by its hash, which the index knows. Its key is read while the entry lives.
      var found: Entry?
      table.forEachEntry(hash: due.hash) { if $0.deadlineMilliseconds == due.deadline { found = $0 } }
      if let found, let taken = table.take(found.key) {
        removed &+= 1
        _ = consume taken
      }
    }
    return removed
  }
}

extension Listpack {
  /// Adds an element of another listpack at the end.
  fileprivate mutating func append(_ element: PackedElement) {
    switch element {
    case .integer(let integer): append(integer)
    case .bytes(let bytes): append(bytes)
    }
  }
}

/// The deadlines of a large hash in a block of their own: their index, and the time under which the database
/// knows the hash.
@safe
struct FieldDeadlines {
  private struct Content: ~Copyable {
    var index: ExpiryIndex
    var indexed: Int64
  }

  private nonisolated(unsafe) let pointer: UnsafeMutablePointer<Content>

  static func make(_ index: consuming ExpiryIndex, indexed: Int64) -> FieldDeadlines {
    let pointer = UnsafeMutablePointer<Content>.allocate(capacity: 1)
    understudy_count(understudy_block_cost(MemoryLayout<Content>.size))
    unsafe pointer.initialize(to: Content(index: index, indexed: indexed))
    return unsafe FieldDeadlines(pointer: pointer)
  }

  private init(pointer: UnsafeMutablePointer<Content>) { unsafe self.pointer = pointer }

  /// What `word` of another handle said.
  init(word: UInt64) {
    unsafe pointer = understudy_pointer(word).assumingMemoryBound(to: Content.self)
  }

  var word: UInt64 { unsafe UInt64(UInt(bitPattern: pointer)) }

  func clone() -> FieldDeadlines {
    unsafe .make(pointer.pointee.index.clone(), indexed: pointer.pointee.indexed)
  }

  func free() {
    understudy_count(-understudy_block_cost(MemoryLayout<Content>.size))
    unsafe pointer.deinitialize(count: 1)
    unsafe pointer.deallocate()
  }

  func releaseSome(budget: Int) -> Bool { unsafe pointer.pointee.index.releaseSome(budget: budget) }

  var indexed: Int64 {
    get { unsafe pointer.pointee.indexed }
    nonmutating set { unsafe pointer.pointee.indexed = newValue }
  }

  var soonest: Int64 { unsafe pointer.pointee.index.first?.deadline ?? Entry.noDeadline }

  var count: Int { unsafe pointer.pointee.index.count }

  /// A field has another deadline, or none.
  func replace(_ old: Int64, by new: Int64, hash: UInt64) {
    if old == new { return }
    if old != Entry.noDeadline { unsafe pointer.pointee.index.remove(deadline: old, hash: hash) }
    if new != Entry.noDeadline { unsafe pointer.pointee.index.insert(deadline: new, hash: hash) }
  }

  func popDue(now: Int64) -> ExpiryIndex.Item? { unsafe pointer.pointee.index.popDue(now: now) }

  var allocatedBytes: Int { unsafe pointer.pointee.index.allocatedBytes &+ MemoryLayout<Content>.size &+ 8 }
}
