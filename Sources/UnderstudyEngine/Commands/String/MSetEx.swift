// MSETEX: many strings at once, with one time of expiry.

enum MSetExCommand {
  static let command = Command(
    "msetex", .string, since: "8.4.0", "Stores strings under keys, with a time of expiry for all.",
    complexity: "O(N) for N keys.", arity: -4, flags: [.write, .denyOOM, .movableKeys],
    keys: [KeySpec([.overwrite, .update], .index(1), .count(at: 0, first: 1, step: 2))],
    arguments: [
      .integer("numkeys"), .block("data", [.key(), .string("value")]).multiple,
      .oneOf("condition", [.token("NX"), .token("XX")]).optional,
      .oneOf(
        "expiration",
        [
          .integer("seconds", token: "EX"), .integer("milliseconds", token: "PX"),
          .unixTime("unix-time-seconds", token: "EXAT"), .unixTime("unix-time-milliseconds", token: "PXAT"),
          .token("KEEPTTL"),
        ]
      ).optional,
    ],
    tips: ["request_policy:multi_shard", "response_policy:all_succeeded"], handler: mSetEx)

  static func mSetEx(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let count = try arguments.integer(1, .keyCountInvalid)
    guard count > 0, count <= Int64(Int32.max) else { throw .keyCountInvalid }
    guard count <= Int64((arguments.count - 2) / 2) else { throw .pairsMissing }
    let pairs = stride(from: 2, to: 2 + Int(count) * 2, by: 2)
    guard let options = try SetOptions(&context, from: 2 + Int(count) * 2, .storingMany) else { return }
    if options.condition != .none {
      for index in pairs where context.exists(context.key(index)) == (options.condition == .ifAbsent) {
        return context.reply.integer(0)
      }
    }
    for index in pairs {
      let key = context.key(index)
      context.storeArgument(index + 1, under: key, deadline: options.deadline)
      context.touched(key, "set", .string)
      if case .at = options.deadline { context.raised(key, "expire", .generic) }
    }
    context.reply.integer(1)
  }
}
