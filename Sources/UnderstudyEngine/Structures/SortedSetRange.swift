// What ranges a sorted set can be asked for, and the order of scores as words.

/// A range of scores; either end may be an infinity.
package struct ScoreRange: Equatable, Sendable {
  package var lower: Double
  package var upper: Double
  package var excludesLower: Bool
  package var excludesUpper: Bool

  package init(lower: Double, upper: Double, excludesLower: Bool = false, excludesUpper: Bool = false) {
    self.lower = lower
    self.upper = upper
    self.excludesLower = excludesLower
    self.excludesUpper = excludesUpper
  }

  @inline(__always)
  func isBelow(_ score: Double) -> Bool { excludesLower ? score <= lower : score < lower }

  @inline(__always)
  func isAbove(_ score: Double) -> Bool { excludesUpper ? score >= upper : score > upper }
}

/// An end of a range of members: "-", "+", "[member" or "(member".
package enum LexBound {
  case lowest
  case highest
  case inclusive(Bytes)
  case exclusive(Bytes)
}

/// A range of members, which makes sense where all scores are equal.
package struct LexRange {
  package var lower: LexBound
  package var upper: LexBound

  package init(lower: LexBound, upper: LexBound) {
    self.lower = lower
    self.upper = upper
  }

  func isBelow(_ member: Bytes) -> Bool {
    switch lower {
    case .lowest: false
    case .highest: true
    case .inclusive(let bound): ByteOrder.compare(member, bound) < 0
    case .exclusive(let bound): ByteOrder.compare(member, bound) <= 0
    }
  }

  func isAbove(_ member: Bytes) -> Bool {
    switch upper {
    case .lowest: true
    case .highest: false
    case .inclusive(let bound): ByteOrder.compare(member, bound) > 0
    case .exclusive(let bound): ByteOrder.compare(member, bound) >= 0
    }
  }
}

/// Scores as words of the same order, so that the tree compares integers. A negative zero is a zero there, as
/// it is to a comparison of doubles; the score itself is kept elsewhere.
enum ScoreOrder {
  @inline(__always)
  static func word(_ score: Double) -> UInt64 {
    let bits = (score + 0.0).bitPattern
    return Int64(bitPattern: bits) < 0 ? ~bits : bits | 1 << 63
  }
}
