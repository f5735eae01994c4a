// DEBUG: for tests of clients and of the server itself. Refused unless `enable-debug-command` allows it.
//
// Redis knows its subcommands by name only inside the handler, and so it is here; a new one is a case of `debug` and a
// line of the help. What steers the insides of redis-server and has no meaning here is accepted only where doing
// nothing is what was asked for.

enum DebugCommand {
  static let command = Command(
    "debug", .server, since: "1.0.0", "Looks into the server, for tests.", complexity: "Depends on subcommand.",
    arity: -2, flags: [.admin, .noScript, .loading, .stale, .protected], isSystemCommand: true, handler: debug)

  static func debug(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let name = arguments[1].text.uppercased()
    switch (name, arguments.count) {
    // A script is never put to sleep.
    case ("SLEEP", 3) where !context.session.flags.contains(.script): sleep(&context)
    case ("OBJECT", 3...4): try object(context)
    case ("SET-ACTIVE-EXPIRE", 3):
      context.engine.configuration.expiresActively = NumberText.parseInt64(arguments[2]) ?? 0 != 0
      context.engine.tellTransport()
      context.reply.ok()
    case ("SET-DISABLE-DENY-SCRIPTS", 3):
      context.engine.scripting.letsScriptsLook = NumberText.parseInt64(arguments[2]) ?? 0 != 0
      context.reply.ok()
    case ("CHANGE-REPL-ID", 2):
      context.engine.replicationIdentifier = context.engine.random.hexadecimal(count: 40)
      context.reply.ok()
    case ("QUICKLIST-PACKED-THRESHOLD", 3):
      guard let size = MemorySize.parse(arguments[2].copied()), size <= 1 << 32, arguments[2].firstByteIsDigit else {
        throw ReplyError("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
      }
      // Lists keep long elements in their own way, whatever the threshold.
      context.reply.ok()
    case ("PROTOCOL", 3): try DebugProtocol.answer(context)
    case ("ERROR", 3): context.reply.error(bytes: arguments[2].copied())
    case ("LOG", 3): context.reply.ok()
    case ("DIGEST", 2): simple(context, context.engine.dataDigest.text)
    case ("DIGEST-VALUE", 2...): digestValues(context)
    case ("RELOAD", 2...): try reload(context)
    case ("PAUSE-CRON", 3), ("DICT-RESIZING", 3), ("REPLYBUFFER", 4): context.reply.ok()
    case ("POPULATE", 3...5): try populate(context)
    case ("HELP", 2): help(context)
    default: context.failSubcommandSyntax()
    }
  }

  private static func simple(_ context: borrowing Context, _ text: String) {
    text.withBytes { bytes in
      context.reply.raw("+")
      context.reply.raw(bytes)
      context.reply.raw("\r\n")
    }
  }

  /// What is no number is none.
  private static func sleep(_ context: inout Context) {
    let seconds = NumberText.parseDouble(context.arguments[2]) ?? 0
    guard seconds > 0 else { return context.reply.ok() }
    context.sleep(microseconds: Int64(min(seconds * 1_000_000, 1e15)))
  }

  private static func object(_ context: borrowing Context) throws(ReplyError) {
    guard let entry = context.peek(context.key(2)) else { throw .noSuchKey }
    let access = context.engine.access
    let idle = access.countsFrequency ? 0 : access.idleSeconds(entry.access)
    simple(
      context,
      "Value at:0x0 refcount:1 encoding:\(context.engine.encodingName(of: entry))"
        + " serializedlength:\(entry.allocatedBytes) lru:\(entry.access) lru_seconds_idle:\(idle)")
  }

  private static func digestValues(_ context: borrowing Context) {
    context.reply.array(context.arguments.count - 2)
    for index in 2..<context.arguments.count {
      var digest = DataDigest()
      if let entry = context.peek(context.key(index)) { digest.add(entry) }
      simple(context, digest.text)
    }
  }

  /// Data would be saved and loaded again: it is the same before and after.
  private static func reload(_ context: borrowing Context) throws(ReplyError) {
    for index in 2..<context.arguments.count {
      let option = context.arguments[index]
      guard option.matches("MERGE") || option.matches("NOFLUSH") || option.matches("NOSAVE") else {
        throw ReplyError("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
      }
    }
    context.reply.ok()
  }

  /// So many keys `key:0`, `key:1` … of strings, those that are there left alone.
  private static func populate(_ context: borrowing Context) throws(ReplyError) {
    let arguments = context.arguments
    guard let count = NumberText.parseInt64(arguments[2]), count >= 0 else { throw .mustBePositive }
    var size = 0
    if arguments.count == 5 {
      guard let given = NumberText.parseInt64(arguments[4]), given >= 0 else { throw .mustBePositive }
      guard given <= Int64(context.engine.configuration.maximumBulkLength) else { throw .stringTooLong }
      size = Int(given)
    }
    let prefix = arguments.count > 3 ? arguments[3].copied() : Array("key".utf8)
    for index in 0..<count {
      (prefix + Array(":\(index)".utf8)).withBytes { name in
        let key = context.key(name)
        guard context.peek(key) == nil else { return }
        var value = Array("value:\(index)".utf8)
        if size > 0 {
          value = Array(value.prefix(size)) + Array(repeating: 0, count: max(0, size - value.count))
        }
        value.withBytes { _ = context.store(.bytes($0), for: key, deadline: .none) }
        context.signalReady(key)
      }
    }
    context.reply.ok()
  }

  private static func help(_ context: borrowing Context) {
    context.reply.help(
      "DEBUG",
      [
        HelpEntry("CHANGE-REPL-ID", "Take another replication id."),
        HelpEntry("DIGEST", "Answer a digest of all data."),
        HelpEntry("DIGEST-VALUE <key> [<key> ...]", "Answer a digest of each value."),
        HelpEntry("ERROR <string>", "Answer an error of that text."),
        HelpEntry("LOG <message>", "Accepted; there is no log that it would go to."),
        HelpEntry("OBJECT <key>", "Tell how a value is held."),
        HelpEntry("POPULATE <count> [<prefix>] [<size>]", "Make keys with strings."),
        HelpEntry(
          "PROTOCOL <type>", "Answer a reply of a type: string, integer, double, bignum, null, array, set, map,",
          "attrib, push, verbatim, true, false."),
        HelpEntry("QUICKLIST-PACKED-THRESHOLD <size>", "Accepted; lists keep long elements in their own way."),
        HelpEntry("RELOAD [option ...]", "The data stays as it is."),
        HelpEntry("SET-ACTIVE-EXPIRE (0|1)", "Let keys expire by themselves, or only when they are looked at."),
        HelpEntry("SET-DISABLE-DENY-SCRIPTS (0|1)", "Let scripts call DEBUG, CLIENT LIST and the like."),
        HelpEntry("SLEEP <seconds>", "Answer nobody for so long."),
      ])
  }
}

extension Bytes {
  /// Whether it begins with a figure.
  fileprivate var firstByteIsDigit: Bool { count > 0 && self[0] >= 48 && self[0] <= 57 }
}
