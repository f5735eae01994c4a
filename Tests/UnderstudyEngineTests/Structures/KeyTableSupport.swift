// What the key table's tests share: a table that is checked as it goes, and the model it is compared with.

import Testing

@testable import UnderstudyEngine

/// How a test hashes: the table's own hash, or one that collides.
enum TestHash: Sendable, CaseIterable {
  case good, equal, fewBits, lowBits, longPrefix

  func apply(_ hash: UInt64) -> UInt64 {
    switch self {
    case .good: return hash
    case .equal: return 0x1234_5678_9abc_def0
    case .fewBits: return (hash & 7) << 61 | 0xff
    case .lowBits: return hash & 0x3f
    case .longPrefix: return 0xabcd_ef00_0000_0000 | hash >> 24
    }
  }
}

/// What a table should hold under a key.
enum ModelValue: Equatable {
  case bytes([UInt8])
  case integer(Int64)
}

struct ModelEntry: Equatable {
  var value: ModelValue
  var deadline: Int64
}

/// A table with the dictionary that it must equal.
struct CheckedTable: ~Copyable {
  var table: KeyTable
  var model: [[UInt8]: ModelEntry] = [:]
  let testHash: TestHash

  init(seed: UInt64, hash: TestHash = .good) {
    table = KeyTable(seed: HashSeed(seed), keepsAccess: true)
    table.storesHashes = hash != .good
    testHash = hash
  }

  init(_ table: consuming KeyTable, _ model: [[UInt8]: ModelEntry], _ hash: TestHash) {
    self.table = table
    self.model = model
    testHash = hash
  }

  func hash(_ key: [UInt8]) -> UInt64 { testHash.apply(key.lend { table.hash($0) }) }

  func snapshot() -> CheckedTable { CheckedTable(table.snapshot(), model, testHash) }

  mutating func set(_ key: [UInt8], _ value: ModelValue, _ deadline: DeadlineChange = .none) {
    let hash = hash(key)
    let previous = key.lend { key in
      switch value {
      case .bytes(let bytes):
        return bytes.lend { bytes in
          // One in three long ones comes as a buffer of its own.
          if bytes.count > 300 && bytes.count % 3 == 0 {
            return table.set(
              .buffer(SharedBuffer(copying: bytes)), for: key, hash: hash, deadline: deadline, access: 7)
          }
          return table.set(.bytes(bytes), for: key, hash: hash, deadline: deadline, access: 7)
        }
      case .integer(let integer):
        return table.set(.integer(integer), for: key, hash: hash, deadline: deadline, access: 7)
      }
    }
    let old = model[key]
    #expect(previous.existed == (old != nil))
    #expect(previous.deadlineMilliseconds == old?.deadline ?? Entry.noDeadline)
    model[key] = ModelEntry(value: value, deadline: deadline.applied(to: old?.deadline ?? Entry.noDeadline))
  }

  mutating func setDeadline(_ key: [UInt8], _ deadline: Int64) {
    let hash = hash(key)
    let old = key.lend { table.setDeadline(deadline, for: $0, hash: hash) }
    #expect(old == model[key]?.deadline)
    model[key]?.deadline = deadline
  }

  mutating func remove(_ key: [UInt8]) {
    let hash = hash(key)
    let removed: Bool = key.lend { key in
      if let detached = table.remove(key, hash: hash) {
        return [UInt8](detached.entry.key) == [UInt8](key)
      }
      return false
    }
    #expect(removed == (model.removeValue(forKey: key) != nil))
  }

  /// Changes a value in place, through `findMutable`.
  mutating func edit(_ key: [UInt8]) {
    let hash = hash(key)
    let found = key.lend { table.findMutable($0, hash: hash) }
    #expect((found != nil) == (model[key] != nil))
    guard let found, let old = model[key] else { return }
    switch (found.kind, old.value) {
    case (.integer, .integer(let integer)):
      found.integer = integer &+ 1
      model[key]?.value = .integer(integer &+ 1)
    case (.buffer, .bytes(let bytes)):
      var buffer = found.buffer
      buffer.append(Bytes("more"))
      found.buffer = buffer
      model[key]?.value = .bytes(bytes + Array("more".utf8))
    default: break
    }
  }

  static func value(of entry: Entry) -> ModelEntry {
    let value: ModelValue =
      entry.kind == .integer
      ? .integer(entry.integer) : .bytes(entry.stringBytes.map { [UInt8]($0) } ?? Array("wrong kind".utf8))
    return ModelEntry(value: value, deadline: entry.deadlineMilliseconds)
  }

  func checkFind(_ key: [UInt8]) {
    let hash = hash(key)
    let found = key.lend { table.find($0, hash: hash) }
    #expect(found.map(CheckedTable.value) == model[key])
  }

  /// Compares everything.
  func check(_ note: @autoclosure () -> String) {
    var seen: [[UInt8]: ModelEntry] = [:]
    var visits = 0
    table.forEach { entry in
      visits += 1
      seen[[UInt8](entry.key)] = CheckedTable.value(of: entry)
    }
    #expect(visits == model.count, "\(note())")
    #expect(table.count == model.count, "\(note())")
    #expect(seen == model, "\(note())")
    #expect(table.invariantViolations() == [], "\(note())")
  }
}
