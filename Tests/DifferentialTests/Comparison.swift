// When are two replies the same? Byte for byte, unless the command is named here with the one freedom it has.
//
// A freedom is given only where Redis itself promises nothing: the order of a hash table, the choice of a random member, the
// passing of real time. It is never given to hide a difference; those that are intended stand in `knownDifferences`.

import UnderstudyTestSupport

/// How the replies of one command are compared.
enum Comparison: Sendable {
  /// Byte for byte.
  case exact
  /// The same elements in any order: hash tables.
  case unordered
  /// The same elements, so many integers in order: a set made of sets that holds nothing else is an intset.
  case unorderedUnlessIntegers(upTo: Int)
  /// As it says, or else the same at any depth in any order.
  indirect case unorderedMaps(Comparison)
  /// The same pairs in any order.
  case unorderedPairs
  /// In order if the key's encoding has one (listpack, intset), otherwise as `then` says.
  indirect case unorderedIfHashTable(key: Argument, then: Comparison)
  /// A cursor, and after it elements (or pairs) in any order.
  case scan(pairs: Bool)
  /// A cursor and some elements, of which nothing is promised but the form.
  case scanPart
  /// Numbers at most this far apart, the special values -1 and -2 exactly.
  case within(Int64)
  /// The same types and counts all the way down; texts and numbers may differ.
  case shape
  /// Byte for byte but for moments and spans of real time, in the places where the reply has them.
  case times
  /// As many elements, each one from a pool that is read before the command by `command`.
  case sample(of: [Argument])
  /// Rules of access, in which single commands come in any order.
  case rules
  /// A greeting: all fields but the connection's id and the server's version.
  case hello
  /// Confirmations that come in any order of the channels, each with the number of subscriptions that remain.
  case confirmations
  /// All that one step made come to a connection: messages for several patterns come in any order.
  indirect case frames(each: Comparison)

  /// The comparison for a call, and what to do after it on both servers so that they stay the same.
  static func of(_ arguments: [Argument]) -> (comparison: Comparison, followUp: [Argument]?) {
    guard let name = arguments.first?.upperText else { return (.exact, nil) }
    let key = arguments.count > 1 ? arguments[1] : ""
    switch name {
    case "SMEMBERS": return (.unorderedIfHashTable(key: key, then: .unordered), nil)
    case "SINTER", "SDIFF", "KEYS": return (.unordered, nil)
    case "SUNION": return (.unorderedUnlessIntegers(upTo: 0), nil)
    case "PUBSUB": return (key.upperText.hasSuffix("CHANNELS") ? .unordered : .exact, nil)
    case "SORT", "SORT_RO": return sort(arguments, key)
    case "HKEYS", "HVALS": return (.unorderedIfHashTable(key: key, then: .unordered), nil)
    case "HGETALL": return (.unorderedIfHashTable(key: key, then: .unorderedPairs), nil)
    case "CONFIG": return (.unorderedPairs, nil)
    case "SCAN", "SSCAN", "HSCAN", "ZSCAN":
      // Only a scan that surely sees everything in one call can be compared; others are `Step.Kind.scan`.
      let count = arguments.lastIndex { $0.upperText == "COUNT" }.flatMap { arguments.dropFirst($0 + 1).first }
      let whole = count == "1000" || count == "10000"
      let cursor = name == "SCAN" ? key : arguments.count > 2 ? arguments[2] : ""
      let scan = whole && cursor == "0" ? Comparison.scan(pairs: name == "HSCAN" || name == "ZSCAN") : .scanPart
      return (name == "SCAN" ? scan : .unorderedIfHashTable(key: key, then: scan), nil)
    case "TTL", "EXPIRETIME": return (.within(2), nil)
    case "PTTL", "PEXPIRETIME": return (.within(2000), nil)
    case "CLIENT" where ["INFO", "LIST", "ID", "TRACKINGINFO"].contains(key.upperText): return (.shape, nil)
    case "OBJECT" where key.upperText == "IDLETIME" || key.upperText == "FREQ": return (.shape, nil)
    case "ACL" where key.upperText == "GETUSER": return (.rules, nil)
    case "ACL" where key.upperText == "GENPASS": return (.shape, nil)
    // Ages and identifiers of entries.
    case "ACL" where key.upperText == "LOG": return (.shape, nil)
    case "COMMAND" where key.upperText == "LIST": return (.unordered, nil)
    case "COMMAND" where key.upperText == "INFO": return (.shape, nil)
    case "TIME", "INFO", "MEMORY", "LASTSAVE": return (.shape, nil)
    case "RANDOMKEY": return (.sample(of: ["KEYS", "*"]), nil)
    case "SRANDMEMBER": return (.sample(of: ["SMEMBERS", key]), nil)
    case "HRANDFIELD": return (.sample(of: ["HGETALL", key]), nil)
    case "ZRANDMEMBER": return (.sample(of: ["ZRANGE", key, "0", "-1", "WITHSCORES"]), nil)
    case "SPOP": return (.sample(of: ["SMEMBERS", key]), ["DEL", key])
    case "XADD": return arguments.contains("*") || arguments.contains("7-*") ? (.shape, ["DEL", key]) : (.exact, nil)
    case "XPENDING", "XINFO": return (.times, nil)
    case "HELLO": return (.hello, nil)
    case "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE":
      return arguments.count == 1 ? (.confirmations, nil) : (.exact, nil)
    case "EVAL", "EVAL_RO":
      if CommandTemplates.callers.contains(key) {
        // A map in Lua comes out in the order in which `pairs` walks it.
        let (comparison, followUp) = of(Array(arguments.dropFirst(3)))
        return (key.upperText.contains("SETRESP(3)") ? .unorderedMaps(comparison) : comparison, followUp)
      }
      if key.upperText.contains("HGETALL") { return (.unorderedPairs, nil) }
      return (key.upperText.contains("SMEMBERS") ? .unordered : .exact, nil)
    case "EVALSHA", "EVALSHA_RO": return (.unordered, nil)
    default: return (.exact, nil)
    }
  }

