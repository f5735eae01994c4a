// What is wrong with a rule: everything that would make it never bite, or bite without sense, is said when it is added.
//
// This file may say `unsafe`. What keeps it safe: it reads the command table, which is never freed.

extension EngineState {
  /// Throws what is wrong with a rule; answers the identifiers of the commands that it is about, nil for all.
  ///
  /// - Parameter group: the preset whose rules are to go.
  func check(_ rule: FaultRule, replacing group: String? = nil) throws(FaultRefusal) -> Set<Int16>? {
    if let fault = FaultRule.fault(inID: rule.id) { throw FaultRefusal(fault) }
    if let there = lab.faults.rule(rule.id), group == nil || there.rule.group != group {
      throw FaultRefusal("there is a rule '\(rule.id)' already")
    }
    let kind = rule.stage.kind
    guard rule.action.stages.contains(kind) else {
      let others = FaultStage.Kind.allCases.filter { rule.action.stages.contains($0) }.map(\.rawValue)
      throw FaultRefusal(
        "\(rule.action.name) makes no sense at \(kind.rawValue); it does at \(others.joined(separator: ", "))")
    }
    try checkNumbers(rule)
    try checkEndpoint(rule)
    if kind == .accept || kind == .tls, rule.matcher.needsSession {
      throw FaultRefusal("at \(kind.rawValue) nothing is known of a connection but its endpoint and its number")
    }
    if kind == .push, rule.matcher.namesCommands || rule.matcher.key != nil {
      throw FaultRefusal("a push belongs to no command")
    }
    let commands = try resolve(rule.matcher)
    try checkKeys(rule, commands)
    if case .handshake = rule.stage, let commands, !rule.matcher.commands.contains(FaultRule.maintenanceCommand) {
      let isPossible = commands.contains { unsafe Self.introductions.contains(table.all[Int($0)].pointee.name) }
      guard isPossible else { throw FaultRefusal("none of these commands belongs to a handshake") }
    }
    return commands
  }

  private func checkNumbers(_ rule: FaultRule) throws(FaultRefusal) {
    guard rule.probability > 0 && rule.probability <= 1 else { throw FaultRefusal("PROB is over 0 and at most 1") }
    guard rule.after >= 0 else { throw FaultRefusal("AFTER is 0 or more") }
    guard rule.times.map({ $0 > 0 }) != false else { throw FaultRefusal("TIMES is 1 or more") }
    guard rule.duration.map({ $0 > 0 && $0 <= Self.longestFault }) != false else {
      throw FaultRefusal("FOR is 1 to \(Self.longestFault) milliseconds")
    }
    guard rule.matcher.connection.map({ $0 > 0 }) != false else { throw FaultRefusal("connections count from 1") }
    if let database = rule.matcher.database, database < 0 || Int(database) >= databaseCount {
      throw FaultRefusal("there are databases 0 to \(databaseCount - 1)")
    }
    var milliseconds: [Int64] = []
    switch rule.stage {
    case .replyByte(let count) where count < 0: throw FaultRefusal("bytes of a reply count from 0")
    case .idle(let time): milliseconds.append(time)
    default: break
    }
    switch rule.action {
    case .delay(let time, let jitter): milliseconds += [time, jitter]
    case .pause(let time): milliseconds.append(time)
    case .drip(let bytes, let time):
      guard bytes > 0 && time > 0 else { throw FaultRefusal("a drip is 1 byte or more every millisecond or more") }
      milliseconds.append(time)
    case .truncate(let count) where count < 0: throw FaultRefusal("a reply cannot be cut before its first byte")
    case .substitute(let reply), .surplus(let reply):
      guard RESPFrames.isOneReply(reply) else { throw FaultRefusal("that is not one whole reply in RESP; RAW takes any bytes") }
    case .raw(let bytes) where bytes.isEmpty: throw FaultRefusal("RAW wants bytes; DROP sends none")
    case .push(let words) where words.isEmpty: throw FaultRefusal("a push has at least one word")
    case .error(let text):
      guard !text.isEmpty && !text.utf8.contains(13) && !text.utf8.contains(10) else {
        throw FaultRefusal("an error is one line of text")
      }
    case .refuse:
      guard rule.after == 0 && rule.times == nil && rule.probability == 1 && rule.matcher.connection == nil else {
        throw FaultRefusal("the system counts no refused connections: refuse takes ENDPOINT and FOR only")
      }
    case .redirect(_, let target):
      let name = target.text
      guard let number = lab.endpoint(named: name) else {
        if case .address = target { break }
        throw FaultRefusal("there is no endpoint '\(name)'")
      }
      guard lab.endpoints[number].port != nil || number == 0 && configuration.port > 0 else {
        throw FaultRefusal("the endpoint '\(name)' has no TCP port to go to")
      }
    default: break
    }
    guard milliseconds.allSatisfy({ $0 >= 0 && $0 <= Self.longestFault }) else {
      throw FaultRefusal("a time is 0 to \(Self.longestFault) milliseconds")
    }
  }

