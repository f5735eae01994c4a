// Statistics that CONFIG RESETSTAT sets back.
//
// This file may say `unsafe`. What keeps it safe: `commandStatistics` has one place for each command of the table.

extension EngineState {
  /// CONFIG RESETSTAT.
  mutating func resetStatistics() {
    statistics = Statistics()
    let graveyard = unsafe self.graveyard
    unsafe graveyard.pointee.resetCount()
    eviction.exceededTime = 0
    if eviction.exceededSince != nil { eviction.exceededSince = clocks.source.monotonicMicroseconds() }
    observation.costs.removeAll()
    for index in unsafe 0..<table.all.count { unsafe commandStatistics[index] = CommandStatistics() }
  }

  /// Where the calls of a command are counted.
  @inline(__always)
  func statistics(ofCommand identifier: Int) -> UnsafeMutablePointer<CommandStatistics> {
    unsafe commandStatistics + identifier
  }
}
