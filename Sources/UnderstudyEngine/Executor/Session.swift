// Session: what the engine knows of one client. Small, because ten thousand idle ones must cost nothing to speak of:
// whatever most clients never use (a name, a transaction, subscriptions, a blocked command) hangs in `extras`, and
// bytes are owned only for half a request or for output that could not be sent.
//
// This file may say `unsafe`. What keeps it safe: sessions are allocated and freed by the engine alone, under its lock;
// whoever keeps a session across commands keeps its identifier and asks the registry again.

/// Why a command of this session or of this engine cannot simply run. All clear is the fast path: one test a command.
package struct Gates: OptionSet, Sendable {
  package let rawValue: UInt32
  @inline(__always)
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  // Of a session.
  static let authentication = Gates(rawValue: 1 << 0)
  static let transaction = Gates(rawValue: 1 << 1)
  static let subscribed = Gates(rawValue: 1 << 2)
  static let replyControl = Gates(rawValue: 1 << 3)
  /// The user may not do everything: each call is looked at.
  static let restrictedUser = Gates(rawValue: 1 << 4)
  /// CLIENT TRACKING; of a script's session: its caller tracks.
  static let tracking = Gates(rawValue: 1 << 5)
  /// MONITOR.
  static let monitoring = Gates(rawValue: 1 << 6)
  /// A connection to the control port: its requests take a way of their own (`Dispatcher.runControl`).
  static let control = Gates(rawValue: 1 << 7)
  /// A proxy's: its requests are passed on to another server (Lab/Proxy).
  static let forwarded = Gates(rawValue: 1 << 8)

  // Of the engine.
  /// A script is suspended.
  static let busy = Gates(rawValue: 1 << 16)
  static let paused = Gates(rawValue: 1 << 17)
  static let monitors = Gates(rawValue: 1 << 18)
  static let memory = Gates(rawValue: 1 << 19)
  /// DEBUG SLEEP, or a command that waits for another server.
  static let asleep = Gates(rawValue: 1 << 21)
  /// Replies have a limit of their own, beyond which their client is closed.
  static let outputLimits = Gates(rawValue: 1 << 23)
  /// How long commands take is measured.
  static let measured = Gates(rawValue: 1 << 22)
  /// The lab wants to see commands, or to stand in their way: those of one session, or everybody's.
  static let lab = Gates(rawValue: 1 << 20)
}

/// What a session is and what it is doing.
package struct SessionFlags: OptionSet, Sendable {
  package let rawValue: UInt32
  @inline(__always)
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A queued command was refused: EXEC will abort.
  static let dirtyExec = SessionFlags(rawValue: 1 << 0)
  /// A watched key was changed: EXEC will answer nil.
  static let dirtyWatch = SessionFlags(rawValue: 1 << 1)
  /// Closed as soon as what was written has been sent.
  package static let closeAfterReply = SessionFlags(rawValue: 1 << 2)
  /// Waits in a blocking command.
  package static let blocked = SessionFlags(rawValue: 1 << 3)
  /// Its command is suspended: a script that goes on in slices.
  static let suspended = SessionFlags(rawValue: 1 << 4)
  /// Its unsent output is over the limit; commands wait until it has drained.
  static let outputFull = SessionFlags(rawValue: 1 << 5)
  /// Held back while another client's script runs, or while clients are paused.
  static let held = SessionFlags(rawValue: 1 << 6)
  static let replyOff = SessionFlags(rawValue: 1 << 7)
  static let replySkip = SessionFlags(rawValue: 1 << 8)
  static let replySkipNext = SessionFlags(rawValue: 1 << 9)
  package static let unixSocket = SessionFlags(rawValue: 1 << 10)
  /// Not a connection: calls from the program that the server lives in.
  static let embedded = SessionFlags(rawValue: 1 << 11)
  /// Not a connection: the calls of a script.
  static let script = SessionFlags(rawValue: 1 << 12)
  /// Inside EXEC or a script: a blocking command answers at once.
  static let denyBlocking = SessionFlags(rawValue: 1 << 13)
  /// Stands in the engine's list of sessions with output for the transport.
  static let flushQueued = SessionFlags(rawValue: 1 << 14)
  /// Stands in the engine's list of sessions whose retained input may run again.
  static let runQueued = SessionFlags(rawValue: 1 << 15)
  static let noEvict = SessionFlags(rawValue: 1 << 16)
  static let noTouch = SessionFlags(rawValue: 1 << 17)
  /// A connection to the control port.
  package static let control = SessionFlags(rawValue: 1 << 18)
  /// To be closed by the transport at once (CLIENT KILL).
  package static let killed = SessionFlags(rawValue: 1 << 19)

  /// A fault ends its connection as soon as what stands before has left.
  static let cut = SessionFlags(rawValue: 1 << 21)
  /// A fault has it wait.
  static let delayed = SessionFlags(rawValue: 1 << 22)

  /// Its user has authenticated, or need not.
  static let authenticated = SessionFlags(rawValue: 1 << 20)

  /// The peer may still be sending when it is closed: the transport must not let a reset eat the last reply.
  package static let lingers = SessionFlags(rawValue: 1 << 30)

  /// With any of these the session executes nothing.
  static let stops: SessionFlags = [
    .closeAfterReply, .blocked, .suspended, .outputFull, .held, .killed, .cut, .delayed,
  ]
}

