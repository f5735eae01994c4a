// What the commands for deadlines of fields have in common: `FIELDS numfields field …`, the times they are given, and the
// conditions for setting one.

/// The fields that a call names behind FIELDS, at the end of its arguments.
struct FieldArguments {
  /// Where the fields stand.
  let range: Range<Int>

  /// - Parameters:
  ///   - position: where FIELDS has to stand.
  ///   - failure: what is said of a number of fields that is none.
  init(
    _ arguments: Arguments, at position: Int, _ failure: ReplyError = .fieldCountNotPositive
  ) throws(ReplyError) {
    guard position &+ 1 < arguments.count, arguments[position].matches("FIELDS") else { throw .fieldsMissing }
    let count = try arguments.integer(position &+ 1, failure)
    guard count > 0 else { throw failure }
    guard count == Int64(arguments.count &- position &- 2) else { throw .fieldCountDiffers }
    range = position &+ 2..<arguments.count
  }

  /// The grammar of it.
  static let argument = Argument.block(
    "fields", token: "FIELDS", [.integer("numfields"), .string("field").multiple])
}

/// A time of expiry of fields, as the argument spells it.
enum FieldDeadline {
  /// No deadline may lie behind this, in milliseconds since 1970.
  static let last: Int64 = (1 << 46) - 1

  /// Reads the argument at `index`.
  /// - Returns: milliseconds of the data clock; nil if the error has been replied.
  static func read(
    _ context: borrowing Context, at index: Int, millisecondsPerUnit unit: Int64, from start: Int64
  ) throws(ReplyError) -> Int64? {
    let value = try context.arguments.integer(index)
    if value < 0 { throw .fieldDeadlineNegative }
    // Both steps stay far below the largest integer, as `last` does.
    guard value <= last / unit, value &* unit <= last &- start else {
      context.failExpireTime()
      return nil
    }
    return value &* unit &+ start
  }
}

/// When a field may be given a deadline.
enum FieldCondition {
  case none, ifNone, ifAny, ifLater, ifSooner

  /// The condition that an argument names; `.none` if it names none.
  init(_ argument: Bytes) {
    if argument.matches("NX") {
      self = .ifNone
    } else if argument.matches("XX") {
      self = .ifAny
    } else if argument.matches("GT") {
      self = .ifLater
    } else if argument.matches("LT") {
      self = .ifSooner
    } else {
      self = .none
    }
  }

  /// Whether a deadline may replace another; no deadline counts as one in infinity.
  func allows(_ new: Int64, over old: Int64) -> Bool {
    switch self {
    case .none: true
    case .ifNone: old == Entry.noDeadline
    case .ifAny: old != Entry.noDeadline
    case .ifLater: old != Entry.noDeadline && new > old
    case .ifSooner: new < old
    }
  }
}

/// What became of a field that was to have a deadline; the numbers are those of the replies.
enum FieldOutcome: Int {
  case noField = -2
  case refused = 0
  case set = 1
  case deleted = 2
}

extension Context {
  /// Gives a field a deadline (`Entry.noDeadline` takes it away); the field is removed if that lies in the past.
  func setDeadline(
    _ deadline: Int64, of field: Bytes, in hash: HashValue, _ condition: FieldCondition = .none
  ) -> FieldOutcome {
    guard let old = hash.deadline(of: field) else { return .noField }
    if deadline == Entry.noDeadline && old == Entry.noDeadline { return .refused }
    guard condition.allows(deadline, over: old) else { return .refused }
    if deadline <= now {
      _ = hash.remove(field)
      engine.statistics.expiredFields &+= 1
      return .deleted
    }
    // A data clock that stands before 1970 would have 0 still to come, but a hash takes that for none.
    hash.setDeadline(max(deadline, 1), of: field)
    return .set
  }
}
