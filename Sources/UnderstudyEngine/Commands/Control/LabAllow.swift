// LAB.ALLOW: findings that are known and let pass, with the reason why.

enum LabAllowCommand {
  static let command = Command(
    "lab.allow", .lab, since: "1.0.0", "Lets findings pass.", complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command(
        "add", .lab, since: "1.0.0", "Lets findings of a rule pass: all, or those of a key pattern, a client or an endpoint.",
        arity: -3,
        arguments: [
          .string("rule"), .pattern("key-pattern", token: "KEY").optional, .pattern("client-pattern", token: "IDENTITY").optional,
          .string("endpoint", token: "ENDPOINT").optional, .string("reason", token: "WHY"),
        ], handler: add),
      Command("list", .lab, since: "1.0.0", "Lists what is let pass.", arity: 2, handler: list),
      Command("clear", .lab, since: "1.0.0", "Lets nothing pass any more.", arity: 2, handler: clear),
    ])

  private static func add(_ context: inout Context) throws(ReplyError) {
    guard let rule = context.rule(2) else { return }
    let arguments = context.arguments
    var (key, identity): ([UInt8]?, [UInt8]?) = (nil, nil)
    var (endpoint, why): (String?, String?) = (nil, nil)
    var index = 3
    while index + 1 < arguments.count {
      let value = arguments[index + 1]
      if arguments[index].matches("KEY") {
        key = value.copied()
      } else if arguments[index].matches("IDENTITY") {
        identity = value.copied()
      } else if arguments[index].matches("ENDPOINT") {
        endpoint = value.text
      } else if arguments[index].matches("WHY") {
        why = value.text
      } else {
        break
      }
      index += 2
    }
    guard index == arguments.count, let why, !why.isEmpty else {
      return context.fail("ERR syntax error: LAB.ALLOW ADD rule [KEY pattern] [IDENTITY pattern] [ENDPOINT name] WHY reason")
    }
    context.engine.lab.findings.allowances.append(
      FindingAllowance(rule: rule.id, key: key, identity: identity, endpoint: endpoint, why: why))
    context.reply.ok()
  }

  private static func list(_ context: inout Context) throws(ReplyError) {
    let allowances = context.engine.lab.findings.allowances
    context.reply.array(allowances.count)
    for allowance in allowances { context.reply.bulk(allowance.line) }
  }

  private static func clear(_ context: inout Context) throws(ReplyError) {
    context.engine.lab.findings.allowances.removeAll()
    context.reply.ok()
  }
}

extension Context {
  /// The rule that an argument names; nil, and an error is written, if there is none.
  func rule(_ index: Int) -> FindingRule? {
    if let rule = FindingManifest.rule(arguments[index].text.lowercased()) { return rule }
    fail("ERR there is no rule '", quoting: arguments[index], "': LAB.RULE LIST tells them")
    return nil
  }
}
