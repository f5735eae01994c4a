// Eviction: what is done above `maxmemory`: keys go, by the policy, until memory fits again or the turn's share of work is
// done. It runs before commands (`Dispatcher.lacksMemory`) and as a task between batches.
//
//   allkeys-lru, -lfu     the longest unused, or the rarest used, of a few keys at random and of earlier samples
//   volatile-lru, -lfu    the same among the keys with a deadline
//   allkeys-random, volatile-random
//   volatile-ttl          the key whose deadline is next: the index knows it, so nothing is sampled
//   noeviction            none: what needs memory is refused
//
// How long a key was not used is measured by the data clock, as OBJECT IDLETIME tells it: a test that moves that clock
// by an hour wants the keys it did not touch to be an hour idle.
//
// The work of a turn is counted in keys, not in time, so that one seed replays a run: 32 keys for each step of
// `maxmemory-eviction-tenacity`, which is about what a real server gets done in its 50 µs a step. Values that are large
// go by way of the graveyard; while something waits there, freeing it comes before choosing another key, so that no key
// goes in vain.
//
// To extend: a policy is a case of `EvictionPolicy`, with its way of choosing in `chooseVictim`.
//
// This file may say `unsafe`. What keeps it safe: databases lie in stable memory; an entry is used before the next change
// of its database.

/// What eviction keeps between its turns.
struct Eviction {
  var pool = EvictionPool()
  /// The last turn did not get done: there is more to do.
  var isUnfinished = false
  /// The running command began with nothing left to evict: a script's first write is refused by this, whatever it has
  /// freed or used until then.
  var isExhausted = false
  /// Random policies take turns with the databases.
  var nextDatabase = 0
  /// Since when memory is over the limit, on the cost source, and for how long it was before; microseconds.
  var exceededSince: Int64?
  var exceededTime: Int64 = 0
}

enum MemoryState {
  case fits
  /// Over the limit, but there is something to evict: the next turns will.
  case shrinking
  /// Over the limit, and nothing may be evicted.
  case exhausted
}

extension EngineState {
  private var memoryLimit: Int64 { Int64(clamping: configuration.maximumMemory) }

  /// Makes memory fit, if the policy lets it and the turn's work does.
  mutating func makeRoom() -> MemoryState {
    // While clients are paused nothing goes; what is unfinished goes on after that.
    if pause != nil { return .fits }
    let start = latencyStart
    let result = evict()
    noteLatency("eviction-cycle", since: start)
    eviction.isUnfinished = result == .shrinking
    noteExceeded(result != .fits)
    if result == .shrinking { unsafe tasksChanged.pointee = true }
    return result
  }

  private mutating func evict() -> MemoryState {
    // What is freed is counted against what there was to free at first: the messages to clients that have a key cached
    // take memory too, and must not make further keys go.
    var excess = usedMemory &- memoryLimit
    if excess <= 0 { return .fits }
    var left = evictionBudget
    if !snapshots.isEmpty {
      // What only snapshots hold is not counted. What is being freed may be theirs too, and is not known as such before it
      // has gone.
      while left > 0, unsafe !self.graveyard.pointee.isEmpty {
        let graveyard = unsafe self.graveyard
        unsafe graveyard.pointee.releaseSome()
        snapshots.held.isKnown = false
        left -= Self.costOfRelease
      }
      excess = usedMemory &- memoryLimit &- bytesHeldBySnapshots()
      if excess <= 0 { return .fits }
      if left <= 0 { return .shrinking }
    }
    repeat {
      if unsafe !self.graveyard.pointee.isEmpty {
        let (graveyard, before) = unsafe (self.graveyard, usedMemory)
        unsafe graveyard.pointee.releaseSome()
        excess &-= before &- usedMemory
        left -= Self.costOfRelease
      } else if configuration.evictionPolicy != .noEviction, let freed = evictOne() {
        excess &-= freed
        left -= 1
      } else {
        return .exhausted
      }
      // Without a policy what was deleted is given the time that it takes, rather than an error.
    } while excess > 0 && (left > 0 || configuration.evictionPolicy == .noEviction)
    return excess > 0 ? .shrinking : .fits
  }

  /// How many keys a step of freeing in the graveyard counts as.
  private static var costOfRelease: Int { 64 }

  private var evictionBudget: Int {
    let tenacity = configuration.evictionTenacity
    if tenacity >= 100 { return .max }
    if tenacity <= 10 { return max(16, 32 * tenacity) }
    var budget = 320.0
    for _ in 10..<tenacity { budget *= 1.15 }
    return Int(budget)
  }

  private mutating func noteExceeded(_ isExceeded: Bool) {
    if isExceeded {
      if eviction.exceededSince == nil { eviction.exceededSince = clocks.source.monotonicMicroseconds() }
    } else if let since = eviction.exceededSince {
      eviction.exceededTime &+= max(0, clocks.source.monotonicMicroseconds() &- since)
      eviction.exceededSince = nil
    }
  }

  /// For how long memory is over the limit now; microseconds.
  var currentExceededTime: Int64 {
    eviction.exceededSince.map { max(0, clocks.source.monotonicMicroseconds() &- $0) } ?? 0
  }

