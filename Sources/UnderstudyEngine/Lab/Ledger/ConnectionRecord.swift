// ConnectionRecord: one connection in the ledger, from its accept to its close: who it was, its latest commands, and what
// it was doing when.
//
// A record outlives its session. It is touched under the engine's lock alone; what leaves the engine is `LedgerReport`,
// which is made of values.

/// What a connection is doing, as its lane in the report shows it.
package enum LaneKind: UInt8, Sendable, CaseIterable {
  /// It introduces itself: HELLO, AUTH, CLIENT SETINFO and the like, before its first real command.
  case handshake
  case idle, busy
  /// In a blocking command.
  case blocked
  /// Between MULTI and EXEC, and not asking for anything.
  case transaction
  case subscribed
}

/// A stretch of a lane, microseconds since the ledger's start.
package struct LaneInterval: Sendable, Equatable {
  package let kind: LaneKind
  package let start: Int64
  package var end: Int64
}

/// How a connection came to its end.
package enum ConnectionEnding: String, Sendable, CaseIterable {
  /// The client closed it.
  case client
  /// The server did: QUIT, CLIENT KILL, a limit, a protocol error.
  case server
  /// A fault of the lab did.
  case fault
}

/// What a client leaves behind that the next user of its connection would trip over.
package enum ConnectionState: String, Sendable, CaseIterable {
  case multi, watch, subscribed, database, tracking, monitor
  case replyOff = "reply-off"
  case blocked
}

