// ZPOPMIN, ZPOPMAX and ZMPOP, and their blocking forms.

enum ZPopCommand {
  static let all = [
    Command(
      "zpopmin", .sortedSet, since: "5.0.0", "Takes the members with the lowest scores.",
      complexity: "O(M*log(N)) for M members taken of N", arity: -2, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .access, .delete])], arguments: [.key(), .integer("count").optional],
      handler: zPopMin),
    Command(
      "zpopmax", .sortedSet, since: "5.0.0", "Takes the members with the highest scores.",
      complexity: "O(M*log(N)) for M members taken of N", arity: -2, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .access, .delete])], arguments: [.key(), .integer("count").optional],
      handler: zPopMax),
    Command(
      "bzpopmin", .sortedSet, since: "5.0.0",
      "Takes the member with the lowest score of the first set that has one, or waits for one.",
      complexity: "O(log(N)) where N is the size of the set", arity: -3,
      flags: [.write, .noScript, .blocking, .fast],
      keys: [.keys(from: 1, last: -2, [.readWrite, .access, .delete])],
      arguments: [.key().multiple, .double("timeout")],
      history: [("6.0.0", "The timeout may be a fraction.")], handler: bZPopMin),
    Command(
      "bzpopmax", .sortedSet, since: "5.0.0",
      "Takes the member with the highest score of the first set that has one, or waits for one.",
      complexity: "O(log(N)) where N is the size of the set", arity: -3,
      flags: [.write, .noScript, .blocking, .fast],
      keys: [.keys(from: 1, last: -2, [.readWrite, .access, .delete])],
      arguments: [.key().multiple, .double("timeout")],
      history: [("6.0.0", "The timeout may be a fraction.")], handler: bZPopMax),
    Command(
      "zmpop", .sortedSet, since: "7.0.0", "Takes members from the first sorted set that has some.",
      complexity: "O(K) + O(M*log(N)) for K keys and M members taken of N", arity: -4,
      flags: [.write, .movableKeys], keys: [.counted(at: 1, [.readWrite, .access, .delete])],
      arguments: [
        .integer("numkeys"), .key().multiple, .oneOf("where", [.token("MIN"), .token("MAX")]),
        .integer("count", token: "COUNT").optional,
      ],
      handler: zMPop),
    Command(
      "bzmpop", .sortedSet, since: "7.0.0",
      "Takes members from the first sorted set that has some, or waits for them.",
      complexity: "O(K) + O(M*log(N)) for K keys and M members taken of N", arity: -5,
      flags: [.write, .blocking, .movableKeys], keys: [.counted(at: 2, [.readWrite, .access, .delete])],
      arguments: [
        .double("timeout"), .integer("numkeys"), .key().multiple,
        .oneOf("where", [.token("MIN"), .token("MAX")]), .integer("count", token: "COUNT").optional,
      ],
      handler: bZMPop),
  ]

  static func zPopMin(_ context: inout Context) throws(ReplyError) { try pop(&context, highest: false) }
  static func zPopMax(_ context: inout Context) throws(ReplyError) { try pop(&context, highest: true) }
  static func bZPopMin(_ context: inout Context) throws(ReplyError) { try popOrWait(&context, highest: false) }
  static func bZPopMax(_ context: inout Context) throws(ReplyError) { try popOrWait(&context, highest: true) }

  private static func pop(_ context: inout Context, highest: Bool) throws(ReplyError) {
    let arguments = context.arguments
    if arguments.count > 3 { throw .syntax }
    var count: Int64 = 1
    if arguments.count == 3 {
      count = try arguments.integer(2, .mustBePositive)
      if count < 0 { throw .mustBePositive }
    }
    let key = context.key(1)
    let reply = context.reply
    guard let set = try context.mutableSortedSet(key), count > 0 else { return reply.emptyArray() }
    // Pairs stand one behind the other unless RESP3 is spoken and a count was given.
    let isNested = reply.isRESP3 && arguments.count == 3
    let taken = Int(min(count, Int64(set.count)))
    reply.array(isNested ? taken : taken * 2)
    take(context, key, set, highest: highest, taken, isNested: isNested)
  }

  private static func popOrWait(_ context: inout Context, highest: Bool) throws(ReplyError) {
    let last = context.arguments.count - 1
    let timeout = try context.timeout(last)
    for index in 1..<last where context.mayServe(index) {
      let key = context.key(index)
      guard let set = try context.mutableSortedSet(key) else { continue }
      context.reply.array(3)
      context.reply.bulk(key.bytes)
      return take(context, key, set, highest: highest, 1, isNested: false)
    }
    if context.mayBlock {
      context.block(on: 1..<last, for: .sortedSet, timeout: timeout, .nullArray)
    } else {
      context.reply.nullArray()
    }
  }

  static func zMPop(_ context: inout Context) throws(ReplyError) {
    let call = try PopCall(context, countAt: 1, isHighest)
    if try !popSeveral(&context, call) { context.reply.nullArray() }
  }

  static func bZMPop(_ context: inout Context) throws(ReplyError) {
    let call = try PopCall(context, countAt: 2, isHighest)
    let timeout = try context.timeout(1)
    if try popSeveral(&context, call) { return }
    if context.mayBlock {
      context.block(on: call.keys, for: .sortedSet, timeout: timeout, .nullArray)
    } else {
      context.reply.nullArray()
    }
  }

  /// MIN or MAX.
  private static func isHighest(_ argument: Bytes) throws(ReplyError) -> Bool {
    if argument.matches("MAX") { return true }
    if argument.matches("MIN") { return false }
    throw .syntax
  }

  private static func popSeveral(_ context: inout Context, _ call: PopCall<Bool>) throws(ReplyError) -> Bool {
    for index in call.keys where context.mayServe(index) {
      let key = context.key(index)
      guard let set = try context.mutableSortedSet(key) else { continue }
      let taken = Int(min(call.count, Int64(set.count)))
      context.reply.array(2)
      context.reply.bulk(key.bytes)
      context.reply.array(taken)
      take(context, key, set, highest: call.end, taken, isNested: true)
      return true
    }
    return false
  }

  /// Answers `count` members (there are as many) with their scores, and removes them.
  private static func take(
    _ context: borrowing Context, _ key: Key, _ set: SortedSetValue, highest: Bool, _ count: Int, isNested: Bool
  ) {
    let reply = context.reply
    for _ in 0..<count {
      _ = set.pop(highest: highest) { member, score in
        if isNested { reply.array(2) }
        reply.bulk(member)
        reply.double(score)
      }
    }
    let isEmpty = set.isEmpty
    context.touched(key, highest ? "zpopmax" : "zpopmin", .sortedSet, changes: count)
    context.removeIfEmpty(key, isEmpty)
  }
}
