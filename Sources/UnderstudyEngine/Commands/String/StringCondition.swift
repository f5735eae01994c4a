// StringCondition: what SET and DELEX may ask of the string that is there before they act: IFEQ, IFNE, IFDEQ and IFDNE,
// which compare it with a string, or its digest with a digest.

struct StringCondition {
  private let wanted: Bytes
  /// Whether `wanted` is a digest.
  private let isDigest: Bool
  /// Whether the condition is that they are equal.
  private let isEqual: Bool

  /// Which conditions a command takes.
  enum Kind { case all, equalOnly }

  /// Nil if the word names no condition.
  init?(_ word: Bytes, _ wanted: Bytes, _ kind: Kind = .all) {
    if word.matches("IFEQ") {
      (isDigest, isEqual) = (false, true)
    } else if kind == .equalOnly {
      return nil
    } else if word.matches("IFNE") {
      (isDigest, isEqual) = (false, false)
    } else if word.matches("IFDEQ") {
      (isDigest, isEqual) = (true, true)
    } else if word.matches("IFDNE") {
      (isDigest, isEqual) = (true, false)
    } else {
      return nil
    }
    self.wanted = wanted
  }

  /// Whether the condition holds where there is no key.
  var holdsForNothing: Bool { !isEqual }

  /// Whether the condition holds for a string.
  func holds(for entry: Entry) throws(ReplyError) -> Bool {
    guard !entry.kind.isContainer else { throw .wrongType }
    // The digits may be any bytes: what spells no number equals none.
    if isDigest && wanted.count != Digest.digitCount { throw .digestLength }
    return try entry.withString { string in
      guard isDigest else { return string == wanted }
      return Digest(string).withText { $0.equalsIgnoringCase(wanted) }
    } == isEqual
  }
}

/// The digest of a string: the 64 bits of its XXH3 in hexadecimal digits.
struct Digest {
  static let digitCount = 16
  private let hash: UInt64

  init(_ string: Bytes) { hash = XXH3.hash(string) }

  /// Lends the digits to `body`.
  func withText<R>(_ body: (Bytes) -> R) -> R {
    var digits: [UInt8] = []
    for index in 0..<Self.digitCount {
      let digit = UInt8(truncatingIfNeeded: hash >> UInt64(60 - index * 4)) & 0xf
      digits.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
    return digits.withBytes(body)
  }
}
