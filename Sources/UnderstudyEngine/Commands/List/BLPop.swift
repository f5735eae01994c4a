// BLPOP and BRPOP.

enum BLPopCommand {
  static let all = [
    Command(
      "blpop", .list, since: "2.0.0",
      "Takes the first element of the first list that has one, or waits for one.",
      complexity: "O(N) for N keys", arity: -3, flags: [.write, .noScript, .blocking],
      keys: [.keys(from: 1, last: -2, [.readWrite, .access, .delete])],
      arguments: [.key().multiple, .double("timeout")],
      history: [("6.0.0", "The timeout may be a fraction.")], handler: bLPop),
    Command(
      "brpop", .list, since: "2.0.0",
      "Takes the last element of the first list that has one, or waits for one.",
      complexity: "O(N) for N keys", arity: -3, flags: [.write, .noScript, .blocking],
      keys: [.keys(from: 1, last: -2, [.readWrite, .access, .delete])],
      arguments: [.key().multiple, .double("timeout")],
      history: [("6.0.0", "The timeout may be a fraction.")], handler: bRPop),
  ]

  static func bLPop(_ context: inout Context) throws(ReplyError) { try pop(&context, .head) }
  static func bRPop(_ context: inout Context) throws(ReplyError) { try pop(&context, .tail) }

  private static func pop(_ context: inout Context, _ end: ListValue.End) throws(ReplyError) {
    let last = context.arguments.count - 1
    let timeout = try context.timeout(last)
    for index in 1..<last where context.mayServe(index) {
      let key = context.key(index)
      guard let list = try context.mutableList(key) else { continue }
      context.reply.array(2)
      context.reply.bulk(key.bytes)
      return PopCommand.takeOne(context, key, list, end)
    }
    if context.mayBlock {
      context.block(on: 1..<last, for: .list, timeout: timeout, .nullArray)
    } else {
      context.reply.nullArray()
    }
  }
}
