// What a reply must be: a typed value with matchers where there is freedom, and whether a reply is that.
//
// A pattern is written with the types of RESP3; in RESP2 each stands for what servers send in its place (`Pattern.accepts`
// is the table). A new matcher is a case here or in `TextPattern`, its spelling in `PatternParser`, and a row in the README.

package import UnderstudyTestSupport

package indirect enum Pattern: Sendable {
  /// One reply of any type.
  case any
  /// Written as `?`: `record` fills it in.
  case unknown
  case simple(TextPattern)
  case error(TextPattern)
  case bulk(TextPattern)
  case verbatim(format: String, TextPattern)
  case bulkError(TextPattern)
  case bigNumber(TextPattern)
  case double(DoublePattern)
  case integer(IntegerPattern)
  case boolean(Bool)
  /// Null in the place of a bulk string.
  case null
  /// Null in the place of an array.
  case nullArray
  /// Exactly this value.
  case exactly(RESPValue)
  case array(Elements)
  /// An array of any elements, so many of them.
  case count(ClosedRange<Int>)
  case unordered(Elements)
  /// Arrays of two in RESP3, all in one array in RESP2.
  case pairs(Elements)
  case set(Elements)
  /// Keys and values in turn.
  case map(Elements)
  case anyMap
  case push(Elements)
  case attribute(Elements, Pattern)
  case oneOf([Pattern])
  case remembered(String, Pattern)

  /// The parts of an aggregate; `isOpen` if others may follow.
  package struct Elements: Sendable {
    package var all: [Pattern]
    package var isOpen: Bool

    package init(_ all: [Pattern], isOpen: Bool = false) {
      self.all = all
      self.isOpen = isOpen
    }
  }
}

package enum TextPattern: Sendable {
  case exactly(Template)
  case any
  case glob(Template)
  case length(ClosedRange<Int>)
}

package enum IntegerPattern: Sendable {
  case exactly(Template)
  case within(Bound?, Bound?)

  /// One end of a range.
  package struct Bound: Sendable {
    package enum Base: Sendable { case zero, seconds, milliseconds }
    package var base: Base
    package var offset: Int64

    func value(_ now: Int64) -> Int64 {
      switch base {
      case .zero: offset
      case .seconds: now / 1000 + offset
      case .milliseconds: now + offset
      }
    }
  }
}

package enum DoublePattern: Sendable {
  case exactly(Template)
  case within(Double?, Double?)
}

