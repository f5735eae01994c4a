// The options that SET, MSETEX and GETEX share: condition, GET, and the forms in which a time of expiry is given.

/// A time of expiry as it is written: a number, its unit, and from when it counts.
struct ExpiryArgument {
  enum Unit { case seconds, milliseconds }
  let text: Bytes
  let unit: Unit
  /// Since 1970 instead of from now.
  let isAbsolute: Bool

  /// The deadline in milliseconds of the data clock. Nil if the time is out of range: the error has been replied.
  func deadline(_ context: inout Context) throws(ReplyError) -> Int64? {
    guard var value = NumberText.parseInt64(text) else { throw .notAnInteger }
    var isValid = value > 0
    if unit == .seconds {
      let (product, overflow) = value.multipliedReportingOverflow(by: 1000)
      if overflow { isValid = false }
      value = product
    }
    if !isAbsolute {
      let (sum, overflow) = value.addingReportingOverflow(context.now)
      if overflow { isValid = false }
      value = sum
    }
    guard isValid else {
      context.failExpireTime()
      return nil
    }
    return min(value, Entry.noDeadline &- 1)
  }
}

/// The option that says what becomes of the deadline: a time, or a bare word (KEEPTTL of SET, PERSIST of GETEX). Given
/// twice in the same form, the last one counts; two forms exclude each other.
struct ExpiryOption {
  private(set) var time: ExpiryArgument?
  /// Whether the bare word was given.
  private(set) var isBare = false

  /// Reads the option if it comes next; false if something else does, or if an earlier option excludes it.
  mutating func match(_ cursor: inout ArgumentCursor, orBare word: StaticString) -> Bool {
    if time == nil && cursor.match(word) {
      isBare = true
      return true
    }
    guard !isBare, let read = ExpiryArgument(&cursor) else { return false }
    if let time, time.unit != read.unit || time.isAbsolute != read.isAbsolute { return false }
    time = read
    return true
  }
}

struct SetOptions {
  enum Condition { case none, ifAbsent, ifPresent }
  /// For whom options are read.
  enum Command { case storing, storingMany }

  var condition = Condition.none
  /// What the string that is there has to be (IFEQ and the like).
  var comparison: StringCondition?
  var get = false
  var deadline = DeadlineChange.none

  /// Reads options from `position` on. Nil if the error has been replied.
  init?(_ context: inout Context, from position: Int, _ command: Command = .storing) throws(ReplyError) {
    var expiry = ExpiryOption()
    var cursor = ArgumentCursor(context.arguments, from: position)
    while !cursor.isAtEnd {
      if condition != .ifPresent && comparison == nil && cursor.match("NX") {
        condition = .ifAbsent
      } else if condition != .ifAbsent && comparison == nil && cursor.match("XX") {
        condition = .ifPresent
      } else if command == .storing && cursor.match("GET") {
        get = true
      } else if !expiry.match(&cursor, orBare: "KEEPTTL") {
        // Whatever is left, older versions do not know.
        guard command == .storing, try readComparison(context, &cursor) else { throw .syntax }
      }
    }
    if let time = expiry.time {
      guard let read = try time.deadline(&context) else { return nil }
      deadline = .at(read)
    } else if expiry.isBare {
      deadline = .keep
    }
  }
}

extension SetOptions {
  /// Reads IFEQ or one of its like, if that comes next and the emulated version knows it.
  private mutating func readComparison(
    _ context: borrowing Context, _ cursor: inout ArgumentCursor
  ) throws(ReplyError) -> Bool {
    guard condition == .none, comparison == nil, cursor.remaining > 1 else { return false }
    let kind: StringCondition.Kind
    if context.engine.emulates(Version(8, 4)) {
      kind = .all
    } else if context.engine.emulates(.valkey(8, 1)) {
      kind = .equalOnly
    } else {
      return false
    }
    comparison = StringCondition(cursor.next(), cursor.next(), kind)
    return comparison != nil
  }
}

extension ExpiryArgument {
  /// EX, PX, EXAT or PXAT with its number, if that comes next.
  init?(_ cursor: inout ArgumentCursor) {
    if cursor.match("EX", followedBy: 1) {
      self.init(text: cursor.next(), unit: .seconds, isAbsolute: false)
    } else if cursor.match("PX", followedBy: 1) {
      self.init(text: cursor.next(), unit: .milliseconds, isAbsolute: false)
    } else if cursor.match("EXAT", followedBy: 1) {
      self.init(text: cursor.next(), unit: .seconds, isAbsolute: true)
    } else if cursor.match("PXAT", followedBy: 1) {
      self.init(text: cursor.next(), unit: .milliseconds, isAbsolute: true)
    } else {
      return nil
    }
  }
}
