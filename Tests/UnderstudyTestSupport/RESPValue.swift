// A reply as a typed value: every type of RESP2 and RESP3, told apart as they are on the wire.
//
// Nothing is normalised: `+OK` is not `$2 OK`, RESP2's two nulls are not RESP3's, and a double keeps the text the server
// wrote. A parser of its own, independent of the engine's, so that a mistake there cannot hide here. It is handed whole
// frames (see `FrameScanner`). A new RESP type is added to the enum, to `parse`, to `serialize` and to the description.

/// One reply, or a part of one.
public indirect enum RESPValue: Hashable, Sendable {
  /// `+`
  case simple(String)
  /// `-`
  case error(String)
  /// `:`
  case integer(Int64)
  /// `$`
  case bulk([UInt8])
  /// `$-1`, RESP2's null in the place of a bulk string
  case nullBulk
  /// `*-1`, RESP2's null in the place of an array
  case nullArray
  /// `*`
  case array([RESPValue])
  /// `_`
  case null
  /// `#`
  case boolean(Bool)
  /// `,` with the text as the server wrote it
  case double(String)
  /// `(`
  case bigNumber(String)
  /// `!`
  case bulkError([UInt8])
  /// `=` with its three-letter format
  case verbatim(format: String, [UInt8])
  /// `%`
  case map([Pair])
  /// `~`
  case set([RESPValue])
  /// `>`
  case push([RESPValue])
  /// `|` and the value that it speaks of
  case attribute([Pair], RESPValue)

  /// One entry of a map.
  public struct Pair: Hashable, Sendable {
    public var key: RESPValue
    public var value: RESPValue
    public init(_ key: RESPValue, _ value: RESPValue) {
      self.key = key
      self.value = value
    }
  }

  /// A bulk string from text, for writing expectations.
  public static func text(_ text: String) -> RESPValue { .bulk(Array(text.utf8)) }
}

/// A frame that is not RESP.
public struct RESPParseError: Error, Hashable, CustomStringConvertible {
  public var reason: String
  public var frame: [UInt8]
  public var description: String { "not RESP: \(reason), in \(quoted(frame.prefix(400)))" }
}

extension RESPValue {
  /// Parses one whole frame.
  public init(parsing frame: some Collection<UInt8>) throws(RESPParseError) {
    var cursor = Cursor(bytes: Array(frame))
    self = try cursor.value(depth: 0)
    guard cursor.position == cursor.bytes.count else {
      throw cursor.failure("\(cursor.bytes.count - cursor.position) bytes follow the frame")
    }
  }

  private struct Cursor {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    func failure(_ reason: String) -> RESPParseError { RESPParseError(reason: reason, frame: bytes) }

