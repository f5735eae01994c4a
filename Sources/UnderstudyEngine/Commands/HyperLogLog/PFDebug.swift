// PFDEBUG and PFSELFTEST: looking into HyperLogLogs, for tests.

enum PFDebugCommand {
  static let all = [
    Command(
      "pfdebug", .hyperloglog, since: "2.8.9", "Looks into a HyperLogLog, for tests.", complexity: "N/A", arity: 3,
      flags: [.write, .denyOOM, .admin], keys: [.key(2, [.readWrite, .access])],
      arguments: [.string("subcommand"), .key()], isSystemCommand: true, handler: pfDebug),
    Command(
      "pfselftest", .hyperloglog, since: "2.8.9", "Tests HyperLogLogs themselves.", complexity: "N/A", arity: 1,
      flags: [.admin], isSystemCommand: true, handler: pfSelfTest),
  ]

  private enum Wish { case registers, runs, form, denseForm, unknown }

  private static func wish(_ subcommand: Bytes) -> Wish {
    if subcommand.matches("GETREG") { return .registers }
    if subcommand.matches("DECODE") { return .runs }
    if subcommand.matches("ENCODING") { return .form }
    return subcommand.matches("TODENSE") ? .denseForm : .unknown
  }

  static func pfDebug(_ context: inout Context) throws(ReplyError) {
    let key = context.key(2)
    guard let entry = context.find(key) else { throw .noSuchHyperLogLog }
    let subcommand = context.arguments[1]
    let wish = wish(subcommand)
    var (wasSparse, isWhole) = (false, true)
    var registers = [UInt8](repeating: 0, count: wish == .registers ? HyperLogLog.registerCount : 0)
    var runs = ""
    try context.editHyperLogLog(key, entry) { value in
      wasSparse = value.isSparse
      switch wish {
      case .registers, .denseForm:
        isWhole = value.becomeDense()
        if isWhole && wish == .registers { isWhole = HyperLogLog.merge(value.buffer.bytes, into: &registers) }
      case .runs: if wasSparse { runs = HyperLogLog.describeRuns(value.buffer.bytes) }
      case .form, .unknown: break
      }
    }
    if !isWhole { throw .corruptHyperLogLog }
    let changesForm = wasSparse && (wish == .registers || wish == .denseForm)
    // The value stays what it was for who watches it.
    if changesForm { context.noted(1) }
    switch wish {
    case .registers:
      context.reply.array(registers.count)
      for value in registers { context.reply.integer(Int(value)) }
    case .runs:
      if !wasSparse { throw .notSparse }
      context.reply.bulk(runs)
    case .form: context.reply.simple(wasSparse ? "sparse" : "dense")
    case .denseForm: context.reply.integer(changesForm ? 1 : 0)
    case .unknown:
      context.reply.error(bytes: Array("ERR Unknown PFDEBUG subcommand '".utf8) + subcommand.cText(.max) + Array("'".utf8))
    }
  }

  static func pfSelfTest(_ context: inout Context) throws(ReplyError) {
    guard let problem = HyperLogLog.selfTest(using: &context.engine.random) else { return context.reply.ok() }
    context.fail("TESTFAILED \(problem)")
  }
}
