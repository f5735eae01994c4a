// Patterns of text, for matchers and for selecting cases: `*`, `?`, `[a-z]`, `[^a-z]` and `\`.

package struct Glob: Sendable {
  private let pattern: [UInt8]

  package init(_ pattern: [UInt8]) { self.pattern = pattern }
  package init(_ pattern: String) { self.pattern = Array(pattern.utf8) }

  package func fits(_ text: String) -> Bool { fits(Array(text.utf8)) }

  /// Whether the whole of `text` fits. The last star is the only one that is ever tried again, so this takes no more than
  /// the product of both lengths.
  package func fits(_ text: [UInt8]) -> Bool {
    var (p, t) = (0, 0)
    var retry: (p: Int, t: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        retry = (p + 1, t)
        p += 1
      } else if let next = step(p, text[t]) {
        p = next
        t += 1
      } else if let again = retry {
        retry = (again.p, again.t + 1)
        (p, t) = (again.p, again.t + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// Where the pattern goes on if its part at `position` fits `byte`.
  private func step(_ position: Int, _ byte: UInt8) -> Int? {
    guard position < pattern.count else { return nil }
    switch pattern[position] {
    case UInt8(ascii: "?"): return position + 1
    case UInt8(ascii: "["): return list(position + 1, byte)
    case UInt8(ascii: "\\") where position + 1 < pattern.count:
      return pattern[position + 1] == byte ? position + 2 : nil
    case byte: return position + 1
    default: return nil
    }
  }

  private func list(_ start: Int, _ byte: UInt8) -> Int? {
    var position = start
    let isInverted = position < pattern.count && pattern[position] == UInt8(ascii: "^")
    if isInverted { position += 1 }
    var holds = false
    while position < pattern.count, pattern[position] != UInt8(ascii: "]") {
      let low = pattern[position]
      if position + 2 < pattern.count, pattern[position + 1] == UInt8(ascii: "-") {
        let high = pattern[position + 2]
        if low <= byte && byte <= high { holds = true }
        position += 3
      } else {
        if low == byte { holds = true }
        position += 1
      }
    }
    guard position < pattern.count, holds != isInverted else { return nil }
    return position + 1
  }
}
