// XDELEX and XACKDEL: entries deleted, and their traces in consumer groups with them.

enum XDelExCommand {
  private static let ids = Argument.block("ids", token: "IDS", [.integer("numids"), .string("id").multiple])

  static let all = [
    Command(
      "xdelex", .stream, since: "8.2.0", "Deletes entries of a stream, minding its consumer groups.",
      complexity: "O(1) for each entry, however long the stream", arity: -5, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .delete])],
      arguments: [.key(), StreamReferences.argument.optional, ids], handler: xDelEx),
    Command(
      "xackdel", .stream, since: "8.2.0",
      "Takes entries off what is pending in a consumer group, and deletes them.",
      complexity: "O(1) for each ID", arity: -6, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .update, .delete])],
      arguments: [.key(), .string("group"), StreamReferences.argument.optional, ids], handler: xAckDel),
  ]

  /// What is answered of an ID.
  private enum Outcome: Int {
    case unknown = -1
    case deleted = 1
    /// A group needs the entry.
    case needed = 2
  }

  /// The options and IDs of a call, in any order.
  private struct Call {
    var references = StreamReferences.kept
    /// Where the IDs stand.
    var ids = 0..<0

    init(_ arguments: Arguments, from start: Int) throws(ReplyError) {
      var index = start
      var hasReferences = false
      while index < arguments.count {
        if !hasReferences, let read = StreamReferences(arguments[index]) {
          references = read
          hasReferences = true
          index += 1
        } else if ids.isEmpty, arguments[index].matches("IDS"), index + 1 < arguments.count {
          let count = try arguments.integer(index + 1, .idCountNotPositive)
          guard count > 0 else { throw .idCountNotPositive }
          guard count <= Int64(arguments.count - index - 2) else { throw .idCountDiffers }
          ids = index + 2..<index + 2 + Int(count)
          index = ids.upperBound
        } else {
          throw .syntax
        }
      }
      if ids.isEmpty { throw .syntax }
      // All IDs are read before the first entry goes.
      for index in ids { _ = try arguments.streamID(index) }
    }
  }

  static func xDelEx(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    let found = try context.mutableStream(key)
    let call = try Call(context.arguments, from: 2)
    guard let stream = found else { return answerUnknown(context, call) }
    let groups = stream.groups
    var deleted = 0
    try answer(context, call) { id in
      // What is left of an entry that is gone already goes as well.
      if call.references == .deleted { groups?.forget(id) }
      if call.references == .respected, groups?.need(id) == true { return stream.contains(id) ? .needed : .unknown }
      guard delete(id, of: stream) else { return .unknown }
      deleted += 1
      return .deleted
    }
    if deleted > 0 { context.touched(key, "xdel", .stream, changes: deleted) }
  }

  static func xAckDel(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    let found = try context.streamForGroups(key)
    let call = try Call(context.arguments, from: 3)
    guard let stream = found, let groups = stream.groups, let group = groups.index(of: context.arguments[2])
    else { return answerUnknown(context, call) }
    var deleted = 0
    var acknowledged = 0
    try answer(context, call) { id in
      guard groups[group].acknowledge(id) else { return .unknown }
      acknowledged += 1
      if call.references == .deleted { groups.forget(id) }
      if call.references == .respected, groups.need(id) { return .needed }
      if delete(id, of: stream) { deleted += 1 }
      return .deleted
    }
    context.noted(acknowledged)
    if deleted > 0 { context.touched(key, "xdel", .stream, changes: deleted) }
  }

  private static func delete(_ id: StreamID, of stream: StreamValue) -> Bool {
    guard stream.delete(id) else { return false }
    if id > stream.maxDeletedID { stream.maxDeletedID = id }
    return true
  }

  private static func answer(
    _ context: borrowing Context, _ call: Call, _ body: (StreamID) -> Outcome
  ) throws(ReplyError) {
    context.reply.array(call.ids.count)
    for index in call.ids {
      context.reply.integer(body(try context.arguments.streamID(index)).rawValue)
    }
  }

  private static func answerUnknown(_ context: borrowing Context, _ call: Call) {
    context.reply.array(call.ids.count)
    for _ in call.ids { context.reply.integer(Outcome.unknown.rawValue) }
  }
}
