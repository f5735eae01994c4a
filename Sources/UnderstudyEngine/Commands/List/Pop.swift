// LPOP and RPOP, and the taking of elements that LMPOP and the blocking forms share.

enum PopCommand {
  static let all = [
    Command(
      "lpop", .list, since: "1.0.0", "Takes elements from the head of a list.",
      complexity: "O(N) for N elements taken", arity: -2, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .access, .delete])],
      arguments: [.key(), .integer("count").optional.since("6.2.0")],
      history: [("6.2.0", "The argument count.")], handler: lPop),
    Command(
      "rpop", .list, since: "1.0.0", "Takes elements from the tail of a list.",
      complexity: "O(N) for N elements taken", arity: -2, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .access, .delete])],
      arguments: [.key(), .integer("count").optional.since("6.2.0")],
      history: [("6.2.0", "The argument count.")], handler: rPop),
  ]

  static func lPop(_ context: inout Context) throws(ReplyError) { try pop(&context, .head) }
  static func rPop(_ context: inout Context) throws(ReplyError) { try pop(&context, .tail) }

  @inline(__always)
  private static func pop(_ context: inout Context, _ end: ListValue.End) throws(ReplyError) {
    if context.arguments.count != 2 { return try popSeveral(&context, end) }
    let key = context.key(1)
    guard let list = try context.mutableList(key) else { return context.reply.null() }
    takeOne(context, key, list, end)
  }

  @inline(never)
  private static func popSeveral(_ context: inout Context, _ end: ListValue.End) throws(ReplyError) {
    guard context.arguments.count == 3 else { return context.failArity() }
    let count = try context.arguments.integer(2, .mustBePositive)
    if count < 0 { throw .mustBePositive }
    let key = context.key(1)
    guard let list = try context.mutableList(key) else { return context.reply.nullArray() }
    if count == 0 { return context.reply.emptyArray() }
    take(context, key, list, end, count)
  }

  /// Answers the element at an end and removes it; the list is not empty.
  @inline(__always)
  static func takeOne(_ context: borrowing Context, _ key: Key, _ list: ListValue, _ end: ListValue.End) {
    let reply = context.reply
    list.pop(end) { reply.bulk($0) }
    removed(context, key, list, end)
  }

  /// Answers an array of up to `count` elements, the one at the end first, and removes them.
  static func take(
    _ context: borrowing Context, _ key: Key, _ list: ListValue, _ end: ListValue.End, _ count: Int64
  ) {
    let reply = context.reply
    let length = list.count
    let taken = Int(min(count, Int64(length)))
    reply.array(taken)
    list.forEach(from: end == .head ? 0 : -1, count: taken, forward: end == .head) { reply.bulk($0) }
    list.remove(at: end == .head ? 0 : length &- taken, count: taken)
    removed(context, key, list, end, changes: taken)
  }

  /// What follows the removal of elements from an end: the event, and the end of an empty list.
  @inline(__always)
  static func removed(
    _ context: borrowing Context, _ key: Key, _ list: ListValue, _ end: ListValue.End, changes: Int = 1
  ) {
    context.touched(key, end == .head ? "lpop" : "rpop", .list, changes: changes)
    if list.count == 0 { context.removeEmptied(key) } else { list.didShrink() }
  }
}
