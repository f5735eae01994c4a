// StreamReferences: what becomes of an entry's traces in consumer groups when the entry is to be deleted: KEEPREF, DELREF
// and ACKED of XADD, XTRIM, XDELEX and XACKDEL.
//
// A group has a trace of an entry while the entry is pending in it. With ACKED it also needs each entry that it has not
// delivered yet.

enum StreamReferences {
  /// They stay: what is pending may be of entries that are gone.
  case kept
  /// They go with the entry.
  case deleted
  /// An entry stays while a group needs it.
  case respected

  /// Nil if the word names none.
  init?(_ word: Bytes) {
    if word.matches("KEEPREF") {
      self = .kept
    } else if word.matches("DELREF") {
      self = .deleted
    } else if word.matches("ACKED") {
      self = .respected
    } else {
      return nil
    }
  }

  /// The grammar of it.
  static let argument = Argument.oneOf(
    "condition", [.token("KEEPREF"), .token("DELREF"), .token("ACKED")])
}

extension StreamGroups {
  /// Whether a group has not got an entry yet, or has it pending.
  func need(_ id: StreamID) -> Bool {
    groups.contains { $0.lastID < id || $0.pending.find(id) != nil }
  }

  /// An entry is pending in no group any more.
  func forget(_ id: StreamID) {
    for index in groups.indices { self[index].acknowledge(id) }
  }
}

extension StreamTrim {
  /// Shortens a stream with consumer groups, minding them.
  func apply(to stream: StreamValue, minding groups: StreamGroups, _ configuration: borrowing Configuration) -> Int {
    let surplus: Int
    let upper: StreamID
    switch strategy {
    case .none: return 0
    case .length(let length): (surplus, upper) = (stream.length - length, .max)
    case .minimum(let id):
      guard let last = id.previous else { return 0 }
      (surplus, upper) = (.max, last)
    }
    guard surplus > 0 else { return 0 }
    var ids: [StreamID] = []
    if references == .respected && !isApproximate {
      stream.forEach(from: .zero, through: upper, limit: .max) {
        if ids.count < surplus && !groups.need($0.id) { ids.append($0.id) }
      }
      for id in ids {
        _ = stream.delete(id)
        if id > stream.maxDeletedID { stream.maxDeletedID = id }
      }
      return ids.count
    }
    // Those that may go, oldest first; so many of the first of them go.
    stream.forEach(from: .zero, through: upper, limit: surplus) { ids.append($0.id) }
    if references == .respected {
      guard let needed = ids.firstIndex(where: groups.need) else { return applyPlainly(to: stream, configuration) }
      // Whole blocks only, and none with an entry that is needed.
      var sparing = self
      sparing.strategy = .minimum(ids[needed])
      return sparing.applyPlainly(to: stream, configuration)
    }
    let deleted = applyPlainly(to: stream, configuration)
    for id in ids.prefix(deleted) { groups.forget(id) }
    return deleted
  }
}