    mutating func line() throws(RESPParseError) -> String {
      guard position < bytes.count, let end = bytes[position...].firstIndex(of: 0x0D), end + 1 < bytes.count,
        bytes[end + 1] == 0x0A
      else { throw failure("a line has no end") }
      defer { position = end + 2 }
      return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    mutating func number() throws(RESPParseError) -> Int64 {
      let text = try line()
      guard let number = Int64(text) else { throw failure("'\(text)' is no integer") }
      return number
    }

    mutating func body(_ length: Int64) throws(RESPParseError) -> [UInt8] {
      guard length >= 0, length <= bytes.count - position - 2 else { throw failure("a bulk of length \(length)") }
      let end = position + Int(length)
      guard bytes[end] == 0x0D, bytes[end + 1] == 0x0A else { throw failure("a bulk that does not end in CRLF") }
      defer { position = end + 2 }
      return Array(bytes[position..<end])
    }

    mutating func values(_ count: Int64, depth: Int) throws(RESPParseError) -> [RESPValue] {
      guard count >= 0 else { throw failure("an aggregate of \(count) elements") }
      var out: [RESPValue] = []
      for _ in 0..<count { out.append(try value(depth: depth + 1)) }
      return out
    }

    mutating func pairs(_ count: Int64, depth: Int) throws(RESPParseError) -> [Pair] {
      guard count >= 0 else { throw failure("an aggregate of \(count) pairs") }
      var out: [Pair] = []
      for _ in 0..<count {
        let key = try value(depth: depth + 1)
        out.append(Pair(key, try value(depth: depth + 1)))
      }
      return out
    }

    mutating func value(depth: Int) throws(RESPParseError) -> RESPValue {
      guard depth < 512 else { throw failure("more than 512 levels deep") }
      guard position < bytes.count else { throw failure("it ends too early") }
      let type = bytes[position]
      position += 1
      switch type {
      case UInt8(ascii: "+"): return .simple(try line())
      case UInt8(ascii: "-"): return .error(try line())
      case UInt8(ascii: ":"): return .integer(try number())
      case UInt8(ascii: "$"):
        let length = try number()
        return length == -1 ? .nullBulk : .bulk(try body(length))
      case UInt8(ascii: "*"):
        let count = try number()
        return count == -1 ? .nullArray : .array(try values(count, depth: depth))
      case UInt8(ascii: "_"):
        guard try line().isEmpty else { throw failure("a null with text") }
        return .null
      case UInt8(ascii: "#"):
        switch try line() {
        case "t": return .boolean(true)
        case "f": return .boolean(false)
        default: throw failure("a boolean that is neither t nor f")
        }
      case UInt8(ascii: ","): return .double(try line())
      case UInt8(ascii: "("): return .bigNumber(try line())
      case UInt8(ascii: "!"): return .bulkError(try body(try number()))
      case UInt8(ascii: "="):
        let bytes = try body(try number())
        guard bytes.count >= 4, bytes[3] == UInt8(ascii: ":") else { throw failure("a verbatim without format") }
        return .verbatim(format: String(decoding: bytes[..<3], as: UTF8.self), Array(bytes[4...]))
      case UInt8(ascii: "%"): return .map(try pairs(try number(), depth: depth))
      case UInt8(ascii: "~"): return .set(try values(try number(), depth: depth))
      case UInt8(ascii: ">"): return .push(try values(try number(), depth: depth))
      case UInt8(ascii: "|"):
        let attributes = try pairs(try number(), depth: depth)
        return .attribute(attributes, try value(depth: depth))
      default: throw failure("unknown type byte \(quoted([type]))")
      }
    }
  }
}

extension RESPValue {
  /// The value as it stands on the wire.
  public var serialized: [UInt8] {
    var out: [UInt8] = []
    serialize(into: &out)
    return out
  }

  private func serialize(into out: inout [UInt8]) {
    func head(_ type: Character, _ text: some CustomStringConvertible) { out += "\(type)\(text)\r\n".utf8 }
    func blob(_ type: Character, _ bytes: [UInt8]) {
      head(type, bytes.count)
      out += bytes + [0x0D, 0x0A]
    }
    switch self {
    case .simple(let text): head("+", text)
    case .error(let text): head("-", text)
    case .integer(let number): head(":", number)
    case .bulk(let bytes): blob("$", bytes)
    case .nullBulk: head("$", -1)
    case .nullArray: head("*", -1)
    case .null: head("_", "")
    case .boolean(let flag): head("#", flag ? "t" : "f")
    case .double(let text): head(",", text)
    case .bigNumber(let text): head("(", text)
    case .bulkError(let bytes): blob("!", bytes)
    case .verbatim(let format, let bytes): blob("=", Array(format.utf8) + [0x3A] + bytes)
    case .array(let values):
      head("*", values.count)
      for value in values { value.serialize(into: &out) }
    case .set(let values):
      head("~", values.count)
      for value in values { value.serialize(into: &out) }
    case .push(let values):
      head(">", values.count)
      for value in values { value.serialize(into: &out) }
    case .map(let pairs):
      head("%", pairs.count)
      for pair in pairs {
        pair.key.serialize(into: &out)
        pair.value.serialize(into: &out)
      }
    case .attribute(let pairs, let value):
      head("|", pairs.count)
      for pair in pairs {
        pair.key.serialize(into: &out)
        pair.value.serialize(into: &out)
      }
      value.serialize(into: &out)
    }
  }
}
