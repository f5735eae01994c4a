// What goes wrong with scripts. The engine knows: it sees every call that a script makes, the error that it ends with, and
// its source.
//
//   script.undeclared-key    a key that is not in KEYS
//   script.literal-args      values pasted into the source
//   script.no-fallback       NOSCRIPT, and nothing follows
//   script.partial-write     an error behind a write
//   script.rejected          what no script may do
//   script.arity             KEYS or ARGV that are not there, or are never read
//   script.slow, script.nondeterministic, script.cross-slot, script.lua-number: off unless asked for

/// What the rules of scripts remember across connections.
struct ScriptWatch {
  struct Missing {
    let endpoint: Int
    let identity: ClientIdentity
    let connection: UInt64
    let ordinal: Int64
    let sha: String
    let evidence: FindingEvidence
    let time: Int64
  }

  struct Shape: Hashable {
    let endpoint: Int
    let hash: UInt64
  }

  static let limit = 1_000
  /// What is known of scripts, by SHA1 or by the function's name.
  var facts: [String: ScriptFacts] = [:]
  /// The bodies of one shape.
  var bodies: [Shape: Set<String>] = [:]
  /// NOSCRIPTs behind which nothing has been done yet.
  var missing: [Missing] = []
}

/// A script that begins to run.
struct ScriptStart {
  /// Its SHA1, or the function's name.
  let name: String
  let isFunction: Bool
  let keys: [[UInt8]]
  let arguments: [[UInt8]]
}

enum ScriptRules {
  static let undeclaredKey = FindingRule(
    "script.undeclared-key", .certain, "A script touches a key that is not among its KEYS.",
    guardedBy: "The engine compares the keys of every call; `lua-undeclared-keys error` refuses such calls. Keys that begin with one in "
      + "KEYS which the script never touches itself, a namespace, are told as medium.",
    consequence: "In a cluster the script may run where the key is not, and whoever routes or caches by KEYS is misled.",
    fix: "Pass every key in KEYS, those with a suffix too.")

  static let literals = FindingRule(
    "script.literal-args", .high, "Scripts differ in nothing but values: these were pasted into the source.",
    guardedBy: "At least 4 bodies of one shape at one endpoint; names of commands and numbers of KEYS and ARGV are part of the shape.",
    consequence: "Each is compiled anew and stays in the cache for ever; a quote in a value is an injection.",
    fix: "Keep the source constant and pass values in ARGV.", thresholds: [.literalBodies])

  static let noFallback = FindingRule(
    "script.no-fallback", .high, "EVALSHA answers NOSCRIPT, and neither EVAL nor SCRIPT LOAD follows.",
    guardedBy: "Per endpoint, as of when findings are asked for.",
    consequence: "After a restart, a failover or SCRIPT FLUSH the client fails for good.",
    fix: "On NOSCRIPT send EVAL with the source, or SCRIPT LOAD and EVALSHA again.")

  static let partialWrite = FindingRule(
    "script.partial-write", .certain, "A script ends with an error after it has written.",
    guardedBy: "An error that the script handles (pcall), or returns as its reply, does not count.",
    consequence: "What it wrote stays: scripts are not rolled back.",
    fix: "Check everything first and write last, or handle the error with redis.pcall and undo.")

  static let rejected = FindingRule(
    "script.rejected", .certain,
    "A script does what no script may: KEYS, math.random, os.*, io.*, commands of connections, unknown globals.",
    guardedBy: "Its call was refused, and the script ended with that.", consequence: "It can never work.",
    fix: "Do it in the client and pass the result in KEYS or ARGV.")

  static let arity = FindingRule(
    "script.arity", .high, "A script reads KEYS or ARGV that it was not given, or is given some that it never reads.",
    guardedBy: "Only parameters that its source names by a number, and is not prepared to miss (`ARGV[2] or 10`).",
    consequence: "The caller and the script disagree about the parameters.", fix: "Make the call and the script agree.")

  static let slow = FindingRule(
    "script.slow", .medium, "A script runs very many instructions.", guardedBy: "Off unless asked for.",
    consequence: "Nobody else is served meanwhile.", fix: "Split the work, or do it in the client.",
    thresholds: [.slowInstructions], isOnByDefault: false)

  static let chance = FindingRule(
    "script.nondeterministic", .medium, "A script asks for the time or for something random, and then writes.",
    guardedBy: "Off unless asked for.", consequence: "The same call writes something else each time; a test cannot repeat it.",
    fix: "Pass the time or the random value in ARGV.", isOnByDefault: false)

  static let crossSlot = FindingRule(
    "script.cross-slot", .high, "The KEYS of a script lie in different slots of a cluster.", guardedBy: "Off unless asked for.",
    consequence: "A cluster refuses it.", fix: "Give the keys a common {tag}.", isOnByDefault: false)

  static let number = FindingRule(
    "script.lua-number", .medium,
    "A script passes a number to a command that Lua has written with an exponent, or as a fraction of 16 and more digits.",
    guardedBy: "Off unless asked for; numbers that it was given do not count.",
    consequence: "Lua's numbers are doubles: tostring and .. write 14 digits of them, and from 2^53 on there are gaps.",
    fix: "Keep large integers as strings, or let INCRBY do the sum; or string.format('%d', n) below 2^53.", isOnByDefault: false)

