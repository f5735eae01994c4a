// MONITOR: see Introspection/Monitors.swift.

enum MonitorCommand {
  static let command = Command(
    "monitor", .server, since: "1.0.0", "Tells every command that runs, as it does.", complexity: "", arity: 1,
    flags: [.admin, .noScript, .loading, .stale], handler: monitor)

  static func monitor(_ context: inout Context) throws(ReplyError) {
    guard context.mayBlock else { throw ReplyError("ERR MONITOR isn't allowed for DENY BLOCKING client") }
    context.startMonitoring()
    context.reply.ok()
  }
}
