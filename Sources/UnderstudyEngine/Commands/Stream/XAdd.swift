// XADD and XTRIM. The options for trimming are read by StreamTrim.

enum XAddCommand {
  private static let trim: [Argument] = [
    .oneOf("strategy", [.token("MAXLEN"), .token("MINID").since("6.2.0")]),
    .oneOf("operator", [.token("=", name: "equal"), .token("~", name: "approximately")]).optional,
    .string("threshold"), .integer("count", token: "LIMIT").optional.since("6.2.0"),
  ]
  private static let references = StreamReferences.argument.optional.since("8.2.0")

  static let all = [
    Command(
      "xadd", .stream, since: "5.0.0", "Adds an entry at the end of a stream, which is made if need be.",
      complexity: "O(1); O(N) for N entries that trimming takes away", arity: -5,
      flags: [.write, .denyOOM, .fast],
      keys: [
        KeySpec(
          [.readWrite, .update], .index(1), .range(last: 0, step: 1, limit: 0),
          notes: "UPDATE instead of INSERT because of the optional trimming feature")
      ],
      arguments: [
        .key(), .token("NOMKSTREAM").optional.since("6.2.0"), references, .block("trim", trim).optional,
        .oneOf("id_or_auto", [.token("*", name: "auto_id"), .string("id")]),
        .block("field_value", [.string("field"), .string("value")]).multiple,
      ],
      tips: ["nondeterministic_output"],
      history: [
        ("6.2.0", "The options NOMKSTREAM, MINID and LIMIT."), ("7.0.0", "IDs of the form `ms-*`."),
        ("8.2.0", "The options KEEPREF, DELREF and ACKED."),
      ],
      handler: xAdd),
    Command(
      "xtrim", .stream, since: "5.0.0", "Deletes the oldest entries of a stream.",
      complexity: "O(N) for N deleted entries, most of them a block at a time", arity: -4, flags: [.write],
      keys: [.key(1, [.readWrite, .delete])], arguments: [.key(), .block("trim", trim + [references])],
      tips: ["nondeterministic_output"],
      history: [
        ("6.2.0", "The options MINID and LIMIT."), ("8.2.0", "The options KEEPREF, DELREF and ACKED."),
      ],
      handler: xTrim),
  ]

  /// The most bytes of all fields and values of an entry.
  private static let mostBytes = 1 << 30

  static func xAdd(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    var trim = StreamTrim()
    var makesStream = true
    var wanted: StreamIDParts?
    var index = 2
    while true {
      if index == arguments.count { break }
      let argument = arguments[index]
      if argument.isMark("*") { break }
      if try trim.read(context, &index) { continue }
      if argument.matches("NOMKSTREAM") {
        makesStream = false
        index += 1
        continue
      }
      guard let id = StreamIDParts(argument) else { throw .invalidStreamID }
      wanted = id
      break
    }
    try trim.check()
    let firstField = index + 1
    let pieces = arguments.count - firstField
    if pieces < 2 || pieces % 2 != 0 { return context.failArity() }
    if let wanted, !wanted.isOpen, wanted.milliseconds == 0, wanted.sequence ?? 0 == 0 { throw .streamIDZero }

    let key = context.key(1)
    var bytes = 0
    for index in firstField..<arguments.count { bytes &+= arguments[index].count }
    let stream: StreamValue
    if let found = try context.mutableStream(key) {
      stream = found
    } else {
      guard makesStream else { return context.reply.null() }
      if bytes > mostBytes { throw .streamElementsTooLarge }
      stream = context.makeStream(key)
    }
    let last = stream.lastID
    if last == .max { throw .streamIDsExhausted }
    guard let id = newID(wanted, after: last, now: context.now) else { throw .streamIDTooSmall }
    if bytes > mostBytes { throw .streamElementsTooLarge }
    stream.append(
      id, fieldCount: pieces / 2, bytes: bytes,
      limits: StreamLimits(
        blockEntries: context.engine.configuration.streamNodeMaxEntries,
        blockBytes: context.engine.configuration.streamNodeMaxBytes)
    ) { arguments[firstField &+ $0] }
    context.touched(key, "xadd", .stream)
    if trim.apply(to: stream, context.engine.configuration) > 0 { context.raised(key, "xtrim", .stream) }
    context.signalReady(key)
    context.reply.bulk(id)
  }

  /// The ID of an entry to come: above `last`, whatever the clock says. Nil if the wanted one is not.
  @inline(__always)
  private static func newID(_ wanted: StreamIDParts?, after last: StreamID, now: Int64) -> StreamID? {
    guard let wanted else {
      let milliseconds = UInt64(max(now, 0))
      return milliseconds > last.milliseconds ? StreamID(milliseconds: milliseconds, sequence: 0) : last.next
    }
    if wanted.isOpen, wanted.milliseconds == last.milliseconds {
      guard last.sequence < .max else { return nil }
      return StreamID(milliseconds: last.milliseconds, sequence: last.sequence &+ 1)
    }
    let id = StreamID(milliseconds: wanted.milliseconds, sequence: wanted.sequence ?? 0)
    return id > last ? id : nil
  }

  static func xTrim(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    var trim = StreamTrim()
    var index = 2
    while index < arguments.count {
      guard try trim.read(context, &index) else { throw .syntax }
    }
    if case .none = trim.strategy {
      if let limit = trim.givenLimit, limit > 0 { throw .limitWithoutStrategy }
      throw .trimWithoutStrategy
    }
    try trim.check()
    let key = context.key(1)
    guard let stream = try context.mutableStream(key) else { return context.reply.integer(0) }
    let deleted = trim.apply(to: stream, context.engine.configuration)
    if deleted > 0 { context.touched(key, "xtrim", .stream, changes: deleted) }
    context.reply.integer(deleted)
  }
}
