// CLIENT TRACKING and what belongs to it. Client-side caching is not there: it can be switched off, which it is, and
// everything that asks for it is refused in words of our own, behind the checks of the real server.

enum ClientTracking {
  static let commands = [
    Command(
      "tracking", .connection, since: "6.0.0", "Switches client-side caching on or off.",
      complexity: "O(1). Some options may introduce additional complexity.", arity: -3, flags: ClientCommand.flags,
      arguments: [
        .oneOf("status", [.token("ON"), .token("OFF")]), .integer("client-id", token: "REDIRECT").optional,
        .string("prefix", token: "PREFIX").optional.multipleTokens, .token("BCAST").optional,
        .token("OPTIN").optional, .token("OPTOUT").optional, .token("NOLOOP").optional,
      ], handler: tracking),
    Command(
      "caching", .connection, since: "6.0.0", "Says whether the next command's keys are tracked.", arity: 3,
      flags: ClientCommand.flags, arguments: [.oneOf("mode", [.token("YES"), .token("NO")])], handler: caching),
    Command(
      "getredir", .connection, since: "6.0.0", "Answers who gets the connection's invalidation messages.", arity: 2,
      flags: ClientCommand.flags, handler: getRedirection),
    Command(
      "trackinginfo", .connection, since: "6.2.0", "Tells of the connection's client-side caching.", arity: 2,
      flags: ClientCommand.flags, handler: trackingInfo),
  ]

  static func tracking(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    var words: Set<String> = []
    var index = 3
    while index < arguments.count {
      let option = arguments[index]
      if option.matches("REDIRECT") && index + 1 < arguments.count {
        index += 1
        if words.contains("REDIRECT") {
          throw ReplyError("ERR A client can only redirect to a single other client")
        }
        let target = try arguments.integer(index)
        guard context.engine.client(target) != nil else {
          throw ReplyError("ERR The client ID you want redirect to does not exist")
        }
        words.insert("REDIRECT")
      } else if option.matches("PREFIX") && index + 1 < arguments.count {
        index += 1
        words.insert("PREFIX")
      } else if option.matches("BCAST") || option.matches("OPTIN") || option.matches("OPTOUT")
        || option.matches("NOLOOP")
      {
        words.insert(option.text.uppercased())
      } else {
        throw .syntax
      }
      index += 1
    }
    if arguments[2].matches("OFF") { return context.reply.ok() }
    guard arguments[2].matches("ON") else { throw .syntax }
    if words.contains("PREFIX") && !words.contains("BCAST") {
      throw ReplyError("ERR PREFIX option requires BCAST mode to be enabled")
    }
    if words.contains("BCAST") && (words.contains("OPTIN") || words.contains("OPTOUT")) {
      throw ReplyError("ERR OPTIN and OPTOUT are not compatible with BCAST")
    }
    if words.isSuperset(of: ["OPTIN", "OPTOUT"]) {
      throw ReplyError("ERR You can't specify both OPTIN mode and OPTOUT mode")
    }
    throw ReplyError("ERR CLIENT TRACKING ON is not supported by this server")
  }

  static func caching(_ context: inout Context) throws(ReplyError) {
    throw ReplyError(
      """
      ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled
      """)
  }

  static func getRedirection(_ context: inout Context) throws(ReplyError) { context.reply.integer(-1) }

  static func trackingInfo(_ context: inout Context) throws(ReplyError) {
    let reply = context.reply
    reply.map(3)
    reply.bulk("flags")
    reply.set(1)
    reply.bulk("off")
    reply.bulk("redirect")
    reply.integer(-1)
    reply.bulk("prefixes")
    reply.emptyArray()
  }
}
