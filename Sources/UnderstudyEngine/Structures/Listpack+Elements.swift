// What stands in a listpack: decoding an element at a position, and looking for one.
//
// This file says `unsafe`. What keeps it safe: positions come from walking the block (Listpack.swift), whose elements
// were written there or checked on entry.

internal import CUnderstudyPlatform

extension Listpack {
  /// The element at a position other than the end.
  @inline(__always)
  package func element(at position: Int) -> PackedElement {
    let at = unsafe body + position
    let head = unsafe at.load(as: UInt8.self)
    if head & 0x80 == 0 { return .integer(Int64(head)) }
    if head & 0xC0 == 0x80 { return .bytes(unsafe Bytes(at + 1, count: Int(head & 0x3F))) }
    return unsafe Self.longElement(at, head)
  }

  @inline(never)
  private static func longElement(_ at: UnsafeMutableRawPointer, _ head: UInt8) -> PackedElement {
    if head & 0xE0 == 0xC0 {
      let low = unsafe at.load(fromByteOffset: 1, as: UInt8.self)
      let raw = Int64(head & 0x1F) << 8 | Int64(low)
      return .integer(raw >= 4096 ? raw &- 8192 : raw)
    }
    switch head {
    case 0xF1: return .integer(Int64(unsafe at.loadUnaligned(fromByteOffset: 1, as: Int16.self)))
    case 0xF2:
      let low = unsafe UInt32(at.loadUnaligned(fromByteOffset: 1, as: UInt16.self))
      let high = unsafe UInt32(at.load(fromByteOffset: 3, as: UInt8.self))
      return .integer(Int64(Int32(bitPattern: (low | high << 16) << 8) >> 8))
    case 0xF3: return .integer(Int64(unsafe at.loadUnaligned(fromByteOffset: 1, as: Int32.self)))
    case 0xF4: return .integer(unsafe at.loadUnaligned(fromByteOffset: 1, as: Int64.self))
    case 0xF0:
      let count = Int(unsafe at.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
      return .bytes(unsafe Bytes(at + 5, count: count))
    default:
      let low = unsafe at.load(fromByteOffset: 1, as: UInt8.self)
      return .bytes(unsafe Bytes(at + 2, count: Int(head & 0x0F) << 8 | Int(low)))
    }
  }

  /// The length of an element without its back-length.
  @inline(__always)
  static func encodedLength(_ at: UnsafeMutableRawPointer) -> Int {
    let head = unsafe at.load(as: UInt8.self)
    if head & 0x80 == 0 { return 1 }
    if head & 0xC0 == 0x80 { return 1 &+ Int(head & 0x3F) }
    if head & 0xE0 == 0xC0 { return 2 }
    switch head {
    case 0xF0: return 5 &+ Int(unsafe at.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
    case 0xF1: return 3
    case 0xF2: return 4
    case 0xF3: return 5
    case 0xF4: return 9
    default: return 2 &+ Int(head & 0x0F) << 8 &+ Int(unsafe at.load(fromByteOffset: 1, as: UInt8.self))
    }
  }

  /// The bytes that hold an element's length behind it. The odd bounds are the format's.
  @inline(__always)
  static func backLengthSize(_ length: Int) -> Int {
    if length <= 127 { return 1 }
    if length < 16383 { return 2 }
    if length < 2_097_151 { return 3 }
    return length < 268_435_455 ? 4 : 5
  }

  // MARK: Searching

  /// Whether the element at a position is the string `other`.
  @inline(__always)
  package func equals(at position: Int, _ other: Bytes) -> Bool { element(at: position).equals(other) }

  /// The first position from `start` on, looking at every `skip + 1`st element only, that holds `needle`.
  package func find(_ needle: Bytes, from start: Int = startPosition, skip: Int = 0) -> Int? {
    let end = endPosition
    var position = start
    // What is stored as an integer can only equal a needle that would be stored as one, so parse that at most
    // once.
    var integer: Int64?
    var parsed = false
    while position < end {
      switch element(at: position) {
      case .bytes(let bytes):
        if bytes.count == needle.count, unsafe memcmp(bytes.pointer, needle.pointer, needle.count) == 0 {
          return position
        }
      case .integer(let value):
        if !parsed {
          integer = NumberText.parseInt64(needle)
          parsed = true
        }
        if value == integer { return position }
      }
      position = self.position(after: position)
      var skipped = 0
      while skipped < skip, position < end {
        position = self.position(after: position)
        skipped &+= 1
      }
    }
    return nil
  }
}
