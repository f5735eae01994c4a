// RandomCount: the count of HRANDFIELD, SRANDMEMBER and ZRANDMEMBER, and whether elements may come more than once.

/// How many elements are wanted: with a negative count, elements may come more than once.
struct RandomCount {
  let count: Int
  let mayRepeat: Bool

  /// No reply shows more elements than this; a real server would fill its memory.
  private static let repeatLimit: Int64 = 100_000_000

  /// Reads the count at position 2, and whether an option word follows it.
  /// - Parameters:
  ///   - option: the word (WITHVALUES, WITHSCORES) that may follow; it halves the range of the count.
  init(_ context: borrowing Context, option: StaticString?, _ hasOption: inout Bool) throws(ReplyError) {
    let arguments = context.arguments
    let count = try arguments.integer(2)
    if count == .min { throw .notWithinLong }
    if arguments.count > 3 {
      guard let option, arguments.count == 4, arguments[3].matches(option) else { throw .syntax }
      hasOption = true
      if count < -Int64.max / 2 || count > Int64.max / 2 { throw .outOfRange }
    }
    mayRepeat = count < 0
    if mayRepeat && count.magnitude > UInt64(Self.repeatLimit) { throw .outOfRange }
    self.count = Int(count.magnitude)
  }
}
