// LAB.RECORD: writes down the traffic of an endpoint, as text that can be read, compared and replayed. What it writes, and
// what of it, stands in Lab/Recording.

enum LabRecordCommand {
  static let command = Command(
    "lab.record", .lab, since: "1.0.0", "Records the traffic of an endpoint, or tells what was recorded.",
    complexity: "O(1); DUMP is O(N) where N is the size of the recording.", arity: -2,
    arguments: [
      .oneOf(
        "action",
        [
          .block(
            "start",
            [
              .string("endpoint", token: "START"), .string("path", token: "FILE").optional, .integer("bytes", token: "LIMIT").optional,
            ]),
          .string("endpoint", token: "STOP"), .string("endpoint", token: "DUMP"), .token("LIST"),
        ])
    ], handler: record)

  private static func record(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    do throws(RecordingRefusal) {
      switch arguments.count {
      case 2 where arguments[1].matches("LIST"): list(context)
      case 3 where arguments[1].matches("STOP"): tell(try context.engine.stopRecording(arguments[2].text), context.reply)
      case 3 where arguments[1].matches("DUMP"):
        guard let recorder = context.engine.lab.recordings.find(arguments[2].text) else {
          throw RecordingRefusal("nothing was recorded at '\(arguments[2].text)'")
        }
        recorder.transcript.withBytes { context.reply.bulk($0) }
      case 3... where arguments[1].matches("START"): try start(context)
      default: throw RecordingRefusal(usage)
      }
    } catch {
      context.fail("ERR \(error.reason)")
    }
  }

  private static let usage =
    "syntax error: LAB.RECORD <START endpoint [FILE path] [LIMIT bytes] | STOP endpoint | DUMP endpoint | LIST>"

  private static func start(_ context: borrowing Context) throws(RecordingRefusal) {
    let arguments = context.arguments
    var file: String?
    var limit = Recorder.standardLimit
    for index in stride(from: 3, to: arguments.count, by: 2) {
      guard index + 1 < arguments.count else { throw RecordingRefusal(usage) }
      if arguments[index].matches("FILE") {
        file = arguments[index + 1].text
      } else if arguments[index].matches("LIMIT") {
        guard let bytes = NumberText.parseInt64(arguments[index + 1]), (1...1 << 30).contains(bytes) else {
          throw RecordingRefusal("LIMIT is 1 to \(1 << 30) bytes")
        }
        limit = Int(bytes)
      } else {
        throw RecordingRefusal(usage)
      }
    }
    try context.engine.startRecording(arguments[2].text, file: file, limit: limit)
    context.reply.ok()
  }

  private static func list(_ context: borrowing Context) {
    let all = context.engine.lab.recordings.facts
    context.reply.array(all.count)
    for facts in all { tell(facts, context.reply) }
  }

  private static func tell(_ facts: RecordingFacts, _ reply: Reply) {
    reply.map(8)
    reply.bulk("endpoint")
    reply.bulk(facts.endpoint)
    reply.bulk("state")
    reply.bulk(facts.isRunning ? "running" : "ended")
    reply.bulk("bytes")
    reply.integer(facts.bytes)
    reply.bulk("connections")
    reply.integer(facts.connections)
    reply.bulk("requests")
    reply.integer(facts.requests)
    reply.bulk("replies")
    reply.integer(facts.replies)
    reply.bulk("pushes")
    reply.integer(facts.pushes)
    reply.bulk("dropped")
    reply.integer(facts.dropped)
  }
}