  /// SORT is in order, but for elements that nothing tells apart and for a hash table that is not sorted at all.
  private static func sort(_ arguments: [Argument], _ key: Argument) -> (comparison: Comparison, followUp: [Argument]?) {
    let words = arguments.map(\.upperText)
    guard let by = words.dropLast().lastIndex(of: "BY") else { return (.exact, nil) }
    if arguments[by + 1].bytes.contains(UInt8(ascii: "*")) && !words.contains("ALPHA") { return (.exact, nil) }
    let comparison = words.contains("LIMIT") || words.contains("GET") ? Comparison.shape : .unordered
    guard let store = words.dropLast().lastIndex(of: "STORE") else { return (comparison, nil) }
    return (comparison, ["DEL", arguments[store + 1]])
  }

  /// A value in which everything that may differ is brought to one form; equal forms are equal replies.
  func normalised(_ value: RESPValue) -> RESPValue {
    if value.isError { return value }
    switch self {
    case .exact, .sample, .within: return value
    case .unordered: return sorted(value)
    case .unorderedUnlessIntegers(let limit):
      return texts(value).count <= limit && texts(value).allSatisfy { String(Int64($0) ?? 0) == $0 } ? value : sorted(value)
    case .confirmations:
      return .array((value.elements ?? []).enumerated().map { column, part in column == 1 ? .null : part })
    case .frames(let each):
      let frames = (value.elements ?? []).map(each.normalised)
      guard case .confirmations = each else { return .array(inOrder(frames)) }
      let channels = (value.elements ?? []).compactMap { $0.elements?.dropFirst().first }
      return .array(frames + inOrder(channels))
    case .unorderedPairs: return sortedPairs(value)
    case .unorderedMaps: return inOrderAtAnyDepth(value)
    case .unorderedIfHashTable(_, let then): return then.normalised(value)
    case .scan(let pairs):
      guard case .array(let parts) = value, parts.count == 2 else { return value }
      return .array([parts[0], pairs ? sortedPairs(parts[1]) : sorted(parts[1])])
    case .scanPart:
      guard case .array(let parts) = value, parts.count == 2 else { return value }
      return .array([.simple("cursor"), .simple("elements")])
    case .shape: return typesOnly(value)
    case .times: return timeless(value)
    case .hello: return greeting(value)
    case .rules: return inOrderOfRules(value)
    }
  }

  /// The comparison if what the keys hold cannot be looked up at the time of the call.
  var withoutLookingUp: Comparison {
    if case .unorderedIfHashTable(_, let then) = self { then } else { self }
  }

  /// The reply of the step itself: what came alone to a connection that gets pushes.
  func reply(_ value: RESPValue) -> RESPValue {
    if case .frames = self, case .array(let frames) = value, let only = frames.first, frames.count == 1 { return only }
    return value
  }

  /// Why two replies are not the same, or nil if they are.
  func difference(_ left: RESPValue, _ right: RESPValue, pool: Set<String>?) -> String? {
    if left == right { return nil }
    switch (self, left, right) {
    case (.within(let tolerance), .integer(let a), .integer(let b)) where a > 0 && b > 0:
      return abs(a &- b) <= tolerance ? nil : "more than \(tolerance) apart"
    case (.sample, _, _) where !left.isError && !right.isError:
      if typesOnly(left) != typesOnly(right) { return "another number of elements, or other types" }
      guard let pool else { return nil }
      let strangers = texts(right).filter { !pool.contains($0) }
      return strangers.isEmpty ? nil : "not members: \(strangers)"
    case (.unorderedMaps(let other), _, _):
      guard let reason = other.difference(left, right, pool: pool) else { return nil }
      return normalised(left) == normalised(right) ? nil : reason
    case (.frames(let each), .array(let a), .array(let b)) where a.count == 1 && b.count == 1:
      return each.difference(a[0], b[0], pool: pool)
    default:
      return normalised(left) == normalised(right) ? nil : "different replies"
    }
  }
}

