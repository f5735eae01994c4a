// FAILOVER, and what replicas say to their master: SYNC, PSYNC and REPLCONF. There are no replicas.

enum FailoverCommand {
  static let all = [
    Command(
      "failover", .server, since: "6.2.0", "Hands the server's role over to a replica.", arity: -1,
      flags: [.admin, .noScript, .stale],
      arguments: [
        .block("target", token: "TO", [.string("host"), .integer("port"), .token("FORCE").optional]).optional,
        .token("ABORT").optional, .integer("milliseconds", token: "TIMEOUT").optional,
      ], handler: failOver),
    Command(
      "sync", .server, since: "1.0.0", "Asks for all data, as a replica.", complexity: "", arity: 1,
      flags: flags,
      handler: synchronise),
    Command(
      "psync", .server, since: "2.8.0", "Asks for what is new, as a replica.", complexity: "", arity: -3,
      flags: flags,
      arguments: [.string("replicationid"), .integer("offset")], handler: synchronise),
    Command(
      "replconf", .server, since: "3.0.0", "Introduces a replica.", arity: -1,
      flags: [.admin, .noScript, .loading, .stale, .allowBusy], isSystemCommand: true, handler: introduce),
  ]

  private static let flags: CommandFlags = [.admin, .noScript, .noAsyncLoading, .noMulti]

  static func failOver(_ context: inout Context) throws(ReplyError) {
    var cursor = ArgumentCursor(context.arguments, from: 1)
    if context.arguments.count == 2 && cursor.match("ABORT") { throw .noFailover }
    var (hasTimeout, hasTarget, isForced) = (false, false, false)
    while !cursor.isAtEnd {
      if !hasTimeout, cursor.match("TIMEOUT", followedBy: 1) {
        hasTimeout = true
        if cursor.integer() <= 0 { cursor.fail(.failoverTimeout) }
      } else if !hasTarget, cursor.match("TO", followedBy: 2) {
        hasTarget = true
        _ = cursor.next()
        _ = cursor.integer()
      } else if !isForced, cursor.match("FORCE") {
        isForced = true
      } else {
        cursor.fail(.syntax)
      }
    }
    try cursor.finish()
    throw .noReplicas
  }

  static func synchronise(_ context: inout Context) throws(ReplyError) { throw .cannotBeReplicated }

  /// Pairs of an option and its value.
  static func introduce(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    guard arguments.count % 2 == 1 else { throw .syntax }
    for index in stride(from: 1, to: arguments.count, by: 2) {
      let option = arguments[index]
      // What only replicas and masters say is not answered at all.
      if option.matches("ACK") || option.matches("GETACK") { return }
      if option.matches("LISTENING-PORT") || option.matches("RDB-ONLY") {
        _ = try arguments.integer(index + 1)
      } else if option.matches("RDB-FILTER-ONLY") {
        guard let words = ConfigurationFile.split(arguments[index + 1].copied()) else {
          throw ReplyError("ERR Missing rdb-filter-only values")
        }
        if let word = words.first(where: { $0 != Array("functions".utf8) }) {
          return word.withBytes { context.fail("ERR Unsupported rdb-filter-only option: ", quoting: $0, "") }
        }
      } else if !option.matches("CAPA") && !option.matches("IP-ADDRESS") {
        return context.fail("ERR Unrecognized REPLCONF option: ", quoting: option, "")
      }
    }
    context.reply.ok()
  }
}

extension ReplyError {
  static var failoverTimeout: ReplyError { ReplyError("ERR FAILOVER timeout must be greater than 0") }
  static var noFailover: ReplyError { ReplyError("ERR No failover in progress.") }
  static var noReplicas: ReplyError { ReplyError("ERR FAILOVER requires connected replicas.") }
  static var cannotBeReplicated: ReplyError { ReplyError("ERR this server cannot have replicas") }
}
