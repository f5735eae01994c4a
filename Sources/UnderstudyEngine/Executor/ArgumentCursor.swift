// ArgumentCursor: how handlers read options. It walks the arguments from a position; the first error latches, and later
// reads are no-ops that answer zeros, so a handler parses all, checks once with `finish`, and gives the error that a
// real server would give first. Leftovers are a syntax error.

struct ArgumentCursor {
  private let arguments: Arguments
  private(set) var position: Int
  private(set) var error: ReplyError?

  init(_ arguments: Arguments, from position: Int) {
    self.arguments = arguments
    self.position = position
  }

  /// Whether all has been read, or an error stands.
  var isAtEnd: Bool { error != nil || position >= arguments.count }

  /// How many arguments are left.
  var remaining: Int { error == nil ? arguments.count - position : 0 }

  /// Latches an error, unless an earlier one stands.
  mutating func fail(_ error: ReplyError) {
    if self.error == nil { self.error = error }
  }

  /// The next argument, consumed; an empty run and a syntax error at the end.
  mutating func next() -> Bytes {
    guard error == nil else { return Bytes("") }
    guard position < arguments.count else {
      fail(.syntax)
      return Bytes("")
    }
    defer { position += 1 }
    return arguments[position]
  }

  /// Passes over arguments that were read by their position.
  mutating func skip(_ count: Int) { position += count }

  /// Consumes the next argument if it is `keyword` (upper case), whatever its case.
  mutating func match(_ keyword: StaticString) -> Bool {
    guard error == nil, position < arguments.count, arguments[position].matches(keyword) else { return false }
    position += 1
    return true
  }

  /// Consumes `keyword` and tells so only if an argument follows it; as real servers look ahead for an option's value.
  mutating func match(_ keyword: StaticString, followedBy count: Int) -> Bool {
    guard error == nil, position + count < arguments.count, arguments[position].matches(keyword) else { return false }
    position += 1
    return true
  }

  /// The next argument as an integer.
  mutating func integer(_ failure: ReplyError = .notAnInteger) -> Int64 {
    let text = next()
    guard error == nil else { return 0 }
    guard let value = NumberText.parseInt64(text) else {
      fail(failure)
      return 0
    }
    return value
  }

  /// The next argument as a double; never NaN.
  mutating func double(_ failure: ReplyError = .notAFloat) -> Double {
    let text = next()
    guard error == nil else { return 0 }
    guard let value = NumberText.parseDouble(text) else {
      fail(failure)
      return 0
    }
    return value
  }

  /// Throws the latched error; leftovers are a syntax error.
  func finish() throws(ReplyError) {
    if let error { throw error }
    if position < arguments.count { throw .syntax }
  }

  /// Throws the latched error and lets leftovers be.
  func check() throws(ReplyError) {
    if let error { throw error }
  }
}

extension Arguments {
  /// The argument at `index` as an integer.
  @inline(__always)
  func integer(_ index: Int, _ failure: ReplyError = .notAnInteger) throws(ReplyError) -> Int64 {
    guard let value = NumberText.parseInt64(self[index]) else { throw failure }
    return value
  }

  /// The argument at `index` as a double; never NaN.
  func double(_ index: Int, _ failure: ReplyError = .notAFloat) throws(ReplyError) -> Double {
    guard let value = NumberText.parseDouble(self[index]) else { throw failure }
    return value
  }
}
