// ByteOrder: comparing runs of bytes the way Redis does (memcmp over the common length, then the shorter
// first).
//
// This file says `unsafe`. What keeps it safe: memcmp is only asked about the bytes both runs have.

internal import CUnderstudyPlatform

/// Comparisons of byte runs.
package enum ByteOrder {
  /// Whether both runs hold the same bytes.
  @inline(__always)
  package static func equal(_ left: Bytes, _ right: Bytes) -> Bool {
    left.count == right.count && (unsafe memcmp(left.pointer, right.pointer, left.count)) == 0
  }

  /// Negative, zero or positive as `left` sorts before, with or after `right`.
  @inline(__always)
  package static func compare(_ left: Bytes, _ right: Bytes) -> Int {
    let order = unsafe memcmp(left.pointer, right.pointer, min(left.count, right.count))
    return order != 0 ? Int(order) : left.count &- right.count
  }

  /// Where a name stands, or would have to stand, among `count` names that are in order.
  static func insertionIndex(of name: Bytes, count: Int, _ names: (Int) -> [UInt8]) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if names(middle).withBytes({ compare($0, name) }) < 0 { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
