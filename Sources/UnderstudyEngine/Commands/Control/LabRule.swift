// LAB.RULE: the rules that there are, which of them look, and by what measure.

enum LabRuleCommand {
  static let command = Command(
    "lab.rule", .lab, since: "1.0.0", "Tells the rules, switches and tunes them.", complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command("list", .lab, since: "1.0.0", "Tells the rules, and the limits that can be set.", arity: 2, handler: list),
      Command("on", .lab, since: "1.0.0", "Switches a rule on.", arity: 3, arguments: [.string("rule")]) {
        (context: inout Context) throws(ReplyError) in switchRule(context, on: true)
      },
      Command("off", .lab, since: "1.0.0", "Switches a rule off.", arity: 3, arguments: [.string("rule")]) {
        (context: inout Context) throws(ReplyError) in switchRule(context, on: false)
      },
      Command(
        "limit", .lab, since: "1.0.0", "Sets a limit.", arity: 4, arguments: [.string("limit"), .integer("value")],
        handler: limit),
    ])

  private static func list(_ context: inout Context) throws(ReplyError) {
    let options = context.engine.lab.findings.options
    let reply = context.reply
    reply.array(FindingManifest.all.count)
    for rule in FindingManifest.all {
      reply.map(6)
      for (name, text) in [
        ("rule", rule.id), ("certainty", rule.certainty.name), ("watches", rule.watches), ("fix", rule.fix),
      ] {
        reply.bulk(name)
        reply.bulk(text)
      }
      reply.bulk("on")
      reply.integer(options.isOn(rule) ? 1 : 0)
      reply.bulk("limits")
      reply.map(rule.thresholds.count)
      for threshold in rule.thresholds {
        reply.bulk(threshold.rawValue)
        reply.integer(options[threshold])
      }
    }
  }

  private static func switchRule(_ context: borrowing Context, on isOn: Bool) {
    guard let rule = context.rule(2) else { return }
    context.engine.lab.findings.options.switched[rule.id] = isOn
    context.reply.ok()
  }

  private static func limit(_ context: inout Context) throws(ReplyError) {
    guard let threshold = FindingThreshold(rawValue: context.arguments[2].text.lowercased()) else {
      let names = FindingThreshold.allCases.map(\.rawValue).joined(separator: ", ")
      return context.fail("ERR there is no limit '", quoting: context.arguments[2], "': there are \(names)")
    }
    let value = try context.arguments.integer(3)
    guard value >= 0 else { throw ReplyError("ERR a limit is not negative") }
    context.engine.lab.findings.options[threshold] = value
    context.reply.ok()
  }
}
