// How many elements a HyperLogLog has seen, estimated from how often each value stands in its registers: the improved raw
// estimator of O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6.
//
// The sums are made in the order of the paper, in doubles, so that the estimate is the same number everywhere.

extension HyperLogLog {
  /// The most that an element can raise a register to, less one: the bits of a hash that do not choose the register.
  private static let rankBits = 50

  /// The estimate for a string; nil if it is corrupt.
  package static func estimate(_ bytes: Bytes) -> UInt64? {
    var histogram = RegisterHistogram()
    if isSparse(bytes) {
      let isWhole = forEachRun(bytes) { run, _ in
        histogram.add(run.value, run.count)
        return true
      }
      guard isWhole else { return nil }
    } else {
      forEachRegister(ofDense: bytes) { _, value in histogram.add(value, 1) }
    }
    return estimate(histogram)
  }

  /// The estimate for registers that were merged.
  package static func estimate(_ registers: [UInt8]) -> UInt64 {
    var histogram = RegisterHistogram()
    for value in registers { histogram.add(value, 1) }
    return estimate(histogram)
  }

  private static func estimate(_ histogram: RegisterHistogram) -> UInt64 {
    let count = Double(registerCount)
    var sum = count * tau((count - Double(histogram[rankBits + 1])) / count)
    for value in (1...rankBits).reversed() { sum = (sum + Double(histogram[value])) * 0.5 }
    sum += count * sigma(Double(histogram[0]) / count)
    // The constant is 1 / (2 ln 2).
    let estimate = (0.721347520444481703680 * count * count / sum).rounded(.toNearestOrAwayFromZero)
    // What no integer can hold is the lowest one, as the processor converts it on the real server. Only a string that
    // was made up comes here.
    guard estimate < 0x1p63 else { return 1 << 63 }
    return UInt64(estimate)
  }

  private static func sigma(_ start: Double) -> Double {
    if start == 1 { return .infinity }
    var (x, y, sum) = (start, 1.0, start)
    while true {
      x *= x
      let before = sum
      sum += x * y
      y += y
      if sum == before { return sum }
    }
  }

  private static func tau(_ start: Double) -> Double {
    if start == 0 || start == 1 { return 0 }
    var (x, y, sum) = (start, 1.0, 1 - start)
    while true {
      x = x.squareRoot()
      let before = sum
      y *= 0.5
      sum -= (1 - x) * (1 - x) * y
      if sum == before { return sum / 3 }
    }
  }
}

/// How many registers have each value (0...63).
private struct RegisterHistogram {
  private var counts = [UInt32](repeating: 0, count: 64)

  @inline(__always)
  mutating func add(_ value: UInt8, _ count: Int) { counts[Int(value & 63)] &+= UInt32(truncatingIfNeeded: count) }

  subscript(value: Int) -> UInt32 { counts[value] }
}
