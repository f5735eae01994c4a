// MEMORY: what keys and the process occupy.

enum MemoryCommand {
  private static let shards = ["request_policy:all_shards"]
  private static let special = ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]
  private static let allocator = "Depends on how much memory is allocated, could be slow"

  static let command = Command(
    "memory", .server, since: "4.0.0", "Tells of memory.", complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command(
        "doctor", .server, since: "4.0.0", "Tells of memory in words.", arity: 2, tips: special, handler: doctor),
      .help(.server, since: "4.0.0", help),
      Command(
        "malloc-stats", .server, since: "4.0.0", "Tells the allocator's own figures.", complexity: allocator,
        arity: 2, tips: special, handler: mallocStats),
      Command(
        "purge", .server, since: "4.0.0", "Has the allocator give memory back.", complexity: allocator, arity: 2,
        tips: shards + ["response_policy:all_succeeded"], handler: purge),
      Command(
        "stats", .server, since: "4.0.0", "Tells figures of memory.", arity: 2, tips: special, handler: stats),
      Command(
        "usage", .server, since: "4.0.0", "Estimates what a key occupies.",
        complexity: "O(N) where N is the number of samples.", arity: -3, flags: [.readOnly],
        keys: [.key(2, [.readOnly])], arguments: [.key(), .integer("count", token: "SAMPLES").optional],
        handler: usage),
    ])

  /// Sampling is not needed: containers know what they occupy.
  static func usage(_ context: inout Context) throws(ReplyError) {
    var index = 3
    while index < context.arguments.count {
      guard context.arguments[index].matches("SAMPLES"), index + 1 < context.arguments.count else { throw .syntax }
      if try context.arguments.integer(index + 1) < 0 { throw .syntax }
      index += 2
    }
    guard let entry = context.peek(context.key(2)) else { return context.reply.null() }
    context.reply.integer(entry.allocatedBytes)
  }

  static func stats(_ context: inout Context) throws(ReplyError) {
    let facts = ProcessFacts()
    let used = context.engine.usedMemory
    let peak = context.engine.peakMemory
    let keys = context.engine.keyCount
    let reply = context.reply
    reply.map(11)
    for (name, value) in [
      ("peak.allocated", peak), ("total.allocated", used), ("startup.allocated", context.engine.account.startup),
      ("replication.backlog", 0),
      ("clients.slaves", 0), ("clients.normal", Int64(context.engine.clientMemory)), ("cluster.links", 0),
      ("aof.buffer", 0), ("keys.count", Int64(keys)),
    ] {
      reply.bulk(name)
      reply.integer(value)
    }
    reply.bulk("peak.percentage")
    reply.double(peak == 0 ? 0 : Double(used) * 100 / Double(peak))
    reply.bulk("fragmentation")
    reply.double(facts.allocated == 0 ? 0 : Double(facts.resident) / Double(facts.allocated))
  }

  static func doctor(_ context: inout Context) throws(ReplyError) {
    let facts = ProcessFacts()
    let text =
      "The server holds \(context.engine.keyCount) keys in \(InfoLines.readable(context.engine.usedMemory)). The process"
      + " that it lives in has \(InfoLines.readable(facts.allocated)) allocated and"
      + " \(InfoLines.readable(facts.resident)) resident.\n"
    text.withBytes { context.reply.verbatim($0) }
  }

  static func mallocStats(_ context: inout Context) throws(ReplyError) {
    context.reply.bulk("Stats not supported for the current allocator")
  }

  static func purge(_ context: inout Context) throws(ReplyError) { context.reply.ok() }

  static func help(_ context: inout Context) throws(ReplyError) {
    context.reply.help(
      "MEMORY",
      [
        HelpEntry("DOCTOR", "Tell of memory in words."),
        HelpEntry("MALLOC-STATS", "Tell the allocator's own figures."),
        HelpEntry("PURGE", "Have the allocator give memory back: here it does so by itself."),
        HelpEntry("STATS", "Tell figures of memory."),
        HelpEntry("USAGE <key> [SAMPLES <count>]", "Estimate the bytes that <key> and its value occupy."),
      ])
  }
}
