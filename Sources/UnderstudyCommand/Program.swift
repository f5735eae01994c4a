// The program's life: start as redis-server starts, run the loop on this thread, end on SIGTERM, SIGINT, SHUTDOWN, or
// with the parent.
//
// This file may say `unsafe`. What keeps it safe: text is lent to the system for one call.

internal import CUnderstudyPlatform
internal import Synchronization
internal import UnderstudyEngine
internal import UnderstudyServer
internal import UnderstudyTLS

struct Program {
  private let configuration: Configuration
  /// Who started this process, read before anything else.
  private let parent = understudy_parent_identifier()

  init(_ configuration: Configuration) { self.configuration = configuration }

  /// Runs until the server has stopped, and ends the process.
  func run() {
    do {
      try start()
    } catch {
      understudy_exit(1)
    }
  }

  /// The reason is in the log.
  private struct Aborted: Error {}

  private func start() throws(Aborted) {
    if !configuration.directory.isEmpty {
      let result = unsafe configuration.directory.withCString { unsafe understudy_change_directory($0) }
      if result < 0 {
        Launch.end(
          "Can't chdir to '\(configuration.directory)': \(ServerError.text(-result))\n", status: 1, isError: true)
      }
    }
    let log: ServerLog
    do {
      log = try ServerLog(configuration)
    } catch {
      return Launch.end("Can't open the log file: \(error)\n", status: 1, isError: true)
    }
    let version = configuration.emulatedVersion.released
    if configuration.isDaemon && understudy_daemonize() < 0 {
      log.write(.warning, "Can't go into the background, aborting.", isStarting: true)
      throw Aborted()
    }
    let identifier = understudy_process_identifier()
    log.write(.warning, "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo", isStarting: true)
    let product = version.isValkey ? "Valkey" : "Redis"
    log.write(
      .warning,
      "\(product) version=\(version.numbers), bits=64, commit=00000000, modified=0, pid=\(identifier), just started",
      isStarting: true)
    log.write(.warning, "Configuration loaded", isStarting: true)

    let running = try serve(log)
    // Whoever is told that it listens finds the pid file there.
    writeProcessFile(log)
    try announce(running, log)
    log.raw(banner(version, running.addresses, identifier))
    log.write(.warning, "Server initialized")
    if running.addresses?.port != nil || running.addresses?.tlsPort != nil { log.write(.notice, "Ready to accept connections") }
    if let path = running.addresses?.unixSocket {
      log.write(.notice, "The server is now ready to accept connections at \(path)")
    }
    do {
      try running.loop.run()
    } catch {
      log.write(.warning, "The loop ended: \(error)")
      throw Aborted()
    }
    if !configuration.processFile.isEmpty {
      log.write(.notice, "Removing the pid file.")
      SystemFile.remove(configuration.processFile)
    }
    if !configuration.unixSocketPath.isEmpty { log.write(.notice, "Removing the unix socket file.") }
    log.write(.warning, "Redis is now ready to exit, bye bye...")
    understudy_exit(0)
  }

  private struct Running {
    let server: Server
    let loop: EventLoop
    var addresses: ServerAddresses? { server.addresses }
  }

  /// Makes the server and has it listen.
  private func serve(_ log: ServerLog) throws(Aborted) -> Running {
    var configuration = configuration
    limitClients(&configuration, log)
    // What CONFIG GET answers, and where relative names lead.
    configuration.directory = SystemFile.currentDirectory ?? configuration.directory
    var options = ServerOptions()
    options.bind = configuration.bindAddresses
    options.port = Self.port(configuration.port, configuration.picksPort)
    options.tlsPort = Self.port(configuration.tls.port, configuration.tls.picksPort)
    options.security = TLSFactory.security
    options.controlPort = Self.port(configuration.controlPort ?? 0, configuration.picksControlPort)
    options.unixSocket = configuration.unixSocketPath.isEmpty ? nil : configuration.unixSocketPath
    options.unixSocketPermissions = UInt32(clamping: configuration.unixSocketPermissions)
    options.backlog = Int32(clamping: configuration.backlog)
    let loop = EventLoop(ownThread: false)
    let server = Server(
      engine: Engine(configuration, seed: configuration.seed), options: options, loop: loop,
      log: { log.write(.warning, $0) })
    let faults = server.engine.withLock {
      server.engine.files = .system
      server.engine.log = { log.write(.warning, $0) }
      return server.engine.loadUsers()
    }
    if !faults.isEmpty {
      for fault in faults { log.write(.warning, fault) }
      throw Aborted()
    }
    let listens = (options.port != .none || options.tlsPort != .none) && !options.bind.isEmpty
    if !listens && options.unixSocket == nil && options.controlPort == .none {
      log.write(.warning, "Configured to not listen anywhere, exiting.")
      throw Aborted()
    }
    do {
      try server.start {
        log.write(.warning, "User requested shutdown...")
        loop.finish()
      }
    } catch {
      complain(error, configuration, log)
      throw Aborted()
    }
    server.engine.rewriteConfiguration = { configuration in
      do throws(SystemError) {
        let old = try SystemFile.read(configuration.configurationFile).get()
        let new = ConfigurationFile.rewritten(old, with: configuration)
        try SystemFile.write(new, to: configuration.configurationFile, isLasting: true)
        log.write(.warning, "CONFIG REWRITE executed with success.")
        return nil
      } catch {
        log.write(.warning, "CONFIG REWRITE failed: \(error)")
        return error.description
      }
    }
    watch(server, loop, log)
    return Running(server: server, loop: loop)
  }

