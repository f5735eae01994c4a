// SET, with all its options.

enum SetCommand {
  static let command = Command(
    "set", .string, since: "1.0.0", "Stores a string under a key, whatever was there.", arity: -3,
    flags: [.write, .denyOOM],
    keys: [
      KeySpec(
        [.readWrite, .access, .update, .variableFlags], .index(1), .range(last: 0, step: 1, limit: 0),
        notes: "With GET the value before is read as well.")
    ],
    keyFinder: .set,
    arguments: [
      .key(), .string("value"),
      .oneOf(
        "condition",
        [
          .token("NX"), .token("XX"), .string("ifeq-value", token: "IFEQ").since("8.4.0", valkey: "8.1.0"),
          .string("ifne-value", token: "IFNE").since("8.4.0"),
          .integer("ifdeq-digest", token: "IFDEQ").since("8.4.0"),
          .integer("ifdne-digest", token: "IFDNE").since("8.4.0"),
        ]
      ).optional.since("2.6.12"),
      .token("GET").optional.since("6.2.0"),
      .oneOf(
        "expiration",
        [
          .integer("seconds", token: "EX").since("2.6.12"),
          .integer("milliseconds", token: "PX").since("2.6.12"),
          .unixTime("unix-time-seconds", token: "EXAT").since("6.2.0"),
          .unixTime("unix-time-milliseconds", token: "PXAT").since("6.2.0"),
          .token("KEEPTTL").since("6.0.0"),
        ]
      ).optional,
    ],
    history: [
      ("2.6.12", "The options EX, NX, PX and XX."), ("6.0.0", "The option KEEPTTL."),
      ("6.2.0", "The options GET, EXAT and PXAT."), ("7.0.0", "NX and GET may be used together."),
      ("8.4.0", "The options IFEQ, IFNE, IFDEQ and IFDNE."),
    ],
    handler: set)

  static func set(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    if context.arguments.count == 3 {
      context.storeArgument(2, under: key, deadline: .none)
      context.touched(key, "set", .string)
      return context.reply.ok()
    }
    try setWithOptions(&context, key)
  }

  @inline(never)
  private static func setWithOptions(_ context: inout Context, _ key: Key) throws(ReplyError) {
    guard let options = try SetOptions(&context, from: 3) else { return }
    if let comparison = options.comparison, try !allows(comparison, context, key) {
      guard options.get, let old = context.read(key) else { return context.reply.null() }
      return try context.reply.string(old)
    }
    if options.get {
      if let old = context.read(key) { try context.reply.string(old) } else { context.reply.null() }
    }
    let existing = context.find(key)
    if (options.condition == .ifAbsent && existing != nil) || (options.condition == .ifPresent && existing == nil) {
      if !options.get { context.reply.null() }
      return
    }
    context.storeArgument(2, under: key, deadline: options.deadline)
    context.touched(key, "set", .string)
    if case .at = options.deadline { context.raised(key, "expire", .generic) }
    if !options.get { context.reply.ok() }
  }

  /// Whether the string under a key is as it has to be.
  private static func allows(
    _ comparison: StringCondition, _ context: borrowing Context, _ key: Key
  ) throws(ReplyError) -> Bool {
    guard let entry = context.peek(key) else { return comparison.holdsForNothing }
    return try comparison.holds(for: entry)
  }
}
