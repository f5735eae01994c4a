// KeyShape: keys that are alike but for numbers: how findings of many keys are told as one, and which pattern stands for them.

/// A key without what makes it one of many: numbers and hexadecimal runs become `*`.
enum KeyShape {
  /// What is looked at of a key.
  private static let limit = 128

  private enum Part {
    case byte(UInt8)
    /// What differs from key to key.
    case run
  }

  static func of(_ key: [UInt8]) -> String {
    parts(key).map { part -> UInt8 in
      switch part {
      case .byte(let byte): byte
      case .run: UInt8(ascii: "*")
      }
    }.text
  }

  /// A pattern, as KEYS takes it, that fits all of `keys`: the one key, their common shape, or what they begin with.
  static func pattern(_ keys: [[UInt8]]) -> [UInt8] {
    guard let first = keys.first, keys.count > 1 else { return keys.first.map { GlobPattern.escaping($0) } ?? [] }
    let shape = pattern(first)
    if keys.allSatisfy({ pattern($0) == shape }) { return shape }
    let common = first.indices.prefix { index in keys.allSatisfy { index < $0.count && $0[index] == first[index] } }.count
    return GlobPattern.escaping(Array(first.prefix(common))) + [UInt8(ascii: "*")]
  }

  /// The pattern of all keys of a key's shape.
  private static func pattern(_ key: [UInt8]) -> [UInt8] {
    let pattern = parts(key).flatMap { part -> [UInt8] in
      switch part {
      case .byte(let byte): GlobPattern.escaping([byte])
      case .run: [UInt8(ascii: "*")]
      }
    }
    return key.count > limit ? pattern + [UInt8(ascii: "*")] : pattern
  }

  private static func parts(_ key: [UInt8]) -> [Part] {
    var parts: [Part] = []
    var index = 0
    var isBehindRun = false
    let key = key.prefix(limit)
    func add(_ part: Part) {
      if case .run = part {
        if !isBehindRun { parts.append(part) }
        isBehindRun = true
      } else {
        parts.append(part)
        isBehindRun = false
      }
    }
    while index < key.count {
      var end = index
      var digits = 0
      while end < key.count, isHexadecimal(key[end]) {
        if isDigit(key[end]) { digits += 1 }
        end += 1
      }
      // A run of digits, or of four and more hexadecimal ones with a digit among them.
      if end > index, digits == end - index || (digits > 0 && end - index >= 4) {
        add(.run)
        index = end
      } else if isDigit(key[index]) {
        add(.run)
        index += 1
      } else {
        add(.byte(key[index]))
        index += 1
      }
    }
    return parts
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || (97...102).contains(byte) || (65...70).contains(byte)
  }
}
