// SourceFile: a file of the repository as the rules read it: its text, and the same text with comments, or everything
// but comments, blanked out, so that a rule about code never trips over prose.

import Foundation

struct SourceFile: Sendable {
  /// From the top of the repository, as `Sources/Understudy/RedisServer.swift`.
  let path: String
  let text: String
  let lines: [Substring]
  /// The code: comments and the insides of string literals are blanks. As many lines as `lines`.
  let code: [Substring]
  /// The comments: all else is blanks. As many lines as `lines`.
  let comments: [Substring]

  init(path: String, text: String) {
    self.path = path
    self.text = text
    lines = Self.split(text)
    if path.hasSuffix(".swift") || path.hasSuffix(".c") || path.hasSuffix(".h") {
      var lexer = Lexer(text)
      lexer.run()
      code = Self.split(String(decoding: lexer.code, as: UTF8.self))
      comments = Self.split(String(decoding: lexer.comments, as: UTF8.self))
    } else {
      code = lines
      comments = lines
    }
  }

  private static func split(_ text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  var isSwift: Bool { path.hasSuffix(".swift") }
  var isPython: Bool { path.hasSuffix(".py") }
  var isPage: Bool { path.hasSuffix(".md") }
  var name: String { String(path.split(separator: "/").last ?? "") }
  var folder: String { path.split(separator: "/").dropLast().joined(separator: "/") }

  /// The comment that the file begins with.
  var heading: String { lines.prefix { $0.hasPrefix("//") }.joined(separator: "\n") }

  func isIn(_ folders: String...) -> Bool { folders.contains { path.hasPrefix($0 + "/") } }
}

/// Tells comments and strings from code. It knows line and (nested) block comments, and string literals with
/// delimiters, several lines and interpolations, which are code again.
private struct Lexer {
  private let bytes: [UInt8]
  private var position = 0
  private(set) var code: [UInt8]
  private(set) var comments: [UInt8]

  init(_ text: String) {
    bytes = Array(text.utf8)
    let blank = bytes.map { $0 == 10 ? UInt8(10) : 32 }
    (code, comments) = (blank, blank)
  }

  mutating func run() {
    readCode(untilClosed: false)
  }

  private var byte: UInt8 { bytes[position] }
  private var next: UInt8 { position + 1 < bytes.count ? bytes[position + 1] : 0 }
  private var isAtEnd: Bool { position >= bytes.count }

  private mutating func takeCode() {
    code[position] = bytes[position]
    position += 1
  }

  private mutating func takeComment() {
    comments[position] = bytes[position]
    position += 1
  }

  /// Reads code up to the end, or up to the `)` that closes an interpolation.
  private mutating func readCode(untilClosed: Bool) {
    var depth = 0
    while !isAtEnd {
      switch byte {
      case Self.slash where next == Self.slash:
        while !isAtEnd && byte != Self.newline { takeComment() }
      case Self.slash where next == Self.star:
        readBlockComment()
      case Self.quote where beginsString, Self.hash where beginsString:
        readString()
      case Self.open:
        depth += 1
        takeCode()
      case Self.close:
        if depth == 0 && untilClosed { return }
        depth -= 1
        takeCode()
      default:
        takeCode()
      }
    }
  }

  /// Whether nothing but number signs stands before a quote.
  private var beginsString: Bool {
    bytes[position...].first { $0 != Self.hash } == Self.quote
  }

  private mutating func readBlockComment() {
    var depth = 0
    repeat {
      let opens = byte == Self.slash && next == Self.star
      let closes = byte == Self.star && next == Self.slash
      if opens { depth += 1 }
      if closes { depth -= 1 }
      takeComment()
      if opens || closes { takeComment() }
    } while depth > 0 && !isAtEnd
  }

  private mutating func readString() {
    var hashes = 0
    while byte == Self.hash {
      hashes += 1
      takeCode()
    }
    let quotes = bytes[position...].starts(with: [Self.quote, Self.quote, Self.quote]) ? 3 : 1
    let delimiter = Array(repeating: Self.hash, count: hashes)
    let end = Array(repeating: Self.quote, count: quotes) + delimiter
    let escape = [Self.backslash] + delimiter
    for _ in 0..<quotes { takeCode() }
    while !isAtEnd {
      switch byte {
      case Self.quote where bytes[position...].starts(with: end):
        for _ in end { takeCode() }
        return
      case Self.backslash where bytes[position...].starts(with: escape):
        position += escape.count
        if !isAtEnd && byte == Self.open {
          takeCode()
          readCode(untilClosed: true)
          if !isAtEnd { takeCode() }
        } else {
          position += 1
        }
      // A literal of one line ends there even if its quote is missing: C's apostrophes and the like.
      case Self.newline where quotes == 1:
        return
      default:
        position += 1
      }
    }
  }

  private static let newline = UInt8(ascii: "\n")
  private static let slash = UInt8(ascii: "/")
  private static let star = UInt8(ascii: "*")
  private static let hash = UInt8(ascii: "#")
  private static let quote = UInt8(ascii: "\"")
  private static let backslash = UInt8(ascii: "\\")
  private static let open = UInt8(ascii: "(")
  private static let close = UInt8(ascii: ")")
}

extension Substring {
  /// Whether `text` stands in it: a search of bytes, for the many lines that a rule need not look at closely.
  func holds(_ text: String) -> Bool {
    var text = text
    var line = self
    return line.withUTF8 { line in
      text.withUTF8 { text in
        guard var place = line.baseAddress, let wanted = text.baseAddress else { return false }
        let end = unsafe place + line.count
        while unsafe end - place >= text.count,
          let found = unsafe memchr(place, Int32(wanted.pointee), end - place - text.count + 1)
        {
          if unsafe memcmp(found, wanted, text.count) == 0 { return true }
          unsafe place = UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) + 1
        }
        return false
      }
    }
  }

  /// The identifiers in it, keywords included.
  var words: [String] {
    var line = self
    return line.withUTF8 { bytes in
      var found: [String] = []
      var start: Int?
      for index in 0...bytes.count {
        let isPart = index < bytes.count && Self.isWordByte(unsafe bytes[index])
        if isPart {
          start = start ?? index
        } else if let first = start {
          found.append(unsafe String(decoding: bytes[first..<index], as: UTF8.self))
          start = nil
        }
      }
      return found
    }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: byte >= 0x80
    }
  }
}

/// The files that the rules are about.
struct SourceTree: Sendable {
  let files: [SourceFile]

  init(_ files: [SourceFile]) { self.files = files }

  /// A tree for trying rules out.
  init(_ files: [String: String]) {
    self.files = files.sorted { $0.key < $1.key }.map { SourceFile(path: $0.key, text: $0.value) }
  }

  /// The repository that this file lies in.
  static let repository = SourceTree(repositoryFiles())

  /// The top folder of the repository.
  static let root: URL = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static let kinds = ["swift", "c", "h", "py", "md", "go", "java", "mjs", "rb"]

  private static func repositoryFiles() -> [SourceFile] {
    var paths = ["Package.swift", "README.md"]
    for folder in ["Sources", "Tests", "Conformance"] {
      let names = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)
      for case let name as String in names ?? FileManager.DirectoryEnumerator() {
        let isHidden = name.split(separator: "/").contains { $0.hasPrefix(".") }
        if !isHidden && kinds.contains(where: { name.hasSuffix(".\($0)") }) {
          paths.append("\(folder)/\(name)")
        }
      }
    }
    return paths.sorted().compactMap { path in
      let text = try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
      return text.map { SourceFile(path: path, text: $0) }
    }
  }

  func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }
}
