// LPUSH, RPUSH, LPUSHX and RPUSHX.

enum PushCommand {
  static let all = [
    Command(
      "lpush", .list, since: "1.0.0", "Adds elements at the head of a list, which is made if need be.",
      complexity: "O(N) for N elements", arity: -3, flags: [.write, .denyOOM, .fast],
      keys: [.key(1, [.readWrite, .insert])], arguments: [.key(), .string("element").multiple],
      history: [("2.4.0", "Takes several elements.")], handler: lPush),
    Command(
      "rpush", .list, since: "1.0.0", "Adds elements at the tail of a list, which is made if need be.",
      complexity: "O(N) for N elements", arity: -3, flags: [.write, .denyOOM, .fast],
      keys: [.key(1, [.readWrite, .insert])], arguments: [.key(), .string("element").multiple],
      history: [("2.4.0", "Takes several elements.")], handler: rPush),
    Command(
      "lpushx", .list, since: "2.2.0", "Adds elements at the head of a list that is there already.",
      complexity: "O(N) for N elements", arity: -3, flags: [.write, .denyOOM, .fast],
      keys: [.key(1, [.readWrite, .insert])], arguments: [.key(), .string("element").multiple],
      history: [("4.0.0", "Takes several elements.")], handler: lPushX),
    Command(
      "rpushx", .list, since: "2.2.0", "Adds elements at the tail of a list that is there already.",
      complexity: "O(N) for N elements", arity: -3, flags: [.write, .denyOOM, .fast],
      keys: [.key(1, [.readWrite, .insert])], arguments: [.key(), .string("element").multiple],
      history: [("4.0.0", "Takes several elements.")], handler: rPushX),
  ]

  static func lPush(_ context: inout Context) throws(ReplyError) { try push(&context, .head, "lpush", makes: true) }
  static func rPush(_ context: inout Context) throws(ReplyError) { try push(&context, .tail, "rpush", makes: true) }
  static func lPushX(_ context: inout Context) throws(ReplyError) { try push(&context, .head, "lpush", makes: false) }
  static func rPushX(_ context: inout Context) throws(ReplyError) { try push(&context, .tail, "rpush", makes: false) }

  @inline(__always)
  private static func push(
    _ context: inout Context, _ end: ListValue.End, _ event: StaticString, makes: Bool
  ) throws(ReplyError) {
    let key = context.key(1)
    let list: ListValue
    if let found = try context.mutableList(key) {
      list = found
    } else {
      guard makes else { return context.reply.integer(0) }
      list = context.makeList(key)
    }
    let arguments = context.arguments
    if !list.isQuicklist {
      var bytes = 0
      for index in 2..<arguments.count { bytes &+= arguments[index].count }
      list.willGrow(elements: arguments.count &- 2, bytes: bytes)
    }
    for index in 2..<arguments.count { list.push(arguments[index], at: end) }
    context.touched(key, event, .list, changes: arguments.count &- 2)
    context.reply.integer(list.count)
  }
}
