// SADD and SREM.

enum SAddCommand {
  static let all = [
    Command(
      "sadd", .set, since: "1.0.0", "Adds members to a set, which is made if need be.",
      complexity: "O(N) for N members", arity: -3, flags: [.write, .denyOOM, .fast],
      keys: [.key(1, [.readWrite, .insert])], arguments: [.key(), .string("member").multiple],
      history: [("2.4.0", "Takes several members.")], handler: sAdd),
    Command(
      "srem", .set, since: "1.0.0", "Removes members from a set.",
      complexity: "O(N) for N members", arity: -3, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .delete])], arguments: [.key(), .string("member").multiple],
      history: [("2.4.0", "Takes several members.")], handler: sRem),
  ]

  static func sAdd(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    let arguments = context.arguments
    let set: SetValue
    if let found = try context.mutableSet(key) {
      set = found
    } else {
      set = context.makeSet(key, for: arguments[2], count: arguments.count &- 2)
    }
    let limits = context.setLimits
    var added = 0
    for index in 2..<arguments.count where set.insert(arguments[index], limits: limits) { added &+= 1 }
    if added > 0 { context.touched(key, "sadd", .set, changes: added) }
    context.reply.integer(added)
  }

  static func sRem(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    guard let set = try context.mutableSet(key) else { return context.reply.integer(0) }
    var removed = 0
    for index in 2..<context.arguments.count where set.remove(context.arguments[index]) {
      removed += 1
      if set.isEmpty { break }
    }
    if removed > 0 {
      let isEmpty = set.isEmpty
      context.touched(key, "srem", .set, changes: removed)
      context.removeIfEmpty(key, isEmpty)
    }
    context.reply.integer(removed)
  }
}
