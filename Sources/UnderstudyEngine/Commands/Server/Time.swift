// TIME.

enum TimeCommand {
  static let command = Command(
    "time", .server, since: "2.6.0", "Answers the time of the data clock.", arity: 1,
    flags: [.loading, .stale, .fast],
    tips: ["nondeterministic_output"], handler: time)

  static func time(_ context: inout Context) throws(ReplyError) {
    let (seconds, microseconds) = context.engine.nowMicroseconds.quotientAndRemainder(dividingBy: 1_000_000)
    context.reply.array(2)
    context.reply.bulk(integer: seconds)
    context.reply.bulk(integer: microseconds)
  }
}
