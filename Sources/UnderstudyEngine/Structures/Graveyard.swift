// Graveyard: what was taken out of the keyspace and is too large to be freed at once: containers that were
// deleted or replaced, tables that were flushed, and the indexes of their deadlines.
//
// Protocol: `take…` whatever goes, call `releaseSome` between batches while it is not empty. All at once: let
// it go.
//
// This file says `unsafe`. What keeps it safe: the flag it sets outlives it (the engine's state owns both),
// and a payload is taken only from an entry that nobody else holds.

@safe
package struct Graveyard: ~Copyable {
  /// What is cheaper than this is freed at once, as in Redis.
  package static var threshold: Int { 64 }

  /// One thing that is being freed.
  private final class Grave {
    var container: DyingContainer?
    var table: KeyTable?
    var index: ExpiryIndex?
    /// How many keys it was in the keyspace.
    let objects: Int
    /// About how many blocks of memory are left.
    var effort: Int

    init(_ container: consuming DyingContainer, effort: Int) {
      self.container = consume container
      objects = 1
      self.effort = effort
    }

    init(_ table: consuming KeyTable, countsKeys: Bool) {
      objects = countsKeys ? table.count : 0
      effort = table.count
      self.table = consume table
    }

    init(_ index: consuming ExpiryIndex) {
      objects = 0
      effort = index.effort
      self.index = consume index
    }

    /// Whether all is freed. What is too large to go along with its table is handed to `before`.
    func releaseSome(budget: Int, before: (Entry) -> Void) -> Bool {
      if let isFreed = container?.releaseSome(budget: budget) { return isFreed }
      if let isFreed = index?.releaseSome(budget: budget) { return isFreed }
      return withoutActuallyEscaping(before) { table?.releaseSome(budget: budget, before: $0) ?? true }
    }
  }

  private var graves: [Grave] = []
  private let wake: UnsafeMutablePointer<Bool>
  /// About how many blocks of memory wait to be freed.
  private var effort = 0
  /// Keys whose values wait to be freed, and those that have been (INFO's lazyfree_pending_objects,
  /// lazyfreed_objects).
  package private(set) var pendingObjects = 0
  package private(set) var freedObjects = 0

  /// Counts what has been freed from here on.
  package mutating func resetCount() { freedObjects = 0 }

  /// - Parameters:
  ///   - wake: set when something has come.
  package init(wake: UnsafeMutablePointer<Bool>) { unsafe self.wake = wake }

  package var isEmpty: Bool { graves.isEmpty }

  /// Takes the container out of an entry that is about to be freed or overwritten, if it is large and its
  /// alone. The entry's segment must be shared with no snapshot.
  package mutating func takeContainer(of entry: Entry) {
    if let grave = Self.grave(of: entry) { add(grave) }
  }

  private static func grave(of entry: Entry) -> Grave? {
    guard entry.kind.isContainer, entry.isUnique else { return nil }
    let effort = DyingContainer.effort(entry)
    guard effort > threshold, let container = DyingContainer(entry.borrowedValue) else { return nil }
    entry.forgetPayload()
    return Grave(container, effort: effort)
  }

  /// Takes a table that `takeAll` gave. A small one goes at once, but for what is large in it.
  /// - Parameters:
  ///   - countsKeys: whether its keys were in the keyspace, rather than in a snapshot.
  package mutating func take(_ table: consuming KeyTable, countsKeys: Bool = true) {
    if table.count > Self.threshold { return add(Grave(table, countsKeys: countsKeys)) }
    var large: [Grave] = []
    _ = table.releaseSome(budget: .max) { entry in
      if let grave = Self.grave(of: entry) { large.append(grave) }
    }
    for grave in large { add(grave) }
  }

  /// Takes the index of deadlines that belonged to a table. A small one goes at once.
  package mutating func take(_ index: consuming ExpiryIndex) {
    if index.effort > Self.threshold { add(Grave(index)) }
  }

  private mutating func add(_ grave: Grave) {
    graves.append(grave)
    effort &+= grave.effort
    pendingObjects &+= grave.objects
    unsafe wake.pointee = true
  }

  /// Frees some: a step of about a millisecond, longer only if so much waits (more than a million blocks) that new things
  /// might come faster than the old ones go.
  package mutating func releaseSome() {
    if graves.isEmpty { return }
    var budget = max(1000, effort / 1024)
    var large: [Grave] = []
    defer { for grave in large { add(grave) } }
    while budget > 0, let grave = graves.last {
      let isFreed = grave.releaseSome(budget: budget) { entry in
        if let grave = Self.grave(of: entry) { large.append(grave) }
      }
      guard isFreed else {
        let spent = min(budget, grave.effort)
        grave.effort -= spent
        effort -= spent
        return
      }
      budget -= max(grave.effort, 1)
      effort -= grave.effort
      pendingObjects -= grave.objects
      freedObjects &+= grave.objects
      graves.removeLast()
    }
  }
}
