// Bits within strings: bit 0 is the highest bit of the first byte. Counting, searching and combining go
// through eight bytes at a time; fields of up to 64 bits are read and written where they lie, across bytes.
//
// This file says `unsafe`. What keeps it safe: words are loaded within the run's count only, and a buffer is
// written within its count, by a holder to whom it belongs alone: `extend` makes it so.

extension Bytes {
  /// How many bits are set in the bits of `range`, which lies within the run.
  package func countOfOnes(in range: Range<Int>) -> Int {
    if range.isEmpty { return 0 }
    let (first, last) = (range.lowerBound / 8, (range.upperBound - 1) / 8)
    let head = UInt8(truncatingIfNeeded: 0xff >> (range.lowerBound % 8))
    let tail = UInt8(truncatingIfNeeded: 0xff << (7 - (range.upperBound - 1) % 8))
    if first == last { return (self[first] & head & tail).nonzeroBitCount }
    var ones = (self[first] & head).nonzeroBitCount + (self[last] & tail).nonzeroBitCount
    var index = first + 1
    while index + 8 <= last {
      ones += word(index).nonzeroBitCount
      index += 8
    }
    while index < last {
      ones += self[index].nonzeroBitCount
      index += 1
    }
    return ones
  }

  /// Where the first bit of that value stands among the bits of `range`, which lies within the run.
  package func firstBit(_ isSet: Bool, in range: Range<Int>) -> Int? {
    if range.isEmpty { return nil }
    // Searching for a clear bit is searching for a set one in the complement.
    let flip: UInt8 = isSet ? 0 : 0xff
    let empty: UInt64 = isSet ? 0 : .max
    var index = range.lowerBound / 8
    let end = (range.upperBound + 7) / 8
    var byte = (self[index] ^ flip) & UInt8(truncatingIfNeeded: 0xff >> (range.lowerBound % 8))
    while byte == 0 {
      index += 1
      while index + 8 <= end, word(index) == empty { index += 8 }
      if index >= end { return nil }
      byte = self[index] ^ flip
    }
    let found = index * 8 + byte.leadingZeroBitCount
    return found < range.upperBound ? found : nil
  }

  /// The field of `width` (1...64) bits that begins at bit `offset`; what lies behind the end reads as zeros.
  package func field(at offset: Int, width: Int) -> UInt64 {
    var value: UInt64 = 0
    var bit = offset
    var left = width
    while left > 0 {
      let taken = min(8 - bit % 8, left)
      let byte = bit / 8 < count ? self[bit / 8] : 0
      let part = (byte >> UInt8(8 - bit % 8 - taken)) & UInt8(truncatingIfNeeded: (1 << taken) - 1)
      value = value << UInt64(taken) | UInt64(part)
      bit += taken
      left -= taken
    }
    return value
  }

  @inline(__always)
  private func word(_ index: Int) -> UInt64 {
    assert(index >= 0 && index + 8 <= count)
    return unsafe pointer.loadUnaligned(fromByteOffset: index, as: UInt64.self)
  }
}

/// How BITOP combines strings.
package enum BitOperation: Sendable {
  case and, or, xor, not
  /// Set in the first, but in none of the others.
  case difference
  /// Set in one of the others, but not in the first.
  case differenceToFirst
  /// Set in the first, and in one of the others.
  case andOr
  /// Set in exactly one.
  case one
}

extension SharedBuffer {
  /// Makes the buffer its holder's own and at least `newCount` bytes long, with zero bytes behind what was
  /// there.
  package mutating func extend(to newCount: Int) {
    let old = count
    setCount(max(old, newCount))
    if newCount > old {
      unsafe (mutableBytes + old).initializeMemory(as: UInt8.self, repeating: 0, count: newCount - old)
    }
  }

  /// Writes a field of `width` (1...64) bits at bit `offset`, within the buffer, which is its holder's own.
  package func setField(at offset: Int, width: Int, to value: UInt64) {
    let bytes = unsafe mutableBytes.assumingMemoryBound(to: UInt8.self)
    var bit = offset
    var left = width
    while left > 0 {
      let taken = min(8 - bit % 8, left)
      let shift = UInt8(8 - bit % 8 - taken)
      let mask = UInt8(truncatingIfNeeded: (1 << taken) - 1) << shift
      let part = UInt8(truncatingIfNeeded: value >> UInt64(left - taken)) << shift
      assert(bit / 8 < count)
      unsafe bytes[bit / 8] = bytes[bit / 8] & ~mask | part & mask
      bit += taken
      left -= taken
    }
  }

  /// Combines the buffer, which is its holder's own, with a run that is no longer; shorter ones count as if
  /// zero bytes followed. `.not` looks at the buffer alone.
  package func combine(_ operation: BitOperation, with other: Bytes) {
    let bytes = unsafe mutableBytes.assumingMemoryBound(to: UInt8.self)
    let common = min(other.count, count)
    let source = unsafe other.pointer.assumingMemoryBound(to: UInt8.self)
    switch operation {
    case .and:
      for index in 0..<common { unsafe bytes[index] &= source[index] }
      unsafe (mutableBytes + common).initializeMemory(as: UInt8.self, repeating: 0, count: count - common)
    case .or: for index in 0..<common { unsafe bytes[index] |= source[index] }
    case .xor: for index in 0..<common { unsafe bytes[index] ^= source[index] }
    case .not: for index in 0..<count { unsafe bytes[index] = ~bytes[index] }
    case .difference: for index in 0..<common { unsafe bytes[index] &= ~source[index] }
    // These need all sources: see `combineOne` and `finish`.
    case .differenceToFirst, .andOr, .one: break
    }
  }

  /// One more source of `.one`: the buffer, which is its holder's own, has the bits that were set in any source so far,
  /// and `seenTwice`, which is as long, those that were set in more than one.
  package func combineOne(with other: Bytes, seenTwice: SharedBuffer) {
    let bytes = unsafe mutableBytes.assumingMemoryBound(to: UInt8.self)
    let twice = unsafe seenTwice.mutableBytes.assumingMemoryBound(to: UInt8.self)
    let source = unsafe other.pointer.assumingMemoryBound(to: UInt8.self)
    assert(seenTwice.count >= count)
    for index in 0..<min(other.count, count) {
      unsafe twice[index] |= bytes[index] & source[index]
      unsafe bytes[index] |= source[index]
    }
  }

  /// Ends an operation that has kept the sources behind the first, or the bits seen twice, in `others`, which is as long
  /// as the buffer. The buffer is its holder's own.
  package func finish(_ operation: BitOperation, _ others: SharedBuffer) {
    let bytes = unsafe mutableBytes.assumingMemoryBound(to: UInt8.self)
    let other = unsafe others.mutableBytes.assumingMemoryBound(to: UInt8.self)
    assert(others.count >= count)
    for index in 0..<count {
      switch operation {
      case .difference, .one: unsafe bytes[index] &= ~other[index]
      case .differenceToFirst: unsafe bytes[index] = other[index] & ~bytes[index]
      case .andOr: unsafe bytes[index] &= other[index]
      case .and, .or, .xor, .not: break
      }
    }
  }
}
