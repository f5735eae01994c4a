// How values are read. Each function gives a container of its own, or throws with nothing left behind. See RDB.swift.

/// A value that was read.
enum RDBValue {
  case text(RDBString)
  /// Owned: to be stored or released.
  case container(NewValue)
}

extension RDBReader {
  /// The value that follows, with its type before it.
  mutating func value() throws(RDBError) -> RDBValue {
    guard let type = RDBType(rawValue: try byte()), type.isKnown(to: limits.version) else { throw RDBError() }
    switch type {
    case .string: return .text(try string())
    case .list, .listOfListpacks, .listOfZiplists, .listZiplist: return .container(.list(try list(type)))
    case .set, .setIntset, .setListpack: return .container(.set(try set(type)))
    case .hash, .hashZipmap, .hashZiplist, .hashListpack: return .container(.hash(try hash(type)))
    case .hashWithDeadlines, .hashListpackWithDeadlines: return .container(.hash(try hashWithDeadlines(type)))
    case .sortedSet, .sortedSetOfText, .sortedSetZiplist, .sortedSetListpack:
      return .container(.sortedSet(try sortedSet(type)))
    case .stream, .streamWithPast, .streamWithActiveTimes: return .container(.stream(try stream(type)))
    }
  }

  /// A packed form, as one string: a listpack, or a ziplist made into one.
  private mutating func listpack(ofZiplist: Bool = false) throws(RDBError) -> Listpack {
    let text = try string()
    guard ofZiplist else {
      guard let pack = text.withBytes({ Listpack(validating: $0) }) else { throw RDBError() }
      return pack
    }
    var pack = Listpack()
    let isWhole = text.withBytes { bytes in
      LegacyPacks.forEachOfZiplist(bytes) { element in
        switch element {
        case .bytes(let bytes): pack.append(bytes)
        case .integer(let value): pack.append(value)
        }
        return true
      }
    }
    guard isWhole else {
      pack.release()
      throw RDBError()
    }
    return pack
  }

  // MARK: Lists

  private mutating func list(_ type: RDBType) throws(RDBError) -> ListValue {
    let list = ListValue(limit: limits.listNode)
    do throws(RDBError) {
      switch type {
      case .list: for _ in 0..<(try count()) { try string().withBytes { list.pushTail($0) } }
      case .listZiplist: Self.append(try listpack(ofZiplist: true), to: list)
      case .listOfZiplists: for _ in 0..<(try count()) { Self.append(try listpack(ofZiplist: true), to: list) }
      default: for _ in 0..<(try count(bytes: 2)) { try node(of: list) }
      }
      if list.count == 0 { throw RDBError() }
    } catch {
      list.release()
      throw error
    }
    return list
  }

  private mutating func node(of list: ListValue) throws(RDBError) {
    switch try length() {
    case RDBNode.plain:
      try string().withBytes { list.pushTail($0) }
      list.isQuicklist = true
    case RDBNode.packed: Self.append(try listpack(), to: list)
    default: throw RDBError()
    }
  }

  /// Adds the elements of a listpack, which is handed over; one without elements is passed over.
  private static func append(_ pack: Listpack, to list: ListValue) {
    let count = pack.count
    if count > 0 { list.append(node: pack, count: count) } else { pack.release() }
  }

  // MARK: Sets

  private mutating func set(_ type: RDBType) throws(RDBError) -> SetValue {
    switch type {
    case .setIntset:
      guard let integers = try string().withBytes({ IntSet(validating: $0) }) else { throw RDBError() }
      let set = SetValue(adopting: integers)
      return set.count > limits.set.intsetEntries ? try rebuilt(set) : set
    case .setListpack:
      let pack = try listpack()
      guard let set = SetValue(adopting: pack, seed: limits.set.packed.seed) else {
        pack.release()
        throw RDBError()
      }
      return set.count > limits.set.packed.entries ? try rebuilt(set) : set
    default:
      let total = try count()
      guard total > 0 else { throw RDBError() }
      let limits = self.limits.set
      let set = try string().withBytes { first in
        let set = SetValue(for: first, sizeHint: total, limits: limits)
        _ = set.insert(first, limits: limits)
        return set
      }
      do throws(RDBError) {
        for _ in 1..<total {
          guard try string().withBytes({ set.insert($0, limits: limits) }) else { throw RDBError() }
        }
      } catch {
        set.release()
        throw error
      }
      return set
    }
  }

  /// A set with the same members in the form that so many take; lets the old one go.
  private func rebuilt(_ old: SetValue) throws(RDBError) -> SetValue {
    defer { old.release() }
    var result: SetValue?
    old.forEach { member in
      member.withBytes { bytes in
        let set = result ?? SetValue(for: bytes, sizeHint: old.count, limits: limits.set)
        _ = set.insert(bytes, limits: limits.set)
        result = set
      }
    }
    guard let result else { throw RDBError() }
    return result
  }

  // MARK: Hashes

