// HTTL, HPTTL, HEXPIRETIME and HPEXPIRETIME: deadlines of fields, told.

enum HTtlCommand {
  static let all = [
    look("httl", "Tells in how many seconds fields of a hash expire.", isRelative: true, hTTL),
    look("hpttl", "Tells in how many milliseconds fields of a hash expire.", isRelative: true, hPTTL),
    look(
      "hexpiretime", "Tells when fields of a hash expire, in seconds since 1970.", isRelative: false, hExpireTime),
    look(
      "hpexpiretime", "Tells when fields of a hash expire, in milliseconds since 1970.", isRelative: false,
      hPExpireTime),
  ]

  private static func look(
    _ name: String, _ summary: String, isRelative: Bool, _ handler: @escaping Command.Handler
  ) -> Command {
    Command(
      name, .hash, since: "7.4.0", summary, complexity: "O(N) for N fields", arity: -5,
      flags: [.readOnly, .fast], keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), FieldArguments.argument], tips: isRelative ? ["nondeterministic_output"] : [],
      handler: handler)
  }

  static func hTTL(_ context: inout Context) throws(ReplyError) {
    try tell(&context, millisecondsPerUnit: 1000, from: context.now)
  }
  static func hPTTL(_ context: inout Context) throws(ReplyError) {
    try tell(&context, millisecondsPerUnit: 1, from: context.now)
  }
  static func hExpireTime(_ context: inout Context) throws(ReplyError) {
    try tell(&context, millisecondsPerUnit: 1000, from: 0)
  }
  static func hPExpireTime(_ context: inout Context) throws(ReplyError) {
    try tell(&context, millisecondsPerUnit: 1, from: 0)
  }

  private static func tell(
    _ context: inout Context, millisecondsPerUnit unit: Int64, from start: Int64
  ) throws(ReplyError) {
    let arguments = context.arguments
    let hash = try context.hash(context.key(1))
    let fields = try FieldArguments(arguments, at: 2)
    let reply = context.reply
    reply.array(fields.range.count)
    for index in fields.range {
      guard let deadline = hash?.deadline(of: arguments[index]) else {
        reply.integer(-2)
        continue
      }
      if deadline == Entry.noDeadline {
        reply.integer(-1)
      } else {
        // Begun units count whole.
        reply.integer((deadline &- start &+ unit &- 1) / unit)
      }
    }
  }
}
