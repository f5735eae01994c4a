// GlobPattern: the pattern language of KEYS, SCAN, PSUBSCRIBE, CONFIG GET and ACL rules.
//
//   *  any run of bytes      ?  any byte      [abc] [a-z] [^a]  a byte of a class      \x  the byte x itself
//
// All odd cases answer as redis-server does, which is not always what one would expect: nothing but the empty
// pattern matches the empty string ("*" does not); an unclosed class ends with the pattern; "[^" is any byte;
// "[a-]" is the range from "a" to "]"; ranges may be written backwards; bytes of 128 and more sort before the
// others in ranges; an escape in a class is never taken case-insensitively.
//
// Only the last "*" is ever gone back to, so the time is bounded by the product of the lengths.
//
// This file says `unsafe`. What keeps it safe: indices are compared with the lengths before every load.
//
// To extend: put a pattern into GlobPatternTests that was asked of a real server.

/// A pattern, borrowed like the `Bytes` it is made of.
@safe
package struct GlobPattern {
  private let pattern: Bytes
  private let ignoringCase: Bool
  /// The number of bytes before the first one with a meaning.
  private let prefix: Int

  package init(_ pattern: Bytes, ignoringCase: Bool = false) {
    self.pattern = pattern
    self.ignoringCase = ignoringCase
    var length = 0
    while length < pattern.count,
      !Self.isSpecial(unsafe pattern.pointer.load(fromByteOffset: length, as: UInt8.self))
    {
      length &+= 1
    }
    prefix = length
  }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
      || byte == UInt8(ascii: "\\")
  }

  /// Whether the pattern is a plain string, which matches itself only (and, ignoring case, its variants).
  package var isLiteral: Bool { prefix == pattern.count }

  /// Whether the pattern is "*". Some commands take that for everything, the empty string included.
  package var isStar: Bool { pattern.count == 1 && prefix == 0 && pattern[0] == UInt8(ascii: "*") }

  /// Whether `text` matches.
  package func matches(_ text: Bytes) -> Bool {
    let string = unsafe text.pointer.assumingMemoryBound(to: UInt8.self)
    let glob = unsafe pattern.pointer.assumingMemoryBound(to: UInt8.self)
    let stringEnd = text.count
    let globEnd = pattern.count
    var at = 0  // in the pattern
    var place = 0  // in the string
    if prefix > 0, !ignoringCase {
      if stringEnd < prefix
        || !ByteOrder.equal(unsafe Bytes(glob, count: prefix), unsafe Bytes(string, count: prefix))
      {
        return false
      }
      at = prefix
      place = prefix
      if place == stringEnd { return unsafe Self.onlyStars(glob, at, globEnd) }
    }
    // Behind the last "*" seen: where the pattern goes on, and the first place of the string not yet tried.
    var retryAt = -1
    var retryPlace = 0
    while true {
      var fits = at == globEnd && place == stringEnd
      if fits { return true }
      if at < globEnd, place < stringEnd {
        let byte = unsafe glob[at]
        if byte == UInt8(ascii: "*") {
          while at < globEnd, unsafe glob[at] == UInt8(ascii: "*") { at &+= 1 }
          if at == globEnd { return true }
          retryAt = at
          retryPlace = place &+ 1
          continue
        }
        fits = unsafe matchOne(glob, &at, globEnd, string[place])
        if fits {
          place &+= 1
          if place == stringEnd {
            if unsafe Self.onlyStars(glob, at, globEnd) { return true }
            fits = false
          }
        }
      }
      if !fits {
        if retryAt < 0 || retryPlace >= stringEnd { return false }
        at = retryAt
        place = retryPlace
        retryPlace &+= 1
      }
    }
  }

  private static func onlyStars(_ glob: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    var at = start
    while at < end, unsafe glob[at] == UInt8(ascii: "*") { at &+= 1 }
    return at == end
  }

  /// Whether the pattern's next element, which is none of "*", takes `byte`; goes past the element if so.
  @inline(__always)
  private func matchOne(_ glob: UnsafePointer<UInt8>, _ at: inout Int, _ end: Int, _ byte: UInt8) -> Bool {
    switch unsafe glob[at] {
    case UInt8(ascii: "?"):
      at &+= 1
      return true
    case UInt8(ascii: "["):
      return unsafe matchClass(glob, &at, end, byte)
    case UInt8(ascii: "\\") where at &+ 1 < end:
      at &+= 1
    default: break
    }
    guard same(unsafe glob[at], byte) else { return false }
    at &+= 1
    return true
  }

  private func matchClass(_ glob: UnsafePointer<UInt8>, _ at: inout Int, _ end: Int, _ byte: UInt8) -> Bool {
    var index = at &+ 1
    let negated = index < end && (unsafe glob[index] == UInt8(ascii: "^"))
    if negated { index &+= 1 }
    var found = false
    while index < end {
      let current = unsafe glob[index]
      if current == UInt8(ascii: "\\"), index &+ 1 < end {
        index &+= 1
        if unsafe glob[index] == byte { found = true }
      } else if current == UInt8(ascii: "]") {
        break
      } else if index &+ 2 < end, unsafe glob[index &+ 1] == UInt8(ascii: "-") {
        var low = Int8(bitPattern: current)
        var high = Int8(bitPattern: unsafe glob[index &+ 2])
        if low > high { swap(&low, &high) }
        index &+= 2
        if ignoringCase {
          low = Int8(bitPattern: Self.lowercased(UInt8(bitPattern: low)))
          high = Int8(bitPattern: Self.lowercased(UInt8(bitPattern: high)))
        }
        let value = Int8(bitPattern: ignoringCase ? Self.lowercased(byte) : byte)
        if value >= low, value <= high { found = true }
      } else if same(current, byte) {
        found = true
      }
      index &+= 1
    }
    if found == negated { return false }
    at = min(index &+ 1, end)
    return true
  }

  @inline(__always)
  private func same(_ left: UInt8, _ right: UInt8) -> Bool {
    left == right || ignoringCase && Self.lowercased(left) == Self.lowercased(right)
  }

  @inline(__always)
  private static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 0x20 : byte }
}
