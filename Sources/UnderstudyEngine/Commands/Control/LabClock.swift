// LAB.CLOCK: freezes, moves and sets the server's clocks. Every form answers the clock's state behind the change, and
// does so when all that became due has happened (`Engine.settleClocks`).

enum LabClockCommand {
  static let command = Command(
    "lab.clock", .lab, since: "1.0.0", "Tells a clock's time, or freezes, advances or sets it.",
    complexity: "O(N) where N is the number of keys and waits that become due.", arity: -2,
    arguments: [
      .oneOf("clock", ClockName.allCases.map { .token($0.rawValue) }),
      .oneOf(
        "change",
        [
          .token("FREEZE"), .integer("milliseconds", token: "ADVANCE"), .integer("milliseconds", token: "SET"),
          .token("REAL"),
        ]
      ).optional,
    ], handler: clock)

  static func clock(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    guard let name = ClockName.allCases.first(where: { $0.rawValue == arguments[1].text.lowercased() }) else {
      return context.fail("ERR unknown clock '", quoting: arguments[1], "': there are data, wait and script")
    }
    // Faults wait on the clock `wait`, which is the lab's own.
    if arguments.count > 2 && name != .wait { try context.wantOwnData() }
    switch arguments.count {
    case 2: break
    case 3 where arguments[2].matches("FREEZE"): context.engine.changeClock(name) { $0.freeze(source: $1) }
    case 3 where arguments[2].matches("REAL"): context.engine.changeClock(name) { $0.followReal(source: $1) }
    case 4 where arguments[2].matches("ADVANCE"):
      let distance = try microseconds(arguments[3])
      guard distance >= 0 else {
        throw ReplyError("ERR ADVANCE goes forward only; SET can bring the data clock back")
      }
      let isDone = context.engine.changeClock(name) { $0.advance(microseconds: distance, source: $1) }
      guard isDone else { throw .outOfTime }
    case 4 where arguments[2].matches("SET"):
      let time = try microseconds(arguments[3])
      guard time >= 0 else { throw ReplyError("ERR a clock cannot be set to a time before its start") }
      guard name == .data || time >= context.engine.time(of: name) else {
        return context.fail("ERR the \(name.rawValue) clock cannot be set backwards; only the data clock can")
      }
      guard context.engine.changeClock(name, { $0.set(microseconds: time, source: $1) }) else { throw .outOfTime }
    default:
      return context.fail("ERR syntax error: LAB.CLOCK <data|wait|script> [FREEZE|ADVANCE ms|SET ms|REAL]")
    }
    tell(name, context)
  }

  /// Milliseconds as an argument, in microseconds.
  private static func microseconds(_ text: Bytes) throws(ReplyError) -> Int64 {
    guard let milliseconds = NumberText.parseInt64(text) else {
      throw ReplyError("ERR milliseconds must be an integer of 64 bits")
    }
    let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
    if overflow { throw .outOfTime }
    return product
  }

  private static func tell(_ name: ClockName, _ context: borrowing Context) {
    let clock = context.engine.clocks[name]
    let reply = context.reply
    reply.map(3)
    reply.bulk("clock")
    reply.bulk(name.rawValue)
    reply.bulk("state")
    reply.bulk(clock.isFrozen ? "frozen" : clock.isReal ? "real" : "moved")
    reply.bulk("milliseconds")
    reply.integer(context.engine.time(of: name) / 1000)
  }
}

extension ReplyError {
  fileprivate static var outOfTime: ReplyError { ReplyError("ERR that is beyond what a clock can tell") }
}
