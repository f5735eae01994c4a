// Serving: a server made from a configuration, and listening: what the ways to run it have in common (`Program`, and
// `CommandRun`, which runs a command against it).
//
// This file may say `unsafe`. What keeps it safe: text is lent to the system for one call.

internal import CUnderstudyPlatform
internal import UnderstudyEngine
internal import UnderstudyServer
internal import UnderstudyTLS

struct Serving {
  private var configuration: Configuration
  let log: ServerLog
  /// Whose server it is, if it is one of a run's workers.
  private var worker: String?

  /// It could not be. The reason is in the log.
  struct Aborted: Error {}
  /// It could not be, and there is no log.
  struct Refusal: Error { let text: String }

  /// Goes to the directory of the configuration, where relative names lead from now on, and opens the log.
  ///
  /// - Parameter standardLog: the descriptor for a log without a file.
  init(_ configuration: Configuration, standardLog: Int32 = 1) throws(Refusal) {
    self.configuration = configuration
    if !configuration.directory.isEmpty {
      let result = unsafe configuration.directory.withCString { unsafe understudy_change_directory($0) }
      if result < 0 {
        throw Refusal(text: "Can't chdir to '\(configuration.directory)': \(ServerError.text(-result))")
      }
    }
    do throws(SystemError) {
      log = try ServerLog(configuration, standard: standardLog)
    } catch {
      throw Refusal(text: "Can't open the log file: \(error)")
    }
  }

  /// The same for another server: that of a worker of a run (`Workers`).
  func forWorker(_ name: String, _ configuration: Configuration) -> Serving {
    var serving = self
    serving.configuration = configuration
    serving.worker = name
    return serving
  }

  /// Makes the server and has it listen.
  ///
  /// - Parameters:
  ///   - prepare: called with the engine, under its lock, before anybody can connect.
  ///   - onShutdown: called on the loop's thread when a client's SHUTDOWN has stopped the server.
  func start(
    on loop: EventLoop, prepare: (Engine) -> Void = { _ in }, onShutdown: @escaping @Sendable () -> Void
  ) throws(Aborted) -> Server {
    let log = log
    var configuration = configuration
    limitClients(&configuration)
    do throws(ServerError) { try configuration.meetUpstream() } catch {
      log.write(.warning, "\(error), aborting.")
      throw Aborted()
    }
    if let upstream = configuration.upstream {
      log.write(.notice, "Everything is passed on to \(upstream), version \(configuration.emulatedVersion).")
    }
    // What CONFIG GET answers, and where relative names lead.
    configuration.directory = SystemFile.currentDirectory ?? configuration.directory
    let options = Self.options(configuration)
    let server = Server(
      engine: Engine(configuration, seed: configuration.seed), options: options, loop: loop,
      log: { log.write(.warning, $0) })
    let faults = server.engine.withLock {
      server.engine.files = .system
      server.engine.log = { log.write(.warning, $0) }
      if configuration.isVerbose {
        server.engine.setLedgerLevel(.full)
        let lines = VerboseLines(Terminal(log.descriptor), worker: worker) { log.raw($0) }
        server.engine.traceCommand = { lines.show($0) }
      }
      prepare(server.engine)
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
      try server.start(onShutdown: onShutdown)
    } catch {
      complain(error, configuration)
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
    return server
  }

  private static func options(_ configuration: Configuration) -> ServerOptions {
    var options = ServerOptions()
    options.bind = configuration.bindAddresses
    options.port = port(configuration.port, configuration.picksPort)
    options.tlsPort = port(configuration.tls.port, configuration.tls.picksPort)
    options.security = TLSFactory.security
    options.controlPort = port(configuration.controlPort ?? 0, configuration.picksControlPort)
    options.unixSocket = configuration.unixSocketPath.isEmpty ? nil : configuration.unixSocketPath
    options.unixSocketPermissions = UInt32(clamping: configuration.unixSocketPermissions)
    options.backlog = Int32(clamping: configuration.backlog)
    return options
  }

  private static func port(_ number: Int, _ isPicked: Bool) -> PortChoice {
    isPicked ? .automatic : UInt16(exactly: number).map { $0 == 0 ? .none : .fixed($0) } ?? .none
  }

  /// Each client needs a descriptor: fewer clients if there are not enough.
  private func limitClients(_ configuration: inout Configuration) {
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
  private func complain(_ error: ServerError, _ configuration: Configuration) {
    if case .cannotSecure(let reason) = error {
      log.write(.warning, reason)
      return log.write(.warning, "Failed to configure TLS. Check logs for more info.")
    }
    if log.isForPerson, let advice = error.advice(configuration) { return log.raw("understudy: \(advice)\n") }
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
}
