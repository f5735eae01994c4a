// What the sections of INFO say. A new line is a line here; names and order are those of redis-server.
//
// This file may say `unsafe`. What keeps it safe: it reads the engine's tables within their counts, under the lock.

internal import CUnderstudyPlatform

/// What the machine tells of the process that the server lives in.
struct ProcessFacts {
  let identifier: Int64
  /// Bytes given out by the allocator: of the whole process, the host program's own included.
  let allocated: Int64
  let resident: Int64
  let machineMemory: Int64
  let userMicroseconds: Int64
  let systemMicroseconds: Int64
  let system: String

  init() {
    var facts = understudy_process_facts()
    unsafe understudy_process(&facts)
    identifier = facts.process
    allocated = facts.allocated
    resident = facts.resident
    machineMemory = facts.machine_memory
    userMicroseconds = facts.user_microseconds
    systemMicroseconds = facts.system_microseconds
    system = unsafe withUnsafeBytes(of: facts.system) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

/// What the rates of INFO stats are computed from: the counters when they were last asked for.
struct InfoRates {
  var at: Int64 = 0
  var commands: Int64 = 0
  var bytesReceived: Int64 = 0
  var bytesSent: Int64 = 0
}

extension EngineState {
  mutating func writeSection(_ section: InfoSection, _ lines: inout InfoLines, _ session: SessionPointer) {
    switch section {
    case .server: unsafe writeServer(&lines, session)
    case .clients: writeClients(&lines)
    case .memory: writeMemory(&lines)
    case .persistence: writePersistence(&lines)
    case .stats: writeStats(&lines)
    case .replication: writeReplication(&lines)
    case .cpu: writeCPU(&lines)
    case .modules: break
    case .commandStats: writeCommandStats(&lines)
    case .errorStats:
      for (code, count) in statistics.errorsByCode.sorted(by: { $0.key < $1.key }) {
        lines.add("errorstat_\(code)", "count=\(count)")
      }
    case .latencyStats: writeLatencyStats(&lines)
    case .cluster: lines.add("cluster_enabled", 0)
    case .keyspace: writeKeyspace(&lines)
    }
  }

  private func writeServer(_ lines: inout InfoLines, _ session: SessionPointer) {
    let facts = ProcessFacts()
    let uptime = (clocks.waitMicroseconds - startedAt) / 1_000_000
    lines.add("redis_version", emulatedVersionText)
    if configuration.emulatedVersion.isValkey {
      lines.add("server_name", "valkey")
      lines.add("valkey_version", configuration.emulatedVersion.numbers)
    }
    lines.add("redis_git_sha1", "00000000")
    lines.add("redis_git_dirty", 0)
    lines.add(configuration.emulatedVersion.isValkey ? "server_mode" : "redis_mode", "standalone")
    lines.add("os", facts.system)
    lines.add("arch_bits", Int.bitWidth)
    lines.add("monotonic_clock", "POSIX clock_gettime")
    lines.add("multiplexing_api", "epoll")
    lines.add("process_id", facts.identifier)
    lines.add("process_supervised", "no")
    lines.add("run_id", runIdentifier)
    lines.add("tcp_port", unsafe tcpPort(session))
    lines.add("server_time_usec", nowMicroseconds)
    lines.add("uptime_in_seconds", uptime)
    lines.add("uptime_in_days", uptime / 86_400)
    lines.add("lru_clock", (now / 1000) & 0xff_ffff)
    lines.add("config_file", configuration.configurationFile)
    lines.add("io_threads_active", 0)
    lines.add("understudy", "yes")
  }

  /// The port that the client has reached, unless that is one of two and speaks TLS; for others the configured one.
  private func tcpPort(_ session: SessionPointer) -> String {
    let (plain, secure) = (configuration.port, configuration.tls.port)
    let local = unsafe addresses(of: session).localAddress
    if unsafe session.pointee.flags.isDisjoint(with: [.unixSocket, .control]), let colon = local.lastIndex(of: ":") {
      let port = String(local[local.index(after: colon)...])
      if port != "0" && (plain == 0 || port != String(secure)) { return port }
    }
    return String(plain == 0 ? secure : plain)
  }

  private func writeClients(_ lines: inout InfoLines) {
    var connected = 0
    var blocked = 0
    var widestInput = 0
    var widestOutput = 0
    var watching = 0
    var subscribed = 0
    for unsafe session in unsafe sessions.values where unsafe isClient(session) {
      connected += 1
      if unsafe !session.pointee.flags.isDisjoint(with: [.blocked, .held]) { blocked += 1 }
      if unsafe session.pointee.extras?.watched.isEmpty == false { watching += 1 }
      if unsafe session.pointee.gates.contains(.subscribed) { subscribed += 1 }
      widestInput = unsafe max(widestInput, session.pointee.input?.pointee.heldCount ?? 0)
      widestOutput = unsafe max(widestOutput, session.pointee.pending?.pointee.totalCount ?? 0)
    }
    lines.add("connected_clients", connected)
    lines.add("cluster_connections", 0)
    lines.add("maxclients", configuration.maximumClients)
    lines.add("client_recent_max_input_buffer", widestInput)
    lines.add("client_recent_max_output_buffer", widestOutput)
    lines.add("blocked_clients", blocked)
    lines.add("tracking_clients", tracking.clients.count)
    if emulates74 {
      lines.add("pubsub_clients", subscribed)
      lines.add("watching_clients", watching)
    }
    lines.add("clients_in_timeout_table", blocking.timedClientCount)
    if emulates74 { lines.add("total_watched_keys", watches.keyCount) }
    if emulates72 {
      lines.add("total_blocking_keys", blocking.keyCount)
      lines.add("total_blocking_keys_on_nokey", keysAwaitedInAnyCase)
    }
  }

  /// How many keys are waited for by clients that mind as well if such a key goes.
  private var keysAwaitedInAnyCase: Int {
    var keys: Set<[UInt8]> = []
    for unsafe session in unsafe sessions.values {
      guard let blocked = unsafe session.pointee.extras?.blocked, blocked.mindsLoss else { continue }
      for key in blocked.keys { keys.insert(key.key + [UInt8(truncatingIfNeeded: key.database)]) }
    }
    return keys.count
  }

  private mutating func writeMemory(_ lines: inout InfoLines) {
    let facts = ProcessFacts()
    let used = usedMemory
    let peak = peakMemory
    lines.addBytes("used_memory", used)
    lines.addBytes("used_memory_rss", facts.resident)
    lines.addBytes("used_memory_peak", peak)
    lines.add("used_memory_peak_perc", InfoLines.fixed(peak == 0 ? 0 : Double(used) * 100 / Double(peak), 2) + "%")
    lines.add("used_memory_startup", account.startup)
    lines.addBytes("total_system_memory", facts.machineMemory)
    writeScriptMemory(&lines)
    lines.addBytes("maxmemory", Int64(clamping: configuration.maximumMemory))
    lines.add("maxmemory_policy", configuration.evictionPolicy.rawValue)
    let ratio = facts.allocated == 0 ? 0 : Double(facts.resident) / Double(facts.allocated)
    lines.add("mem_fragmentation_ratio", InfoLines.fixed(ratio, 2))
    lines.add("mem_fragmentation_bytes", facts.resident - facts.allocated)
    lines.add("mem_not_counted_for_evict", findHeldBySnapshots().bytes)
    lines.add("mem_replication_backlog", 0)
    lines.add("mem_clients_slaves", 0)
    lines.add("mem_clients_normal", clientMemory)
    lines.add("mem_aof_buffer", 0)
    lines.add("mem_allocator", "libc")
    lines.add("active_defrag_running", 0)
    lines.add("lazyfree_pending_objects", unsafe graveyard.pointee.pendingObjects)
    lines.add("lazyfreed_objects", unsafe graveyard.pointee.freedObjects)
  }

  /// What scripts and functions take: their Lua engines (`vm`), and what is kept of them outside those.
  private func writeScriptMemory(_ lines: inout InfoLines) {
    let facts = scripting.memory
    lines.add("used_memory_lua", facts.scriptLua)
    lines.add("used_memory_vm_eval", facts.scriptLua)
    lines.add("used_memory_lua_human", InfoLines.readable(facts.scriptLua))
    lines.add("used_memory_scripts_eval", facts.scripts)
    lines.add("number_of_cached_scripts", facts.scriptCount)
    lines.add("number_of_functions", facts.functionCount)
    lines.add("number_of_libraries", facts.libraryCount)
    lines.add("used_memory_vm_functions", facts.functionLua)
    lines.addBytes("used_memory_vm_total", facts.scriptLua + facts.functionLua)
    lines.add("used_memory_functions", facts.functions)
    lines.addBytes("used_memory_scripts", facts.scripts + facts.functions)
  }

  private func writePersistence(_ lines: inout InfoLines) {
    lines.add("loading", 0)
    lines.add("async_loading", 0)
    lines.add("rdb_changes_since_last_save", statistics.changes)
    lines.add("rdb_bgsave_in_progress", 0)
    lines.add("rdb_last_save_time", savedAt)
    lines.add("rdb_last_bgsave_status", "ok")
    lines.add("rdb_last_bgsave_time_sec", -1)
    lines.add("rdb_current_bgsave_time_sec", -1)
    for name in ["rdb_saves", "rdb_last_load_keys_expired", "rdb_last_load_keys_loaded"] { lines.add(name, 0) }
    lines.add("aof_enabled", 0)
    lines.add("aof_rewrite_in_progress", 0)
    lines.add("aof_rewrite_scheduled", 0)
    lines.add("aof_last_rewrite_time_sec", -1)
    lines.add("aof_current_rewrite_time_sec", -1)
    lines.add("aof_last_bgrewrite_status", "ok")
    lines.add("aof_rewrites", 0)
    lines.add("aof_last_write_status", "ok")
  }

  private func writeStats(_ lines: inout InfoLines) {
    let seconds = max(Double(clocks.source.monotonicMicroseconds() - rates.at) / 1_000_000, 0.001)
    func rate(_ count: Int64, _ before: Int64) -> Double { Double(max(0, count - before)) / seconds }
    lines.add("total_connections_received", statistics.connectionsReceived)
    lines.add("total_commands_processed", statistics.commandsProcessed)
    lines.add("instantaneous_ops_per_sec", Int64(rate(statistics.commandsProcessed, rates.commands)))
    lines.add("total_net_input_bytes", statistics.bytesReceived)
    lines.add("total_net_output_bytes", statistics.bytesSent)
    lines.add("total_net_repl_input_bytes", 0)
    lines.add("total_net_repl_output_bytes", 0)
    let received = rate(statistics.bytesReceived, rates.bytesReceived) / 1024
    lines.add("instantaneous_input_kbps", InfoLines.fixed(received, 2))
    lines.add("instantaneous_output_kbps", InfoLines.fixed(rate(statistics.bytesSent, rates.bytesSent) / 1024, 2))
    lines.add("rejected_connections", statistics.connectionsRejected)
    for name in ["sync_full", "sync_partial_ok", "sync_partial_err"] { lines.add(name, 0) }
    if emulates74 { lines.add("expired_subkeys", statistics.expiredFields) }
    lines.add("expired_keys", statistics.expiredKeys)
    // Nothing stays behind its time, and no turn is cut short by one.
    lines.add("expired_stale_perc", "0.00")
    lines.add("expired_time_cap_reached_count", 0)
    lines.add("evicted_keys", statistics.evictedKeys)
    lines.add("evicted_clients", statistics.evictedClients)
    lines.add("total_eviction_exceeded_time", (eviction.exceededTime &+ currentExceededTime) / 1000)
    lines.add("current_eviction_exceeded_time", currentExceededTime / 1000)
    lines.add("keyspace_hits", statistics.keyspaceHits)
    lines.add("keyspace_misses", statistics.keyspaceMisses)
    lines.add("pubsub_channels", subscriptions.channelCount)
    lines.add("pubsub_patterns", subscriptions.patternCount)
    lines.add("pubsubshard_channels", subscriptions.shardChannelCount)
    lines.add("latest_fork_usec", 0)
    lines.add("total_forks", 0)
    lines.add("migrate_cached_sockets", 0)
    lines.add("tracking_total_keys", tracking.keys.count)
    lines.add("tracking_total_items", tracking.keys.itemCount)
    lines.add("tracking_total_prefixes", tracking.prefixes.count)
    lines.add("unexpected_error_replies", 0)
    lines.add("total_error_replies", statistics.errorReplies)
    if emulates72 {
      for (name, reason) in [("auth", ACLReason.authentication), ("cmd", .command), ("key", .key), ("channel", .channel)] {
        lines.add("acl_access_denied_\(name)", acl.log.counts[reason] ?? 0)
      }
      lines.add("client_output_buffer_limit_disconnections", statistics.outputLimitDisconnections)
    }
  }

  private func writeReplication(_ lines: inout InfoLines) {
    lines.add("role", "master")
    lines.add("connected_slaves", 0)
    lines.add("master_failover_state", "no-failover")
    lines.add("master_replid", replicationIdentifier)
    lines.add("master_replid2", String(repeating: "0", count: 40))
    lines.add("master_repl_offset", 0)
    lines.add("second_repl_offset", -1)
    lines.add("repl_backlog_active", 0)
    lines.add("repl_backlog_size", 1_048_576)
    lines.add("repl_backlog_first_byte_offset", 0)
    lines.add("repl_backlog_histlen", 0)
  }

  private func writeCPU(_ lines: inout InfoLines) {
    let facts = ProcessFacts()
    func text(_ microseconds: Int64) -> String { InfoLines.fixed(Double(microseconds) / 1_000_000, 6) }
    lines.add("used_cpu_sys", text(facts.systemMicroseconds))
    lines.add("used_cpu_user", text(facts.userMicroseconds))
    lines.add("used_cpu_sys_children", text(0))
    lines.add("used_cpu_user_children", text(0))
  }

  private func writeCommandStats(_ lines: inout InfoLines) {
    for index in unsafe 0..<table.all.count {
      let counted = unsafe commandStatistics[index]
      guard counted.calls > 0 || counted.rejected > 0 || counted.failed > 0 else { continue }
      let cost = observation.costs[index] ?? CommandCost()
      let mean = cost.calls == 0 ? 0 : Double(cost.microseconds) / Double(cost.calls)
      lines.add(
        "cmdstat_\(unsafe table.all[index].pointee.name)",
        "calls=\(counted.calls),usec=\(cost.microseconds),usec_per_call=\(InfoLines.fixed(mean, 2)),"
          + "rejected_calls=\(counted.rejected),failed_calls=\(counted.failed)")
    }
  }

  private func writeLatencyStats(_ lines: inout InfoLines) {
    let directive = Directives.find("latency-tracking-info-percentiles", version: configuration.emulatedVersion)
    let percents = Directives.split(directive?.value(in: configuration) ?? []).map {
      String(decoding: $0, as: UTF8.self)
    }
    for (index, cost) in observation.costs.sorted(by: { $0.key < $1.key }) {
      let values = percents.map { percent in
        "p\(percent)=\(InfoLines.fixed(Double(cost.percentile(Double(percent) ?? 0)), 3))"
      }
      lines.add(
        "latency_percentiles_usec_\(unsafe table.all[index].pointee.name)", values.joined(separator: ","))
    }
  }

  private func writeKeyspace(_ lines: inout InfoLines) {
    for index in 0..<databaseCount {
      let database = unsafe databases + index
      let count = unsafe database.pointee.count
      guard count > 0 else { continue }
      let expires = unsafe database.pointee.expiry.count
      let mean = unsafe database.pointee.expiry.meanTime(from: now)
      let fields = emulates74 ? ",subexpiry=\(unsafe database.pointee.fieldExpiry.count)" : ""
      lines.add("db\(index)", "keys=\(count),expires=\(expires),avg_ttl=\(mean)\(fields)")
    }
  }

  /// Remembers the counters, so that the next rates tell of the time in between.
  mutating func noteRates() {
    rates.at = clocks.source.monotonicMicroseconds()
    rates.commands = statistics.commandsProcessed
    rates.bytesReceived = statistics.bytesReceived
    rates.bytesSent = statistics.bytesSent
  }
}
