// SnapshotTable: the snapshots of an engine, in the order in which they were saved. There are few, so they stand in an array.
// Those with a name are the control port's and the program's; those without belong to a handle of the program alone.

struct SnapshotTable {
  private(set) var all: [SavedData] = []
  private var lastIdentifier: UInt64 = 0
  /// What `maxmemory` does not count.
  var held = HeldMemory()

  @inline(__always)
  var isEmpty: Bool { all.isEmpty }

  /// Those with a name.
  var named: [SavedData] { all.filter { !$0.name.isEmpty } }

  /// The one of this name, which is not empty.
  func find(_ name: Bytes) -> SavedData? {
    all.first { saved in !saved.name.isEmpty && saved.name.withBytes { $0 == name } }
  }

  func find(_ identifier: UInt64) -> SavedData? { all.first { $0.identifier == identifier } }

  mutating func makeIdentifier() -> UInt64 {
    lastIdentifier += 1
    return lastIdentifier
  }

  mutating func add(_ saved: SavedData) {
    all.append(saved)
    held.isKnown = false
  }

  mutating func remove(_ saved: SavedData) {
    all.removeAll { $0 === saved }
    held.isKnown = false
  }
}

/// What only snapshots hold, as it was when it was looked at last. Looking costs time in proportion to what is found, so under
/// pressure it is done again only after a share of that many questions, or when a byte for each find has come into use: what
/// writes leave behind to snapshots they have copied. So the figure is about a hundredth too low at most.
struct HeldMemory {
  private(set) var bytes: Int64 = 0
  private var effort = 0
  private var questions = 0
  /// The memory that was in use at that time: as long as it stays the same, so does what is held.
  private var usedThen: Int64 = 0
  /// Snapshots have come or gone, or were restored.
  var isKnown = false

  /// Whether it has to be looked at anew.
  mutating func isStale(used: Int64) -> Bool {
    questions &+= 1
    if !isKnown { return true }
    return used != usedThen && (questions &* 64 >= effort || used &- usedThen >= Int64(effort))
  }

  mutating func set(_ found: TrialFinding, used: Int64) {
    self = HeldMemory(bytes: found.bytes, effort: found.effort, usedThen: used, isKnown: true)
  }

  /// A key went that a snapshot keeps, with the way to it, which has been copied.
  mutating func add(kept: Int64, copied: Int64) {
    bytes &+= kept &+ copied
    usedThen &+= copied
  }

  init() {}

  private init(bytes: Int64, effort: Int, usedThen: Int64, isKnown: Bool) {
    self.bytes = bytes
    self.effort = effort
    self.usedThen = usedThen
    self.isKnown = isKnown
  }
}
