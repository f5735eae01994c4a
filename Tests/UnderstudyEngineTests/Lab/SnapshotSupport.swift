// What tests of snapshots share: all data of an engine, or of a snapshot, as text, byte for byte.

import Testing

@testable import UnderstudyEngine

/// All that is in some databases: for each key its database, name, deadline, use, encoding and value, in order.
struct WholeData: Equatable {
  private(set) var lines: [String] = []

  fileprivate mutating func add(_ database: Int, _ table: borrowing KeyTable) {
    var found: [String] = []
    table.forEach { entry in
      var writer = RDBWriter(version: 12, compresses: false)
      writer.value(entry)
      let encoding = entry.kind == .hash ? "\(entry.hash.encoding)" : "\(entry.kind)"
      found.append(
        "\(database) \(entry.key.text) \(entry.deadlineMilliseconds) \(entry.access) \(encoding) \(writer.bytes)")
    }
    lines += found.sorted()
  }
}

extension EngineHarness {
  /// The data as it is.
  var data: WholeData {
    engine.withLock {
      var whole = WholeData()
      for index in 0..<(unsafe engine.state.pointee.databaseCount) {
        unsafe whole.add(index, engine.state.pointee.databases[index].table)
      }
      return whole
    }
  }

  /// What a snapshot holds.
  func data(of saved: SavedData) -> WholeData {
    engine.withLock {
      var whole = WholeData()
      for database in saved.databases { whole.add(Int(database.number), database.content.table) }
      return whole
    }
  }

  func save() -> SavedData { engine.withLock { unsafe engine.state.pointee.saveData() } }

  func restore(_ saved: SavedData) { engine.withLock { unsafe engine.state.pointee.restoreData(saved) } }

  func drop(_ saved: SavedData) { engine.withLock { unsafe engine.state.pointee.dropData(saved) } }

  /// What is wrong with the databases: the tables' own invariants, and that the indexes hold all deadlines and no others.
  var violations: [String] {
    engine.withLock {
      var found: [String] = []
      for index in 0..<(unsafe engine.state.pointee.databaseCount) {
        let database = unsafe engine.state.pointee.databases + index
        unsafe found += database.pointee.table.invariantViolations()
        var (keys, hashes) = (0, 0)
        unsafe database.pointee.table.forEach { entry in
          if entry.deadlineMilliseconds != Entry.noDeadline { keys += 1 }
          if entry.hasFieldDeadlines, entry.hash.indexedDeadline != Entry.noDeadline { hashes += 1 }
        }
        unsafe found += database.pointee.expiry.count == keys ? [] : ["\(keys) keys with deadlines"]
        unsafe found += database.pointee.fieldExpiry.count == hashes ? [] : ["\(hashes) hashes with deadlines"]
        // Each item leads to an entry.
        let copy = unsafe database.pointee.content()
        unsafe found += Self.lost(copy.expiry.clone(), database)
      }
      return found
    }
  }

  private static func lost(_ index: consuming ExpiryIndex, _ database: UnsafeMutablePointer<Database>) -> [String] {
    var found: [String] = []
    while let item = index.popDue(now: .max) {
      if unsafe database.pointee.entry(of: item) == nil { found.append("no entry behind \(item)") }
    }
    return found
  }
}
