// PackedElement: what a value container hands out, an integer or a run of bytes.
//
// Containers keep what looks like an integer as an integer. To the outside both are strings: `withBytes`
// renders, and `equals` compares with a string without rendering it. The bytes are borrowed from the
// container and live until it is changed next.

/// An element of a value container: an integer in its canonical decimal form, or borrowed bytes.
package enum PackedElement {
  case integer(Int64)
  case bytes(Bytes)

  /// Lends the element as a string to `body`.
  @inline(__always)
  package func withBytes<R>(_ body: (Bytes) -> R) -> R {
    switch self {
    case .bytes(let bytes): body(bytes)
    case .integer(let value): NumberText.withInt64(value, body)
    }
  }

  /// The length of the element as a string.
  package var length: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .integer(let value): NumberText.length(of: value)
    }
  }

  /// Whether the element is the string `other`.
  package func equals(_ other: Bytes) -> Bool {
    switch self {
    case .bytes(let bytes): bytes.equals(other)
    case .integer(let value): NumberText.parseInt64(other) == value
    }
  }
}

extension Bytes {
  /// Whether both runs hold the same bytes.
  package func equals(_ other: Bytes) -> Bool { ByteOrder.equal(self, other) }
}
