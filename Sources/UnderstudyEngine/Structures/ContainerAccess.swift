// ContainerAccess: from an entry to the container it holds, and the one rule of sharing.
//
// When a snapshot shares an entry, a write copies the entry, and both copies point to the same container,
// counted twice. So a command that only reads asks for `list`, `hash` …; one that changes asks `findMutable`
// for the entry and then the entry for `mutableList` …, which clones the container if it is shared (constant
// time, or one increment a node; the contents are copied piece by piece by later changes).
//
// A new container is put into the table with `NewValue.list(…)` and the like, which hand over its one count.
//
// To extend: a new container kind gets its two accessors here and its cases in ValuePayload.swift.
//
// This file says `unsafe`. What keeps it safe: `container` asserts the entry's kind, and only containers of
// that kind are stored under it.

extension Entry {
  /// The list of an entry of kind `.list`, for reading.
  @inline(__always)
  package var list: ListValue { unsafe ListValue(pointer: container) }

  /// The list of an entry that came from `findMutable`, for changing.
  package var mutableList: ListValue {
    let list = list
    if list.isUnique { return list }
    let own = list.clone()
    list.release()
    unsafe container = own.pointer
    return own
  }

  /// The hash of an entry of kind `.hash`, for reading.
  @inline(__always)
  package var hash: HashValue { unsafe HashValue(pointer: container) }

  /// The hash of an entry that came from `findMutable`, for changing.
  package var mutableHash: HashValue {
    let hash = hash
    if hash.isUnique { return hash }
    let own = hash.clone()
    hash.release()
    unsafe container = own.pointer
    return own
  }

  /// The set of an entry of kind `.set`, for reading.
  @inline(__always)
  package var set: SetValue { unsafe SetValue(pointer: container) }

  /// The set of an entry that came from `findMutable`, for changing.
  package var mutableSet: SetValue {
    let set = set
    if set.isUnique { return set }
    let own = set.clone()
    set.release()
    unsafe container = own.pointer
    return own
  }

  /// The sorted set of an entry of kind `.sortedSet`, for reading.
  @inline(__always)
  package var sortedSet: SortedSetValue { unsafe SortedSetValue(pointer: container) }

  /// The sorted set of an entry that came from `findMutable`, for changing.
  package var mutableSortedSet: SortedSetValue {
    let set = sortedSet
    if set.isUnique { return set }
    let own = set.clone()
    set.release()
    unsafe container = own.pointer
    return own
  }

  /// The stream of an entry of kind `.stream`, for reading.
  @inline(__always)
  package var stream: StreamValue { unsafe StreamValue(pointer: container) }

  /// The stream of an entry that came from `findMutable`, for changing.
  package var mutableStream: StreamValue {
    let stream = stream
    if stream.isUnique { return stream }
    let own = stream.clone()
    stream.release()
    unsafe container = own.pointer
    return own
  }
}

extension NewValue {
  /// Gives up what was handed over, where it is not to be stored.
  func release() {
    switch self {
    case .bytes, .integer: break
    case .buffer(let buffer): buffer.release()
    case .container(let kind, let pointer): unsafe ValuePayload.release(kind, pointer)
    }
  }

  /// A list, whose one count is handed over.
  package static func list(_ list: ListValue) -> NewValue { unsafe .container(.list, list.pointer) }
  /// A hash, whose one count is handed over.
  package static func hash(_ hash: HashValue) -> NewValue { unsafe .container(.hash, hash.pointer) }
  /// A set, whose one count is handed over.
  package static func set(_ set: SetValue) -> NewValue { unsafe .container(.set, set.pointer) }
  /// A sorted set, whose one count is handed over.
  package static func sortedSet(_ set: SortedSetValue) -> NewValue {
    unsafe .container(.sortedSet, set.pointer)
  }
  /// A stream, whose one count is handed over.
  package static func stream(_ stream: StreamValue) -> NewValue { unsafe .container(.stream, stream.pointer) }
}
