// Configuration: what a server is set to, as typed values for what the engine and the transport read, and as text for
// directives that are only stored and answered. CONFIG GET and SET, the configuration file and the command line reach
// all of it by name through `Directives`.
//
// A new setting: a field here and a line in one of the tables (`Directives+….swift`).

package struct Configuration: Sendable {
  // MARK: The emulated server

  /// The version of Redis that is emulated: commands newer than it are unknown.
  package var emulatedVersion: Version = "7.2.0"
  /// `seed`: what replays every random choice; nil draws one from the machine.
  package var seed: UInt64?

  // MARK: Network; read by the transport

  /// `port`: 0 means no TCP.
  package var port = 6379
  /// `port auto`: a free port is picked. The transport then sets `port` to it.
  package var picksPort = false
  /// `bind`: a leading `-` makes an address optional; `*` is every IPv4 address.
  package var bindAddresses = ["*", "-::*"]
  /// `unixsocket`; empty means none.
  package var unixSocketPath = ""
  /// `unixsocketperm`; 0 leaves it to the process's mask.
  package var unixSocketPermissions = 0
  /// `tcp-backlog`
  package var backlog = 511
  /// `timeout`: seconds of the wait clock after which an idle client is closed; 0 means never.
  package var idleTimeoutSeconds = 0
  /// `tcp-keepalive`, seconds.
  package var keepAliveSeconds = 300
  /// `protected-mode`
  package var isProtected = true
  /// `maxclients`
  package var maximumClients = 10_000
  /// `client-output-buffer-limit`
  package var outputLimits = ClientOutputLimits()
  /// `upstream`: the server to which everything that clients ask for is passed on; nil for a server of its own.
  package var upstream: UpstreamAddress?
  /// `control-port`: nil means none.
  package var controlPort: Int?
  /// `control-port auto`
  package var picksControlPort = false
  /// `control-password`; empty means none.
  package var controlPassword: [UInt8] = []
  /// The `tls-` directives.
  package var tls = TLSSettings()

  // MARK: The process; read by the executable

  package var isDaemon = false
  package var processFile = ""
  package var logFile = ""
  package var logLevel = "notice"
  /// `dir`: where files are written; empty means the working directory.
  package var directory = ""
  /// `announce-file`: where the line is written that says which ports were picked.
  package var announceFile = ""
  /// `exit-with-parent`: end when the process that started this one ends.
  package var exitsWithParent = false
  /// `verbose`: commands are shown as they come.
  package var isVerbose = false
  /// The configuration file that was read: CONFIG REWRITE and INFO speak of it.
  package var configurationFile = ""

  // MARK: Limits

  /// `rename-command`
  package var renamings = CommandRenamings()
  /// `databases`
  package var databaseCount = 16
  /// `requirepass`; empty means none.
  package var password: [UInt8] = []
  /// `user` lines: made into users when the server starts (`Engine.loadUsers`).
  package internal(set) var users: [UserDeclaration] = []
  /// `aclfile`: the users' file; empty means none.
  package var aclFile = ""
  /// `acl-pubsub-default allchannels`: new users may use every channel.
  package var opensChannels = false
  /// `acllog-max-len`
  package var accessLogLength: Int64 = 128
  /// `proto-max-bulk-len`, bytes.
  package var maximumBulkLength = 512 * 1024 * 1024
  /// `client-query-buffer-limit`, bytes.
  package var queryBufferLimit = 1024 * 1024 * 1024
  /// How many keys are kept for client-side caching; 0 for any number.
  package var trackingTableLimit = 1_000_000
  /// `maxmemory`, bytes; 0 means no limit.
  package var maximumMemory: UInt64 = 0
  /// `maxmemory-policy`
  package var evictionPolicy = EvictionPolicy.noEviction
  /// `maxmemory-samples`: of how many keys at random the best is evicted.
  package var evictionSamples = 5
  /// `maxmemory-eviction-tenacity`: how much is evicted in one turn; 100 is all.
  package var evictionTenacity = 10
  /// `lfu-log-factor`: the higher, the slower an LFU counter grows.
  package var frequencyLogarithmFactor = 10
  /// `lfu-decay-time`: after so many minutes an LFU counter shrinks by one; 0 means never.
  package var frequencyDecayMinutes = 1

  // MARK: Scripts

  /// `lua-time-limit` (also `busy-reply-threshold`), milliseconds of the script clock.
  package var scriptTimeLimit: Int64 = 5000
  /// `lua-strict`: KEYS and math.random inside a script are refused.
  package var isLuaStrict = true
  /// `lua-memory-limit`, bytes.
  package var luaMemoryLimit = 256 * 1024 * 1024
  /// `lua-deadline`, milliseconds of real time: a script that runs for longer is ended, even if it has written; 0 for none.
  package var scriptDeadline: Int64 = 0
  /// `lua-undeclared-keys`: what becomes of a script that touches a key it was not given.
  package var undeclaredKeys = UndeclaredKeyPolicy.allow

  // MARK: Where values change from the compact to the general form

  package var hashMaxListpackEntries = 512
  package var hashMaxListpackValue = 64
  package var setMaxIntsetEntries = 512
  package var setMaxListpackEntries = 128
  package var setMaxListpackValue = 64
  package var zsetMaxListpackEntries = 128
  package var zsetMaxListpackValue = 64
  package var listMaxListpackSize = -2
  package var streamNodeMaxBytes = 4096
  package var streamNodeMaxEntries = 100
  package var hyperLogLogSparseMaxBytes = 3000
  /// Whether DUMP compresses long strings.
  package var compressesDumps = true

  // MARK: Events and observation

  /// `notify-keyspace-events`
  package var notifications: NotificationClass = []
  /// `slowlog-log-slower-than`, microseconds of the cost source; negative: nothing is logged.
  package var slowLogThreshold: Int64 = 10_000
  package var slowLogLength: Int64 = 128
  /// `latency-monitor-threshold`, milliseconds; 0 means off.
  package var latencyThreshold: Int64 = 0
  /// `enable-debug-command`: `no`, `yes` or `local`.
  package var debugCommand: ProtectedAccess = .no
  /// `enable-module-command`
  package var moduleCommand: ProtectedAccess = .no
  /// `enable-protected-configs`
  package var protectedConfigs: ProtectedAccess = .no
  /// DEBUG SET-ACTIVE-EXPIRE. Like all that a running engine must hear of, a change is followed by
  /// `followConfiguration`.
  package var expiresActively = true

  /// The values, in the form of CONFIG GET, of directives without a field of their own, where they are not the default.
  var texts: [String: [UInt8]] = [:]
  /// While a file is read: directives whose first line has replaced the default (`save`).
  var replacedDefaults: Set<String> = []

  package init() {}

  /// `maxmemory-clients` in bytes; 0 is no limit. A percentage is one of `maxmemory`, and nothing without that. As on a real
  /// server no limit is so small that nobody could say so.
  var clientMemoryLimit: Int64 {
    guard var text = texts["maxmemory-clients"] else { return 0 }
    var bytes: UInt64
    if text.last == UInt8(ascii: "%") {
      text.removeLast()
      let percent = UInt64(String(decoding: text, as: UTF8.self)) ?? 0
      bytes = maximumMemory / 100 * percent + maximumMemory % 100 * percent / 100
    } else {
      bytes = UInt64(String(decoding: text, as: UTF8.self)) ?? 0
    }
    if bytes > 0 { bytes = max(bytes, 128 * 1024) }
    return Int64(clamping: bytes)
  }

  /// Whether keys are evicted by how they are used.
  var evictsByUse: Bool {
    maximumMemory > 0
      && [.allKeysLRU, .allKeysLFU, .volatileLRU, .volatileLFU].contains(evictionPolicy)
  }

  /// Whether `maxmemory-policy` is one of the LFU policies.
  var evictsByFrequency: Bool { evictionPolicy == .allKeysLFU || evictionPolicy == .volatileLFU }
}

