// FaultParser: a rule as words, as LAB.FAULT ADD takes it:
//
//   id [ENDPOINT name] [COMMAND name] [FAMILY name] [GROUP name] [FLAG name] [NOFLAG name] [KEY pattern] [CLIENT pattern]
//   [LIBRARY pattern] [USER name] [CONNECTION n] [DB n] [AFTER n] [TIMES n] [PROB p] [SHARED] [FOR ms]
//   DO stage [number] action [what it takes]
//
// COMMAND, FAMILY, GROUP, FLAG and NOFLAG may be repeated. The first thing that is wrong is what is said.

struct FaultParser {
  private let words: [[UInt8]]
  private var index = 0

  init(_ words: [[UInt8]]) { self.words = words }

  static func rule(_ words: [[UInt8]]) throws(FaultRefusal) -> FaultRule {
    var parser = FaultParser(words)
    return try parser.rule()
  }

  private mutating func rule() throws(FaultRefusal) -> FaultRule {
    let id = try next("an id").text
    var matcher = FaultMatcher()
    var (after, times, probability, isShared): (Int64, Int64?, Double, Bool) = (0, nil, 1, false)
    var duration: Int64?
    var seen: Set<String> = []
    while true {
      guard index < words.count else { throw FaultRefusal("DO is missing, with a stage and an action behind it") }
      let word = words[index].text.uppercased()
      index += 1
      if word == "DO" { break }
      if !["COMMAND", "FAMILY", "GROUP", "FLAG", "NOFLAG"].contains(word), !seen.insert(word).inserted {
        throw FaultRefusal("\(word) is given twice")
      }
      switch word {
      case "ENDPOINT": matcher.endpoint = try next("a name").text
      case "COMMAND": matcher.commands.append(try next("a command").text)
      case "FAMILY": matcher.families.append(try Self.family(try next("a family").text))
      case "GROUP": matcher.groups.append(try next("a group").text)
      case "FLAG": matcher.flags.append(try next("a flag").text)
      case "NOFLAG": matcher.missingFlags.append(try next("a flag").text)
      case "KEY": matcher.key = try next("a pattern")
      case "CLIENT": matcher.clientName = try next("a pattern")
      case "LIBRARY": matcher.library = try next("a pattern")
      case "USER": matcher.user = try next("a name").text
      case "CONNECTION": matcher.connection = try number()
      case "DB":
        let database = try number()
        guard let small = Int32(exactly: database) else { throw FaultRefusal("there is no database \(database)") }
        matcher.database = small
      case "AFTER": after = try number()
      case "TIMES": times = try number()
      case "PROB":
        let text = try next("a probability")
        guard let value = text.withBytes({ NumberText.parseDouble($0) }) else {
          throw FaultRefusal("PROB wants a number, not '\(text.text)'")
        }
        probability = value
      case "SHARED": isShared = true
      case "FOR": duration = try number()
      default: throw FaultRefusal("'\(words[index - 1].text)' is no part of a rule: LAB.HELP tells its grammar")
      }
    }
    let stage = try stage()
    let action = try action()
    guard index == words.count else { throw FaultRefusal("'\(words[index].text)' is more than \(action.name) takes") }
    var rule = FaultRule(id, matcher, stage, action)
    (rule.after, rule.times, rule.probability, rule.isShared) = (after, times, probability, isShared)
    rule.duration = duration
    return rule
  }

  static func family(_ name: String) throws(FaultRefusal) -> CommandFamily {
    if let family = CommandFamily(rawValue: name.lowercased()) { return family }
    throw FaultRefusal(
      "there is no family '\(name)': there are \(CommandFamily.allCases.map(\.rawValue).joined(separator: ", "))")
  }

  // MARK: Stage and action

  private mutating func stage() throws(FaultRefusal) -> FaultStage {
    let name = try next("a stage behind DO").text
    guard let kind = FaultStage.Kind.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else {
      throw FaultRefusal(
        "there is no stage '\(name)': there are \(FaultStage.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    switch kind {
    case .accept: return .accept
    case .tls: return .tls
    case .handshake: return .handshake
    case .beforeExecution: return .beforeExecution
    case .afterExecution: return .afterExecution
    case .push: return .push
    case .replyByte: return .replyByte(try count())
    case .idle: return .idle(milliseconds: nextIsNumber ? try number() : 0)
    }
  }

  private mutating func action() throws(FaultRefusal) -> FaultAction {
    let name = try next("an action").text
    switch name.uppercased() {
    case "REFUSE": return .refuse
    case "CLOSE": return .close
    case "RESET": return .reset
    case "HALFCLOSE": return .halfClose
    case "HANG": return .hang
    case "DELAY": return .delay(milliseconds: try number(), jitter: nextIsNumber ? try number() : 0)
    case "DRIP": return .drip(bytes: try count(), milliseconds: try number())
    case "TRUNCATE": return .truncate(try count())
    case "RAW": return .raw(try next("bytes"))
    case "ERROR": return .error(try next("a text").text)
    case "SUBSTITUTE": return .substitute(try next("a reply in RESP"))
    case "SURPLUS": return .surplus(try next("a reply in RESP"))
    case "DROP": return .drop
    case "PUSH":
      let texts = words[index...].map(\.text)
      index = words.count
      return .push(texts)
    case "SWAP": return .swap
    case "PAUSE": return .pause(milliseconds: try number())
    case "REDIRECT":
      let kind = try next("MOVED or ASK").text
      guard ["MOVED", "ASK"].contains(kind.uppercased()) else { throw FaultRefusal("a redirection is MOVED or ASK, not '\(kind)'") }
      let target = try next("an endpoint or an address").text
      return .redirect(isAsk: kind.uppercased() == "ASK", target.utf8.contains(58) ? .address(target) : .endpoint(target))
    case "ROLE":
      let role = try next("replica or loading").text
      guard let found = FaultAction.Role(rawValue: role.lowercased()) else {
        throw FaultRefusal("there is no role '\(role)': there are replica and loading")
      }
      return .role(found)
    default:
      throw FaultRefusal(
        "there is no action '\(name)': there are refuse, close, reset, halfClose, hang, delay, drip, truncate, raw, error, "
          + "substitute, surplus, drop, push, swap, pause, redirect and role")
    }
  }

  // MARK: Words

  private mutating func next(_ what: String) throws(FaultRefusal) -> [UInt8] {
    guard index < words.count else {
      let before = index > 0 ? " behind '\(words[index - 1].text)'" : ""
      throw FaultRefusal("\(what) is missing\(before)")
    }
    index += 1
    return words[index - 1]
  }

  private var nextIsNumber: Bool { index < words.count && words[index].withBytes { NumberText.parseInt64($0) } != nil }

  private mutating func number() throws(FaultRefusal) -> Int64 {
    let text = try next("a number")
    guard let value = text.withBytes({ NumberText.parseInt64($0) }) else {
      throw FaultRefusal("'\(text.text)' is no whole number")
    }
    return value
  }

  private mutating func count() throws(FaultRefusal) -> Int { Int(clamping: try number()) }
}