package final class ConnectionRecord {
  /// How many stretches of a lane are kept before short gaps are filled; and of a closed connection's, when there are many.
  static let laneLimit = 512
  static let closedLaneLimit = 64
  /// How many of the latest commands are kept.
  static let commandLimit = 256
  /// How many commands of its handshake are kept.
  static let handshakeLimit = 32

  /// As CLIENT ID answers it.
  package let identifier: UInt64
  /// The number of its endpoint, and its own number among that endpoint's connections, from 1.
  package let endpoint: Int
  package let ordinal: Int64
  package let level: LedgerLevel
  package let openedAt: Int64
  package internal(set) var closedAt: Int64?
  package internal(set) var ending: ConnectionEnding?

  // Who it is.
  /// Nil for one that says nothing of itself, as long as that is known.
  private var introduction: Introduction?
  package internal(set) var protocolVersion: UInt8 = 2

  // What it did.
  package internal(set) var commandCount: Int64 = 0
  /// Those that were answered with an error, behind the handshake.
  package internal(set) var errorCount: Int64 = 0
  package internal(set) var bytesReceived: Int64 = 0
  package internal(set) var bytesSent: Int64 = 0
  package internal(set) var firstCommandAt: Int64?
  package internal(set) var lastCommandAt: Int64?
  package internal(set) var isShakingHands = true
  /// The database that the handshake chose: what the connection is expected to stay in.
  package internal(set) var baselineDatabase: Int32 = 0
  /// Its commands that began a reply but have not got it: 1 while it is blocked.
  package internal(set) var outstanding = 0
  package internal(set) var stateLeft: [ConnectionState] = []
  /// What is written down of it, if more than counters are.
  private var detail: Detail?

  private(set) var laneKind: LaneKind
  private var laneSince: Int64
  /// It has asked for something in this round of the loop.
  var isInRound = false
  /// What the rules remember of it; nil where commands are not written down.
  var track: ConnectionTrack?

  /// Ten thousand idle connections must cost next to nothing: what only few have hangs in one of these.
  private final class Introduction {
    var name = ""
    var libraryName = ""
    var libraryVersion = ""
    var user = "default"
  }

  private final class Detail {
    var handshake: [String] = []
    var faults: [ConnectionFault] = []
    var faultCount = 0
    var commands: [CommandRecord] = []
    var droppedCommands: Int64 = 0
    var lane: [LaneInterval] = []
    var laneResolution: Int64 = 0
  }

  init(
    identifier: UInt64, endpoint: Int, ordinal: Int64, level: LedgerLevel, at time: Int64
  ) {
    self.identifier = identifier
    self.endpoint = endpoint
    self.ordinal = ordinal
    self.level = level
    openedAt = time
    laneKind = .handshake
    laneSince = time
    if level == .full { detail = Detail() }
  }

  // MARK: Who it is

  package internal(set) var name: String {
    get { introduction?.name ?? "" }
    set { introduce(newValue, "") { $0.name = newValue } }
  }

  package internal(set) var libraryName: String {
    get { introduction?.libraryName ?? "" }
    set { introduce(newValue, "") { $0.libraryName = newValue } }
  }

  package internal(set) var libraryVersion: String {
    get { introduction?.libraryVersion ?? "" }
    set { introduce(newValue, "") { $0.libraryVersion = newValue } }
  }

  package internal(set) var user: String {
    get { introduction?.user ?? "default" }
    set { introduce(newValue, "default") { $0.user = newValue } }
  }

  private func introduce(_ value: String, _ usual: String, _ change: (Introduction) -> Void) {
    if introduction == nil && value == usual { return }
    let introduction = introduction ?? Introduction()
    change(introduction)
    self.introduction = introduction
  }

  // MARK: What is written down

  /// The names of the commands with which it introduced itself, the first of them.
  package var handshake: [String] { detail?.handshake ?? [] }

  /// It has introduced itself by a command. Health checks do nothing else for as long as they live: the first will do.
  func noteHandshake(_ name: String) {
    guard let detail, detail.handshake.count < Self.handshakeLimit else { return }
    detail.handshake.append(name)
  }

  /// What fault rules did to it: the first of them, and how many in all.
  package var faults: [ConnectionFault] { detail?.faults ?? [] }
  package var faultCount: Int { detail?.faultCount ?? 0 }

  /// The latest commands, oldest first, and how many older ones have been dropped.
  package var commands: [CommandRecord] { detail?.commands ?? [] }
  package var droppedCommands: Int64 { detail?.droppedCommands ?? 0 }

  package var lane: [LaneInterval] { detail?.lane ?? [] }
  /// Gaps that are shorter than this are not told apart, microseconds; 0 as long as everything is.
  package var laneResolution: Int64 { detail?.laneResolution ?? 0 }

  // MARK: Commands

  /// Keeps a command, and drops old ones.
  func append(_ command: CommandRecord) {
    guard let detail else { return }
    if detail.commands.count >= 2 * Self.commandLimit {
      detail.commands.removeFirst(Self.commandLimit)
      detail.droppedCommands += Int64(Self.commandLimit)
    }
    detail.commands.append(command)
  }

  /// Forgets all but the latest commands; answers how many that were.
  func dropCommands(keeping kept: Int) -> Int {
    guard let detail else { return 0 }
    let excess = max(0, detail.commands.count - kept)
    detail.commands.removeFirst(excess)
    detail.droppedCommands += Int64(excess)
    return excess
  }

  /// Forgets the latest command: it was not taken after all.
  func dropLatest(ordinal: Int64) {
    if detail?.commands.last?.ordinal == ordinal { detail?.commands.removeLast() }
  }

  /// Changes the latest command that fits.
  func changeLatest(where fits: (CommandRecord) -> Bool, _ change: (inout CommandRecord) -> Void) {
    guard let detail, let index = detail.commands.lastIndex(where: fits) else { return }
    change(&detail.commands[index])
  }

  /// A fault rule has bitten.
  func note(_ fault: ConnectionFault) {
    let detail = detail ?? Detail()
    self.detail = detail
    detail.faultCount += 1
    if detail.faults.count == ConnectionFault.limit { detail.faults.removeFirst() }
    detail.faults.append(fault)
    noteFault(fault.action, ordinal: fault.ordinal, tookEffect: fault.tookEffect, at: fault.time)
  }

  // MARK: The lane

  /// From now on it does something else. Of one that is only counted this is not told.
  func enter(_ kind: LaneKind, at time: Int64) {
    guard kind != laneKind, let detail else { return }
    let interval = LaneInterval(kind: laneKind, start: laneSince, end: max(time, laneSince))
    laneKind = kind
    laneSince = interval.end
    if Self.fills(interval, detail) { return }
    detail.lane.append(interval)
    if detail.lane.count > Self.laneLimit { coarsen(to: Self.laneLimit / 2) }
  }

  /// The lane up to now.
  package func lane(until time: Int64) -> [LaneInterval] {
    let (end, lane) = (closedAt ?? max(time, laneSince), lane)
    return laneSince < end || lane.isEmpty ? lane + [LaneInterval(kind: laneKind, start: laneSince, end: end)] : lane
  }

  /// Whether a stretch is a gap that is too short to tell: the one before goes on over it.
  private static func fills(_ interval: LaneInterval, _ detail: Detail) -> Bool {
    guard detail.laneResolution > 0, interval.end - interval.start < detail.laneResolution, !detail.lane.isEmpty else {
      return false
    }
    detail.lane[detail.lane.count - 1].end = interval.end
    return true
  }

  /// Fills the gaps that are shorter than a limit, which doubles until there are few enough stretches.
  func coarsen(to count: Int) {
    guard let detail else { return }
    while detail.lane.count > count {
      detail.laneResolution = max(detail.laneResolution * 2, 100)
      var coarse: [LaneInterval] = []
      for interval in detail.lane {
        let isShort = interval.end - interval.start < detail.laneResolution
        if let last = coarse.last, isShort || last.kind == interval.kind {
          coarse[coarse.count - 1].end = interval.end
        } else {
          coarse.append(interval)
        }
      }
      detail.lane = coarse
    }
  }

  // MARK: The end

  /// Says who ends the connection, unless that is known.
  func noteEnding(_ ending: ConnectionEnding) { if self.ending == nil { self.ending = ending } }

  func close(at time: Int64) {
    enter(laneKind == .idle ? .busy : .idle, at: time)
    closedAt = time
    noteEnding(.client)
  }
}
