// LMOVE and RPOPLPUSH, and their blocking forms BLMOVE and BRPOPLPUSH.

enum LMoveCommand {
  static let all = [
    Command(
      "lmove", .list, since: "6.2.0", "Moves an element from an end of a list to an end of another one.",
      arity: 5, flags: [.write, .denyOOM],
      keys: [.key(1, [.readWrite, .access, .delete]), .key(2, [.readWrite, .insert])],
      arguments: [
        .key("source"), .key("destination", spec: 1), .oneOf("wherefrom", [.token("LEFT"), .token("RIGHT")]),
        .oneOf("whereto", [.token("LEFT"), .token("RIGHT")]),
      ],
      handler: lMove),
    Command(
      "rpoplpush", .list, since: "1.2.0", "Moves the last element of a list to the head of another one.",
      arity: 3, flags: [.write, .denyOOM],
      keys: [.key(1, [.readWrite, .access, .delete]), .key(2, [.readWrite, .insert])],
      arguments: [.key("source"), .key("destination", spec: 1)],
      deprecated: .init(since: "6.2.0", replacement: "`LMOVE` with the `RIGHT` and `LEFT` arguments"),
      handler: rPopLPush),
    Command(
      "blmove", .list, since: "6.2.0", "Moves an element between two lists, or waits until there is one.",
      arity: 6, flags: [.write, .denyOOM, .noScript, .blocking],
      keys: [.key(1, [.readWrite, .access, .delete]), .key(2, [.readWrite, .insert])],
      arguments: [
        .key("source"), .key("destination", spec: 1), .oneOf("wherefrom", [.token("LEFT"), .token("RIGHT")]),
        .oneOf("whereto", [.token("LEFT"), .token("RIGHT")]), .double("timeout"),
      ],
      handler: bLMove),
    Command(
      "brpoplpush", .list, since: "2.2.0",
      "Moves the last element of a list to the head of another one, or waits until there is one.",
      arity: 4, flags: [.write, .denyOOM, .noScript, .blocking],
      keys: [.key(1, [.readWrite, .access, .delete]), .key(2, [.readWrite, .insert])],
      arguments: [.key("source"), .key("destination", spec: 1), .double("timeout")],
      history: [("6.0.0", "The timeout may be a fraction.")],
      deprecated: .init(since: "6.2.0", replacement: "`BLMOVE` with the `RIGHT` and `LEFT` arguments"),
      handler: bRPopLPush),
  ]

  static func lMove(_ context: inout Context) throws(ReplyError) {
    let from = try ListValue.End(context.arguments[3])
    let to = try ListValue.End(context.arguments[4])
    if try !move(&context, from, to) { context.reply.null() }
  }

  static func rPopLPush(_ context: inout Context) throws(ReplyError) {
    if try !move(&context, .tail, .head) { context.reply.null() }
  }

  static func bLMove(_ context: inout Context) throws(ReplyError) {
    let from = try ListValue.End(context.arguments[3])
    let to = try ListValue.End(context.arguments[4])
    try moveOrWait(&context, from, to, timeoutAt: 5)
  }

  static func bRPopLPush(_ context: inout Context) throws(ReplyError) {
    try moveOrWait(&context, .tail, .head, timeoutAt: 3)
  }

  private static func moveOrWait(
    _ context: inout Context, _ from: ListValue.End, _ to: ListValue.End, timeoutAt index: Int
  ) throws(ReplyError) {
    let timeout = try context.timeout(index)
    if try move(&context, from, to) { return }
    if context.mayBlock {
      // An array is missing when the time is up, though a string was asked for: so the real server has it.
      context.block(on: CollectionOfOne(1), for: .list, timeout: timeout, .nullArray)
    } else {
      context.reply.null()
    }
  }

  /// Moves an element and answers it; false if the source has none.
  private static func move(
    _ context: inout Context, _ from: ListValue.End, _ to: ListValue.End
  ) throws(ReplyError) -> Bool {
    let sourceKey = context.key(1)
    guard let source = try context.mutableList(sourceKey) else { return false }
    let targetKey = context.key(2)
    let pushed: StaticString = to == .head ? "lpush" : "rpush"
    let reply = context.reply
    if sourceKey.bytes == targetKey.bytes {
      if from == to {
        if let element = source[from == .head ? 0 : -1] { reply.bulk(element) }
      } else {
        _ = source.rotate(from: from) { reply.bulk($0) }
      }
      context.touched(targetKey, pushed, .list)
      context.raised(sourceKey, from == .head ? "lpop" : "rpop", .list)
      return true
    }
    // Making the target may move the source's entry, but not its container.
    let target: ListValue
    if let found = try context.mutableList(targetKey) { target = found } else { target = context.makeList(targetKey) }
    source.pop(from) { element in
      reply.bulk(element)
      target.willGrow(elements: 1, bytes: element.length)
      target.push(element, at: to)
    }
    context.touched(targetKey, pushed, .list)
    // A move is one change.
    PopCommand.removed(context, sourceKey, source, from, changes: 0)
    return true
  }
}

extension ListValue.End {
  /// LEFT or RIGHT.
  init(_ argument: Bytes) throws(ReplyError) {
    if argument.matches("LEFT") {
      self = .head
    } else if argument.matches("RIGHT") {
      self = .tail
    } else {
      throw .syntax
    }
  }
}
