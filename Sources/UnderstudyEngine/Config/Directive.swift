// Directive: one setting as the world names it: which values it takes, how CONFIG GET shows them, where they go.
//
// Every value passes through one form, the text that CONFIG GET answers: a directive reads what it is given, checks it
// and makes that text, and its storage takes the text in. So what can be set can be shown, and set again.
//
// The error texts are those of redis-server 7.0.15.

/// Why a value was refused: the part of the error that speaks of the value.
struct DirectiveRefusal: Error {
  let text: String
  init(_ text: String) { self.text = text }
}

package struct Directive: Sendable {
  package struct Traits: OptionSet, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    /// Only at the start: in the file or on the command line.
    package static let immutable = Traits(rawValue: 1 << 0)
    /// At run time only if `enable-protected-configs` allows it.
    package static let protected = Traits(rawValue: 1 << 1)
    /// Not among those that a pattern finds.
    package static let hidden = Traits(rawValue: 1 << 2)
    /// Several values on a line of the file; one with blanks in CONFIG SET.
    package static let multiple = Traits(rawValue: 1 << 3)
    /// Not to be written to logs.
    package static let sensitive = Traits(rawValue: 1 << 4)
    /// Checked, kept and answered, but without effect: what it governs does not exist here, or not yet.
    package static let inert = Traits(rawValue: 1 << 5)
    /// A change concerns the transport: it is asked whether it can carry it out.
    package static let transport = Traits(rawValue: 1 << 6)
    /// Of this server, unknown to Redis.
    package static let own = Traits(rawValue: 1 << 7)
    /// The name of a file or folder, which a shell can complete.
    package static let path = Traits(rawValue: 1 << 8)
  }

  /// What values look like.
  enum Form: Sendable {
    case bool
    case integer(ClosedRange<Int64>)
    /// Shown and read in base 8.
    case octal(ClosedRange<Int64>)
    case memory(ClosedRange<UInt64>)
    /// Bytes, or a percentage.
    case memoryOrPercent(ClosedRange<UInt64>)
    case choice([String])
    /// One or more of them.
    case choices([String])
    case text(check: (@Sendable ([UInt8]) -> String?)?)
    /// Read by a function from the values given and the value so far.
    case special(@Sendable (Values) throws(DirectiveRefusal) -> [UInt8])
  }

  /// What a special form reads.
  struct Values {
    let given: [[UInt8]]
    let current: [UInt8]
    /// Another line of the same file has set it already.
    let isContinued: Bool
  }

  /// Where the value is kept.
  enum Storage: Sendable {
    /// As text, while it is not this default.
    case text(standard: String)
    case field(
      get: @Sendable (Configuration) -> [UInt8], set: @Sendable (inout Configuration, [UInt8]) -> Void)
  }

  package let name: String
  package let traits: Traits
  /// The version of Redis that brought it, if that is not 7.0 or before.
  package internal(set) var since: Version = "1.0.0"
  /// What it is for, in a sentence: what helps and manuals say.
  package private(set) var summary = ""
  let form: Form
  let storage: Storage
  /// An older name, which is a directive of its own with the same value.
  package private(set) var alias: String?
  /// Of an older name: the present one.
  package private(set) var replacement: String?

  init(_ name: String, _ form: Form, _ storage: Storage, _ traits: Traits = []) {
    self.name = name
    self.form = form
    self.storage = storage
    self.traits = traits
  }

  /// The same directive under its older name as well.
  func alias(_ name: String) -> Directive {
    var copy = self
    copy.alias = name
    return copy
  }

  func summary(_ text: String) -> Directive {
    var copy = self
    copy.summary = text
    return copy
  }

  func since(_ version: Version) -> Directive {
    var copy = self
    copy.since = version
    return copy
  }

  /// The directive as its older name.
  func renamed(_ name: String) -> Directive {
    var copy = Directive(name, form, textStorage, traits)
    copy.since = since
    copy.replacement = self.name
    copy.summary = "The older name of `\(self.name)`."
    return copy
  }

  /// Storage that does not depend on the name under which the directive is reached.
  private var textStorage: Storage {
    guard case .text(let standard) = storage else { return storage }
    let key = name
    return .field(
      get: { $0.texts[key] ?? Array(standard.utf8) },
      set: { configuration, text in
        configuration.texts[key] = text == Array(standard.utf8) ? nil : text
      })
  }

  /// The value as CONFIG GET shows it.
  package func value(in configuration: Configuration) -> [UInt8] {
    switch storage {
    case .text(let standard): configuration.texts[name] ?? Array(standard.utf8)
    case .field(let get, _): get(configuration)
    }
  }

  func store(_ text: [UInt8], in configuration: inout Configuration) {
    switch storage {
    case .text(let standard): configuration.texts[name] = text == Array(standard.utf8) ? nil : text
    case .field(_, let set): set(&configuration, text)
    }
  }
}

