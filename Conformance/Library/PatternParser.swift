// The reading of a reply: see the README for how each type and matcher is written.

internal import UnderstudyTestSupport

extension Scanner {
  /// A reply that begins a line: errors and simple strings go to its end.
  mutating func topPattern() throws(CaseError) -> Pattern {
    if let name = try remembering() { return .remembered(name, try topPattern()) }
    guard let first = byte, first == UInt8(ascii: "-") || first == UInt8(ascii: "+"),
      peek(1) != UInt8(ascii: "\""), peek(1) != UInt8(ascii: "<")
    else { return try pattern() }
    advance()
    let text = TextPattern.exactly(try bareText())
    return first == UInt8(ascii: "-") ? .error(text) : .simple(text)
  }

  /// `name=` before a reply, which it is left at.
  private mutating func remembering() throws(CaseError) -> String? {
    guard let first = byte, Self.isLetter(first) else { return nil }
    var ahead = self
    let name = try ahead.name()
    guard ahead.take("=") else { return nil }
    self = ahead
    return name
  }

  mutating func pattern() throws(CaseError) -> Pattern {
    let start = self
    guard let first = byte else { throw error("a reply is missing") }
    if Self.isLetter(first) {
      if let name = try remembering() { return .remembered(name, try pattern()) }
      return try patternWord(start)
    }
    switch first {
    case UInt8(ascii: "\""): return .bulk(.exactly(try quoted()))
    case UInt8(ascii: "?"):
      advance()
      return .unknown
    case UInt8(ascii: "_"):
      advance()
      return .exactly(.null)
    case UInt8(ascii: "#"):
      advance()
      if take("t") { return .boolean(true) }
      if take("f") { return .boolean(false) }
      throw start.error("a boolean is #t or #f")
    case UInt8(ascii: "$"):
      if take("$-1") { return .exactly(.nullBulk) }
      advance()
      return .bulk(try textMatcher())
    case UInt8(ascii: "+"):
      advance()
      return .simple(try text())
    case UInt8(ascii: "-"):
      advance()
      return .error(try text())
    case UInt8(ascii: "!"):
      advance()
      return .bulkError(try text())
    case UInt8(ascii: "("):
      advance()
      return .bigNumber(try text())
    case UInt8(ascii: "="):
      advance()
      let format = String(decoding: take(while: Self.isNamePart), as: UTF8.self)
      guard format.utf8.count == 3 else { throw start.error("a verbatim string has a format of three letters: =txt\"…\"") }
      return .verbatim(format: format, try text())
    case UInt8(ascii: ":"):
      advance()
      return .integer(try integerPattern())
    case UInt8(ascii: ","):
      advance()
      return .double(try doublePattern())
    case UInt8(ascii: "*"): return try arrayPattern(start)
    case UInt8(ascii: "~"):
      advance()
      return .set(try elements(open: "[", close: "]"))
    case UInt8(ascii: "%"):
      advance()
      if take("<any>") { return .anyMap }
      return .map(try entries())
    default: throw error("this begins no reply")
    }
  }

  private mutating func patternWord(_ start: Scanner) throws(CaseError) -> Pattern {
    switch try name() {
    case "any": return .any
    case "null": return .null
    case "nullarray": return .nullArray
    case "push": return .push(try elements(open: "[", close: "]"))
    case "oneof": return .oneOf(try elements(open: "[", close: "]").all)
    case "attribute":
      let elements = try entries()
      skipSpace()
      return .attribute(elements, try pattern())
    case let word: throw start.error("“\(word)” is no reply, and nothing that a line begins with")
    }
  }

  private mutating func arrayPattern(_ start: Scanner) throws(CaseError) -> Pattern {
    if take("*-1") { return .exactly(.nullArray) }
    advance()
    if take("<any>") { return .count(0...Int.max) }
    if take("<unordered>") { return .unordered(try elements(open: "[", close: "]")) }
    if take("<pairs>") {
      let elements = try elements(open: "[", close: "]")
      guard elements.all.count.isMultiple(of: 2) else { throw start.error("pairs are an even number of replies") }
      return .pairs(elements)
    }
    if take("<") {
      let range = try sizeRange()
      guard take(">") else { throw error("a > is missing") }
      return .count(range)
    }
    return .array(try elements(open: "[", close: "]"))
  }

