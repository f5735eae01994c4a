// EngineState: everything one server knows, in one block of stable memory. Class properties cost exclusivity checks at
// each access (nearly half the instructions of a GET, measured), so the engine is a pointer to this struct, owned by one
// final class. A new room adds its own struct here, in its own folder; nothing hot is a dictionary or a class.
//
// This file may say `unsafe`. What keeps it safe: the block is allocated and freed by `Engine`, and reached only with
// the engine's lock held, or from the thread that runs its loop under that lock.

/// What changes of keys somebody waits for: with none of these a write only counts.
struct KeyInterest: OptionSet {
  let rawValue: UInt8
  static let watches = KeyInterest(rawValue: 1 << 0)
  static let blockedClients = KeyInterest(rawValue: 1 << 1)
  static let notifications = KeyInterest(rawValue: 1 << 2)
  static let tracking = KeyInterest(rawValue: 1 << 3)
}

/// What is to be done when the current command has ended.
struct AfterCommand: OptionSet {
  let rawValue: UInt8
  /// Keys have become ready that clients wait for.
  static let readyKeys = AfterCommand(rawValue: 1 << 0)
  /// The command's own client is to read pushes that the command caused.
  static let pushes = AfterCommand(rawValue: 1 << 1)
}

/// One command of the pipelined window, parsed and looked up, yet to run.
@safe
struct WindowCommand {
  var entry: DispatchPointer?
  var firstSpan: Int32
  var count: Int32
  /// Where the request begins and ends in its bytes.
  var start: Int
  var end: Int
  var firstKeyHash: UInt64
}

/// What its constant pointers lead to is changed by way of a local constant: `let graveyard = unsafe self.graveyard`, then
/// `graveyard.pointee.take(…)`. In one expression it does not compile with `--sanitize thread`, as of Swift 6.3.
@safe
struct EngineState: ~Copyable {
  /// How many commands are parsed ahead, so that the memory they will touch is on its way.
  static let windowSize = 64

  // The hot part.
  var gates: Gates = []
  var interest: KeyInterest = []
  var afterCommand: AfterCommand = []
  /// Data clock, milliseconds: one time for the whole of a batch.
  var now: Int64 = 0
  /// Data clock, microseconds.
  var nowMicroseconds: Int64 = 0
  /// Wait clock, microseconds, as of the batch.
  var waitNow: Int64 = 0
  let databases: UnsafeMutablePointer<Database>
  let databaseCount: Int
  let commandIndex: UnsafePointer<CommandIndex>
  /// Calls and failures of each command, by its identifier.
  let commandStatistics: UnsafeMutablePointer<CommandStatistics>
  var window: UnsafeMutablePointer<WindowCommand>
  var spans = SpanArena(isCounted: false)
  var statistics = Statistics()
  var account = MemoryAccount(startup: 0)
  var eviction = Eviction()
  var ownedByClients = ClientMemory()
  /// What is noted of a key's use.
  var access = AccessTracking()

  /// How doubles are written in replies, by the emulated version.
  let doubleStyle: NumberText.DoubleStyle

