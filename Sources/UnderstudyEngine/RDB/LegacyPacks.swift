// The packed forms of Redis before 7, which dumps of that time hold: ziplists and zipmaps. They are only read, element by
// element, into the forms of today.
//
//   ziplist   size 4 │ offset of the last element 4 │ count 2 │ element … │ 255
//             an element is the size of the one before it (1 byte, or 254 and 4 bytes), its own form, and its data
//   zipmap    count 1 │ (length, field, length, free 1, value, so many free bytes) … │ 255
//             a length is 1 byte, or 254 and 4 bytes
//
// Numbers have their low byte first, but for the lengths of strings in ziplists.

enum LegacyPacks {
  /// Lends the elements of a ziplist to `body`; false if it is malformed, or `body` has answered false.
  static func forEachOfZiplist(_ bytes: Bytes, _ body: (PackedElement) -> Bool) -> Bool {
    let (headerCount, end) = (10, bytes.count - 1)
    guard end >= headerCount, number(bytes, 0, 4) == UInt64(bytes.count), bytes[end] == 255 else { return false }
    var position = headerCount
    var (last, previousSize, count) = (headerCount, 0, 0)
    while position < end {
      guard let element = ziplistElement(bytes, position, end, previousSize), body(element.value) else { return false }
      (last, previousSize) = (position, element.size)
      position += element.size
      count += 1
    }
    let stated = number(bytes, 8, 2)
    return number(bytes, 4, 4) == UInt64(last) && (stated == 65535 || stated == UInt64(count))
  }

  /// The element at a position, and its size; nil if it does not lie before `end`.
  private static func ziplistElement(
    _ bytes: Bytes, _ start: Int, _ end: Int, _ previousSize: Int
  ) -> (value: PackedElement, size: Int)? {
    var position = start
    func has(_ count: Int) -> Bool { count <= end - position }
    guard has(1) else { return nil }
    if bytes[position] == 254 {
      guard has(5), number(bytes, position + 1, 4) == UInt64(previousSize) else { return nil }
      position += 5
    } else {
      guard Int(bytes[position]) == previousSize else { return nil }
      position += 1
    }
    guard has(1) else { return nil }
    let form = bytes[position]
    position += 1
    /// A string whose length is known, from the present position on.
    func text(_ count: Int) -> (PackedElement, Int)? {
      has(count) ? (.bytes(bytes.slice(position..<position + count)), position + count - start) : nil
    }
    func integer(_ count: Int) -> (PackedElement, Int)? {
      guard has(count) else { return nil }
      let unused = UInt64(64 - count * 8)
      let value = Int64(bitPattern: number(bytes, position, count) << unused) >> Int64(unused)
      return (.integer(value), position + count - start)
    }
    switch form {
    case ..<0x40: return text(Int(form))
    case ..<0x80:
      guard has(1) else { return nil }
      position += 1
      return text(Int(form & 0x3f) << 8 | Int(bytes[position - 1]))
    case 0x80:
      guard has(4) else { return nil }
      position += 4
      return text((position - 4..<position).reduce(0) { $0 << 8 | Int(bytes[$1]) })
    case 0xc0: return integer(2)
    case 0xd0: return integer(4)
    case 0xe0: return integer(8)
    case 0xf0: return integer(3)
    case 0xfe: return integer(1)
    case 0xf1...0xfd: return (.integer(Int64(form & 15) - 1), position - start)
    default: return nil
    }
  }

  /// Lends the fields and values of a zipmap to `body`; false if it is malformed, or `body` has answered false.
  static func forEachOfZipmap(_ bytes: Bytes, _ body: (_ field: Bytes, _ value: Bytes) -> Bool) -> Bool {
    let end = bytes.count - 1
    guard end >= 1, bytes[end] == 255 else { return false }
    var (position, count) = (1, 0)
    /// The string at the present position, behind its length; a value has a count of free bytes between them.
    func text(isValue: Bool) -> Bytes? {
      guard position < end, bytes[position] < 255 else { return nil }
      var length = Int(bytes[position])
      position += 1
      if length == 254 {
        guard end - position >= 4 else { return nil }
        length = Int(number(bytes, position, 4))
        position += 4
      }
      var free = 0
      if isValue {
        guard position < end else { return nil }
        free = Int(bytes[position])
        position += 1
      }
      guard end - position >= length + free else { return nil }
      position += length + free
      return bytes.slice(position - length - free..<position - free)
    }
    while position < end {
      guard let field = text(isValue: false), let value = text(isValue: true) else { return false }
      guard body(field, value) else { return false }
      count += 1
    }
    return bytes[0] >= 254 || Int(bytes[0]) == count
  }

  /// A number of so many bytes, which are there.
  private static func number(_ bytes: Bytes, _ position: Int, _ count: Int) -> UInt64 {
    (position..<position + count).reversed().reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
  }
}
