// The log, in redis-server's form: `<pid>:<role> <time> <mark> <text>`, to the standard output or to a file, each line in
// one write. Launchers wait for some of these lines, so their texts are those of the real server.
//
// This file may say `unsafe`. What keeps it safe: text is lent to C for one write.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

/// How much a line matters, least first.
enum LogLevel: Int, Comparable {
  case debug, verbose, notice, warning

  /// As `loglevel` names it.
  init(name: String) {
    switch name {
    case "debug": self = .debug
    case "verbose": self = .verbose
    case "warning": self = .warning
    default: self = .notice
    }
  }

  fileprivate var mark: Character {
    switch self {
    case .debug: "."
    case .verbose: "-"
    case .notice: "*"
    case .warning: "#"
    }
  }

  static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

struct ServerLog: Sendable {
  let descriptor: Int32
  let level: LogLevel
  /// Somebody has started the server by hand and looks at a terminal: they are told what matters to them (`Welcome`), and
  /// not what launchers wait for. Who asks for a level of the log gets the log.
  let isForPerson: Bool

  /// - Parameter standard: where lines go if no file is named.
  /// - Throws: why the log file cannot be written.
  init(_ configuration: Configuration, standard: Int32 = 1) throws(SystemError) {
    level = LogLevel(name: configuration.logLevel)
    isForPerson = standard == 1 && configuration.logFile.isEmpty && !configuration.isDaemon && level == .notice && Terminal(1).isThere
    if configuration.logFile.isEmpty {
      descriptor = standard
      return
    }
    let opened = unsafe configuration.logFile.withCString { unsafe understudy_open_log($0) }
    if opened < 0 { throw SystemError(code: -opened) }
    descriptor = opened
  }

  func write(_ level: LogLevel, _ text: String, isStarting: Bool = false) {
    if level >= self.level { raw(Self.line(level, text, isStarting: isStarting)) }
  }

  /// A line of the server's life that launchers wait for, and nobody else.
  func chat(_ level: LogLevel, _ text: String, isStarting: Bool = false) {
    if !isForPerson { write(level, text, isStarting: isStarting) }
  }

  /// Text without the beginning of a log line.
  func raw(_ text: String) {
    text.withBytes { bytes in
      unsafe understudy_write_all(descriptor, bytes.pointer.assumingMemoryBound(to: CChar.self), bytes.count)
    }
  }

  /// - Parameter isStarting: before there is a server the role is C, then M: what redis-server says of a master.
  static func line(_ level: LogLevel, _ text: String, isStarting: Bool) -> String {
    "\(understudy_process_identifier()):\(isStarting ? "C" : "M") \(time) \(level.mark) \(text)\n"
  }

  /// The local time, as lines have it.
  static var time: String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      guard let base = buffer.baseAddress, unsafe understudy_log_time(base, buffer.count) > 0 else { return "" }
      return unsafe String(cString: base)
    }
  }
}
