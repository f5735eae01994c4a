// The options that SET and GETEX share: condition, GET, and the forms in which a time of expiry is given.

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
    return value
  }
}

struct SetOptions {
  enum Condition { case none, ifAbsent, ifPresent }
  var condition = Condition.none
  var get = false
  var deadline = DeadlineChange.none

  /// Reads options from `position` on. Nil if the error has been replied.
  init?(_ context: inout Context, from position: Int) throws(ReplyError) {
    var expiry: ExpiryArgument?
    var keepsDeadline = false
    var cursor = ArgumentCursor(context.arguments, from: position)
    while !cursor.isAtEnd {
      let hasExpiry = expiry != nil || keepsDeadline
      if condition != .ifPresent && cursor.match("NX") {
        condition = .ifAbsent
      } else if condition != .ifAbsent && cursor.match("XX") {
        condition = .ifPresent
      } else if cursor.match("GET") {
        get = true
      } else if expiry == nil && cursor.match("KEEPTTL") {
        keepsDeadline = true
      } else if !hasExpiry, let read = ExpiryArgument(&cursor) {
        expiry = read
      } else {
        throw .syntax
      }
    }
    if let expiry {
      guard let time = try expiry.deadline(&context) else { return nil }
      deadline = .at(time)
    } else if keepsDeadline {
      deadline = .keep
    }
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
