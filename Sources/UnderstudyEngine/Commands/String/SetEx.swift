// SETNX, SETEX and PSETEX: SET with one of its options, from before it had them.

enum SetExCommand {
  static let all = [
    Command(
      "setnx", .string, since: "1.0.0", "Stores a string under a key if the key is not there.", arity: 3,
      flags: [.write, .denyOOM, .fast], keys: [.key(1, [.overwrite, .insert])],
      arguments: [.key(), .string("value")], handler: setNX),
    Command(
      "setex", .string, since: "2.0.0", "Stores a string under a key that expires after seconds.", arity: 4,
      flags: [.write, .denyOOM], keys: [.key(1, [.overwrite, .update])],
      arguments: [.key(), .integer("seconds"), .string("value")], handler: setEX),
    Command(
      "psetex", .string, since: "2.6.0", "Stores a string under a key that expires after milliseconds.",
      arity: 4,
      flags: [.write, .denyOOM], keys: [.key(1, [.overwrite, .update])],
      arguments: [.key(), .integer("milliseconds"), .string("value")], handler: pSetEX),
  ]

  static func setNX(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    if context.find(key) != nil { return context.reply.integer(0) }
    context.storeArgument(2, under: key, deadline: .none)
    context.touched(key, "set", .string)
    context.reply.integer(1)
  }

  static func setEX(_ context: inout Context) throws(ReplyError) { try set(&context, .seconds) }

  static func pSetEX(_ context: inout Context) throws(ReplyError) { try set(&context, .milliseconds) }

  private static func set(_ context: inout Context, _ unit: ExpiryArgument.Unit) throws(ReplyError) {
    let time = ExpiryArgument(text: context.arguments[2], unit: unit, isAbsolute: false)
    guard let deadline = try time.deadline(&context) else { return }
    let key = context.key(1)
    context.storeArgument(3, under: key, deadline: .at(deadline))
    context.touched(key, "set", .string)
    context.raised(key, "expire", .generic)
    context.reply.ok()
  }
}
