// How a reply is printed in a test's failure and in a transcript: as redis-cli does, but with every type told apart,
// because a wrong type is a wrong reply.

extension RESPValue: CustomStringConvertible {
  /// The reply over one or more lines, typed: `(simple) OK`, `"a bulk"`, `(integer) 3`, `1) …`.
  public var description: String { lines().joined(separator: "\n") }

  /// True if the reply is an error of either kind.
  public var isError: Bool {
    switch self {
    case .error, .bulkError: true
    default: false
    }
  }

  /// The text of a simple, bulk, verbatim or error reply, or nil.
  public var text: String? {
    switch self {
    case .simple(let text), .error(let text), .double(let text), .bigNumber(let text): text
    case .bulk(let bytes), .bulkError(let bytes), .verbatim(_, let bytes): String(decoding: bytes, as: UTF8.self)
    default: nil
    }
  }

  /// The elements of an array, set or push, the keys and values of a map in turn, or nil.
  public var elements: [RESPValue]? {
    switch self {
    case .array(let values), .set(let values), .push(let values): values
    case .map(let pairs): pairs.flatMap { [$0.key, $0.value] }
    default: nil
    }
  }

  private func lines() -> [String] {
    switch self {
    case .simple(let text): ["(simple) \(text)"]
    case .error(let text): ["(error) \(text)"]
    case .integer(let number): ["(integer) \(number)"]
    case .bulk(let bytes): [quoted(bytes)]
    case .nullBulk: ["(nil bulk)"]
    case .nullArray: ["(nil array)"]
    case .null: ["(null)"]
    case .boolean(let flag): ["(\(flag))"]
    case .double(let text): ["(double) \(text)"]
    case .bigNumber(let text): ["(big number) \(text)"]
    case .bulkError(let bytes): ["(bulk error) \(quoted(bytes))"]
    case .verbatim(let format, let bytes): ["(verbatim \(format)) \(quoted(bytes))"]
    case .array(let values): Self.list(values, "array")
    case .set(let values): Self.list(values, "set")
    case .push(let values): ["(push)"] + Self.list(values, "push")
    case .map(let pairs): Self.table(pairs, "map")
    case .attribute(let pairs, let value): ["(attribute)"] + Self.table(pairs, "attribute") + value.lines()
    }
  }

  private static func list(_ values: [RESPValue], _ name: String) -> [String] {
    if values.isEmpty { return ["(empty \(name))"] }
    let mark = name == "set" ? "~" : ")"
    return values.enumerated().flatMap { index, value in indent(value.lines(), after: "\(index + 1)\(mark) ") }
  }

  private static func table(_ pairs: [Pair], _ name: String) -> [String] {
    if pairs.isEmpty { return ["(empty \(name))"] }
    return pairs.enumerated().flatMap { index, pair in
      let key = pair.key.lines().joined(separator: " ")
      return indent(pair.value.lines(), after: "\(index + 1)# \(key) => ")
    }
  }

  private static func indent(_ lines: [String], after head: String) -> [String] {
    let pad = String(repeating: " ", count: head.count)
    return lines.enumerated().map { $0 == 0 ? head + $1 : pad + $1 }
  }
}
