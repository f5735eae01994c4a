// What goes wrong with keys that several commands use as one thing: locks, counters with a time to live, and times to live
// that get lost.
//
//   lock.unchecked-release  a key set with NX is deleted without a look at whose it is
//   atomic.incr-expire      INCR answers 1, and EXPIRE follows
//   atomic.setnx-expire     SETNX, and EXPIRE follows
//   ttl.lost                SET over a key that had a time to live
//
// All but the last look at commands that run by themselves only: what stands in MULTI or in a script is one step.

/// A key of one endpoint's clients.
struct KeyPlace: Hashable {
  let endpoint: Int
  let database: Int32
  let key: [UInt8]
}

/// What the rules of keys remember across connections.
struct KeyWatch {
  struct Lock {
    let connection: UInt64
    let ordinal: Int64
    let evidence: FindingEvidence
    let time: Int64
    let setter: String
    let hasDeadline: Bool
    var isChecked = false
  }

  struct Counter {
    let connection: UInt64
    let ordinal: Int64
    let evidence: FindingEvidence
    let time: Int64
    let burst: Int
    let command: String
  }

  static let limit = 10_000
  /// Longer keys are not remembered.
  static let keySize = 1_024
  var locks = RecentTable<KeyPlace, Lock>(limit: limit)
  var counters = RecentTable<KeyPlace, Counter>(limit: limit)

  /// A database was emptied, or is another one now.
  mutating func forget(database: Int32) {
    locks.removeAll { $0.database == database }
    counters.removeAll { $0.database == database }
  }
}

enum KeyRules {
  static let uncheckedRelease = FindingRule(
    "lock.unchecked-release", .high, "A key that was set with NX is deleted, and nobody looked whose it was.",
    guardedBy: "Outside MULTI and scripts; a GET or WATCH of the key, or a script that is given it, counts as a look. "
      + "What clients of endpoints that are only counted write in between is not seen.",
    consequence: "If the lock has expired meanwhile, this deletes the lock of whoever holds it now.",
    fix: "Give the lock a value of its own and release it with a script that compares: "
      + "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end.")

  static let incrementExpire = FindingRule(
    "atomic.incr-expire", .high, "INCR makes a counter and answers 1, and EXPIRE of it follows in a request of its own.",
    guardedBy: "Outside MULTI and scripts; not if both were sent in one go.",
    consequence: "A client that ends between the two leaves a counter that never expires.",
    fix: "Send both in one MULTI or one script; or SET key 0 EX seconds NX before INCR.", thresholds: [.atomicMilliseconds])

  static let setExpire = FindingRule(
    "atomic.setnx-expire", .high, "SETNX, or SET with NX, and EXPIRE of the key follows.",
    guardedBy: "Outside MULTI and scripts.",
    consequence: "A client that ends between the two leaves a key that never expires: a lock for ever.",
    fix: "SET key value NX EX seconds does both at once.", thresholds: [.atomicMilliseconds])

  static let deadlineLost = FindingRule(
    "ttl.lost", .high, "SET, GETSET or MSET writes over a key that had a time to live, and leaves it without.",
    guardedBy: "The engine knows both deadlines. Where it is meant, an allowance names the keys.",
    consequence: "The key will never expire.", fix: "Use KEEPTTL, or give the time to live again (EX, PX).")

  static let rules = [uncheckedRelease, incrementExpire, setExpire, deadlineLost]
}

extension FindingsState {
  /// A command has run.
  func watchKeys(_ event: CommandEvent) {
    guard !event.isError, event.command.place != .queued, event.command.place != .script else { return }
    guard event.isDirect else { return forgetKeys(event) }
    switch event.name {
    case "set" where event.has("NX", from: 3): noteSetIfAbsent(event)
    case "setnx": noteSetIfAbsent(event)
    case "incr", "incrby": noteIncrement(event)
    case "expire", "pexpire", "expireat", "pexpireat": noteExpire(event)
    case "del", "unlink": noteDelete(event)
    case "get", "mget", "getex", "watch", "strlen", "getrange":
      if keys.locks.isEmpty { return }
      for key in event.keys { keys.locks.change(place(event, key)) { $0.isChecked = true } }
    case "eval", "evalsha", "fcall", "eval_ro", "evalsha_ro", "fcall_ro":
      if keys.locks.isEmpty { return }
      for key in event.keys { keys.locks.change(place(event, key)) { $0.isChecked = true } }
    default: if event.isWrite { forgetKeys(event) }
    }
  }