  static let rules = [
    undeclaredKey, literals, noFallback, partialWrite, rejected, arity, slow, chance, crossSlot, number,
  ]
}

extension FindingsState {
  // MARK: Their sources

  /// A source was sent, or runs.
  func noteSource(_ body: Bytes, _ name: String, _ record: ConnectionRecord, at time: Int64) {
    let shape: ScriptWatch.Shape
    if let known = scripts.facts[name] {
      shape = ScriptWatch.Shape(endpoint: record.endpoint, hash: known.shape)
      guard known.hasLiterals, scripts.bodies[shape]?.contains(name) != true else { return }
    } else {
      guard scripts.facts.count < ScriptWatch.limit else { return }
      let facts = ScriptFacts(body)
      scripts.facts[name] = facts
      shape = ScriptWatch.Shape(endpoint: record.endpoint, hash: facts.shape)
      guard facts.hasLiterals else { return }
    }
    scripts.bodies[shape, default: []].insert(name)
    let count = scripts.bodies[shape]?.count ?? 0
    guard count >= Int(options[.literalBodies]) else { return }
    let calls = record.commands.filter { ["eval", "eval_ro", "script|load"].contains($0.name) }.suffix(3)
    report(
      ScriptRules.literals, record, detail: "\(shape.hash)", "\(count) scripts differ in nothing but the values in their source",
      evidence: calls.map { record.evidence($0) }, at: time)
  }

  /// A command of scripts has its reply.
  func watchScriptCommands(_ event: CommandEvent) {
    guard event.command.place == .direct || event.command.place == .transaction else { return }
    switch event.name {
    case "evalsha", "evalsha_ro":
      guard event.isError, event.command.error?.hasPrefix("NOSCRIPT") == true, event.arguments.count > 1,
        let identity = event.record.clientIdentity
      else { return }
      if scripts.missing.count == ScriptWatch.limit { scripts.missing.removeFirst() }
      scripts.missing.append(
        ScriptWatch.Missing(
          endpoint: event.record.endpoint, identity: identity, connection: event.record.identifier, ordinal: event.ordinal,
          sha: event.arguments[1].slice(0..<40).text, evidence: event.record.evidence(event.command), time: event.command.time))
    case "eval", "eval_ro", "script|load":
      if scripts.missing.isEmpty { return }
      scripts.missing.removeAll { $0.endpoint == event.record.endpoint }
    default: return
    }
  }

  /// NOSCRIPTs behind which nothing was done, as of now.
  func withoutFallback() -> [Finding] {
    guard isOn(ScriptRules.noFallback) else { return [] }
    return scripts.missing.map { missing in
      Self.finding(
        ScriptRules.noFallback, missing.identity, connections: [missing.connection], who: "conn \(missing.connection)",
        "EVALSHA \(missing.sha.prefix(8))… (#\(missing.ordinal)) answered NOSCRIPT, and neither EVAL nor SCRIPT LOAD followed",
        evidence: [missing.evidence], from: missing.time, to: missing.time)
    }
  }

  // MARK: Their runs

  /// A script begins.
  func beginScript(_ start: ScriptStart, _ body: Bytes?, _ record: ConnectionRecord, at time: Int64) {
    guard let track = record.track else { return }
    track.scriptWrites.removeAll(keepingCapacity: true)
    track.scriptChance = nil
    track.scriptArguments = isOn(ScriptRules.number) ? Set(start.keys + start.arguments) : []
    if let body, !start.isFunction { noteSource(body, start.name, record, at: time) }
    if let facts = scripts.facts[start.name] {
      noteUnread(start, "KEYS", facts.keys, start.keys.count, record, at: time)
      noteUnread(start, "ARGV", facts.arguments, start.arguments.count, record, at: time)
    }
    if isOn(ScriptRules.crossSlot), Set(start.keys.map { KeySlot.slot(of: $0) }).count > 1 {
      reportScript(ScriptRules.crossSlot, start.name, record, detail: "", "is given keys of different slots", at: time)
    }
  }

  private func noteUnread(
    _ start: ScriptStart, _ table: String, _ uses: ScriptFacts.Uses, _ count: Int, _ record: ConnectionRecord, at time: Int64
  ) {
    guard !uses.isDynamic, count > 0, let unread = (1...Int64(count)).last(where: { !uses.indices.contains($0) }) else { return }
    // A key may be passed for the sake of routing alone, where its name is made otherwise.
    if table == "KEYS" && uses.indices.isEmpty { return }
    reportScript(
      ScriptRules.arity, start.name, record, detail: "\(table) unread", "is given \(count) \(table) and never reads \(table)[\(unread)]",
      at: time)
  }

