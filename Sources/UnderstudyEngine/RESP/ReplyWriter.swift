// The typed reply writer: what handlers say, in the protocol that the client speaks.
//
// A handler emits types (integer, bulk, map, null …) and never protocol bytes; RESP2 has fewer types, and the writer
// does the folding: a map is an array twice as long, a double a bulk, a boolean an integer, a push an array. To add a
// type, write it here for both protocols after asking the real server for its bytes.
//
// This file may say `unsafe`. What keeps it safe: each store lies in room that `reserve` has just made.

internal import CUnderstudyPlatform

/// Writes replies of one protocol version into a buffer. A small value, made per command.
@safe
package struct Reply {
  let buffer: UnsafeMutablePointer<ReplyBuffer>
  /// 2 or 3.
  package let version: UInt8
  /// How doubles are written: that changed with 7.2.
  let doubleStyle: NumberText.DoubleStyle

  @inline(__always)
  init(
    _ buffer: UnsafeMutablePointer<ReplyBuffer>, version: UInt8, doubleStyle: NumberText.DoubleStyle = .shortest
  ) {
    unsafe self.buffer = buffer
    self.version = version
    self.doubleStyle = doubleStyle
  }

  @inline(__always)
  var isRESP3: Bool { version == 3 }

  /// Bytes that are already a reply: constants, and replies that were recorded.
  @inline(__always)
  package func raw(_ bytes: Bytes) { unsafe buffer.pointee.append(bytes) }

  @inline(__always)
  func raw(_ literal: StaticString) {
    unsafe buffer.pointee.append(Bytes(literal))
  }

  /// `+OK`
  @inline(__always)
  package func ok() { raw("+OK\r\n") }

  /// A simple string; `text` holds no line end.
  package func simple(_ text: StaticString) {
    unsafe buffer.pointee.append(UInt8(ascii: "+"))
    raw(text)
    raw("\r\n")
  }

  @inline(__always)
  package func integer(_ value: Int) {
    if value >= 0 && value < 10 {
      let target = unsafe buffer.pointee.reserve(4)
      unsafe target[0] = UInt8(ascii: ":")
      unsafe target[1] = 48 &+ UInt8(truncatingIfNeeded: value)
      unsafe target[2] = 13
      unsafe target[3] = 10
      unsafe buffer.pointee.advance(4)
    } else {
      prefixed(UInt8(ascii: ":"), value)
    }
  }

  @inline(__always)
  package func integer(_ value: Int64) { integer(Int(value)) }

  /// A mark, a number, a line end.
  @inline(__always)
  private func prefixed(_ mark: UInt8, _ value: Int) {
    let target = unsafe buffer.pointee.reserve(24)
    unsafe target[0] = mark
    var length = 1
    if value >= 0 && value < 100 {
      if value >= 10 {
        unsafe target[1] = 48 &+ UInt8(truncatingIfNeeded: value / 10)
        length = 2
      }
      unsafe target[length] = 48 &+ UInt8(truncatingIfNeeded: value % 10)
      length += 1
    } else {
      length += unsafe NumberText.writeInt64(Int64(value), into: target + 1)
    }
    unsafe target[length] = 13
    unsafe target[length + 1] = 10
    unsafe buffer.pointee.advance(length + 2)
  }

  /// A bulk string.
  @inline(__always)
  package func bulk(_ bytes: Bytes) {
    let count = bytes.count
    if count < 10 {
      let target = unsafe buffer.pointee.reserve(count + 6)
      unsafe target[0] = UInt8(ascii: "$")
      unsafe target[1] = 48 &+ UInt8(truncatingIfNeeded: count)
      unsafe target[2] = 13
      unsafe target[3] = 10
      unsafe memcpy(target + 4, bytes.pointer, count)
      unsafe target[4 + count] = 13
      unsafe target[5 + count] = 10
      unsafe buffer.pointee.advance(count + 6)
      return
    }
    prefixed(UInt8(ascii: "$"), count)
    let target = unsafe buffer.pointee.reserve(count + 2)
    unsafe memcpy(target, bytes.pointer, count)
    unsafe target[count] = 13
    unsafe target[count + 1] = 10
    unsafe buffer.pointee.advance(count + 2)
  }

  /// A bulk string of text.
  package func bulk(_ text: String) { text.withBytes { bulk($0) } }

  package func bulk(_ literal: StaticString) { bulk(Bytes(literal)) }

  /// A bulk string from a shared value: large ones are referred to and sent from where they lie.
  @inline(__always)
  package func bulk(_ value: SharedBuffer) {
    if value.count >= ReplyBuffer.spliceThreshold {
      prefixed(UInt8(ascii: "$"), value.count)
      unsafe buffer.pointee.append(shared: value)
      raw("\r\n")
    } else {
      bulk(value.bytes)
    }
  }

  /// An integer as a bulk string: how GET answers for a counter.
  @inline(__always)
  package func bulk(integer value: Int64) {
    NumberText.withInt64(value) { bulk($0) }
  }

  /// The absence of a value: `$-1`, or `_` in RESP3.
  @inline(__always)
  package func null() { isRESP3 ? raw("_\r\n") : raw("$-1\r\n") }

  /// The absence of an array: `*-1`, or `_` in RESP3.
  package func nullArray() { isRESP3 ? raw("_\r\n") : raw("*-1\r\n") }

  /// The head of an array; exactly `count` replies follow.
  @inline(__always)
  package func array(_ count: Int) { prefixed(UInt8(ascii: "*"), count) }

  package func emptyArray() { raw("*0\r\n") }

  /// The head of a map; `count` pairs follow. RESP2: an array of twice as many.
  package func map(_ count: Int) {
    isRESP3 ? prefixed(UInt8(ascii: "%"), count) : prefixed(UInt8(ascii: "*"), count * 2)
  }

  /// The head of a set. RESP2: an array.
  package func set(_ count: Int) { prefixed(isRESP3 ? UInt8(ascii: "~") : UInt8(ascii: "*"), count) }

  /// The head of an out-of-band push. RESP2: an array.
  package func push(_ count: Int) { prefixed(isRESP3 ? UInt8(ascii: ">") : UInt8(ascii: "*"), count) }

  package func bool(_ value: Bool) {
    isRESP3 ? raw(value ? "#t\r\n" : "#f\r\n") : raw(value ? ":1\r\n" : ":0\r\n")
  }

  /// A double: `,` in RESP3, a bulk in RESP2.
  package func double(_ value: Double) {
    NumberText.withDouble(value, style: doubleStyle) { text in
      guard isRESP3 else { return bulk(text) }
      raw(",")
      raw(text)
      raw("\r\n")
    }
  }

  /// A big number: `(` in RESP3, a bulk in RESP2.
  package func bigNumber(_ digits: Bytes) {
    guard isRESP3 else { return bulk(digits) }
    raw("(")
    raw(digits)
    raw("\r\n")
  }

  /// A verbatim string of the format (three letters, as `txt`). RESP2: a bulk.
  package func verbatim(_ text: Bytes, format: StaticString = "txt") {
    guard isRESP3 else { return bulk(text) }
    prefixed(UInt8(ascii: "="), text.count + 4)
    raw(format)
    raw(":")
    raw(text)
    raw("\r\n")
  }

  /// An error with a fixed text, its code included.
  package func error(_ error: ReplyError) {
    unsafe buffer.pointee.beginError()
    raw("-")
    raw(error.text)
    raw("\r\n")
  }

  /// An error whose text is made of parts; line ends within become blanks, as on the real server.
  package func error(_ text: String) {
    unsafe buffer.pointee.beginError()
    raw("-")
    var clean: [UInt8] = []
    clean.reserveCapacity(text.utf8.count)
    for byte in text.utf8 { clean.append(byte == 13 || byte == 10 ? 32 : byte) }
    clean.withBytes { raw($0) }
    raw("\r\n")
  }

  /// The same for text that is not UTF-8: parts of the request may be quoted back byte by byte.
  package func error(bytes text: [UInt8]) {
    unsafe buffer.pointee.beginError()
    raw("-")
    text.map { $0 == 13 || $0 == 10 ? 32 : $0 }.withBytes { raw($0) }
    raw("\r\n")
  }

  /// Replies whose number is known only afterwards: writes what `body` emits behind an aggregate's head, whose count
  /// `body` returns. The bytes behind are moved once; use it where counting first would cost a second walk.
  package func deferred(_ head: (Reply, Int) -> Void, _ body: () -> Int) {
    let start = unsafe buffer.pointee.mark
    let count = body()
    unsafe buffer.pointee.insertHead(at: start) { scratch in
      unsafe head(Reply(scratch, version: version, doubleStyle: doubleStyle), count)
    }
  }
}

extension ReplyBuffer {
  /// Inserts what `write` produces at `offset`, moving the bytes behind it.
  mutating func insertHead(at offset: Int, _ write: (UnsafeMutablePointer<ReplyBuffer>) -> Void) {
    var head = ReplyBuffer(capacity: 32)
    unsafe withUnsafeMutablePointer(to: &head) { unsafe write($0) }
    let length = head.count
    let end = count
    let room = unsafe reserve(length)
    let start = unsafe room - (end - offset)
    unsafe memmove(start + length, start, end - offset)
    unsafe memcpy(start, head.bytes.pointer, length)
    advance(length)
    shiftSplices(from: offset, by: length)
  }
}
