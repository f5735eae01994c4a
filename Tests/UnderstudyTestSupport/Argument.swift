// One argument of a command as the tests write it: text, a number or raw bytes, and the encoding of a whole command.
//
// A command is sent as RESP asks for it: an array of bulk strings. Nothing here escapes or interprets anything, so a
// test can put any byte anywhere. Extend it with further literals only if they have one obvious spelling on the wire.

/// One argument of a command: bytes, written in a test as a string, an integer or an array of bytes.
public struct Argument: Hashable, Sendable {
  public var bytes: [UInt8]

  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
  public init(_ text: String) { self.bytes = Array(text.utf8) }
  public init(_ number: some BinaryInteger) { self.init(String(number)) }

  /// The argument as text if it is UTF-8, for comparing names; nil otherwise.
  public var text: String? { String(validating: bytes, as: UTF8.self) }

  /// The argument as text, upper-cased: the form in which command names and options are compared.
  public var upperText: String { String(decoding: bytes, as: UTF8.self).uppercased() }
}

extension Argument: ExpressibleByStringInterpolation {
  public init(stringLiteral value: String) { self.init(value) }
}

extension Argument: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self.init(value) }
}

extension Argument: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: UInt8...) { self.init(elements) }
}

extension Argument: CustomStringConvertible {
  /// The argument as redis-cli would take it: bare if it can stand so, quoted and escaped otherwise.
  public var description: String {
    let bare = bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x27 && $0 != 0x5C }
    return bare && !bytes.isEmpty ? String(decoding: bytes, as: UTF8.self) : quoted(bytes)
  }
}

/// Encodes a command as an array of bulk strings.
public func encodeCommand(_ arguments: some Collection<Argument>) -> [UInt8] {
  var out = Array("*\(arguments.count)\r\n".utf8)
  for argument in arguments {
    out += "$\(argument.bytes.count)\r\n".utf8
    out += argument.bytes
    out += [0x0D, 0x0A]
  }
  return out
}

/// Text between double quotes with every byte outside printable ASCII escaped, as redis-cli prints it.
public func quoted(_ bytes: some Sequence<UInt8>) -> String {
  let hex = Array("0123456789abcdef")
  var out = "\""
  for byte in bytes {
    switch byte {
    case 0x22: out += "\\\""
    case 0x5C: out += "\\\\"
    case 0x0D: out += "\\r"
    case 0x0A: out += "\\n"
    case 0x09: out += "\\t"
    case 0x20..<0x7F: out.unicodeScalars.append(Unicode.Scalar(byte))
    default: out += "\\x\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
    }
  }
  return out + "\""
}
