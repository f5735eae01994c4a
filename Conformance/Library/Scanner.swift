// The reading of a case file's text, byte by byte: words, quoted text, numbers; and where an error lies.

struct Scanner {
  let file: String
  let bytes: [UInt8]
  private(set) var position = 0
  /// From 1.
  private(set) var line = 1
  private var lineStart = 0

  init(file: String, _ bytes: [UInt8]) {
    self.file = file
    self.bytes = bytes
  }

  var location: Location { Location(file: file, line: line, column: position - lineStart + 1) }
  var isAtEnd: Bool { position >= bytes.count }
  var byte: UInt8? { position < bytes.count ? bytes[position] : nil }
  /// At the end of a line, or of the file.
  var isAtLineEnd: Bool { isAtEnd || bytes[position] == Self.newline }

  static let newline = UInt8(ascii: "\n")

  func error(_ message: String) -> CaseError { CaseError(location: location, message: message) }

  func peek(_ offset: Int) -> UInt8? {
    position + offset < bytes.count ? bytes[position + offset] : nil
  }

  func looks(at text: StaticString) -> Bool {
    bytes[position...].starts(with: text.description.utf8)
  }

  mutating func advance(_ count: Int = 1) {
    for _ in 0..<count where position < bytes.count {
      if bytes[position] == Self.newline {
        line += 1
        lineStart = position + 1
      }
      position += 1
    }
  }

  /// Takes `text` if it stands here.
  mutating func take(_ text: StaticString) -> Bool {
    guard looks(at: text) else { return false }
    advance(text.utf8CodeUnitCount)
    return true
  }

  /// Takes bytes while they are such.
  mutating func take(while holds: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let start = position
    while let byte, holds(byte) { advance() }
    return bytes[start..<position]
  }

  mutating func skipBlanks() { _ = take { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }

  /// Blanks, line ends and comments between the parts of a reply.
  mutating func skipSpace() {
    while true {
      _ = take { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == Self.newline }
      guard byte == UInt8(ascii: "#"), peek(1) == 0x20 else { return }
      _ = restOfLine()
    }
  }

  /// What is left of the line, without blanks at its end; the line end is left.
  mutating func restOfLine() -> ArraySlice<UInt8> {
    var rest = take { $0 != Self.newline }
    while let last = rest.last, last == 0x20 || last == 0x09 || last == 0x0D { rest.removeLast() }
    return rest
  }

  /// Nothing but blanks may be left on the line.
  mutating func endLine() throws(CaseError) {
    skipBlanks()
    guard isAtLineEnd else { throw error("this is too much for the line") }
    advance()
  }

  mutating func name() throws(CaseError) -> String {
    let name = take(while: Self.isNamePart)
    guard let first = name.first, Self.isLetter(first) else { throw error("a name is missing") }
    return String(decoding: name, as: UTF8.self)
  }

  static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  static func isNamePart(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }

  mutating func integer() throws(CaseError) -> Int64 {
    let start = self
    let isNegative = take("-")
    let digits = String(decoding: take(while: Self.isDigit), as: UTF8.self)
    guard let number = Int64((isNegative ? "-" : "") + digits) else { throw start.error("a whole number is missing") }
    return number
  }

  mutating func size() throws(CaseError) -> Int {
    let start = self
    guard let number = Int(exactly: try integer()), number >= 0, number <= 1 << 30 else {
      throw start.error("a number from 0 to 2^30 is missing")
    }
    return number
  }

  // MARK: Text

  /// A word of a request: bare, quoted, or both.
  mutating func word() throws(CaseError) -> Template {
    var word = Template()
    while let byte, byte != 0x20, byte != 0x09, byte != Self.newline, byte != 0x0D {
      if byte == UInt8(ascii: "\"") {
        try quoted(into: &word)
      } else if byte == UInt8(ascii: "$"), peek(1) == UInt8(ascii: "{") {
        word.append(variable: try variable())
      } else {
        word.append([byte])
        advance()
      }
    }
    return word
  }

  /// The words up to the end of the line.
  mutating func words() throws(CaseError) -> [Template] {
    var words: [Template] = []
    skipBlanks()
    while !isAtLineEnd {
      words.append(try word())
      skipBlanks()
    }
    return words
  }

  /// Text between quotes, perhaps repeated, perhaps several with nothing between them.
  mutating func quoted() throws(CaseError) -> Template {
    var text = Template()
    repeat { try quoted(into: &text) } while byte == UInt8(ascii: "\"")
    return text
  }

  private mutating func quoted(into text: inout Template) throws(CaseError) {
    let start = self
    guard take("\"") else { throw error("text between quotes is missing") }
    var inner = Template()
    while true {
      guard let byte, byte != Self.newline else { throw start.error("the text has no end quote on its line") }
      switch byte {
      case UInt8(ascii: "\""):
        advance()
        try appendRepeated(inner, into: &text)
        return
      case UInt8(ascii: "\\"):
        inner.append([try escape()])
      case UInt8(ascii: "$") where peek(1) == UInt8(ascii: "{"):
        inner.append(variable: try variable())
      default:
        inner.append([byte])
        advance()
      }
    }
  }

  private mutating func appendRepeated(_ inner: Template, into text: inout Template) throws(CaseError) {
    var count = 1
    if byte == UInt8(ascii: "*"), let next = peek(1), Self.isDigit(next) {
      advance()
      count = try size()
    }
    if inner.parts.isEmpty { text.append([]) }
    if inner.parts.count == 1, case .bytes(let bytes) = inner.parts[0] {
      guard bytes.count * count <= 1 << 30 else { throw error("that is more than a gigabyte") }
      var all: [UInt8] = []
      all.reserveCapacity(bytes.count * count)
      for _ in 0..<count { all += bytes }
      return text.append(all)
    }
    guard count <= 100_000 else { throw error("text with variables is repeated at most 100000 times") }
    for _ in 0..<count {
      for part in inner.parts {
        switch part {
        case .bytes(let bytes): text.append(bytes)
        case .variable(let name): text.append(variable: name)
        }
      }
    }
  }

  private mutating func escape() throws(CaseError) -> UInt8 {
    let start = self
    advance()
    guard let kind = byte else { throw start.error("an escape has no end") }
    advance()
    switch kind {
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"): return kind
    case UInt8(ascii: "x"):
      let digits = String(decoding: [byte ?? 0, peek(1) ?? 0], as: UTF8.self)
      guard let value = UInt8(digits, radix: 16) else { throw start.error("\\x needs two hexadecimal digits") }
      advance(2)
      return value
    default: throw start.error("no such escape: there are \\r \\n \\t \\\" \\\\ \\$ and \\xff")
    }
  }

  private mutating func variable() throws(CaseError) -> String {
    advance(2)
    let name = try name()
    guard take("}") else { throw error("the variable has no }") }
    return name
  }

  /// The rest of the line as text with variables in it, nothing else being special.
  mutating func bareText() throws(CaseError) -> Template {
    var text = Template()
    var pending: [UInt8] = []
    while let byte, byte != Self.newline {
      if byte == UInt8(ascii: "$"), peek(1) == UInt8(ascii: "{") {
        text.append(pending)
        pending = []
        text.append(variable: try variable())
      } else {
        pending.append(byte)
        advance()
      }
    }
    while let last = pending.last, last == 0x20 || last == 0x09 || last == 0x0D { pending.removeLast() }
    text.append(pending)
    return text
  }
}
