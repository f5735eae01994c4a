// MemoryAccount: what an engine's data and its clients occupy: `used_memory` of INFO, and what `maxmemory` limits.
//
// Memory is counted where it is given out (`understudy_allocate`), for the thread that runs. Whoever enters the engine
// lays the engine's count there and takes it away again when it leaves: so several engines of one process keep apart, and
// a command pays for nothing but the addition. What lives elsewhere is counted by hand (`understudy_count`).
//
// Counted: keys, values, indexes, consumer groups, sessions, what waits to run or to be sent, transactions. Not counted:
// the buffers that loops share, Lua's memory (as on a real server, which tells it apart), the host program.
//
// Blocks count as what allocators make of them, computed from their size: the same on every system, so that one seed
// replays an eviction.

internal import CUnderstudyPlatform

struct MemoryAccount {
  private var bytes: Int64
  /// What the thread's count was outside.
  private var outside: Int64 = 0
  /// The most that was in use when somebody left the engine.
  private(set) var peak: Int64
  /// What an engine without keys and clients needs.
  let startup: Int64

  /// - Parameters:
  ///   - startup: what has been given out for the engine so far.
  init(startup: Int64) {
    bytes = startup
    peak = startup
    self.startup = startup
  }

  @inline(__always)
  mutating func enter() {
    outside = understudy_counted_bytes()
    understudy_set_counted_bytes(bytes)
  }

  @inline(__always)
  mutating func leave() {
    bytes = understudy_counted_bytes()
    if bytes > peak { peak = bytes }
    understudy_set_counted_bytes(outside)
  }

  /// Does something beside the engine's count; tells by how much the thread's count grew, and lays it back.
  static func apart(_ body: () -> Void) -> Int64 {
    let outside = understudy_counted_bytes()
    understudy_set_counted_bytes(0)
    body()
    let grown = understudy_counted_bytes()
    understudy_set_counted_bytes(outside)
    return grown
  }
}

extension EngineState {
  /// The bytes in use now.
  @inline(__always)
  var usedMemory: Int64 { understudy_counted_bytes() }

  /// The most that was ever in use.
  var peakMemory: Int64 { max(account.peak, usedMemory) }

  /// Counts what is not allocated by `understudy_allocate`.
  func countMemory(_ bytes: Int) { understudy_count(Int64(bytes)) }
}
