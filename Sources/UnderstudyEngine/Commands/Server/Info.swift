// INFO. What it says is in Introspection/InfoText.swift.

enum InfoCommand {
  static let command = Command(
    "info", .server, since: "1.0.0", "Tells of the server, section by section.", arity: -1,
    flags: [.loading, .stale], categories: [.dangerous], arguments: [.string("section").optional.multiple],
    tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    history: [("7.0.0", "Several sections may be named.")], handler: info)

  static func info(_ context: inout Context) throws(ReplyError) {
    var sections: Set<InfoSection> = []
    for index in 1..<context.arguments.count { sections.formUnion(InfoSection.named(context.arguments[index])) }
    if context.arguments.count == 1 { sections = InfoSection.standard }
    if !sections.isDisjoint(with: [.commandStats, .latencyStats]) { context.engine.askForTimes() }
    context.info(sections).withBytes { context.reply.verbatim($0) }
  }
}