  // The rooms.
  let table: CommandTable
  var configuration: Configuration
  var clocks: Clocks
  var random: RandomSource
  let hashSeed: HashSeed
  var sessions: [UInt64: SessionPointer] = unsafe [:]
  var nextSessionIdentifier: UInt64 = 1
  /// Connections to the control port. They stand in no other list, so that nothing counts, names or stops them.
  var controlSessions: Set<SessionPointer> = unsafe []
  /// Far from those of clients, so that opening a control connection does not change what clients are called.
  var nextControlIdentifier: UInt64 = 1 << 62
  var watches = WatchTable()
  var blocking = BlockingTable()
  var subscriptions = SubscriptionTable()
  var tracking = TrackingState()
  var timers = TimerQueue()
  /// CLIENT PAUSE.
  var pause: Pause?
  /// DEBUG SLEEP.
  var sleep: Sleep?
  /// The call to another server that everything waits for (MIGRATE), and how many there were.
  var pendingCall: PendingCall?
  var callCount: UInt64 = 0
  /// Clients in MONITOR.
  var monitors: [SessionPointer] = unsafe []
  /// What `followConfiguration` keeps of the limits of clients.
  var smallestOutputLimit = Int.max
  var followedIdleTimeout = 0
  /// Timers of an older timeout are stale.
  var idleGeneration = 0
  var observation = Observation()
  var rates = InfoRates()
  var effects = Effects()
  var scripting = ScriptingState()
  /// The users.
  var acl: ACLState
  var lab = LabState()
  var snapshots = SnapshotTable()
  var hooks = EngineHooks()
  /// Replies of what runs outside a transport's batch: unblocked clients, resumed input, scripts.
  let scratch: UnsafeMutablePointer<ReplyBuffer>
  /// Pushes that wait for the end of the command which caused them.
  var ownPushes = ReplyBuffer(capacity: 0)
  /// The session whose command runs, and where its replies go: for messages to oneself.
  var current: SessionPointer?
  var currentOutput: UnsafeMutablePointer<ReplyBuffer>?
  /// The input whose request runs, if that has large arguments with buffers of their own.
  var currentLargeArguments: UnsafeMutablePointer<InputBuffer>?
  /// The bytes of the running batch that lie in the transport's buffer.
  var currentInputCount = 0
  /// The first span of the request that the window could not finish.
  var unfinishedSpan = 0
  /// Clients that wait for something that is not theirs, by identifier.
  var held: [UInt64] = []
  /// Whether something that is due has come up since the transport last asked (`Engine.wantsTasks`).
  let tasksChanged: UnsafeMutablePointer<Bool>
  /// What a reading command was shown instead of a hash with expired fields, while changes are held back.
  var shownHash: ShownHash?
  /// What is freed in steps.
  let graveyard: UnsafeMutablePointer<Graveyard>
  /// The session of embedded calls, and where their replies go; made at the first one.
  var embeddedSession: SessionPointer?
  var embeddedOutput = ReplyBuffer(capacity: 0)
  var embeddedRequest = RequestQueue()
  /// Sessions that are no connections: embedded calls, scripts.
  var internalSessionCount = 0
  let runIdentifier: String
  var replicationIdentifier: String
  let startedAt: Int64
  /// When data was last saved (LASTSAVE), in seconds of the data clock; at first the start.
  var savedAt: Int64

  init(_ configuration: Configuration, clocks: Clocks, seed: UInt64?) {
    var random = RandomSource(seed: seed)
    self.configuration = configuration
    self.clocks = clocks
    table = CommandTable.table(for: configuration)
    acl = ACLState(configuration)
    unsafe commandIndex = table.index
    doubleStyle = configuration.emulatedVersion < "7.2.0" ? .seventeenDigits : .shortest
    let commandCount = unsafe table.all.count
    unsafe commandStatistics = .allocate(capacity: max(commandCount, 1))
    unsafe commandStatistics.initialize(repeating: CommandStatistics(), count: commandCount)
    hashSeed = HashSeed(random.next())
    databaseCount = configuration.databaseCount
    unsafe tasksChanged = .allocate(capacity: 1)
    unsafe tasksChanged.initialize(to: false)
    unsafe graveyard = .allocate(capacity: 1)
    unsafe graveyard.initialize(to: Graveyard(wake: tasksChanged))
    unsafe databases = .allocate(capacity: databaseCount)
    for index in 0..<databaseCount {
      unsafe (databases + index).initialize(to: Database(seed: hashSeed, tasksChanged: tasksChanged, graveyard: graveyard))
    }
    unsafe window = .allocate(capacity: Self.windowSize)
    unsafe scratch = .allocate(capacity: 1)
    unsafe scratch.initialize(to: ReplyBuffer())
    runIdentifier = random.hexadecimal(count: 40)
    replicationIdentifier = random.hexadecimal(count: 40)
    self.random = random
    startedAt = clocks.waitMicroseconds
    savedAt = clocks.dataMicroseconds / 1_000_000
    refreshTime()
    rates.at = clocks.source.monotonicMicroseconds()
    followConfiguration()
    if configuration.upstream != nil { setLedgerLevel(.full, of: 0) }
    // Nothing can be due yet.
    unsafe tasksChanged.pointee = false
    countMemory(
      MemoryLayout<EngineState>.size + databaseCount * MemoryLayout<Database>.stride
        + commandCount * MemoryLayout<CommandStatistics>.stride
        + Self.windowSize * MemoryLayout<WindowCommand>.stride)
  }

