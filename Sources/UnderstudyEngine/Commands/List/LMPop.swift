// LMPOP and BLMPOP.

enum LMPopCommand {
  static let all = [
    Command(
      "lmpop", .list, since: "7.0.0", "Takes elements from the first list that has some.",
      complexity: "O(N+M) for N keys and M elements taken", arity: -4, flags: [.write, .movableKeys],
      keys: [.counted(at: 1, [.readWrite, .access, .delete])],
      arguments: [
        .integer("numkeys"), .key().multiple, .oneOf("where", [.token("LEFT"), .token("RIGHT")]),
        .integer("count", token: "COUNT").optional,
      ],
      handler: lMPop),
    Command(
      "blmpop", .list, since: "7.0.0", "Takes elements from the first list that has some, or waits for them.",
      complexity: "O(N+M) for N keys and M elements taken", arity: -5,
      flags: [.write, .blocking, .movableKeys], keys: [.counted(at: 2, [.readWrite, .access, .delete])],
      arguments: [
        .double("timeout"), .integer("numkeys"), .key().multiple,
        .oneOf("where", [.token("LEFT"), .token("RIGHT")]), .integer("count", token: "COUNT").optional,
      ],
      handler: bLMPop),
  ]

  static func lMPop(_ context: inout Context) throws(ReplyError) {
    let call = try PopCall(context, countAt: 1) { (argument) throws(ReplyError) in try ListValue.End(argument) }
    if try !pop(&context, call) { context.reply.nullArray() }
  }

  static func bLMPop(_ context: inout Context) throws(ReplyError) {
    let call = try PopCall(context, countAt: 2) { (argument) throws(ReplyError) in try ListValue.End(argument) }
    let timeout = try context.timeout(1)
    if try pop(&context, call) { return }
    if context.mayBlock {
      context.block(on: call.keys, for: .list, timeout: timeout, .nullArray)
    } else {
      context.reply.nullArray()
    }
  }

  private static func pop(
    _ context: inout Context, _ call: PopCall<ListValue.End>
  ) throws(ReplyError) -> Bool {
    for index in call.keys where context.mayServe(index) {
      let key = context.key(index)
      guard let list = try context.mutableList(key) else { continue }
      context.reply.array(2)
      context.reply.bulk(key.bytes)
      PopCommand.take(context, key, list, call.end, call.count)
      return true
    }
    return false
  }
}

/// The arguments that LMPOP, ZMPOP and their blocking forms share: a number of keys, the keys, which end to take from,
/// and how many elements.
struct PopCall<End> {
  /// The positions of the keys.
  let keys: Range<Int>
  let end: End
  let count: Int64

  init(
    _ context: borrowing Context, countAt index: Int, _ end: (Bytes) throws(ReplyError) -> End
  ) throws(ReplyError) {
    let arguments = context.arguments
    let keyCount = try arguments.integer(index, .keyCountNotPositive)
    if keyCount < 1 { throw .keyCountNotPositive }
    guard keyCount < Int64(arguments.count - index - 1) else { throw .syntax }
    keys = index + 1..<index + 1 + Int(keyCount)
    self.end = try end(arguments[keys.upperBound])
    var cursor = ArgumentCursor(arguments, from: keys.upperBound + 1)
    var count: Int64?
    while !cursor.isAtEnd {
      if count == nil, cursor.match("COUNT", followedBy: 1) {
        let value = cursor.integer(.countNotPositive)
        if value < 1 { cursor.fail(.countNotPositive) }
        count = value
      } else {
        cursor.fail(.syntax)
      }
    }
    try cursor.finish()
    self.count = count ?? 1
  }
}
