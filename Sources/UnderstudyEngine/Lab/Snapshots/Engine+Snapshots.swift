// Snapshots, reached from the program that the engine lives in. The control port's LAB.SNAPSHOT has the same names.
//
// Each takes the lock. While a client's script runs a call helps it along until the script's time limit, and is refused as
// busy after that, as embedded calls are. Whoever has restored finds done what that made due: waiting clients are served.
//
// This file may say `unsafe`. What keeps it safe: everything happens under the lock.

/// Why a snapshot could not be saved or restored.
package enum SnapshotFailure: Error, Sendable {
  /// As for an embedded call.
  case call(EmbeddedCallError)
  /// There is no such snapshot.
  case unknown
  /// It has keys in so many databases, and the engine has fewer.
  case tooFewDatabases(needed: Int)
  /// What another engine had cannot be read.
  case unreadable
}

/// What is known of a snapshot.
package struct SnapshotDescription: Sendable {
  package let name: String
  package let keyCount: Int
  /// What dropping it would free.
  package let bytesHeld: Int
  /// Milliseconds of the data clock.
  package let savedAt: Int64
}

extension Engine {
  /// Saves all data; answers what `restoreSnapshot` and `dropSnapshot` want, and how many keys there are.
  package func saveSnapshot() throws(SnapshotFailure) -> (identifier: UInt64, keyCount: Int) {
    try betweenCommands { () throws(SnapshotFailure) in
      let saved = unsafe state.pointee.saveData()
      return (saved.identifier, saved.keyCount)
    }
  }

  /// Saves all data under a name, which is not empty.
  package func saveSnapshot(named name: String) throws(SnapshotFailure) {
    try betweenCommands { () throws(SnapshotFailure) in _ = unsafe state.pointee.saveData(as: Array(name.utf8)) }
  }

  package func restoreSnapshot(_ identifier: UInt64) throws(SnapshotFailure) {
    try restore { unsafe state.pointee.snapshots.find(identifier) }
  }

  package func restoreSnapshot(named name: String) throws(SnapshotFailure) {
    try restore { Array(name.utf8).withBytes { unsafe state.pointee.snapshots.find($0) } }
  }

  private func restore(_ find: () -> SavedData?) throws(SnapshotFailure) {
    try betweenCommands { () throws(SnapshotFailure) in
      guard let saved = find() else { throw .unknown }
      unsafe state.pointee.restoreData(saved)
      settleClocks()
    }
  }

  /// Forgets a snapshot. May be called from inside the executor: handles go away anywhere.
  package func dropSnapshot(_ identifier: UInt64) {
    func drop() {
      if let saved = unsafe state.pointee.snapshots.find(identifier) { unsafe state.pointee.dropData(saved) }
    }
    if isEntered { drop() } else { withLock { drop() } }
  }

  package func dropSnapshot(named name: String) throws(SnapshotFailure) {
    if isEntered { throw .call(.reentrant) }
    try withLock { () throws(SnapshotFailure) in
      guard let saved = Array(name.utf8).withBytes({ unsafe state.pointee.snapshots.find($0) }) else {
        throw .unknown
      }
      unsafe state.pointee.dropData(saved)
    }
  }

  /// The snapshots that have names, the oldest first.
  package func namedSnapshots() throws(SnapshotFailure) -> [SnapshotDescription] {
    if isEntered { throw .call(.reentrant) }
    return withLock {
      unsafe state.pointee.snapshots.named.map { saved in
        SnapshotDescription(
          name: saved.name.withBytes { $0.text }, keyCount: saved.keyCount,
          bytesHeld: unsafe Int(clamping: state.pointee.bytesHeld(by: saved)), savedAt: saved.savedAt)
      }
    }
  }

  // MARK: From one engine to another

  /// A copy of a snapshot that another engine can load; made once.
  package func snapshotImage(_ identifier: UInt64) throws(SnapshotFailure) -> DataImage {
    if isEntered { throw .call(.reentrant) }
    return try withLock { () throws(SnapshotFailure) in
      guard let saved = unsafe state.pointee.snapshots.find(identifier) else { throw .unknown }
      if let image = saved.image { return image }
      let image = unsafe DataImage(saved, countsFrequency: state.pointee.access.countsFrequency)
      saved.image = image
      return image
    }
  }

  /// Makes all data what another engine had.
  package func load(_ image: DataImage) throws(SnapshotFailure) {
    try betweenCommands { () throws(SnapshotFailure) in
      guard unsafe image.databaseCount <= state.pointee.databaseCount else {
        throw .tooFewDatabases(needed: image.databaseCount)
      }
      guard unsafe state.pointee.loadData(image, limits: state.pointee.rdbLimits) else { throw .unreadable }
      settleClocks()
    }
  }

  private func betweenCommands<Result>(
    _ body: () throws(SnapshotFailure) -> Result
  ) throws(SnapshotFailure) -> Result {
    if isEntered { throw .call(.reentrant) }
    lock()
    defer { unlock() }
    do throws(EmbeddedCallError) { try waitForScripts() } catch { throw .call(error) }
    return try body()
  }
}
