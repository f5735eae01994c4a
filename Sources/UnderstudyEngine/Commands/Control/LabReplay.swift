// LAB.REPLAY: plays a recording back into this server, and tells which replies were other ones. Against other servers
// `understudy-conformance replay` does that.

enum LabReplayCommand {
  static let command = Command(
    "lab.replay", .lab, since: "1.0.0", "Plays a recording back into this server and compares the replies.",
    complexity: "O(N) where N is the number of recorded requests, and what they cost.", arity: 2,
    arguments: [.string("recording")], handler: replay)

  private static func replay(_ context: inout Context) throws(ReplyError) {
    try context.wantOwnData()
    if context.engine.isMidCommand { throw ReplyError("BUSY a command is under way: replays begin between commands, try again") }
    let name = context.arguments[1].text
    if let recorder = context.engine.lab.recordings.find(name) { return context.replay(recorder.transcript) }
    guard let files = context.engine.hooks.files else {
      return context.fail("ERR nothing was recorded at '", quoting: context.arguments[1])
    }
    switch files.read(name) {
    case .success(let text): context.replay(text)
    case .failure(let failure): context.fail("ERR nothing was recorded at '\(name)', and no such file can be read: \(failure.reason)")
    }
  }
}