  deinit {
    for unsafe session in unsafe Array(sessions.values) + Array(controlSessions) {
      unsafe session.pointee.discard()
      unsafe session.deinitialize(count: 1)
      unsafe session.deallocate()
    }
    unsafe databases.deinitialize(count: databaseCount)
    unsafe databases.deallocate()
    unsafe graveyard.deinitialize(count: 1)
    unsafe graveyard.deallocate()
    unsafe commandStatistics.deallocate()
    unsafe window.deallocate()
    unsafe scratch.deinitialize(count: 1)
    unsafe scratch.deallocate()
    unsafe tasksChanged.deallocate()
  }

  /// What HELLO, INFO and `--version` say. The patch level of a version that is given as major and minor is one that
  /// was released.
  package var emulatedVersionText: String { configuration.emulatedVersion.released.redisNumbers }

  /// Reads the clocks: what commands see until the next batch.
  @inline(__always)
  mutating func refreshTime() {
    nowMicroseconds = clocks.dataMicroseconds
    now = nowMicroseconds / 1000
    waitNow = clocks.waitMicroseconds
    access.advance(seconds: UInt64(truncatingIfNeeded: now / 1000))
  }
}

/// What is counted of each command.
struct CommandStatistics {
  var calls: Int64 = 0
  var rejected: Int64 = 0
  var failed: Int64 = 0
}

extension EngineState {
  /// The keys of all databases.
  var keyCount: Int {
    var count = 0
    for index in 0..<databaseCount { count += unsafe databases[index].count }
    return count
  }

  /// Has the transport look at the effects, whoever caused them.
  mutating func tellTransport() { unsafe tasksChanged.pointee = true }

  /// Counts errors that were written to `output` since the last time.
  @inline(never)
  mutating func countErrors(in output: UnsafeMutablePointer<ReplyBuffer>) {
    let (count, code) = unsafe output.pointee.takeErrors()
    guard count > 0 else { return }
    statistics.errorReplies += Int64(count)
    // The codes are the server's own and the scripts'; those of scripts may be any.
    if statistics.errorsByCode.count < 128 || statistics.errorsByCode[code] != nil {
      statistics.errorsByCode[code, default: 0] += Int64(count)
    }
  }
}

/// What INFO counts.
struct Statistics {
  var connectionsReceived: Int64 = 0
  var connectionsRejected: Int64 = 0
  var commandsProcessed: Int64 = 0
  var bytesReceived: Int64 = 0
  var bytesSent: Int64 = 0
  var keyspaceHits: Int64 = 0
  var keyspaceMisses: Int64 = 0
  var expiredKeys: Int64 = 0
  var evictedKeys: Int64 = 0
  var evictedClients: Int64 = 0
  /// Fields of hashes.
  var expiredFields: Int64 = 0
  var errorReplies: Int64 = 0
  /// Clients that were closed because they did not read.
  var outputLimitDisconnections: Int64 = 0
  /// Changes of data since the last save, which at first is the start (`rdb_changes_since_last_save`).
  var changes: Int64 = 0
  /// Error replies by code (INFO errorstats).
  var errorsByCode: [String: Int64] = [:]
}

/// What the engine asks of its transport, between batches.
@safe
struct Effects {
  /// Sessions with output to send, or to be closed.
  var flush: [SessionPointer] = unsafe []
  /// Sessions whose retained input may run again.
  var run: [SessionPointer] = unsafe []
  /// SHUTDOWN was accepted.
  var shutdown = false
}
