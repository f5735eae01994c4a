// LAB.SNAPSHOT: saves all data under a name, restores and drops what was saved, and lists it. What that means for clients
// stands in Lab/Snapshots/EngineState+Snapshots.swift.

enum LabSnapshotCommand {
  static let command = Command(
    "lab.snapshot", .lab, since: "1.0.0", "Saves all data under a name, restores it, drops it, or lists what there is.",
    complexity: "O(1) for SAVE, RESTORE and DROP; LIST is O(N) where N is what only snapshots hold.", arity: -2,
    arguments: [
      .oneOf(
        "action",
        [
          .string("name", token: "SAVE"), .string("name", token: "RESTORE"), .string("name", token: "DROP"),
          .token("LIST"),
        ])
    ], handler: snapshot)

  static func snapshot(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    try context.wantOwnData()
    switch arguments.count {
    case 2 where arguments[1].matches("LIST"): list(context)
    case 3 where arguments[1].matches("SAVE"):
      guard try isNamed(arguments[2], context) else { return }
      context.engine.saveData(as: arguments[2].copied())
      context.reply.ok()
    case 3 where arguments[1].matches("RESTORE"):
      guard try isNamed(arguments[2], context), let saved = find(context) else { return }
      context.engine.restoreData(saved)
      context.reply.ok()
    case 3 where arguments[1].matches("DROP"):
      guard let saved = find(context) else { return }
      context.engine.dropData(saved)
      context.reply.ok()
    default: context.fail("ERR syntax error: LAB.SNAPSHOT <SAVE name|RESTORE name|DROP name|LIST>")
    }
  }

  /// Refuses what may not happen now.
  private static func isNamed(_ name: Bytes, _ context: borrowing Context) throws(ReplyError) -> Bool {
    if name.isEmpty { throw ReplyError("ERR a snapshot needs a name that is not empty") }
    if context.engine.isMidCommand {
      throw ReplyError("BUSY a command is under way: snapshots are saved and restored between commands, try again")
    }
    return true
  }

  private static func find(_ context: borrowing Context) -> SavedData? {
    let name = context.arguments[2]
    guard let saved = context.engine.snapshots.find(name) else {
      context.fail("ERR no snapshot of that name: '", quoting: name)
      return nil
    }
    return saved
  }

  private static func list(_ context: borrowing Context) {
    let reply = context.reply
    let all = context.engine.snapshots.named
    reply.array(all.count)
    for saved in all {
      reply.map(4)
      reply.bulk("name")
      saved.name.withBytes { reply.bulk($0) }
      reply.bulk("keys")
      reply.integer(saved.keyCount)
      reply.bulk("bytes")
      reply.integer(context.engine.bytesHeld(by: saved))
      reply.bulk("saved")
      reply.integer(saved.savedAt)
    }
  }
}
