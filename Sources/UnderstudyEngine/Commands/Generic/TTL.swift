// TTL, PTTL, EXPIRETIME and PEXPIRETIME.

enum TTLCommand {
  static let all = [
    look(
      "ttl", since: "1.0.0", "Answers in how many seconds a key expires.", tips: ["nondeterministic_output"],
      history: [("2.8.0", "The reply -2.")], ttl),
    look(
      "pttl", since: "2.6.0", "Answers in how many milliseconds a key expires.",
      tips: ["nondeterministic_output"],
      history: [("2.8.0", "The reply -2.")], pTTL),
    look("expiretime", since: "7.0.0", "Answers when a key expires, in seconds since 1970.", expireTime),
    look(
      "pexpiretime", since: "7.0.0", "Answers when a key expires, in milliseconds since 1970.", pExpireTime),
  ]

  private static func look(
    _ name: String, since: Version, _ summary: String, tips: [String] = [],
    history: [(since: String, change: String)] = [], _ handler: @escaping Command.Handler
  ) -> Command {
    Command(
      name, .generic, since: since, summary, arity: 2, flags: [.readOnly, .fast], categories: [.keyspace],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key()], tips: tips, history: history,
      handler: handler)
  }

  static func ttl(_ context: inout Context) throws(ReplyError) {
    answer(&context) { deadline, now in seconds(deadline &- now) }
  }
  static func pTTL(_ context: inout Context) throws(ReplyError) {
    answer(&context) { deadline, now in deadline &- now }
  }
  static func expireTime(_ context: inout Context) throws(ReplyError) {
    answer(&context) { deadline, _ in seconds(deadline) }
  }
  static func pExpireTime(_ context: inout Context) throws(ReplyError) {
    answer(&context) { deadline, _ in deadline }
  }

  @inline(__always)
  private static func answer(_ context: inout Context, _ shown: (Int64, Int64) -> Int64) {
    guard let entry = context.inspect(context.key(1)) else { return context.reply.integer(-2) }
    let deadline = entry.deadlineMilliseconds
    context.reply.integer(deadline == Entry.noDeadline ? -1 : shown(deadline, context.now))
  }

  /// Milliseconds as seconds, rounded to the nearest.
  @inline(__always)
  private static func seconds(_ milliseconds: Int64) -> Int64 {
    milliseconds / 1000 &+ (milliseconds % 1000 >= 500 ? 1 : 0)
  }
}
