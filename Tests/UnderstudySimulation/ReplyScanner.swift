// What a simulated client makes of the bytes that it reads: where replies end, and which of them answer a request.
//
// Nothing is decoded here, so that millions of replies cost little. Frames that answer nothing (messages, invalidations,
// the lines of MONITOR) are told apart by their first word, which no key or value of the simulation has.

/// What a frame is to the client that reads it.
package enum FrameKind: Equatable {
  case reply
  case error
  /// `+QUEUED`
  case queued
  /// That a subscription was made or ended.
  case confirmation
  /// It answers nothing.
  case message
}

/// Bytes that have come, and where in them the reader stands.
struct ReplyScanner {
  private(set) var bytes: [UInt8] = []
  private var start = 0

  mutating func append(_ more: UnsafeRawBufferPointer) { unsafe bytes.append(contentsOf: more) }

  var isEmpty: Bool { start == bytes.count }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    start = 0
  }

  /// The next whole frame; nil if there is none yet. What is no RESP is told by `malformed`.
  mutating func next(malformed: inout Bool) -> (kind: FrameKind, range: Range<Int>)? {
    guard start < bytes.count else {
      if start > 0 { removeAll() }
      return nil
    }
    var position = start
    var remaining = 1
    while remaining > 0 {
      guard position < bytes.count else { return nil }
      let type = bytes[position]
      guard let line = lineEnd(position) else { return nil }
      switch type {
      case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "#"), UInt8(ascii: "_"),
        UInt8(ascii: "("):
        position = line + 2
        remaining -= 1
      case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
        guard let count = number(position + 1, line) else {
          malformed = true
          return nil
        }
        position = line + 2
        if count >= 0 {
          guard position + count + 2 <= bytes.count else { return nil }
          position += count + 2
          if bytes[position - 2] != 13 || bytes[position - 1] != 10 {
            malformed = true
            return nil
          }
        }
        remaining -= 1
      case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"), UInt8(ascii: "|"):
        guard let count = number(position + 1, line) else {
          malformed = true
          return nil
        }
        position = line + 2
        let isPaired = type == UInt8(ascii: "%") || type == UInt8(ascii: "|")
        remaining += max(count, 0) * (isPaired ? 2 : 1) - (type == UInt8(ascii: "|") ? 0 : 1)
      default:
        malformed = true
        return nil
      }
    }
    let range = start..<position
    start = position
    return (kind(range), range)
  }

  private func lineEnd(_ position: Int) -> Int? {
    var index = position
    while index + 1 < bytes.count {
      if bytes[index] == 13 && bytes[index + 1] == 10 { return index }
      index += 1
    }
    return nil
  }

  private func number(_ from: Int, _ to: Int) -> Int? {
    var index = from
    var isNegative = false
    if index < to, bytes[index] == UInt8(ascii: "-") {
      isNegative = true
      index += 1
    }
    guard index < to, to - index < 12 else { return nil }
    var value = 0
    while index < to {
      guard bytes[index] >= 48, bytes[index] <= 57 else { return nil }
      value = value * 10 + Int(bytes[index] - 48)
      index += 1
    }
    return isNegative ? -value : value
  }

  private static let messages: [[UInt8]] = ["message", "pmessage", "smessage", "invalidate", "tracking-redir-broken"].map { bulk($0) }
  private static let confirmations: [[UInt8]] = [
    "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ssubscribe", "sunsubscribe",
  ].map { bulk($0) }

  private static func bulk(_ word: String) -> [UInt8] { Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }

  private func kind(_ range: Range<Int>) -> FrameKind {
    let type = bytes[range.lowerBound]
    switch type {
    case UInt8(ascii: "-"), UInt8(ascii: "!"): return .error
    case UInt8(ascii: "+"):
      if holds("+QUEUED", range.lowerBound) { return .queued }
      // A line of MONITOR begins with a time.
      return range.count > 20 && bytes[range.lowerBound + 1] >= 48 && bytes[range.lowerBound + 1] <= 57 ? .message : .reply
    case UInt8(ascii: "*"), UInt8(ascii: ">"):
      guard range.count > 12, bytes[range.lowerBound + 2] == 13, bytes[range.lowerBound + 4] == UInt8(ascii: "$") else { return .reply }
      let word = range.lowerBound + 4
      if Self.confirmations.contains(where: { holds($0, word) }) { return .confirmation }
      if type == UInt8(ascii: ">") || Self.messages.contains(where: { holds($0, word) }) { return .message }
      return .reply
    default: return .reply
    }
  }

  private func holds(_ text: String, _ position: Int) -> Bool { holds(Array(text.utf8), position) }

  private func holds(_ text: [UInt8], _ position: Int) -> Bool {
    guard position + text.count <= bytes.count else { return false }
    for index in text.indices where bytes[position + index] != text[index] { return false }
    return true
  }
}

/// A sum over all that was answered, in order: two runs that agree in it were the same, byte by byte.
package struct ReplyDigest: Equatable, Sendable {
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325
  private(set) var byteCount = 0

  mutating func add(_ number: UInt64) { value = (value ^ number) &* 0x9fb2_1c65_1e98_df25 ^ value >> 29 }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    byteCount += bytes.count
    var index = 0
    while index + 8 <= bytes.count {
      unsafe add(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    while index < bytes.count {
      unsafe add(UInt64(bytes[index]) | 0x100)
      index += 1
    }
  }
}
