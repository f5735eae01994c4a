// LAB.PRESET: sets of fault rules that go by one word. LAB.FAULT DEL with what this answers ends them.

enum LabPresetCommand {
  static let command = Command(
    "lab.preset", .lab, since: "1.0.0", "Lets what operators know by one word happen at an endpoint.",
    complexity: "O(N) where N is the number of connections.", arity: -3,
    arguments: [
      .oneOf("preset", FaultPreset.allCases.map { .token($0.rawValue) }), .string("endpoint"), .string("other").optional,
    ], handler: preset)

  private static func preset(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    guard let preset = FaultPreset(rawValue: arguments[1].text.lowercased()) else {
      let names = FaultPreset.allCases.map(\.rawValue).joined(separator: ", ")
      return context.fail("ERR there is no preset '", quoting: arguments[1], "': there are \(names)")
    }
    guard arguments.count <= 4 else { return context.fail("ERR syntax error: LAB.PRESET preset endpoint [other]") }
    do throws(FaultRefusal) {
      let other = arguments.count == 4 ? arguments[3].text : nil
      context.reply.bulk(try context.engine.addPreset(preset, arguments[2].text, other))
    } catch {
      context.fail("ERR \(error.reason)")
    }
  }
}
