// ValuePayload: the one place that knows how what lives outside an entry is released and shared.
//
// The key table calls `release` when the last entry that holds a payload dies, and `clone` when an entry is copied
// because a snapshot shares it. `clone` gives a pointer that the new entry owns: the same one with its count raised,
// or a copy. A container kind is added by filling its case in both functions.
//
// May say `unsafe`: a payload pointer comes only from an entry of that kind, which owned one count of it.

package enum ValuePayload {
  /// Gives up one count of the payload.
  static func release(_ kind: ValueKind, _ pointer: UnsafeMutableRawPointer) {
    switch kind {
    case .inline, .integer: break
    case .buffer: unsafe SharedBuffer(header: pointer).release()
    case .list: break  // TO FILL: the list's release
    case .hash: break  // TO FILL: the hash's release
    case .set: break  // TO FILL: the set's release
    case .sortedSet: break  // TO FILL: the sorted set's release
    case .stream: break  // TO FILL: the stream's release
    case .module: break  // TO FILL: the module value's release
    }
  }

  /// One more count of the payload (or a copy of it) for another entry.
  static func clone(_ kind: ValueKind, _ pointer: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    switch kind {
    case .inline, .integer: return unsafe pointer
    case .buffer:
      unsafe SharedBuffer(header: pointer).retain()
      return unsafe pointer
    case .list: return unsafe pointer  // TO FILL: retain or copy
    case .hash: return unsafe pointer  // TO FILL: retain or copy
    case .set: return unsafe pointer  // TO FILL: retain or copy
    case .sortedSet: return unsafe pointer  // TO FILL: retain or copy
    case .stream: return unsafe pointer  // TO FILL: retain or copy
    case .module: return unsafe pointer  // TO FILL: retain or copy
    }
  }

  /// What the payload occupies, for MEMORY USAGE; an estimate.
  static func allocatedBytes(_ kind: ValueKind, _ pointer: UnsafeMutableRawPointer) -> Int {
    switch kind {
    case .inline, .integer: return 0
    case .buffer: return unsafe SharedBuffer(header: pointer).allocatedBytes
    case .list, .hash, .set, .sortedSet, .stream, .module: return 0  // TO FILL by the containers
    }
  }
}
