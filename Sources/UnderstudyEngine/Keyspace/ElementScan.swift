// ElementScan: what SCAN, HSCAN, SSCAN and ZSCAN share: cursor, MATCH and COUNT, and the reply.

struct ElementScan {
  private var cursor: UInt64
  private var pattern: GlobPattern?
  private var count: Int64 = 10
  private var typeName: Bytes?
  /// What was given as TYPE, if the emulated version (8.0) minds that it is none. The options behind it are not read.
  private(set) var unknownTypeName: Bytes?
  /// Whether the values of fields are left out (HSCAN's NOVALUES).
  private(set) var hidesValues = false
  private let position: Int

  /// Reads the cursor at `position`. Options follow once the key is known to be there: `readOptions`.
  init(_ context: borrowing Context, at position: Int = 2) throws(ReplyError) {
    guard let cursor = Self.cursor(context.arguments[position]) else { throw .invalidCursor }
    self.cursor = cursor
    self.position = position
  }

  /// A cursor as C's `strtoul` reads it: a sign is allowed, nothing at all is zero, and a zero byte is the end.
  static func cursor(_ argument: Bytes) -> UInt64? {
    let text = argument.upToZero
    var digits = text
    var isNegative = false
    if let sign = text.isEmpty ? nil : text[0], sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      isNegative = sign == UInt8(ascii: "-")
      digits = text.slice(1..<text.count)
      if digits.isEmpty { return nil }
    }
    var value: UInt64 = 0
    for index in 0..<digits.count {
      let digit = digits[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      if overflow || carry { return nil }
      value = sum
    }
    return isNegative ? 0 &- value : value
  }

  /// - Parameters:
  ///   - takesType: whether TYPE is an option.
  ///   - takesNoValues: whether NOVALUES is one.
  mutating func readOptions(
    _ context: borrowing Context, takesType: Bool = false, takesNoValues: Bool = false
  ) throws(ReplyError) {
    var options = ArgumentCursor(context.arguments, from: position + 1)
    while !options.isAtEnd {
      if options.match("COUNT", followedBy: 1) {
        count = options.integer()
        if count < 1 { options.fail(.syntax) }
      } else if options.match("MATCH", followedBy: 1) {
        let glob = GlobPattern(options.next())
        pattern = glob.isStar ? nil : glob
      } else if takesType && options.match("TYPE", followedBy: 1) {
        let name = options.next()
        typeName = name
        if context.engine.emulates(Version(8, 0)), !ValueKind.isTypeName(name) {
          unknownTypeName = name
          return
        }
      } else if context.engine.emulates74 && options.match("NOVALUES") {
        if !takesNoValues { options.fail(.noValuesOutsideHash) }
        hidesValues = true
      } else {
        options.fail(.syntax)
      }
    }
    try options.finish()
  }

  /// Whether an element is shown.
  @inline(__always)
  func matches(_ element: PackedElement) -> Bool {
    guard let pattern else { return true }
    return element.withBytes { pattern.matches($0) }
  }

  /// Whether a key has to be looked at for its type.
  var looksAtTypes: Bool { typeName != nil }

  /// Whether a value of a kind is shown.
  @inline(__always)
  func wants(_ kind: ValueKind) -> Bool {
    guard let typeName else { return true }
    return typeName.equalsIgnoringCase(Bytes(kind.typeName))
  }

  /// Walks until COUNT elements were visited, and answers the next cursor with what the walk has written.
  ///
  /// - Parameters:
  ///   - step: one step from a cursor: answers the next cursor, how many elements it has visited, and how many
  ///     replies it has written.
  func answer(_ reply: Reply, _ step: (UInt64) -> (next: UInt64, visited: Int, written: Int)) {
    var next = cursor
    reply.deferred({ head, written in
      head.array(2)
      NumberText.withUInt64(next) { head.bulk($0) }
      head.array(written)
    }) {
      var visited: Int64 = 0
      var written = 0
      // A sparse table must not hold the server up: at most ten times as many steps as elements are asked for.
      var stepsLeft = count > .max / 10 ? Int64.max : count * 10
      repeat {
        let result = step(next)
        next = result.next
        visited &+= Int64(result.visited)
        written &+= result.written
        stepsLeft &-= 1
      } while next != 0 && visited < count && stepsLeft > 0
      return written
    }
  }

  /// What is answered for a key that is not there.
  static func answerEmpty(_ reply: Reply) { reply.raw("*2\r\n$1\r\n0\r\n*0\r\n") }
}

extension NumberText {
  /// Lends the decimal text of `value` to `body`.
  static func withUInt64<R>(_ value: UInt64, _ body: (Bytes) -> R) -> R {
    if let small = Int64(exactly: value) { return withInt64(small, body) }
    // Above 2^63: nineteen digits and one more.
    var digits: [UInt8] = []
    var rest = value
    while rest > 0 {
      digits.append(UInt8(rest % 10) + UInt8(ascii: "0"))
      rest /= 10
    }
    digits.reverse()
    return digits.withBytes(body)
  }
}
