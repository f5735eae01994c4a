// LAB.HELP: the verbs of the lab, each with its grammar and its summary, read off the declarations.

enum LabHelpCommand {
  static let command = Command(
    "lab.help", .lab, since: "1.0.0", "Tells the verbs of the control port.",
    complexity: "O(N) where N is the number of verbs.", arity: 1, handler: help)

  static func help(_ context: inout Context) throws(ReplyError) {
    let verbs = context.commandTable.commands.filter { $0.group == .lab }.flatMap { verb in
      verb.subcommands.isEmpty ? [(verb.name, verb)] : verb.subcommands.map { ("\(verb.name) \($0.name)", $0) }
    }
    context.reply.array(verbs.count * 2)
    for (name, verb) in verbs {
      context.reply.bulk(([name.uppercased()] + verb.arguments.map(\.grammar)).joined(separator: " "))
      context.reply.bulk("    \(verb.summary)")
    }
  }
}

extension Argument {
  /// The argument as a usage line writes it: `[FREEZE | ADVANCE milliseconds]`.
  var grammar: String {
    let inner: String
    switch kind {
    case .pureToken: inner = ""
    case .oneOf: inner = arguments.map(\.grammar).joined(separator: " | ")
    case .block: inner = arguments.map(\.grammar).joined(separator: " ")
    default: inner = name
    }
    var text = [token, inner.isEmpty ? nil : inner].compactMap(\.self).joined(separator: " ")
    if isMultiple { text += " [\(text) ...]" }
    if isOptional { return "[\(text)]" }
    return kind == .oneOf ? "<\(text)>" : text
  }
}
