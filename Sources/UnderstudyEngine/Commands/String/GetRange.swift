// GETRANGE, its old name SUBSTR, and SETRANGE.

enum GetRangeCommand {
  static let all = [
    command("getrange", since: "2.4.0", "Answers a part of a string."),
    command(
      "substr", since: "1.0.0", "Answers a part of a string: the old name of GETRANGE.",
      deprecated: Command.Deprecation(since: "2.0.0", replacement: "`GETRANGE`")),
    Command(
      "setrange", .string, since: "2.2.0",
      "Overwrites a string from an offset on; a gap before it becomes zero bytes.",
      complexity: "O(M) for M bytes written, and for the gap.", arity: 4, flags: [.write, .denyOOM],
      keys: [.key(1, [.readWrite, .update])], arguments: [.key(), .integer("offset"), .string("value")],
      handler: setRange),
  ]

  private static func command(
    _ name: String, since: Version, _ summary: String, deprecated: Command.Deprecation? = nil
  ) -> Command {
    Command(
      name, .string, since: since, summary, complexity: "O(N) for N bytes answered.", arity: 4,
      flags: .readOnly,
      keys: [.key(1, [.readOnly, .access])], arguments: [.key(), .integer("start"), .integer("end")],
      deprecated: deprecated, handler: getRange)
  }

  static func getRange(_ context: inout Context) throws(ReplyError) {
    let start = try context.arguments.integer(2)
    let end = try context.arguments.integer(3)
    guard let entry = context.read(context.key(1)) else { return context.reply.bulk(Bytes("")) }
    let reply = context.reply
    let count = Int64(try entry.stringCount)
    // Since 8.0 nothing ends before the first byte.
    if end < 0, end &+ count < 0, context.engine.emulates(Version(8, 0)) { return reply.bulk(Bytes("")) }
    let range = range(start, end, count: count)
    if entry.kind == .buffer && range.count == entry.buffer.count { return reply.bulk(entry.buffer) }
    try entry.withString { reply.bulk($0.slice(range)) }
  }

  /// Unlike the ranges of lists, an end before the first byte means the first byte, unless both ends are
  /// counted from behind and the wrong way round.
  private static func range(_ start: Int64, _ end: Int64, count: Int64) -> Range<Int> {
    if count == 0 || (start < 0 && end < 0 && start > end) { return 0..<0 }
    let lower = max(start < 0 ? start &+ count : start, 0)
    let upper = min(max(end < 0 ? end &+ count : end, 0), count - 1)
    return lower > upper ? 0..<0 : Int(lower)..<Int(upper) + 1
  }

  static func setRange(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    let value = context.arguments[3]
    let given = try context.arguments.integer(2)
    if given < 0 { throw .offsetOutOfRange }
    let offset = Int(given)
    let count: Int
    if let entry = context.find(key) {
      let old = try entry.stringCount
      if value.isEmpty { return context.reply.integer(old) }
      try context.checkStringLength(offset, value.count)
      count = max(old, offset &+ value.count)
      context.editString(key, entry, count: count) { $0.replace(at: offset, with: value) }
    } else {
      if value.isEmpty { return context.reply.integer(0) }
      try context.checkStringLength(offset, value.count)
      count = offset &+ value.count
      var buffer = SharedBuffer.allocate(count: 0, capacity: count)
      buffer.replace(at: offset, with: value)
      context.storeNew(.buffer(buffer), for: key)
    }
    context.touched(key, "setrange", .string)
    context.reply.integer(count)
  }
}
