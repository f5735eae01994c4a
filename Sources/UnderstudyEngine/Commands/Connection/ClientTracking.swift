// CLIENT TRACKING and what belongs to it: client-side caching. How clients are told is in Tracking/.

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
    let mode = try options(context)
    if context.arguments[2].matches("OFF") {
      context.stopTracking()
      return context.reply.ok()
    }
    guard context.arguments[2].matches("ON") else { throw .syntax }
    let known = context.session.extras?.tracking
    if !mode.prefixes.isEmpty && !mode.isBroadcast { throw .prefixWithoutBroadcast }
    if let known, known.isBroadcast != mode.isBroadcast { throw .broadcastSwitched }
    if mode.isBroadcast && (mode.isOptIn || mode.isOptOut) { throw .broadcastWithOptions }
    if mode.isOptIn && mode.isOptOut { throw .optInAndOptOut }
    if let known, mode.isOptIn && known.isOptOut || mode.isOptOut && known.isOptIn { throw .optionsSwitched }
    guard !failsOverlap(mode.prefixes, known?.prefixes ?? [], context) else { return }
    context.startTracking(mode)
    context.reply.ok()
  }

  /// What stands behind ON or OFF, which is read before that word is.
  private static func options(_ context: borrowing Context) throws(ReplyError) -> TrackingMode {
    let arguments = context.arguments
    var mode = TrackingMode()
    var index = 3
    while index < arguments.count {
      let option = arguments[index]
      let hasMore = index + 1 < arguments.count
      if option.matches("REDIRECT") && hasMore {
        index += 1
        if mode.redirection != nil { throw ReplyError("ERR A client can only redirect to a single other client") }
        let identifier = try arguments.integer(index)
        guard context.engine.client(identifier) != nil else {
          throw ReplyError("ERR The client ID you want redirect to does not exist")
        }
        mode.redirection = UInt64(clamping: identifier)
      } else if option.matches("BCAST") {
        mode.isBroadcast = true
      } else if option.matches("OPTIN") {
        mode.isOptIn = true
      } else if option.matches("OPTOUT") {
        mode.isOptOut = true
      } else if option.matches("NOLOOP") {
        mode.isNoLoop = true
      } else if option.matches("PREFIX") && hasMore {
        index += 1
        mode.prefixes.append(arguments[index].copied())
      } else {
        throw .syntax
      }
      index += 1
    }
    return mode
  }

  /// Refuses prefixes one of which begins with another: a change would be told twice.
  private static func failsOverlap(_ added: [[UInt8]], _ known: [[UInt8]], _ context: borrowing Context) -> Bool {
    for (index, prefix) in added.enumerated() {
      let sorted = known.sorted { $0.lexicographicallyPrecedes($1) }
      let (other, place) =
        if let found = sorted.first(where: { overlaps($0, prefix) }) {
          (Optional(found), "an existing")
        } else {
          (added[(index + 1)...].first { overlaps($0, prefix) }, "another provided")
        }
      guard let other else { continue }
      let (first, second) = (prefix.withBytes { $0.upToZero.copied() }, other.withBytes { $0.upToZero.copied() })
      context.reply.error(
        bytes: Array("ERR Prefix '".utf8) + first + Array("' overlaps with \(place) prefix '".utf8) + second
          + Array("'. Prefixes for a single client must not overlap.".utf8))
      return true
    }
    return false
  }

  private static func overlaps(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    one.starts(with: other) || other.starts(with: one)
  }

  static func caching(_ context: inout Context) throws(ReplyError) {
    guard let mode = context.session.extras?.tracking else { throw .cachingWithoutTracking }
    if context.arguments[2].matches("YES") {
      guard mode.isOptIn else { throw .cachingYesWithoutOptIn }
    } else if context.arguments[2].matches("NO") {
      guard mode.isOptOut else { throw .cachingNoWithoutOptOut }
    } else {
      throw .syntax
    }
    context.session.extras?.tracking?.isCachingNoted = true
    context.reply.ok()
  }

  static func getRedirection(_ context: inout Context) throws(ReplyError) {
    context.reply.integer(context.engine.redirection(of: context.session.extras))
  }

  static func trackingInfo(_ context: inout Context) throws(ReplyError) {
    let extras = context.session.extras
    let mode = extras?.tracking
    var flags: [StaticString] = [mode == nil ? "off" : "on"]
    if let mode {
      if mode.isBroadcast { flags.append("bcast") }
      if mode.isOptIn { flags.append("optin") }
      if mode.isOptIn && mode.isCachingNoted { flags.append("caching-yes") }
      if mode.isOptOut { flags.append("optout") }
      if mode.isOptOut && mode.isCachingNoted { flags.append("caching-no") }
      if mode.isNoLoop { flags.append("noloop") }
      if mode.isBroken { flags.append("broken_redirect") }
    }
    let reply = context.reply
    reply.map(3)
    reply.bulk("flags")
    reply.set(flags.count)
    for flag in flags { reply.bulk(flag) }
    reply.bulk("redirect")
    reply.integer(context.engine.redirection(of: extras))
    reply.bulk("prefixes")
    let prefixes = (mode?.prefixes ?? []).sorted { $0.lexicographicallyPrecedes($1) }
    reply.array(prefixes.count)
    for prefix in prefixes { prefix.withBytes { reply.bulk($0) } }
  }
}

extension ReplyError {
  fileprivate static var prefixWithoutBroadcast: ReplyError {
    ReplyError("ERR PREFIX option requires BCAST mode to be enabled")
  }
  fileprivate static var broadcastSwitched: ReplyError {
    ReplyError(
      """
      ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with \
      a different mode.
      """)
  }
  fileprivate static var broadcastWithOptions: ReplyError {
    ReplyError("ERR OPTIN and OPTOUT are not compatible with BCAST")
  }
  fileprivate static var optInAndOptOut: ReplyError {
    ReplyError("ERR You can't specify both OPTIN mode and OPTOUT mode")
  }
  fileprivate static var optionsSwitched: ReplyError {
    ReplyError(
      """
      ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with \
      a different mode.
      """)
  }
  fileprivate static var cachingWithoutTracking: ReplyError {
    ReplyError(
      """
      ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled
      """)
  }
  fileprivate static var cachingYesWithoutOptIn: ReplyError {
    ReplyError("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
  }
  fileprivate static var cachingNoWithoutOptOut: ReplyError {
    ReplyError("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
  }
}
