// RequestParser: bytes in, argument spans out. Resumable: it never looks at a byte twice.
//
// The protocol is Redis's request side: `*N\r\n` and N bulks `$len\r\n<bytes>\r\n`, or an inline command (one line,
// split at blanks, with quotes). Errors are worded as redis-server 7.0.15 words them, in the order in which it looks.
// Like the real server, the parser trusts the position of line ends and does not verify the two bytes after a bulk.
// To extend: a new kind of request begins at `next`, in its switch on the first byte.
//
// This file may say `unsafe`. What keeps it safe: every load is at an index checked against `count` first.

/// What a request may announce before it is refused.
package struct ParserLimits {
  /// The longest bulk (`proto-max-bulk-len`).
  var maximumBulkLength = 512 * 1024 * 1024
  /// A client that has yet to authenticate may send only small requests: at most ten bulks of 16 KB each.
  var isUnauthenticated = false
}

/// A request that cannot be understood; the connection is closed behind its text.
package enum ProtocolError {
  case invalidMultibulkLength, unauthenticatedMultibulkLength, tooBigMultibulkCount
  case expectedDollar(UInt8)
  case invalidBulkLength, unauthenticatedBulkLength, tooBigBulkCount
  case tooBigInlineRequest, unbalancedQuotes
}

/// What `next` came to.
enum ParseOutcome {
  /// One whole request lies in the arena.
  case complete
  /// An empty request (`*0`, an empty line): nothing to execute, go on.
  case empty
  /// More bytes are needed; the state stands where it was.
  case incomplete
  case failed(ProtocolError)
}

struct RequestParser {
  /// The longest line (a count, a length, an inline request) that may arrive without its end.
  static let maximumLineLength = 64 * 1024

  /// The offset of the next unread byte.
  var position = 0
  /// Bulks that are still to come of the current request; 0 between requests.
  var remaining = 0
  /// The announced length of the current bulk; -1 while it is unknown.
  var bulkLength = -1
  /// Where the current request began; kept by the caller.
  var requestStart = 0
  /// How far the search for the end of the current line has come, so that slow lines are not searched anew.
  private var searched = 0

  /// Reads one request from `base[position..<count]` and appends its spans to `spans`.
  @inline(__always)
  mutating func next(
    _ base: UnsafePointer<UInt8>, count: Int, limits: ParserLimits, into spans: inout SpanArena
  ) -> ParseOutcome {
    if remaining == 0 {
      if unsafe short(base, count: count, limits: limits, into: &spans) { return .complete }
      guard position < count else { return .incomplete }
      guard unsafe base[position] == UInt8(ascii: "*") else {
        return unsafe inline(base, count: count, into: &spans)
      }
      switch unsafe header(base, count: count, error: .tooBigMultibulkCount, invalid: .invalidMultibulkLength) {
      case .incomplete: return .incomplete
      case .failed(let error): return .failed(error)
      case .value(let number):
        if number > Int(Int32.max) { return .failed(.invalidMultibulkLength) }
        if number > 10 && limits.isUnauthenticated { return .failed(.unauthenticatedMultibulkLength) }
        if number <= 0 { return .empty }
        remaining = number
      }
    }
    while remaining > 0 {
      if bulkLength < 0 {
        guard position < count else { return .incomplete }
        switch unsafe header(base, count: count, error: .tooBigBulkCount, invalid: .invalidBulkLength, dollar: true) {
        case .incomplete: return .incomplete
        case .failed(let error): return .failed(error)
        case .value(let number):
          if number < 0 || number > limits.maximumBulkLength { return .failed(.invalidBulkLength) }
          if number > 16_384 && limits.isUnauthenticated { return .failed(.unauthenticatedBulkLength) }
          bulkLength = number
        }
      }
      guard count - position >= bulkLength + 2 else { return .incomplete }
      spans.append(offset: position, count: bulkLength)
      position += bulkLength + 2
      bulkLength = -1
      remaining -= 1
    }
    return .complete
  }

