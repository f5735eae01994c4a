// SavedData: all databases as they were at one time. What has not changed since is shared with the keyspace and with other
// snapshots, by the counts of tables, entries, containers and indexes; nothing here is ever changed.
//
// It belongs to its engine and is touched under its lock only: the counts are not atomic. What another engine gets of it is
// a copy (DataImage.swift).
//
// This file says `unsafe`. What keeps it safe: the graveyard is the engine's, and lives as long.

/// One snapshot.
final class SavedData {
  let identifier: UInt64
  /// Empty if it is known by its identifier alone.
  let name: [UInt8]
  /// Milliseconds of the data clock.
  let savedAt: Int64
  /// The keys of all databases, those included that had expired and were not yet removed.
  let keyCount: Int
  /// The databases that had keys.
  fileprivate(set) var databases: [SavedDatabase]
  /// What another engine can read; made when the first one asks.
  var image: DataImage?

  init(identifier: UInt64, name: [UInt8], savedAt: Int64, databases: [SavedDatabase]) {
    self.identifier = identifier
    self.name = name
    self.savedAt = savedAt
    self.databases = databases
    keyCount = databases.reduce(0) { $0 + $1.content.table.count }
  }

  /// What it costs in memory itself; an estimate.
  var ownBytes: Int { 160 + name.count + databases.count * 240 }

  /// Frees what nobody else holds, in steps. The snapshot may not be used again.
  func bury(in graveyard: UnsafeMutablePointer<Graveyard>) {
    for database in databases { unsafe database.content.bury(in: graveyard) }
    databases = []
    image = nil
  }

  /// Counts down as if the snapshot were dropped, and adds what that would free. See KeyTable+Trial.swift.
  func giveUpOnTrial(_ found: inout TrialFinding) {
    for database in databases {
      database.content.table.giveUpOnTrial(&found)
      database.content.expiry.giveUpOnTrial(&found)
      database.content.fieldExpiry.giveUpOnTrial(&found)
    }
  }

  /// Counts up again.
  func takeBack() {
    for database in databases {
      database.content.table.takeBack()
      database.content.expiry.takeBack()
      database.content.fieldExpiry.takeBack()
    }
  }
}

/// One database of a snapshot, in an object of its own: an array holds no content that cannot be copied.
final class SavedDatabase {
  let number: Int32
  fileprivate(set) var content: DatabaseContent

  init(number: Int32, content: consuming DatabaseContent) {
    self.number = number
    self.content = content
  }
}
