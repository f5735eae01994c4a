// LAB.FAULT: rules that make things go wrong, added, listed and removed while clients are at work.

enum LabFaultCommand {
  static let command = Command(
    "lab.fault", .lab, since: "1.0.0", "Rules of what goes wrong.", complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command(
        "add", .lab, since: "1.0.0", "Adds a rule: what it is about, at which stage, and what goes wrong there.", arity: -5,
        arguments: [
          .string("id"), .string("endpoint", token: "ENDPOINT").optional,
          .string("command", token: "COMMAND").multipleTokens.optional,
          .string("family", token: "FAMILY").multipleTokens.optional,
          .string("group", token: "GROUP").multipleTokens.optional,
          .string("flag", token: "FLAG").multipleTokens.optional,
          .string("flag", token: "NOFLAG").multipleTokens.optional,
          .pattern("pattern", token: "KEY").optional, .pattern("pattern", token: "CLIENT").optional,
          .pattern("pattern", token: "LIBRARY").optional, .string("user", token: "USER").optional,
          .integer("ordinal", token: "CONNECTION").optional, .integer("index", token: "DB").optional,
          .integer("count", token: "AFTER").optional, .integer("count", token: "TIMES").optional,
          .double("probability", token: "PROB").optional, .token("SHARED").optional,
          .integer("milliseconds", token: "FOR").optional, .string("stage", token: "DO"),
          .integer("number").optional, .string("action"), .string("argument").multiple.optional,
        ], handler: add),
      Command(
        "del", .lab, since: "1.0.0", "Removes a rule, or all rules of a preset.", arity: 3, arguments: [.string("id")],
        handler: delete),
      Command("list", .lab, since: "1.0.0", "Lists the rules, and how often each has bitten.", arity: 2, handler: list),
      Command(
        "fired", .lab, since: "1.0.0", "Tells where a rule has bitten, and whether the command took effect.", arity: 3,
        arguments: [.string("id")], handler: fired),
    ])

  private static func add(_ context: inout Context) throws(ReplyError) {
    let words = (2..<context.arguments.count).map { context.arguments[$0].copied() }
    do throws(FaultRefusal) {
      try context.engine.addFault(try FaultParser.rule(words))
      context.reply.ok()
    } catch {
      context.fail("ERR \(error.reason)")
    }
  }

  private static func delete(_ context: inout Context) throws(ReplyError) {
    guard context.engine.removeFault(context.arguments[2].text) else { return failUnknown(context) }
    context.reply.ok()
  }

  private static func failUnknown(_ context: borrowing Context) {
    context.fail("ERR there is no rule '", quoting: context.arguments[2])
  }

  private static func list(_ context: inout Context) throws(ReplyError) {
    let reports = context.engine.lab.faults.rules.map(\.report)
    context.reply.array(reports.count)
    for report in reports { write(report, context.reply) }
  }

  private static func write(_ report: FaultReport, _ reply: Reply) {
    let rule = report.rule
    reply.map(10)
    let texts = [
      ("id", rule.id), ("endpoint", rule.matcher.endpoint ?? ""), ("stage", rule.stage.kind.rawValue),
      ("action", rule.action.name), ("preset", rule.group ?? ""),
    ]
    for (name, text) in texts {
      reply.bulk(name)
      reply.bulk(text)
    }
    reply.bulk("after")
    reply.integer(rule.after)
    reply.bulk("times")
    if let times = rule.times { reply.integer(times) } else { reply.null() }
    reply.bulk("probability")
    reply.double(rule.probability)
    reply.bulk("shared")
    reply.integer(rule.isShared ? 1 : 0)
    reply.bulk("fired")
    reply.integer(report.fired)
  }

  private static func fired(_ context: inout Context) throws(ReplyError) {
    guard let report = context.engine.lab.faults.rule(context.arguments[2].text)?.report else { return failUnknown(context) }
    let reply = context.reply
    reply.map(3)
    reply.bulk("id")
    reply.bulk(report.rule.id)
    reply.bulk("fired")
    reply.integer(report.fired)
    reply.bulk("firings")
    reply.array(report.firings.count)
    for firing in report.firings {
      reply.map(7)
      reply.bulk("endpoint")
      reply.bulk(firing.endpoint)
      reply.bulk("connection")
      reply.integer(firing.connection)
      reply.bulk("client-id")
      reply.integer(Int64(bitPattern: firing.client))
      reply.bulk("ordinal")
      reply.integer(firing.ordinal)
      reply.bulk("command")
      if let command = firing.command { reply.bulk(command) } else { reply.null() }
      reply.bulk("took-effect")
      reply.integer(firing.tookEffect ? 1 : 0)
      reply.bulk("time")
      reply.integer(firing.time)
    }
  }
}
