// DyingContainer: a container that was taken out of the keyspace and is freed in steps, so that deleting a
// million elements does not make others wait: UNLINK, FLUSHALL ASYNC, and the values that commands replace.
//
// Protocol: ask `effort` whether it is worth it; make one of what `DetachedEntry.takePayload` gave; call
// `releaseSome` between batches until it says that all is freed. One that goes away before is freed at once.
//
// To extend: a container kind is added in the two switches.
//
// This file says `unsafe`. What keeps it safe: the pointer is owned here alone, and is not touched after the
// release that said it was the last.

/// An owner of a container that only wants to be rid of it.
@safe
package struct DyingContainer: ~Copyable {
  private let kind: ValueKind
  private let pointer: UnsafeMutableRawPointer
  private var isFreed = false

  /// Takes over one count of a container; nil for values that are none.
  package init?(_ value: NewValue) {
    guard case .container(let kind, let pointer) = value else { return nil }
    self.kind = kind
    unsafe self.pointer = pointer
  }

  /// About how many blocks of memory freeing a value means; 1 for a string. Redis frees in the background
  /// from 64 on.
  package static func effort(_ entry: Entry) -> Int {
    switch entry.kind {
    case .inline, .integer, .buffer, .module: 1
    case .list: entry.list.nodeCount
    case .hash: entry.hash.isTable ? entry.hash.count : 1
    case .set: entry.set.packed == nil && entry.set.packedIntegers == nil ? entry.set.count : 1
    case .sortedSet: entry.sortedSet.packed == nil ? entry.sortedSet.count : 1
    case .stream: entry.stream.effort
    }
  }

  /// Frees about `budget` blocks of memory (at least one, and for tables up to a segment more).
  /// - Returns: whether all is freed.
  package mutating func releaseSome(budget: Int) -> Bool {
    if isFreed { return true }
    let budget = max(budget, 1)
    switch kind {
    case .list: isFreed = unsafe ListValue(pointer: pointer).releaseSome(budget: budget)
    case .hash: isFreed = unsafe HashValue(pointer: pointer).releaseSome(budget: budget)
    case .set: isFreed = unsafe SetValue(pointer: pointer).releaseSome(budget: budget)
    case .sortedSet: isFreed = unsafe SortedSetValue(pointer: pointer).releaseSome(budget: budget)
    case .stream: isFreed = unsafe StreamValue(pointer: pointer).releaseSome(budget: budget)
    case .inline, .integer, .buffer, .module:
      unsafe ValuePayload.release(kind, pointer)
      isFreed = true
    }
    return isFreed
  }

  deinit { if !isFreed { unsafe ValuePayload.release(kind, pointer) } }
}