  /// A year, milliseconds: what the clocks can tell without overflow.
  static var longestFault: Int64 { 31_536_000_000 }

  private func checkEndpoint(_ rule: FaultRule) throws(FaultRefusal) {
    var endpoint: LabEndpoint?
    if let name = rule.matcher.endpoint {
      guard let number = lab.endpoint(named: name) else { throw FaultRefusal("there is no endpoint '\(name)'") }
      endpoint = lab.endpoints[number]
    }
    if rule.action == .refuse {
      guard let endpoint else { throw FaultRefusal("refuse wants an ENDPOINT") }
      guard endpoint.isOpen else { throw FaultRefusal("the endpoint '\(endpoint.name)' is closed") }
      guard hooks.setListening != nil else { throw FaultRefusal("this server has no sockets to close") }
    }
    guard rule.stage == .tls else { return }
    let isSecure: Bool
    if let endpoint {
      isSecure = endpoint.name == lab.endpoints[0].name ? configuration.tls.port > 0 : endpoint.listener == .tls
    } else {
      isSecure = configuration.tls.port > 0 || lab.endpoints.contains { $0.listener == .tls }
    }
    guard isSecure else { throw FaultRefusal("nobody speaks TLS there") }
  }

  private func checkKeys(_ rule: FaultRule, _ commands: Set<Int16>?) throws(FaultRefusal) {
    var wants: String?
    if rule.matcher.key != nil { wants = "KEY" }
    if case .redirect = rule.action { wants = wants ?? "a redirection" }
    if rule.matcher.key != nil && rule.stage == .handshake {
      throw FaultRefusal("KEY can never match: no command of a handshake has a key")
    }
    guard let commands else { return }
    if case .role(let role) = rule.action, !commands.contains(where: { unsafe plays(role, FaultSubject(entry: table.all[Int($0)])) }) {
      throw FaultRefusal("the role \(role.rawValue) can never match: none of these commands notices it")
    }
    guard let wants else { return }
    guard commands.contains(where: { unsafe table.all[Int($0)].pointee.command.hasKeys }) else {
      throw FaultRefusal("\(wants) can never match: none of these commands has a key")
    }
  }

  // MARK: Commands

  /// The identifiers of the commands that a matcher is about; nil for all, unknown ones included.
  private func resolve(_ matcher: FaultMatcher) throws(FaultRefusal) -> Set<Int16>? {
    guard matcher.namesCommands else { return nil }
    var names: Set<String> = []
    for name in matcher.commands {
      let name = name.lowercased()
      if name == FaultRule.maintenanceCommand { continue }
      let found = identifiers { $0 == name || $0.hasPrefix("\(name)|") }
      if found.isEmpty { throw FaultRefusal("there is no command '\(name)' in \(emulatedVersionText)") }
      names.insert(name)
    }
    var result: Set<Int16>?
    if !matcher.commands.isEmpty || !matcher.families.isEmpty {
      for family in matcher.families { names.formUnion(family.commands) }
      result = identifiers { name in names.contains(name) || names.contains(String(name.prefix { $0 != "|" })) }
    }
    if !matcher.groups.isEmpty {
      for name in matcher.groups where CommandGroup(rawValue: name.lowercased()) == nil || name.lowercased() == "lab" {
        let known = CommandGroup.allCases.filter { $0 != .lab }.map(\.rawValue)
        throw FaultRefusal("there is no group '\(name)': there are \(known.joined(separator: ", "))")
      }
      let groups = Set(matcher.groups.map { $0.lowercased() })
      let found = entries { _, command in groups.contains(command.group.rawValue) }
      result = result.map { $0.intersection(found) } ?? found
    }
    for (names, isWanted) in [(matcher.flags, true), (matcher.missingFlags, false)] where !names.isEmpty {
      var flags: CommandFlags = []
      for name in names { flags.insert(try Self.flag(named: name)) }
      var found: Set<Int16> = []
      for unsafe entry in unsafe table.all {
        let own = unsafe entry.pointee.flags
        guard isWanted ? own.isSuperset(of: flags) : own.isDisjoint(with: flags) else { continue }
        unsafe found.insert(entry.pointee.identifier)
      }
      result = result.map { $0.intersection(found) } ?? found
    }
    if result?.isEmpty == true && !matcher.commands.contains(FaultRule.maintenanceCommand) {
      throw FaultRefusal("no command of \(emulatedVersionText) fits all of that")
    }
    return result
  }