  private static func port(_ number: Int, _ isPicked: Bool) -> PortChoice {
    isPicked ? .automatic : UInt16(exactly: number).map { $0 == 0 ? .none : .fixed($0) } ?? .none
  }

  /// Each client needs a descriptor: fewer clients if there are not enough.
  private func limitClients(_ configuration: inout Configuration, _ log: ServerLog) {
    let reserved = 32
    let wanted = configuration.maximumClients
    let given = Int(understudy_raise_descriptor_limit(wanted + reserved))
    guard given < wanted + reserved else { return }
    configuration.maximumClients = max(1, given - reserved)
    log.write(
      .warning,
      "You requested maxclients of \(wanted) requiring at least \(wanted + reserved) max file descriptors.")
    log.write(
      .warning,
      "Current maximum open files is \(given). maxclients has been reduced to \(configuration.maximumClients)"
        + " to compensate for low ulimit. If you need higher maxclients increase 'ulimit -n'.")
  }

  /// Says why the server cannot listen, as redis-server does.
  private func complain(_ error: ServerError, _ configuration: Configuration, _ log: ServerLog) {
    if case .cannotSecure(let reason) = error {
      log.write(.warning, reason)
      return log.write(.warning, "Failed to configure TLS. Check logs for more info.")
    }
    guard case .cannotListen(let address, let code) = error else {
      return log.write(.warning, "\(error), aborting.")
    }
    if address == configuration.unixSocketPath {
      return log.write(.warning, "Failed opening Unix socket: bind: \(ServerError.text(code))")
    }
    log.write(.warning, error.warning)
    let port = address.split(separator: ":").last ?? ""
    // Each port is listened on once, the one of TLS last.
    let kind = port == String(configuration.tls.port) ? "TLS" : "TCP"
    log.write(.warning, "Failed listening on port \(port) (\(kind)), aborting.")
  }

  /// What redis-server draws, in fewer lines: launchers look for the one with the PID.
  private func banner(_ version: Version, _ addresses: ServerAddresses?, _ identifier: Int32) -> String {
    """

            Understudy, as \(version.isValkey ? "Valkey" : "Redis") \(version.numbers) (00000000/0) \(Int.bitWidth) bit
            Running in standalone mode
            Port: \(addresses?.port ?? addresses?.tlsPort ?? 0)
            PID: \(identifier)


    """
  }

  private func writeProcessFile(_ log: ServerLog) {
    guard configuration.isDaemon || !configuration.processFile.isEmpty else { return }
    let path = configuration.processFile.isEmpty ? "/var/run/redis.pid" : configuration.processFile
    // As in redis-server, a pid file that cannot be written is no reason not to serve.
    do { try SystemFile.write("\(understudy_process_identifier())\n", to: path) } catch {
      log.write(.verbose, "Failed writing the pid file \(path): \(error)")
    }
  }

  /// Writes where the server listens to whoever asked to be told.
  private func announce(_ running: Running, _ log: ServerLog) throws(Aborted) {
    guard let addresses = running.addresses else { return }
    let json = Announcement(addresses: addresses, version: configuration.emulatedVersion).json
    if !configuration.announceFile.isEmpty {
      do { try SystemFile.write(json, to: configuration.announceFile) } catch {
        log.write(.warning, "Can't write the announce file \(configuration.announceFile): \(error), aborting.")
        // Stopping would wait for the loop, which does not run yet.
        if !configuration.unixSocketPath.isEmpty { SystemFile.remove(configuration.unixSocketPath) }
        if !configuration.processFile.isEmpty { SystemFile.remove(configuration.processFile) }
        throw Aborted()
      }
    }
    if configuration.picksPort || configuration.tls.picksPort || configuration.picksControlPort {
      json.withBytes { bytes in
        unsafe understudy_write_all(1, bytes.pointer.assumingMemoryBound(to: CChar.self), bytes.count)
      }
    }
  }

  // MARK: The end

  /// Ends the server on a signal, or with the parent.
  private func watch(_ server: Server, _ loop: EventLoop, _ log: ServerLog) {
    let parent = configuration.exitsWithParent ? parent : nil
    let isEnding = Atomic(false)
    let end: @Sendable (String) -> Void = { reason in
      log.raw(reason)
      log.write(.warning, "User requested shutdown...")
      try? server.stop()
      loop.finish()
    }
    loop.onWake {
      let signal = understudy_signal_received()
      let isOrphan = parent.map { $0 != understudy_parent_identifier() } ?? false
      guard signal != 0 || isOrphan, !isEnding.exchange(true, ordering: .relaxed) else { return }
      if signal != 0 {
        let now = understudy_wall_microseconds() / 1_000_000
        let name = understudy_signal_is_interrupt(signal) != 0 ? "SIGINT" : "SIGTERM"
        end("\(understudy_process_identifier()):signal-handler (\(now)) Received \(name) scheduling shutdown...\n")
      } else {
        end(ServerLog.line(.warning, "The process that started this one has ended.", isStarting: false))
      }
    }
    understudy_signals_to(loop.wakeHandle)
    guard parent != nil else { return }
    if !understudy_wake_with_parent() { understudy_watch_parent(loop.wakeHandle) }
    // The parent may have gone before anybody watched.
    understudy_wake_signal(loop.wakeHandle)
  }
}
