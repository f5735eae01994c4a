// RESPValue: a reply as a value, for tests that look at data without a client. All types of RESP3 are told apart.
// To extend: a new type of the protocol is a case here and a mark in `RESPReader`.

/// A reply of the server.
///
/// Embedded calls answer in RESP3, so a null is `.null` and a map is `.map`, whatever protocol clients speak.
public indirect enum RESPValue: Sendable, Equatable {
  /// `+OK`
  case simple(String)
  /// A string of bytes: what most values are.
  case bulk([UInt8])
  /// A 64-bit integer.
  case integer(Int64)
  /// A floating-point number.
  case double(Double)
  /// True or false.
  case boolean(Bool)
  /// Nothing: what a key that is not there answers.
  case null
  /// Values in order.
  case array([RESPValue])
  /// Values whose order means nothing.
  case set([RESPValue])
  /// Pairs, in the order in which the server sent them.
  case map([(key: RESPValue, value: RESPValue)])
  /// An out-of-band message.
  case push([RESPValue])
  /// Text with its format, as `txt`.
  case verbatim(format: String, text: [UInt8])
  /// Digits of an integer of any size.
  case bigNumber(String)
  /// An error reply inside an aggregate; a whole reply that is an error is thrown as `RedisServerError.reply`.
  case error(String)

  /// Whether two replies are the same. Two NaN are; sets and maps are compared in the order in which they were sent.
  public static func == (left: RESPValue, right: RESPValue) -> Bool {
    switch (left, right) {
    case (.simple(let a), .simple(let b)): a == b
    case (.bulk(let a), .bulk(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.double(let a), .double(let b)): a == b || (a.isNaN && b.isNaN)
    case (.boolean(let a), .boolean(let b)): a == b
    case (.null, .null): true
    case (.array(let a), .array(let b)), (.set(let a), .set(let b)), (.push(let a), .push(let b)): a == b
    case (.map(let a), .map(let b)): a.elementsEqual(b) { $0.key == $1.key && $0.value == $1.value }
    case (.verbatim(let a, let b), .verbatim(let c, let d)): a == c && b == d
    case (.bigNumber(let a), .bigNumber(let b)): a == b
    case (.error(let a), .error(let b)): a == b
    default: false
    }
  }
}

extension RESPValue {
  /// The text of a string, an error or a number; nil for aggregates and for null. Bytes that are not UTF-8 are
  /// replaced: use `bytes` for those.
  public var string: String? {
    switch self {
    case .simple(let text), .bigNumber(let text), .error(let text): text
    case .bulk(let bytes), .verbatim(_, let bytes): String(decoding: bytes, as: UTF8.self)
    case .integer(let value): String(value)
    case .double(let value): String(value)
    case .boolean(let value): value ? "1" : "0"
    case .null, .array, .set, .map, .push: nil
    }
  }

  /// The bytes of a string; nil for anything else.
  public var bytes: [UInt8]? {
    switch self {
    case .bulk(let bytes), .verbatim(_, let bytes): bytes
    case .simple(let text): Array(text.utf8)
    default: nil
    }
  }

  /// An integer, or a string that spells one.
  public var integer: Int64? {
    if case .integer(let value) = self { return value }
    return string.flatMap { Int64($0) }
  }

  /// A double, an integer, or a string that spells one.
  public var double: Double? {
    switch self {
    case .double(let value): value
    case .integer(let value): Double(value)
    default: string.flatMap { Double($0) }
    }
  }

  /// The elements of an array, a set or a push; a map's keys and values in turn.
  public var array: [RESPValue]? {
    switch self {
    case .array(let values), .set(let values), .push(let values): values
    case .map(let pairs): pairs.flatMap { [$0.key, $0.value] }
    default: nil
    }
  }

  /// Whether it is a null.
  public var isNull: Bool {
    if case .null = self { return true }
    return false
  }
}

extension RESPValue: CustomStringConvertible {
  /// The value as `redis-cli` would show it, on one line.
  public var description: String {
    switch self {
    case .simple(let text): text
    case .bulk(let bytes): "\"\(String(decoding: bytes, as: UTF8.self))\""
    case .integer(let value): "\(value)"
    case .double(let value): "\(value)"
    case .boolean(let value): value ? "true" : "false"
    case .null: "(nil)"
    case .array(let values), .push(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .set(let values): "{" + values.map(\.description).joined(separator: ", ") + "}"
    case .map(let pairs): "{" + pairs.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
    case .verbatim(_, let text): "\"\(String(decoding: text, as: UTF8.self))\""
    case .bigNumber(let digits): digits
    case .error(let text): "(error) \(text)"
    }
  }
}