  /// Reads a whole request of at most 99 arguments of at most 999 bytes each, which nearly all are, with everything
  /// in registers. False, with nothing changed, if it is not such a one, or not all there: then the general way, which
  /// knows the limits and the errors, takes it from the start.
  @inline(__always)
  private mutating func short(
    _ base: UnsafePointer<UInt8>, count: Int, limits: ParserLimits, into spans: inout SpanArena
  ) -> Bool {
    var cursor = position
    // The shortest request: a header of four bytes and an empty bulk of six.
    guard count &- cursor >= 10, unsafe base[cursor] == UInt8(ascii: "*") else { return false }
    var number = unsafe Int(base[cursor &+ 1] &- 48)
    guard number &- 1 < 9 && number > 0 else { return false }
    if unsafe base[cursor &+ 2] == 13 {
      cursor &+= 4
    } else {
      let second = unsafe base[cursor &+ 2] &- 48
      guard second < 10, unsafe base[cursor &+ 3] == 13, !limits.isUnauthenticated else { return false }
      number = number &* 10 &+ Int(second)
      cursor &+= 5
    }
    let first = unsafe spans.room(for: number)
    for index in 0..<number {
      guard count &- cursor >= 6, unsafe base[cursor] == UInt8(ascii: "$") else { return false }
      let line = unsafe base + cursor
      var length = unsafe Int(line[1] &- 48)
      guard length < 10 else { return false }
      if unsafe line[2] == 13 {
        cursor &+= 4
      } else {
        let second = unsafe line[2] &- 48
        guard second < 10 && length != 0 else { return false }
        length = length &* 10 &+ Int(second)
        if unsafe line[3] == 13 {
          cursor &+= 5
        } else {
          let third = unsafe line[3] &- 48
          guard unsafe third < 10 && line[4] == 13 else { return false }
          length = length &* 10 &+ Int(third)
          cursor &+= 6
        }
      }
      unsafe (first + index).initialize(to: ArgumentSpan(offset: cursor, count: length))
      cursor &+= length &+ 2
      guard cursor <= count else { return false }
    }
    spans.fill(number)
    position = cursor
    return true
  }

  private enum Header {
    case value(Int), incomplete
    case failed(ProtocolError)
  }

  /// Reads `<mark><number>\r\n` at `position`. The common case, one to three digits, takes no search.
  @inline(__always)
  private mutating func header(
    _ base: UnsafePointer<UInt8>, count: Int, error tooLong: ProtocolError, invalid: ProtocolError,
    dollar: Bool = false
  ) -> Header {
    if count &- position >= 6 {
      let line = unsafe base + position
      let first = unsafe line[1] &- 48
      if unsafe first < 10 && (!dollar || line[0] == UInt8(ascii: "$")) {
        if unsafe line[2] == 13 {
          position &+= 4
          return .value(Int(first))
        }
        let second = unsafe line[2] &- 48
        if second < 10 && first != 0 {
          if unsafe line[3] == 13 {
            position &+= 5
            return .value(Int(first) &* 10 &+ Int(second))
          }
          let third = unsafe line[3] &- 48
          if unsafe third < 10 && line[4] == 13 {
            position &+= 6
            return .value(Int(first) &* 100 &+ Int(second) &* 10 &+ Int(third))
          }
        }
      }
    }
    return unsafe slowHeader(base, count: count, error: tooLong, invalid: invalid, dollar: dollar)
  }

  @inline(never)
  private mutating func slowHeader(
    _ base: UnsafePointer<UInt8>, count: Int, error tooLong: ProtocolError, invalid: ProtocolError, dollar: Bool
  ) -> Header {
    let from = max(position, searched)
    guard let end = unsafe Bytes(base + from, count: count - from).firstIndex(of: 13) else {
      searched = count
      if count - position > Self.maximumLineLength {
        return .failed(tooLong)
      }
      return .incomplete
    }
    let line = from + end
    // The line feed must be there too, though its value is not looked at.
    guard line + 1 < count else { return .incomplete }
    if unsafe dollar && base[position] != UInt8(ascii: "$") {
      return unsafe .failed(.expectedDollar(base[position]))
    }
    guard let number = unsafe NumberText.parseInt64(Bytes(base + position + 1, count: line - position - 1)) else {
      return .failed(invalid)
    }
    position = line + 2
    searched = 0
    return .value(Int(number))
  }

