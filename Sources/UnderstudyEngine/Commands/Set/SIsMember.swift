// SISMEMBER, SMISMEMBER and SCARD.

enum SIsMemberCommand {
  static let all = [
    Command(
      "sismember", .set, since: "1.0.0", "Tells whether a member is in a set.",
      arity: 3, flags: [.readOnly, .fast], keys: [.key(1, .readOnly)], arguments: [.key(), .string("member")],
      handler: sIsMember),
    Command(
      "smismember", .set, since: "6.2.0", "Tells which of several members are in a set.",
      complexity: "O(N) for N members", arity: -3, flags: [.readOnly, .fast],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key(), .string("member").multiple],
      handler: sMIsMember),
    Command(
      "scard", .set, since: "1.0.0", "Counts the members of a set.",
      arity: 2, flags: [.readOnly, .fast], keys: [.key(1, .readOnly)], arguments: [.key()], handler: sCard),
  ]

  static func sIsMember(_ context: inout Context) throws(ReplyError) {
    let set = try context.set(context.key(1))
    context.reply.integer(set?.contains(context.arguments[2]) == true ? 1 : 0)
  }

  static func sMIsMember(_ context: inout Context) throws(ReplyError) {
    let set = try context.set(context.key(1))
    let arguments = context.arguments
    context.reply.array(arguments.count - 2)
    for index in 2..<arguments.count {
      context.reply.integer(set?.contains(arguments[index]) == true ? 1 : 0)
    }
  }

  static func sCard(_ context: inout Context) throws(ReplyError) {
    let set = try context.set(context.key(1))
    context.reply.integer(set?.count ?? 0)
  }
}
