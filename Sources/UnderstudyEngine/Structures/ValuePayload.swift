// ValuePayload: the one place that knows how what lives outside an entry is released and shared.
//
// The key table calls `release` when the last entry that holds a payload dies, and `clone` when an entry is
// copied because a snapshot shares it. `clone` gives a pointer that the new entry owns: the same one with its
// count raised, or a copy. A container kind is added by filling its case in both functions.
//
// This file may say `unsafe`. What keeps it safe: a payload pointer comes only from an entry of that kind,
// which owned one count of it.

package enum ValuePayload {
  /// Gives up one count of the payload.
  static func release(_ kind: ValueKind, _ pointer: UnsafeMutableRawPointer) {
    switch kind {
    case .inline, .integer: break
    case .buffer: unsafe SharedBuffer(header: pointer).release()
    case .list: unsafe ListValue(pointer: pointer).release()
    case .hash: unsafe HashValue(pointer: pointer).release()
    case .set: unsafe SetValue(pointer: pointer).release()
    case .sortedSet: unsafe SortedSetValue(pointer: pointer).release()
    case .stream: unsafe StreamValue(pointer: pointer).release()
    case .module: break  // No entry is of this kind: there are no modules.
    }
  }

  /// One more count of the payload (or a copy of it) for another entry.
  static func clone(_ kind: ValueKind, _ pointer: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    switch kind {
    case .inline, .integer: break
    case .buffer: unsafe SharedBuffer(header: pointer).retain()
    // Containers are shared until one side changes them: see ContainerAccess.swift.
    case .list: unsafe ListValue(pointer: pointer).retain()
    case .hash: unsafe HashValue(pointer: pointer).retain()
    case .set: unsafe SetValue(pointer: pointer).retain()
    case .sortedSet: unsafe SortedSetValue(pointer: pointer).retain()
    case .stream: unsafe StreamValue(pointer: pointer).retain()
    case .module: break
    }
    return unsafe pointer
  }

  /// What the payload occupies, for MEMORY USAGE; an estimate.
  static func allocatedBytes(_ kind: ValueKind, _ pointer: UnsafeMutableRawPointer) -> Int {
    switch kind {
    case .inline, .integer: return 0
    case .buffer: return unsafe SharedBuffer(header: pointer).allocatedBytes
    case .list: return unsafe ListValue(pointer: pointer).memoryBytes
    case .hash: return unsafe HashValue(pointer: pointer).memoryBytes
    case .set: return unsafe SetValue(pointer: pointer).memoryBytes
    case .sortedSet: return unsafe SortedSetValue(pointer: pointer).memoryBytes
    case .stream: return unsafe StreamValue(pointer: pointer).memoryBytes
    case .module: return 0
    }
  }
}