  /// Reads an inline request: a line, its arguments split at blanks.
  @inline(never)
  private mutating func inline(
    _ base: UnsafePointer<UInt8>, count: Int, into spans: inout SpanArena
  ) -> ParseOutcome {
    let from = max(position, searched)
    guard let end = unsafe Bytes(base + from, count: count - from).firstIndex(of: 10) else {
      searched = count
      return count - position > Self.maximumLineLength ? .failed(.tooBigInlineRequest) : .incomplete
    }
    let lineFeed = from + end
    // What is read as a C string has no end behind a zero byte: no such line is ever whole.
    if let zero = unsafe Bytes(base + from, count: end).firstIndex(of: 0) {
      searched = from + zero
      return count - position > Self.maximumLineLength ? .failed(.tooBigInlineRequest) : .incomplete
    }
    searched = 0
    var lineEnd = lineFeed
    if unsafe lineEnd > position && base[lineEnd - 1] == 13 { lineEnd -= 1 }
    let before = spans.count
    // Unquoting only ever shortens an argument, so it is done in place: the line is ours, it has been read.
    let line = unsafe UnsafeMutablePointer(mutating: base)
    let split = unsafe InlineRequest.split(line, from: position, to: lineEnd, into: &spans)
    guard split else { return .failed(.unbalancedQuotes) }
    position = lineFeed + 1
    return spans.count == before ? .empty : .complete
  }
}

/// How an inline request is split: blanks part arguments; "double" quotes know escapes, 'single' ones only `\'`.
enum InlineRequest {
  /// Splits `base[from..<to]`, unquoting in place. False if quotes do not balance.
  static func split(
    _ base: UnsafeMutablePointer<UInt8>, from: Int, to: Int, into spans: inout SpanArena
  ) -> Bool {
    var read = from
    while true {
      while read < to, unsafe isBlank(base[read]) { read += 1 }
      guard read < to else { return true }
      let start = read
      var write = read
      var quote: UInt8 = 0
      scan: while true {
        guard read < to else {
          if quote != 0 { return false }
          break scan
        }
        let byte = unsafe base[read]
        if quote == UInt8(ascii: "\"") {
          if byte == UInt8(ascii: "\\") && read + 1 < to {
            let (value, length) = unsafe escape(base + read, count: to - read)
            unsafe base[write] = value
            write += 1
            read += length
            continue scan
          }
          if byte == quote {
            // A closing quote must be followed by a blank or by the end.
            if read + 1 < to, unsafe !isBlank(base[read + 1]) { return false }
            read += 1
            break scan
          }
        } else if quote == UInt8(ascii: "'") {
          if byte == UInt8(ascii: "\\") && read + 1 < to, unsafe base[read + 1] == quote {
            unsafe base[write] = quote
            write += 1
            read += 2
            continue scan
          }
          if byte == quote {
            if read + 1 < to, unsafe !isBlank(base[read + 1]) { return false }
            read += 1
            break scan
          }
        } else {
          if endsWord(byte) { break scan }
          if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            quote = byte
            read += 1
            continue scan
          }
        }
        unsafe base[write] = byte
        write += 1
        read += 1
      }
      spans.append(offset: start, count: write - start)
    }
  }

  /// What is passed over before a word, and may stand behind a closing quote.
  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

  /// What ends a word: fewer bytes than those.
  private static func endsWord(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

  /// The byte that an escape in double quotes stands for, and the escape's length.
  private static func escape(_ text: UnsafePointer<UInt8>, count: Int) -> (UInt8, Int) {
    let mark = unsafe text[1]
    if mark == UInt8(ascii: "x") && count >= 4,
      let high = unsafe hexadecimal(text[2]), let low = unsafe hexadecimal(text[3])
    {
      return (high << 4 | low, 4)
    }
    switch mark {
    case UInt8(ascii: "n"): return (10, 2)
    case UInt8(ascii: "r"): return (13, 2)
    case UInt8(ascii: "t"): return (9, 2)
    case UInt8(ascii: "b"): return (8, 2)
    case UInt8(ascii: "a"): return (7, 2)
    default: return (mark, 2)
    }
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }
}

extension RequestParser {
  /// Takes the current bulk as read by someone else, its line end included.
  mutating func finishBulk() {
    bulkLength = -1
    remaining -= 1
  }

  /// The parser as it stands when the first `dropped` bytes are no longer there.
  func moved(by dropped: Int) -> RequestParser {
    var copy = self
    copy.position -= dropped
    copy.searched = max(0, searched - dropped)
    return copy
  }
}
