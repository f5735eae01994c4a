// MODULE: there are no modules, and none can be loaded.

enum ModuleCommand {
  private static let flags: CommandFlags = [.admin, .noScript, .noAsyncLoading, .protected]

  static let command = Command(
    "module", .server, since: "4.0.0", "Governs modules.", complexity: "Depends on subcommand.", arity: -2,
    subcommands: [
      Command(
        "list", .server, since: "4.0.0", "Names the modules.",
        complexity: "O(N) where N is the number of loaded modules.",
        arity: 2, flags: [.admin, .noScript], tips: ["nondeterministic_output_order"], handler: list),
      Command(
        "load", .server, since: "4.0.0", "Loads a module.", arity: -3, flags: flags,
        arguments: [.string("path"), .string("arg").optional.multiple], handler: load),
      Command(
        "loadex", .server, since: "7.0.0", "Loads a module and sets it up.", arity: -3, flags: flags,
        arguments: [
          .string("path"),
          .block("configs", token: "CONFIG", [.string("name"), .string("value")]).optional.multipleTokens,
          .block("args", token: "ARGS", [.string("arg")]).optional.multiple,
        ], handler: load),
      Command(
        "unload", .server, since: "4.0.0", "Unloads a module.", arity: 3, flags: flags,
        arguments: [.string("name")],
        handler: unload),
      .help(.server, since: "5.0.0", help),
    ])

  static func list(_ context: inout Context) throws(ReplyError) { context.reply.emptyArray() }

  static func load(_ context: inout Context) throws(ReplyError) {
    throw ReplyError("ERR Error loading the extension. Please check the server logs.")
  }

  static func unload(_ context: inout Context) throws(ReplyError) {
    throw ReplyError("ERR Error unloading module: no such module with that name")
  }

  static func help(_ context: inout Context) throws(ReplyError) {
    context.reply.help(
      "MODULE",
      [
        HelpEntry("LIST", "Name the modules: there are none."),
        HelpEntry("LOAD <path> [<arg> ...]", "Fail to load one."),
        HelpEntry(
          "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
          "Fail to load one and to set it up."),
        HelpEntry("UNLOAD <name>", "Fail to unload one."),
      ])
  }
}
