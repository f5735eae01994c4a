// The reference: what a server's strings, lists, sets and hashes are to somebody who has only arrays and dictionaries.
//
// Two clients of the simulation keep to these commands and to a database of their own, in which nobody else changes anything;
// each of their replies is compared. A new command is a case in `ReferenceModel.run` and a line in `call`.

import UnderstudyTestSupport

/// What a command is to be answered with.
enum ExpectedReply: CustomStringConvertible {
  case exactly(RESPValue)
  case null
  /// In any order.
  case members([RESPValue])
  case pairs([RESPValue.Pair])
  case wrongType

  static let ok = ExpectedReply.exactly(.simple("OK"))
  static func bytes(_ bytes: [UInt8]) -> ExpectedReply { .exactly(.bulk(bytes)) }
  static func number(_ number: Int) -> ExpectedReply { .exactly(.integer(Int64(number))) }

  func fits(_ reply: RESPValue) -> Bool {
    switch (self, reply) {
    case (.exactly(let value), _): return value == reply
    case (.null, .null), (.null, .nullBulk), (.null, .nullArray): return true
    case (.members(let values), .array(let found)), (.members(let values), .set(let found)):
      return values.count == found.count && Set(values) == Set(found)
    case (.pairs(let pairs), .map(let found)): return pairs.count == found.count && Set(pairs) == Set(found)
    case (.pairs(let pairs), .array(let found)):
      guard found.count == pairs.count * 2 else { return false }
      let flat = stride(from: 0, to: found.count, by: 2).map { RESPValue.Pair(found[$0], found[$0 + 1]) }
      return Set(pairs) == Set(flat)
    case (.wrongType, .error(let text)): return text.hasPrefix("WRONGTYPE ")
    default: return false
    }
  }

  var description: String {
    switch self {
    case .exactly(let value): "\(value)"
    case .null: "nothing"
    case .members(let values): "in any order \(values)"
    case .pairs(let pairs): "in any order \(pairs)"
    case .wrongType: "WRONGTYPE"
    }
  }
}