// MARK: Reading values

extension Directive {
  /// Checks values and brings them into the form of CONFIG GET.
  func read(_ values: Values) throws(DirectiveRefusal) -> [UInt8] {
    if case .special(let read) = form { return try read(values) }
    if case .choices(let names) = form { return try Self.readChoices(values.given, names) }
    guard values.given.count == 1 else { throw DirectiveRefusal("wrong number of arguments") }
    let value = values.given[0]
    switch form {
    case .bool:
      let lower = Self.lowercased(value)
      guard lower == Array("yes".utf8) || lower == Array("no".utf8) else {
        throw DirectiveRefusal("argument must be 'yes' or 'no'")
      }
      return lower
    case .integer(let range):
      guard let number = value.withBytes({ NumberText.parseInt64($0) }) else {
        throw DirectiveRefusal("argument couldn't be parsed into an integer")
      }
      try Self.check(number, in: range)
      return Array(String(number).utf8)
    case .octal(let range):
      guard let number = Int64(String(decoding: value, as: UTF8.self), radix: 8) else {
        throw DirectiveRefusal("argument couldn't be parsed as an octal number")
      }
      guard range.contains(number) else {
        let (low, high) = (String(range.lowerBound, radix: 8), String(range.upperBound, radix: 8))
        throw DirectiveRefusal("argument must be between \(low) and \(high) inclusive")
      }
      return Array(String(number, radix: 8).utf8)
    case .memory(let range):
      guard let number = MemorySize.parse(value) else { throw DirectiveRefusal("argument must be a memory value") }
      try Self.check(number, in: range)
      return Array(String(number).utf8)
    case .memoryOrPercent(let range):
      return try Self.readMemoryOrPercent(value, range)
    case .choice(let names):
      return try Self.readChoices([value], names)
    case .text(let check):
      if let refusal = check?(value) { throw DirectiveRefusal(refusal) }
      return value
    case .special, .choices:
      return value
    }
  }

  static func lowercased(_ text: [UInt8]) -> [UInt8] {
    text.map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
  }

  private static func check<Number: BinaryInteger>(
    _ number: Number, in range: ClosedRange<Number>
  ) throws(DirectiveRefusal) {
    guard range.contains(number) else {
      throw DirectiveRefusal("argument must be between \(range.lowerBound) and \(range.upperBound) inclusive")
    }
  }

  /// The names of those chosen, in the order of the list.
  private static func readChoices(_ values: [[UInt8]], _ names: [String]) throws(DirectiveRefusal) -> [UInt8] {
    var chosen: Set<String> = []
    for value in values {
      let lower = String(decoding: lowercased(value), as: UTF8.self)
      guard names.contains(lower) else {
        chosen = []
        break
      }
      chosen.insert(lower)
    }
    guard !chosen.isEmpty else {
      throw DirectiveRefusal("argument(s) must be one of the following: \(names.joined(separator: ", "))")
    }
    return Array(names.filter { chosen.contains($0) }.joined(separator: " ").utf8)
  }

  private static func readMemoryOrPercent(
    _ value: [UInt8], _ range: ClosedRange<UInt64>
  ) throws(DirectiveRefusal) -> [UInt8] {
    let refusal = DirectiveRefusal("argument must be a memory or percent value")
    if value.last == UInt8(ascii: "%") {
      let digits = Array(value.dropLast())
      guard let percent = digits.withBytes({ NumberText.parseInt64($0) }), percent >= 0 else { throw refusal }
      guard percent <= 100 else { throw DirectiveRefusal("percentage argument must be less or equal to 100") }
      return Array((percent == 0 ? "0" : "\(percent)%").utf8)
    }
    guard let number = MemorySize.parse(value) else { throw refusal }
    // redis-server keeps a percentage as a negative number, and a size from 2^63 on is one to it.
    let signed = Int64(bitPattern: number)
    guard signed >= -100 else { throw DirectiveRefusal("percentage argument must be less or equal to 100") }
    if signed < 0 { return Array("\(signed.magnitude)%".utf8) }
    try check(number, in: range)
    return Array(String(number).utf8)
  }
}

