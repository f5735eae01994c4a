// TranscriptText: requests and replies as the cases of the conformance suite write them (Conformance/README.md), so that
// people can read a recording, compare two of them line by line, and make a case of it.
//
// Each type of the protocol is told from every other, by what stood on the wire. Where no two servers answer alike, a
// matcher stands in place of the reply (`ReplyFreedom`).

/// How much of a reply another server has to answer too.
enum ReplyFreedom: Sendable {
  /// All of it.
  case exact
  /// Its elements, in any order.
  case unordered
  /// Its keys with their values, in any order.
  case map
  /// As many elements.
  case size
  /// A number above 0.
  case positive
  /// A reply, whatever it says.
  case any

  /// By the command that was asked.
  init(of name: String, _ arguments: Arguments) {
    switch name {
    case "keys", "smembers", "sinter", "sunion", "sdiff", "hkeys", "hvals", "pubsub|channels": self = .unordered
    case "hgetall", "config|get": self = .map
    case "time", "scan", "sscan", "hscan", "zscan": self = .size
    case "ttl", "pttl", "expiretime", "pexpiretime", "object|idletime", "memory|usage": self = .positive
    case "xadd": self = Self.makesIdentifier(arguments) ? .any : .exact
    case "randomkey", "srandmember", "spop", "hrandfield", "zrandmember", "acl|genpass", "lastsave", "wait", "role", "hello",
      "info", "object|freq", "debug|object", "client|id", "client|info", "client|list", "client|getredir", "client|trackinginfo":
      self = .any
    default:
      let container = name.prefix { $0 != "|" }
      self = ["command", "slowlog", "latency", "memory", "cluster", "module"].contains(container) ? .any : .exact
    }
  }

  /// Whether XADD leaves its entry's number to the server.
  private static func makesIdentifier(_ arguments: Arguments) -> Bool {
    (2..<max(2, arguments.count)).contains { arguments[$0].matches("*") }
  }
}

enum TranscriptText {
  private static let width = 110

  // MARK: Requests

  /// The words of a request, as one types them.
  static func words(_ words: [[UInt8]]) -> [UInt8] {
    var text: [UInt8] = []
    for word in words {
      if !text.isEmpty { text.append(32) }
      text += isPlain(word) ? word : quoted(word)
    }
    return text
  }

  private static func isPlain(_ word: [UInt8]) -> Bool {
    !word.isEmpty && word.allSatisfy { isNamePart($0) || ":.,*/@+=()".utf8.contains($0) }
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 95
  }

  /// Text between quotes. A long run of one byte is written as such.
  static func quoted(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let bytes = Array(bytes)
    var text: [UInt8] = []
    var (start, index) = (0, 0)
    while index < bytes.count {
      var end = index
      while end < bytes.count && bytes[end] == bytes[index] { end += 1 }
      if end - index > 40 {
        if start < index { text += escaped(bytes[start..<index]) }
        text += escaped(bytes[index...index]) + Array("*\(end - index)".utf8)
        start = end
      }
      index = end
    }
    if start < bytes.count || text.isEmpty { text += escaped(bytes[start...]) }
    return text
  }

