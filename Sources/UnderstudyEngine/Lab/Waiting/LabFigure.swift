// LabFigure: the figures that can be waited for and expected, by name. A new figure is a case here and a line in `value`.

package enum LabFigure: String, Sendable, CaseIterable {
  case opens
  case open
  case peakOpen = "peak-open"
  case peakBusy = "peak-busy"
  case turnover
  case openedWhileIdle = "opened-while-idle"
  case blocked
  case busy
  case commands
  case handshakeOnly = "handshake-only"
  case bytesReceived = "bytes-received"
  case bytesSent = "bytes-sent"

  /// By its name, with or without hyphens, in any case.
  package init?(name: String) {
    func plain(_ text: String) -> String { text.lowercased().filter { $0 != "-" && $0 != "_" } }
    guard let found = Self.allCases.first(where: { plain($0.rawValue) == plain(name) }) else { return nil }
    self = found
  }

  package func value(_ figures: LedgerFigures) -> Double {
    switch self {
    case .opens: Double(figures.opens)
    case .open: Double(figures.open)
    case .peakOpen: Double(figures.peakOpen)
    case .peakBusy: Double(figures.peakBusy)
    case .turnover: figures.turnover
    case .openedWhileIdle: Double(figures.openedWhileIdle)
    case .blocked: Double(figures.blocked)
    case .busy: Double(figures.busy)
    case .commands: Double(figures.commands)
    case .handshakeOnly: Double(figures.handshakeOnly)
    case .bytesReceived: Double(figures.bytesReceived)
    case .bytesSent: Double(figures.bytesSent)
    }
  }

  /// What a connection adds to it; nil if it is not a plain count.
  var part: ((ConnectionRecord) -> Int64)? {
    switch self {
    case .opens: { _ in 1 }
    case .open: { $0.closedAt == nil ? 1 : 0 }
    case .blocked: { $0.closedAt == nil && $0.laneKind == .blocked ? 1 : 0 }
    case .busy: { $0.closedAt == nil && $0.laneKind == .busy ? 1 : 0 }
    case .handshakeOnly: { $0.isShakingHands ? 1 : 0 }
    case .commands: { $0.commandCount }
    case .bytesReceived: { $0.bytesReceived }
    case .bytesSent: { $0.bytesSent }
    case .peakOpen, .peakBusy, .turnover, .openedWhileIdle: nil
    }
  }

  /// Whether a record knows its part only once it has been brought up to date.
  var isOfSession: Bool { [.commands, .bytesReceived, .bytesSent].contains(self) }

  /// Whether it changes between rounds too, by the mere coming and going of bytes.
  var isOfTransport: Bool { [.bytesReceived, .bytesSent].contains(self) }

  /// Whether it is known of connections whose commands are not written down.
  var isAlwaysKnown: Bool { [.opens, .open, .peakOpen, .turnover].contains(self) }
  /// Whether it only grows: a wait for a value of it is a wait for at least that.
  var onlyGrows: Bool { [.opens, .peakOpen, .peakBusy, .openedWhileIdle, .commands, .bytesReceived, .bytesSent].contains(self) }

  /// A value as people write it.
  static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\((value * 100).rounded() / 100)"
  }

  /// All of them in a line.
  package static func line(_ figures: LedgerFigures) -> String {
    allCases.map { "\($0.rawValue) \(text($0.value(figures)))" }.joined(separator: ", ")
  }
}

package enum LabComparison: String, Sendable, CaseIterable {
  case equal = "=="
  case unequal = "!="
  case less = "<"
  case atMost = "<="
  case more = ">"
  case atLeast = ">="

  /// `=` is meant as `==`.
  init?(_ text: String) { self.init(rawValue: text == "=" ? "==" : text) }

  func holds(_ left: Double, _ right: Double) -> Bool {
    switch self {
    case .equal: left == right
    case .unequal: left != right
    case .less: left < right
    case .atMost: left <= right
    case .more: left > right
    case .atLeast: left >= right
    }
  }
}

/// Something that can be waited for, or expected.
struct LabCondition {
  /// What it is about: a figure of an endpoint, by its number.
  struct Subject: Hashable {
    let endpoint: Int
    let figure: LabFigure
  }

  let subject: Subject
  /// The endpoint's name.
  let name: String
  let comparison: LabComparison
  let value: Double

  func holds(_ found: Double) -> Bool { comparison.holds(found, value) }

  /// `svc: blocked is 0, expected == 1 (opens 1, …)`
  func failure(_ figures: LedgerFigures) -> String {
    let figure = subject.figure
    return "\(name): \(figure.rawValue) is \(LabFigure.text(figure.value(figures))), expected \(comparison.rawValue) "
      + "\(LabFigure.text(value)) (\(LabFigure.line(figures)))"
  }
}