extension Pattern {
  /// Whether `value` is what this says. What it remembers is added to `variables` if so.
  package func accepts(
    _ value: RESPValue, _ resp: RESPVersion, _ variables: inout Variables
  ) throws(UnknownVariable) -> Bool {
    let isOld = resp == .two
    switch self {
    case .any: return true
    case .unknown: return false
    case .simple(let text):
      guard case .simple(let other) = value else { return false }
      return try text.accepts(Array(other.utf8), variables)
    case .error(let text):
      guard case .error(let other) = value else { return false }
      return try text.accepts(Array(other.utf8), variables)
    case .bulkError(let text):
      switch value {
      case .bulkError(let other) where !isOld: return try text.accepts(other, variables)
      case .error(let other) where isOld: return try text.accepts(Array(other.utf8), variables)
      default: return false
      }
    case .bulk(let text):
      guard case .bulk(let other) = value else { return false }
      return try text.accepts(other, variables)
    case .verbatim(let format, let text):
      switch value {
      case .verbatim(format, let other) where !isOld: return try text.accepts(other, variables)
      case .bulk(let other) where isOld: return try text.accepts(other, variables)
      default: return false
      }
    case .bigNumber(let text):
      switch value {
      case .bigNumber(let other) where !isOld: return try text.accepts(Array(other.utf8), variables)
      case .bulk(let other) where isOld: return try text.accepts(other, variables)
      default: return false
      }
    case .double(let pattern):
      switch value {
      case .double(let other) where !isOld: return try pattern.accepts(Array(other.utf8), variables)
      case .bulk(let other) where isOld: return try pattern.accepts(other, variables)
      default: return false
      }
    case .integer(let pattern):
      guard case .integer(let other) = value else { return false }
      return try pattern.accepts(other, variables)
    case .boolean(let flag): return value == (isOld ? .integer(flag ? 1 : 0) : .boolean(flag))
    case .null: return value == (isOld ? .nullBulk : .null)
    case .nullArray: return value == (isOld ? .nullArray : .null)
    case .exactly(let wanted): return value == wanted
    case .array(let elements):
      guard case .array(let others) = value else { return false }
      return try elements.acceptInOrder(others, resp, &variables)
    case .count(let range):
      guard case .array(let others) = value else { return false }
      return range.contains(others.count)
    case .unordered(let elements):
      guard case .array(let others) = value else { return false }
      return try elements.acceptInAnyOrder(others.map { [$0] }, width: 1, resp, &variables)
    case .pairs(let elements):
      guard case .array(let others) = value else { return false }
      if isOld { return try elements.acceptInOrder(others, resp, &variables) }
      var flat: [RESPValue] = []
      for other in others {
        guard case .array(let pair) = other, pair.count == 2 else { return false }
        flat += pair
      }
      return try elements.acceptInOrder(flat, resp, &variables)
    case .set(let elements):
      switch value {
      case .set(let others) where !isOld, .array(let others) where isOld:
        return try elements.acceptInAnyOrder(others.map { [$0] }, width: 1, resp, &variables)
      default: return false
      }
    case .map(let elements):
      guard let entries = Self.entries(value, isOld) else { return false }
      return try elements.acceptInAnyOrder(entries, width: 2, resp, &variables)
    case .anyMap: return Self.entries(value, isOld) != nil
    case .push(let elements):
      switch value {
      case .push(let others) where !isOld, .array(let others) where isOld:
        return try elements.acceptInOrder(others, resp, &variables)
      default: return false
      }
    case .attribute(let elements, let pattern):
      if isOld { return try pattern.accepts(value, resp, &variables) }
      guard case .attribute(let pairs, let other) = value else { return false }
      let entries = pairs.map { [$0.key, $0.value] }
      guard try elements.acceptInAnyOrder(entries, width: 2, resp, &variables) else { return false }
      return try pattern.accepts(other, resp, &variables)
    case .oneOf(let patterns):
      for pattern in patterns where try pattern.accepts(value, resp, &variables) { return true }
      return false
    case .remembered(let name, let pattern):
      guard try pattern.accepts(value, resp, &variables) else { return false }
      variables.values[name] = value.remembered
      return true
    }
  }

  private static func entries(_ value: RESPValue, _ isOld: Bool) -> [[RESPValue]]? {
    switch value {
    case .map(let pairs) where !isOld: return pairs.map { [$0.key, $0.value] }
    case .array(let others) where isOld && others.count.isMultiple(of: 2):
      return stride(from: 0, to: others.count, by: 2).map { [others[$0], others[$0 + 1]] }
    default: return nil
    }
  }

  /// Whether it says that an error must come.
  package var isError: Bool {
    switch self {
    case .error, .bulkError: true
    case .oneOf(let patterns): patterns.allSatisfy(\.isError)
    case .remembered(_, let pattern): pattern.isError
    default: false
    }
  }

  /// Whether every reply of its type will do, however much is in it.
  var takesAnything: Bool {
    switch self {
    case .any, .anyMap, .bulk(.any), .verbatim(_, .any): true
    case .count(let range): range == 0...Int.max
    case .oneOf(let patterns): patterns.allSatisfy(\.takesAnything)
    default: false
    }
  }

  var isUnknown: Bool { if case .unknown = self { true } else { false } }
}

