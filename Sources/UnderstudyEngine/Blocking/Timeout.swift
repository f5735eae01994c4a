// The timeout argument of blocking commands: seconds with a fraction, or (XREAD) whole milliseconds.

extension Context {
  /// The timeout at `index`, in seconds there, as milliseconds rounded up; 0 waits for ever.
  func timeout(_ index: Int) throws(ReplyError) -> Int64 {
    guard let seconds = Self.timeoutSeconds(arguments[index]) else { throw .timeoutNotAFloat }
    let milliseconds = (seconds * 1000).rounded(.up)
    if milliseconds < 0 && milliseconds > -0x1p63 { throw .timeoutNegative }
    guard milliseconds.magnitude < 0x1p63 else {
      // 7.0 lets the number wrap to a negative one.
      throw engine.emulates72 && milliseconds > 0 ? .timeoutOutOfRange : .timeoutNegative
    }
    return try bounded(Int64(milliseconds))
  }

  /// The timeout at `index`, in milliseconds there; 0 waits for ever.
  func timeoutMilliseconds(_ index: Int) throws(ReplyError) -> Int64 {
    guard let milliseconds = NumberText.parseInt64(arguments[index]) else { throw .timeoutNotAnInteger }
    if milliseconds < 0 { throw .timeoutNegative }
    return try bounded(milliseconds)
  }

  /// A time that cannot be added to the present one is refused from 7.2 on; 7.0 waits for what comes of the sum.
  private func bounded(_ milliseconds: Int64) throws(ReplyError) -> Int64 {
    let limit = Int64.max &- max(now, 0)
    if milliseconds > limit && engine.emulates72 { throw .timeoutOutOfRange }
    return milliseconds
  }

  /// Seconds as a `long double` would be read: wider than a double, so that what overflows or underflows one is still
  /// a number.
  private static func timeoutSeconds(_ text: Bytes) -> Double? {
    if let value = NumberText.parseDouble(text) { return value }
    guard NumberText.classifyIncrement(text) != .invalid, let value = NumberText.parseRangeBound(text) else {
      return nil
    }
    return value == 0 ? 0x1p-1000 : value
  }
}