package struct ReferenceModel {
  enum Value: Equatable {
    case string([UInt8])
    case list([[UInt8]])
    case set(Set<[UInt8]>)
    case hash([[UInt8]: [UInt8]])

    var isEmpty: Bool {
      switch self {
      case .string: false
      case .list(let elements): elements.isEmpty
      case .set(let members): members.isEmpty
      case .hash(let fields): fields.isEmpty
      }
    }
  }

  struct Item: Equatable {
    var value: Value
    var deadline: Int64?
  }

  private struct WrongType: Error {}

  private(set) var items: [[UInt8]: Item] = [:]
  /// For the test that sees the simulation fail: a set that answers a member twice.
  package var countsMembersTwice = false

  mutating func removeAll() { items.removeAll() }

  /// What a command is answered with at a time of the data clock, in milliseconds.
  mutating func run(_ arguments: [CallArgument], now: Int64) -> ExpectedReply {
    let words = arguments.map(\.bytes)
    if words.count > 1 { for key in [words[1], words[words.count > 2 ? 2 : 1]] { expire(key, now) } }
    do {
      return try answer(arguments[0].upperText, words, now)
    } catch {
      return .wrongType
    }
  }

  private mutating func expire(_ key: [UInt8], _ now: Int64) {
    if let deadline = items[key]?.deadline, deadline <= now { items[key] = nil }
  }

  private func list(_ key: [UInt8]) throws -> [[UInt8]] {
    guard let item = items[key] else { return [] }
    guard case .list(let list) = item.value else { throw WrongType() }
    return list
  }

  private func set(_ key: [UInt8]) throws -> Set<[UInt8]> {
    guard let item = items[key] else { return [] }
    guard case .set(let set) = item.value else { throw WrongType() }
    return set
  }

  private func hash(_ key: [UInt8]) throws -> [[UInt8]: [UInt8]] {
    guard let item = items[key] else { return [:] }
    guard case .hash(let hash) = item.value else { throw WrongType() }
    return hash
  }

  private func string(_ key: [UInt8]) throws -> [UInt8]? {
    guard let item = items[key] else { return nil }
    guard case .string(let string) = item.value else { throw WrongType() }
    return string
  }

  private mutating func put(_ key: [UInt8], _ value: Value) {
    items[key] = value.isEmpty ? nil : Item(value: value, deadline: items[key]?.deadline)
  }

  private static func number(_ bytes: [UInt8]) -> Int { Int(String(decoding: bytes, as: UTF8.self)) ?? 0 }

  /// The elements between two indices, as LRANGE counts them.
  private static func range(_ count: Int, _ first: Int, _ last: Int) -> Range<Int> {
    let from = max(0, first < 0 ? count + first : first)
    let to = min(count - 1, last < 0 ? count + last : last)
    return from > to ? 0..<0 : from..<to + 1
  }

  private mutating func answer(_ name: String, _ words: [[UInt8]], _ now: Int64) throws -> ExpectedReply {
    let key = words.count > 1 ? words[1] : []
    switch name {
    case "SET":
      let deadline = words.count > 4 ? now + Int64(Self.number(words[4])) : nil
      items[key] = Item(value: .string(words[2]), deadline: deadline)
      return .ok
    case "GET": return try string(key).map { .bytes($0) } ?? .null
    case "GETDEL":
      let old = try string(key)
      if old != nil { items[key] = nil }
      return old.map { .bytes($0) } ?? .null
    case "APPEND":
      let joined = (try string(key) ?? []) + words[2]
      put(key, .string(joined))
      return .number(joined.count)
    case "STRLEN": return .number(try string(key)?.count ?? 0)
    case "SETRANGE":
      var text = try string(key) ?? []
      let offset = Self.number(words[2])
      if words[3].isEmpty { return .number(text.count) }
      while text.count < offset + words[3].count { text.append(0) }
      text.replaceSubrange(offset..<offset + words[3].count, with: words[3])
      put(key, .string(text))
      return .number(text.count)
    case "DEL", "UNLINK", "EXISTS":
      var number = 0
      for key in words.dropFirst() {
        expire(key, now)
        if items[key] != nil { number += 1 }
        if name != "EXISTS" { items[key] = nil }
      }
      return .number(number)
    case "TYPE":
      return .exactly(.simple(items[key].map { Self.name($0.value) } ?? "none"))
    case "PEXPIRE":
      guard items[key] != nil else { return .number(0) }
      let time = Int64(Self.number(words[2]))
      if time <= 0 { items[key] = nil } else { items[key]?.deadline = now + time }
      return .number(1)
    case "PERSIST":
      guard items[key]?.deadline != nil else { return .number(0) }
      items[key]?.deadline = nil
      return .number(1)
    case "PTTL":
      guard let item = items[key] else { return .number(-2) }
      return .number(item.deadline.map { Int($0 - now) } ?? -1)
    case "RENAME":
      guard let item = items[key] else { return .exactly(.error("ERR no such key")) }
      items[key] = nil
      items[words[2]] = item
      return .ok
    case "COPY":
      guard let item = items[key], key != words[2] else {
        return key == words[2] ? .exactly(.error("ERR source and destination objects are the same")) : .number(0)
      }
      items[words[2]] = item
      return .number(1)
    default: return try answerOfContainer(name, key, words)
    }
  }

  private static func name(_ value: Value) -> String {
    switch value {
    case .string: "string"
    case .list: "list"
    case .set: "set"
    case .hash: "hash"
    }
  }

  private mutating func answerOfContainer(_ name: String, _ key: [UInt8], _ words: [[UInt8]]) throws -> ExpectedReply {
    switch name {
    case "RPUSH", "LPUSH":
      let added = Array(words.dropFirst(2))
      let list = try name == "RPUSH" ? list(key) + added : added.reversed() + list(key)
      put(key, .list(list))
      return .number(list.count)
    case "LPOP", "RPOP":
      var list = try list(key)
      if list.isEmpty { return .null }
      if words.count == 2 {
        let element = name == "LPOP" ? list.removeFirst() : list.removeLast()
        put(key, .list(list))
        return .bytes(element)
      }
      let number = min(Self.number(words[2]), list.count)
      let taken = name == "LPOP" ? Array(list.prefix(number)) : list.suffix(number).reversed()
      if name == "LPOP" { list.removeFirst(number) } else { list.removeLast(number) }
      put(key, .list(list))
      return .exactly(.array(taken.map { .bulk($0) }))
    case "LLEN": return .number(try list(key).count)
    case "LRANGE":
      let list = try list(key)
      let range = Self.range(list.count, Self.number(words[2]), Self.number(words[3]))
      return .exactly(.array(list[range].map { .bulk($0) }))
    case "LTRIM":
      let list = try list(key)
      put(key, .list(Array(list[Self.range(list.count, Self.number(words[2]), Self.number(words[3]))])))
      return .ok
    case "LREM":
      let list = try list(key)
      let kept = list.filter { $0 != words[3] }
      put(key, .list(kept))
      return .number(list.count - kept.count)
    case "LINDEX":
      let list = try list(key)
      let index = Self.number(words[2])
      let place = index < 0 ? list.count + index : index
      return list.indices.contains(place) ? .bytes(list[place]) : .null
    case "SADD":
      var set = try set(key)
      let before = set.count
      set.formUnion(words.dropFirst(2))
      let added = set.count - before
      put(key, .set(set))
      return .number(countsMembersTwice && added == 0 ? 1 : added)
    case "SREM":
      var set = try set(key)
      let before = set.count
      set.subtract(words.dropFirst(2))
      put(key, .set(set))
      return .number(before - set.count)
    case "SISMEMBER": return .number(try set(key).contains(words[2]) ? 1 : 0)
    case "SCARD": return .number(try set(key).count)
    case "SMEMBERS": return .members(try set(key).map { .bulk($0) })
    case "HSET":
      var hash = try hash(key)
      let before = hash.count
      for index in stride(from: 2, to: words.count - 1, by: 2) { hash[words[index]] = words[index + 1] }
      let added = hash.count - before
      put(key, .hash(hash))
      return .number(added)
    case "HDEL":
      var hash = try hash(key)
      let before = hash.count
      for field in words.dropFirst(2) { hash[field] = nil }
      put(key, .hash(hash))
      return .number(before - hash.count)
    case "HGET": return try hash(key)[words[2]].map { .bytes($0) } ?? .null
    case "HLEN": return .number(try hash(key).count)
    case "HGETALL": return .pairs(try hash(key).map { RESPValue.Pair(.bulk($0), .bulk($1)) })
    default: return .exactly(.error("the model does not know \(name)"))
    }
  }
}

