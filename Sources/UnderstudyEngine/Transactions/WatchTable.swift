// WATCH: which sessions want to know that a key was changed before their EXEC.
//
// Found by the key's hash, so that a write of a key that nobody watches costs one look-up and no allocation. A key that
// had already expired when it was watched is not changed by being removed (as on the real server).
//
// This file may say `unsafe`. What keeps it safe: a session is taken out of the table before it is freed.

/// A key that a session watches.
struct WatchedKey {
  let database: Int32
  let key: [UInt8]
  let hash: UInt64
}

@safe
struct WatchTable {
  @safe
  struct Watcher {
    let session: SessionPointer
    let database: Int32
    let key: [UInt8]
    /// The key was expired, though not yet removed, when it was watched.
    var wasExpired: Bool
  }
  private(set) var watchers: [UInt64: [Watcher]] = [:]

  var isEmpty: Bool { watchers.isEmpty }

  /// How many keys are watched, by however many.
  var keyCount: Int {
    var keys: Set<[UInt8]> = []
    for watcher in watchers.values.joined() { keys.insert(watcher.key + [UInt8(truncatingIfNeeded: watcher.database)]) }
    return keys.count
  }

  /// Adds a watch; false if the session watches the key already.
  mutating func add(_ session: SessionPointer, _ key: WatchedKey, wasExpired: Bool) -> Bool {
    let known = watchers[key.hash]?.contains {
      unsafe $0.session == session && $0.database == key.database && $0.key == key.key
    }
    if known == true { return false }
    unsafe watchers[key.hash, default: []].append(
      Watcher(session: session, database: key.database, key: key.key, wasExpired: wasExpired))
    return true
  }

  mutating func remove(_ session: SessionPointer, _ key: WatchedKey) {
    guard var list = watchers[key.hash] else { return }
    list.removeAll { unsafe $0.session == session && $0.database == key.database && $0.key == key.key }
    watchers[key.hash] = list.isEmpty ? nil : list
  }

  /// A key was changed. `exists` tells whether it is there now.
  mutating func touch(_ bytes: Bytes, hash: UInt64, database: Int32, exists: @autoclosure () -> Bool) {
    guard var list = watchers[hash] else { return }
    for index in list.indices where list[index].database == database {
      guard list[index].key.withBytes({ $0 == bytes }) else { continue }
      if list[index].wasExpired && !exists() {
        list[index].wasExpired = false
        continue
      }
      unsafe list[index].session.pointee.flags.insert(.dirtyWatch)
    }
    watchers[hash] = list
  }

  /// All keys of a database were removed, or replaced by those of another. `before` and `after` tell of one key
  /// whether it was there (expired or not), and whether it will be: absent, present, or present but expired.
  mutating func touchAll(
    database: Int32, before: (Bytes, UInt64) -> Bool, after: (Bytes, UInt64) -> KeyPresence
  ) {
    for hash in watchers.keys {
      guard var list = watchers[hash] else { continue }
      for index in list.indices where list[index].database == database {
        let (was, will) = list[index].key.withBytes { (before($0, hash), after($0, hash)) }
        guard was || will != .absent else { continue }
        if list[index].wasExpired {
          if will == .absent {
            list[index].wasExpired = false
            continue
          }
          if will == .expired { continue }
        } else if !was && will == .expired {
          list[index].wasExpired = true
          continue
        }
        unsafe list[index].session.pointee.flags.insert(.dirtyWatch)
      }
      watchers[hash] = list
    }
  }
}

/// Whether a key is there.
enum KeyPresence { case absent, expired, present }

extension Dispatcher {
  /// WATCH of one key.
  func watch(_ session: SessionPointer, _ key: Key) {
    let database = unsafe session.pointee.database
    let watched = WatchedKey(database: database, key: key.bytes.copied(), hash: key.hash)
    let wasExpired = unsafe state.pointee.presence(of: key, in: database) == .expired
    if unsafe state.pointee.watches.add(session, watched, wasExpired: wasExpired) {
      unsafe session.pointee.extra.watched.append(watched)
      unsafe state.pointee.interest.insert(.watches)
    }
  }

  func unwatchAll(_ session: SessionPointer) {
    guard let extras = unsafe session.pointee.extras, !extras.watched.isEmpty else { return }
    for key in extras.watched { unsafe state.pointee.watches.remove(session, key) }
    extras.watched.removeAll()
    if unsafe state.pointee.watches.isEmpty { unsafe state.pointee.interest.remove(.watches) }
  }

  /// Whether a watched key has expired since it was watched: EXEC then answers nil.
  func hasExpiredWatch(_ session: SessionPointer) -> Bool {
    guard let extras = unsafe session.pointee.extras else { return false }
    for watched in extras.watched {
      let expired = watched.key.withBytes { bytes in
        unsafe state.pointee.presence(of: Key(bytes: bytes, hash: watched.hash), in: watched.database) == .expired
      }
      guard expired else { continue }
      let known = unsafe state.pointee.watches.watchers[watched.hash]?.first {
        unsafe $0.session == session && $0.database == watched.database && $0.key == watched.key
      }
      if let known, !known.wasExpired { return true }
    }
    return false
  }
}
