// LAB.WAIT and LAB.EXPECT: a figure of an endpoint that is waited for without sleeping, or has to be there now.

enum LabWaitCommand {
  static let command = Command(
    "lab.wait", .lab, since: "1.0.0", "Waits until a figure of an endpoint is as it should be.",
    complexity: "O(N) where N is the number of connections, for each round.", arity: -4,
    arguments: [
      .string("endpoint"), .string("figure"), .string("comparison").optional, .string("value"),
      .integer("milliseconds", token: "TIMEOUT").optional,
    ], handler: wait)

  static let expect = Command(
    "lab.expect", .lab, since: "1.0.0", "Answers an error unless a figure of an endpoint is as it should be.",
    complexity: "O(N log N) where N is the number of connections.", arity: -4,
    arguments: [.string("endpoint"), .string("figure"), .string("comparison").optional, .string("value")], handler: check)

  private static let defaultTimeout: Int64 = 5_000

  private static func wait(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    var count = arguments.count
    var timeout = defaultTimeout
    if count >= 6, arguments[count - 2].matches("TIMEOUT") {
      timeout = try arguments.integer(count - 1)
      guard timeout >= 0, timeout <= 86_400_000 else { throw ReplyError("ERR TIMEOUT must be 0 to 86400000 milliseconds") }
      count -= 2
    }
    guard let condition = try condition(context, count: count, isWait: true) else { return }
    if condition.holds(context.engine.value(of: condition.subject)) { return context.reply.ok() }
    context.wait(for: condition, milliseconds: timeout)
  }

  private static func check(_ context: inout Context) throws(ReplyError) {
    guard let condition = try condition(context, count: context.arguments.count, isWait: false) else { return }
    if condition.holds(context.engine.value(of: condition.subject)) { return context.reply.ok() }
    context.fail("ERR \(condition.failure(context.engine.figures(of: condition.subject.endpoint)))")
  }

  /// The condition that arguments spell; nil, and an error is written, if they spell none.
  private static func condition(
    _ context: borrowing Context, count: Int, isWait: Bool
  ) throws(ReplyError) -> LabCondition? {
    let arguments = context.arguments
    let usage = isWait
      ? "LAB.WAIT endpoint figure [comparison] value [TIMEOUT milliseconds]" : "LAB.EXPECT endpoint figure [comparison] value"
    guard count == 4 || count == 5 else {
      context.fail("ERR syntax error: \(usage)")
      return nil
    }
    guard let endpoint = try context.endpoint(1) else { return nil }
    guard let figure = LabFigure(name: arguments[2].text) else {
      let names = LabFigure.allCases.map(\.rawValue).joined(separator: ", ")
      context.fail("ERR unknown figure '", quoting: arguments[2], "': there are \(names)")
      return nil
    }
    // Without a comparison: that very value; or at least that, of what only grows, when it is waited for.
    var comparison: LabComparison = isWait && figure.onlyGrows ? .atLeast : .equal
    if count == 5 {
      guard let written = LabComparison(arguments[3].text) else {
        context.fail("ERR unknown comparison '", quoting: arguments[3], "': there are ==, !=, <, <=, > and >=")
        return nil
      }
      comparison = written
    }
    guard let value = NumberText.parseDouble(arguments[count - 1]), value.isFinite else {
      context.fail("ERR not a number: '", quoting: arguments[count - 1], "'")
      return nil
    }
    let state = context.engine.lab.endpoints[endpoint]
    guard state.level == .full || figure.isAlwaysKnown else {
      context.fail(
        "ERR the connections of '\(state.name)' are only counted: LAB.ENDPOINT LEVEL \(state.name) full writes their commands down")
      return nil
    }
    return LabCondition(
      subject: LabCondition.Subject(endpoint: endpoint, figure: figure), name: state.name, comparison: comparison, value: value)
  }
}
