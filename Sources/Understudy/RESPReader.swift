// RESPReader: the bytes of one reply as a value. It reads only what this process's own engine wrote, whole; a truncated
// or foreign reply reads as nil, never as a trap.

internal import UnderstudyEngine

struct RESPReader {
  private let bytes: Bytes
  private var position = 0

  init(_ bytes: Bytes) { self.bytes = bytes }

  /// The next value; nil if what follows is no whole reply.
  mutating func next() -> RESPValue? {
    guard position < bytes.count else { return nil }
    let mark = bytes[position]
    position += 1
    guard let line = readLine() else { return nil }
    switch mark {
    case UInt8(ascii: "+"): return .simple(line.text)
    case UInt8(ascii: "-"): return .error(line.text)
    case UInt8(ascii: ":"): return Int64(line.text).map { .integer($0) }
    case UInt8(ascii: ","): return double(line.text).map { .double($0) }
    case UInt8(ascii: "#"): return .boolean(line.text == "t")
    case UInt8(ascii: "_"): return .null
    case UInt8(ascii: "("): return .bigNumber(line.text)
    case UInt8(ascii: "$"): return string(line).map { .bulk($0.copied()) } ?? .null
    case UInt8(ascii: "="):
      guard let text = string(line), text.count >= 4 else { return nil }
      return .verbatim(format: text.slice(0..<3).text, text: text.slice(4..<text.count).copied())
    case UInt8(ascii: "*"): return Int(line.text) == -1 ? .null : elements(line).map { .array($0) }
    case UInt8(ascii: "~"): return elements(line).map { .set($0) }
    case UInt8(ascii: ">"): return elements(line).map { .push($0) }
    case UInt8(ascii: "%"):
      guard let count = Int(line.text), count >= 0 else { return nil }
      var pairs: [(key: RESPValue, value: RESPValue)] = []
      for _ in 0..<count {
        guard let key = next(), let value = next() else { return nil }
        pairs.append((key, value))
      }
      return .map(pairs)
    default: return nil
    }
  }

  private mutating func readLine() -> Bytes? {
    let rest = bytes.slice(position..<bytes.count)
    guard let end = rest.firstIndex(of: 13), end + 1 < rest.count else { return nil }
    position += end + 2
    return rest.slice(0..<end)
  }

  private mutating func string(_ line: Bytes) -> Bytes? {
    guard let count = Int(line.text), count >= 0, count <= bytes.count - position - 2 else { return nil }
    defer { position += count + 2 }
    return bytes.slice(position..<position + count)
  }

  private mutating func elements(_ line: Bytes) -> [RESPValue]? {
    guard let count = Int(line.text), count >= 0 else { return nil }
    var values: [RESPValue] = []
    for _ in 0..<count {
      guard let value = next() else { return nil }
      values.append(value)
    }
    return values
  }

  private func double(_ text: String) -> Double? {
    switch text {
    case "inf": .infinity
    case "-inf": -.infinity
    case "nan": .nan
    default: Double(text)
    }
  }
}
