// How a reply that came is written: in the language of the cases, so that it can be compared with the line that stands there,
// or stand there itself.

package import UnderstudyTestSupport

/// A reply as text in parts, which are broken into lines only where a reply is long.
package struct Notation {
  private indirect enum Part {
    case leaf(String)
    /// What opens it, its parts by groups that stay together, what closes it.
    case group(String, [[Part]], String)
  }

  private var root: Part

  /// One value, exactly.
  package init(_ value: RESPValue) { root = Self.part(value) }

  private init(_ root: Part) { self.root = root }

  /// One text that says both replies, if only types differ between them.
  package init?(_ two: RESPValue, _ three: RESPValue) {
    guard let part = Self.unified(two, three) else { return nil }
    root = part
  }

  private static let width = 100

  /// The text over one or more lines; the first takes `indent` columns already.
  package var text: String {
    switch root {
    case .leaf(let text) where text.hasPrefix("-\"") || text.hasPrefix("+\""): Self.bare(text)
    default: Self.lines(root, indent: 0).joined(separator: "\n")
    }
  }

  /// An error or a simple string needs no quotes on a line of its own, if nothing in it is special.
  private static func bare(_ text: String) -> String {
    let inner = String(text.dropFirst(2).dropLast())
    let isPlain = !inner.contains("\\") && !inner.contains("${") && inner.last != " " && inner.first != "<" && inner.first != " "
    return isPlain && !inner.isEmpty ? text.prefix(1) + inner : text
  }

  private static func oneLine(_ part: Part) -> String {
    switch part {
    case .leaf(let text): text
    case .group(let open, let groups, let close):
      groups.isEmpty
        ? open + close
        : open + " " + groups.map { $0.map(oneLine).joined(separator: " ") }.joined(separator: separator(groups)) + " " + close
    }
  }

  private static func separator(_ groups: [[Part]]) -> String { groups.contains { $0.count > 1 } ? "  " : " " }

  private static func lines(_ part: Part, indent: Int) -> [String] {
    let short = oneLine(part)
    guard case .group(let open, let groups, let close) = part, short.utf8.count + indent > width else { return [short] }
    var lines = [open]
    var current = ""
    let isFlat = groups.joined().allSatisfy { if case .leaf = $0 { true } else { false } }
    func flush() {
      if !current.isEmpty { lines.append("  " + current) }
      current = ""
    }
    for group in groups {
      let text = group.map(oneLine).joined(separator: " ")
      if isFlat {
        let gap = current.isEmpty ? "" : separator(groups)
        if current.utf8.count + gap.utf8.count + text.utf8.count + indent + 2 > width { flush() }
        current += (current.isEmpty ? "" : gap) + text
      } else {
        flush()
        if text.utf8.count + indent + 2 <= width {
          current = text
        } else {
          let parts = group.map { self.lines($0, indent: indent + 2) }
          lines += joined(parts).map { "  " + $0 }
        }
      }
    }
    flush()
    return lines + [close]
  }

  /// Parts side by side, each beginning where the one before ends.
  private static func joined(_ parts: [[String]]) -> [String] {
    parts.reduce(into: [String]()) { lines, part in
      guard let last = lines.last, let first = part.first else { return lines += part }
      lines[lines.count - 1] = last + " " + first
      lines += part.dropFirst()
    }
  }

  // MARK: Values

  /// Text between quotes; long runs of one byte are written as such.
  static func literal(_ bytes: some Collection<UInt8>) -> String {
    let bytes = Array(bytes)
    var text = ""
    var start = 0
    var index = 0
    func plain(_ end: Int) { if start < end { text += escaped(bytes[start..<end]) } }
    while index < bytes.count {
      var end = index
      while end < bytes.count && bytes[end] == bytes[index] { end += 1 }
      if end - index > 40 {
        plain(index)
        text += escaped(bytes[index...index]) + "*\(end - index)"
        start = end
      }
      index = end
    }
    plain(bytes.count)
    return text.isEmpty ? "\"\"" : text
  }

  private static func escaped(_ bytes: ArraySlice<UInt8>) -> String { quoted(bytes).replacing("${", with: "\\${") }

  private static func isWord(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(Scanner.isNamePart) }

  private static func part(_ value: RESPValue) -> Part {
    switch value {
    case .simple(let text): .leaf("+" + (isWord(text) ? text : literal(text.utf8)))
    case .error(let text): .leaf("-" + literal(text.utf8))
    case .integer(let number): .leaf(":\(number)")
    case .bulk(let bytes): .leaf(literal(bytes))
    case .nullBulk: .leaf("$-1")
    case .nullArray: .leaf("*-1")
    case .null: .leaf("_")
    case .boolean(let flag): .leaf(flag ? "#t" : "#f")
    case .double(let text): .leaf(",\(text)")
    case .bigNumber(let text): .leaf("(\(text)")
    case .bulkError(let bytes): .leaf("!" + literal(bytes))
    case .verbatim(let format, let bytes): .leaf("=\(format)" + literal(bytes))
    case .array(let values): .group("*[", values.map { [part($0)] }, "]")
    case .set(let values): .group("~[", values.map { [part($0)] }, "]")
    case .push(let values): .group("push[", values.map { [part($0)] }, "]")
    case .map(let pairs): .group("%{", pairs.map { [part($0.key), part($0.value)] }, "}")
    case .attribute(let pairs, let value):
      .group("", [[.group("attribute{", pairs.map { [part($0.key), part($0.value)] }, "}"), part(value)]], "")
    }
  }

  // MARK: Both protocols

  private static func unified(_ two: RESPValue, _ three: RESPValue) -> Part? {
    switch (two, three) {
    case (.nullBulk, .null): return .leaf("null")
    case (.nullArray, .null): return .leaf("nullarray")
    case (.bulk(let bytes), .double(let text)) where bytes == Array(text.utf8): return part(three)
    case (.bulk(let bytes), .bigNumber(let text)) where bytes == Array(text.utf8): return part(three)
    case (.bulk(let bytes), .verbatim(_, let others)) where bytes == others: return part(three)
    case (.integer(let number), .boolean(let flag)) where number == (flag ? 1 : 0): return part(three)
    case (.array(let values), .array(let others)):
      if let parts = unified(values, others) { return .group("*[", parts.map { [$0] }, "]") }
      return pairs(values, others)
    case (.array(let values), .set(let others)):
      return unified(values, others).map { parts in .group("~[", parts.map { [$0] }, "]") }
    case (.array(let values), .push(let others)):
      return unified(values, others).map { parts in .group("push[", parts.map { [$0] }, "]") }
    case (.array(let values), .map(let entries)):
      return unified(values, entries.flatMap { [$0.key, $0.value] }).map { .group("%{", twos($0), "}") }
    default: return two == three ? part(two) : nil
    }
  }

  private static func unified(_ values: [RESPValue], _ others: [RESPValue]) -> [Part]? {
    guard values.count == others.count else { return nil }
    var parts: [Part] = []
    for (value, other) in zip(values, others) {
      guard let part = unified(value, other) else { return nil }
      parts.append(part)
    }
    return parts
  }

  private static func pairs(_ values: [RESPValue], _ others: [RESPValue]) -> Part? {
    var flat: [RESPValue] = []
    for other in others {
      guard case .array(let pair) = other, pair.count == 2 else { return nil }
      flat += pair
    }
    return unified(values, flat).map { .group("*<pairs>[", twos($0), "]") }
  }

  private static func twos(_ parts: [Part]) -> [[Part]] {
    stride(from: 0, to: parts.count - 1, by: 2).map { [parts[$0], parts[$0 + 1]] }
  }
}