  private static func escaped(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = [UInt8(ascii: "\"")]
    for index in bytes.indices {
      let byte = bytes[index]
      switch byte {
      case 13: text += Array("\\r".utf8)
      case 10: text += Array("\\n".utf8)
      case 9: text += Array("\\t".utf8)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "$") where index + 1 < bytes.endIndex && bytes[index + 1] == UInt8(ascii: "{"): text += Array("\\$".utf8)
      case 32...126: text.append(byte)
      default: text += Array("\\x".utf8) + hexadecimal(byte)
      }
    }
    return text + [UInt8(ascii: "\"")]
  }

  private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
    [byte >> 4, byte & 15].map { $0 < 10 ? 48 + $0 : 87 + $0 }
  }

  // MARK: Replies

  /// A whole reply, over one or more lines; nil if the bytes are none.
  static func reply(_ frame: Bytes, _ freedom: ReplyFreedom = .exact) -> [UInt8]? {
    guard frame.count > 2 else { return nil }
    let isError = frame[0] == UInt8(ascii: "-")
    switch freedom {
    case .any where !isError: return Array("any".utf8)
    case .size where frame[0] == UInt8(ascii: "*"):
      guard let elements = frame.replyElements else { return nil }
      return Array("*<\(elements.count)>".utf8)
    case .positive where frame[0] == UInt8(ascii: ":"):
      guard let number = frame.replyText.flatMap({ NumberText.parseInt64($0) }), number > 0 else { break }
      return Array(":<1..>".utf8)
    default: break
    }
    if isError || frame[0] == UInt8(ascii: "+") { return line(frame) }
    guard let (open, parts, close) = aggregate(frame, freedom) else { return value(frame, depth: 0) }
    let short = open + parts.flatMap { [32] + $0 } + (parts.isEmpty ? [] : [32]) + close
    if short.count <= width { return short }
    return open + parts.flatMap { [10, 32, 32] + $0 } + [10] + close
  }

  /// An error or a simple string on a line of its own needs no quotes if nothing in it is special.
  private static func line(_ frame: Bytes) -> [UInt8] {
    let text = frame.slice(1..<frame.count - 2).copied()
    let isBare = !text.isEmpty && text.allSatisfy { (32...126).contains($0) && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "$") }
    let opens = text.first.map { [32, UInt8(ascii: "<"), UInt8(ascii: "\"")].contains($0) } ?? true
    return [frame[0]] + (isBare && !opens && text.last != 32 ? text : quoted(text))
  }

  /// A reply that holds others: how it opens, its parts, how it closes.
  private static func aggregate(_ frame: Bytes, _ freedom: ReplyFreedom, depth: Int = 0) -> ([UInt8], [[UInt8]], [UInt8])? {
    guard depth < 64, let elements = frame.replyElements else { return nil }
    var parts: [[UInt8]] = []
    for element in elements {
      guard let text = value(element, depth: depth + 1) else { return nil }
      parts.append(text)
    }
    switch frame[0] {
    case UInt8(ascii: "~"): return (Array("~[".utf8), sorted(parts), Array("]".utf8))
    case UInt8(ascii: "%"): return (Array("%{".utf8), sorted(pairs(parts)), Array("}".utf8))
    case UInt8(ascii: ">"): return (Array("push[".utf8), parts, Array("]".utf8))
    case UInt8(ascii: "*") where frame[1] != UInt8(ascii: "-"):
      switch freedom {
      case .unordered: return (Array("*<unordered>[".utf8), sorted(parts), Array("]".utf8))
      case .map where parts.count.isMultiple(of: 2): return (Array("%{".utf8), sorted(pairs(parts)), Array("}".utf8))
      default: return (Array("*[".utf8), parts, Array("]".utf8))
      }
    default: return nil
    }
  }

  private static func pairs(_ parts: [[UInt8]]) -> [[UInt8]] {
    stride(from: 0, to: parts.count - 1, by: 2).map { parts[$0] + [32] + parts[$0 + 1] }
  }

  private static func sorted(_ parts: [[UInt8]]) -> [[UInt8]] { parts.sorted { $0.lexicographicallyPrecedes($1) } }

  private static func value(_ frame: Bytes, depth: Int) -> [UInt8]? {
    guard frame.count > 2 else { return nil }
    let text = frame.slice(1..<frame.count - 2)
    switch frame[0] {
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      return [frame[0]] + (text.count > 0 && text.copied().allSatisfy { isNamePart($0) } ? text.copied() : quoted(text.copied()))
    case UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "("), UInt8(ascii: "#"): return frame.slice(0..<frame.count - 2).copied()
    case UInt8(ascii: "_"): return Array("_".utf8)
    case UInt8(ascii: "$"): return frame.replyText.map { quoted($0.copied()) } ?? Array("$-1".utf8)
    case UInt8(ascii: "!"): return frame.firstIndex(of: 10).map { [frame[0]] + quoted(frame.slice($0 + 1..<frame.count - 2).copied()) }
    case UInt8(ascii: "="):
      guard let end = frame.firstIndex(of: 10), let inner = frame.replyText else { return nil }
      return [frame[0]] + frame.slice(end + 1..<end + 4).copied() + quoted(inner.copied())
    case UInt8(ascii: "*") where frame[1] == UInt8(ascii: "-"): return Array("*-1".utf8)
    default:
      guard let (open, parts, close) = aggregate(frame, .exact, depth: depth) else { return nil }
      return open + parts.flatMap { [32] + $0 } + (parts.isEmpty ? [] : [32]) + close
    }
  }
}

extension Bytes {
  /// The whole replies that stand here, one behind the other.
  var replies: [Bytes] {
    var scanner = ReplyScanner()
    var found: [Bytes] = []
    while case .whole(let range) = scanner.next(self) { found.append(slice(range)) }
    return found
  }
}
