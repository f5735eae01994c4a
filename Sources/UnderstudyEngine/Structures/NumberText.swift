// Numbers as text: what Redis takes for an integer or a double, and how it writes them.
//
// Three notations of a double meet here, and they differ on purpose:
// - `.seventeenDigits` is the reply of 7.0 (`%.17g`: 0.1 reads 0.10000000000000001);
// - `.shortest` is the reply from 7.2 on (0.1 reads 0.1);
// - plain notation (no exponent, at most 17 decimals) is what INCRBYFLOAT, HINCRBYFLOAT and GEOPOS write. The
//   first two add in `long double`, so their arithmetic is done in C and its precision is the platform's.
//
// This file says `unsafe`. What keeps it safe: every write goes to a buffer whose required capacity is named
// beside the function, reads stay within the `Bytes` given. The `with…` forms bring their own buffer and need
// no care.
//
// To extend: a new notation becomes a `DoubleStyle` case here, and a row in NumberTextTests.

internal import CUnderstudyPlatform

/// Text of numbers as Redis reads and writes it.
package enum NumberText {
  /// The room `writeInt64` needs: "-9223372036854775808".
  package static let int64Capacity = 20
  /// The room `writeDouble` needs.
  package static let doubleCapacity = 32
  /// The room `writePlain` and `sum` need (a long double without an exponent has up to 4933 digits).
  package static let plainCapacity = 5120

  /// The notation of a double in a reply.
  package enum DoubleStyle: UInt8, Sendable {
    /// `%.17g`, as 7.0 replies.
    case seventeenDigits
    /// The fewest digits that read back as the same number, as 7.2 and later reply.
    case shortest
  }

  // MARK: Reading

  /// The integer that `bytes` spells in the one canonical way: no sign but a leading minus, no leading zeros,
  /// no spaces, no "-0", within 64 bits.
  package static func parseInt64(_ bytes: Bytes) -> Int64? {
    let count = bytes.count
    guard count > 0, count <= int64Capacity else { return nil }
    let text = unsafe bytes.pointer.assumingMemoryBound(to: UInt8.self)
    var index = 0
    let negative = unsafe text[0] == UInt8(ascii: "-")
    if negative {
      index = 1
      if count == 1 { return nil }
    }
    let first = unsafe text[index] &- UInt8(ascii: "0")
    if first > 9 { return nil }
    if first == 0 { return count == 1 ? 0 : nil }
    var magnitude = UInt64(first)
    index &+= 1
    // Up to 18 digits cannot overflow; only longer texts pay for the checks.
    if count <= 18 {
      while index < count {
        let digit = unsafe text[index] &- UInt8(ascii: "0")
        if digit > 9 { return nil }
        magnitude = magnitude &* 10 &+ UInt64(digit)
        index &+= 1
      }
      return negative ? 0 &- Int64(bitPattern: magnitude) : Int64(bitPattern: magnitude)
    }
    while index < count {
      let digit = unsafe text[index] &- UInt8(ascii: "0")
      if digit > 9 { return nil }
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      if overflow || carry { return nil }
      magnitude = sum
      index &+= 1
    }
    if negative {
      return magnitude <= 1 << 63 ? Int64(bitPattern: 0 &- magnitude) : nil
    }
    return magnitude < 1 << 63 ? Int64(bitPattern: magnitude) : nil
  }

  /// A score or an increment: the whole of `bytes` as C's `strtod` reads it (decimal, hexadecimal, "inf"),
  /// without a leading space, without overflow or underflow; never a NaN. A leading plus and leading zeros
  /// are allowed.
  package static func parseDouble(_ bytes: Bytes) -> Double? {
    if let value = simpleDecimal(bytes) { return value }
    return parse(bytes, mode: UNDERSTUDY_PARSE_STRICT)
  }

  /// The bound of a score range (after the caller has taken off a "("): more lenient than a score. Empty
  /// reads 0, leading spaces are skipped, an overflow reads as infinity, and the text ends at its first NUL
  /// byte.
  package static func parseRangeBound(_ bytes: Bytes) -> Double? {
    if let value = simpleDecimal(bytes) { return value }
    return parse(bytes, mode: UNDERSTUDY_PARSE_BOUND)
  }

  /// What SORT sorts by: as lenient as a range's bound, but a number that a double cannot hold is none.
  package static func parseWeight(_ bytes: Bytes) -> Double? {
    if let value = simpleDecimal(bytes) { return value }
    return parse(bytes, mode: UNDERSTUDY_PARSE_WEIGHT)
  }

  private static func parse(_ bytes: Bytes, mode: Int) -> Double? {
    var value = 0.0
    let text = unsafe bytes.pointer.assumingMemoryBound(to: CChar.self)
    return unsafe understudy_parse_double(text, bytes.count, Int32(mode), &value) == 1 ? value : nil
  }

  /// The everyday case without C: an optional minus, digits, perhaps a point and digits, 15 digits at most.
  /// Both the digits and the power of ten are exact doubles then, and one division rounds correctly.
  private static func simpleDecimal(_ bytes: Bytes) -> Double? {
    let count = bytes.count
    guard count > 0, count <= 17 else { return nil }
    let text = unsafe bytes.pointer.assumingMemoryBound(to: UInt8.self)
    var index = 0
    let negative = unsafe text[0] == UInt8(ascii: "-")
    if negative { index = 1 }
    var digits: Int64 = 0
    var digitCount = 0
    var decimals = -1
    while index < count {
      let byte = unsafe text[index]
      let digit = byte &- UInt8(ascii: "0")
      if digit <= 9 {
        digits = digits &* 10 &+ Int64(digit)
        digitCount &+= 1
        if decimals >= 0 { decimals &+= 1 }
      } else if byte == UInt8(ascii: "."), decimals < 0 {
        decimals = 0
      } else {
        return nil
      }
      index &+= 1
    }
    guard digitCount > 0, digitCount <= 15 else { return nil }
    var value = Double(digits)
    if decimals > 0 {
      var power = 1.0
      for _ in 0..<decimals { power *= 10 }
      value /= power
    }
    return negative ? -value : value
  }

  // MARK: Writing integers

  /// Writes `value` in decimal at `out` and answers the length, at most `int64Capacity`.
  @discardableResult
  package static func writeInt64(_ value: Int64, into out: UnsafeMutablePointer<UInt8>) -> Int {
    if value >= 0 { return unsafe writeUInt64(UInt64(bitPattern: value), into: out) }
    unsafe out[0] = UInt8(ascii: "-")
    return unsafe writeUInt64(0 &- UInt64(bitPattern: value), into: out + 1) &+ 1
  }

  /// Writes `value` in decimal at `out` and answers the length, at most `int64Capacity`.
  @discardableResult
  package static func writeUInt64(_ value: UInt64, into out: UnsafeMutablePointer<UInt8>) -> Int {
    let length = digitCount(value)
    var index = length
    var rest = value
    while rest >= 10 {
      let quotient = rest / 10
      index &-= 1
      unsafe out[index] = UInt8(truncatingIfNeeded: rest &- quotient &* 10) &+ UInt8(ascii: "0")
      rest = quotient
    }
    unsafe out[0] = UInt8(truncatingIfNeeded: rest) &+ UInt8(ascii: "0")
    return length
  }

  /// The number of bytes that `writeInt64` would write.
  package static func length(of value: Int64) -> Int {
    value >= 0 ? digitCount(UInt64(bitPattern: value)) : digitCount(0 &- UInt64(bitPattern: value)) &+ 1
  }

  private static func digitCount(_ value: UInt64) -> Int {
    var count = 1
    var bound: UInt64 = 10
    while value >= bound {
      count &+= 1
      if count == 20 { return 20 }
      bound = bound &* 10
    }
    return count
  }

  /// Lends the decimal text of `value` to `body`.
  @inline(__always)
  package static func withInt64<R>(_ value: Int64, _ body: (Bytes) -> R) -> R {
    var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    return unsafe withUnsafeMutableBytes(of: &words) { buffer in
      guard let base = buffer.baseAddress else { return body(Bytes("")) }
      let out = unsafe base.assumingMemoryBound(to: UInt8.self)
      let count = unsafe writeInt64(value, into: out)
      return body(unsafe Bytes(out, count: count))
    }
  }

  // MARK: Writing doubles

  /// Writes `value` at `out` as a reply shows it and answers the length, at most `doubleCapacity`. Infinities
  /// are "inf" and "-inf"; a negative zero keeps its sign.
  package static func writeDouble(
    _ value: Double, into out: UnsafeMutablePointer<UInt8>, style: DoubleStyle
  ) -> Int {
    // Below 1e17 `%.17g` of a whole number is the integer itself; the shortest form agrees up to 2^53.
    if value.magnitude < 0x1p53 {
      let whole = Int64(value)
      if Double(whole) == value, whole != 0 || value.sign == .plus {
        return unsafe writeInt64(whole, into: out)
      }
    }
    if value.isInfinite { return unsafe write(value < 0 ? "-inf" : "inf", into: out) }
    if value.isNaN { return unsafe write("nan", into: out) }
    if value == 0 { return unsafe write("-0", into: out) }
    switch style {
    case .seventeenDigits:
      return unsafe out.withMemoryRebound(to: CChar.self, capacity: doubleCapacity) {
        Int(unsafe understudy_format_double(value, 17, $0))
      }
    case .shortest:
      return unsafe writeShortest(value, into: out)
    }
  }

  /// Lends the text of `value` to `body`.
  @inline(__always)
  package static func withDouble<R>(_ value: Double, style: DoubleStyle, _ body: (Bytes) -> R) -> R {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    return unsafe withUnsafeMutableBytes(of: &words) { buffer in
      guard let base = buffer.baseAddress else { return body(Bytes("")) }
      let out = unsafe base.assumingMemoryBound(to: UInt8.self)
      let count = unsafe writeDouble(value, into: out, style: style)
      return body(unsafe Bytes(out, count: count))
    }
  }

  private static func write(_ literal: StaticString, into out: UnsafeMutablePointer<UInt8>) -> Int {
    unsafe out.update(from: literal.utf8Start, count: literal.utf8CodeUnitCount)
    return literal.utf8CodeUnitCount
  }

  /// The shortest digits come from the standard library; only their arrangement is ours. A plain form is used
  /// while it stays short: whole numbers with up to seven zeros appended, fractions with up to six zeros
  /// behind the point (or whose first digit stands within three places of it); else one digit, a point, the
  /// rest, and the exponent.
  private static func writeShortest(_ value: Double, into out: UnsafeMutablePointer<UInt8>) -> Int {
    // Take the standard library's text apart: digits, and the place of the point as a power of ten.
    var digits: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    return unsafe withUnsafeMutableBytes(of: &digits) { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      let digit = unsafe base.assumingMemoryBound(to: UInt8.self)
      var count = 0
      var exponent = 0  // of the last digit
      var seenPoint = false
      var inExponent = false
      var exponentNegative = false
      var written = 0
      for byte in value.magnitude.description.utf8 {
        switch byte {
        case UInt8(ascii: "."): seenPoint = true
        case UInt8(ascii: "e"), UInt8(ascii: "E"): inExponent = true
        case UInt8(ascii: "-"): exponentNegative = true
        case UInt8(ascii: "+"): break
        default:
          if inExponent {
            written = written &* 10 &+ Int(byte &- UInt8(ascii: "0"))
          } else {
            if seenPoint { exponent &-= 1 }
            if count > 0 || byte != UInt8(ascii: "0"), count < 24 {
              unsafe digit[count] = byte
              count &+= 1
            }
          }
        }
      }
      exponent &+= exponentNegative ? 0 &- written : written
      while count > 1, unsafe digit[count - 1] == UInt8(ascii: "0") {
        count &-= 1
        exponent &+= 1
      }
      var end = 0
      func put(_ byte: UInt8) {
        unsafe out[end] = byte
        end &+= 1
      }
      if value < 0 { put(UInt8(ascii: "-")) }
      let leading = exponent + count - 1  // the power of ten of the first digit
      if exponent >= 0, abs(leading) < count + 7 {
        for index in 0..<count { put(unsafe digit[index]) }
        for _ in 0..<exponent { put(UInt8(ascii: "0")) }
        return end
      }
      if exponent < 0, exponent > -7 || abs(leading) < 4 {
        let whole = count + exponent
        if whole <= 0 {
          put(UInt8(ascii: "0"))
          put(UInt8(ascii: "."))
          for _ in 0..<(0 - whole) { put(UInt8(ascii: "0")) }
          for index in 0..<count { put(unsafe digit[index]) }
        } else {
          for index in 0..<count {
            if index == whole { put(UInt8(ascii: ".")) }
            put(unsafe digit[index])
          }
        }
        return end
      }
      put(unsafe digit[0])
      if count > 1 {
        put(UInt8(ascii: "."))
        for index in 1..<count { put(unsafe digit[index]) }
      }
      put(UInt8(ascii: "e"))
      put(UInt8(ascii: leading < 0 ? "-" : "+"))
      end &+= unsafe writeInt64(Int64(abs(leading)), into: out + end)
      return end
    }
  }

  /// Writes `value` with exactly `decimals` (0...17) digits behind the point; `out` needs 330 bytes.
  package static func writeFixed(_ value: Double, decimals: Int, into out: UnsafeMutablePointer<UInt8>) -> Int
  {
    unsafe out.withMemoryRebound(to: CChar.self, capacity: 330) {
      Int(unsafe understudy_format_fixed(value, Int32(min(max(decimals, 0), 17)), $0))
    }
  }

  /// Writes `value` without an exponent, with at most 17 decimals and no trailing zeros; `out` needs 330
  /// bytes.
  package static func writePlain(_ value: Double, into out: UnsafeMutablePointer<UInt8>) -> Int {
    unsafe withUnsafeTemporaryAllocation(byteCount: plainCapacity, alignment: 1) { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      let count = unsafe min(
        Int(understudy_format_plain(value, base.assumingMemoryBound(to: CChar.self))), 330)
      unsafe UnsafeMutableRawPointer(out).copyMemory(from: base, byteCount: count)
      return count
    }
  }

  /// Lends the text of `writeFixed` to `body`.
  package static func withFixed<R>(_ value: Double, decimals: Int, _ body: (Bytes) -> R) -> R {
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 336) { buffer in
      guard let out = buffer.baseAddress else { return body(Bytes("")) }
      return body(unsafe Bytes(out, count: writeFixed(value, decimals: decimals, into: out)))
    }
  }

  /// Lends the text of `writePlain` to `body`.
  package static func withPlain<R>(_ value: Double, _ body: (Bytes) -> R) -> R {
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 336) { buffer in
      guard let out = buffer.baseAddress else { return body(Bytes("")) }
      return body(unsafe Bytes(out, count: writePlain(value, into: out)))
    }
  }

  // MARK: Arithmetic on text

  /// What a text is as a long double.
  package enum Increment: Sendable { case finite, infinite, invalid }

  /// Tells whether an increment can be used, before a value is looked at.
  package static func classifyIncrement(_ bytes: Bytes) -> Increment {
    let text = unsafe bytes.pointer.assumingMemoryBound(to: CChar.self)
    switch unsafe Int(understudy_classify_long_double(text, bytes.count)) {
    case UNDERSTUDY_NUMBER_FINITE: return .finite
    case UNDERSTUDY_NUMBER_INFINITE: return .infinite
    default: return .invalid
    }
  }

  /// The outcome of `sum`.
  package enum Sum {
    /// The text of the sum, lent until the closure returns.
    case text(Bytes)
    case invalidValue
    case invalidIncrement
    /// The sum is an infinity or not a number.
    case notFinite
  }

  /// Adds two numbers given as text, as INCRBYFLOAT does, and lends the outcome to `body`. No value counts as
  /// zero. An invalid increment is reported before an invalid value.
  package static func sum<R>(_ value: Bytes?, _ increment: Bytes, _ body: (Sum) -> R) -> R {
    unsafe withUnsafeTemporaryAllocation(byteCount: plainCapacity, alignment: 1) { buffer in
      guard let base = buffer.baseAddress else { return body(.notFinite) }
      let out = unsafe base.assumingMemoryBound(to: CChar.self)
      let left = unsafe value?.pointer.assumingMemoryBound(to: CChar.self)
      let right = unsafe increment.pointer.assumingMemoryBound(to: CChar.self)
      let count = unsafe understudy_sum_long_doubles(left, value?.count ?? 0, right, increment.count, out)
      if count > 0 { return body(.text(unsafe Bytes(base, count: count))) }
      switch count {
      case UNDERSTUDY_SUM_BAD_VALUE: return body(.invalidValue)
      case UNDERSTUDY_SUM_BAD_INCREMENT: return body(.invalidIncrement)
      default: return body(.notFinite)
      }
    }
  }
}
