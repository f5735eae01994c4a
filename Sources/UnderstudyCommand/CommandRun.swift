// CommandRun: `understudy run`: a server, a command that uses it, and what the lab says of that. The server's loop has a
// thread of its own; this one waits for the command and sends it the signals that it is sent.
//
// This file may say `unsafe`. What keeps it safe: words are lent to C for one call.

internal import CUnderstudyPlatform
internal import UnderstudyEngine
internal import UnderstudyServer

struct CommandRun {
  private let options: RunOptions
  private let configuration: Configuration

  /// What the process ends with when the command did not fail.
  enum Status { static let findings: Int32 = 1, failure: Int32 = 125, notRunnable: Int32 = 126, missing: Int32 = 127 }

  init(_ options: RunOptions, _ configuration: Configuration) {
    self.options = options
    self.configuration = configuration
  }

  /// What the command line of `understudy run` asks for.
  static func read(_ arguments: [String]) -> Launch {
    if RunOptions.asksForHelp(arguments) { return .answer(RunOptions.help, status: 0, isError: false) }
    do throws(RunOptions.Refusal) {
      let options = try RunOptions(arguments)
      switch Launch.read(options.serverArguments) {
      case .run(let configuration):
        try RunOptions.refuse(configuration)
        return .command(CommandRun(options, configuration))
      case .answer(let text, _, _): return .answer(text, status: Status.failure, isError: true)
      case .command, .top: return .answer(RunOptions.help, status: Status.failure, isError: true)
      }
    } catch {
      let advice = "Try: understudy run --help"
      return .answer("understudy run: \(error.text)\n\(advice)\n", status: Status.failure, isError: true)
    }
  }

  /// The run itself has failed.
  private struct Failure: Error {
    let reason: String
    var status = Status.failure
  }

  /// Runs the command, says what there is to say, and ends the process.
  func run() {
    // A run of whose words nobody takes notice has its reports and its status all the same.
    understudy_ignore_broken_pipes()
    do throws(Failure) {
      understudy_exit(try outcome())
    } catch {
      Launch.end("understudy run: \(error.reason)\n", status: error.status, isError: true)
    }
  }

  private func outcome() throws(Failure) -> Int32 {
    // The server may go elsewhere; the command stays, and so do the reports.
    let folder = SystemFile.currentDirectory
    let paths = options.reports.map { SystemFile.absolute($0.path) }
    for (report, path) in zip(options.reports, paths) {
      // Said now, not when an hour's run is over.
      let result = unsafe path.withCString { unsafe understudy_check_writable($0) }
      if result < 0 { throw Failure(reason: "cannot write the report '\(report.path)': \(ServerError.text(-result))") }
    }
    let (server, workers) = try start()
    let status: Int32, report: LabReport?
    do {
      // However it ends: a Unix socket goes with its server.
      defer {
        for worker in workers?.close() ?? [] { try? worker.server.stop() }
        try? server.stop()
      }
      guard let addresses = server.addresses else { throw Failure(reason: "the server does not listen") }
      let environment = RunEnvironment(addresses, server)
      status = try run(environment.variables(options.exports, isPerWorker: options.isPerWorker), in: folder)
      report = self.report(of: server, workers?.close() ?? [])
    }
    guard let report else { throw Failure(reason: "there is no report") }
    return end(status, report, paths)
  }

  /// What is to be said of the run's server, and of those of its workers.
  private func report(of server: Server, _ workers: [(name: String, server: Server)]) -> LabReport? {
    func part(_ server: Server) -> ReportPart? {
      waitForLastWords(server)
      return server.engine.withLock { server.engine.reportPart(isFinished: true) }
    }
    let parts = workers.compactMap { worker in part(worker.server)?.ofWorker(worker.name) }
    return part(server).map { LabReport(joining: $0, parts) }
  }

  private func start() throws(Failure) -> (Server, Workers?) {
    var configuration = configuration
    if configuration.logFile.isEmpty { configuration.logLevel = "warning" }
    let serving: Serving
    do throws(Serving.Refusal) {
      serving = try Serving(configuration, standardLog: 2)
    } catch {
      throw Failure(reason: error.text)
    }
    let log = serving.log
    let workers = options.isPerWorker ? Workers(configuration, serving) : nil
    do throws(Serving.Aborted) {
      let server = try serving.start(
        on: .shared,
        prepare: { engine in
          engine.setLedgerLevel(.full)
          workers?.serve(engine)
        }, onShutdown: { log.write(.warning, "A client has shut the server down.") })
      return (server, workers)
    } catch {
      throw Failure(reason: "the server did not start")
    }
  }

  /// Runs the command to its end; answers its exit status.
  private func run(_ settings: [String], in folder: String?) throws(Failure) -> Int32 {
    let words = Self.zeroEnded(options.command), variables = Self.zeroEnded(settings)
    let place = Self.zeroEnded(folder.map { [$0] } ?? [])
    var status: Int32 = 0
    let result = words.withBytes { words in
      variables.withBytes { variables in
        place.withBytes { place in
          unsafe understudy_run_command(
            folder == nil ? nil : place.pointer.assumingMemoryBound(to: CChar.self),
            words.pointer.assumingMemoryBound(to: CChar.self), options.command.count,
            variables.pointer.assumingMemoryBound(to: CChar.self), settings.count, &status)
        }
      }
    }
    if result >= 0 { return status }
    let isMissing = understudy_is_missing(-result)
    throw Failure(
      reason: "cannot run '\(options.command[0])': \(ServerError.text(-result))",
      status: isMissing ? Status.missing : Status.notRunnable)
  }