package typealias SessionPointer = UnsafeMutablePointer<Session>

/// One client of the engine.
@safe
package struct Session {
  /// Never used twice by one engine (CLIENT ID).
  package let identifier: UInt64
  package var flags: SessionFlags = []
  var gates: Gates = []
  var database: Int32 = 0
  /// 2 or 3.
  package var protocolVersion: UInt8 = 2
  /// Half a request, or requests that wait.
  var input: UnsafeMutablePointer<InputBuffer>?
  /// Output that could not be sent at once, or that another session caused.
  package var pending: UnsafeMutablePointer<ReplyBuffer>?
  /// The transport's own handle of the connection.
  package var transport: UnsafeMutableRawPointer?
  var extras: SessionExtras?
  /// Its place in the lab's ledger; those that are no connections have none.
  var record: ConnectionRecord?
  /// What fault rules know of it. A session that has this has pending output, though it be empty.
  var faults: FaultConnection?
  /// The last command it ran, for CLIENT LIST.
  var lastCommand: DispatchPointer?
  /// Wait clock, microseconds.
  var openedAt: Int64
  var lastActiveAt: Int64
  var bytesReceived: Int64 = 0
  var bytesSent: Int64 = 0
  var commandCount: Int64 = 0
  /// What it owned when that was last looked at (`maxmemory-clients`), in bytes.
  var countedMemory: Int64 = 0

  init(identifier: UInt64, now: Int64) {
    self.identifier = identifier
    openedAt = now
    lastActiveAt = now
  }

  /// The number of the endpoint that it came in at.
  package var endpoint: Int { record?.endpoint ?? 0 }

  @inline(__always)
  var isStopped: Bool { !flags.isDisjoint(with: .stops) }

  /// The extras, made at their first use.
  var extra: SessionExtras {
    mutating get {
      if let extras { return extras }
      let made = SessionExtras()
      extras = made
      return made
    }
  }

  /// Frees what the session owns.
  mutating func discard() {
    if let input = unsafe input {
      unsafe input.deinitialize(count: 1)
      unsafe input.deallocate()
      unsafe self.input = nil
    }
    if let pending = unsafe pending {
      unsafe pending.deinitialize(count: 1)
      unsafe pending.deallocate()
      unsafe self.pending = nil
    }
    extras = nil
    record = nil
    faults = nil
  }
}

/// What few sessions have.
final class SessionExtras {
  var name: [UInt8] = []
  var libraryName: [UInt8] = []
  var libraryVersion: [UInt8] = []
  /// Who it has authenticated as; nil is the default user.
  var user: ACLUser?
  /// Between MULTI and EXEC.
  var transaction: Transaction?
  /// Keys under WATCH.
  var watched: [WatchedKey] = []
  /// Channels and patterns it is subscribed to.
  var channels: Set<[UInt8]> = []
  var patterns: Set<[UInt8]> = []
  var shardChannels: Set<[UInt8]> = []
  /// The command it waits in.
  var blocked: BlockedCommand?
  /// Since when more output waits than its class may have for long; wait clock, microseconds.
  var overSoftLimitSince: Int64?
  /// Client-side caching, if it is on.
  var tracking: TrackingMode?
  /// The connection to the server behind a proxy.
  var upstream: Upstream?
}
