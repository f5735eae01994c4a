// Where the two servers are meant to differ. Each entry says why, and the page "Differences from Redis" says so too.
//
// This is the only place that may make a real difference disappear. An entry is as narrow as it can be: a command, and what
// both servers answer to it.

import UnderstudyTestSupport

/// One intended difference.
struct KnownDifference: Sendable {
  var reason: String
  /// Whether the two servers hold different data after it, so that the sequence cannot go on.
  var endsSequence = false
  var applies: @Sendable (_ arguments: [Argument], _ oracle: RESPValue, _ ours: RESPValue) -> Bool
}

let knownDifferences: [KnownDifference] = [
  KnownDifference(reason: "The words of a Lua error are those of Lua 5.4, not 5.1; that it is an error, and its code, agree.") {
    arguments, oracle, ours in
    let isScript = ["EVAL", "FCALL", "SCRIPT", "FUNCTION"].contains { arguments.first?.upperText.hasPrefix($0) == true }
    guard isScript, let a = oracle.text, let b = ours.text, oracle.isError, ours.isError
    else { return false }
    // Only what Lua itself says: errors that Redis words are compared byte for byte.
    let lua = ["Error compiling", "attempt to", ": bad argument"]
    return lua.contains { a.contains($0) && b.contains($0) } && a.prefix { $0 != " " } == b.prefix { $0 != " " }
  },
  KnownDifference(reason: "COMMAND GETKEYS refuses a number of keys that only begins with a number.") {
    arguments, oracle, ours in
    let first: Set = ["SINTERCARD", "LMPOP", "ZMPOP", "ZUNION", "ZINTER", "ZDIFF", "ZINTERCARD"]
    guard arguments.count > 4, arguments[1].upperText.hasPrefix("GETKEYS"), oracle.elements?.isEmpty == false else { return false }
    let count = arguments[first.contains(arguments[2].upperText) ? 3 : 4].upperText
    return ours == .error("ERR Invalid arguments specified for command") && Int64(count).map { String($0) } != count
  },
  KnownDifference(reason: "LOLWUT draws a picture of its own.") { arguments, oracle, ours in
    arguments.first?.upperText == "LOLWUT" && !oracle.isError && !ours.isError
  },
  KnownDifference(reason: "SORT fails after another command has read a number out of range.", endsSequence: true) {
    arguments, oracle, ours in
    oracle.text?.hasSuffix("One or more scores can't be converted into double") == true && !ours.isError
  },
  KnownDifference(reason: "Commands and directives are still to come, and a few directives are this server's own.") {
    arguments, oracle, ours in
    switch arguments.prefix(2).map(\.upperText) {
    case ["COMMAND", "COUNT"]: oracle.integer != nil && ours.integer != nil
    case ["COMMAND", "DOCS"]: !oracle.isError && !ours.isError
    case ["COMMAND", "INFO"], ["COMMAND", "LIST"], ["COMMAND"]:
      arguments.count <= 2 && !oracle.isError && !ours.isError
    case ["CONFIG", "GET"]: arguments.dropFirst(2).contains { $0.bytes.contains(UInt8(ascii: "*")) } && !ours.isError
    default: false
    }
  },
  KnownDifference(reason: "What HELP says of a subcommand is in our own words; the subcommands agree.") {
    arguments, oracle, ours in
    func subcommands(_ reply: RESPValue) -> Set<Substring> {
      Set(texts(reply).filter { !$0.hasPrefix("    ") }.map { $0.prefix { $0 != " " } })
    }
    return arguments.last?.upperText == "HELP" && !ours.isError && subcommands(oracle) == subcommands(ours)
  },
]

/// The entry that says that the replies may differ so, if there is one.
func knownDifference(_ arguments: [Argument], _ oracle: RESPValue, _ ours: RESPValue) -> KnownDifference? {
  knownDifferences.first { $0.applies(arguments, oracle, ours) }
}