extension ReferenceModel {
  /// A call that the model knows.
  static func call(_ dice: inout SeededGenerator) -> [CallArgument] {
    let key: CallArgument = dice.pick(["a", "b", "c", "d"])
    let other: CallArgument = dice.pick(["a", "b", "c", "d"])
    func member(_ dice: inout SeededGenerator) -> CallArgument {
      switch Int.random(in: 0..<10, using: &dice) {
      case 0: return CallArgument(String(repeating: "x", count: dice.pick([63, 64, 65, 300, 2000])))
      case 1...4: return CallArgument(Int.random(in: -3...40, using: &dice))
      default: return CallArgument("m\(Int.random(in: 0..<(dice.chance(10) ? 600 : 12), using: &dice))")
      }
    }
    func members(_ dice: inout SeededGenerator) -> [CallArgument] {
      (0..<(dice.chance(4) ? 150 : Int.random(in: 1...4, using: &dice))).map { _ in member(&dice) }
    }
    let index = CallArgument(Int.random(in: -6...6, using: &dice))
    let end = CallArgument(Int.random(in: -6...6, using: &dice))
    switch Int.random(in: 0..<46, using: &dice) {
    case 0...2: return ["SET", key, member(&dice)]
    case 3: return ["SET", key, member(&dice), "PX", CallArgument(dice.pick([1, 5, 50, 700, 30_000]))]
    case 4, 5: return ["GET", key]
    case 6: return ["APPEND", key, member(&dice)]
    case 7: return ["STRLEN", key]
    case 8: return ["SETRANGE", key, CallArgument(Int.random(in: 0...200, using: &dice)), member(&dice)]
    case 9, 10: return ["DEL", key, other]
    case 11: return ["EXISTS", key, other, key]
    case 12: return ["TYPE", key]
    case 13...15: return ["PEXPIRE", key, CallArgument(dice.pick([-1, 0, 1, 3, 20, 600, 9_000]))]
    case 16: return ["PERSIST", key]
    case 17, 18: return ["PTTL", key]
    case 19: return ["RENAME", key, other]
    case 20: return ["COPY", key, other, "REPLACE"]
    case 21, 22: return ["RPUSH", key] + members(&dice)
    case 23, 24: return ["LPUSH", key] + members(&dice)
    case 25: return ["LPOP", key]
    case 26: return ["RPOP", key, CallArgument(Int.random(in: 1...5, using: &dice))]
    case 27: return ["LLEN", key]
    case 28: return ["LRANGE", key, index, end]
    case 29: return ["LTRIM", key, index, end]
    case 30: return ["LREM", key, 0, member(&dice)]
    case 31: return ["LINDEX", key, index]
    case 32, 33: return ["SADD", key] + members(&dice)
    case 34: return ["SREM", key] + members(&dice)
    case 35: return ["SISMEMBER", key, member(&dice)]
    case 36: return ["SCARD", key]
    case 37: return ["SMEMBERS", key]
    case 38, 39: return ["HSET", key] + members(&dice).flatMap { [$0, member(&dice)] }
    case 40: return ["HDEL", key] + members(&dice)
    case 41: return ["HGET", key, member(&dice)]
    case 42: return ["HLEN", key]
    case 43: return ["HGETALL", key]
    case 44: return ["UNLINK", key]
    default: return ["GETDEL", key]
    }
  }
}
