// HELLO and AUTH: the protocol's version, and who the client is.

enum HelloCommand {
  static let command = Command(
    "hello", .connection, since: "6.0.0", "Introduces a client: protocol version, credentials, name.", arity: -1,
    flags: [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy],
    arguments: [
      .block(
        "arguments",
        [
          .integer("protover"),
          .block("username_password", token: "AUTH", [.string("username"), .string("password")]).optional,
          .string("clientname", token: "SETNAME").optional,
        ]
      ).optional
    ],
    history: [("6.2.0", "The protocol version may be left out: the reply then tells of the connection.")],
    handler: hello)

  static let auth = Command(
    "auth", .connection, since: "1.0.0", "Authenticates the connection.", arity: -2,
    flags: [.noScript, .loading, .stale, .fast, .noAuth, .allowBusy],
    arguments: [.string("username").optional.since("6.0.0"), .string("password")],
    history: [("6.0.0", "A user name may be given.")], handler: auth)

  static func hello(_ context: inout Context) throws(ReplyError) {
    var version: Int64 = 0
    var position = 1
    let arguments = context.arguments
    if arguments.count > 1 {
      version = try arguments.integer(1, ReplyError("ERR Protocol version is not an integer or out of range"))
      if version < 2 || version > 3 { throw ReplyError("NOPROTO unsupported protocol version") }
      position = 2
    }
    var name: Bytes?
    var credentials: (user: Bytes, password: Bytes)?
    while position < arguments.count {
      let more = arguments.count - 1 - position
      if arguments[position].matches("AUTH") && more >= 2 {
        credentials = (arguments[position + 1], arguments[position + 2])
        position += 3
      } else if arguments[position].matches("SETNAME") && more >= 1 {
        name = arguments[position + 1]
        if let name { try ClientName.validate(name) }
        position += 2
      } else {
        return context.fail("ERR Syntax error in HELLO option '", quoting: arguments[position])
      }
      // 7.0 carries each option out as it reads it; later versions once all of them are found to be right.
      if !context.engine.emulates72 { try introduce(&context, name: name, credentials) }
    }
    try introduce(&context, name: nil, credentials)
    if context.session.gates.contains(.authentication) {
      throw context.engine.emulates72 ? .helloUnauthenticated : .helloUnauthenticated70
    }
    try introduce(&context, name: name, nil)
    if version != 0 { context.session.protocolVersion = UInt8(truncatingIfNeeded: version) }
    let reply = context.reply
    reply.map(7)
    reply.bulk("server")
    let emulated = context.engine.configuration.emulatedVersion.released
    reply.bulk(emulated.isValkey ? "valkey" : "redis")
    reply.bulk("version")
    reply.bulk(emulated.numbers)
    reply.bulk("proto")
    reply.integer(Int(context.session.protocolVersion))
    reply.bulk("id")
    reply.integer(Int64(bitPattern: context.session.identifier))
    reply.bulk("mode")
    reply.bulk("standalone")
    reply.bulk("role")
    reply.bulk("master")
    reply.bulk("modules")
    reply.emptyArray()
  }

  /// Carries out the options of HELLO that are given.
  private static func introduce(
    _ context: inout Context, name: Bytes?, _ credentials: (user: Bytes, password: Bytes)?
  ) throws(ReplyError) {
    if let credentials, !context.authenticate(user: credentials.user, password: credentials.password) {
      throw .wrongPassword
    }
    if let name { context.session.extra.name = name.copied() }
  }

  static func auth(_ context: inout Context) throws(ReplyError) {
    guard context.arguments.count <= 3 else { throw .syntax }
    if context.arguments.count == 2 && context.needsNoPassword {
      throw ReplyError(
        """
        ERR AUTH <password> called without any password configured for the default user. Are you sure your \
        configuration is correct?
        """)
    }
    let user = context.arguments.count == 3 ? context.arguments[1] : Bytes("default")
    let password = context.arguments[context.arguments.count - 1]
    guard context.authenticate(user: user, password: password) else { throw .wrongPassword }
    context.reply.ok()
  }
}

/// What a client may call itself.
enum ClientName {
  /// Only printable characters without blanks: the name stands in CLIENT LIST.
  static func validate(_ name: Bytes) throws(ReplyError) {
    guard isPlain(name) else {
      throw ReplyError("ERR Client names cannot contain spaces, newlines or special characters.")
    }
  }

  static func isPlain(_ text: Bytes) -> Bool {
    for index in 0..<text.count where text[index] < 33 || text[index] > 126 { return false }
    return true
  }
}

extension ReplyError {
  fileprivate static var helloUnauthenticated: ReplyError {
    ReplyError(
      """
      NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> \
      <pass> option can be used to authenticate the client and select the RESP protocol version at the same time
      """)
  }
  fileprivate static var helloUnauthenticated70: ReplyError {
    ReplyError(
      """
      NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> \
      option can be used to authenticate the client and select the RESP protocol version at the same time
      """)
  }
}
