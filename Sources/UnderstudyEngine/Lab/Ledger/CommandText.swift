// CommandText: requests as people type them: shortened, for evidence, and whole, for lines that are to be typed again.

enum CommandText {
  /// What stands in the place of a secret (`EngineState.redacted`).
  static let redacted = "(redacted)"
  static let keyLimit = 128
  static let wordLimit = 8
  static let errorLimit = 128
  private static let wordSize = 48

  /// The words as a person types them, `count` in all.
  static func text(_ words: [[UInt8]], of count: Int) -> String {
    var parts = words.map { word($0) }
    if count > words.count { parts.append("… (\(count - words.count) more)") }
    return parts.joined(separator: " ")
  }

  /// A word, shortened.
  static func word(_ bytes: [UInt8]) -> String {
    let shown = Array(bytes.prefix(wordSize))
    let isPlain = !shown.isEmpty && shown.allSatisfy { (33...126).contains($0) && $0 != UInt8(ascii: "\"") }
    let text = isPlain ? shown.text : ConfigurationFile.quoted(shown).text
    return bytes.count > wordSize ? text + "…" : text
  }

  /// A word in full, as a command line or an inline request takes it. Letters of all languages stand as they are.
  static func whole(_ bytes: [UInt8]) -> String {
    let quotes = [UInt8(ascii: "\""), UInt8(ascii: "'")]
    let isPlain = !bytes.isEmpty && bytes.allSatisfy { $0 > 32 && $0 != 127 && !quotes.contains($0) }
    if isPlain && bytes.isText { return bytes.text }
    if !bytes.isText { return ConfigurationFile.quoted(bytes).text }
    // Runs of ASCII are quoted as such, what is between them needs no quoting.
    var quoted: [UInt8] = []
    for byte in bytes { quoted += byte < 128 ? Array(ConfigurationFile.quoted([byte]).dropFirst().dropLast()) : [byte] }
    return "\"\(quoted.text)\""
  }
}

extension [UInt8] {
  /// Whether they are UTF-8.
  fileprivate var isText: Bool { String(validating: self, as: UTF8.self) != nil }
}
