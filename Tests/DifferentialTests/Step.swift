// One step of a random sequence, and how sequences are made.
//
// A sequence is a value: a list of steps over two connections. It is made from a seed alone, so the seed is all that is
// needed to make it again, and it can be run any number of times, whole or in part, which is what shrinking does.

import UnderstudyTestSupport

/// One thing done to both servers.
struct Step: Sendable {
  enum Kind: Sendable {
    /// Send the command, read one reply.
    case command
    /// Send the command, then wait until its key (the second argument) is gone.
    case expire
    /// Send the command, wait until it blocks or is answered; let the other connection send `waker`; end the wait if it
    /// still lasts; compare both replies.
    case blocking(waker: [Argument])
    /// Walk through a whole scan from cursor 0 and compare what was seen.
    case scan
  }

  var connection: Int
  var arguments: [Argument]
  var kind: Kind = .command
  /// Whether the step leaves in one write with the next one, if that is a command on the same connection.
  var isJoined = false
}

extension Step {
  /// Whether the step may leave in one write with the one before it.
  func joins(_ other: Step) -> Bool {
    guard case .command = kind, case .command = other.kind else { return false }
    // Behind EXEC the runner has a question of its own.
    if other.arguments.first?.upperText == "EXEC" { return false }
    return connection == other.connection && mayBePipelined
  }

  /// Whether the runner has nothing to do behind the command.
  var mayBePipelined: Bool { Comparison.of(arguments).followUp == nil }
}

/// The families of commands that sequences are made of; each is a test of its own.
enum Family: String, CaseIterable, Sendable, CustomStringConvertible {
  case strings, bits, keys, lists, hashes, sets, sortedSets, streams, streamGroups, hyperLogLogs, geo, transactions
  case connections, access
  case scripting, publications, notifications, blocking, everything

  var description: String { rawValue }

  /// The families to test: the one that the environment names, or all of them.
  static let chosen: [Family] = {
    guard let name = TestEnvironment.variable("UNDERSTUDY_FAMILY") else { return allCases }
    return allCases.filter { $0.rawValue == name }
  }()

  /// Publications are read with a marker behind each step, which a transaction would queue.
  var readsPushes: Bool { self == .publications || self == .notifications }

  /// What each sequence begins with.
  var opening: [Step] {
    if self == .access { return CommandTemplates.accessOpening }
    guard self == .notifications else { return [] }
    let events: [Argument] = ["CONFIG", "SET", "notify-keyspace-events", "KEAmn"]
    return [Step(connection: 0, arguments: events), Step(connection: 1, arguments: ["PSUBSCRIBE", "__key*"])]
  }

  var templates: [CommandTemplate] {
    typealias All = CommandTemplates
    return switch self {
    case .strings: All.strings + All.pastDeadlines
    case .bits: All.bits
    case .keys: All.keys
    case .lists: All.lists + All.digests
    case .hashes: All.hashes + All.digests
    case .sets: All.sets + All.digests
    case .sortedSets: All.sortedSets + All.digests
    case .streams: All.streams + All.digests
    case .streamGroups: All.streamGroups + All.digests
    case .hyperLogLogs: All.hyperLogLogs
    case .geo: All.geo
    case .connections: All.connections + All.strings.prefix(6)
    case .access: All.access + All.access + All.mixture.shuffledOnce.prefix(60)
    case .scripting: All.scripting + All.scripting + All.strings.prefix(6) + All.lists.prefix(4) + All.hashes.prefix(2)
    case .publications: All.publications
    case .blocking: All.wakers + All.lists.prefix(6)
    case .notifications: All.mixture
    case .transactions: All.transactions + All.transactions + All.mixture.shuffledOnce.prefix(80)
    case .everything: All.mixture + All.transactions + All.scripting + All.connections
    }
  }
}

extension [CommandTemplate] {
  /// The same elements, well mixed, in the same order every time.
  fileprivate var shuffledOnce: [CommandTemplate] {
    var dice = SeededGenerator(seed: 7)
    return shuffled(using: &dice)
  }
}

/// Makes sequences from seeds.
struct SequenceGenerator: Sendable {
  var family: Family
  var universe: Universe
  var templates: [CommandTemplate]
  var blockingTemplates: [CommandTemplate]

  /// - Parameter isAvailable: whether the servers under test have a command; templates of others are left out
  init(family: Family, universe: Universe, isAvailable: (String) -> Bool) {
    self.family = family
    self.universe = universe
    templates = family.templates.filter { isAvailable($0.name) }
    blockingTemplates = family == .blocking ? CommandTemplates.blocking.filter { isAvailable($0.name) } : []
  }

  func sequence(seed: UInt64) -> [Step] {
    var dice = SeededGenerator(seed: seed)
    var steps: [Step] = []
    for connection in 0...1 where dice.chance(50) {
      steps.append(Step(connection: connection, arguments: ["HELLO", "3"]))
    }
    steps += family.opening
    for _ in 0..<dice.pick([8, 20, 40, 80]) { steps.append(step(&dice)) }
    return steps
  }

  private func step(_ dice: inout SeededGenerator) -> Step {
    let connection = dice.chance(75) || family == .notifications ? 0 : 1
    if !blockingTemplates.isEmpty && dice.chance(50) {
      let call = dice.pick(blockingTemplates).call(&dice, universe: universe)
      let waker = dice.pick(templates).call(&dice, universe: universe)
      return Step(connection: connection, arguments: call, kind: .blocking(waker: waker))
    }
    if family == .keys || family == .everything || family == .transactions {
      if dice.chance(2) {
        return Step(connection: 0, arguments: ["PEXPIRE", dice.pick(Universe.allKeys), "1"], kind: .expire)
      }
      if dice.chance(2) { return Step(connection: 0, arguments: ["SCAN", "0", "COUNT", "3"], kind: .scan) }
    }
    var call = dice.pick(templates).call(&dice, universe: universe)
    // Sets for ranges by name must have equal scores.
    let isLex = call[0].upperText == "ZADD" && call[1].upperText.hasPrefix("LEX")
    if dice.chance(8) && !isLex { mutate(&call, &dice) }
    if dice.chance(20) { call[0] = Argument(String(decoding: call[0].bytes, as: UTF8.self).lowercased()) }
    var step = Step(connection: connection, arguments: call)
    step.isJoined = dice.chance(40) && !family.readsPushes && step.mayBePipelined
    return step
  }

  /// Makes a call that is most likely wrong: an argument too few or too many, or one that does not belong.
  private func mutate(_ call: inout [Argument], _ dice: inout SeededGenerator) {
    switch Int.random(in: 0..<4, using: &dice) {
    case 0 where call.count > 1: call.remove(at: Int.random(in: 1..<call.count, using: &dice))
    case 1 where call.count > 1: call[Int.random(in: 1..<call.count, using: &dice)] = dice.pick(Universe.hostile)
    case 2: call.insert(dice.pick(Universe.hostile), at: Int.random(in: 1...call.count, using: &dice))
    default: call.append(dice.pick(Universe.hostile))
    }
  }
}

extension CommandTemplates {
  /// What each sequence about users begins with: two users, and a connection of one of them.
  fileprivate static let accessOpening = [
    Step(connection: 0, arguments: ["ACL", "SETUSER", "a", "reset", "on", "nopass", "+@all", "%R~*"]),
    Step(
      connection: 0, arguments: ["ACL", "SETUSER", "b", "reset", "on", "nopass", "allkeys", "+@read", "+acl"]),
    Step(connection: 1, arguments: ["AUTH", "a", "x"]),
  ]
}