  private mutating func entries() throws(CaseError) -> Pattern.Elements {
    let start = self
    let elements = try elements(open: "{", close: "}")
    guard elements.all.count.isMultiple(of: 2) else { throw start.error("a key of the map has no value") }
    return elements
  }

  private mutating func elements(open: StaticString, close: StaticString) throws(CaseError) -> Pattern.Elements {
    let start = self
    guard take(open) else { throw error("a \(open) is missing") }
    var elements = Pattern.Elements([])
    while true {
      skipSpace()
      if take(close) { return elements }
      if isAtEnd { throw start.error("this \(open) has no \(close)") }
      if elements.isOpen { throw error("nothing may follow the dots") }
      if take("...") { elements.isOpen = true } else { elements.all.append(try pattern()) }
    }
  }

  // MARK: Parts

  /// Text of a simple string, an error and the like: quoted, a matcher, or a bare word.
  private mutating func text() throws(CaseError) -> TextPattern {
    if byte == UInt8(ascii: "<") { return try textMatcher() }
    if byte == UInt8(ascii: "\"") { return .exactly(try quoted()) }
    return .exactly(try bareWord())
  }

  /// Up to a blank or a bracket.
  private mutating func bareWord() throws(CaseError) -> Template {
    let start = self
    if looks(at: "${") {
      // A whole word that is a variable.
      let word = try word()
      return word
    }
    let bytes = take { $0 > 0x20 && $0 != UInt8(ascii: "]") && $0 != UInt8(ascii: "}") && $0 != UInt8(ascii: "\"") }
    guard !bytes.isEmpty else { throw start.error("text is missing") }
    var word = Template()
    word.append(Array(bytes))
    return word
  }

  private mutating func textMatcher() throws(CaseError) -> TextPattern {
    let start = self
    guard take("<") else { throw error("a matcher in angle brackets is missing") }
    let matcher: TextPattern
    switch try name() {
    case "any": matcher = .any
    case "glob":
      skipBlanks()
      matcher = .glob(try quoted())
    case "len":
      skipBlanks()
      matcher = .length(try sizeRange())
    case let word: throw start.error("no matcher of text is called “\(word)”: any, glob, len")
    }
    guard take(">") else { throw error("a > is missing") }
    return matcher
  }

  private mutating func sizeRange() throws(CaseError) -> ClosedRange<Int> {
    let start = self
    let low = try size()
    guard take("..") else { return low...low }
    guard let next = byte, Self.isDigit(next) else { return low...Int.max }
    let high = try size()
    guard low <= high else { throw start.error("the range ends before it begins") }
    return low...high
  }

  private mutating func integerPattern() throws(CaseError) -> IntegerPattern {
    if looks(at: "${") { return .exactly(try bareWord()) }
    guard take("<") else {
      let number = try integer()
      return .exactly(Template(String(number)))
    }
    if take("any>") { return .within(nil, nil) }
    let low = looks(at: "..") ? nil : try bound()
    guard take("..") else { throw error("a range is written 1..5") }
    let high = byte == UInt8(ascii: ">") ? nil : try bound()
    guard take(">") else { throw error("a > is missing") }
    return .within(low, high)
  }

  private mutating func bound() throws(CaseError) -> IntegerPattern.Bound {
    var base = IntegerPattern.Bound.Base.zero
    if take("nowms") { base = .milliseconds } else if take("now") { base = .seconds }
    if base == .zero { return .init(base: base, offset: try integer()) }
    if take("+") { return .init(base: base, offset: try integer()) }
    return .init(base: base, offset: byte == UInt8(ascii: "-") ? try integer() : 0)
  }

  private mutating func doublePattern() throws(CaseError) -> DoublePattern {
    guard take("<") else { return .exactly(try bareWord()) }
    if take("any>") { return .within(nil, nil) }
    let low = try decimal()
    guard take("..") else { throw error("a range is written 0.5..1.5") }
    let high = try decimal()
    guard take(">") else { throw error("a > is missing") }
    return .within(low, high)
  }

  private mutating func decimal() throws(CaseError) -> Double? {
    if byte == UInt8(ascii: ">") || looks(at: "..") { return nil }
    let start = self
    var text = ""
    while let byte, byte != UInt8(ascii: ">"), !looks(at: "..") {
      text.unicodeScalars.append(Unicode.Scalar(byte))
      advance()
    }
    guard let number = Double(text) else { throw start.error("a number is missing") }
    return number
  }
}
