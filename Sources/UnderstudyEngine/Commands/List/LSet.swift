// LSET, LINSERT, LREM and LTRIM: what changes lists away from their ends.

enum LSetCommand {
  static let all = [
    Command(
      "lset", .list, since: "1.0.0", "Replaces the element at an index.",
      complexity: "O(N) where N is the distance from the nearer end", arity: 4, flags: [.write, .denyOOM],
      keys: [.key(1, [.readWrite, .update])], arguments: [.key(), .integer("index"), .string("element")],
      handler: lSet),
    Command(
      "linsert", .list, since: "2.2.0", "Inserts an element before or behind another one.",
      complexity: "O(N) where N is the number of elements in front of the pivot", arity: 5,
      flags: [.write, .denyOOM], keys: [.key(1, [.readWrite, .insert])],
      arguments: [
        .key(), .oneOf("where", [.token("BEFORE"), .token("AFTER")]), .string("pivot"), .string("element"),
      ],
      handler: lInsert),
    Command(
      "lrem", .list, since: "1.0.0", "Removes elements of one value from a list.",
      complexity: "O(N) where N is the length of the list", arity: 4, flags: [.write],
      keys: [.key(1, [.readWrite, .delete])], arguments: [.key(), .integer("count"), .string("element")],
      handler: lRem),
    Command(
      "ltrim", .list, since: "1.0.0", "Keeps one run of a list's elements and removes the others.",
      complexity: "O(N) for N elements removed", arity: 4, flags: [.write],
      keys: [.key(1, [.readWrite, .delete])], arguments: [.key(), .integer("start"), .integer("stop")],
      handler: lTrim),
  ]

  static func lSet(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    guard let list = try context.mutableList(key) else { throw .noSuchKey }
    let index = try context.arguments.integer(2)
    let element = context.arguments[3]
    list.willGrow(elements: 0, bytes: element.count)
    guard list.set(Int(index), to: element) else { throw .indexOutOfRange }
    list.didShrink()
    context.touched(key, "lset", .list)
    context.reply.ok()
  }

  static func lInsert(_ context: inout Context) throws(ReplyError) {
    let isBefore = context.arguments[2].matches("BEFORE")
    guard isBefore || context.arguments[2].matches("AFTER") else { throw .syntax }
    let key = context.key(1)
    guard let list = try context.mutableList(key) else { return context.reply.integer(0) }
    let element = context.arguments[4]
    list.willGrow(elements: 1, bytes: element.count)
    guard list.insert(element, before: isBefore, pivot: context.arguments[3]) else {
      return context.reply.integer(-1)
    }
    context.touched(key, "linsert", .list)
    context.reply.integer(list.count)
  }

  static func lRem(_ context: inout Context) throws(ReplyError) {
    let limit = try context.arguments.integer(2)
    if limit == .min && context.engine.emulates72 { throw .notWithinLong }
    let key = context.key(1)
    guard let list = try context.mutableList(key) else { return context.reply.integer(0) }
    let removed = list.remove(context.arguments[3], limit: Int(limit))
    if removed > 0 { context.touched(key, "lrem", .list, changes: removed) }
    if list.count == 0 { context.removeEmptied(key) } else { list.didShrink() }
    context.reply.integer(removed)
  }

  static func lTrim(_ context: inout Context) throws(ReplyError) {
    let start = try context.arguments.integer(2)
    let stop = try context.arguments.integer(3)
    let key = context.key(1)
    guard let list = try context.mutableList(key) else { return context.reply.ok() }
    let count = list.count
    list.trim(keeping: IndexRange(start, stop, count: count).range)
    context.touched(key, "ltrim", .list, changes: count &- list.count)
    if list.count == 0 { context.removeEmptied(key) } else { list.didShrink() }
    context.reply.ok()
  }
}
