// ValueKind: how a value is stored in its entry. Not the type a client sees (TYPE says "string" for three of
// them).
//
// A new kind: a case here (there is room for 16), and its release and clone in ValuePayload.swift.

/// How an entry holds its value. The raw value lies in 4 bits of the entry.
package enum ValueKind: UInt8, Sendable {
  /// A short string inside the entry's own block.
  case inline = 0
  /// A string that is the canonical decimal form of a 64-bit integer, held as that integer.
  case integer = 1
  /// A long string in a `SharedBuffer`.
  case buffer = 2
  case list = 3
  case hash = 4
  case set = 5
  case sortedSet = 6
  case stream = 7
  case module = 8

  /// Whether the value lives outside the entry and must be released with it.
  @inline(__always)
  package var hasPayload: Bool { rawValue >= ValueKind.buffer.rawValue }

  /// Whether the value is a container, `Entry.container`.
  @inline(__always)
  package var isContainer: Bool { rawValue >= ValueKind.list.rawValue }
}
