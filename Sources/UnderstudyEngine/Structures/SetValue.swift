// SetValue: the set type, in one of three forms: an intset while all members are integers; a listpack while
// members are few and short (from 7.2 on: with `entries` 0 in the limits there is none, as in 7.0); else a
// KeyTable with empty values. The form only ever grows.
//
// Ownership: a handle, counted by hand. `clone` shares the block or takes the table's snapshot, in constant
// time; later changes copy what they touch. Every changing call wants `isUnique`. Members handed out are
// borrowed and live until the set is changed next; strings handed in must not come from the set itself.
//
// This file says `unsafe`. What keeps it safe: the form in the header says what the body is, and nobody but
// this file writes either.

/// The limits of a set's small forms.
package struct SetLimits: Sendable {
  /// The most members of an intset: `set-max-intset-entries`.
  package var intsetEntries: Int
  /// The limits of the listpack form; its `entries` are 0 where the emulated version has none.
  package var packed: PackedLimits

  package init(intsetEntries: Int = 512, packed: PackedLimits) {
    self.intsetEntries = intsetEntries
    self.packed = packed
  }
}

/// A set: a handle on an intset, a listpack or a key table.
@safe
package struct SetValue {
  let header: FormHeader

  static let intsetForm: UInt32 = 0
  static let listpackForm: UInt32 = 1
  static let tableForm: UInt32 = 2

  // MARK: Life

  /// An empty set in the form that suits a first member and the number of members a command brings.
  package init(for first: Bytes, sizeHint: Int = 1, limits: SetLimits) {
    if NumberText.parseInt64(first) != nil, sizeHint <= limits.intsetEntries || limits.packed.entries == 0 {
      unsafe header = .make(form: Self.intsetForm, body: IntSet().block)
    } else if sizeHint <= limits.packed.entries {
      unsafe header = .make(form: Self.listpackForm, body: Listpack().block)
    } else {
      unsafe header = .make(form: Self.tableForm, body: TableBox.make(seed: limits.packed.seed).body)
    }
  }

  /// A handle on a set that another handle made: an entry's container pointer.
  @inline(__always)
  package init(pointer: UnsafeMutableRawPointer) { unsafe header = FormHeader(pointer: pointer) }

  /// A set from an intset that came from outside (RESTORE), which it takes over.
  package init(adopting intset: IntSet) { unsafe header = .make(form: Self.intsetForm, body: intset.block) }

  /// A set from a listpack that came from outside (RESTORE), which it takes over; nil, with the listpack
  /// untouched, if it is empty or a member comes twice.
  package init?(adopting pack: Listpack, seed: HashSeed) {
    if pack.isEmpty { return nil }
    let seen = TableBox.make(seed: seed)
    defer { seen.free() }
    var position = Listpack.startPosition
    while position < pack.endPosition {
      let isNew = pack.element(at: position).withBytes { seen.set($0, .bytes(Bytes(""))) }
      guard isNew else { return nil }
      position = pack.position(after: position)
    }
    unsafe header = .make(form: Self.listpackForm, body: pack.block)
  }

  /// What the entry keeps.
  package var pointer: UnsafeMutableRawPointer { unsafe header.pointer }

  /// Adds an owner.
  package func retain() { header.retain() }

  /// Whether this is the only owner.
  @inline(__always)
  package var isUnique: Bool { header.isUnique }

  /// Gives up an owner; the last one frees the set.
  package func release() {
    guard header.dropsLast() else { return }
    releaseBody()
    header.free()
  }

  /// Frees a part of a set that nobody needs any more: about `budget` members. From the first call on the set
  /// may only be asked this again. Answers whether all is freed, the set included.
  func releaseSome(budget: Int) -> Bool {
    if isUnique, header.form == Self.tableForm, !table.releaseSome(budget: budget) { return false }
    release()
    return true
  }

  private func releaseBody() {
    switch header.form {
    case Self.intsetForm: intset.release()
    case Self.listpackForm: pack.release()
    default: table.free()
    }
  }

  /// A set of its own that shares everything until either side changes it.
  package func clone() -> SetValue {
    switch header.form {
    case Self.intsetForm: intset.retain()
    case Self.listpackForm: pack.retain()
    default:
      return unsafe SetValue(
        pointer: FormHeader.make(form: Self.tableForm, body: table.snapshot().body).pointer)
    }
    return unsafe SetValue(pointer: FormHeader.make(form: header.form, body: header.body).pointer)
  }

  @inline(__always)
  var intset: IntSet {
    get { unsafe IntSet(block: header.body) }
    nonmutating set { unsafe header.body = newValue.block }
  }

  @inline(__always)
  var pack: Listpack {
    get { unsafe Listpack(block: header.body) }
    nonmutating set { unsafe header.body = newValue.block }
  }

  @inline(__always)
  var table: TableBox { unsafe TableBox(body: header.body) }

  // MARK: Reading

  /// The number of members.
  package var count: Int {
    switch header.form {
    case Self.intsetForm: intset.count
    case Self.listpackForm: pack.count
    default: table.count
    }
  }

  package var isEmpty: Bool { count == 0 }

  /// The name of the form: "intset", "listpack" or "hashtable".
  package var encoding: StaticString {
    switch header.form {
    case Self.intsetForm: "intset"
    case Self.listpackForm: "listpack"
    default: "hashtable"
    }
  }

  /// Whether `member` is in the set.
  package func contains(_ member: Bytes) -> Bool {
    switch header.form {
    case Self.intsetForm: NumberText.parseInt64(member).map { intset.contains($0) } ?? false
    case Self.listpackForm: pack.find(member) != nil
    default: table.find(member) != nil
    }
  }

  /// Whether a member handed out by another set is in this one.
  package func contains(_ member: PackedElement) -> Bool {
    if case .integer(let value) = member, header.form == Self.intsetForm { return intset.contains(value) }
    return member.withBytes { contains($0) }
  }

  /// Lends every member to `body`, which must not change the set.
  package func forEach(_ body: (PackedElement) -> Void) {
    switch header.form {
    case Self.intsetForm:
      let intset = intset
      for index in 0..<intset.count { body(.integer(intset[index])) }
    case Self.listpackForm:
      let pack = pack
      var position = Listpack.startPosition
      let end = pack.endPosition
      while position < end {
        body(pack.element(at: position))
        position = pack.position(after: position)
      }
    default: table.forEach { body(.bytes($0.key)) }
    }
  }

  /// One step of SSCAN. The small forms are shown whole in the first step, whatever the cursor.
  /// - Returns: the next cursor; 0 at the end.
  package func scan(cursor: UInt64, _ body: (PackedElement) -> Void) -> UInt64 {
    if header.form == Self.tableForm { return table.scan(cursor: cursor) { body(.bytes($0.key)) } }
    forEach(body)
    return 0
  }

  /// Lends a member chosen at random to `body`; nil if the set is empty.
  @discardableResult
  package func random<R>(using generator: inout some RandomNumberGenerator, _ body: (PackedElement) -> R)
    -> R?
  {
    let count = count
    if count == 0 { return nil }
    switch header.form {
    case Self.intsetForm: return body(.integer(intset[Int.random(in: 0..<count, using: &generator)]))
    case Self.listpackForm:
      let pack = pack
      return pack.position(at: Int.random(in: 0..<count, using: &generator)).map {
        body(pack.element(at: $0))
      }
    default: return table.randomEntry(using: &generator).map { body(.bytes($0.key)) }
    }
  }

  /// The intset of that form, for DUMP.
  package var packedIntegers: IntSet? { header.form == Self.intsetForm ? intset : nil }

  /// The listpack of that form, for DUMP.
  package var packed: Listpack? { header.form == Self.listpackForm ? pack : nil }

  /// What the set costs in memory beside its entry; an estimate.
  package var memoryBytes: Int {
    switch header.form {
    case Self.intsetForm: 32 &+ intset.memoryBytes
    case Self.listpackForm: 32 &+ pack.memoryBytes
    default: 32 &+ table.allocatedBytes
    }
  }

  // MARK: Changing

  /// Adds a member; false if it was there.
  @discardableResult
  package func insert(_ member: Bytes, limits: SetLimits) -> Bool {
    assert(isUnique)
    switch header.form {
    case Self.tableForm: return table.set(member, .bytes(Bytes("")))
    case Self.intsetForm:
      guard let value = NumberText.parseInt64(member) else {
        leaveIntset(for: member, limits)
        return insert(member, limits: limits)
      }
      var intset = intset
      let isNew = intset.insert(value)
      self.intset = intset
      if isNew, intset.count > min(limits.intsetEntries, 1 << 30) { becomeTable(limits.packed.seed) }
      return isNew
    default:
      var pack = pack
      if pack.find(member) != nil { return false }
      if pack.count < limits.packed.entries, member.count <= limits.packed.valueBytes,
        pack.mayGrow(by: member.count)
      {
        pack.append(member)
        self.pack = pack
      } else {
        becomeTable(limits.packed.seed)
        _ = table.set(member, .bytes(Bytes("")))
      }
      return true
    }
  }

  /// Adds a member handed out by another set; false if it was there.
  @discardableResult
  package func insert(_ member: PackedElement, limits: SetLimits) -> Bool {
    member.withBytes { insert($0, limits: limits) }
  }

  /// Removes a member; false if it was not there.
  @discardableResult
  package func remove(_ member: Bytes) -> Bool {
    assert(isUnique)
    switch header.form {
    case Self.intsetForm:
      guard let value = NumberText.parseInt64(member) else { return false }
      var intset = intset
      let existed = intset.remove(value)
      self.intset = intset
      return existed
    case Self.listpackForm:
      var pack = pack
      guard let position = pack.find(member) else { return false }
      pack.remove(at: position)
      self.pack = pack
      return true
    default: return table.remove(member)
    }
  }

  /// Lends a member chosen at random to `body` and removes it; nil if the set is empty.
  package func popRandom<R>(using generator: inout some RandomNumberGenerator, _ body: (PackedElement) -> R)
    -> R?
  {
    assert(isUnique)
    let count = count
    if count == 0 { return nil }
    switch header.form {
    case Self.intsetForm:
      var intset = intset
      let index = Int.random(in: 0..<count, using: &generator)
      let result = body(.integer(intset[index]))
      intset.remove(at: index)
      self.intset = intset
      return result
    case Self.listpackForm:
      var pack = pack
      guard let position = pack.position(at: Int.random(in: 0..<count, using: &generator)) else { return nil }
      let result = body(pack.element(at: position))
      pack.remove(at: position)
      self.pack = pack
      return result
    default:
      guard let entry = table.randomEntry(using: &generator) else { return nil }
      let result = body(.bytes(entry.key))
      _ = table.remove(entry.key)
      return result
    }
  }

  /// A member that is no integer arrives: a listpack if everything fits there, else a table.
  private func leaveIntset(for member: Bytes, _ limits: SetLimits) {
    let intset = intset
    let count = intset.count
    var longest = member.count
    if count > 0 {
      longest = max(longest, NumberText.length(of: intset[0]), NumberText.length(of: intset[count &- 1]))
    }
    if count >= limits.packed.entries || longest > limits.packed.valueBytes {
      return becomeTable(limits.packed.seed)
    }
    var pack = Listpack()
    for index in 0..<count { pack.append(intset[index]) }
    intset.release()
    self.pack = pack
    header.form = Self.listpackForm
  }

  private func becomeTable(_ seed: HashSeed) {
    let table = TableBox.make(seed: seed)
    forEach { $0.withBytes { _ = table.set($0, .bytes(Bytes(""))) } }
    releaseBody()
    unsafe header.body = table.body
    header.form = Self.tableForm
  }
}
