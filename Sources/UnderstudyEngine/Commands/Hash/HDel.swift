// HDEL.

enum HDelCommand {
  static let command = Command(
    "hdel", .hash, since: "2.0.0", "Removes fields from a hash.",
    complexity: "O(N) for N fields", arity: -3, flags: [.write, .fast],
    keys: [.key(1, [.readWrite, .delete])], arguments: [.key(), .string("field").multiple],
    history: [("2.4.0", "Takes several fields.")], handler: hDel)

  static func hDel(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    guard let hash = try context.mutableHash(key) else { return context.reply.integer(0) }
    var removed = 0
    for index in 2..<context.arguments.count where hash.remove(context.arguments[index]) {
      removed += 1
      if hash.isEmpty { break }
    }
    if removed > 0 {
      let isEmpty = hash.isEmpty
      context.touched(key, "hdel", .hash, changes: removed)
      context.removeIfEmpty(key, isEmpty)
    }
    context.reply.integer(removed)
  }
}
