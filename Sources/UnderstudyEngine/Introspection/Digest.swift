// Digests of values and of the whole data set, equal for equal data however it is laid out: what DEBUG DIGEST answers.
//
// It is the scheme of redis-server, so that the figures can be compared with it: the parts of what has an order are
// mixed in one after the other, those of what has none are combined by XOR.
//
// This file may say `unsafe`. What keeps it safe: the hash reads only the bytes lent to it and writes into room of the
// size that it asks for; databases are read within their count.

internal import CUnderstudyLua

/// 160 bits.
struct DataDigest {
  private(set) var bytes = [UInt8](repeating: 0, count: 20)

  /// Combines with the hash of `data`; the order of such steps does not matter.
  mutating func combine(_ data: Bytes) {
    let hash = Self.hash(data)
    for index in 0..<20 { bytes[index] ^= hash[index] }
  }

  /// The same with a digest in place of data.
  mutating func combine(_ other: DataDigest) { other.bytes.withBytes { combine($0) } }

  /// Mixes `data` in: the order of such steps matters.
  mutating func mix(_ data: Bytes) {
    combine(data)
    bytes = bytes.withBytes { Self.hash($0) }
  }

  mutating func mix(_ text: String) { text.withBytes { mix($0) } }

  /// Mixes a number in, big-endian in 32 bits.
  mutating func mix(number: Int) {
    let value = UInt32(truncatingIfNeeded: number)
    let parts = [value >> 24, value >> 16, value >> 8, value].map { UInt8(truncatingIfNeeded: $0) }
    parts.withBytes { mix($0) }
  }

  /// Forty hexadecimal digits.
  var text: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func hash(_ data: Bytes) -> [UInt8] {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 41) { digits in
      guard let base = digits.baseAddress else { return [UInt8](repeating: 0, count: 20) }
      let slice = unsafe understudy_lua_slice(
        bytes: data.pointer.assumingMemoryBound(to: UInt8.self), count: data.count)
      unsafe understudy_sha1_hex(slice, base)
      func value(_ index: Int) -> UInt8 {
        let digit = unsafe UInt8(bitPattern: digits[index])
        return digit <= 57 ? digit &- 48 : digit &- 87
      }
      return (0..<20).map { value($0 * 2) << 4 | value($0 * 2 + 1) }
    }
  }
}

extension DataDigest {
  /// Adds a value and whether it has a deadline.
  mutating func add(_ entry: Entry) {
    mix(number: Self.typeNumber(entry.kind))
    switch entry.kind {
    case .inline, .buffer: if let text = entry.stringBytes { mix(text) }
    case .integer: NumberText.withInt64(entry.integer) { mix($0) }
    case .list: entry.list.forEach(from: 0, count: entry.list.count) { $0.withBytes { mix($0) } }
    case .set: entry.set.forEach { $0.withBytes { combine($0) } }
    case .hash:
      entry.hash.forEach { field, value in
        var part = DataDigest()
        field.withBytes { part.mix($0) }
        value.withBytes { part.mix($0) }
        if entry.hasFieldDeadlines, field.withBytes({ entry.hash.deadline(of: $0) }) != Entry.noDeadline {
          part.combine(Bytes("!!hexpire!!"))
        }
        combine(part)
      }
    case .sortedSet:
      entry.sortedSet.forEach { member, score in
        var part = DataDigest()
        member.withBytes { part.mix($0) }
        NumberText.withDouble(score, style: .seventeenDigits) { part.mix($0) }
        combine(part)
      }
    case .stream:
      entry.stream.forEach(from: .zero, through: .max) { item in
        mix("\(item.id.milliseconds).\(item.id.sequence)")
        item.forEachField { field, value in
          field.withBytes { mix($0) }
          value.withBytes { mix($0) }
        }
      }
    case .module: break
    }
    if entry.deadlineMilliseconds != Entry.noDeadline { combine(Bytes("!!expire!!")) }
  }

  /// The numbers of types in redis-server.
  private static func typeNumber(_ kind: ValueKind) -> Int {
    switch kind {
    case .inline, .integer, .buffer: 0
    case .list: 1
    case .set: 2
    case .sortedSet: 3
    case .hash: 4
    case .module: 5
    case .stream: 6
    }
  }
}

extension EngineState {
  /// The digest of all data.
  var dataDigest: DataDigest {
    var whole = DataDigest()
    for index in 0..<databaseCount {
      let database = unsafe databases + index
      guard unsafe database.pointee.count > 0 else { continue }
      whole.mix(number: index)
      unsafe database.pointee.table.forEach { entry in
        var part = DataDigest()
        part.mix(entry.key)
        part.add(entry)
        whole.combine(part)
      }
    }
    return whole
  }
}