  private static func flag(named name: String) throws(FaultRefusal) -> CommandFlags {
    let name = name.lowercased()
    if let found = CommandFlags.names.first(where: { "\($0.1)" == name }) { return found.0 }
    throw FaultRefusal("there is no flag '\(name)'; COMMAND INFO shows which there are")
  }

  private func identifiers(_ isWanted: (String) -> Bool) -> Set<Int16> { entries { name, _ in isWanted(name) } }

  private func entries(_ isWanted: (String, Command) -> Bool) -> Set<Int16> {
    var found: Set<Int16> = []
    for unsafe entry in unsafe table.all where unsafe isWanted(entry.pointee.name, entry.pointee.command) {
      unsafe found.insert(entry.pointee.identifier)
    }
    return found
  }
}

extension FaultRule {
  /// What is wrong with a rule's id, if anything.
  static func fault(inID id: String) -> String? {
    if id.isEmpty || id.utf8.count > 128 { return "a rule's id has 1 to 128 bytes" }
    return id.utf8.allSatisfy { (33...126).contains($0) } ? nil : "a rule's id consists of printable ASCII characters without spaces"
  }
}

/// RESP as rules carry it.
enum RESPFrames {
  /// Whether the bytes are exactly one whole reply.
  static func isOneReply(_ bytes: [UInt8]) -> Bool { length(bytes, 0, depth: 0) == bytes.count }

  /// Where the reply at `start` ends; nil if it is not whole, or none.
  private static func length(_ bytes: [UInt8], _ start: Int, depth: Int) -> Int? {
    guard start < bytes.count, depth < 32, let end = line(bytes, start) else { return nil }
    let text = Array(bytes[(start + 1)..<(end - 2)])
    switch bytes[start] {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ","), UInt8(ascii: "("): return end
    case UInt8(ascii: "_"): return text.isEmpty ? end : nil
    case UInt8(ascii: "#"): return text == [UInt8(ascii: "t")] || text == [UInt8(ascii: "f")] ? end : nil
    case UInt8(ascii: ":"): return number(text) == nil ? nil : end
    case UInt8(ascii: "$"), UInt8(ascii: "!"), UInt8(ascii: "="):
      guard let count = number(text) else { return nil }
      if count == -1 { return end }
      guard count >= 0, count <= Int64(bytes.count - end - 2) else { return nil }
      let close = end + Int(count)
      return bytes[close] == 13 && bytes[close + 1] == 10 ? close + 2 : nil
    case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"):
      guard var count = number(text) else { return nil }
      if count == -1 { return end }
      guard count >= 0, count <= Int64(bytes.count) else { return nil }
      if bytes[start] == UInt8(ascii: "%") { count *= 2 }
      var place = end
      for _ in 0..<count {
        guard let next = length(bytes, place, depth: depth + 1) else { return nil }
        place = next
      }
      return place
    default: return nil
    }
  }

  private static func number(_ text: [UInt8]) -> Int64? { text.withBytes { NumberText.parseInt64($0) } }

  /// The place behind the line end that follows `start`.
  private static func line(_ bytes: [UInt8], _ start: Int) -> Int? {
    var index = start + 1
    while index + 1 < bytes.count {
      if bytes[index] == 13 { return bytes[index + 1] == 10 ? index + 2 : nil }
      index += 1
    }
    return nil
  }
}