/// Sizes as configurations write them: digits and a unit.
enum MemorySize {
  /// Bytes. `k`, `m` and `g` are powers of 1000, `kb`, `mb` and `gb` of 1024; nothing at all is 0, too large a number
  /// is the largest, a product that is too large wraps, and a zero byte ends the text: all as redis-server reads them.
  /// Nil if it is no size.
  static func parse(_ given: [UInt8]) -> UInt64? {
    let text = given.prefix { $0 != 0 }
    let digits = text.prefix { $0 >= 48 && $0 <= 57 }
    guard digits.count < 128 else { return nil }
    let factor: UInt64
    switch String(decoding: Directive.lowercased(Array(text.dropFirst(digits.count))), as: UTF8.self) {
    case "", "b": factor = 1
    case "k": factor = 1000
    case "kb": factor = 1 << 10
    case "m": factor = 1_000_000
    case "mb": factor = 1 << 20
    case "g": factor = 1_000_000_000
    case "gb": factor = 1 << 30
    default: return nil
    }
    var number: UInt64 = 0
    for digit in digits {
      let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(digit - 48))
      if overflow || carry { return UInt64.max &* factor }
      number = sum
    }
    return number &* factor
  }
}

// MARK: Making directives

extension Directive {
  typealias Field<Value> = WritableKeyPath<Configuration, Value> & Sendable

  static func bool(_ name: String, _ standard: Bool, _ traits: Traits = [.inert]) -> Directive {
    Directive(name, .bool, .text(standard: standard ? "yes" : "no"), traits)
  }
  static func bool(_ name: String, _ field: any Field<Bool>, _ traits: Traits = []) -> Directive {
    Directive(
      name, .bool,
      .field(
        get: { Array(($0[keyPath: field] ? "yes" : "no").utf8) },
        set: { $0[keyPath: field] = $1 == Array("yes".utf8) }), traits)
  }

  static func integer(
    _ name: String, _ standard: Int64, _ range: ClosedRange<Int64>, _ traits: Traits = [.inert]
  ) -> Directive {
    Directive(name, .integer(range), .text(standard: String(standard)), traits)
  }
  static func integer<Number: FixedWidthInteger & SignedInteger & Sendable>(
    _ name: String, _ field: any Field<Number>, _ range: ClosedRange<Int64>, _ traits: Traits = []
  ) -> Directive {
    Directive(name, .integer(range), numberField(field), traits)
  }

  static func memory(
    _ name: String, _ standard: UInt64, _ range: ClosedRange<UInt64>, _ traits: Traits = [.inert]
  ) -> Directive {
    Directive(name, .memory(range), .text(standard: String(standard)), traits)
  }
  static func memory<Number: FixedWidthInteger & Sendable>(
    _ name: String, _ field: any Field<Number>, _ range: ClosedRange<UInt64>, _ traits: Traits = []
  ) -> Directive {
    Directive(name, .memory(range), numberField(field), traits)
  }

  static func numberField<Number: FixedWidthInteger & Sendable>(_ field: any Field<Number>) -> Storage {
    .field(
      get: { Array(String($0[keyPath: field]).utf8) },
      set: { configuration, text in
        if let number = Number(String(decoding: text, as: UTF8.self)) { configuration[keyPath: field] = number }
      })
  }

  static func choice(
    _ name: String, _ standard: String, _ names: [String], _ traits: Traits = [.inert]
  ) -> Directive {
    Directive(name, .choice(names), .text(standard: standard), traits)
  }
  static func choice<Choice: RawRepresentable & Sendable>(
    _ name: String, _ field: any Field<Choice>, _ names: [String], _ traits: Traits = []
  ) -> Directive where Choice.RawValue == String {
    Directive(
      name, .choice(names),
      .field(
        get: { Array($0[keyPath: field].rawValue.utf8) },
        set: { configuration, text in
          if let choice = Choice(rawValue: String(decoding: text, as: UTF8.self)) {
            configuration[keyPath: field] = choice
          }
        }), traits)
  }

  static func text(_ name: String, _ standard: String = "", _ traits: Traits = [.inert]) -> Directive {
    Directive(name, .text(check: nil), .text(standard: standard), traits)
  }
  static func text(_ name: String, _ field: any Field<String>, _ traits: Traits = []) -> Directive {
    Directive(name, .text(check: nil), textField(field), traits)
  }

  static func textField(_ field: any Field<String>) -> Storage {
    .field(
      get: { Array($0[keyPath: field].utf8) },
      set: { $0[keyPath: field] = String(decoding: $1, as: UTF8.self) })
  }
}
