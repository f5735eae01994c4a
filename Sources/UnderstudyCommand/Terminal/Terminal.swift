// Terminal: what the program shows to a person: whether somebody looks, how wide their window is, and colours, which only
// a terminal gets, and none if NO_COLOR is set (no-color.org).
//
// This file may say `unsafe`. What keeps it safe: text is lent to the system for one write.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

struct Terminal: Sendable {
  let descriptor: Int32
  /// Whether somebody looks at what is written there.
  let isThere: Bool
  let hasColours: Bool

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
    isThere = understudy_is_terminal(descriptor)
    hasColours = isThere && understudy_wants_colours()
  }

  /// The colours of the sixteen that every terminal has.
  enum Style: String {
    case bold = "1", faint = "2", red = "31", green = "32", yellow = "33", cyan = "36"
  }

  /// The text in a style, where there are colours.
  func styled(_ text: String, _ style: Style) -> String {
    hasColours ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// Columns and rows of the window; what is usual, where that cannot be told.
  var size: (columns: Int, rows: Int) {
    var columns: Int32 = 0, rows: Int32 = 0
    guard unsafe understudy_terminal_size(descriptor, &columns, &rows), columns > 0, rows > 0 else { return (100, 40) }
    return (Int(columns), Int(rows))
  }

  func write(_ text: String) {
    text.withBytes { bytes in
      unsafe understudy_write_all(descriptor, bytes.pointer.assumingMemoryBound(to: CChar.self), bytes.count)
    }
  }
}
