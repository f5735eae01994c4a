// AccessTracking: what an entry's 24 bits of `access` mean, and how they change when a key is used.
//
//   LRU policies and none   the seconds of the data clock, cut to 24 bits
//   LFU policies            minutes of the data clock (16 bits), and a counter (8 bits) that grows with
//                           the logarithm of the accesses and shrinks with time
//
// As on a real server the meaning changes with `maxmemory-policy`, and the bits are not converted.

struct AccessTracking {
  /// Whether an LFU policy is set.
  private(set) var countsFrequency = false { didSet { settle() } }
  /// Whether snapshots may share entries: what they know of the use of keys stays as it was when they were saved.
  var sparesSnapshots = false { didSet { settle() } }
  /// Whether noting a use takes more than writing the stamp: either of the two. Every use of a key asks.
  private(set) var isIntricate = false
  /// What a new entry starts with.
  private(set) var stamp: UInt64 = 0
  private var seconds: UInt64 = 0
  private var logarithmFactor = 10
  private var minutesOfDecay: UInt64 = 1

  private static var mask: UInt64 { Entry.accessMask }
  private static var initialCounter: UInt64 { 5 }

  private mutating func settle() { isIntricate = countsFrequency || sparesSnapshots }

  mutating func follow(_ configuration: Configuration) {
    countsFrequency = configuration.evictsByFrequency
    logarithmFactor = configuration.frequencyLogarithmFactor
    minutesOfDecay = UInt64(clamping: configuration.frequencyDecayMinutes)
    advance(seconds: seconds)
  }

  /// The data clock says `seconds`.
  @inline(__always)
  mutating func advance(seconds: UInt64) {
    self.seconds = seconds
    stamp = countsFrequency ? minutes &<< 8 | Self.initialCounter : seconds & Self.mask
  }

  private var minutes: UInt64 { (seconds / 60) & 0xffff }

  /// For how many seconds an entry was not used. A clock that was set back makes none idle.
  func idleSeconds(_ access: UInt64) -> Int {
    let distance = (seconds &- access) & Self.mask
    return distance > Self.mask / 2 ? 0 : Int(distance)
  }

  /// The counter of an entry as it is now.
  func frequency(_ access: UInt64) -> Int { Int(decayed(access)) }

  private func decayed(_ access: UInt64) -> UInt64 {
    let counter = access & 0xff
    guard minutesOfDecay > 0 else { return counter }
    let periods = ((minutes &- access &>> 8) & 0xffff) / minutesOfDecay
    return periods > counter ? 0 : counter - periods
  }

  /// The bits of an entry that has not been used for so long; nil if that is not kept.
  func access(idleSeconds: Int64) -> UInt64? {
    countsFrequency ? nil : (seconds &- UInt64(bitPattern: idleSeconds)) & Self.mask
  }

  /// The bits of an entry whose counter is so high; nil if there are no counters.
  func access(frequency: Int64) -> UInt64? {
    countsFrequency ? minutes &<< 8 | UInt64(bitPattern: frequency) & 0xff : nil
  }

  /// An entry's bits after one more access. The higher the counter, the rarer it grows.
  func counted(_ access: UInt64, using generator: inout RandomSource) -> UInt64 {
    var counter = decayed(access)
    if counter < 255 {
      let above = Double(counter < Self.initialCounter ? 0 : counter - Self.initialCounter)
      let probability = 1 / (above * Double(logarithmFactor) + 1)
      if Double.random(in: 0..<1, using: &generator) < probability { counter += 1 }
    }
    return minutes &<< 8 | counter
  }
}

extension Context {
  /// A key was used. Answers its entry, which is another one if a snapshot holds the old one.
  @inline(__always)
  @discardableResult
  func noteAccess(_ entry: Entry, _ key: Key) -> Entry {
    if engine.access.isIntricate { return noteIntricately(entry, key) }
    entry.access = engine.access.stamp
    return entry
  }

  @inline(never)
  private func noteIntricately(_ entry: Entry, _ key: Key) -> Entry {
    let tracking = engine.access
    let access = tracking.countsFrequency ? tracking.counted(entry.access, using: &engine.random) : tracking.stamp
    if access == entry.access { return entry }
    let own = tracking.sparesSnapshots ? database.table.findMutable(key.bytes, hash: key.hash) ?? entry : entry
    own.access = access
    return own
  }

  /// What the access of an entry becomes that is about to be stored: with an LFU policy a value stored over
  /// another is one more use of the key.
  @inline(__always)
  func accessOfStored(_ key: Key) -> UInt64 {
    engine.access.countsFrequency ? countedAccess(key) : engine.access.stamp
  }

  @inline(never)
  private func countedAccess(_ key: Key) -> UInt64 {
    guard let entry = database.table.find(key.bytes, hash: key.hash), entry.deadlineMilliseconds > now else {
      return engine.access.stamp
    }
    return engine.access.counted(entry.access, using: &engine.random)
  }
}
