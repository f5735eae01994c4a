// LZF: the compression of long strings in dumps (the format of M. Lehmann's LibLZF).
//
//   000nnnnn                     n+1 bytes follow as they are
//   nnnddddd dddddddd            n+2 bytes (n in 1...6) that stood d+1 bytes before
//   111ddddd nnnnnnnn dddddddd   n+9 bytes that stood d+1 bytes before

enum LZF {
  private static let longestRun = 32
  private static let longestMatch = 264
  private static let farthest = 1 << 13
  private static let tableBits = 16

  /// Compresses strings, one after the other, with one table.
  struct Compressor {
    /// Where three bytes with that hash stood last, counted from before all strings so far.
    private var table: [UInt32] = []
    /// Where the present string begins; what the table says of earlier places is of other strings.
    private var base: UInt32 = 1

    /// The compressed form; nil unless it is at least four bytes shorter.
    mutating func compress(_ bytes: Bytes) -> [UInt8]? {
      // Places are 32 bits wide: what is longer is not compressed.
      guard bytes.count > 4, bytes.count < 1 << 31 else { return nil }
      if table.isEmpty || base > .max - UInt32(bytes.count) {
        table = [UInt32](repeating: 0, count: 1 << tableBits)
        base = 1
      }
      defer { base += UInt32(bytes.count) }
      return compress(bytes, limit: bytes.count - 4)
    }

    private mutating func compress(_ bytes: Bytes, limit: Int) -> [UInt8]? {
      var output: [UInt8] = []
      output.reserveCapacity(limit)
      var (index, runStart) = (0, 0)
      while index + 2 < bytes.count {
        let here = Self.slot(bytes, index)
        let distance = index - (Int(table[here]) - Int(base)) - 1
        table[here] = base + UInt32(index)
        // The first byte is never referred to, as LibLZF has it.
        guard distance < min(index - 1, farthest), let count = Self.match(bytes, index, distance + 1) else {
          index += 1
          continue
        }
        if output.count + Self.cost(index - runStart) + 4 >= limit { return nil }
        Self.append(bytes, runStart..<index, to: &output)
        let high = UInt8(truncatingIfNeeded: distance >> 8)
        if count < 9 {
          output.append(high | UInt8(count - 2) << 5)
        } else {
          output.append(high | 7 << 5)
          output.append(UInt8(count - 9))
        }
        output.append(UInt8(truncatingIfNeeded: distance))
        index += count
        runStart = index
        // Places near the end of the match may begin the next one.
        for place in index - 2..<index where index + 2 < bytes.count {
          table[Self.slot(bytes, place)] = base + UInt32(place)
        }
      }
      // Up to two bytes are left, and the mark of a run.
      if output.count + 1 + (index - runStart) + (index - runStart) / longestRun + 3 > limit { return nil }
      Self.append(bytes, runStart..<bytes.count, to: &output)
      return output
    }

    /// How many bytes it takes to write so many down as they are.
    private static func cost(_ count: Int) -> Int { count + (count + longestRun - 1) / longestRun }

    private static func slot(_ bytes: Bytes, _ index: Int) -> Int {
      let three = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
      return Int((three >> 8 &- three &* 5) & UInt32(1 << tableBits - 1))
    }

    /// How many bytes from `index` on are those that stood `back` before; nil if fewer than three. The last two bytes of a
    /// string end no longer match, as LibLZF has it.
    private static func match(_ bytes: Bytes, _ index: Int, _ back: Int) -> Int? {
      let most = max(min(longestMatch, bytes.count - index - 2), 3)
      var count = 0
      while count < most, bytes[index - back + count] == bytes[index + count] { count += 1 }
      return count < 3 ? nil : count
    }

    private static func append(_ bytes: Bytes, _ run: Range<Int>, to output: inout [UInt8]) {
      for start in stride(from: run.lowerBound, to: run.upperBound, by: longestRun) {
        let end = min(start + longestRun, run.upperBound)
        output.append(UInt8(end - start - 1))
        for index in start..<end { output.append(bytes[index]) }
      }
    }
  }

  /// The original of `count` bytes; nil if that is not what the compressed form holds.
  static func decompress(_ bytes: Bytes, count: Int) -> [UInt8]? {
    // A byte stands for no more than a match of the longest kind in three.
    guard count >= 0, count / (longestMatch / 3) <= bytes.count else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(count)
    var index = 0
    while index < bytes.count {
      let mark = Int(bytes[index])
      index += 1
      if mark < longestRun {
        guard index + mark < bytes.count, output.count + mark < count else { return nil }
        for place in index...index + mark { output.append(bytes[place]) }
        index += mark + 1
        continue
      }
      var length = mark >> 5 + 2
      if length == 9 {
        guard index < bytes.count else { return nil }
        length += Int(bytes[index])
        index += 1
      }
      guard index < bytes.count else { return nil }
      let start = output.count - (mark & 31) << 8 - Int(bytes[index]) - 1
      index += 1
      guard start >= 0, output.count + length <= count else { return nil }
      // The match may reach into what it makes.
      for place in start..<start + length { output.append(output[place]) }
    }
    return output.count == count ? output : nil
  }
}