  /// A script has read a parameter that it was not given.
  func noteMissingParameter(_ name: String, isKey: Bool, index: Int64, _ record: ConnectionRecord, at time: Int64) {
    guard let facts = scripts.facts[name] else { return }
    let uses = isKey ? facts.keys : facts.arguments
    guard uses.indices.contains(index), !uses.optional.contains(index) else { return }
    let table = isKey ? "KEYS" : "ARGV"
    reportScript(
      ScriptRules.arity, name, record, detail: "\(table) \(index)", "reads \(table)[\(index)], which it was not given", at: time)
  }

  /// A script has called a command.
  func watchScriptCall(_ event: CommandEvent) {
    let track = event.track
    if isOn(ScriptRules.chance) {
      if Self.chances.contains(event.name) {
        track.scriptChance = event.command
      } else if event.isWrite, let source = track.scriptChance {
        track.scriptChance = nil
        report(
          ScriptRules.chance, event.record, detail: "\(source.name) \(event.name)", key: event.command.key,
          "a script (#\(event.ordinal)) called \(source.name.uppercased()) and then \(event.name.uppercased())",
          evidence: [event.record.evidence(source), event.record.evidence(event.command)], at: event.command.time)
      }
    }
    if isOn(ScriptRules.number) { noteNumbers(event) }
    if event.isWrite && !event.isError && track.scriptWrites.count < 16 { track.scriptWrites.append(event.command) }
  }

  private static let chances: Set<String> = ["time", "randomkey", "srandmember", "hrandfield", "zrandmember", "spop"]

  private func noteNumbers(_ event: CommandEvent) {
    guard event.arguments.count > 1 else { return }
    for index in 1..<event.arguments.count where Self.isOdd(event.arguments[index]) {
      let text = event.arguments[index]
      if event.track.scriptArguments.contains(text.copied()) { continue }
      report(
        ScriptRules.number, event.record, detail: event.name, key: event.command.key,
        "a script (#\(event.ordinal)) passed the number \(text.text) to \(event.name.uppercased())",
        evidence: [event.record.evidence(event.command)], at: event.command.time)
      return
    }
  }

  /// `1.2345e+15`, `0.30000000000000004`
  private static func isOdd(_ text: Bytes) -> Bool {
    guard text.count >= 5, text.count < 40 else { return false }
    func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    let mark = text.firstIndex(of: UInt8(ascii: "e")) ?? text.count
    let digits = (0..<mark).count { isDigit(text[$0]) }
    let points = (0..<mark).count { text[$0] == UInt8(ascii: ".") }
    let sign = text[0] == UInt8(ascii: "-") ? 1 : 0
    guard digits > 0, points < 2, digits + points + sign == mark else { return false }
    if mark == text.count { return points == 1 && digits >= 16 }
    return mark + 2 < text.count && text[mark + 1] == UInt8(ascii: "+") && (mark + 2..<text.count).allSatisfy { isDigit(text[$0]) }
  }

  /// A script has ended. `isRaised` says that it ended with an error of its own making, rather than returning one.
  func endScript(_ name: String, isRaised: Bool, _ reply: Bytes, instructions: UInt64, _ record: ConnectionRecord, at time: Int64) {
    guard let track = record.track else { return }
    if isOn(ScriptRules.slow), instructions >= UInt64(max(0, options[.slowInstructions])) {
      reportScript(ScriptRules.slow, name, record, detail: "", "ran \(instructions) instructions", at: time)
    }
    guard isRaised, reply.count > 1 else { return }
    let error = reply.slice(1..<(reply.firstIndex(of: 13) ?? reply.count)).slice(0..<160).text
    if Self.refusals.contains(where: { error.holds($0) }) {
      reportScript(ScriptRules.rejected, name, record, detail: String(error.prefix(60)), "was refused: \(error)", at: time)
    }
    if !track.scriptWrites.isEmpty {
      let writes = track.scriptWrites.prefix(3).map(\.text).joined(separator: ", ")
      reportScript(
        ScriptRules.partialWrite, name, record, detail: "", "wrote (\(writes)) and then failed: \(error)",
        evidence: track.scriptWrites.prefix(3).map { record.evidence($0) }, at: time)
    }
  }

  /// What the engine says of calls that no script may make.
  private static let refusals = [
    "is refused inside scripts", "not allowed from script", "nonexistent global variable", "readonly table",
  ]

  private func reportScript(
    _ rule: FindingRule, _ name: String, _ record: ConnectionRecord, detail: String, _ story: String,
    evidence: [FindingEvidence] = [], at time: Int64
  ) {
    // A function goes by its name, a script by the beginning of its digest.
    let short = name.utf8.count == 40 ? "\(name.prefix(8))…" : name
    let call = record.commands.last { $0.place != .script }
    report(
      rule, record, detail: "\(name) \(detail)", "script \(short)" + (call.map { " (#\($0.ordinal))" } ?? "") + " " + story,
      evidence: evidence + (call.map { [record.evidence($0)] } ?? []), at: time)
  }
}

extension String {
  /// Whether the bytes of `part` stand anywhere in it.
  fileprivate func holds(_ part: String) -> Bool {
    let (text, part) = (Array(utf8), Array(part.utf8))
    guard !part.isEmpty, text.count >= part.count else { return false }
    return (0...text.count - part.count).contains { text[$0..<$0 + part.count].elementsEqual(part) }
  }
}