  private mutating func hash(_ type: RDBType) throws(RDBError) -> HashValue {
    let limits = self.limits.hash
    if type == .hashListpack || type == .hashZiplist {
      let pack = try listpack(ofZiplist: type == .hashZiplist)
      guard let hash = HashValue(adopting: pack, seed: limits.seed) else {
        pack.release()
        throw RDBError()
      }
      if hash.count <= limits.entries { return hash }
      defer { hash.release() }
      let large = HashValue()
      hash.forEach { field, value in
        field.withBytes { field in value.withBytes { _ = large.set(field, to: $0, limits: limits) } }
      }
      return large
    }
    let hash = HashValue()
    do throws(RDBError) {
      if type == .hashZipmap {
        let isWhole = try string().withBytes { bytes in
          LegacyPacks.forEachOfZipmap(bytes) { hash.set($0, to: $1, limits: limits) }
        }
        guard isWhole else { throw RDBError() }
      } else {
        for _ in 0..<(try count(bytes: 2)) {
          let field = try string()
          let value = try string()
          let isNew = field.withBytes { field in value.withBytes { hash.set(field, to: $0, limits: limits) } }
          guard isNew else { throw RDBError() }
        }
      }
      if hash.isEmpty { throw RDBError() }
    } catch {
      hash.release()
      throw error
    }
    return hash
  }

  /// A hash whose fields may have deadlines; it is not yet in the index of any database, but knows its place there.
  private mutating func hashWithDeadlines(_ type: RDBType) throws(RDBError) -> HashValue {
    let soonest = try littleEndian(8)
    let hash = HashValue()
    do throws(RDBError) {
      hash.keepDeadlines()
      if type == .hashWithDeadlines {
        for _ in 0..<(try count(bytes: 3)) {
          let distance = try length()
          let (deadline, overflow) = soonest.addingReportingOverflow(distance)
          let field = try string()
          let value = try string()
          guard !overflow || distance == 0 else { throw RDBError() }
          try field.withBytes { (field) throws(RDBError) in
            try value.withBytes { (value) throws(RDBError) in
              try add(field, value, distance == 0 ? 0 : deadline - 1, to: hash)
            }
          }
        }
      } else {
        let pack = try listpack()
        defer { pack.release() }
        guard pack.count % 3 == 0 else { throw RDBError() }
        var position = Listpack.startPosition
        while position < pack.endPosition {
          let valueAt = pack.position(after: position)
          let deadlineAt = pack.position(after: valueAt)
          guard case .integer(let deadline) = pack.element(at: deadlineAt), deadline >= 0 else { throw RDBError() }
          let field = pack.element(at: position).withBytes { $0.copied() }
          let value = pack.element(at: valueAt).withBytes { $0.copied() }
          try field.withBytes { (field) throws(RDBError) in
            try value.withBytes { (value) throws(RDBError) in try add(field, value, UInt64(deadline), to: hash) }
          }
          position = pack.position(after: deadlineAt)
        }
      }
      if hash.isEmpty { throw RDBError() }
    } catch {
      hash.release()
      throw error
    }
    hash.indexedDeadline = hash.soonestDeadline
    return hash
  }

  /// Adds a field, which must be new, with its deadline; 0 is none.
  private func add(_ field: Bytes, _ value: Bytes, _ deadline: UInt64, to hash: HashValue) throws(RDBError) {
    guard deadline < UInt64(Entry.noDeadline), hash.set(field, to: value, limits: limits.hash) else { throw RDBError() }
    if deadline > 0 { hash.setDeadline(Int64(deadline), of: field) }
  }

  // MARK: Sorted sets

  /// Whether a member, or one of the `count` to come, is too long for the small form.
  private func hasLongMember(_ member: RDBString, _ count: Int, _ type: RDBType) throws(RDBError) -> Bool {
    let limit = limits.sortedSet.valueBytes
    if member.withBytes({ $0.count > limit }) { return true }
    var ahead = self
    for _ in 0..<count {
      if try ahead.string().withBytes({ $0.count > limit }) { return true }
      _ = type == .sortedSet ? try ahead.double() : try ahead.doubleAsText()
    }
    return false
  }

  private mutating func sortedSet(_ type: RDBType) throws(RDBError) -> SortedSetValue {
    let limits = self.limits.sortedSet
    if type == .sortedSetListpack || type == .sortedSetZiplist {
      let pack = try listpack(ofZiplist: type == .sortedSetZiplist)
      guard let set = SortedSetValue(adopting: pack, seed: limits.seed) else {
        pack.release()
        throw RDBError()
      }
      if set.count > limits.entries { set.becomeTable(seed: limits.seed) }
      return set
    }
    let set = SortedSetValue()
    do throws(RDBError) {
      let count = try count(bytes: 2)
      if count > limits.entries { set.becomeTable(seed: limits.seed) }
      for index in 0..<count {
        let member = try string()
        let score = type == .sortedSet ? try double() : try doubleAsText()
        // The small form has no negative zero. One that is to be in the large form never goes through the small one.
        if score == 0, score.sign == .minus, set.packed != nil, try hasLongMember(member, count - index - 1, type) {
          set.becomeTable(seed: limits.seed)
        }
        guard !score.isNaN, member.withBytes({ set.set($0, to: score, limits: limits) }) == .added else {
          throw RDBError()
        }
      }
      if set.isEmpty { throw RDBError() }
    } catch {
      set.release()
      throw error
    }
    return set
  }
}
