// Ledger: every connection and what it did. The records of open connections hang in their sessions too; closed ones stay
// until there are too many, and are then added to the totals of their identity, so that the sums stay true and only
// detail is lost, which the report says.
//
// What is written: `Ledger+Writing.swift`. What is read off: `LedgerReport.swift`.

/// What connections go by that belong together: one pool, usually.
package struct ClientIdentity: Hashable, Sendable, Comparable {
  /// The endpoint's name.
  package internal(set) var endpoint: String
  /// CLIENT SETNAME, the library's name, and the user.
  package let name: String
  package let library: String
  package let user: String

  /// Whoever found no room under a name of their own.
  static func others(at endpoint: String) -> ClientIdentity {
    ClientIdentity(endpoint: endpoint, name: "(others)", library: "", user: "")
  }

  package static func < (one: ClientIdentity, two: ClientIdentity) -> Bool {
    (one.endpoint, one.name, one.library, one.user) < (two.endpoint, two.name, two.library, two.user)
  }
}

/// A command and the key it went to, for the sums.
struct Execution: Hashable {
  let name: String
  let key: [UInt8]
}

/// What an endpoint's commands come to.
struct EndpointSums {
  /// What stands for all commands that there are not: what a client sends is not bounded.
  static let unknownName = "(unknown)"

  /// Executions of each command, inside EXEC and scripts too.
  var commands: [String: Int64] = [:]
  /// What came of commands that stood by themselves, by name; of names beyond the limit together, under `ReplySum.others`.
  var replies: [String: ReplySum] = [:]
  /// Executions by key, as long as there is room.
  var executions: [Execution: Int64] = [:]
  /// Calls of each script, by its SHA1.
  var scripts: [String: Int64] = [:]
  /// Executions that found no room to be told by key, or by script.
  var untold: Int64 = 0
}

/// What the replies to one command come to. What EXEC and scripts run is part of their replies, and not counted apart.
package struct ReplySum: Sendable, Equatable {
  /// The name for commands whose names found no room.
  static let others = "(others)"

  package var answered: Int64 = 0
  /// Those that have no reply yet, or never will.
  package var unanswered: Int64 = 0
  package var errors: Int64 = 0
  /// Microseconds, of those that are answered.
  package var total: Int64 = 0
  package var maximum: Int64 = 0

  /// - Parameter hadWaited: it was counted before, as unanswered.
  mutating func count(_ command: CommandRecord, hadWaited: Bool) {
    guard let took = command.took else {
      unanswered += 1
      return
    }
    if hadWaited { unanswered = max(0, unanswered - 1) }
    answered += 1
    if command.error != nil { errors += 1 }
    total &+= took
    maximum = max(maximum, took)
  }

  mutating func add(_ other: ReplySum) {
    answered += other.answered
    unanswered += other.unanswered
    errors += other.errors
    total &+= other.total
    maximum = max(maximum, other.maximum)
  }
}

/// What is left of connections whose records are gone.
struct FoldedConnections {
  var opens = 0
  var commands: Int64 = 0
  var errors: Int64 = 0
  var faults = 0
  var bytesReceived: Int64 = 0
  var bytesSent: Int64 = 0
  var peakOpen = 0
  var peakBusy = 0
  var openedWhileIdle = 0
  var handshakeOnly = 0
}

struct Ledger {
  /// How many closed connections are kept one by one.
  static let connectionLimit = 10_000
  /// How many commands are kept, of all connections together: some fifty megabytes.
  static let commandLimit = 200_000
  /// How many closed connections keep their whole lanes.
  static let laneLimit = 1_000
  /// How many keys, and how many scripts, are counted apart for each endpoint.
  static let keyLimit = 10_000
  /// How many names of commands replies are counted by.
  static let nameLimit = 1_000
  /// How many identities have sums of their own when their records are gone; those beyond are taken together.
  static let identityLimit = 1_000

  /// All connections that are kept, in the order of their opening.
  var connections: [ConnectionRecord] = []
  var folded: [ClientIdentity: FoldedConnections] = [:]
  var sums: [Int: EndpointSums] = [:]
  /// Who has asked for something in this round of the loop.
  var round: [ConnectionRecord] = []
  /// The cost source's time at which the ledger begins, microseconds.
  var startedAt: Int64 = 0
  var isStarted = false

  /// How many commands the connections' records hold.
  private(set) var commandTotal = 0

  /// Keeps a command, and forgets others when there are too many: first those of connections that are closed.
  mutating func append(_ command: CommandRecord, to record: ConnectionRecord) {
    let before = record.commands.count
    record.append(command)
    commandTotal += record.commands.count - before
    if commandTotal > Self.commandLimit { dropCommands() }
  }

  mutating func dropLatest(ordinal: Int64, of record: ConnectionRecord) {
    let before = record.commands.count
    record.dropLatest(ordinal: ordinal)
    commandTotal += record.commands.count - before
  }

  private mutating func dropCommands() {
    let enough = Self.commandLimit / 2
    for record in connections where record.closedAt != nil && commandTotal > enough {
      commandTotal -= record.dropCommands(keeping: 0)
    }
    var kept = ConnectionRecord.commandLimit
    while commandTotal > enough && kept > 0 {
      kept /= 4
      for record in connections { commandTotal -= record.dropCommands(keeping: kept) }
    }
  }

  mutating func startIfNeeded(at time: Int64) {
    if isStarted { return }
    isStarted = true
    startedAt = time
  }

  /// Adds a closed connection's sums to those of its identity when there are too many.
  mutating func foldIfFull(_ endpoints: [LabEndpoint]) {
    guard connections.count > Self.connectionLimit + Self.connectionLimit / 4 else { return }
    let excess = connections.count - Self.connectionLimit
    var gone: [ConnectionRecord] = []
    connections.removeAll { record in
      guard gone.count < excess, record.closedAt != nil else { return false }
      gone.append(record)
      return true
    }
    for record in gone { commandTotal -= record.commands.count }
    for figures in LedgerFigures.compute(gone, endpoints, until: gone.compactMap(\.closedAt).max() ?? 0) {
      let identity = Self.isKnown(figures.identity, folded) ? figures.identity : .others(at: figures.identity.endpoint)
      var sum = folded[identity] ?? FoldedConnections()
      sum.opens += figures.opens
      sum.commands += figures.commands
      sum.errors += figures.errors
      sum.faults += figures.faults
      sum.bytesReceived += figures.bytesReceived
      sum.bytesSent += figures.bytesSent
      sum.peakOpen = max(sum.peakOpen, figures.peakOpen)
      sum.peakBusy = max(sum.peakBusy, figures.peakBusy)
      sum.openedWhileIdle += figures.openedWhileIdle
      sum.handshakeOnly += figures.handshakeOnly
      folded[identity] = sum
    }
  }

  /// Whether an identity has sums of its own, or there is room for them.
  private static func isKnown(_ identity: ClientIdentity, _ folded: [ClientIdentity: FoldedConnections]) -> Bool {
    folded.count < identityLimit || folded[identity] != nil
  }

  mutating func removeAll() {
    // Those that are open go on in their sessions, with what they did so far.
    connections.removeAll { $0.closedAt != nil }
    commandTotal = connections.reduce(0) { $0 + $1.commands.count }
    folded.removeAll()
    sums.removeAll()
  }
}