extension Pattern.Elements {
  func acceptInOrder(
    _ others: [RESPValue], _ resp: RESPVersion, _ variables: inout Variables
  ) throws(UnknownVariable) -> Bool {
    guard isOpen ? others.count >= all.count : others.count == all.count else { return false }
    for (pattern, other) in zip(all, others) where try !pattern.accepts(other, resp, &variables) { return false }
    return true
  }

  /// Elements (or entries, with a `width` of two) each matched by another pattern, whatever their order.
  func acceptInAnyOrder(
    _ others: [[RESPValue]], width: Int, _ resp: RESPVersion, _ variables: inout Variables
  ) throws(UnknownVariable) -> Bool {
    let wanted = stride(from: 0, to: all.count, by: width).map { Array(all[$0..<$0 + width]) }
    guard isOpen ? others.count >= wanted.count : others.count == wanted.count else { return false }
    return try Self.assign(wanted[...], others, resp, &variables)
  }

  /// Finds a partner for the first pattern such that the others find theirs.
  private static func assign(
    _ patterns: ArraySlice<[Pattern]>, _ others: [[RESPValue]], _ resp: RESPVersion, _ variables: inout Variables
  ) throws(UnknownVariable) -> Bool {
    guard let first = patterns.first else { return true }
    for (index, other) in others.enumerated() {
      var attempt = variables
      var fits = true
      for (pattern, part) in zip(first, other) where try !pattern.accepts(part, resp, &attempt) {
        fits = false
        break
      }
      guard fits else { continue }
      var rest = others
      rest.remove(at: index)
      if try assign(patterns.dropFirst(), rest, resp, &attempt) {
        variables = attempt
        return true
      }
      // An exact pattern that found its value gains nothing from another value like it.
      if first.allSatisfy(\.isExact) { return false }
    }
    return false
  }
}

extension Pattern {
  /// Whether one value only matches.
  fileprivate var isExact: Bool {
    switch self {
    case .simple(.exactly), .error(.exactly), .bulk(.exactly), .integer(.exactly), .double(.exactly), .boolean, .null,
      .nullArray, .exactly:
      true
    default: false
    }
  }
}

extension TextPattern {
  func accepts(_ bytes: [UInt8], _ variables: Variables) throws(UnknownVariable) -> Bool {
    switch self {
    case .exactly(let template): try template.bytes(variables) == bytes
    case .any: true
    case .glob(let template): Glob(try template.bytes(variables)).fits(bytes)
    case .length(let range): range.contains(bytes.count)
    }
  }
}

extension IntegerPattern {
  func accepts(_ number: Int64, _ variables: Variables) throws(UnknownVariable) -> Bool {
    switch self {
    case .exactly(let template): return Int64(String(decoding: try template.bytes(variables), as: UTF8.self)) == number
    case .within(let low, let high):
      return number >= low?.value(variables.now) ?? .min && number <= high?.value(variables.now) ?? .max
    }
  }
}

extension DoublePattern {
  func accepts(_ bytes: [UInt8], _ variables: Variables) throws(UnknownVariable) -> Bool {
    switch self {
    case .exactly(let template): return try template.bytes(variables) == bytes
    case .within(let low, let high):
      guard let number = Double(String(decoding: bytes, as: UTF8.self)) else { return false }
      return number >= low ?? -.infinity && number <= high ?? .infinity
    }
  }
}

extension RESPValue {
  /// A reply of the same type with nothing in it.
  var emptied: RESPValue {
    switch self {
    case .array: .array([])
    case .set: .set([])
    case .map: .map([])
    case .bulk: .bulk([])
    case .verbatim(let format, _): .verbatim(format: format, [])
    default: self
    }
  }

  /// What a case remembers of it.
  fileprivate var remembered: [UInt8] {
    switch self {
    case .integer(let number): Array(String(number).utf8)
    case .bulk(let bytes), .verbatim(_, let bytes), .bulkError(let bytes): bytes
    default: Array((text ?? "").utf8)
    }
  }
}
