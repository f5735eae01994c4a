// TranscriptReader: reads what a Recorder wrote, for a replay inside the engine. It takes the lines that recordings are
// made of, and no others of the conformance suite's language: `understudy-conformance replay` takes all of it.

/// Why a text is no recording.
package struct TranscriptError: Error, Sendable {
  package let line: Int
  package let reason: String
}

struct TranscriptStep {
  enum Action {
    case open
    case request([[UInt8]])
    /// The reply that must come, as it is written.
    case reply([UInt8])
    /// Nothing has come.
    case silence
    case close
    /// The server closes it.
    case closed
  }

  let connection: String
  let action: Action
  /// From 1.
  let line: Int
}

struct TranscriptReader {
  private let lines: [ArraySlice<UInt8>]
  private var index = 0
  private var speaker = "main"
  private var steps: [TranscriptStep] = []

  /// The steps of a recording.
  static func steps(_ text: [UInt8]) throws(TranscriptError) -> [TranscriptStep] {
    var reader = TranscriptReader(text)
    try reader.read()
    return reader.steps
  }

  private init(_ text: [UInt8]) { lines = text.split(separator: 10, omittingEmptySubsequences: false) }

  private mutating func read() throws(TranscriptError) {
    while index < lines.count {
      let line = lines[index]
      index += 1
      if line.isEmpty || line.starts(with: "# ".utf8) || line.starts(with: "== ".utf8) { continue }
      if steps.isEmpty && isTag(line) { continue }
      try take(line)
    }
  }

  private func isTag(_ line: ArraySlice<UInt8>) -> Bool {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return false }
    return colon > line.startIndex && line[..<colon].allSatisfy { (97...122).contains($0) }
  }

  private mutating func take(_ line: ArraySlice<UInt8>) throws(TranscriptError) {
    let nameEnd = line.firstIndex { !Self.isNamePart($0) } ?? line.endIndex
    let name = Array(line[..<nameEnd]).text
    let rest = line[nameEnd...]
    if rest.starts(with: "> ".utf8) {
      speaker = name.isEmpty ? "main" : name
      return add(.request(try words(rest.dropFirst(2))), speaker)
    }
    if rest.starts(with: "< ".utf8) { return add(.reply(try reply(rest.dropFirst(2))), name.isEmpty ? "main" : name) }
    switch Array(rest).text {
    case " open raw":
      speaker = name
      add(.open, name)
    case " blocked", " quiet": add(.silence, name)
    case " close", " reset", " halfclose": add(.close, name)
    case " closed": add(.closed, name)
    default: add(.reply(try reply(line)), speaker)
    }
  }

  private mutating func add(_ action: TranscriptStep.Action, _ connection: String) {
    steps.append(TranscriptStep(connection: connection, action: action, line: index))
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 95
  }

  /// A reply, which may go on over lines.
  private mutating func reply(_ first: ArraySlice<UInt8>) throws(TranscriptError) -> [UInt8] {
    var text = Array(first)
    guard let last = text.last, "[{".utf8.contains(last), text.count < 24 else { return text }
    while index < lines.count {
      let line = lines[index]
      index += 1
      text.append(10)
      text += line
      if line.count == 1, let byte = line.first, "]}".utf8.contains(byte) { return text }
    }
    throw error("this reply has no end")
  }

  private func error(_ reason: String) -> TranscriptError { TranscriptError(line: index, reason: reason) }

  // MARK: Words

  private func words(_ text: ArraySlice<UInt8>) throws(TranscriptError) -> [[UInt8]] {
    var words: [[UInt8]] = []
    var place = text.startIndex
    while place < text.endIndex {
      if text[place] == 32 {
        place += 1
        continue
      }
      var word: [UInt8] = []
      while place < text.endIndex, text[place] != 32 {
        if text[place] == UInt8(ascii: "\"") {
          word += try quoted(text, &place)
        } else {
          word.append(text[place])
          place += 1
        }
      }
      words.append(word)
    }
    if words.isEmpty { throw error("a request is missing") }
    return words
  }

  /// Text between quotes, perhaps repeated.
  private func quoted(_ text: ArraySlice<UInt8>, _ place: inout Int) throws(TranscriptError) -> [UInt8] {
    var inner: [UInt8] = []
    place += 1
    while place < text.endIndex, text[place] != UInt8(ascii: "\"") {
      if text[place] == UInt8(ascii: "\\") {
        inner.append(try escape(text, &place))
      } else {
        inner.append(text[place])
        place += 1
      }
    }
    guard place < text.endIndex else { throw error("the text has no end quote on its line") }
    place += 1
    guard place + 1 < text.endIndex, text[place] == UInt8(ascii: "*"), (48...57).contains(text[place + 1]) else { return inner }
    let digits = text[(place + 1)...].prefix { (48...57).contains($0) }
    place += 1 + digits.count
    guard let count = Int(Array(digits).text), count <= 1 << 30, inner.count <= 1, inner.count * count <= 1 << 30 else {
      throw error("that is too much text")
    }
    return Array(repeating: inner, count: count).flatMap { $0 }
  }

  private func escape(_ text: ArraySlice<UInt8>, _ place: inout Int) throws(TranscriptError) -> UInt8 {
    guard place + 1 < text.endIndex else { throw error("an escape has no end") }
    let kind = text[place + 1]
    place += 2
    switch kind {
    case UInt8(ascii: "r"): return 13
    case UInt8(ascii: "n"): return 10
    case UInt8(ascii: "t"): return 9
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"): return kind
    case UInt8(ascii: "x"):
      guard place + 1 < text.endIndex, let value = UInt8(Array(text[place...place + 1]).text, radix: 16) else {
        throw error("\\x needs two hexadecimal digits")
      }
      place += 2
      return value
    default: throw error("no such escape")
    }
  }
}
