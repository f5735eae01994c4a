// HashValue: the hash type. Small ones are a listpack of field, value, field, value … in the order of their
// arrival; large ones a KeyTable from field to value. Those whose fields may have deadlines have a small and a
// large form of their own, in HashValue+Deadlines.swift.
//
// The form changes from small to large when a field or value is longer than the limit or there are more pairs
// than the limit, and to one with deadlines when asked for (`keepDeadlines`); never back. `encoding` names it.
//
// Ownership: a handle, counted by hand. `clone` shares the listpack, or takes the table's snapshot, both in
// constant time; later changes copy what they touch. Every changing call wants `isUnique`. Elements handed
// out are borrowed and live until the hash is changed next; strings handed in must not come from the hash
// itself.
//
// What the deadlines cost the other hashes: nothing for the small form, which is asked for first, and one
// comparison of a word at hand for the large one.
//
// This file says `unsafe`. What keeps it safe: the form in the header says what the body is, and nobody but
// this file writes either.

/// A hash: a handle on a listpack of pairs or a key table.
@safe
package struct HashValue {
  let header: FormHeader

  static let listpackForm: UInt32 = 0
  static let tableForm: UInt32 = 1
  /// Field, value, deadline, field … in the order of deadlines.
  static let deadlinePackForm: UInt32 = 2
  /// A table, the entries of which have deadlines, and an index of these.
  static let deadlineTableForm: UInt32 = 3

  // MARK: Life

  /// An empty hash, in the small form.
  package init() { unsafe header = .make(form: Self.listpackForm, body: Listpack().block) }

  /// A handle on a hash that another handle made: an entry's container pointer.
  @inline(__always)
  package init(pointer: UnsafeMutableRawPointer) { unsafe header = FormHeader(pointer: pointer) }

  /// What the entry keeps.
  package var pointer: UnsafeMutableRawPointer { unsafe header.pointer }

  /// Adds an owner.
  package func retain() { header.retain() }

  /// Whether this is the only owner.
  @inline(__always)
  package var isUnique: Bool { header.isUnique }

  /// Gives up an owner; the last one frees the hash.
  package func release() {
    guard header.dropsLast() else { return }
    if isTable {
      table.free()
      if keepsDeadlines { deadlines.free() }
    } else {
      pack.release()
    }
    header.free()
  }

  /// Frees a part of a hash that nobody needs any more: about `budget` fields. From the first call on the
  /// hash may only be asked this again. Answers whether all is freed, the hash included.
  func releaseSome(budget: Int) -> Bool {
    if isUnique, isTable {
      if !table.releaseSome(budget: budget) { return false }
      if keepsDeadlines, !deadlines.releaseSome(budget: budget) { return false }
    }
    release()
    return true
  }

  /// A hash of its own that shares everything until either side changes it.
  package func clone() -> HashValue {
    if isPacked {
      pack.retain()
      return unsafe HashValue(pointer: FormHeader.make(form: Self.listpackForm, body: header.body).pointer)
    }
    if keepsDeadlines { return cloneWithDeadlines() }
    return unsafe HashValue(
      pointer: FormHeader.make(form: Self.tableForm, body: table.snapshot().body).pointer)
  }

  @inline(__always)
  private var isPacked: Bool { header.form == Self.listpackForm }

  /// Whether this is a large form.
  @inline(__always)
  var isTable: Bool { header.form & 1 != 0 }

  @inline(__always)
  var pack: Listpack {
    get { unsafe Listpack(block: header.body) }
    nonmutating set { unsafe header.body = newValue.block }
  }

  @inline(__always)
  var table: TableBox { unsafe TableBox(body: header.body) }

  // MARK: Reading

  /// The number of fields.
  package var count: Int {
    if isPacked { return pack.count / 2 }
    return isTable ? table.count : pack.count / 3
  }

  package var isEmpty: Bool { isTable ? table.count == 0 : pack.isEmpty }

  /// The name of the form: "listpack", "listpackex" or "hashtable".
  package var encoding: StaticString {
    if isPacked { return "listpack" }
    return isTable ? "hashtable" : "listpackex"
  }

  /// The listpack of the small form without deadlines, for DUMP.
  package var packed: Listpack? { isPacked ? pack : nil }

  /// The value of a field.
  package subscript(field: Bytes) -> PackedElement? {
    if isPacked {
      let pack = pack
      guard let position = pack.find(field, skip: 1) else { return nil }
      return pack.element(at: pack.position(after: position))
    }
    if !isTable { return valueInDeadlinePack(field) }
    return table.find(field).map(Self.value)
  }

  /// Whether there is such a field.
  package func contains(_ field: Bytes) -> Bool {
    if isPacked { return pack.find(field, skip: 1) != nil }
    return isTable ? table.find(field) != nil : pack.find(field, skip: 2) != nil
  }

  @inline(__always)
  static func value(_ entry: Entry) -> PackedElement {
    if entry.kind == .inline { return .bytes(entry.inlineBytes) }
    return .bytes(entry.buffer.bytes)
  }

  /// Lends every field and value to `body`, which must not change the hash.
  package func forEach(_ body: (_ field: PackedElement, _ value: PackedElement) -> Void) {
    if isTable { return table.forEach { body(.bytes($0.key), Self.value($0)) } }
    let hasDeadlines = keepsDeadlines
    let pack = pack
    var position = Listpack.startPosition
    let end = pack.endPosition
    while position < end {
      let value = pack.position(after: position)
      body(pack.element(at: position), pack.element(at: value))
      position = pack.position(after: value)
      if hasDeadlines { position = pack.position(after: position) }
    }
  }

  /// One step of HSCAN. The small form is shown whole in the first step, whatever the cursor.
  /// - Returns: the next cursor; 0 at the end.
  package func scan(cursor: UInt64, _ body: (_ field: PackedElement, _ value: PackedElement) -> Void)
    -> UInt64
  {
    if isTable { return table.scan(cursor: cursor) { body(.bytes($0.key), Self.value($0)) } }
    forEach(body)
    return 0
  }

  /// Lends a field chosen at random, and its value, to `body`; nil if the hash is empty.
  @discardableResult
  package func random<R>(
    using generator: inout some RandomNumberGenerator,
    _ body: (_ field: PackedElement, _ value: PackedElement) -> R
  ) -> R? {
    if isTable { return table.randomEntry(using: &generator).map { body(.bytes($0.key), Self.value($0)) } }
    let pack = pack
    if pack.isEmpty { return nil }
    let index = Int.random(in: 0..<count, using: &generator) &* (isPacked ? 2 : 3)
    guard let position = pack.position(at: index) else { return nil }
    return body(pack.element(at: position), pack.element(at: pack.position(after: position)))
  }

  /// What the hash costs in memory beside its entry; an estimate.
  package var memoryBytes: Int {
    if !isTable { return 32 &+ pack.memoryBytes }
    return 32 &+ table.allocatedBytes &+ (keepsDeadlines ? deadlines.allocatedBytes : 0)
  }

  // MARK: Changing

  /// Tells the hash that strings of up to `longest` bytes are about to be set by one command: if that is
  /// beyond the limit it becomes large now, before the first of them is.
  package func prepare(longest: Int, limits: PackedLimits) {
    if !isTable, longest > limits.valueBytes { becomeTable(limits) }
  }

  /// Sets a field; true if it is new.
  /// - Parameters:
  ///   - deadline: what becomes of the field's deadline, if it has one.
  @discardableResult
  package func set(
    _ field: Bytes, to value: Bytes, limits: PackedLimits, deadline: KeptDeadline = .dropped
  ) -> Bool {
    assert(isUnique)
    guard isPacked else {
      if keepsDeadlines { return setOverDeadline(field, to: value, limits: limits, deadline: deadline) }
      return table.set(field, .bytes(value))
    }
    if field.count > limits.valueBytes || value.count > limits.valueBytes
      || !pack.mayGrow(by: field.count &+ value.count)
    {
      becomeTable(limits)
      return table.set(field, .bytes(value))
    }
    var pack = pack
    let found = pack.find(field, skip: 1)
    if let found {
      pack.replace(at: pack.position(after: found), with: value)
    } else {
      pack.append(field)
      pack.append(value)
    }
    self.pack = pack
    if pack.count / 2 > limits.entries { becomeTable(limits) }
    return found == nil
  }

  /// Removes a field; false if there is none.
  package func remove(_ field: Bytes) -> Bool {
    assert(isUnique)
    guard isPacked else { return keepsDeadlines ? removeWithDeadline(field) : table.remove(field) }
    var pack = pack
    guard let found = pack.find(field, skip: 1) else { return false }
    pack.remove(at: found, count: 2)
    self.pack = pack
    return true
  }

  /// Changes to the large form.
  func becomeTable(_ limits: PackedLimits) {
    if keepsDeadlines { return becomeDeadlineTable(limits) }
    let table = TableBox.make(seed: limits.seed)
    forEach { field, value in
      field.withBytes { field in value.withBytes { _ = table.set(field, .bytes($0)) } }
    }
    pack.release()
    unsafe header.body = table.body
    header.form = Self.tableForm
  }

  /// A hash from a listpack of pairs that came from outside (RESTORE), which it takes over; nil, with the
  /// listpack untouched, if elements do not come in pairs or a field comes twice.
  package init?(adopting pack: Listpack, seed: HashSeed) {
    let count = pack.count
    guard count > 0, count % 2 == 0 else { return nil }
    let seen = TableBox.make(seed: seed)
    defer { seen.free() }
    var position = Listpack.startPosition
    while position < pack.endPosition {
      let isNew = pack.element(at: position).withBytes { seen.set($0, .bytes(Bytes(""))) }
      guard isNew else { return nil }
      position = pack.position(after: pack.position(after: position))
    }
    unsafe header = .make(form: Self.listpackForm, body: pack.block)
  }
}
