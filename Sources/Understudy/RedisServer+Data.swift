// Looking at data, and setting it up, without a client: calls go straight to the engine, on the caller's thread.

internal import UnderstudyEngine

extension RedisServer {
  /// Runs any command and answers its reply, as RESP3 tells it.
  ///
  /// A blocking command answers at once, as inside MULTI. Numbers are passed as text: `call("EXPIRE", "k", "10")`.
  /// Commands that change what a connection is (`MULTI`, `SUBSCRIBE`, `SELECT`, …) are refused: calls have none. For
  /// several commands in one go there is `EVAL`.
  ///
  /// - Parameters:
  ///   - arguments: the command's name and its arguments.
  ///   - database: the database in which it runs.
  /// - Throws: ``RedisServerError/reply(_:)`` if the reply is an error; ``RedisServerError/notRunning``;
  ///   ``RedisServerError/busy`` while a client's script is over its time limit.
  @discardableResult
  public func call(_ arguments: String..., database: Int = 0) throws(RedisServerError) -> RESPValue {
    try call(count: arguments.count, database: database) { index, body in arguments[index].withBytes { body($0) } }
  }

  /// Runs any command whose arguments are bytes.
  ///
  /// - Throws: as ``call(_:database:)``.
  @discardableResult
  public func call(bytes arguments: [[UInt8]], database: Int = 0) throws(RedisServerError) -> RESPValue {
    try call(count: arguments.count, database: database) { index, body in arguments[index].withBytes { body($0) } }
  }

  private func call(
    count: Int, database: Int, _ argument: (Int, (Bytes) -> Void) -> Void
  ) throws(RedisServerError) -> RESPValue {
    let engine = try runningEngine()
    var reply: RESPValue?
    do {
      try engine.embeddedCall(count: count, argument, database: database) { bytes in
        var reader = RESPReader(bytes)
        reply = reader.next()
      }
    } catch {
      // A script that has been left to itself is the loop's to go on with.
      if case .busy = error { wakeLoop() }
      throw RedisServerError(error)
    }
    wakeLoop()
    switch reply {
    case .error(let text): throw .reply(text)
    case .some(let value): return value
    case nil: throw .reply("ERR the command gave no reply")
    }
  }

  /// The string under a key; nil if there is none, or if it is no string. Bytes that are not UTF-8 are replaced.
  ///
  /// This does not go through the command table: it is the fastest way to look, and leaves hit counters and access
  /// times alone.
  public func get(_ key: String, database: Int = 0) throws(RedisServerError) -> String? {
    let engine = try runningEngine()
    do {
      return try engine.embeddedText(key, database: database)
    } catch {
      throw RedisServerError(error)
    }
  }

  /// Stores a string, whatever was under the key.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - value: the string.
  ///   - expiresAfter: the time to live on the data clock, at least a millisecond; for ever if nil.
  ///   - database: the number of the database.
  public func set(
    _ key: String, _ value: String, expiresAfter: Duration? = nil, database: Int = 0
  ) throws(RedisServerError) {
    guard let expiresAfter else {
      try call("SET", key, value, database: database)
      return
    }
    try call("SET", key, value, "PX", String(expiresAfter.wholeMilliseconds), database: database)
  }

  /// Removes keys; answers how many were there.
  @discardableResult
  public func delete(_ keys: String..., database: Int = 0) throws(RedisServerError) -> Int {
    if keys.isEmpty { return 0 }
    let reply = try call(bytes: [Array("DEL".utf8)] + keys.map { Array($0.utf8) }, database: database)
    return Int(reply.integer ?? 0)
  }

  /// Whether a key is there.
  public func exists(_ key: String, database: Int = 0) throws(RedisServerError) -> Bool {
    try call("EXISTS", key, database: database).integer == 1
  }

  /// All keys, sorted; those that match a pattern of `KEYS` if one is given.
  public func keys(matching pattern: String = "*", database: Int = 0) throws(RedisServerError) -> [String] {
    try call("KEYS", pattern, database: database).array?.compactMap(\.string).sorted() ?? []
  }

  /// The time to live of a key; nil if it has none, or is not there.
  public func timeToLive(_ key: String, database: Int = 0) throws(RedisServerError) -> Duration? {
    let milliseconds = try call("PTTL", key, database: database).integer ?? -2
    return milliseconds < 0 ? nil : .milliseconds(milliseconds)
  }

  /// A list's elements, from head to tail; empty if there is no such key.
  public func list(_ key: String, database: Int = 0) throws(RedisServerError) -> [String] {
    try call("LRANGE", key, "0", "-1", database: database).array?.compactMap(\.string) ?? []
  }

  /// A hash's fields and values; empty if there is no such key.
  public func hash(_ key: String, database: Int = 0) throws(RedisServerError) -> [String: String] {
    guard case .map(let pairs) = try call("HGETALL", key, database: database) else { return [:] }
    return Dictionary(pairs.compactMap { pair in
      pair.key.string.flatMap { key in pair.value.string.map { (key, $0) } }
    }, uniquingKeysWith: { first, _ in first })
  }

  /// A set's members; empty if there is no such key.
  public func members(_ key: String, database: Int = 0) throws(RedisServerError) -> Set<String> {
    Set(try call("SMEMBERS", key, database: database).array?.compactMap(\.string) ?? [])
  }

  /// A sorted set's members and scores, lowest first; empty if there is no such key.
  public func sortedSet(
    _ key: String, database: Int = 0
  ) throws(RedisServerError) -> [(member: String, score: Double)] {
    let reply = try call("ZRANGE", key, "0", "-1", "WITHSCORES", database: database)
    return reply.array?.compactMap { pair in
      guard let parts = pair.array, parts.count == 2, let member = parts[0].string, let score = parts[1].double else {
        return nil
      }
      return (member, score)
    } ?? []
  }

  /// Removes everything from every database.
  public func flushAll() throws(RedisServerError) { try call("FLUSHALL") }
}

extension RedisServerError {
  init(_ error: EmbeddedCallError) {
    switch error {
    case .busy: self = .busy
    case .reentrant: self = .reentrantCall
    case .empty: self = .reply("ERR no command")
    case .needsConnection(let name):
      self = .reply("ERR '\(name)' changes its connection, and a direct call has none: use a client")
    case .noSuchDatabase: self = .reply(EmbeddedCallError.noSuchDatabaseText)
    }
  }
}

extension Duration {
  /// The duration in milliseconds, rounded towards zero, within what 64 bits hold.
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let (sum, overflow2) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
    return overflow || overflow2 ? (seconds < 0 ? .min : .max) : sum
  }

  /// The duration in microseconds, rounded towards zero, within what 64 bits hold.
  var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, overflow2) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    return overflow || overflow2 ? (seconds < 0 ? .min : .max) : sum
  }
}
