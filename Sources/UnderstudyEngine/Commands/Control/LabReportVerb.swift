// LAB.REPORT: all that the lab knows, in one of the forms of a report.

enum LabReportCommand {
  static let command = Command(
    "lab.report", .lab, since: "1.0.0", "Tells what happened at an endpoint, or at all of them, in one of the forms of a report.",
    complexity: "O(N log N) where N is the number of connections and commands that are kept.", arity: -1,
    arguments: [
      .oneOf("form", ReportFormat.allCases.map { .token($0.rawValue.uppercased()) }).optional,
      .string("endpoint").optional,
    ], handler: report)

  static func report(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    guard arguments.count <= 3 else {
      return context.fail("ERR syntax error: LAB.REPORT [TEXT|JSON|SARIF|JUNIT|HTML] [endpoint]")
    }
    var format = ReportFormat.text
    if arguments.count > 1 {
      guard let named = ReportFormat(rawValue: arguments[1].text.lowercased()) else {
        return context.fail("ERR unknown form '", quoting: arguments[1], "': there are text, json, sarif, junit and html")
      }
      format = named
    }
    let name = arguments.count == 3 ? arguments[2].text : nil
    guard let report = context.engine.labReport(of: name) else {
      return context.fail("ERR there is no endpoint '", quoting: arguments[2], "'")
    }
    context.reply.bulk(report.rendered(format))
  }
}
