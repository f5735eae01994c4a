// The program's life: start as redis-server starts, run the loop on this thread, end on SIGTERM, SIGINT, SHUTDOWN, or
// with the parent.
//
// This file may say `unsafe`. What keeps it safe: text is lent to the system for one call.

internal import CUnderstudyPlatform
internal import Synchronization
internal import UnderstudyEngine
internal import UnderstudyServer

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

  private func start() throws(Serving.Aborted) {
    let serving: Serving
    do throws(Serving.Refusal) {
      serving = try Serving(configuration)
    } catch {
      return Launch.end("\(error.text)\n", status: 1, isError: true)
    }
    let log = serving.log
    let version = configuration.emulatedVersion.released
    if configuration.isDaemon && understudy_daemonize() < 0 {
      log.write(.warning, "Can't go into the background, aborting.", isStarting: true)
      throw Serving.Aborted()
    }
    let identifier = understudy_process_identifier()
    log.chat(.warning, "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo", isStarting: true)
    let product = version.isValkey ? "Valkey" : "Redis"
    log.chat(
      .warning,
      "\(product) version=\(version.numbers), bits=64, commit=00000000, modified=0, pid=\(identifier), just started",
      isStarting: true)
    log.chat(.warning, "Configuration loaded", isStarting: true)

    let running = try serve(serving)
    // Whoever is told that it listens finds the pid file there.
    writeProcessFile(log)
    try announce(running, log)
    log.raw(greeting(version, running.addresses, identifier, log))
    log.chat(.warning, "Server initialized")
    if running.addresses?.port != nil || running.addresses?.tlsPort != nil { log.chat(.notice, "Ready to accept connections") }
    if let path = running.addresses?.unixSocket {
      log.chat(.notice, "The server is now ready to accept connections at \(path)")
    }
    do {
      try running.loop.run()
    } catch {
      log.write(.warning, "The loop ended: \(error)")
      throw Serving.Aborted()
    }
    if !configuration.processFile.isEmpty {
      log.chat(.notice, "Removing the pid file.")
      SystemFile.remove(configuration.processFile)
    }
    if !configuration.announceFile.isEmpty { SystemFile.remove(configuration.announceFile) }
    if !configuration.unixSocketPath.isEmpty { log.chat(.notice, "Removing the unix socket file.") }
    log.chat(.warning, "Redis is now ready to exit, bye bye...")
    understudy_exit(0)
  }

  private struct Running {
    let server: Server
    let loop: EventLoop
    var addresses: ServerAddresses? { server.addresses }
  }

  /// Makes the server and has it listen.
  private func serve(_ serving: Serving) throws(Serving.Aborted) -> Running {
    let loop = EventLoop(ownThread: false)
    let log = serving.log
    let server = try serving.start(on: loop) {
      log.chat(.warning, "User requested shutdown...")
      loop.finish()
    }
    watch(server, loop, log)
    return Running(server: server, loop: loop)
  }

  private func greeting(_ version: Version, _ addresses: ServerAddresses?, _ identifier: Int32, _ log: ServerLog) -> String {
    guard log.isForPerson, let addresses else { return banner(version, addresses, identifier) }
    return Welcome(addresses: addresses, version: version, isVerbose: configuration.isVerbose, terminal: Terminal(log.descriptor)).text
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
  private func announce(_ running: Running, _ log: ServerLog) throws(Serving.Aborted) {
    guard let addresses = running.addresses else { return }
    let json = Announcement(addresses: addresses, version: configuration.emulatedVersion).json
    if !configuration.announceFile.isEmpty {
      do { try SystemFile.write(json, to: configuration.announceFile) } catch {
        log.write(.warning, "Can't write the announce file \(configuration.announceFile): \(error), aborting.")
        // Stopping would wait for the loop, which does not run yet.
        if !configuration.unixSocketPath.isEmpty { SystemFile.remove(configuration.unixSocketPath) }
        if !configuration.processFile.isEmpty { SystemFile.remove(configuration.processFile) }
        throw Serving.Aborted()
      }
    }
    if !log.isForPerson, configuration.picksPort || configuration.tls.picksPort || configuration.picksControlPort {
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
      log.raw(log.isForPerson ? "\n" : reason)
      log.chat(.warning, "User requested shutdown...")
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
