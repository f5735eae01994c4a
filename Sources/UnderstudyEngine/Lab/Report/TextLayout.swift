// TextLayout: lines for a terminal: wrapped sentences, tables that keep to a width, figures as people read them, and
// nothing in them that a terminal would take for an order.

package struct TextLayout {
  package let width: Int
  package private(set) var text = ""

  package init(width: Int) { self.width = width }

  package mutating func line(_ text: String = "") {
    self.text += text
    self.text += "\n"
  }

  /// A heading, with an empty line above.
  package mutating func heading(_ title: String) {
    line()
    line(title)
    line(String(repeating: "─", count: width))
  }

  /// Words, broken at blanks; later lines are indented like the first, or by `hanging` more.
  package mutating func paragraph(_ text: String, indent: Int = 0, hanging: Int = 0) {
    var current = String(repeating: " ", count: indent)
    var isEmpty = true
    var columns = indent
    for word in text.split(separator: " ") {
      let count = word.count
      if !isEmpty && columns + 1 + count > width {
        line(current)
        current = String(repeating: " ", count: indent + hanging)
        (columns, isEmpty) = (indent + hanging, true)
      }
      if !isEmpty {
        current += " "
        columns += 1
      }
      current += word
      columns += count
      isEmpty = false
    }
    if !isEmpty { line(current) }
  }

  /// One line, cut at the width.
  package mutating func cut(_ text: String, indent: Int = 0) {
    line(String(repeating: " ", count: indent) + Self.shortened(text, to: width - indent))
  }

  /// Columns: those that begin with texts on the left, figures on the right.
  package mutating func table(_ header: [String], _ rows: [[String]], texts: Int) {
    let all = [header] + rows
    var widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    // Texts give way when the table is too wide.
    while widths.reduce(0, +) + 2 * (widths.count - 1) > width {
      guard let widest = (0..<texts).max(by: { widths[$0] < widths[$1] }), widths[widest] > 8 else { break }
      widths[widest] -= 1
    }
    for row in all {
      var parts: [String] = []
      for (column, cell) in row.enumerated() {
        let cell = Self.shortened(cell, to: widths[column])
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        parts.append(column < texts ? cell + blanks : blanks + cell)
      }
      var line = parts.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      self.line(line)
    }
  }

  package static func shortened(_ text: String, to width: Int) -> String {
    text.count <= width ? text : String(text.prefix(max(width - 1, 0))) + "…"
  }

  /// The text without what a terminal obeys: escapes, other controls, marks that turn the direction of writing.
  package static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { !isPrintable($0) }) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(isPrintable(scalar) ? scalar : "\u{FFFD}") }
    return String(result)
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 32 && scalar.value != 127 }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: return false
    default: return true
    }
  }

  // MARK: Figures

  /// `1,234,567`.
  package static func number(_ value: some BinaryInteger) -> String {
    let digits = Array("\(value.magnitude)")
    var text = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// Microseconds as `850 µs`, `1.25 ms`, `3.40 s`, `12.0 min`.
  package static func duration(_ microseconds: Int64) -> String {
    let value = Double(microseconds)
    switch microseconds {
    case ..<1_000: return "\(microseconds) µs"
    case ..<1_000_000: return "\(significant(value / 1e3)) ms"
    case ..<120_000_000: return "\(significant(value / 1e6)) s"
    default: return "\(significant(value / 6e7)) min"
    }
  }

  /// Three digits of a positive number, and all of those before the point.
  package static func significant(_ value: Double) -> String {
    let places = value < 10 ? 2 : value < 100 ? 1 : 0
    let scale: Double = places == 2 ? 100 : places == 1 ? 10 : 1
    guard let scaled = Int64(exactly: (value * scale).rounded()) else { return "\(value)" }
    if places == 0 { return number(scaled) }
    let unit = Int64(scale)
    let fraction = String(scaled % unit)
    return "\(scaled / unit)." + String(repeating: "0", count: places - fraction.count) + fraction
  }

  /// `1 fault`, `3 faults`.
  package static func counted(_ count: some BinaryInteger, _ noun: String) -> String {
    "\(number(count)) \(noun)\(count == 1 ? "" : "s")"
  }
}