  /// The strings one behind another, each with a zero byte at its end, as C takes them.
  private static func zeroEnded(_ words: [String]) -> [UInt8] {
    words.reduce(into: []) { bytes, word in
      bytes += Array(word.utf8)
      bytes.append(0)
    }
  }

  /// Writes the reports, says what was found; answers the run's verdict.
  private func end(_ status: Int32, _ report: LabReport, _ paths: [String]) -> Int32 {
    var written: [String] = [], refused: [String] = []
    for (file, path) in zip(options.reports, paths) {
      do throws(SystemError) {
        try SystemFile.write(report.rendered(file.format), to: path)
        written.append("Report: \(file.path)\n")
      } catch {
        refused.append("understudy run: cannot write the report '\(file.path)': \(error)\n")
      }
    }
    let count = options.failOn.map { report.findingCount(atLeast: $0) } ?? 0
    if !options.isQuiet || count > 0 { say("\n\(report.summary)") }
    if report.ledger.total.opens == 0 && !options.isQuiet {
      say("No client connected. REDIS_URL, REDIS_HOST and REDIS_PORT tell where the server is; --export sets other variables.\n")
    }
    if !options.isQuiet { say(written.joined()) }
    say(refused.joined())
    if let failOn = options.failOn, count > 0 {
      let what = "\(count == 1 ? "a finding is" : "\(count) findings are") \(failOn.name)"
      say("understudy run: \(what)\(failOn == .certain ? "" : ", or more") (--fail-on)\n")
    }
    return status != 0 ? status : !refused.isEmpty ? Status.failure : count > 0 ? Status.findings : 0
  }

  /// A command that ends without a farewell leaves the system to close its connections: that is to be in the report.
  private func waitForLastWords(_ server: Server) {
    var (before, now) = (-1, Int.max)
    while now != before {
      before = now
      EventLoop.shared.passRound()
      now = server.engine.withLock { server.engine.ledger()?.total.open ?? 0 }
    }
  }

  private func say(_ text: String) {
    text.withBytes { bytes in
      unsafe understudy_write_all(2, bytes.pointer.assumingMemoryBound(to: CChar.self), bytes.count)
    }
  }
}

/// The variables by which a command finds the server.
struct RunEnvironment {
  private let addresses: ServerAddresses
  private let password: String?
  private let controlPassword: String?

  /// - Parameter server: whose passwords clients must tell.
  init(_ addresses: ServerAddresses, _ server: Server) {
    let configuration = server.engine.withLock { server.engine.configuration }
    self.addresses = addresses
    password = configuration.password.isEmpty ? nil : configuration.password.text
    controlPassword = configuration.controlPassword.isEmpty ? nil : configuration.controlPassword.text
  }

  private var host: String { Self.written(addresses.host) }

  /// As it stands before a port.
  private static func written(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

  private static func credentials(_ password: String?) -> String { password.map { ":\(encoded($0))@" } ?? "" }

  private func url(_ scheme: String, _ port: UInt16) -> String {
    "\(scheme)://\(Self.credentials(password))\(host):\(port)"
  }

  /// The URL that most clients take; of the Unix socket if there is no TCP port.
  private var url: String {
    if let port = addresses.port { return url("redis", port) }
    if let port = addresses.tlsPort { return url("rediss", port) }
    return "unix://\(Self.credentials(password))\(addresses.unixSocket ?? "")"
  }

  private func controlURL(_ port: UInt16) -> String {
    "redis://\(Self.credentials(controlPassword))\(Self.written(addresses.controlHost)):\(port)"
  }

  /// The same for LAB.WORKER.
  var place: WorkerPlace {
    WorkerPlace(
      host: addresses.host, port: addresses.port, tlsPort: addresses.tlsPort, controlPort: addresses.controlPort,
      unixSocket: addresses.unixSocket, url: url, controlURL: addresses.controlPort.map { controlURL($0) } ?? "")
  }

  /// As NAME=value.
  func variables(_ exports: [RunOptions.Export], isPerWorker: Bool) -> [String] {
    var all: [(String, String)] = []
    for product in ["REDIS", "VALKEY"] {
      all.append(("\(product)_URL", url))
      all.append(("\(product)_HOST", addresses.host))
      if let port = addresses.port {
        all.append(("\(product)_PORT", "\(port)"))
        all.append(("\(product)_ADDR", "\(host):\(port)"))
      }
      if let port = addresses.tlsPort { all.append(("\(product)_TLS_URL", url("rediss", port))) }
      if let password { all.append(("\(product)_PASSWORD", password)) }
      if let path = addresses.unixSocket { all.append(("\(product)_UNIX_SOCKET", path)) }
    }
    if let port = addresses.controlPort {
      all.append(("UNDERSTUDY_CONTROL_PORT", "\(port)"))
      all.append(("UNDERSTUDY_CONTROL_URL", controlURL(port)))
    }
    if isPerWorker { all.append(("UNDERSTUDY_PER_WORKER", "1")) }
    for export in exports { all.append((export.name, filled(export.template))) }
    return all.map { "\($0)=\($1)" }
  }

  private func filled(_ template: String) -> String {
    let parts = ["{url}": url, "{host}": addresses.host, "{port}": addresses.port.map { "\($0)" } ?? ""]
    var result = ""
    var rest = template[...]
    while let first = rest.first {
      if let part = parts.first(where: { rest.hasPrefix($0.key) }) {
        result += part.value
        rest = rest.dropFirst(part.key.count)
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return result
  }

  /// What a URL's password may not hold, as %XX.
  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 45, 46, 48...57, 65...90, 95, 97...122, 126: return String(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }.joined()
  }
}
