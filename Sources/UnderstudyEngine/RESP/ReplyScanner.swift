// ReplyScanner: finds where replies end, in RESP2 and RESP3, in whatever pieces they arrive. It understands as much of
// them as that needs: a proxy passes replies on, and takes them apart only where it has to know what they say.
//
// Like the parser of requests it looks at no byte twice: offsets are kept between calls, and `moved(by:)` follows bytes
// that are no longer there. A new type of RESP is a case in `value`.
//
// This file may say `unsafe`. What keeps it safe: it reads below `count` only.

internal import CUnderstudyPlatform

@safe
package struct ReplyScanner {
  package enum Outcome: Equatable {
    /// A whole reply: its bytes. An attribute before it belongs to it.
    case whole(Range<Int>)
    case incomplete
    /// That is not RESP.
    case broken
  }

  /// An aggregate that has begun.
  private struct Aggregate {
    var left: Int
    /// It stands before a value, and is none itself.
    let isAttribute: Bool
  }

  /// Where the reply begins that is being looked at.
  package private(set) var start = 0
  private var position = 0
  /// How far the end of a line has been looked for.
  private var searched = 0
  private var open: [Aggregate] = []

  /// Deeper replies are none that a server makes.
  private static let depthLimit = 256

  package init() {}

  /// Goes on in `base[..<count]`, which begins as it did in the call before.
  package mutating func next(_ base: UnsafePointer<UInt8>, count: Int) -> Outcome {
    while true {
      guard position < count else { return .incomplete }
      guard let end = unsafe lineEnd(base, count) else { return .incomplete }
      switch unsafe value(base, count, end) {
      case .broken: return .broken
      case .incomplete: return .incomplete
      case .begun: continue
      case .ended:
        guard isWhole() else { continue }
        let whole = start..<position
        start = position
        return .whole(whole)
      }
    }
  }

  /// The same for bytes that are lent.
  package mutating func next(_ bytes: Bytes) -> Outcome {
    unsafe next(bytes.pointer.assumingMemoryBound(to: UInt8.self), count: bytes.count)
  }

  /// The scanner as it stands when the first `dropped` bytes are no longer there.
  package func moved(by dropped: Int) -> ReplyScanner {
    var copy = self
    copy.start -= dropped
    copy.position -= dropped
    copy.searched = max(0, searched - dropped)
    return copy
  }

  private enum Step { case begun, ended, incomplete, broken }

  /// The place behind the line that begins at `position`.
  private mutating func lineEnd(_ base: UnsafePointer<UInt8>, _ count: Int) -> Int? {
    var from = max(position + 1, searched)
    while from < count, let found = unsafe Bytes(base + from, count: count - from).firstIndex(of: 10) {
      let place = from + found
      if unsafe base[place - 1] == 13 {
        searched = 0
        return place + 1
      }
      from = place + 1
    }
    searched = count
    return nil
  }

  private mutating func value(_ base: UnsafePointer<UInt8>, _ count: Int, _ end: Int) -> Step {
    let type = unsafe base[position]
    switch type {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "#"), UInt8(ascii: "("),
      UInt8(ascii: "_"):
      position = end
      return .ended
    default: break
    }
    let digits = unsafe Bytes(base + position + 1, count: max(0, end - position - 3))
    guard let number = NumberText.parseInt64(digits) else { return .broken }
    switch type {
    case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
      if number >= 0 {
        guard number <= Int64(Int32.max) else { return .broken }
        guard count - end >= Int(number) + 2 else { return .incomplete }
        position = end + Int(number) + 2
      } else {
        position = end
      }
      return .ended
    case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"), UInt8(ascii: "|"):
      position = end
      let isAttribute = type == UInt8(ascii: "|")
      if number <= 0 { return isAttribute ? .begun : .ended }
      guard number <= Int64(Int32.max), open.count < Self.depthLimit else { return .broken }
      let isPaired = isAttribute || type == UInt8(ascii: "%")
      open.append(Aggregate(left: Int(number) * (isPaired ? 2 : 1), isAttribute: isAttribute))
      return .begun
    default: return .broken
    }
  }

  /// A value has ended: whether all that it stands in has, too.
  private mutating func isWhole() -> Bool {
    while !open.isEmpty {
      open[open.count - 1].left -= 1
      if open[open.count - 1].left > 0 { return false }
      if open.removeLast().isAttribute { return false }
    }
    return true
  }
}

extension Bytes {
  /// The elements of a reply that is an aggregate: each a whole reply. Of a map keys and values alternate. Nil if it is none.
  package var replyElements: [Bytes]? {
    guard count > 3, let end = firstIndex(of: 10), "*~>%".utf8.contains(self[0]) else { return nil }
    let rest = slice(end + 1..<count)
    var scanner = ReplyScanner()
    var elements: [Bytes] = []
    while case .whole(let range) = scanner.next(rest) { elements.append(rest.slice(range)) }
    return elements
  }

  /// What a bulk, simple or verbatim string holds, or the digits of a number; nil for anything else.
  package var replyText: Bytes? {
    guard count > 2, let end = firstIndex(of: 10) else { return nil }
    switch self[0] {
    case UInt8(ascii: "$"): return self[1] == UInt8(ascii: "-") ? nil : slice(end + 1..<count - 2)
    case UInt8(ascii: "="): return slice(end + 5..<count - 2)
    case UInt8(ascii: "+"), UInt8(ascii: ":"): return slice(1..<count - 2)
    default: return nil
    }
  }

  /// The first element of a reply that is an aggregate, if it is a bulk string: what names a push.
  package var firstReplyWord: Bytes? {
    guard count > 3, let end = firstIndex(of: 10), self[0] == UInt8(ascii: "*") || self[0] == UInt8(ascii: ">") else { return nil }
    let rest = slice(end + 1..<count)
    var scanner = ReplyScanner()
    guard case .whole(let range) = scanner.next(rest) else { return nil }
    let first = rest.slice(range)
    return first.count > 0 && first[0] == UInt8(ascii: "$") ? first.replyText : nil
  }
}
