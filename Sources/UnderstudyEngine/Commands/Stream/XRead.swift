// XREAD: the entries of several streams behind given IDs. How its arguments are read is shared with
// XREADGROUP.

enum XReadCommand {
  static let all = [
    Command(
      "xread", .stream, since: "5.0.0", "Answers the entries of streams behind given IDs, or waits for one.",
      complexity: "O(N) for each stream with N entries shown", arity: -4,
      flags: [.readOnly, .blocking, .movableKeys],
      keys: [
        KeySpec([.readOnly, .access], .keyword("STREAMS", from: 1), .range(last: -1, step: 1, limit: 2))
      ],
      arguments: [
        .integer("count", token: "COUNT").optional, .integer("milliseconds", token: "BLOCK").optional,
        .block("streams", token: "STREAMS", [.key().multiple, .string("id").multiple]),
      ],
      handler: xRead)
  ]

  static func xRead(_ context: inout Context) throws(ReplyError) {
    guard let call = try StreamReadCall(context, isGroupRead: false) else { return }
    // Errors of any stream come before the entries of the first.
    var ready = 0
    for index in call.keys where context.mayServe(index) {
      let (stream, after) = try position(context, call, index)
      if let stream, call.mayHave(stream, behind: after, context) { ready += 1 }
    }
    if ready > 0 { context.reply.streams(ready) }
    for index in call.keys where context.mayServe(index) {
      let (found, after) = try position(context, call, index)
      guard let stream = found, call.mayHave(stream, behind: after, context) else { continue }
      context.reply.streamName(context.arguments[index])
      context.reply.streamEntries(stream, from: after.next ?? .max, through: .max, limit: call.count)
    }
    if ready > 0 { return }
    guard let timeout = call.timeout, context.mayBlock else { return context.reply.nullArray() }
    if context.isRetry { return context.block(on: call.keys, for: .stream, timeout: timeout, .nullArray) }
    // What is the end of a stream now is what a later try has to begin at.
    var replacements: [Int: [UInt8]] = [:]
    for index in call.keys where context.arguments[index + call.keys.count].isDollar {
      // Of this look nobody hears: the real server has it from its first one.
      let id = context.peek(context.key(index)).map { $0.stream.lastID } ?? .zero
      replacements[index + call.keys.count] = id.withText { $0.copied() }
    }
    context.block(on: call.keys, for: .stream, timeout: timeout, .nullArray, replacing: replacements)
  }

  /// The stream at `index`, and the ID behind which it is to be read.
  private static func position(
    _ context: borrowing Context, _ call: StreamReadCall, _ index: Int
  ) throws(ReplyError) -> (stream: StreamValue?, after: StreamID) {
    let stream = try context.stream(context.key(index))
    let text = context.arguments[index + call.keys.count]
    if text.isDollar { return (stream, stream?.lastID ?? .zero) }
    if text.isMark("+"), context.engine.emulates74 {
      // The last entry itself.
      return (stream, stream.flatMap { $0.length > 0 ? $0.lastEntryID.previous : $0.lastID } ?? .zero)
    }
    if text.isMark(">") { throw .newIDInXRead }
    return (stream, try context.arguments.streamID(index + call.keys.count))
  }
}

extension Bytes {
  /// Whether this is one character, up to a zero byte as C reads it.
  func isMark(_ mark: Unicode.Scalar) -> Bool { upToZero.count == 1 && self[0] == UInt8(ascii: mark) }

  /// Whether this is `$`, the end of a stream.
  var isDollar: Bool { isMark("$") }
}

/// The arguments of XREAD and XREADGROUP.
struct StreamReadCall {
  /// The positions of the keys; each one's ID stands as many places further.
  private(set) var keys = 0..<0
  /// How many entries of each stream; 0 is all.
  private(set) var count = 0
  /// Milliseconds to wait, 0 for ever; nil does not wait.
  private(set) var timeout: Int64?
  /// Where the group's name stands, before the consumer's; 0 if there is none.
  private(set) var group = 0
  private(set) var isNoAck = false
  /// Entries that are pending for so many milliseconds are to be claimed first; nil claims none.
  private(set) var minIdle: Int64?

  private static let mostAfterWaiting = 1000

  /// Nil if the error has been replied.
  init?(_ context: borrowing Context, isGroupRead: Bool) throws(ReplyError) {
    let arguments = context.arguments
    let is72 = context.engine.emulates72
    var index = 1
    while index < arguments.count {
      let option = arguments[index]
      let following = arguments.count - 1 - index
      if following > 0, option.matches("STREAMS") {
        let rest = arguments.count - index - 1
        guard rest % 2 == 0 else {
          context.fail("ERR " + Self.unbalanced(context, isGroupRead))
          return nil
        }
        keys = index + 1..<index + 1 + rest / 2
        break
      }
      if following > 0, option.matches("COUNT") {
        count = Int(max(0, try arguments.integer(index + 1)))
        index += 2
      } else if following > 0, option.matches("BLOCK") {
        if context.session.flags.contains(.script), !context.engine.emulates74 {
          context.fail("ERR ", quoting: arguments[0], " command is not allowed with BLOCK option from scripts")
          return nil
        }
        timeout = try context.timeoutMilliseconds(index + 1)
        index += 2
      } else if following > 1, option.matches("GROUP") {
        guard isGroupRead else { throw .groupOptionInXRead }
        group = index + 1
        index += 3
      } else if option.matches("NOACK") {
        guard isGroupRead else { throw .noAckOptionInXRead }
        isNoAck = true
        index += 1
      } else if following > 0, option.matches("CLAIM"), context.engine.emulates(Version(8, 4)) {
        guard isGroupRead else { throw .claimOptionInXRead }
        let idle = try arguments.integer(index + 1, .minIdleNotAnInteger)
        if idle < 0 { throw .minIdleNegative }
        minIdle = idle
        index += 2
      } else {
        throw .syntax
      }
    }
    if keys.isEmpty { throw .syntax }
    // Before 7.2 a client that has waited is not served without end.
    if count == 0, timeout != nil, context.isRetry, !is72 { count = Self.mostAfterWaiting }
  }

  private static func unbalanced(_ context: borrowing Context, _ isGroupRead: Bool) -> String {
    let is72 = context.engine.emulates72
    let name = is72 ? "'\(context.commandName)'" : "XREAD"
    let marks =
      if is72 && isGroupRead {
        "ID or '>'"
      } else if context.engine.emulates(Version(8, 0)) {
        "ID, '+', or '$'"
      } else {
        "ID or '$'"
      }
    return "Unbalanced \(name) list of streams: for each stream key an \(marks) must be specified."
  }

  /// Whether a stream has, or is taken to have, entries behind an ID. Before 7.2 a client that has waited is
  /// served as soon as the last ID has passed, even if that entry is gone again.
  func mayHave(_ stream: StreamValue, behind id: StreamID, _ context: borrowing Context) -> Bool {
    if context.isRetry && !context.engine.emulates72 { return stream.lastID > id }
    return stream.length > 0 && stream.lastEntryID > id
  }
}

extension Reply {
  /// The head of a reply with the entries of `count` streams; each begins with `streamName`.
  func streams(_ count: Int) { isRESP3 ? map(count) : array(count) }

  /// The name of a stream, whose entries follow.
  func streamName(_ name: Bytes) {
    if !isRESP3 { array(2) }
    bulk(name)
  }
}
