// LAB.RESET: back to a fresh start: of everything, or of a part. A part is a word with what it does: a room of the lab
// that keeps something adds a row.

enum LabResetCommand {
  static let command = Command(
    "lab.reset", .lab, since: "1.0.0", "Forgets the data, the ledger, the faults, the recordings, or all of them.",
    complexity: "O(N) where N is what there is.", arity: 2,
    arguments: [.oneOf("part", [.token("ALL")] + parts.map { .token($0.name) })], handler: reset)

  /// What can be reset, in the order in which ALL does it.
  private static let parts: [(name: String, reset: @Sendable (borrowing Context) -> Void)] = [
    ("FAULTS", { $0.engine.resetFaults() }),
    ("DATA", { $0.engine.flushAllData() }),
    (
      "LEDGER",
      {
        $0.engine.lab.ledger.removeAll()
        $0.engine.lab.findings.removeAll()
        $0.engine.noteLabChange()
      }
    ),
    (
      "RECORDINGS",
      {
        $0.engine.lab.recordings.removeAll()
        $0.engine.followFaults()
      }
    ),
  ]

  private static func reset(_ context: inout Context) throws(ReplyError) {
    let name = context.arguments[1].text.uppercased()
    guard name == "ALL" || parts.contains(where: { $0.name == name }) else {
      let names = parts.map(\.name).joined(separator: ", ")
      return context.fail("ERR there is no part '", quoting: context.arguments[1], "': there are ALL, \(names)")
    }
    if name == "DATA" { try context.wantOwnData() }
    if name == "ALL" || name == "DATA", !context.engine.gates.isDisjoint(with: [.busy, .asleep]) {
      return context.fail("ERR data cannot be removed while a script or another command that has begun goes on")
    }
    for part in parts where name == "ALL" || name == part.name { part.reset(context) }
    context.reply.ok()
  }
}
