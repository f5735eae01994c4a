// PUBSUB: what is listened to.

enum PubSubCommand {
  private static let flags: CommandFlags = [.pubSub, .loading, .stale]

  static let command = Command(
    "pubsub", .pubSub, since: "2.8.0", "Tells of channels and those who listen.",
    complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command(
        "channels", .pubSub, since: "2.8.0", "Names the channels that somebody listens to.",
        complexity: "O(N) where N is the number of active channels, and assuming constant time pattern matching"
          + " (relatively short channels and patterns)",
        arity: -2, flags: flags, arguments: [.pattern("pattern").optional], handler: channels),
      Command(
        "numsub", .pubSub, since: "2.8.0", "Counts those who listen to channels.",
        complexity: "O(N) for the NUMSUB subcommand, where N is the number of requested channels", arity: -2,
        flags: flags, arguments: [.string("channel").optional.multiple], handler: countSubscribers),
      Command(
        "numpat", .pubSub, since: "2.8.0", "Counts the patterns that somebody listens to.", arity: 2, flags: flags,
        handler: countPatterns),
      Command(
        "shardchannels", .pubSub, since: "7.0.0", "Names the shard channels that somebody listens to.",
        complexity: "O(N) where N is the number of active shard channels, and assuming constant time pattern matching"
          + " (relatively short shard channels).",
        arity: -2, flags: flags, arguments: [.pattern("pattern").optional], handler: shardChannels),
      Command(
        "shardnumsub", .pubSub, since: "7.0.0", "Counts those who listen to shard channels.",
        complexity: "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
        arity: -2, flags: flags, arguments: [.string("shardchannel").optional.multiple],
        handler: countShardSubscribers),
      .help(.pubSub, since: "6.2.0", help),
    ])

  static func channels(_ context: inout Context) throws(ReplyError) {
    names(context, isShard: false)
  }

  static func shardChannels(_ context: inout Context) throws(ReplyError) {
    names(context, isShard: true)
  }

  private static func names(_ context: borrowing Context, isShard: Bool) {
    guard context.arguments.count <= 3 else { return context.failSubcommandSyntax() }
    var names = context.engine.subscriptions.names(isShard: isShard)
    if context.arguments.count == 3 {
      let pattern = GlobPattern(context.arguments[2])
      names.removeAll { !$0.withBytes { pattern.matches($0) } }
    }
    context.reply.array(names.count)
    for name in names { name.withBytes { context.reply.bulk($0) } }
  }

  static func countSubscribers(_ context: inout Context) throws(ReplyError) { count(context, isShard: false) }
  static func countShardSubscribers(_ context: inout Context) throws(ReplyError) { count(context, isShard: true) }

  private static func count(_ context: borrowing Context, isShard: Bool) {
    let arguments = context.arguments
    // Pairs, though not a map.
    context.reply.array((arguments.count - 2) * 2)
    for index in 2..<arguments.count {
      context.reply.bulk(arguments[index])
      context.reply.integer(context.engine.subscriptions.count(arguments[index].copied(), isShard: isShard))
    }
  }

  static func countPatterns(_ context: inout Context) throws(ReplyError) {
    context.reply.integer(context.engine.subscriptions.patternCount)
  }

  static func help(_ context: inout Context) throws(ReplyError) {
    context.reply.help(
      "PUBSUB",
      [
        HelpEntry("CHANNELS [<pattern>]", "Name the channels that somebody listens to, or those that match."),
        HelpEntry("NUMPAT", "Count the patterns that somebody listens to."),
        HelpEntry("NUMSUB [<channel> ...]", "Count those who listen to each channel, patterns left aside."),
        HelpEntry("SHARDCHANNELS [<pattern>]", "The same as CHANNELS, of shard channels."),
        HelpEntry("SHARDNUMSUB [<shardchannel> ...]", "The same as NUMSUB, of shard channels."),
      ])
  }
}
