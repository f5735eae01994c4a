// LAB.FINDINGS and LAB.FINISH: what the rules have found, and the verdict at the end of a run.

enum LabFindingsCommand {
  static let command = Command(
    "lab.findings", .lab, since: "1.0.0", "Tells what is wrong with the calling code, the surest first.",
    complexity: "O(N log N) where N is the number of connections.", arity: -1,
    arguments: [
      .oneOf("certainty", token: "MIN", FindingCertainty.allCases.map { .token($0.name) }).optional,
      .string("endpoint").optional, .token("JSON").optional,
    ], handler: findings)

  static let finish = Command(
    "lab.finish", .lab, since: "1.0.0", "Ends a run: answers an error that lists the findings which are sure enough, or OK.",
    complexity: "O(N log N) where N is the number of connections.", arity: -1,
    arguments: [
      .oneOf("certainty", token: "FAILON", FindingCertainty.allCases.map { .token($0.name) }).optional,
      .string("endpoint").optional,
    ], handler: finish)

  /// What both commands are asked.
  private struct Question {
    var certainty: FindingCertainty
    var endpoint: String?
    var isJSON = false

    /// Nil, and an error is written, if it cannot be understood.
    init?(_ context: borrowing Context, _ keyword: StaticString, default certainty: FindingCertainty, usage: String) {
      self.certainty = certainty
      let arguments = context.arguments
      var index = 1
      while index < arguments.count {
        if arguments[index].matches(keyword), index + 1 < arguments.count {
          guard let named = FindingCertainty(name: arguments[index + 1].text) else {
            context.fail(
              "ERR unknown certainty '", quoting: arguments[index + 1], "': there are info, medium, high and certain")
            return nil
          }
          self.certainty = named
          index += 2
        } else if arguments[index].matches("JSON") {
          isJSON = true
          index += 1
        } else if endpoint == nil {
          endpoint = arguments[index].text
          guard context.engine.lab.endpoint(named: arguments[index].text) != nil else {
            context.fail("ERR there is no endpoint '", quoting: arguments[index], "'")
            return nil
          }
          index += 1
        } else {
          context.fail("ERR syntax error: \(usage)")
          return nil
        }
      }
    }
  }

  private static func findings(_ context: inout Context) throws(ReplyError) {
    let usage = "LAB.FINDINGS [MIN certainty] [endpoint] [JSON]"
    guard let question = Question(context, "MIN", default: .info, usage: usage) else { return }
    let report = context.engine.judge(endpoint: question.endpoint, isFinished: false)
    let found = report.atLeast(question.certainty)
    if question.isJSON { return context.reply.bulk(found.json) }
    context.reply.array(found.count)
    for finding in found { write(finding, context.reply) }
  }

  private static func write(_ finding: Finding, _ reply: Reply) {
    let texts = [
      ("rule", finding.rule), ("certainty", finding.certainty.name), ("endpoint", finding.endpoint),
      ("identity", finding.identity.label), ("message", finding.message), ("fix", finding.fix), ("suppress", finding.suppress),
    ]
    reply.map(texts.count + 4)
    for (name, text) in texts {
      reply.bulk(name)
      reply.bulk(text)
    }
    reply.bulk("connections")
    reply.array(finding.connections.count)
    for connection in finding.connections { reply.integer(Int64(bitPattern: connection)) }
    reply.bulk("evidence")
    reply.array(finding.evidence.count)
    for part in finding.evidence { reply.bulk(part.line) }
    reply.bulk("count")
    reply.integer(Int64(finding.count))
    reply.bulk("key")
    if let key = finding.key { key.withBytes { reply.bulk($0) } } else { reply.null() }
  }

  private static func finish(_ context: inout Context) throws(ReplyError) {
    let usage = "LAB.FINISH [FAILON certainty] [endpoint]"
    guard let question = Question(context, "FAILON", default: .certain, usage: usage) else { return }
    let report = context.engine.judge(endpoint: question.endpoint, isFinished: true)
    let found = report.atLeast(question.certainty)
    if found.isEmpty { return context.reply.ok() }
    let noun = FindingText.count(found.count, "finding")
    let messages = found.map { "[\($0.certainty.name)] \($0.message)" + ($0.count > 1 ? " (\($0.count) times)" : "") }
    let verb = found.count == 1 ? "is" : "are"
    let list = messages.joined(separator: " | ")
    context.fail("FINDINGS \(noun) that \(verb) at least \(question.certainty.name): \(list)")
  }
}
