// APPEND and STRLEN.

enum AppendCommand {
  static let all = [
    Command(
      "append", .string, since: "2.0.0", "Adds bytes to the end of a string, which is made if there is none.",
      complexity: "O(M) for M bytes added, amortised: a string that grows has room to spare.", arity: 3,
      flags: [.write, .denyOOM, .fast], keys: [.key(1, [.readWrite, .insert])],
      arguments: [.key(), .string("value")], handler: append),
    Command(
      "strlen", .string, since: "2.2.0", "Answers how many bytes a string has.", arity: 2,
      flags: [.readOnly, .fast],
      keys: [.key(1, .readOnly)], arguments: [.key()], handler: strlen),
  ]

  static func append(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    let more = context.arguments[2]
    guard let entry = context.find(key) else {
      context.storeArgument(2, under: key, deadline: .none)
      context.touched(key, "append", .string)
      return context.reply.integer(more.count)
    }
    let count = try entry.stringCount
    try context.checkStringLength(count, more.count)
    context.editString(key, entry, count: count &+ more.count) { $0.append(more) }
    context.touched(key, "append", .string)
    context.reply.integer(count &+ more.count)
  }

  static func strlen(_ context: inout Context) throws(ReplyError) {
    guard let entry = context.read(context.key(1)) else { return context.reply.integer(0) }
    context.reply.integer(try entry.stringCount)
  }
}
