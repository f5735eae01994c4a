// TopOptions: the command line of `understudy top`: which control port to join, and how to show what it tells.
//
// This file may say `unsafe`. What keeps it safe: a text of the environment is copied at once.

internal import CUnderstudyPlatform

struct TopOptions {
  private static let controlPort = ProgramOption(
    "--control-port", .word("N"), "Joins the server whose control port that is, on this machine.")
  private static let interval = ProgramOption(
    "--interval", .word("SECONDS"), "How often the figures are shown anew: 1 unless told otherwise; 0.1 to 3600.")
  private static let once = ProgramOption("--once", "Prints one frame, without colours and without taking the screen, and ends.")

  private static let secret = ProgramOption(
    "--password", .word("TEXT"), "The control port's password (--control-password), if the URL does not tell it.")

  static let options = [controlPort, secret, interval, once]

  private(set) var host = "127.0.0.1"
  private(set) var port: UInt16 = 0
  /// That of the control port, if it has one.
  private(set) var password: String?
  private(set) var intervalMilliseconds: Int32 = 1000
  private(set) var isOnce = false

  /// - Parameters:
  ///   - words: those behind `top`.
  ///   - variable: the environment's variables.
  init(_ words: [String], variable: (String) -> String?) throws(GivenOptions.Refusal) {
    let given = try GivenOptions(words, Self.options)
    isOnce = given.has(Self.once)
    if let text = given.value(of: Self.interval) {
      guard let seconds = Double(text), seconds >= 0.1, seconds <= 3600 else {
        throw GivenOptions.Refusal(text: "--interval wants seconds, 0.1 to 3600, and not '\(text)'")
      }
      intervalMilliseconds = Int32(seconds * 1000)
    }
    guard given.rest.count <= 1 else { throw GivenOptions.Refusal(text: "one URL is enough") }
    if let text = given.value(of: Self.controlPort) {
      guard given.rest.isEmpty else { throw GivenOptions.Refusal(text: "a URL or --control-port, and not both") }
      port = try Self.port(text)
    } else if let url = given.rest.first ?? variable("UNDERSTUDY_CONTROL_URL") {
      try setURL(url)
    } else if let text = variable("UNDERSTUDY_CONTROL_PORT") {
      port = try Self.port(text)
    } else {
      throw GivenOptions.Refusal(
        text: "which server? --control-port N names its control port; a server started with --control-port auto says it")
    }
    password = given.value(of: Self.secret) ?? password
  }

  private static func port(_ text: some StringProtocol) throws(GivenOptions.Refusal) -> UInt16 {
    guard let port = UInt16(text), port > 0 else { throw GivenOptions.Refusal(text: "'\(text)' is no port") }
    return port
  }

  /// `redis://host:port`, `host:port`, or a port; an address of IPv6 stands in brackets.
  private mutating func setURL(_ url: String) throws(GivenOptions.Refusal) {
    var rest = url[...]
    if rest.hasPrefix("redis://") { rest = rest.dropFirst("redis://".count) }
    while rest.last == "/" { rest.removeLast() }
    if let at = rest.lastIndex(of: "@") {
      let user = rest[..<at]
      if let colon = user.firstIndex(of: ":") { password = Self.decoded(user[user.index(after: colon)...]) }
      rest = rest[rest.index(after: at)...]
    }
    guard let colon = rest.lastIndex(of: ":"), rest.last != "]" else {
      port = try Self.port(rest)
      return
    }
    let name = rest[..<colon]
    host = String(name.hasPrefix("[") && name.hasSuffix("]") ? name.dropFirst().dropLast() : name)
    if host.isEmpty { throw GivenOptions.Refusal(text: "'\(url)' names no host") }
    port = try Self.port(rest[rest.index(after: colon)...])
  }
}

extension TopOptions {
  /// %XX as the byte that it is.
  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

enum EnvironmentVariables {
  /// The value of a variable; nil if it is not set, or empty.
  static func value(_ name: String) -> String? {
    let value = unsafe name.withCString { name in
      unsafe understudy_environment(name).map { unsafe String(cString: $0) }
    }
    return value?.isEmpty == false ? value : nil
  }
}
