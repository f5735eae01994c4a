// ZREM.

enum ZRemCommand {
  static let command = Command(
    "zrem", .sortedSet, since: "1.2.0", "Removes members from a sorted set.",
    complexity: "O(M*log(N)) for M members and a set of size N", arity: -3, flags: [.write, .fast],
    keys: [.key(1, [.readWrite, .delete])], arguments: [.key(), .string("member").multiple],
    history: [("2.4.0", "Takes several members.")], handler: zRem)

  static func zRem(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    guard let set = try context.mutableSortedSet(key) else { return context.reply.integer(0) }
    var removed = 0
    for index in 2..<context.arguments.count where set.remove(context.arguments[index]) != nil {
      removed += 1
      if set.isEmpty { break }
    }
    if removed > 0 {
      let isEmpty = set.isEmpty
      context.touched(key, "zrem", .sortedSet, changes: removed)
      context.removeIfEmpty(key, isEmpty)
    }
    context.reply.integer(removed)
  }
}
