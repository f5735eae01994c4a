// WAIT and WAITAOF. There are no replicas and no append-only file: who asks for none is answered at once, who
// asks for some waits until the time is up, as on a server that has none.

enum WaitCommand {
  static let all = [
    Command(
      "wait", .generic, since: "3.0.0", "Waits until replicas have what this client has written.", arity: 3,
      flags: .noScript, categories: .connection, arguments: [.integer("numreplicas"), .integer("timeout")],
      tips: ["request_policy:all_shards", "response_policy:agg_min"], handler: wait),
    Command(
      "waitaof", .generic, since: "7.2.0",
      "Waits until what this client has written is in append-only files.",
      arity: 4, flags: .noScript, categories: .connection,
      arguments: [.integer("numlocal"), .integer("numreplicas"), .integer("timeout")],
      tips: ["request_policy:all_shards", "response_policy:agg_min"], handler: waitAppendOnlyFile),
  ]

  static func wait(_ context: inout Context) throws(ReplyError) {
    let replicas = try context.arguments.integer(1)
    let timeout = try context.timeoutMilliseconds(2)
    if replicas <= 0 || !context.mayBlock { return context.reply.integer(0) }
    context.block(on: [], for: .inline, timeout: timeout, .zero)
  }

  static func waitAppendOnlyFile(_ context: inout Context) throws(ReplyError) {
    let local = try context.arguments.integer(1)
    guard (0...1).contains(local) else { throw .localCountOutOfRange }
    let replicas = try context.arguments.integer(2)
    if replicas < 0 { throw .mustBePositive }
    let timeout = try context.timeoutMilliseconds(3)
    if local > 0 { throw .appendOnlyFileDisabled }
    if replicas == 0 || !context.mayBlock { return TimeoutReply.twoZeros.write(context.reply) }
    context.block(on: [], for: .inline, timeout: timeout, .twoZeros)
  }
}
