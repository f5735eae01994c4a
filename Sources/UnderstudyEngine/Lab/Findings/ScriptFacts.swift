// ScriptFacts: what can be read off a script's source: its shape without the values that were pasted into it, and which
// of KEYS and ARGV it names. A small reader of Lua's words; it needs no grammar.

struct ScriptFacts {
  /// The parameters as the source uses them.
  struct Uses: Equatable {
    /// Those that are named by a number.
    var indices: Set<Int64> = []
    /// Those of them that the source is prepared not to get: `ARGV[2] or 10`, `if ARGV[2] then`, `ARGV[2] == nil`.
    var optional: Set<Int64> = []
    /// It is also used otherwise: `#ARGV`, `unpack(KEYS)`, `KEYS[i]`. Which ones are read cannot be told then.
    var isDynamic = false

    var highest: Int64 { indices.max() ?? 0 }
  }

  let shape: UInt64
  /// There are values in it: strings (names of commands aside) or numbers.
  let hasLiterals: Bool
  let keys: Uses
  let arguments: Uses

  /// One word of the source.
  private enum Word: Hashable {
    case name(String)
    case string(String)
    case number(String)
    case symbol(String)
  }

  init(_ body: Bytes) {
    let words = Self.words(body.slice(0..<65_536))
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var hasLiterals = false
    func mix(_ text: String) {
      for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      hash = (hash ^ 0x1ff) &* 0x100_0000_01b3
    }
    for (index, word) in words.enumerated() {
      switch word {
      case .name(let text), .symbol(let text): mix(text)
      case .string(let text):
        // The name of a command makes the shape.
        if Self.isCommandName(words, index) {
          mix(text.lowercased())
        } else {
          mix("\"\"")
          hasLiterals = true
        }
      case .number(let text):
        // So does the number of a key or an argument.
        if Self.isIndex(words, index) {
          mix(text)
        } else {
          mix("0")
          hasLiterals = true
        }
      }
    }
    shape = hash
    self.hasLiterals = hasLiterals
    let tested = Self.testedNames(words)
    keys = Self.uses(of: "KEYS", words, tested)
    arguments = Self.uses(of: "ARGV", words, tested)
  }

  private static func isCommandName(_ words: [Word], _ index: Int) -> Bool {
    guard index >= 1 else { return false }
    let calls: [Word] = [.name("call"), .name("pcall")]
    if calls.contains(words[index - 1]) { return true }
    return index >= 2 && words[index - 1] == .symbol("(") && calls.contains(words[index - 2])
  }

  private static func isIndex(_ words: [Word], _ index: Int) -> Bool {
    index >= 2 && words[index - 1] == .symbol("[") && [.name("KEYS"), .name("ARGV")].contains(words[index - 2])
  }

  private static func uses(of table: String, _ words: [Word], _ tested: Set<Word>) -> Uses {
    var uses = Uses()
    for (index, word) in words.enumerated() where word == .name(table) {
      // Fields of that name are something else: `redis.KEYS`.
      if index > 0 && words[index - 1] == .symbol(".") { continue }
      guard index + 3 < words.count, words[index + 1] == .symbol("["), case .number(let text) = words[index + 2],
        words[index + 3] == .symbol("]"), let number = Int64(text)
      else {
        uses.isDynamic = true
        continue
      }
      uses.indices.insert(number)
      if isOptional(words, index, tested) { uses.optional.insert(number) }
    }
    return uses
  }

  private static let tests: [Word] = [.name("or"), .name("and"), .name("then"), .name("do"), .symbol("=="), .symbol("~=")]

  /// The names that are looked at anywhere in a source.
  private static func testedNames(_ words: [Word]) -> Set<Word> {
    var names: Set<Word> = []
    for (index, word) in words.enumerated() {
      guard case .name = word else { continue }
      let before = index > 0 ? words[index - 1] : .symbol("")
      if isTest(index + 1 < words.count ? words[index + 1] : .symbol(""), before: before) { names.insert(word) }
    }
    return names
  }

  /// Whether `KEYS[n]` at `index` may be missing: it, or the variable that it goes to, is looked at.
  private static func isOptional(_ words: [Word], _ index: Int, _ tested: Set<Word>) -> Bool {
    func word(_ index: Int) -> Word { words.indices.contains(index) ? words[index] : .symbol("") }
    let before = word(index - 1)
    if isTest(word(index + 4), before: before) { return true }
    if word(index + 4) == .symbol(")") && tests.contains(word(index + 5)) { return true }
    switch before {
    case .symbol(","), .name("return"): return true
    case .symbol("="):
      guard case .name = word(index - 2), word(index - 3) != .symbol(",") else { return true }
      return tested.contains(word(index - 2))
    default: return false
    }
  }

  private static func isTest(_ after: Word, before: Word) -> Bool {
    tests.contains(after) || [.name("not"), .name("if"), .name("elseif"), .symbol("=="), .symbol("~=")].contains(before)
  }

  // MARK: Words

  private static func words(_ text: Bytes) -> [Word] {
    var words: [Word] = []
    var at = 0
    func byte(_ index: Int) -> UInt8 { index < text.count ? text[index] : 0 }
    while at < text.count {
      let start = at
      switch byte(at) {
      case 9, 10, 13, 32: at += 1
      case UInt8(ascii: "-") where byte(at + 1) == UInt8(ascii: "-"):
        if let end = endOfLongBracket(text, at + 2) {
          at = end
        } else {
          while at < text.count && text[at] != 10 { at += 1 }
        }
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        at += 1
        while at < text.count && text[at] != text[start] && text[at] != 10 { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
        words.append(.string(text.slice(start + 1..<at).text))
        at += 1
      case UInt8(ascii: "[") where endOfLongBracket(text, at) != nil:
        at = endOfLongBracket(text, at) ?? at + 1
        words.append(.string(text.slice(start..<at).text))
      case 48...57:
        while isWord(byte(at)) || (byte(at) == UInt8(ascii: ".") && byte(at + 1) != UInt8(ascii: ".")) { at += 1 }
        words.append(.number(text.slice(start..<at).text))
      case let first where isWord(first):
        while isWord(byte(at)) { at += 1 }
        words.append(.name(text.slice(start..<at).text))
      default:
        at += ["==", "~=", "<=", ">=", ".."].contains(text.slice(at..<at + 2).text) ? 2 : 1
        words.append(.symbol(text.slice(start..<at).text))
      }
    }
    return words
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
  }

  /// Behind `[[ … ]]` or `[==[ … ]==]`, if one begins at `start`.
  private static func endOfLongBracket(_ text: Bytes, _ start: Int) -> Int? {
    guard start < text.count, text[start] == UInt8(ascii: "[") else { return nil }
    var level = 0
    var at = start + 1
    while at < text.count && text[at] == UInt8(ascii: "=") {
      level += 1
      at += 1
    }
    guard at < text.count, text[at] == UInt8(ascii: "[") else { return nil }
    at += 1
    while at < text.count {
      if text[at] == UInt8(ascii: "]") {
        var end = at + 1
        while end < text.count && text[end] == UInt8(ascii: "=") && end - at - 1 < level { end += 1 }
        if end - at - 1 == level && end < text.count && text[end] == UInt8(ascii: "]") { return end + 1 }
      }
      at += 1
    }
    return text.count
  }
}