/// The texts at the leaves of a reply.
func texts(_ value: RESPValue) -> [String] {
  if let elements = value.elements { return elements.flatMap(texts) }
  return value.text.map { [$0] } ?? []
}

private func inOrder(_ values: [RESPValue]) -> [RESPValue] {
  values.sorted { $0.serialized.lexicographicallyPrecedes($1.serialized) }
}

private func sorted(_ value: RESPValue) -> RESPValue {
  switch value {
  case .array(let values): .array(inOrder(values))
  case .set(let values): .set(inOrder(values))
  case .push(let values): .push(inOrder(values))
  case .map: sortedPairs(value)
  default: value
  }
}

private func sortedPairs(_ value: RESPValue) -> RESPValue {
  switch value {
  case .array(let values) where values.count.isMultiple(of: 2):
    let pairs = stride(from: 0, to: values.count, by: 2).map { RESPValue.array([values[$0], values[$0 + 1]]) }
    return .array(inOrder(pairs))
  case .map(let pairs):
    return .map(pairs.sorted { $0.key.serialized.lexicographicallyPrecedes($1.key.serialized) })
  default: return sorted(value)
  }
}

private func inOrderAtAnyDepth(_ value: RESPValue) -> RESPValue {
  switch value {
  case .array(let values): .array(inOrder(values.map(inOrderAtAnyDepth)))
  case .map(let pairs): sortedPairs(.map(pairs.map { .init($0.key, inOrderAtAnyDepth($0.value)) }))
  default: sorted(value)
  }
}

private func inOrderOfRules(_ value: RESPValue) -> RESPValue {
  switch value {
  case .bulk(let bytes): .bulk(Array(String(decoding: bytes, as: UTF8.self).withOrderedRules.utf8))
  case .array(let values): .array(values.map(inOrderOfRules))
  case .map(let pairs): .map(pairs.map { .init($0.key, inOrderOfRules($0.value)) })
  default: value
  }
}

private func typesOnly(_ value: RESPValue) -> RESPValue {
  switch value {
  case .simple: .simple("")
  case .integer: .integer(0)
  case .bulk: .bulk([])
  case .double: .double("")
  case .bigNumber: .bigNumber("")
  case .verbatim(let format, _): .verbatim(format: format, [])
  case .array(let values): .array(values.map(typesOnly))
  case .set(let values): .set(values.map(typesOnly))
  case .push(let values): .push(values.map(typesOnly))
  case .map(let pairs): .map(pairs.map { .init(typesOnly($0.key), typesOnly($0.value)) })
  default: value
  }
}

/// A reply about consumer groups in which every time is zero: spans behind `idle`, in the third place of what XPENDING
/// tells of an entry, and whatever is so large that it is a moment.
private func timeless(_ value: RESPValue) -> RESPValue {
  switch value {
  case .integer(let number) where number > 1_000_000_000_000: return .integer(0)
  case .map(let pairs):
    return .map(pairs.map { .init($0.key, $0.key.text == "idle" ? .integer(0) : timeless($0.value)) })
  case .array(var values):
    for index in values.indices {
      let isSpan = index > 0 && values[index - 1].text == "idle" || isPendingEntry(values) && index == 2
      values[index] = isSpan ? .integer(0) : timeless(values[index])
    }
    return .array(values)
  default: return value
  }
}

private func isPendingEntry(_ values: [RESPValue]) -> Bool {
  guard values.count == 4, case .bulk = values[0], case .bulk = values[1] else { return false }
  return values[2].integer != nil && values[3].integer != nil
}

private func greeting(_ value: RESPValue) -> RESPValue {
  func masked(_ pairs: [RESPValue.Pair]) -> [RESPValue.Pair] {
    pairs.map { $0.key.text == "id" || $0.key.text == "version" ? .init($0.key, typesOnly($0.value)) : $0 }
  }
  switch value {
  case .map(let pairs): return .map(masked(pairs))
  case .array(let values) where values.count.isMultiple(of: 2):
    let pairs = stride(from: 0, to: values.count, by: 2).map { RESPValue.Pair(values[$0], values[$0 + 1]) }
    return .array(masked(pairs).flatMap { [$0.key, $0.value] })
  default: return value
  }
}
