// LAB.QUOTA: how many connections and commands in flight an endpoint may have. Without an endpoint it lists the quotas.

enum LabQuotaCommand {
  static let command = Command(
    "lab.quota", .lab, since: "1.0.0", "Limits an endpoint's connections and commands in flight, or lists the limits.",
    complexity: "O(N) where N is the number of connections.", arity: -1,
    arguments: [
      .block(
        "quota",
        [
          .string("endpoint"), .integer("count", token: "CONNECTIONS").optional,
          .integer("count", token: "INFLIGHT").optional,
          .oneOf("consequence", token: "THEN", LabQuota.Consequence.allCases.map { .token($0.rawValue) }).optional,
          .token("OFF").optional,
        ]
      ).optional
    ], handler: quota)

  private static func quota(_ context: inout Context) throws(ReplyError) {
    if context.arguments.count == 1 { return list(context) }
    do throws(FaultRefusal) {
      try context.engine.setQuota(try read(context.arguments), of: context.arguments[1].text)
      context.reply.ok()
    } catch {
      context.fail("ERR \(error.reason)")
    }
  }

  /// The quota that the words say; nil for OFF.
  private static func read(_ arguments: Arguments) throws(FaultRefusal) -> LabQuota? {
    if arguments.count == 3 && arguments[2].matches("OFF") { return nil }
    var quota = LabQuota(then: .error)
    var index = 2
    while index < arguments.count {
      guard index + 1 < arguments.count else { throw FaultRefusal("'\(arguments[index].text)' wants something behind it") }
      let value = arguments[index + 1]
      if arguments[index].matches("CONNECTIONS") {
        quota.connections = try limit(value)
      } else if arguments[index].matches("INFLIGHT") {
        quota.inFlight = try limit(value)
      } else if arguments[index].matches("THEN") {
        guard let consequence = LabQuota.Consequence(rawValue: value.text.lowercased()) else {
          throw FaultRefusal("THEN is followed by refuse, readonly or error, not '\(value.text)'")
        }
        quota.consequence = consequence
      } else {
        throw FaultRefusal(
          "syntax error: LAB.QUOTA endpoint [CONNECTIONS n] [INFLIGHT n] [THEN refuse|readonly|error], or endpoint OFF")
      }
      index += 2
    }
    return quota
  }

  private static func limit(_ text: Bytes) throws(FaultRefusal) -> Int {
    guard let number = NumberText.parseInt64(text), number >= 0 else {
      throw FaultRefusal("a limit is a whole number, 0 or more, not '\(text.text)'")
    }
    return Int(clamping: number)
  }

  private static func list(_ context: borrowing Context) {
    let reply = context.reply
    let reports = context.engine.quotaReports
    reply.array(reports.count)
    for report in reports {
      reply.map(8)
      reply.bulk("endpoint")
      reply.bulk(report.endpoint)
      for (name, limit) in [("connection-limit", report.quota.connections), ("in-flight-limit", report.quota.inFlight)] {
        reply.bulk(name)
        if let limit { reply.integer(limit) } else { reply.null() }
      }
      reply.bulk("then")
      reply.bulk(report.quota.consequence.rawValue)
      reply.bulk("connections")
      reply.integer(report.connections)
      reply.bulk("in-flight")
      reply.integer(report.inFlight)
      reply.bulk("breaches")
      reply.integer(report.breachCount)
      reply.bulk("latest")
      reply.array(report.breaches.count)
      for breach in report.breaches {
        reply.map(4)
        reply.bulk("connection")
        reply.integer(breach.connection)
        reply.bulk("ordinal")
        reply.integer(breach.ordinal)
        reply.bulk("command")
        if let command = breach.command { reply.bulk(command) } else { reply.null() }
        reply.bulk("time")
        reply.integer(breach.time)
      }
    }
  }
}
