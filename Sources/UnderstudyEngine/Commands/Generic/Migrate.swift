// MIGRATE: keys are restored on another server, and removed here once that has said so. What goes over the wire is
// AUTH, SELECT and a RESTORE for each key, in one go; how it gets there is in Executor/OutgoingCalls.swift.

enum MigrateCommand {
  static let command = Command(
    "migrate", .generic, since: "2.6.0", "Moves keys to another server.",
    complexity: "As DUMP and DEL of the keys here, and RESTORE there, and O(N) for N bytes on the way.", arity: -6,
    flags: [.write, .movableKeys], categories: [.keyspace, .dangerous],
    keys: [
      .key(3, [.readWrite, .access, .delete]),
      KeySpec(
        [.readWrite, .access, .delete, .incomplete], .keyword("KEYS", from: -2), .range(last: -1, step: 1, limit: 0)),
    ],
    keyFinder: KeyFinder { arguments in
      guard let range = positions(arguments) else { return [] }
      return range.map { LocatedKey(position: $0, access: [.readWrite, .access, .delete]) }
    },
    arguments: [
      .string("host"), .integer("port"), .oneOf("key_or_empty_string", [.key(), .token("", name: "empty_string")]),
      .integer("destination-db"), .integer("timeout"), .token("COPY").optional.since("3.0.0"),
      .token("REPLACE").optional.since("3.0.0"),
      .oneOf(
        "authentication",
        [
          .string("password", token: "AUTH").optional.since("4.0.7"),
          .block("username_password", token: "AUTH2", [.string("username"), .string("password")]).optional
            .since("6.0.0"),
        ]
      ).optional,
      .key(spec: 1, token: "KEYS").optional.multiple.since("3.0.6"),
    ],
    tips: ["nondeterministic_output"],
    history: [
      ("3.0.0", "The options COPY and REPLACE."), ("3.0.6", "The option KEYS."), ("4.0.7", "The option AUTH."),
      ("6.0.0", "The option AUTH2."),
    ], handler: migrate)

  /// Where the keys stand; nil if one is given in both forms.
  private static func positions(_ arguments: Arguments) -> Range<Int>? {
    guard arguments.count > 5 else { return 3..<3 }
    var index = 6
    while index < arguments.count {
      let word = arguments[index]
      if word.matches("KEYS") { return arguments[3].isEmpty ? index + 1..<arguments.count : nil }
      index += word.matches("AUTH") ? 2 : word.matches("AUTH2") ? 3 : 1
    }
    return 3..<4
  }

  private struct Options {
    var copies = false
    var replaces = false
    /// What stands behind AUTH in the call of the other server.
    var credentials: [Bytes] = []
    var keys: [Bytes]
    let database: Int64
    let timeout: Int64

    init(_ arguments: Arguments) throws(ReplyError) {
      keys = [arguments[3]]
      var cursor = ArgumentCursor(arguments, from: 6)
      while !cursor.isAtEnd {
        if cursor.match("COPY") {
          copies = true
        } else if cursor.match("REPLACE") {
          replaces = true
        } else if cursor.match("AUTH", followedBy: 1) {
          credentials = [cursor.next()]
        } else if cursor.match("AUTH2", followedBy: 2) {
          credentials = [cursor.next(), cursor.next()]
        } else if cursor.match("KEYS") {
          if !arguments[3].isEmpty { throw .migrateKeysBesideKey }
          keys = []
          while !cursor.isAtEnd { keys.append(cursor.next()) }
        } else {
          throw .syntax
        }
      }
      let timeout = try arguments.integer(5)
      self.timeout = timeout > 0 ? timeout : 1000
      database = try arguments.integer(4)
    }

    /// How many calls stand before those of the keys.
    var preludeCount: Int { credentials.isEmpty ? 1 : 2 }
  }

  static func migrate(_ context: inout Context) throws(ReplyError) {
    let options = try Options(context.arguments)
    if let (answer, keys) = context.answer { return finish(context, options, answer, keys) }
    var keys: [[UInt8]] = []
    var request: [UInt8] = []
    append(options.credentials.isEmpty ? [] : [Bytes("AUTH")] + options.credentials, to: &request)
    "\(options.database)".withBytes { append([Bytes("SELECT"), $0], to: &request) }
    for name in options.keys {
      let key = context.key(name)
      guard let entry = context.read(key) else { continue }
      guard let dump = try context.dump(entry, key) else { continue }
      keys.append(name.copied())
      let lifetime = entry.deadlineMilliseconds == Entry.noDeadline ? 0 : max(1, entry.deadlineMilliseconds &- context.now)
      "\(lifetime)".withBytes { lifetime in
        dump.withBytes { dump in
          let words = [Bytes("RESTORE"), name, lifetime, dump]
          append(options.replaces ? words + [Bytes("REPLACE")] : words, to: &request)
        }
      }
    }
    if keys.isEmpty { return context.reply.raw("+NOKEY\r\n") }
    guard context.mayCallOut else { throw .cannotMigrateHere }
    context.callOut(
      host: context.arguments[1].upToZero.text, port: port(context.arguments[2]), request,
      lineCount: options.preludeCount + keys.count, timeout: options.timeout, keys: keys)
  }

  /// A port as C's `atoi` reads it: what is none is 0, on which nobody listens.
  private static func port(_ text: Bytes) -> UInt16 {
    var value = 0
    for index in 0..<min(text.count, 9) {
      guard text[index] >= 48, text[index] <= 57 else { break }
      value = value * 10 + Int(text[index] - 48)
    }
    return UInt16(truncatingIfNeeded: value)
  }

  /// Adds a call in the form of requests; nothing for no words.
  private static func append(_ words: [Bytes], to request: inout [UInt8]) {
    if words.isEmpty { return }
    request += Array("*\(words.count)\r\n".utf8)
    for word in words {
      request += Array("$\(word.count)\r\n".utf8) + word.copied() + [13, 10]
    }
  }

  // MARK: The answer

  private static func finish(
    _ context: borrowing Context, _ options: Options, _ answer: OutgoingAnswer, _ keys: [[UInt8]]
  ) {
    let lines: [[UInt8]]
    switch answer {
    case .unreachable: return context.fail("IOERR error or timeout connecting to the client")
    case .notSent: return context.fail("IOERR error or timeout writing to target instance")
    case .lines(let found): lines = found
    }
    let isError: ([UInt8]) -> Bool = { $0.first == UInt8(ascii: "-") }
    let prelude = lines.prefix(options.preludeCount)
    // If it was not let in, or there is no such database, all is in vain, whatever is said of the keys.
    let refusal = prelude.first(where: isError)
    var firstError: [UInt8]?
    for (name, line) in zip(keys, lines.dropFirst(options.preludeCount)) {
      if refusal != nil || isError(line) {
        firstError = firstError ?? refusal ?? line
      } else if !options.copies {
        name.withBytes { name in
          let key = context.key(name)
          if context.remove(key) { context.touched(key, "del", .generic) }
        }
      }
    }
    if let firstError {
      context.reply.error(bytes: Array("ERR Target instance replied with error: ".utf8) + firstError.dropFirst())
    } else if lines.count < options.preludeCount + keys.count {
      context.fail("IOERR error or timeout reading to target instance")
    } else {
      context.reply.ok()
    }
  }
}
