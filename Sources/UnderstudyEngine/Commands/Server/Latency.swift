// LATENCY: what took longer than `latency-monitor-threshold`, and how long commands take.

enum LatencyCommand {
  private static let flags: CommandFlags = [.admin, .noScript, .loading, .stale]
  private static let special = ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"]

  static let command = Command(
    "latency", .server, since: "2.8.13", "Tells what takes long.", complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command(
        "doctor", .server, since: "2.8.13", "Tells of slow events in words.", arity: 2, flags: flags, tips: special,
        handler: doctor),
      Command(
        "graph", .server, since: "2.8.13", "Draws the times of an event.", arity: 3, flags: flags,
        arguments: [.string("event")], tips: special, handler: graph),
      .help(.server, since: "2.8.13", help),
      Command(
        "histogram", .server, since: "7.0.0", "Answers how the times of commands are spread.",
        complexity: "O(N) where N is the number of commands with latency information being retrieved.", arity: -2,
        flags: flags, arguments: [.string("command").optional.multiple], tips: special, handler: histogram),
      Command(
        "history", .server, since: "2.8.13", "Answers the times of an event.", arity: 3, flags: flags,
        arguments: [.string("event")], tips: special, handler: history),
      Command(
        "latest", .server, since: "2.8.13", "Answers the newest time of each event.", arity: 2, flags: flags,
        tips: special, handler: latest),
      Command(
        "reset", .server, since: "2.8.13", "Forgets events.", arity: -2, flags: flags,
        arguments: [.string("event").optional.multiple],
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"], handler: reset),
    ])

  private static func events(_ context: borrowing Context) -> [(name: String, event: LatencyMonitor.Event)] {
    context.engine.observation.latency.events.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  static func latest(_ context: inout Context) throws(ReplyError) {
    let events = events(context)
    let reply = context.reply
    reply.array(events.count)
    for (name, event) in events {
      reply.array(4)
      reply.bulk(name)
      reply.integer(event.samples.last?.seconds ?? 0)
      reply.integer(event.samples.last?.milliseconds ?? 0)
      reply.integer(event.longest)
    }
  }

  static func history(_ context: inout Context) throws(ReplyError) {
    let samples = context.engine.observation.latency.events[context.arguments[2].text]?.samples ?? []
    context.reply.array(samples.count)
    for sample in samples {
      context.reply.array(2)
      context.reply.integer(sample.seconds)
      context.reply.integer(sample.milliseconds)
    }
  }

  static func reset(_ context: inout Context) throws(ReplyError) {
    if context.arguments.count == 2 {
      return context.reply.integer(context.engine.observation.latency.removeAll())
    }
    var count = 0
    for index in 2..<context.arguments.count {
      if context.engine.observation.latency.remove(context.arguments[index].text) { count += 1 }
    }
    context.reply.integer(count)
  }

  static func histogram(_ context: inout Context) throws(ReplyError) {
    context.engine.askForTimes()
    let costs = context.observedCosts(named: context.arguments.dropFirst(2))
    let reply = context.reply
    reply.map(costs.count)
    for (name, cost) in costs {
      reply.bulk(name)
      reply.map(2)
      reply.bulk("calls")
      reply.integer(cost.calls)
      reply.bulk("histogram_usec")
      let buckets = cost.cumulative
      reply.map(buckets.count)
      for bucket in buckets {
        reply.integer(bucket.limit)
        reply.integer(bucket.count)
      }
    }
  }

  /// Bars of one line each, the oldest time first.
  static func graph(_ context: inout Context) throws(ReplyError) {
    let name = context.arguments[2].text
    guard let event = context.engine.observation.latency.events[name], !event.samples.isEmpty else {
      return context.fail("ERR No samples available for event '\(name)'")
    }
    let times = event.samples.map(\.milliseconds)
    var text = "\(name) - high \(times.max() ?? 0) ms, low \(times.min() ?? 0) ms"
    text += " (all time high \(event.longest) ms)\n" + String(repeating: "-", count: 80) + "\n"
    let now = context.now / 1000
    for sample in event.samples {
      let width = event.longest == 0 ? 0 : Int(sample.milliseconds * 60 / event.longest)
      text += String(repeating: "#", count: max(1, width)) + " \(sample.milliseconds) ms, \(now - sample.seconds) s ago\n"
    }
    text.withBytes { context.reply.verbatim($0) }
  }

  static func doctor(_ context: inout Context) throws(ReplyError) {
    let events = events(context)
    var text = ""
    if context.engine.configuration.latencyThreshold == 0 {
      text = "Nothing is watched: set latency-monitor-threshold to the milliseconds that are too long for you.\n"
    } else if events.isEmpty {
      text = "Nothing took longer than \(context.engine.configuration.latencyThreshold) ms.\n"
    }
    for (name, event) in events {
      let sum = event.samples.reduce(0) { $0 + $1.milliseconds }
      let mean = sum / Int64(max(1, event.samples.count))
      text += "\(name): \(event.samples.count) times, \(mean) ms on average, \(event.longest) ms at the most.\n"
    }
    text.withBytes { context.reply.verbatim($0) }
  }

  static func help(_ context: inout Context) throws(ReplyError) {
    context.reply.help(
      "LATENCY",
      [
        HelpEntry("DOCTOR", "Tell of slow events in words."),
        HelpEntry("GRAPH <event>", "Draw the times of an event."),
        HelpEntry("HISTORY <event>", "Answer the times of an event, with the seconds in which they were taken."),
        HelpEntry("LATEST", "Answer the newest and the longest time of each event."),
        HelpEntry("RESET [<event> ...]", "Forget events, all of them unless some are named."),
        HelpEntry("HISTOGRAM [COMMAND ...]", "Answer how many calls took no longer than so many microseconds."),
      ])
  }
}