  private func place(_ event: CommandEvent, _ key: Bytes) -> KeyPlace {
    KeyPlace(endpoint: event.record.endpoint, database: event.command.database, key: key.copied())
  }

  /// The keys have been written otherwise.
  private func forgetKeys(_ event: CommandEvent) {
    guard event.isWrite, !(keys.locks.isEmpty && keys.counters.isEmpty) else { return }
    for key in event.keys {
      keys.locks[place(event, key)] = nil
      keys.counters[place(event, key)] = nil
    }
  }

  private func noteSetIfAbsent(_ event: CommandEvent) {
    guard event.arguments.count > 2 else { return }
    let isDone = event.name == "setnx" ? event.integer == 1
      : event.command.reply == .simple || (event.command.reply == .null && event.has("GET", from: 3))
    guard isDone, event.arguments[1].count <= KeyWatch.keySize else { return }
    let options: [StaticString] = ["EX", "PX", "EXAT", "PXAT"]
    keys.locks[place(event, event.arguments[1])] = KeyWatch.Lock(
      connection: event.record.identifier, ordinal: event.ordinal, evidence: event.record.evidence(event.command),
      time: event.command.time, setter: event.name, hasDeadline: options.contains { event.has($0, from: 3) })
  }

  private func noteIncrement(_ event: CommandEvent) {
    guard let value = event.integer, event.arguments.count > 1, event.arguments[1].count <= KeyWatch.keySize else { return }
    let isNew = event.name == "incr" ? value == 1 : NumberText.parseInt64(event.arguments[event.arguments.count - 1]) == value
    let place = place(event, event.arguments[1])
    keys.counters[place] = isNew
      ? KeyWatch.Counter(
        connection: event.record.identifier, ordinal: event.ordinal, evidence: event.record.evidence(event.command),
        time: event.command.time, burst: event.track.burstNumber, command: event.name.uppercased()) : nil
  }

  private func noteExpire(_ event: CommandEvent) {
    guard event.integer == 1, event.arguments.count > 1 else { return }
    let key = event.arguments[1]
    let place = place(event, key)
    let earliest = event.command.time - options.microseconds(.atomicMilliseconds)
    if let counter = keys.counters.remove(place), counter.time >= earliest {
      if counter.connection == event.record.identifier && counter.burst == event.track.burstNumber { return }
      report(
        KeyRules.incrementExpire, event.record, detail: KeyShape.of(place.key), key: place.key,
        others: [counter.connection],
        "\(counter.command) \(FindingText.key(place.key)) (#\(counter.ordinal)) made the counter → \(event.named) in a request of "
          + "its own",
        evidence: [counter.evidence, event.record.evidence(event.command)], at: event.command.time)
    } else if let lock = keys.locks[place], !lock.hasDeadline, lock.time >= earliest {
      report(
        KeyRules.setExpire, event.record, detail: KeyShape.of(place.key), key: place.key,
        others: [lock.connection],
        "\(lock.setter.uppercased()) \(FindingText.key(place.key)) (#\(lock.ordinal)) made the key without a time to live → "
          + event.named,
        evidence: [lock.evidence, event.record.evidence(event.command)], at: event.command.time)
    }
  }

  private func noteDelete(_ event: CommandEvent) {
    if keys.locks.isEmpty && keys.counters.isEmpty { return }
    for key in event.keys {
      let place = place(event, key)
      keys.counters[place] = nil
      guard let lock = keys.locks.remove(place), !lock.isChecked, event.integer != 0 else { continue }
      report(
        KeyRules.uncheckedRelease, event.record, detail: KeyShape.of(place.key), key: place.key,
        others: [lock.connection],
        "\(lock.setter.uppercased()) \(FindingText.key(place.key)) (#\(lock.ordinal)) → \(event.named), and no look at its value "
          + "between",
        evidence: [lock.evidence, event.record.evidence(event.command)], at: event.command.time)
    }
  }

  /// A key had a deadline before a command, and has none behind it.
  func noteLostDeadline(_ record: ConnectionRecord, _ command: CommandRecord, key: [UInt8], remaining milliseconds: Int64) {
    let name = command.name.uppercased()
    let place = switch command.place {
      case .script: " in a script"
      case .transaction: " in MULTI"
      default: ""
    }
    report(
      KeyRules.deadlineLost, record, detail: "\(command.name) \(KeyShape.of(key))", key: key,
      "\(name)\(place) (#\(command.ordinal)) over \(FindingText.key(key)), which had \(milliseconds) ms to live",
      evidence: [record.evidence(command)], at: command.time)
  }
}
