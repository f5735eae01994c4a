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
  package internal(set) var name = ""
  package internal(set) var libraryName = ""
  package internal(set) var libraryVersion = ""
  package internal(set) var user = "default"
  package internal(set) var protocolVersion: UInt8 = 2

  // What it did.
  package internal(set) var commandCount: Int64 = 0
  package internal(set) var bytesReceived: Int64 = 0
  package internal(set) var bytesSent: Int64 = 0
  package internal(set) var firstCommandAt: Int64?
  package internal(set) var lastCommandAt: Int64?
  /// The names of the commands with which it introduced itself.
  package internal(set) var handshake: [String] = []
  package internal(set) var isShakingHands = true
  /// The database that the handshake chose: what the connection is expected to stay in.
  package internal(set) var baselineDatabase: Int32 = 0
  /// Its commands that began a reply but have not got it: 1 while it is blocked.
  package internal(set) var outstanding = 0
  package internal(set) var stateLeft: [ConnectionState] = []
  /// What fault rules did to it: the first of them, and how many in all.
  package private(set) var faults: [ConnectionFault] = []
  package private(set) var faultCount = 0

  /// The latest commands, oldest first, and how many older ones have been dropped.
  package private(set) var commands: [CommandRecord] = []
  package private(set) var droppedCommands: Int64 = 0

  package private(set) var lane: [LaneInterval] = []
  private(set) var laneKind: LaneKind
  private var laneSince: Int64
  /// Gaps that are shorter than this are not told apart, microseconds; 0 as long as everything is.
  package private(set) var laneResolution: Int64 = 0
  /// It has asked for something in this round of the loop.
  var isInRound = false
  /// What the rules remember of it; nil where commands are not written down.
  var track: ConnectionTrack?

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
  }

  // MARK: Commands

  /// Keeps a command, and drops old ones.
  func append(_ command: CommandRecord) {
    if commands.count >= 2 * Self.commandLimit {
      commands.removeFirst(Self.commandLimit)
      droppedCommands += Int64(Self.commandLimit)
    }
    commands.append(command)
  }

  /// Forgets all but the latest commands; answers how many that were.
  func dropCommands(keeping kept: Int) -> Int {
    let excess = max(0, commands.count - kept)
    commands.removeFirst(excess)
    droppedCommands += Int64(excess)
    return excess
  }

  /// Forgets the latest command: it was not taken after all.
  func dropLatest(ordinal: Int64) {
    if commands.last?.ordinal == ordinal { commands.removeLast() }
  }

  /// Changes the latest command that fits.
  func changeLatest(where fits: (CommandRecord) -> Bool, _ change: (inout CommandRecord) -> Void) {
    guard let index = commands.lastIndex(where: fits) else { return }
    change(&commands[index])
  }

  /// A fault rule has bitten.
  func note(_ fault: ConnectionFault) {
    faultCount += 1
    if faults.count < ConnectionFault.limit { faults.append(fault) }
    noteFault(fault.action, ordinal: fault.ordinal, tookEffect: fault.tookEffect, at: fault.time)
  }

  // MARK: The lane

  /// From now on it does something else.
  func enter(_ kind: LaneKind, at time: Int64) {
    guard kind != laneKind else { return }
    let interval = LaneInterval(kind: laneKind, start: laneSince, end: max(time, laneSince))
    laneKind = kind
    laneSince = interval.end
    if fills(interval) { return }
    lane.append(interval)
    if lane.count > Self.laneLimit { coarsen(to: Self.laneLimit / 2) }
  }

  /// The lane up to now.
  package func lane(until time: Int64) -> [LaneInterval] {
    let end = closedAt ?? max(time, laneSince)
    return laneSince < end || lane.isEmpty ? lane + [LaneInterval(kind: laneKind, start: laneSince, end: end)] : lane
  }

  /// Whether a stretch is a gap that is too short to tell: the one before goes on over it.
  private func fills(_ interval: LaneInterval) -> Bool {
    guard laneResolution > 0, interval.end - interval.start < laneResolution, !lane.isEmpty else { return false }
    lane[lane.count - 1].end = interval.end
    return true
  }

  /// Fills the gaps that are shorter than a limit, which doubles until there are few enough stretches.
  func coarsen(to count: Int) {
    while lane.count > count {
      laneResolution = max(laneResolution * 2, 100)
      var coarse: [LaneInterval] = []
      for interval in lane {
        let isShort = interval.end - interval.start < laneResolution
        if let last = coarse.last, isShort || last.kind == interval.kind {
          coarse[coarse.count - 1].end = interval.end
        } else {
          coarse.append(interval)
        }
      }
      lane = coarse
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
