// Snapshots of all data: for tests that share one prepared data set, or come back to where they were. With names they are
// those of the control port's LAB.SNAPSHOT; without, they live as long as somebody holds them.

internal import UnderstudyEngine

extension RedisServer {
  /// All data of a server as it was at one time, in all databases, with times to live.
  ///
  /// ```swift
  /// try await RedisServer.run { redis in
  ///   try redis.set("stock", "10")
  ///   let seeded = try redis.snapshot()
  ///   try redis.delete("stock")
  ///   try redis.restore(seeded)  // as often as you like
  /// }
  /// ```
  ///
  /// It is a value: copies are the same snapshot, which goes away with the last of them. It stays good when its server is
  /// stopped. See <doc:Snapshots>.
  public struct Snapshot: Sendable {
    let hold: SnapshotHold
    /// The keys in it, of all databases.
    public let keyCount: Int
  }

  /// What is known of a snapshot that has a name.
  public struct SnapshotDescription: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// The keys in it, of all databases.
    public let keyCount: Int
    /// The bytes that only this snapshot holds: what dropping it would free.
    public let bytesHeld: Int
    /// When it was saved: the time of the server's data clock, since 1970.
    public let savedAt: Duration
  }

  // MARK: Held by the program

  /// Saves all data, in constant time: memory is shared until either side changes.
  ///
  /// A client's script that is running is helped along first, until its time limit: a snapshot never holds half a command.
  ///
  /// - Throws: ``RedisServerError/busy`` if a command goes on for too long; ``RedisServerError/notRunning``;
  ///   ``RedisServerError/reentrantCall``.
  public func snapshot() throws(RedisServerError) -> Snapshot {
    let engine = try runningEngine()
    let saved = try snapshots { () throws(SnapshotFailure) in try engine.saveSnapshot() }
    let hold = SnapshotHold(engine: engine, identifier: saved.identifier) { [weak self] in self?.wakeLoop() }
    return Snapshot(hold: hold, keyCount: saved.keyCount)
  }

  /// Makes all data what a snapshot holds; the snapshot stays good. Of what is there now nothing is left.
  ///
  /// A snapshot of this server is restored in constant time. One of another server is copied, in time proportional to the
  /// data: about a microsecond for a small key.
  ///
  /// `EXEC` of a client that watches keys answers nil, what clients have cached is invalidated, and clients that wait for
  /// keys which are there now are served before this returns. Times to live go on by the data clock: what is over its time
  /// by then is gone.
  ///
  /// - Throws: as ``snapshot()``; ``RedisServerError/invalidOption(_:)`` if the snapshot has keys in a database that this
  ///   server has not, and then nothing has changed. What was there before goes before another server's data is read: if
  ///   that could not be read, which would be a fault of this library, the error would say so, and there would be no data.
  public func restore(_ snapshot: Snapshot) throws(RedisServerError) {
    let engine = try runningEngine()
    let hold = snapshot.hold
    try snapshots { () throws(SnapshotFailure) in
      if engine === hold.engine {
        try engine.restoreSnapshot(hold.identifier)
      } else {
        try engine.load(try hold.engine.snapshotImage(hold.identifier))
      }
    }
    wakeLoop()
  }

  /// Makes a server that begins with another one's data, and starts it: a fork of a prepared data set.
  ///
  /// - Parameters:
  ///   - snapshot: what it begins with; copied, as by ``restore(_:)``.
  ///   - options: what it starts with otherwise.
  /// - Throws: as ``start(_:)`` and ``restore(_:)``.
  public static func start(
    with snapshot: Snapshot, _ options: Options = Options()
  ) async throws(RedisServerError) -> RedisServer {
    let server = try await start(options)
    do {
      try server.restore(snapshot)
    } catch {
      await server.stop()
      throw error
    }
    return server
  }

  // MARK: With names

  /// Saves all data under a name, in place of what had that name before. The control port's `LAB.SNAPSHOT SAVE`.
  ///
  /// - Throws: as ``snapshot()``; ``RedisServerError/invalidOption(_:)`` for an empty name.
  public func saveSnapshot(_ name: String) throws(RedisServerError) {
    let engine = try runningEngine()
    if name.isEmpty { throw .invalidOption("a snapshot needs a name that is not empty") }
    try snapshots(named: name) { () throws(SnapshotFailure) in try engine.saveSnapshot(named: name) }
    wakeLoop()
  }

  /// Makes all data what was saved under a name; see ``restore(_:)``.
  ///
  /// - Throws: as ``restore(_:)``; ``RedisServerError/invalidOption(_:)`` if there is no snapshot of that name.
  public func restoreSnapshot(_ name: String) throws(RedisServerError) {
    let engine = try runningEngine()
    try snapshots(named: name) { () throws(SnapshotFailure) in try engine.restoreSnapshot(named: name) }
    wakeLoop()
  }

  /// Forgets what was saved under a name. What only it holds is freed in steps.
  ///
  /// - Throws: ``RedisServerError/invalidOption(_:)`` if there is no snapshot of that name;
  ///   ``RedisServerError/notRunning``; ``RedisServerError/reentrantCall``.
  public func dropSnapshot(_ name: String) throws(RedisServerError) {
    let engine = try runningEngine()
    try snapshots(named: name) { () throws(SnapshotFailure) in try engine.dropSnapshot(named: name) }
    wakeLoop()
  }

  /// The snapshots that have names, the oldest first.
  ///
  /// - Throws: ``RedisServerError/notRunning``; ``RedisServerError/reentrantCall``.
  public func namedSnapshots() throws(RedisServerError) -> [SnapshotDescription] {
    let engine = try runningEngine()
    let found = try snapshots { () throws(SnapshotFailure) in try engine.namedSnapshots() }
    return found.map { saved in
      SnapshotDescription(
        name: saved.name, keyCount: saved.keyCount, bytesHeld: saved.bytesHeld, savedAt: .milliseconds(saved.savedAt))
    }
  }

  private func snapshots<Result>(
    named name: String = "", _ body: () throws(SnapshotFailure) -> Result
  ) throws(RedisServerError) -> Result {
    do throws(SnapshotFailure) { return try body() } catch {
      switch error {
      case .call(let error):
        // A script that has been left to itself is the loop's to go on with.
        if case .busy = error { wakeLoop() }
        throw RedisServerError(error)
      case .unknown: throw .invalidOption("no snapshot of that name: '\(name)'")
      case .tooFewDatabases(let needed):
        throw .invalidOption("the snapshot needs \(needed) databases: see the directive 'databases'")
      case .unreadable: throw .invalidOption("the snapshot cannot be read")
      }
    }
  }
}

/// Keeps a snapshot without a name alive, and the engine that it belongs to.
final class SnapshotHold: Sendable {
  let engine: Engine
  let identifier: UInt64
  /// Has the loop free what is left.
  private let wake: @Sendable () -> Void

  init(engine: Engine, identifier: UInt64, wake: @escaping @Sendable () -> Void) {
    self.engine = engine
    self.identifier = identifier
    self.wake = wake
  }

  deinit {
    engine.dropSnapshot(identifier)
    // Inside the executor the loop will look by itself.
    if !engine.isEntered { wake() }
  }
}