  /// `maxmemory` or its like has been changed.
  mutating func followMemoryLimit() {
    eviction.pool.removeAll()
    if configuration.maximumMemory > 0 {
      gates.insert(.memory)
      eviction.isUnfinished = true
    } else {
      gates.remove(.memory)
      eviction.isUnfinished = false
      eviction.isExhausted = false
      noteExceeded(false)
    }
  }

  // MARK: Victims

  /// Removes one key, and answers how many bytes that has freed at once; nil if none may be removed.
  private mutating func evictOne() -> Int64? {
    guard let (database, key) = chooseVictim() else { return nil }
    let start = latencyStart
    defer { noteLatency("eviction-del", since: start) }
    let before = usedMemory
    guard let removed = unsafe databases[Int(database)].remove(key) else { return nil }
    let between = usedMemory
    // What a snapshot keeps of the key is no longer counted, as if it were freed; nor is the way to it, which was copied.
    let kept = snapshots.isEmpty || !removed.entry.isHeldElsewhere ? 0 : Int64(removed.entry.allocatedBytes)
    let isKept = kept > 0
    if isKept { snapshots.held.add(kept: kept, copied: between &- before) }
    statistics.evictedKeys &+= 1
    touched(key, "evicted", .evicted, database: database)
    // Not before here: the key's bytes are those of the entry.
    let told = usedMemory
    free(removed)
    return isKept ? kept : (before &- between) &+ (told &- usedMemory)
  }

  private mutating func chooseVictim() -> (database: Int32, key: Key)? {
    switch configuration.evictionPolicy {
    case .noEviction: nil
    case .volatileTTL: soonest()
    case .allKeysRandom, .volatileRandom: randomVictim()
    case .allKeysLRU, .allKeysLFU, .volatileLRU, .volatileLFU: sampledVictim()
    }
  }

  /// The key whose deadline is next.
  private func soonest() -> (Int32, Key)? {
    var best: (deadline: Int64, database: Int32, key: Key)?
    for index in 0..<databaseCount {
      guard let item = unsafe databases[index].expiry.first, item.deadline < best?.deadline ?? Entry.noDeadline,
        let entry = unsafe databases[index].entry(of: item)
      else { continue }
      best = (item.deadline, Int32(index), Key(bytes: entry.key, hash: item.hash))
    }
    return best.map { ($0.database, $0.key) }
  }

  private mutating func randomVictim() -> (Int32, Key)? {
    for _ in 0..<databaseCount {
      let index = eviction.nextDatabase % databaseCount
      eviction.nextDatabase = index + 1
      let database = unsafe databases + index
      if configuration.evictionPolicy.isVolatile {
        if let item = unsafe database.pointee.expiry.random(using: &random),
          let entry = unsafe database.pointee.entry(of: item)
        {
          return (Int32(index), Key(bytes: entry.key, hash: item.hash))
        }
      } else if let entry = unsafe database.pointee.table.randomEntry(using: &random) {
        return (Int32(index), Key(bytes: entry.key, hash: unsafe database.pointee.table.hash(of: entry)))
      }
    }
    return nil
  }

  private mutating func sampledVictim() -> (Int32, Key)? {
    // What samples leave in the pool may have been used or removed since. A sample of this turn has not.
    for _ in 0..<4 {
      for index in 0..<databaseCount { sample(index) }
      while let candidate = eviction.pool.takeBest() {
        if let key = victim(candidate) { return (candidate.database, key) }
      }
    }
    return nil
  }

  /// Puts a few keys of a database into the pool.
  private mutating func sample(_ index: Int) {
    let database = unsafe databases + index
    let count = configuration.evictionSamples
    if configuration.evictionPolicy.isVolatile {
      guard unsafe database.pointee.expiry.count > 0 else { return }
      for _ in 0..<(unsafe min(count, database.pointee.expiry.count)) {
        guard let item = unsafe database.pointee.expiry.random(using: &random),
          let entry = unsafe database.pointee.entry(of: item)
        else { continue }
        offer(entry, hash: item.hash, index)
      }
    } else {
      guard unsafe database.pointee.count > 0 else { return }
      var generator = random
      unsafe database.pointee.table.sample(count, using: &generator) { entry in
        offer(entry, hash: nil, index)
      }
      random = generator
    }
  }

  private mutating func offer(_ entry: Entry, hash: UInt64?, _ index: Int) {
    let score = score(of: entry)
    guard eviction.pool.takes(score) else { return }
    let hash = unsafe hash ?? databases[index].table.hash(of: entry)
    eviction.pool.insert(EvictionCandidate(database: Int32(index), hash: hash, score: score))
  }

  private func score(of entry: Entry) -> UInt64 {
    UInt64(configuration.evictsByFrequency ? 255 - access.frequency(entry.access) : access.idleSeconds(entry.access))
  }

  /// The key of a candidate, unless it has gone, or was used meanwhile.
  private func victim(_ candidate: EvictionCandidate) -> Key? {
    var found: Entry?
    let isVolatile = configuration.evictionPolicy.isVolatile
    unsafe databases[Int(candidate.database)].table.forEachEntry(hash: candidate.hash) { entry in
      if !isVolatile || entry.deadlineMilliseconds != Entry.noDeadline { found = entry }
    }
    guard let found, score(of: found) >= candidate.score else { return nil }
    return Key(bytes: found.key, hash: candidate.hash)
  }
}