/// Which keys go when memory is over `maxmemory`.
package enum EvictionPolicy: String, Sendable, CaseIterable {
  case volatileLRU = "volatile-lru"
  case volatileLFU = "volatile-lfu"
  case volatileRandom = "volatile-random"
  case volatileTTL = "volatile-ttl"
  case allKeysLRU = "allkeys-lru"
  case allKeysLFU = "allkeys-lfu"
  case allKeysRandom = "allkeys-random"
  case noEviction = "noeviction"

  /// Whether only keys with a deadline go.
  var isVolatile: Bool {
    switch self {
    case .volatileLRU, .volatileLFU, .volatileRandom, .volatileTTL: true
    case .allKeysLRU, .allKeysLFU, .allKeysRandom, .noEviction: false
    }
  }
}

/// Who may use a protected command.
package enum ProtectedAccess: String, Sendable, CaseIterable { case no, yes, local }

/// What becomes of a script that touches a key outside KEYS.
package enum UndeclaredKeyPolicy: String, Sendable, CaseIterable { case allow, warn, error }

/// When a client whose output is not read is closed.
package struct ClientOutputLimits: Sendable, Equatable {
  package struct Limit: Sendable, Equatable {
    /// Bytes; 0 means none.
    package var hard: UInt64
    /// Bytes that may be exceeded for `seconds`; 0 means none.
    package var soft: UInt64
    package var seconds: Int
  }
  package var normal = Limit(hard: 0, soft: 0, seconds: 0)
  package var replica = Limit(hard: 256 << 20, soft: 64 << 20, seconds: 60)
  package var pubSub = Limit(hard: 32 << 20, soft: 8 << 20, seconds: 60)
}
